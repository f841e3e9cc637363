// The policy image: an ELF file whose sections named ".norman.*" are arrays of these records, little endian.
//
// The loader reads only these sections and verifies every record before the NIC sees anything. Records of a section
// have one size; a section's size is a multiple of it. Names are offsets into .norman.strings (zero terminated).

class RecordField<string name, string type, string doc, int count = 1> : Documented {
  string Name = name;
  string Type = type;   // u8 u16 u32 u64
  int Count = count;
  let Doc = doc;
}
class Record<string section, list<RecordField> fields> : Documented {
  string Section = section;
  list<RecordField> Fields = fields;
}

def ImageMagic : Constant<0x314d524e, "'NRM1', first word of the header record">;
def ImageVersion : Constant<1, "version of the image format">;
def ImageBytesMax : Constant<67108864, "largest image a loader accepts, in bytes">;
def NoName : Constant<0, "offset of the empty string: every string section begins with a zero byte">;
def LineBits : Constant<24, "bits of a source line in the line fields and in debug locations; the file's number stands above them">;
def InterfaceBlock : Constant<256, "numbers that the interfaces of one pattern have">;
def InterfacePatterns : Constant<64, "most patterns of interfaces; their blocks end at 65535">;
def NoRule : Constant<0xffff, "rule id of what no rule decided">;

def ImageHeader : Record<".norman.header", [
  RecordField<"magic", "u32", "ImageMagic">,
  RecordField<"version", "u32", "ImageVersion">,
  RecordField<"isa_version", "u32", "IsaVersion">,
  RecordField<"config", "u8", "number of the configuration that it was compiled for">,
  RecordField<"stages", "u8", "stages of that configuration">,
  RecordField<"registers", "u8", "registers of that configuration">,
  RecordField<"zero", "u8", "zero">,
  RecordField<"stage_string", "u8", "stage kinds in order, zero padded", 64>]> { let Doc = "One record: what the image is for."; }

def ImageProgram : Record<".norman.programs", [
  RecordField<"program", "u8", "enum Program">,
  RecordField<"stage", "u8", "stage of the first row, 63 for none">,
  RecordField<"row", "u16", "first row">,
  RecordField<"initial_verdict", "u32", "verdict word before the first row">]> {
  let Doc = "One record for each program. A program without record passes every packet.";
}
def ImageRow : Record<".norman.rows", [
  RecordField<"program", "u8", "enum Program">,
  RecordField<"stage", "u8", "stage">,
  RecordField<"row", "u16", "row">,
  RecordField<"line", "u32", "source line that the row comes from, 0 if none">,
  RecordField<"word", "u64", "the row", 4>]> { let Doc = "One record for each non-empty row."; }
def ImageEntry : Record<".norman.entry", [
  RecordField<"program", "u8", "enum Program">,
  RecordField<"tap", "u8", "0 before the first stage, 1 half-way">,
  RecordField<"reg", "u8", "register">,
  RecordField<"word", "u8", "entry word; its residue modulo 3 is the register's">,
  RecordField<"zero", "u32", "zero">]> { let Doc = "The entry maps: registers not named are zero at tap 0 and kept at tap 1."; }
def ImageExit : Record<".norman.exit", [
  RecordField<"program", "u8", "enum Program">,
  RecordField<"target", "u8", "exit target">,
  RecordField<"reg", "u8", "register">,
  RecordField<"sel", "u8", "enum Selector">,
  RecordField<"zero", "u32", "zero">]> { let Doc = "The exit maps."; }
def ImageDispatch : Record<".norman.dispatch", [
  RecordField<"program", "u8", "enum Program">,
  RecordField<"stage", "u8", "lookup stage">,
  RecordField<"index", "u16", "dbase of the row plus the entry's action">,
  RecordField<"to_stage", "u8", "stage of the successor">,
  RecordField<"zero", "u8", "zero">,
  RecordField<"to_row", "u16", "row of the successor">]> { let Doc = "The dispatch memories."; }

