// Whole rows: what the lookup and state stages execute, and the control word that every row carries.
//
// A row is four 64-bit words. An ALU row is {lane 0, lane 1, control, 0}. Word 2 is the control word in every row:
//
//   63            36 35 34 33   32  31   30 28 27         22 21       14 13        8 7        0
//  +----------------+-----+-------+-----+-----+-------------+-----------+-----------+----------+
//  |       0        |  0  | bmode |bneg | bp  | taken_stage | taken_row |next_stage | next_row |
//  +----------------+-----+-------+-----+-----+-------------+-----------+-----------+----------+
//
// Stage 63 is the exit. A successor's stage is always greater than the row's own; stages between pass the packet.

def ControlWord : Format<64> {
  let Doc = "The successors of a row. Slot positions count from bit 0 of word 2.";
  let Slots = [
    Slot<"next_row",    0, 8, Imm, "row of the next successor">,
    Slot<"next_stage",  8, 6, Imm, "stage of the next successor, 63 for the exit">,
    Slot<"taken_row",  14, 8, Imm, "row of the taken successor">,
    Slot<"taken_stage",22, 6, Imm, "stage of the taken successor, 63 for the exit">,
    Slot<"bp",         28, 3, Pred, "predicate of the branch">,
    Slot<"bneg",       31, 1, Imm, "the branch is taken if the condition does not hold">,
    Slot<"bmode",      32, 2, Imm, "enum BranchMode">];
}

// Control slots as seen from bit 0 of the row.
defvar RowControl = [
  Slot<"next_row",   128, 8, Imm, "row of the next successor">,
  Slot<"next_stage", 136, 6, Imm, "stage of the next successor">,
  Slot<"taken_row",  142, 8, Imm, "row of the taken successor">,
  Slot<"taken_stage",150, 6, Imm, "stage of the taken successor">,
  Slot<"bp",         156, 3, Pred, "predicate of the branch">,
  Slot<"bneg",       159, 1, Imm, "branch sense">,
  Slot<"bmode",      160, 2, Imm, "enum BranchMode">];

defvar RowHead = [
  Slot<"op",    59, 5, Code,  "operation; 0 is none">,
  Slot<"guard", 54, 5, Guard, "where it does not hold no lookup and no step takes place: nothing is written, pd included, and the row's own hit or condition is false">,
  Slot<"pd",    51, 3, Pred,  "predicate written: hit, or condition">,
  Slot<"pwe",   50, 1, Imm,   "writes pd">];

defvar LookupSlots = !listconcat(RowHead, RowControl, [
  Slot<"dwe",    49, 1, Imm, "writes rd on a hit; a miss leaves rd">,
  Slot<"rd",     44, 5, Result, "register that receives the entry's value">,
  Slot<"table",  36, 8, Imm, "table id, part of the key">,
  Slot<"k0",      0, 10, Operand, "key word 0">,
  Slot<"k1",     10, 10, Operand, "key word 1">,
  Slot<"k2",     20, 10, Operand, "key word 2">,
  Slot<"k3",     64, 10, Operand, "key word 3">,
  Slot<"dbase",  74, 10, Imm, "first entry of the dispatch memory for this row">,
  Slot<"imm",    96, 32, Imm, "the row's immediate">]);

