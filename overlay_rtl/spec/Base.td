// The vocabulary of the contract: what every record of the overlay's specification is made of.
//
// Nothing here depends on LLVM's Target.td: `llvm-tblgen --dump-json` turns the records into one JSON file and the
// renderers in render/ turn that into LLVM tables, a SystemVerilog package, C and C++ headers and manual pages.

class Documented {
  string Doc = "";   // one or more sentences; the renderers refuse a record whose Doc is empty
}

// A number with a name that more than one language needs.
class Constant<int value, string doc> : Documented {
  int Value = value;
  let Doc = doc;
}

// One value of an enumeration that travels in a field of a row or of a record.
class EnumValue<string enum, string name, int value, string doc> : Documented {
  string Enum = enum;
  string Name = name;
  int Value = value;
  let Doc = doc;
}

// What kind of thing an operand slot of a row holds; renderers choose types, printers and checks by it.
class SlotKind<string name> { string Name = name; }
def Gpr      : SlotKind<"gpr">;       // number of a general register
def Pred     : SlotKind<"pred">;      // number of a predicate
def Imm      : SlotKind<"imm">;       // plain unsigned number
def Selector : SlotKind<"selector">;  // enum Selector
def Code     : SlotKind<"code">;      // fixed by the instruction: opcode or sub-opcode
def Guard    : SlotKind<"guard">;     // {en, neg, pred[2:0]}: predicated execution
def Operand  : SlotKind<"operand">;   // {mode[1:0], sel[2:0], reg[4:0]}: zero, register below OperandRegisters or the row's immediate
def RuleKey  : SlotKind<"rulekey">;   // as an operand: zero, or a register of the key word's bank
def Result   : SlotKind<"result">;    // number of a register below ResultRegisters
def Source   : SlotKind<"source">;    // number of a register below OperandRegisters

// A run of bits of a row. Lsb counts from bit 0 of word 0 over the row's four 64-bit words (word 2 starts at 128).
class Slot<string name, int lsb, int width, SlotKind kind, string doc> : Documented {
  string Name = name;
  int Lsb = lsb;
  int Width = width;
  SlotKind Kind = kind;
  let Doc = doc;
}

// The bits of one instruction: 64 for a lane operation, 256 for a row that a table or state stage executes.
class Format<int width> : Documented {
  int Bits = width;
  list<Slot> Slots = [];
}

// A word, or a run of words, that software writes into a memory of the device.
class DeviceFormat<int width> : Format<width>;

class Fix<string slot, int value> {
  string SlotName = slot;
  int Value = value;
}

// One instruction. Slots in neither Fixed nor Operands must be zero.
//   Asm   assembly text; $name stands for an operand slot; the guard is appended by the printers as " if [!]pN"
//   Exec  C++ statement executed by the architectural model, printed as the Operation line of the manual. It sees
//         a, b (operands after selection, u32), pc (bool), and calls of the model's context; see model/iss.h.
class Insn<string asm, Format format> : Documented {
  string Asm = asm;
  Format Form = format;
  list<Fix> Fixed = [];
  list<string> Outs = [];
  list<string> Operands = [];
  string StageKind = "A";
  string Exec = "";
  bit LaneZeroOnly = 0;   // needs the shifter or the multiplier, which only lane 0 has
  bit SideEffect = 0;     // writes something that is neither a register nor a predicate
  bit Reserved = 0;       // encoding fixed, not executed by the string built today; the loader refuses it
}
