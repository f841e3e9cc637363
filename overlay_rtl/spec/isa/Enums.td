// Enumerations that rows, images and tools share.

def SelWord : EnumValue<"Selector", "w",  0, "all 32 bits">;
def SelB0   : EnumValue<"Selector", "b0", 1, "bits 7:0, zero extended">;
def SelB1   : EnumValue<"Selector", "b1", 2, "bits 15:8, zero extended">;
def SelB2   : EnumValue<"Selector", "b2", 3, "bits 23:16, zero extended">;
def SelB3   : EnumValue<"Selector", "b3", 4, "bits 31:24, zero extended">;
def SelH0   : EnumValue<"Selector", "h0", 5, "bits 15:0, zero extended">;
def SelH1   : EnumValue<"Selector", "h1", 6, "bits 31:16, zero extended">;

def CombSet   : EnumValue<"Combine", "set",   0, "the comparison alone">;
def CombAnd   : EnumValue<"Combine", "and",   1, "the comparison and predicate pc">;
def CombOr    : EnumValue<"Combine", "or",    2, "the comparison or predicate pc">;
def CombChain : EnumValue<"Combine", "chain", 3, "predicate pc where the operands are equal, else the comparison: compares numbers of several words, least significant word first">;

def ModeZero : EnumValue<"OperandMode", "zero", 0, "the value 0">;
def ModeReg  : EnumValue<"OperandMode", "reg",  1, "a register through a selector">;
def ModeImm  : EnumValue<"OperandMode", "imm",  2, "the row's 32-bit immediate">;

def BranchNext     : EnumValue<"BranchMode", "next",     0, "always the next successor">;
def BranchPred     : EnumValue<"BranchMode", "pred",     1, "the taken successor if predicate bp differs from bneg; bp as an earlier stage left it">;
def BranchOwn      : EnumValue<"BranchMode", "own",      2, "the taken successor if the row's own hit (lookup) or condition (state step) differs from bneg">;
def BranchDispatch : EnumValue<"BranchMode", "dispatch", 3, "on a hit the successor that the dispatch memory holds for the entry's action, on a miss the next successor">;

def LearnInsert  : EnumValue<"LearnMode", "insert",  0, "bit of a learning lookup's mode: a key that is not there is taken in">;
def LearnTouch   : EnumValue<"LearnMode", "touch",   1, "a key that is there begins its timeout again">;
def LearnReplace : EnumValue<"LearnMode", "replace", 2, "where all four places of a new key are taken by living entries one of them gives way">;
def LearnEver    : EnumValue<"LearnMode", "ever",    3, "the table's entries do not expire">;
def LearnShare   : EnumValue<"LearnMode", "share",   4, "what is written goes to the other core's stage of the same number as well">;
def LearnByte    : EnumValue<"LearnMode", "byte",    5, "a key has a byte: what is written keeps that of the row, the result is the byte found and no slot">;

def PrefixSeparators : EnumValue<"PrefixMemory", "separators", 0, "where blocks begin, + level: a place; address bank << level | node">;
def PrefixSlots : EnumValue<"PrefixMemory", "slots", 16, "of each block, its number (key word 3, below PrefixBlocks) and the value and action of the longest prefix over all of it, valid if there is one; address bank << PrefixLevels | slot">;
def PrefixBoundaries : EnumValue<"PrefixMemory", "boundaries", 17, "where the ranges of a block begin, + level: a place; address block << level | node">;
def PrefixResults : EnumValue<"PrefixMemory", "results", 21, "value and action of a range; not valid: those of the slot; address PrefixBlockRanges * block + range">;
def PrefixBank : EnumValue<"PrefixMemory", "bank", 22, "address bit 0: the bank of separators and slots that lookups use from now on">;

def GatherFrame : EnumValue<"GatherBase", "frame", 0, "the frame's first byte">;
def GatherL3 : EnumValue<"GatherBase", "l3", 1, "the first byte of the IP header or of ARP; nothing lies within if there is none">;
def GatherL4 : EnumValue<"GatherBase", "l4", 2, "the first byte of the layer 4 header; nothing lies within if there is none">;