def LookupRow : Format<256> {
  let Doc = "Exact and prefix lookup: key of four words and a table id.";
  let Slots = LookupSlots;
}
def LearnRow : Format<256> {
  let Doc = "Lookup of a learned table, whose entries the stage itself makes. The table has LearnUnit << size rows of each way, from row LearnUnit * table on; these must be a multiple of its rows.";
  let Slots = !listconcat(RowHead, RowControl, [
    Slot<"dwe",    49, 1, Imm, "writes rd">,
    Slot<"rd",     44, 5, Result, "register that receives the slot, or 0xffffffff; with mode byte the byte found, or 0">,
    Slot<"table",  36, 8, Imm, "table id: the first row of the table in each way, in units of LearnUnit rows">,
    Slot<"size",   30, 3, Imm, "binary logarithm of the table's rows in units of LearnUnit">,
    Slot<"k0",      0, 10, Operand, "key word 0">,
    Slot<"k1",     10, 10, Operand, "key word 1">,
    Slot<"k2",     20, 10, Operand, "key word 2">,
    Slot<"k3",     64, 10, Operand, "key word 3">,
    Slot<"byte",   79, 5, Source, "register whose low byte goes into what is written, with mode byte">,
    Slot<"now",    84, 5, Source, "register with the time: 32 bits that wrap, in a unit that the program chooses">,
    Slot<"mode",   89, 6, Imm, "bits of enum LearnMode">,
    Slot<"imm",    96, 32, Imm, "the timeout in the time's unit, at most 2^31; key words can read it too">]);
}
def LookupWideRow : Format<256> {
  let Doc = "Exact lookup with a key of ten words, for IPv6 connections.";
  let Slots = !listconcat(LookupSlots, [
    Slot<"k4", 192, 10, Operand, "key word 4">, Slot<"k5", 202, 10, Operand, "key word 5">,
    Slot<"k6", 212, 10, Operand, "key word 6">, Slot<"k7", 222, 10, Operand, "key word 7">,
    Slot<"k8", 232, 10, Operand, "key word 8">, Slot<"k9", 242, 10, Operand, "key word 9">]);
}
def RuleRow : Format<256> {
  let Doc = "Rule lookup: fourteen key words (addresses 2 x 4, ports, protocol and flags, TCP or ICMP, interfaces, owner, mark). Key word k comes whole from a register r with r mod RuleKeyBanks == k mod RuleKeyBanks, or is zero: no other selector, no immediate.";
  let Slots = !listconcat(RowHead, RowControl, [
    Slot<"dwe",    49, 1, Imm, "writes rd">,
    Slot<"rd",     44, 5, Result, "register that receives the terminal rule's argument">,
    Slot<"rce",    35, 1, Imm, "writes rc">,
    Slot<"rc",     30, 5, Result, "register that receives the actions of earlier rules that the program must carry out, first in the low byte, 0 for none">,
    Slot<"table",  36, 8, Imm, "rule list id, part of the key">,
    Slot<"k0",      0, 10, RuleKey, "key word 0">, Slot<"k1",  10, 10, RuleKey, "key word 1">,
    Slot<"k2",     20, 10, RuleKey, "key word 2">, Slot<"k3",  64, 10, RuleKey, "key word 3">,
    Slot<"dbase",  74, 10, Imm, "first entry of the dispatch memory for this row">,
    Slot<"k10",    84, 10, RuleKey, "key word 10">, Slot<"k11",  94, 10, RuleKey, "key word 11">,
    Slot<"k12",   104, 10, RuleKey, "key word 12">, Slot<"k13", 114, 10, RuleKey, "key word 13">,
    Slot<"k4", 192, 10, RuleKey, "key word 4">, Slot<"k5", 202, 10, RuleKey, "key word 5">,
    Slot<"k6", 212, 10, RuleKey, "key word 6">, Slot<"k7", 222, 10, RuleKey, "key word 7">,
    Slot<"k8", 232, 10, RuleKey, "key word 8">, Slot<"k9", 242, 10, RuleKey, "key word 9">]);
}
def GatherRow : Format<256> {
  let Doc = "Reads raw bytes of the window: the frame's first 128 bytes, or all that it has.";
  let Slots = !listconcat(RowHead, RowControl, [
    Slot<"dwe",   49, 1, Imm, "writes rd, whether the bytes are there or not">,
    Slot<"rd",    44, 5, Result, "register that receives the bytes, first byte most significant, zero extended; 0 where pd is false">,
    Slot<"base",  42, 2, Imm, "enum GatherBase; with number 3 nothing lies within">,
    Slot<"size",  40, 2, Imm, "enum GatherSize; with number 3 nothing lies within">,
    Slot<"index",  0, 10, Operand, "added to base and imm; a sum that has more than 32 bits lies beyond the window as any other large one">,
    Slot<"imm",   96, 32, Imm, "offset from the base">]);
}
defvar StateSlots = !listconcat(RowHead, RowControl, [
  Slot<"f",     46, 4, Imm, "enum StateOp, the arm where c holds; its operand is a">,
  Slot<"g",     42, 4, Imm, "enum StateOp, the other arm; its operand is b">,
  Slot<"rel",   39, 3, Imm, "enum StateRel: c">,
  Slot<"ret",   37, 2, Imm, "enum StateRet">,
  Slot<"rdlo",  32, 5, Result, "register that receives the low word">,
  Slot<"lowe",  31, 1, Imm, "writes rdlo">,
  Slot<"rdhi",  26, 5, Result, "register that receives the high word">,
  Slot<"hiwe",  25, 1, Imm, "writes rdhi">,
  Slot<"imm",   96, 32, Imm, "the row's immediate">,
  Slot<"alo",  192, 10, Operand, "a, low word">, Slot<"ahi", 202, 10, Operand, "a, high word">,
  Slot<"blo",  212, 10, Operand, "b, low word">, Slot<"bhi", 222, 10, Operand, "b, high word">,
  Slot<"klo",  232, 10, Operand, "k, low word">, Slot<"khi", 242, 10, Operand, "k, high word">]);