def ObjCounter : EnumValue<"ObjectKind", "counter", 0, "counted after the exit; base is the first event id">;
def ObjSet     : EnumValue<"ObjectKind", "set", 1, "table of an exact stage; base is the table id">;
def ObjMeter   : EnumValue<"ObjectKind", "meter", 2, "state word with a theoretical arrival time">;
def ObjState   : EnumValue<"ObjectKind", "state", 3, "state words">;
def ObjLog     : EnumValue<"ObjectKind", "log", 4, "event id of a rule's log action; base is the id">;
def ObjRules   : EnumValue<"ObjectKind", "rules", 5, "list of a rule stage; base is the list id, which the loader may replace: another list may be running under it">;
def ObjLearned : EnumValue<"ObjectKind", "learned", 6, "learned table of an exact stage; base is the table id, size its entries: LearnUnit * ExactWays << the size of its rows">;
def ObjPrefixes : EnumValue<"ObjectKind", "prefixes", 7, "table of a prefix stage; base is the table id">;
def ImageObject : Record<".norman.objects", [
  RecordField<"name", "u32", "name">,
  RecordField<"line", "u32", "source line of the declaration">,
  RecordField<"kind", "u8", "enum ObjectKind">,
  RecordField<"program", "u8", "enum Program of the core that holds it">,
  RecordField<"stage", "u8", "stage that holds it; 63 for the exit">,
  RecordField<"shift", "u8", "learned tables: the unit of their times is 2^shift ticks, 0 if their entries do not expire; zero otherwise">,
  RecordField<"base", "u32", "first word, table id, list id or event id">,
  RecordField<"size", "u32", "words, entries or event ids">,
  RecordField<"type", "u32", "hash of the declared type: what may be kept over a swap">]> { let Doc = "Symbol table of tables, counters, meters and state; entries name an object by its index."; }
def ImageTableEntry : Record<".norman.entries", [
  RecordField<"object", "u32", "index of the set or prefix table in .norman.objects">,
  RecordField<"action", "u8", "action index">,
  RecordField<"length", "u8", "prefixes: how many bits of the key count, at most 128, the others zero; zero otherwise">,
  RecordField<"zero", "u8", "zero", 2>,
  RecordField<"value", "u32", "argument">,
  RecordField<"key", "u32", "key words", 4>,
  RecordField<"line", "u32", "source line">]> { let Doc = "Contents of the sets and prefix tables when the image is loaded."; }
def ListFlagTerminal : EnumValue<"ListFlag", "terminal", 0, "ends the lookup; otherwise the entry acts and the lookup goes on">;
def ListFlagCounted  : EnumValue<"ListFlag", "counted", 1, "takes an event slot">;
def ListFlagLogged   : EnumValue<"ListFlag", "logged", 2, "sets the act word's log bit">;
def ListFlagCaptured : EnumValue<"ListFlag", "captured", 3, "sets the act word's capture bit">;
def ListFlagCarried  : EnumValue<"ListFlag", "carried", 4, "not terminal only: the action goes to rc">;
def ListFlagCovered  : EnumValue<"ListFlag", "covered", 5, "not loaded: an earlier entry decides all that it would; tools that delete that one load it">;
def ImageListEntry : Record<".norman.lists", [
  RecordField<"object", "u32", "index of the list in .norman.objects">,
  RecordField<"flags", "u8", "bits of enum ListFlag">,
  RecordField<"action", "u8", "action index">,
  RecordField<"invert", "u16", "bit g set: group g of enum RuleGroup must not match">,
  RecordField<"argument", "u32", "terminal only: goes to rd">,
  RecordField<"event", "u16", "event id, if counted">,
  RecordField<"rule", "u16", "rule id of the rule that it stands for, NoRule for none">,
  RecordField<"value", "u32", "key words: bits to be equal; in the range words the lowest values of both halves", 14>,
  RecordField<"mask", "u32", "key words: which bits count; in the range words the highest values of both halves", 14>,
  RecordField<"line", "u32", "source line">]> { let Doc = "Contents of the rule lists when the image is loaded: of a list, the first record comes first."; }
def ImageKeyWord : Record<".norman.keys", [
  RecordField<"object", "u32", "index of the set, prefix table or list in .norman.objects">,
  RecordField<"key", "u8", "key word">,
  RecordField<"word", "u8", "entry word that lies in it; 255: what the program computes, or a constant">,
  RecordField<"zero", "u16", "zero">]> { let Doc = "What the key words of sets and lists hold, for tools that add entries by the names of fields; key words without record are zero."; }
def HookPrerouting  : EnumValue<"Hook", "prerouting", 0, "ingress">;
def HookInput       : EnumValue<"Hook", "input", 1, "ingress, to this host">;
def HookForward     : EnumValue<"Hook", "forward", 2, "egress, not from this host">;
def HookOutput      : EnumValue<"Hook", "output", 3, "egress, from this host">;
def HookPostrouting : EnumValue<"Hook", "postrouting", 4, "egress">;
def ListEndPass     : EnumValue<"ListEnd", "pass", 0, "the verdict pass, which ends the policy">;
def ListEndStop     : EnumValue<"ListEnd", "stop", 1, "the verdicts drop and reject, which end the program">;
def ImageListHead : Record<".norman.listheads", [
  RecordField<"object", "u32", "index of the list in .norman.objects">,
  RecordField<"owner", "u32", "name of the policy or chain that the list's rules stand in; its other rules are those of chains that they call">,
  RecordField<"hook", "u8", "enum Hook">,
  RecordField<"ends", "u8", "bits of enum ListEnd: the verdicts that the program carries out after the lookup">,
  RecordField<"events", "u8", "event slots that the program leaves to a lookup that decides">,
  RecordField<"miss_events", "u8", "event slots that it leaves to one that does not">]> { let Doc = "What tools that add rules to a list must know of the program around it; one record for each list."; }