def GatherByte : EnumValue<"GatherSize", "byte", 0, "one byte">;
def GatherHalf : EnumValue<"GatherSize", "half", 1, "two bytes">;
def GatherWord : EnumValue<"GatherSize", "word", 2, "four bytes">;

def StateKeep   : EnumValue<"StateOp", "keep",   0, "the state unchanged">;
def StateSet    : EnumValue<"StateOp", "set",    1, "the operand">;
def StateAdd    : EnumValue<"StateOp", "add",    2, "state + operand, modulo 2^64">;
def StateSub    : EnumValue<"StateOp", "sub",    3, "state - operand, modulo 2^64">;
def StateMax    : EnumValue<"StateOp", "max",    4, "the larger of state and operand, unsigned">;
def StateMin    : EnumValue<"StateOp", "min",    5, "the smaller of state and operand, unsigned">;
def StateOr     : EnumValue<"StateOp", "or",     6, "state or operand, bit by bit">;
def StateAndn   : EnumValue<"StateOp", "andn",   7, "state and not operand, bit by bit">;
def StateMaxadd : EnumValue<"StateOp", "maxadd", 8, "max(state, b) + a, modulo 2^64, whichever arm it stands in: the generic cell rate algorithm's update and the virtual finish time of fair queueing">;

def RelNever  : EnumValue<"StateRel", "never",  0, "c is false">;
def RelAlways : EnumValue<"StateRel", "always", 1, "c is true">;
def RelEq     : EnumValue<"StateRel", "eq",     2, "state == k">;
def RelNe     : EnumValue<"StateRel", "ne",     3, "state != k">;
def RelLtu    : EnumValue<"StateRel", "ltu",    4, "state < k, unsigned">;
def RelGeu    : EnumValue<"StateRel", "geu",    5, "state >= k, unsigned">;
def RelGtu    : EnumValue<"StateRel", "gtu",    6, "state > k, unsigned">;
def RelLeu    : EnumValue<"StateRel", "leu",    7, "state <= k, unsigned">;

def RetNone : EnumValue<"StateRet", "none", 0, "no value is returned">;
def RetOld  : EnumValue<"StateRet", "old",  1, "the state before the step">;
def RetNew  : EnumValue<"StateRet", "new",  2, "the state after the step">;

def VerdictPass   : EnumValue<"Verdict", "pass",   0, "the packet goes on">;
def VerdictDrop   : EnumValue<"Verdict", "drop",   1, "the packet is discarded silently">;
def VerdictReject : EnumValue<"Verdict", "reject", 2, "the packet is discarded and its sender told; the reason says how">;

def ReasonNone        : EnumValue<"Reason", "none",             0, "no reason: pass or drop">;
def ReasonPort        : EnumValue<"Reason", "port-unreachable", 1, "ICMP and ICMPv6 port unreachable">;
def ReasonHost        : EnumValue<"Reason", "host-unreachable", 2, "ICMP host unreachable, ICMPv6 address unreachable">;
def ReasonNet         : EnumValue<"Reason", "net-unreachable",  3, "ICMP net unreachable, ICMPv6 no route">;
def ReasonProto       : EnumValue<"Reason", "proto-unreachable", 4, "ICMP protocol unreachable">;
def ReasonAdmin       : EnumValue<"Reason", "admin-prohibited", 5, "ICMP and ICMPv6 administratively prohibited">;
def ReasonReset       : EnumValue<"Reason", "tcp-reset",        6, "a TCP reset">;
def ReasonIncomplete  : EnumValue<"Reason", "incomplete",       7, "dropped because a fixed header part was cut off">;

def ActCapture : EnumValue<"Act", "capture", 24, "bit of the act word: a copy goes to the capture ring">;
def ActLog     : EnumValue<"Act", "log",     25, "bit of the act word: the packet's events are reported to the control plane">;

def ProgIngress : EnumValue<"Program", "ingress", 0, "packets from the wire">;
def ProgEgress  : EnumValue<"Program", "egress",  1, "packets to the wire">;
