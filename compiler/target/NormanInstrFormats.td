// Operand classes and the two shapes of an instruction: a lane operation of 64 bits, and a row of 256.
//
// The instructions themselves are rendered from overlay_rtl/spec (render_llvm.py), which uses the names of this file.

class NormanAsmOperand<string name> : AsmOperandClass { let Name = name; }

// A register read through a selector: "r3", "r3.h0".
def RegSelAsm : NormanAsmOperand<"RegSel">;
def RegSel : Operand<i32>, ComplexPattern<i32, 2, "selectRegSel", []> {
  let MIOperandInfo = (ops GPR:$reg, i32imm:$sel);
  let PrintMethod = "printRegSel";
  let EncoderMethod = "getRegSelValue";
  let DecoderMethod = "decodeRegSel";
  let ParserMatchClass = RegSelAsm;
}

// The same of the registers that go to an exit target.
foreach n = 0-5 in
  def ExitSel#n : Operand<i32> { let MIOperandInfo = (ops !cast<RegisterClass>("GRK"#n):$reg, i32imm:$sel); }

// An operand of a lookup or state row: "0", a register through a selector, or "imm", the row's immediate.
// As machine operands: the register (none unless mode is reg) and {mode[1:0], sel[2:0]}. A rule's key word may come from
// any register (of its bank), the other operands from those that every configuration has.
class KeyOpOf<RegisterClass registers, AsmOperandClass asm> : Operand<i32> {
  let MIOperandInfo = (ops registers:$reg, i32imm:$mode);
  let PrintMethod = "printKeyOp";
  let EncoderMethod = "getKeyOpValue";
  let DecoderMethod = "decodeKeyOp";
  let ParserMatchClass = asm;
}
def KeyOpAsm : NormanAsmOperand<"KeyOp"> { let DiagnosticString = "expected 0, imm or one of the registers r0 to r15"; }
def KeyOp : KeyOpOf<GRO, KeyOpAsm>;
def RuleKeyOpAsm : NormanAsmOperand<"RuleKeyOp"> { let RenderMethod = "addKeyOpOperands"; }
foreach n = 0-13 in
  def RuleKeyOp#n : KeyOpOf<!cast<RegisterClass>("GRK"#!sub(n, !mul(6, !div(n, 6)))), RuleKeyOpAsm>;

// A register of a wide row that need not be written: "-" stands for none. Results go to the first registers only.
def OptGRRAsm : NormanAsmOperand<"OptGRR"> {
  let RenderMethod = "addOptRegOperands";
  let DiagnosticString = "expected - or one of the registers r0 to r7";
}
def OptGRR : RegisterOperand<GRR, "printOptReg"> {
  let EncoderMethod = "getOptRegValue";
  let DecoderMethod = "decodeOptReg";
  let ParserMatchClass = OptGRRAsm;
}
def OptPRAsm : NormanAsmOperand<"OptPR">;
def OptPR : RegisterOperand<PR, "printOptReg"> {
  let EncoderMethod = "getOptPRValue";
  let DecoderMethod = "decodeOptPR";
  let ParserMatchClass = OptPRAsm;
}

// Unsigned numbers by their width.
class NumAsm<int width> : AsmOperandClass {
  let Name = "Num"#width;
  let PredicateMethod = "isNum<"#width#">";
  let RenderMethod = "addNum";
  let DiagnosticString = "expected a number of at most "#width#" bits";
}
class Num<int width> : Operand<i32> {
  let PrintMethod = "printNum<"#width#">";
  let EncoderMethod = "getNumValue<"#width#">";
  let ParserMatchClass = NumAsm<width>;
}
foreach width = [2, 3, 4, 5, 6, 8, 10, 16, 32] in def Num#width : Num<width>;

// Enumerations, written by name.
class EnumAsm<string enum> : AsmOperandClass {
  let Name = enum;
  let RenderMethod = "addNum";
}
class Enum<string enum> : Operand<i32> {
  let PrintMethod = "print"#enum;
  let EncoderMethod = "getNumValue<4>";
  let ParserMatchClass = EnumAsm<enum>;
}
def StateOpOp : Enum<"StateOp">;
def StateRelOp : Enum<"StateRel">;
def StateRetOp : Enum<"StateRet">;
def GatherBaseOp : Enum<"GatherBase">;
def GatherSizeOp : Enum<"GatherSize">;

// Predicated execution: 0 always, 1 if the predicate holds, 2 if it does not. Written " if p0", " if !p0".
def GuardAsm : AsmOperandClass {
  let Name = "Guard";
  let IsOptional = 1;
  let DefaultMethod = "defaultGuardOperands";
}
def Guard : PredicateOperand<OtherVT, (ops i32imm, PR), (ops (i32 0), (i1 zero_reg))> {
  let PrintMethod = "printGuard";
  let EncoderMethod = "getGuardValue";
  let DecoderMethod = "decodeGuard";
  let ParserMatchClass = GuardAsm;
}

// Number of a stage kind in TSFlags; NormanBaseInfo.h has the same.
class StageNumber<string kind> {
  int Value = !cond(!eq(kind, "A") : 0, !eq(kind, "E") : 1, !eq(kind, "R") : 2, !eq(kind, "L") : 3,
                    !eq(kind, "G") : 4, !eq(kind, "S") : 5);
}

class NormanInsn<string kind, dag outputs, dag inputs, string asm> : Instruction {
  let Namespace = "Norman";
  let OutOperandList = outputs;
  let InOperandList = !con(inputs, (ins Guard:$guard));
  let AsmString = asm # "$guard";
  let hasSideEffects = 0;
  let mayLoad = 0;
  let mayStore = 0;
  let isPredicable = 1;
  bits<5> guard;
  bit LaneZeroOnly = 0;
  let TSFlags{0} = LaneZeroOnly;
  let TSFlags{3-1} = StageNumber<kind>.Value;
}
class NormanLane<dag outputs, dag inputs, string asm> : NormanInsn<"A", outputs, inputs, asm> {
  let Size = 8;
  let DecoderNamespace = "Lane";
  bits<64> Inst;
  bits<64> SoftFail = 0;
}
class NormanWide<string kind, dag outputs, dag inputs, string asm> : NormanInsn<kind, outputs, inputs, asm> {
  let Size = 32;
  let DecoderNamespace = kind;
  bits<256> Inst;
  bits<256> SoftFail = 0;
}
class NormanPseudo<dag outputs, dag inputs, list<dag> pattern = []> : Instruction {
  let Namespace = "Norman";
  let OutOperandList = outputs;
  let InOperandList = inputs;
  let Pattern = pattern;
  let isPseudo = 1;
  let isCodeGenOnly = 1;
  let hasSideEffects = 0;
  let mayLoad = 0;
  let mayStore = 0;
  let Size = 0;
}
