// What travels through the core, and how many clocks each kind of stage takes.
`default_nettype none
package overlay_core_pkg;

  // Stages, Kinds, Registers, TapStage, ... : literals, because yosys knows no package inside a package.
`include "overlay_config.svh"

  localparam int unsigned WordBits = 32;
  localparam int unsigned RowBits = 8;
  localparam int unsigned StageBits = 6;
  localparam int unsigned TagBits = 16;
  localparam int unsigned LengthBits = 16;
  localparam int unsigned EventIdBits = 16;
  localparam int unsigned AddrBits = 24;
  localparam int unsigned RegisterFileBits = Registers * WordBits;
  localparam int unsigned TapFirst = Registers / TapShare;   // the first register that the second tap loads
  localparam int unsigned TapRegisters = Registers - TapFirst;
  localparam int unsigned EntryBits = EntryWords * WordBits;
  localparam int unsigned TargetBits = ExitTargets * WordBits;

  // Where a packet goes next. It is separate from the payload because a stage decides it before it writes back.
  typedef struct packed {
    logic valid;                    // a packet is in this slot; a slot without one is a bubble
    logic epoch;                    // program that it belongs to, latched at the entry
    logic [StageBits-1:0] stage;    // next stage that executes a row for it
    logic [RowBits-1:0] row;        // that row
  } route_t;
  localparam int unsigned RouteBits = 2 + StageBits + RowBits;

  // What the rows compute with. Fields of whole words come first (from bit 0): a simulator then moves words.
  typedef struct packed {
    logic [EventSlots-1:0] event_valid;
    logic [Predicates-1:0] pred;
    logic [EventSlots-1:0][EventIdBits-1:0] event_id;
    logic [WordBits-1:0] act;
    logic [WordBits-1:0] verdict;
    logic [Registers-1:0][WordBits-1:0] r;
  } payload_t;
  localparam int unsigned PayloadBits = 2 * WordBits + EventSlots * (1 + EventIdBits)
      + Predicates + RegisterFileBits;

  // A place on a prefix stage's number line: table id, then the key words from 0 on.
  localparam int unsigned PlaceBits = 8 + 4 * WordBits;

  // What a gather stage reads of a packet: the frame's first bytes, byte b in bits 8*b+7 : 8*b, and where they are
  localparam int unsigned WindowBits = 8 * WindowBytes;
  typedef struct packed {
    logic [7:0] l4;        // first byte of layer 4, 0 if there is none
    logic [7:0] l3;
    logic [7:0] bytes;     // bytes of the window that the frame has
  } place_t;
  localparam int unsigned PlaceInfoBits = 24;

  // What an ALU operation needs of the datapath, decoded once.
  typedef struct packed {
    logic act;
    logic verdict;
    logic event_id;       // writes an event slot
    logic combine;        // a comparison: the bits of rd say how it is combined with predicate pc
    logic flag_invert;
    logic flag_plog;      // the flag is the or of what is chosen here, inverted if flag_invert
    logic flag_any;       // some bit of a & b
    logic flag_signed;    // flag_less compares signed
    logic flag_less;      // a < b after a subtraction; no carry after an addition
    logic flag_equal;
    logic pick_more;      // the result is a where a >= b
    logic pick_less;      // the result is a where a < b
    logic use_product;
    logic use_sum;        // else the plain result
    logic shift_signed;
    logic shift_left;
    logic use_shift;      // the plain result is the shifter's
    logic select;         // the plain result is a or b, by predicate pc
    logic plain_b;        // the plain result has the bits of b that a has not
    logic plain_a;        // ... of a that b has not
    logic plain_both;     // ... that both have
    logic carry_invert;
    logic carry_pc;       // the carry in is predicate pc, inverted if carry_invert
    logic subtract;
  } alu_control_t;

  // What a matching rule entry does; a terminal one has an argument besides.
  typedef struct packed {
    logic carry;
    logic capture;
    logic log;
    logic counts;
    logic [7:0] action;
    logic [EventIdBits-1:0] event_id;
    logic [23:0] label;             // order among matching entries, lower first
  } rule_act_t;
  localparam int unsigned RuleActBits = 4 + 8 + EventIdBits + 24;

  // The configuration bus: one access a clock, passed from stage to stage with a register in each, so that it always
  // overtakes the packets that enter after it (a stage takes at least three clocks for a packet).
  localparam logic [3:0] CfgRow = 4'd0;         // word `word` of row `index`
  localparam logic [3:0] CfgDispatch = 4'd1;    // entry `index` of a dispatch memory
  localparam logic [3:0] CfgStaging = 4'd2;     // word `word` of the staging registers of every exact and prefix stage
  localparam logic [3:0] CfgExactWrite = 4'd3;  // the staged entry to way `word`, row `index`
  localparam logic [3:0] CfgExactRead = 4'd4;   // the entry of way `word`, row `index` to the response bus
  localparam logic [3:0] CfgState = 4'd5;       // reads, or writes if `write`, state word `index`
  localparam logic [3:0] CfgExit = 4'd6;        // exit target `index`
  localparam logic [3:0] CfgEvent = 4'd7;       // counter `index` of slot `word`; `epoch` chooses packets or bytes
  localparam logic [3:0] CfgRuleData = 4'd8;    // word `index` of the staging registers of every rule stage
  localparam logic [3:0] CfgRuleCommand = 4'd9; // RuleCommand in `data`
  localparam logic [3:0] CfgPrefixWrite = 4'd10; // the staged entry to word `index` of the prefix memory in `data`
  typedef struct packed {
    logic valid;
    logic [3:0] kind;
    logic write;
    logic epoch;
    logic [StageBits-1:0] stage;
    logic [15:0] index;
    logic [1:0] word;
    logic [63:0] data;
  } cfg_t;
  localparam int unsigned CfgBits = 5 + 2 + StageBits + 16 + 2 + 64;

  // The response bus: answers to the one access that may be under way.
  typedef struct packed {
    logic valid;
    logic [1:0] word;   // which 64-bit word of an exact entry
    logic [63:0] data;
  } rsp_t;
  localparam int unsigned RspBits = 67;

  // An entry that a learning stage has written and that the other core's stage of the same number is to have too.
  typedef struct packed {
    logic valid;
    logic [1:0] way;
    logic [$clog2(ExactRows)-1:0] row;
    logic [176:0] entry;   // valid, table, key, action, value
  } mirror_t;
  localparam int unsigned MirrorBits = 1 + 2 + $clog2(ExactRows) + 177;

  // Clocks from a stage's input register to the next stage's.
  localparam int unsigned AluClocks = 3;
  localparam int unsigned ExactClocks = 10;
  localparam int unsigned StateClocks = 8;
  localparam int unsigned RuleClocks = 2 * RuleLevels + 16;
  localparam int unsigned PrefixClocks = 2 * (PrefixLevels + PrefixBlockLevels) + 8;
  localparam int unsigned GatherClocks = 6;
  localparam int unsigned TapClocks = 1;
  localparam int unsigned EntryClocks = 2;   // from acceptance to the input register of stage 0
  localparam int unsigned ExitClocks = 3;    // exit map, FIFO write, FIFO read

  function automatic logic [7:0] kind_of(input int unsigned stage);
    kind_of = Kinds[8*stage +: 8];
  endfunction

  // Stages before `stage` that can learn.
  function automatic int unsigned learners_before(input int unsigned stage);
    learners_before = 0;
    for (int unsigned s = 0; s < 64; s++) begin
      if (s < stage && Learning[s]) learners_before = learners_before + 1;
    end
  endfunction
  localparam int unsigned Learners = learners_before(64);

  // Clocks of the stages before `stage`, the second entry tap included once it is passed.
  function automatic int unsigned clocks_before(input int unsigned stage);
    clocks_before = 0;
    for (int unsigned s = 0; s < 64; s++) begin
      if (s < stage) begin
        if (Kinds[8*s +: 8] == "E") clocks_before = clocks_before + ExactClocks;
        else if (Kinds[8*s +: 8] == "S") clocks_before = clocks_before + StateClocks;
        else if (Kinds[8*s +: 8] == "R") clocks_before = clocks_before + RuleClocks;
        else if (Kinds[8*s +: 8] == "L") clocks_before = clocks_before + PrefixClocks;
        else if (Kinds[8*s +: 8] == "G") clocks_before = clocks_before + GatherClocks;
        else clocks_before = clocks_before + AluClocks;
      end
    end
    if (stage > TapStage) clocks_before = clocks_before + TapClocks;
  endfunction

  localparam int unsigned StagesClocks = clocks_before(Stages);
  localparam int unsigned TapDelay = clocks_before(TapStage);
  localparam int unsigned Latency = EntryClocks + StagesClocks + ExitClocks;

endpackage
`default_nettype wire
