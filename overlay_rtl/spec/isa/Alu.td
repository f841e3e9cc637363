// Lane operations: what an ALU stage does with the packet's registers and predicates.
//
//   63   59 58   54 53 51 50  49 47 46  45 41 40 36 35  33 32   31                       0
//  +-------+-------+-----+---+-----+---+-----+-----+------+----+--------------------------+
//  |  op   | guard | pc  |pwe| pd  |dwe| rd  | ra  | asel |bimm| imm32  or  0 bsel rb     |
//  +-------+-------+-----+---+-----+---+-----+-----+------+----+--------------------------+
//
// All zero is "no operation". Reads of a row, its branch included, come before its writes. Two operations of one row
// never write the same register, predicate or event slot: the loader refuses such a row.

defvar LaneHead = [
  Slot<"op",    59, 5, Code,  "operation">,
  Slot<"guard", 54, 5, Guard, "the operation takes place only if this holds">,
  Slot<"pc",    51, 3, Pred,  "predicate read: carry in, select, combine">,
  Slot<"pwe",   50, 1, Code,  "writes predicate pd">,
  Slot<"pd",    47, 3, Pred,  "predicate written">,
  Slot<"dwe",   46, 1, Code,  "writes register rd">,
  Slot<"ra",    36, 5, Gpr,   "register of operand a">,
  Slot<"asel",  33, 3, Selector, "part of operand a">,
  Slot<"bimm",  32, 1, Code,  "operand b is the immediate">];

defvar Rd = Slot<"rd", 41, 5, Gpr, "register written">;

def LaneRR : Format<64> {
  let Doc = "Lane operation whose operand b is a register.";
  let Slots = !listconcat(LaneHead, [Rd, Slot<"rb",   0, 5, Gpr, "register of operand b">,
    Slot<"bsel", 5, 3, Selector, "part of operand b">]);
}
def LaneRI : Format<64> {
  let Doc = "Lane operation whose operand b is a 32-bit immediate.";
  let Slots = !listconcat(LaneHead, [Rd, Slot<"imm", 0, 32, Imm, "operand b">]);
}
def LaneCmpRR : Format<64> {
  let Doc = "Comparison with a register: the bits of rd hold how the result is combined.";
  let Slots = !listconcat(LaneHead, [
    Slot<"comb", 41, 5, Code, "enum Combine, in the place of rd">,
    Slot<"rb",   0, 5, Gpr, "register of operand b">,
    Slot<"bsel", 5, 3, Selector, "part of operand b">]);
}
def LaneCmpRI : Format<64> {
  let Doc = "Comparison with an immediate: the bits of rd hold how the result is combined.";
  let Slots = !listconcat(LaneHead, [
    Slot<"comb", 41, 5, Code, "enum Combine, in the place of rd">,
    Slot<"imm", 0, 32, Imm, "operand b">]);
}
def LanePlog : Format<64> {
  let Doc = "Logic of two predicates.";
  let Slots = !listconcat(LaneHead, [
    Slot<"pb", 0, 3, Pred, "second predicate read">,
    Slot<"tt", 4, 4, Imm,  "truth table: bit 2*pc+pb is the result">]);
}
def LaneEvent : Format<64> {
  let Doc = "Event: the place of rd holds the event slot.";
  let Slots = !listconcat(LaneHead, [
    Slot<"slot", 41, 2, Imm, "event slot written">,
    Slot<"imm", 0, 32, Imm, "event id, or its base">]);
}

