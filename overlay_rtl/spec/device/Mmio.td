// The register map of one core: 64-bit accesses, byte addresses within 16 MiB. Reads of what is not listed,
// not built or write-only give 0; writes to what is not listed, not built or read-only are ignored and counted in
// BAD_ACCESS. Not built are stages, registers, words and ids beyond the configuration, and memories of a stage that is
// of another kind.

class Register<int addr, string access, string doc> : Documented {
  int Addr = addr;
  string Access = access;   // ro, rw, wo
  let Doc = doc;
}
// An array of 64-bit cells: byte address = Base + 8 * (index formed from Dims, first dimension outermost).
class Window<int base, list<string> dims, list<int> sizes, string access, string doc> : Documented {
  int Base = base;
  list<string> Dims = dims;
  list<int> Sizes = sizes;
  string Access = access;
  let Doc = doc;
}

def CAP_MAGIC      : Register<0x0000, "ro", "0x4e4f524d414e0001: 'NORMAN', interface version 1">;
def CAP_ISA        : Register<0x0008, "ro", "IsaVersion">;
def CAP_STAGES     : Register<0x0010, "ro", "number of stages built">;
def CAP_REGISTERS  : Register<0x0018, "ro", "number of registers">;
def CAP_ROWS       : Register<0x0020, "ro", "rows per stage and epoch">;
def CAP_TAP_STAGE  : Register<0x0028, "ro", "stage before which the second entry tap is">;
def CAP_EXACT_ROWS : Register<0x0030, "ro", "rows of each way of each exact stage">;
def CAP_STATE_WORDS : Register<0x0038, "ro", "words of each state stage">;
def CAP_EVENT_IDS  : Register<0x0040, "ro", "event ids">;
def CAP_LATENCY    : Register<0x0048, "ro", "clocks from entry to exit">;
def CAP_CONFIG     : Register<0x0050, "ro", "number of the configuration">;
def CAP_RULES      : Register<0x0058, "ro", "of each rule stage: trees 7:0, leaves of a tree and nodes of each of its levels 31:16, overflow entries 47:32">;
def CAP_LEARN      : Register<0x0060, "ro", "bit s: stage s is an exact stage that can learn">;
def CAP_PREFIX     : Register<0x0068, "ro", "of each prefix stage: levels of the search for a block 7:0, blocks 31:16, prefixes 63:32">;
def CAP_STRING     : Window<0x0080, ["chunk"], [8], "ro", "stage kinds as text, eight bytes a register, first in the low byte">;
def EPOCH          : Register<0x0100, "rw", "bit 0: epoch that entering packets get">;
def INFLIGHT       : Window<0x0110, ["epoch"], [2], "ro", "packets of that epoch between entry and exit">;
def PACKETS_IN     : Register<0x0120, "ro", "packets that entered">;
def PACKETS_OUT    : Register<0x0128, "ro", "packets that left">;
def BAD_ACCESS     : Register<0x0130, "ro", "writes refused: no such register, or a read-only one">;
def BAD_EVENT      : Register<0x0138, "ro", "events not counted because their id is not below CAP_EVENT_IDS">;
def BAD_INDEX      : Register<0x0140, "ro", "state steps not done because their index was above the bound">;
def LEARN_FULL     : Register<0x0148, "ro", "keys that a learning lookup refused because their places were taken, and entries of the other core that could not be written">;
def LEARN_MIRROR   : Register<0x0150, "rw", "bit s: stage s, which can learn, takes the entries that the other core's stage s shares; other bits are zero">;
def START          : Window<0x0180, ["epoch"], [2], "rw", "first row 7:0, its stage 13:8, initial verdict word 63:32; stage 63 after reset">;
def EXACT_DATA     : Window<0x1000, ["word"], [4], "rw", "staging: two key words a register, first in the low half (0, 1); value 31:0, action 39:32, table 47:40, valid 48 (2); reserved (3)">;
def EXACT_WRITE    : Register<0x1040, "wo", "stage 5:0, way 9:8, row 31:16: writes the staged entry there in one clock; in a stage that can learn between two packets' lookups">;
def EXACT_READ     : Register<0x1048, "wo", "stage 5:0, way 9:8, row 31:16: reads that entry into the staging registers">;
def EXACT_CHANGE   : Register<0x1050, "wo", "stages that can learn; stage 5:0, way 9:8, row 31:16: writes the staged entry there if the one there is valid and holds the staged table id and key at that moment; staged as not valid it deletes">;
def PREFIX_WRITE   : Register<0x1058, "wo", "stage 5:0, memory 12:8 (enum PrefixMemory), address 31:16: writes the entry staged in EXACT_DATA there in one clock; of a place valid, table id and key count">;
def RULE_DATA      : Window<0x1080, ["word"], [16], "wo", "staging: a RuleEntry; word 0 also a RuleNode, a RuleRoot or an order">;
def RULE_COMMAND   : Register<0x1100, "wo", "RuleCommand">;
def RULE_FENCE     : Register<0x1108, "ro", "0; of rule and prefix stages, answered when every command before it has taken effect and every lookup that began before is done. A fence must lie between two commands that write overflow entries of a stage, between such a write and the entry's first sight, and between two banks">;
def RULE_LOST      : Register<0x1110, "ro", "lookups with more than RuleContinuing entries before the terminal one: not all were carried out">;
def ROWS           : Window<0x100000, ["epoch", "stage", "row", "word"], [2, 64, 256, 4], "wo", "instruction memory">;
def ENTRY_MAP      : Window<0x200000, ["epoch", "tap", "reg"], [2, 2, 32], "wo", "selector 3:0, enable 4">;
def EXIT_MAP       : Window<0x201000, ["epoch", "target"], [2, 32], "wo", "register 4:0, selector 7:5">;
def DISPATCH       : Window<0x240000, ["epoch", "stage", "index"], [2, 64, 256], "wo", "row 7:0, stage 13:8">;
def STATE_WORDS    : Window<0x400000, ["stage", "word"], [64, 8192], "rw", "state memory; an access takes effect between two packets' steps">;
def EVENTS         : Window<0x800000, ["slot", "id", "what"], [4, 8192, 2], "rw", "counters: what 0 packets, 1 bytes; a counter's value is the sum over the slots">;
