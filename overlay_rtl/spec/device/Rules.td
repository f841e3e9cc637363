// Rule stages: what an entry, a node and a command look like, and what a lookup means.
//
// A rule stage holds a forest: RuleTrees search trees and a few overflow entries, all searched at once. A tree's node asks
// whether one dimension of the key is below a threshold; its leaf is a row of RuleLeafSlots entries, all compared in full.
// No rule lies in two leaves. So the place of an entry decides nothing: of all entries that match, the one with the
// lowest label comes first. Entries other than terminal lie in tree 0 or in overflow: ordinary lists have few of them, and
// choosing among those of all trees would cost 6 % of the stage.
//
// Leaves of four entries and not of eight: their comparators are the largest part of the stage. Of the lists measured
// (tables.capacity, sizing.md) only those with many wildcards hold fewer rules for it.
//
// Lookup of a list, with a key of fourteen words: an entry matches if it is visible, its list is the one asked for, and all
// eleven groups match (a group whose invert bit is set: does not match). The result is
//   - the first terminal entry that matches, if there is one: rd, event and act bits;
//   - of the matching entries before it that are not terminal the first RuleContinuing, in order: event and act bits, and
//     the action of those that carry. Further ones are not carried out; RULE_LOST counts the lookups that had any.
// Events take the packet's free event slots, continuing entries first, in order.

def RuleKeyWords    : Constant<14, "key words of a rule lookup">;
def RuleKeyBanks    : Constant<6, "key word k comes whole from a register r with r mod 6 == k mod 6, or is zero">;
def RuleEntryWords  : Constant<16, "64-bit words of a rule entry">;
def RuleLeafSlots   : Constant<4, "entries of a leaf">;
def RuleLevels      : Constant<10, "levels of nodes between the root and the deepest leaves">;
def RuleContinuing  : Constant<3, "entries before the terminal one that a lookup carries out">;
def RuleContinuingTree : Constant<0, "tree that may hold entries other than terminal">;
def RuleOverflowOrdered : Constant<16, "overflow entries i to i + 15, i a multiple of 16, that are kept in an order of their own; among those of different sixteens the label decides">;
def RuleOverflowContinuing : Constant<16, "overflow entries, from the first on, that may be other than terminal">;
def RuleLabels      : Constant<16777216, "labels: 0 to this minus one, lower comes first">;
def RuleTreeOverflow : Constant<7, "tree number of the overflow entries">;
def RuleRangeWord   : Constant<8, "key words 8 and 9 are compared as two ranges of 16 bits each, the others bit by bit">;

def RuleEntry : DeviceFormat<1024> {
  let Doc = "An entry as it is staged in RULE_DATA. Word i < 14 belongs to key word i: bits to be equal 31:0 and which of them count 63:32. In the range words (8, 9) instead: lowest values of the low half 15:0 and of the high half 31:16, highest values of the low half 47:32 and of the high half 63:48.";
  let Slots = [
    Slot<"label",    896, 24, Imm, "order among matching entries, lower first">,
    Slot<"list",     920, 8, Imm, "rule list">,
    Slot<"invert",   928, 10, Imm, "bit g set: group g of enum RuleGroup must not match">,
    Slot<"terminal", 938, 1, Imm, "ends the lookup; otherwise the entry acts and the lookup goes on">,
    Slot<"counts",   939, 1, Imm, "takes an event slot">,
    Slot<"log",      940, 1, Imm, "sets the act word's log bit">,
    Slot<"capture",  941, 1, Imm, "sets the act word's capture bit">,
    Slot<"carry",    942, 1, Imm, "not terminal only: the action goes to rc">,
    Slot<"action",   944, 8, Imm, "action index">,
    Slot<"argument", 960, 32, Imm, "terminal only: goes to rd">,
    Slot<"event",    992, 16, Imm, "event id">];
}
// The groups that are compared, and that an entry can invert, each for itself.
def RuleSrc   : EnumValue<"RuleGroup", "src",   0, "key words 0 to 3">;
def RuleDst   : EnumValue<"RuleGroup", "dst",   1, "key words 4 to 7">;
def Rule8Lo   : EnumValue<"RuleGroup", "range8_low",  2, "low half of key word 8, a range">;
def Rule8Hi   : EnumValue<"RuleGroup", "range8_high", 3, "high half of key word 8, a range">;
def Rule9Lo   : EnumValue<"RuleGroup", "range9_low",  4, "low half of key word 9, a range">;
def Rule9Hi   : EnumValue<"RuleGroup", "range9_high", 5, "high half of key word 9, a range">;
def Rule10    : EnumValue<"RuleGroup", "word10", 6, "key word 10">;
def Rule11    : EnumValue<"RuleGroup", "word11", 7, "key word 11">;
def Rule12    : EnumValue<"RuleGroup", "word12", 8, "key word 12">;
def Rule13    : EnumValue<"RuleGroup", "word13", 9, "key word 13">;

