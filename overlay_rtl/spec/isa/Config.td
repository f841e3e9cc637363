// Sizes: what every overlay has in common, and the two configurations. Software reads those that a bitstream may
// change from capability registers.

def IsaVersion     : Constant<1, "version of rows, entry words and exit targets">;
def RowWords       : Constant<4, "64-bit words of a row">;
def RowsPerStage   : Constant<256, "rows of a stage and epoch">;
def Epochs         : Constant<2, "programs held at a time">;
def StagesMax      : Constant<63, "most stages; number 63 is the exit">;
def StageExit      : Constant<63, "stage number of the exit">;
def RegistersMax   : Constant<32, "most registers that a row can name">;
def OperandRegisters : Constant<16, "lookup, gather and state rows read no register from this on, in a configuration perhaps fewer (Operands); rule lookups read all">;
def ResultRegisters : Constant<8, "lookup, rule, gather and state rows write registers below this">;
def Predicates     : Constant<8, "predicates">;
def EntryWords     : Constant<48, "entry words">;
def EntryBanks     : Constant<3, "word w goes into register r exactly if w mod 3 == r mod 3">;
def EntryTaps      : Constant<2, "places where registers are loaded from entry words: before the first stage and half-way">;
def TapShare       : Constant<2, "the second tap loads registers from Registers / TapShare on, the upper half">;
def ExitTargets    : Constant<24, "exit targets">;
def ExitBanks      : Constant<6, "exit target t takes register r exactly if t mod 6 == r mod 6">;
def EventSlots     : Constant<4, "events that a packet can carry">;
def WindowBytes    : Constant<128, "bytes of a frame that the parser sees">;
def TicksPerNs     : Constant<16, "ticks of the time words in a nanosecond">;
def OwnerPredicates : Constant<64, "owner predicate bits of an epoch">;
def ExactKeyWords  : Constant<4, "key words of an exact lookup">;
def ExactWays      : Constant<4, "ways of an exact stage, each with its own hash">;
def TablesMax      : Constant<256, "table ids of a lookup stage">;
def DispatchEntries : Constant<256, "entries of a lookup stage's dispatch memory, per epoch">;
def EventIncomplete : Constant<0, "event id of packets dropped because a fixed header part was cut off">;

// The way hashes of an exact stage: slices of CRC-64/ECMA-182 (initial value 0, no reflection, no final xor) over the
// table id byte, then the key words from 0 on, each most significant byte first.
// Way w takes bits [HashShift*w + log2(rows) - 1 : HashShift*w].
def HashShift      : Constant<16, "distance of the way hashes within the CRC">;

// A prefix stage's number line is {table id 8, key word 0, ... key word 3}. It is cut into ranges, ranges are grouped into blocks.
// Separators and boundaries are places on it, each searched as an implicit binary tree: threshold n of 2^levels - 1, counted
// from 1, is node n >> (z + 1) of level levels - 1 - z, z the number of zero bits below the lowest set bit of n. A node that is not
// valid lies beyond the end of the line.
def PrefixBlockLevels : Constant<4, "levels of the search for a range in its block">;
def PrefixBlockRanges : Constant<16, "ranges of a block">;

// A learned table takes a power of two of rows of each way, and begins at a multiple of them.
def LearnUnit      : Constant<16, "rows of each way of the smallest learned table, which so has 64 entries; a learned table's id counts them">;

class Config<int number, string name> : Documented {
  int Number = number;
  string Name = name;
  string Stages;          // their kinds in order: A ALU, E exact, R rule, L prefix, G gather, S state
  int Registers;
  int Operands;           // lookup, gather and state rows read registers below this, at most OperandRegisters
  int TapStage;           // the second entry tap is before this stage
  int ExactRows;          // rows of each way of each exact stage
  list<int> Learning;     // which of the exact stages can learn, counted from 0
  int StateWords;         // 64-bit words of each state stage
  int RuleTrees;          // search trees of each rule stage
  int RuleRows;           // leaves of each tree, and nodes of each of its levels
  int RuleOverflow;       // overflow entries of each rule stage
  int PrefixEntries;      // prefixes of each prefix stage, whatever they are
  int PrefixLevels;       // levels of the search for a block: 2^levels slots
  int PrefixBlocks;       // blocks of each prefix stage
  int EventIds;           // event ids that the counters after the exit tell apart
}
def Default : Config<0, "default"> {
  let Doc = "The full-size core.";
  // The second gather stage is early too: what rules ask of raw bytes they ask first, and it needs stages behind it.
  let Stages = "AAEAAGALARAAGSSAAEARAASSAAELAASSAAEAAASSAA";
  let Registers = 24;
  let Operands = 16;
  let TapStage = 22;
  let ExactRows = 2048;
  let Learning = [1, 2];  // after the first rule stage and with state stages behind them; the first and last are for sets
  let StateWords = 4096;
  let RuleTrees = 4;
  let RuleRows = 512;
  let RuleOverflow = 64;
  let PrefixEntries = 16384;
  let PrefixLevels = 12;
  let PrefixBlocks = 3072;
  let EventIds = 2048;
}
def Small : Config<1, "small"> {
  let Doc = "About half of everything, for small devices and for the departure core.";
  let Stages = "AAEAGLARAESASASAA";
  let Registers = 16;
  let Operands = 8;
  let TapStage = 9;
  let ExactRows = 512;
  let Learning = [1];
  let StateWords = 1024;
  let RuleTrees = 2;
  let RuleRows = 256;
  let RuleOverflow = 32;
  let PrefixEntries = 4096;
  let PrefixLevels = 10;
  let PrefixBlocks = 768;
  let EventIds = 512;
}