multiclass Alu<int op, string mnemonic, string exec, string doc, bit lane0 = 0> {
  let Doc = doc, Exec = exec, LaneZeroOnly = lane0, Outs = ["rd"] in {
    def rr : Insn<mnemonic # " $rd, $ra.$asel, $rb.$bsel", LaneRR> {
      let Fixed = [Fix<"op", op>, Fix<"dwe", 1>, Fix<"pwe", 0>, Fix<"bimm", 0>];
      let Operands = ["ra", "asel", "rb", "bsel"];
    }
    def ri : Insn<mnemonic # " $rd, $ra.$asel, $imm", LaneRI> {
      let Fixed = [Fix<"op", op>, Fix<"dwe", 1>, Fix<"pwe", 0>, Fix<"bimm", 1>];
      let Operands = ["ra", "asel", "imm"];
    }
  }
}
// Carry out to pd.
multiclass AluCarryOut<int op, string mnemonic, string exec, string doc> {
  let Doc = doc, Exec = exec, Outs = ["rd", "pd"] in {
    def rr : Insn<mnemonic # " $rd, $pd, $ra.$asel, $rb.$bsel", LaneRR> {
      let Fixed = [Fix<"op", op>, Fix<"dwe", 1>, Fix<"pwe", 1>, Fix<"bimm", 0>];
      let Operands = ["ra", "asel", "rb", "bsel"];
    }
    def ri : Insn<mnemonic # " $rd, $pd, $ra.$asel, $imm", LaneRI> {
      let Fixed = [Fix<"op", op>, Fix<"dwe", 1>, Fix<"pwe", 1>, Fix<"bimm", 1>];
      let Operands = ["ra", "asel", "imm"];
    }
  }
}
// Carry in from pc, carry out to pd.
multiclass AluCarryInOut<int op, string mnemonic, string exec, string doc> {
  let Doc = doc, Exec = exec, Outs = ["rd", "pd"] in {
    def rr : Insn<mnemonic # " $rd, $pd, $ra.$asel, $rb.$bsel, $pc", LaneRR> {
      let Fixed = [Fix<"op", op>, Fix<"dwe", 1>, Fix<"pwe", 1>, Fix<"bimm", 0>];
      let Operands = ["ra", "asel", "rb", "bsel", "pc"];
    }
    def ri : Insn<mnemonic # " $rd, $pd, $ra.$asel, $imm, $pc", LaneRI> {
      let Fixed = [Fix<"op", op>, Fix<"dwe", 1>, Fix<"pwe", 1>, Fix<"bimm", 1>];
      let Operands = ["ra", "asel", "imm", "pc"];
    }
  }
}
multiclass Cmp<int op, string mnemonic, string cond, string doc> {
  foreach c = [0, 1, 2, 3] in {
    defvar suffix = !cond(!eq(c, 0) : "", !eq(c, 1) : ".and", !eq(c, 2) : ".or", true : ".chain");
    defvar name   = !cond(!eq(c, 0) : "", !eq(c, 1) : "_and", !eq(c, 2) : "_or", true : "_chain");
    defvar exec   = !cond(!eq(c, 0) : "wp(" # cond # ");",
                          !eq(c, 1) : "wp((" # cond # ") && pc);",
                          !eq(c, 2) : "wp((" # cond # ") || pc);",
                          true      : "wp(a == b ? pc : (" # cond # "));");
    defvar tail   = !cond(!eq(c, 0) : "", true : ", $pc");
    let Doc = doc, Exec = exec, Outs = ["pd"] in {
      def NAME # name # "rr" : Insn<mnemonic # suffix # " $pd, $ra.$asel, $rb.$bsel" # tail, LaneCmpRR> {
        let Fixed = [Fix<"op", op>, Fix<"dwe", 0>, Fix<"pwe", 1>, Fix<"bimm", 0>, Fix<"comb", c>];
        let Operands = !listconcat(["ra", "asel", "rb", "bsel"], !if(!eq(c, 0), []<string>, ["pc"]));
      }
      def NAME # name # "ri" : Insn<mnemonic # suffix # " $pd, $ra.$asel, $imm" # tail, LaneCmpRI> {
        let Fixed = [Fix<"op", op>, Fix<"dwe", 0>, Fix<"pwe", 1>, Fix<"bimm", 1>, Fix<"comb", c>];
        let Operands = !listconcat(["ra", "asel", "imm"], !if(!eq(c, 0), []<string>, ["pc"]));
      }
    }
  }
}

defm ADD  : Alu<1, "add", "wr(a + b);", "Adds, modulo 2^32.">;
defm ADDC : AluCarryOut<1, "addc", "wr(a + b); wp(u64(a) + b > 0xffffffffu);", "Adds and writes the carry to pd.">;
defm ADDE : AluCarryInOut<2, "adde", "wr(a + b + pc); wp(u64(a) + b + pc > 0xffffffffu);", "Adds with carry in pc and writes the carry to pd.">;
defm SUB  : Alu<3, "sub", "wr(a - b);", "Subtracts, modulo 2^32.">;
defm SUBC : AluCarryOut<3, "subc", "wr(a - b); wp(a < b);", "Subtracts and writes the borrow to pd.">;
defm SUBE : AluCarryInOut<4, "sube", "wr(a - b - pc); wp(u64(a) < u64(b) + pc);", "Subtracts with borrow in pc and writes the borrow to pd.">;
defm AND  : Alu<5, "and", "wr(a & b);", "And, bit by bit.">;
defm OR   : Alu<6, "or", "wr(a | b);", "Or, bit by bit.">;
defm XOR  : Alu<7, "xor", "wr(a ^ b);", "Exclusive or, bit by bit.">;
defm ANDN : Alu<8, "andn", "wr(a & ~b);", "And with the complement of b, bit by bit.">;
defm SHL  : Alu<9, "shl", "wr(a << (b & 31));", "Shifts left by the low five bits of b.", 1>;
defm SHR  : Alu<10, "shr", "wr(a >> (b & 31));", "Shifts right by the low five bits of b, filling with zeros.", 1>;
defm SAR  : Alu<11, "sar", "wr(u32(i32(a) >> (b & 31)));", "Shifts right by the low five bits of b, filling with the sign.", 1>;
defm MIN  : Alu<13, "min", "wr(a < b ? a : b);", "The smaller, unsigned.">;
defm MAX  : Alu<14, "max", "wr(a > b ? a : b);", "The larger, unsigned.">;
defm MUL16 : Alu<15, "mul16", "wr((a & 0xffff) * (b & 0xffff));", "Multiplies the low halves.", 1>;