def ImageAddedRule : Record<".norman.added", [
  RecordField<"rule", "u32", "rule id">,
  RecordField<"text", "u32", "the rule as it was written, with its name">]> { let Doc = "Rules that tools have added to lists: no policy has them."; }
def ValueNumber    : EnumValue<"ValueType", "number", 0, "an unsigned number">;
def ValuePort      : EnumValue<"ValueType", "port", 1, "a port">;
def ValueInterface : EnumValue<"ValueType", "interface", 2, "the number of an interface, which .norman.interfaces names">;
def ValueIpv4      : EnumValue<"ValueType", "ipv4", 3, "an IPv4 address">;
def ValueIpv6      : EnumValue<"ValueType", "ipv6", 4, "an IPv6 address">;
def ValueMac       : EnumValue<"ValueType", "mac", 5, "a MAC address">;
def ValueBytes     : EnumValue<"ValueType", "bytes", 6, "a number of bytes">;
def PieceOfValue : Constant<255, "part of a piece that is of the value of a map and not of its key">;
def ImageTable : Record<".norman.tables", [
  RecordField<"object", "u32", "index of the set or prefix table in .norman.objects">,
  RecordField<"declaration", "u32", "number of its declaration: the tables of one declaration, one for each direction and place that looks keys up, hold the same keys">,
  RecordField<"changes", "u8", "1: declared with a size, its entries may change; 0: the program relies on what it holds">,
  RecordField<"zero", "u8", "zero", 3>]> { let Doc = "What tools that change entries know of each set or map, in tables of exact or of prefix stages."; }
def ImagePiece : Record<".norman.pieces", [
  RecordField<"object", "u32", "index of the set or prefix table in .norman.objects">,
  RecordField<"part", "u8", "which part of the key, from 0 on; PieceOfValue: of the value, which is the argument of the entry">,
  RecordField<"type", "u8", "enum ValueType of the part">,
  RecordField<"low", "u8", "the piece's lowest bit in the part's number">,
  RecordField<"width", "u8", "bits of the piece">,
  RecordField<"word", "u8", "key word that it lies in">,
  RecordField<"shift", "u8", "its lowest bit there">,
  RecordField<"zero", "u16", "zero">]> { let Doc = "How the keys and values of sets and prefix tables lie in the words of their entries; bits that no piece names are zero."; }
def ImageRule : Record<".norman.rules", [
  RecordField<"policy", "u32", "name of the policy">,
  RecordField<"name", "u32", "name of the rule, empty if it has none">,
  RecordField<"file", "u32", "source file">,
  RecordField<"line", "u32", "source line">,
  RecordField<"column", "u32", "source column">,
  RecordField<"action", "u32", "text of its actions">]> { let Doc = "Rules by rule id. A policy's default is a rule too."; }
def ImagePredicate : Record<".norman.predicates", [
  RecordField<"bit", "u8", "owner predicate bit">,
  RecordField<"subject", "u8", "0 owner, 1 socket">,
  RecordField<"kind", "u8", "enum PredicateKind">,
  RecordField<"zero", "u8", "zero">,
  RecordField<"name", "u32", "user, group, command or cgroup">]> {
  let Doc = "The bit holds if one of its records does. Names are resolved when the image is loaded and again when they change.";
}
def PredUser   : EnumValue<"PredicateKind", "user", 0, "the user of this name, or of this decimal number">;
def PredGroup  : EnumValue<"PredicateKind", "group", 1, "the group of this name, or of this decimal number">;
def PredComm   : EnumValue<"PredicateKind", "comm", 2, "the command of this name (the first 15 bytes, as in /proc/PID/comm)">;
def PredCgroup : EnumValue<"PredicateKind", "cgroup", 3, "the cgroup of this path">;
def PredCgroupIn : EnumValue<"PredicateKind", "cgroup_in", 4, "the cgroup of this path or one below it">;
def ImageInterface : Record<".norman.interfaces", [
  RecordField<"name", "u32", "interface name, or a pattern: the beginning of names, then '*'">,
  RecordField<"number", "u32", "number that the program compares with; 0 is none; of a pattern the first of InterfaceBlock numbers, a multiple of it">]> { let Doc = "Interfaces that the policy names. Of the others one that a pattern takes in has a number of the block of the longest such pattern; the rest have numbers after the named ones."; }
def ImageResource : Record<".norman.report", [
  RecordField<"name", "u32", "resource">,
  RecordField<"program", "u8", "enum Program">,
  RecordField<"stage", "u8", "stage, 63 for the whole core">,
  RecordField<"zero", "u16", "zero">,
  RecordField<"used", "u32", "used">,
  RecordField<"available", "u32", "available">]> { let Doc = "Resource report."; }