def RuleNode : DeviceFormat<64> {
  let Doc = "A node as it is staged in RULE_DATA(0): the key goes left if its dimension is less than the threshold, else right.";
  let Slots = [
    Slot<"threshold",  0, 32, Imm, "compared with the dimension, unsigned">,
    Slot<"dimension", 32, 4, Imm, "enum RuleDimension">,
    Slot<"left",      36, 10, Imm, "index of the node of the next level, or of the leaf">,
    Slot<"left_leaf", 46, 1, Imm, "left is a leaf">,
    Slot<"right",     47, 10, Imm, "index of the node of the next level, or of the leaf">,
    Slot<"right_leaf",57, 1, Imm, "right is a leaf">];
}
def DimSrc0 : EnumValue<"RuleDimension", "src0", 0, "key word 0">;
def DimSrc1 : EnumValue<"RuleDimension", "src1", 1, "key word 1">;
def DimSrc2 : EnumValue<"RuleDimension", "src2", 2, "key word 2">;
def DimSrc3 : EnumValue<"RuleDimension", "src3", 3, "key word 3">;
def DimDst0 : EnumValue<"RuleDimension", "dst0", 4, "key word 4">;
def DimDst1 : EnumValue<"RuleDimension", "dst1", 5, "key word 5">;
def DimDst2 : EnumValue<"RuleDimension", "dst2", 6, "key word 6">;
def DimDst3 : EnumValue<"RuleDimension", "dst3", 7, "key word 7">;
def Dim8Lo  : EnumValue<"RuleDimension", "range8_low",  8, "low half of key word 8">;
def Dim8Hi  : EnumValue<"RuleDimension", "range8_high", 9, "high half of key word 8">;
def Dim9Lo  : EnumValue<"RuleDimension", "range9_low", 10, "low half of key word 9">;
def Dim9Hi  : EnumValue<"RuleDimension", "range9_high", 11, "high half of key word 9">;
def DimList : EnumValue<"RuleDimension", "list", 12, "the list">;

def RuleRoot : DeviceFormat<64> {
  let Doc = "A root as it is staged in RULE_DATA(0).";
  let Slots = [
    Slot<"root",      0, 10, Imm, "index of the node of level 0, or of the leaf">,
    Slot<"root_leaf", 10, 1, Imm, "root is a leaf">];
}

def RuleCommand : DeviceFormat<64> {
  let Doc = "Written to RULE_COMMAND: what happens to the stage with what is staged. Each command takes effect in one clock, so that a lookup sees the memory before it or after it.";
  let Slots = [
    Slot<"stage",    0, 6, Imm, "rule stage">,
    Slot<"op",       8, 3, Imm, "enum RuleOp">,
    Slot<"tree",    12, 3, Imm, "tree, or RuleTreeOverflow">,
    Slot<"place",   16, 4, Imm, "level of the node, or which entry of the leaf">,
    Slot<"bank",    20, 1, Imm, "bank of the root, or that lookups use from now on">,
    Slot<"visible", 22, 2, Imm, "bit b: lookups of bank b see the entry">,
    Slot<"row",     32, 10, Imm, "leaf, node, or overflow entry">];
}
def RuleOpEntry   : EnumValue<"RuleOp", "entry",   0, "writes the staged entry and who sees it">;
def RuleOpVisible : EnumValue<"RuleOp", "visible", 1, "changes who sees an entry">;
def RuleOpNode    : EnumValue<"RuleOp", "node",    2, "writes the staged node">;
def RuleOpRoot    : EnumValue<"RuleOp", "root",    3, "writes the staged root of a bank">;
def RuleOpOrder   : EnumValue<"RuleOp", "order",   4, "overflow entries: bit j of RULE_DATA(0) says that entry `row` comes before entry j of its sixteen. Of two visible entries of one sixteen exactly one must come before the other">;
def RuleOpBank    : EnumValue<"RuleOp", "bank",    5, "lookups that begin from now on use this bank">;