let Doc = "Selects a if predicate pc holds, else b.", Exec = "wr(pc ? a : b);", Outs = ["rd"] in {
  def SELrr : Insn<"sel $rd, $pc, $ra.$asel, $rb.$bsel", LaneRR> {
    let Fixed = [Fix<"op", 12>, Fix<"dwe", 1>, Fix<"pwe", 0>, Fix<"bimm", 0>];
    let Operands = ["pc", "ra", "asel", "rb", "bsel"];
  }
  def SELri : Insn<"sel $rd, $pc, $ra.$asel, $imm", LaneRI> {
    let Fixed = [Fix<"op", 12>, Fix<"dwe", 1>, Fix<"pwe", 0>, Fix<"bimm", 1>];
    let Operands = ["pc", "ra", "asel", "imm"];
  }
}

defm CMPEQ  : Cmp<16, "cmp.eq",  "a == b", "Equal.">;
defm CMPNE  : Cmp<17, "cmp.ne",  "a != b", "Not equal.">;
defm CMPLTU : Cmp<18, "cmp.ltu", "a < b",  "Less than, unsigned.">;
defm CMPGEU : Cmp<19, "cmp.geu", "a >= b", "Greater or equal, unsigned.">;
defm CMPLEU : Cmp<20, "cmp.leu", "a <= b", "Less or equal, unsigned.">;
defm CMPGTU : Cmp<21, "cmp.gtu", "a > b",  "Greater than, unsigned.">;
defm CMPLTS : Cmp<22, "cmp.lts", "i32(a) < i32(b)",  "Less than, signed.">;
defm CMPGES : Cmp<23, "cmp.ges", "i32(a) >= i32(b)", "Greater or equal, signed.">;
defm TST    : Cmp<24, "tst",     "(a & b) != 0", "Some bit of b is set in a.">;
defm TSZ    : Cmp<25, "tsz",     "(a & b) == 0", "No bit of b is set in a.">;

def PLOG : Insn<"plog $pd, $pc, $pb, $tt", LanePlog> {
  let Doc = "Any function of two predicates; tt 0 clears, 15 sets, 8 is and, 14 is or, 6 is exclusive or, 3 is not pc.";
  let Exec = "wp((tt >> (2 * pc + pb)) & 1);";
  let Fixed = [Fix<"op", 26>, Fix<"dwe", 0>, Fix<"pwe", 1>, Fix<"bimm", 1>];
  let Outs = ["pd"];
  let Operands = ["pc", "pb", "tt"];
}
let Doc = "Copies operand b.", Exec = "wr(b);", Outs = ["rd"] in {
  def MOVr : Insn<"mov $rd, $rb.$bsel", LaneRR> {
    let Fixed = [Fix<"op", 27>, Fix<"dwe", 1>, Fix<"pwe", 0>, Fix<"bimm", 0>];
    let Operands = ["rb", "bsel"];
  }
  def MOVi : Insn<"mov $rd, $imm", LaneRI> {
    let Fixed = [Fix<"op", 27>, Fix<"dwe", 1>, Fix<"pwe", 0>, Fix<"bimm", 1>];
    let Operands = ["imm"];
  }
}
let SideEffect = 1, Outs = []<string> in {
  def EVENT : Insn<"event $slot, $imm", LaneEvent> {
    let Doc = "Puts event id b (its low 16 bits) into an event slot; it is counted after the exit. Written at most once on a path.";
    let Exec = "event(slot, b);";
    let Fixed = [Fix<"op", 28>, Fix<"dwe", 0>, Fix<"pwe", 0>, Fix<"bimm", 1>];
    let Operands = ["slot", "imm"];
  }
  def EVENTX : Insn<"eventx $slot, $ra.$asel, $imm", LaneEvent> {
    let Doc = "Puts event id a + b (the low 16 bits of the sum) into an event slot: a counter array with base b.";
    let Exec = "event(slot, a + b);";
    let Fixed = [Fix<"op", 29>, Fix<"dwe", 0>, Fix<"pwe", 0>, Fix<"bimm", 1>];
    let Operands = ["slot", "ra", "asel", "imm"];
  }
  def VERDICT : Insn<"verdict $imm", LaneRI> {
    let Doc = "Writes the verdict word: verdict in bits 2:0, reason in 7:3, rule id in 31:16.";
    let Exec = "verdict(b);";
    let Fixed = [Fix<"op", 30>, Fix<"dwe", 0>, Fix<"pwe", 0>, Fix<"bimm", 1>];
    let Operands = ["imm"];
  }
  def VERDICTr : Insn<"verdict $rb.$bsel", LaneRR> {
    let Doc = "Writes the verdict word from a register: a rule table's entry brings the whole word as its argument.";
    let Exec = "verdict(b);";
    let Fixed = [Fix<"op", 30>, Fix<"dwe", 0>, Fix<"pwe", 0>, Fix<"bimm", 0>];
    let Operands = ["rb", "bsel"];
  }
  def ACT : Insn<"act $imm", LaneRI> {
    let Doc = "Sets bits of the act word: 23:0 say which exit targets are applied, then enum Act.";
    let Exec = "act(b);";
    let Fixed = [Fix<"op", 31>, Fix<"dwe", 0>, Fix<"pwe", 0>, Fix<"bimm", 1>];
    let Operands = ["imm"];
  }
}