def StateRow : Format<256> {
  let Doc = "State step on word base + index. An index above bound makes it no step: pd is written with false, the state and the registers stay, and BAD_INDEX counts it.";
  let Slots = !listconcat(StateSlots, [
    Slot<"index",  0, 10, Operand, "index within the object">,
    Slot<"base",  64, 16, Imm, "first word of the object">,
    Slot<"bound", 80, 16, Imm, "largest index">]);
}

defvar Key4 = ["k0", "k1", "k2", "k3"];
defvar Key10 = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9"];

def LOOKUP : Insn<"lookup $rd, $pd, $table, $k0, $k1, $k2, $k3, $imm", LookupRow> {
  let Doc = "Exact match: on a hit writes the entry's value to rd; pd says whether it hit.";
  let Exec = "lookup();";
  let StageKind = "E";
  let Fixed = [Fix<"op", 1>];
  let Outs = ["rd", "pd"];
  let Operands = !listconcat(["dwe", "pwe", "table"], Key4, ["imm", "dbase"]);
}
// Exactly one packet at a time: two packets with one key, or two keys that want one slot, back to back, see each other's
// entries as if the first had left the core before the second came.
//
//   rows = LearnUnit << size; r(w) = bits [HashShift*w + log2(rows) - 1 : HashShift*w] of the CRC over a zero byte and the key
//   entry(w) = the entry of way w in row LearnUnit*table | r(w), its value is when it expires
//   alive(w) = it is valid and (mode has ever, or bit 31 of now - value is set)
//
//   found: the lowest way w that is alive and holds table and key. pd and the row's own hit are true, rd = 4*r(w) + w;
//          with touch the entry becomes {table, key, value now + imm, action b}.
//   else, with insert: w is the first way that is not alive; if all are, with replace, the way now mod 4.
//          The entry becomes {table, key, value now + imm, action b}, pd is false, rd = 4*r(w) + w.
//   else:  pd is false, rd = 0xffffffff; with insert, LEARN_FULL counts it.
//
// b is 0; with byte it is the low byte of the register that the row names so, and rd is the action that the entry found had before,
// 0 if none was found.
//
// With share, an entry that is written goes to the core of the other direction too, to the same way and row of its stage of the same
// number, some clocks later. A stage writes its own entries first: if it has one in that clock for that way, the other's is
// lost and LEARN_FULL counts it there. So in one of the two cores the stage only looks up (no insert, no touch), which images have to
// keep to where they share.
//
// The hash leaves the table id out, so that which keys compete does not depend on where a table lies and other executions
// can repeat it. An entry that nobody replaces comes to life again 2^31 units after it expired: software removes expired ones
// before (runtime/core/core_learned.h). A table id stands for a place, so tables in use at one time must not overlap.
def LEARN : Insn<"learn $rd, $pd, $table, $size, $mode, $now, $byte, $k0, $k1, $k2, $k3, $imm", LearnRow> {
  let Doc = "Finds a key in a learned table and may take it in: pd says whether it was there, rd which slot is its, 0xffffffff if none. The slot is below the table's size and serves as index of a state step. Or, with mode byte, rd is the byte that was kept with the key. In exact stages that can learn (CAP_LEARN).";
  let Exec = "learn();";
  let StageKind = "E";
  let SideEffect = 1;
  let Fixed = [Fix<"op", 3>];
  let Outs = ["rd", "pd"];
  let Operands = !listconcat(["dwe", "pwe", "table", "size", "mode", "now", "byte"], Key4, ["imm"]);
}
def LOOKUPW : Insn<"lookupw $rd, $pd, $table, $k0, $k1, $k2, $k3, $k4, $k5, $k6, $k7, $k8, $k9, $imm", LookupWideRow> {
  let Doc = "Exact match on ten words, in the exact stage that is wide.";
  let Exec = "lookup();";
  let StageKind = "E";
  let Reserved = 1;
  let Fixed = [Fix<"op", 2>];
  let Outs = ["rd", "pd"];
  let Operands = !listconcat(["dwe", "pwe", "table"], Key10, ["imm", "dbase"]);
}
def PREFIX : Insn<"prefix $rd, $pd, $table, $k0, $k1, $k2, $k3, $imm", LookupRow> {
  let Doc = "Longest prefix match on the key's 128 bits, word 0 most significant.";
  let Exec = "prefix();";
  let StageKind = "L";
  let Fixed = [Fix<"op", 1>];
  let Outs = ["rd", "pd"];
  let Operands = !listconcat(["dwe", "pwe", "table"], Key4, ["imm", "dbase"]);
}
def RULE : Insn<"rule $rd, $rc, $pd, $table, $k0, $k1, $k2, $k3, $k4, $k5, $k6, $k7, $k8, $k9, $k10, $k11, $k12, $k13", RuleRow> {
  let Doc = "First terminal rule of a list. Of up to three earlier rules that act and go on, those that count or log leave their event and act bits at once; those that the program must carry out (limits, marks) leave their action in rc, and dispatch goes to the first of them, else to the terminal rule's.";
  let Exec = "rule();";
  let StageKind = "R";
  let SideEffect = 1;
  let Fixed = [Fix<"op", 1>];
  let Outs = ["rd", "rc", "pd"];
  let Operands = !listconcat(["dwe", "rce", "pwe", "table"], Key10, ["k10", "k11", "k12", "k13", "dbase"]);
}
def GATHER : Insn<"gather $rd, $pd, $base, $size, $index, $imm", GatherRow> {
  let Doc = "Raw bytes at base + index + imm; pd says whether the base is there and they all lie within the window. Index and imm are unsigned and their sum does not wrap.";
  let Exec = "gather();";
  let StageKind = "G";
  let Fixed = [Fix<"op", 1>];
  let Outs = ["rd", "pd"];
  let Operands = ["dwe", "pwe", "base", "size", "index", "imm"];
}
let StageKind = "S", SideEffect = 1 in {
  def STATE : Insn<"state $rdlo, $rdhi, $pd, [$base + $index < $bound], $rel, $f, $g, $ret, $alo, $ahi, $blo, $bhi, $klo, $khi, $imm", StateRow> {
    let Doc = "One atomic step: c = state REL k; state' = c ? f(state, a) : g(state, b); pd = c.";
    let Exec = "state();";
    let Fixed = [Fix<"op", 1>];
    let Outs = ["rdlo", "rdhi", "pd"];
    let Operands = ["lowe", "hiwe", "pwe", "base", "index", "bound", "rel", "f", "g", "ret", "alo", "ahi", "blo", "bhi", "klo", "khi", "imm"];
  }
  def FSM : Insn<"fsm $rdlo, $rdhi, $pd, [$base + $index < $bound], $ret, $alo, $imm", StateRow> {
    let Doc = "state' = ROM[f.g][state][a]: a small finite state machine whose table is in the image.";
    let Exec = "fsm();";
    let Reserved = 1;
    let Fixed = [Fix<"op", 3>];
    let Outs = ["rdlo", "rdhi", "pd"];
    let Operands = ["lowe", "hiwe", "pwe", "base", "index", "bound", "f", "g", "ret", "alo", "imm"];
  }
}
