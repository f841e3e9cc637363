// Pseudo instructions and selection patterns.

def SDT_NormanEnd : SDTypeProfile<0, 0, []>;
def norman_ret : SDNode<"NormanISD::RET", SDT_NormanEnd, [SDNPHasChain]>;

// Entry words: no row, an assignment of the entry map.
foreach n = 0-2 in
  def LDCTX#n : NormanPseudo<(outs !cast<RegisterClass>("GRE"#n):$rd), (ins i32imm:$word)>;

// A path passes the second entry tap here. Entry words as immediates, the registers that they go into as implicit
// definitions: what the hardware does to every packet, whether its path reads them or not.
let hasSideEffects = 1 in
  def TAP : NormanPseudo<(outs), (ins variable_ops)>;

// A register of the target's bank goes to an exit target: no row, an assignment of the exit map.
let hasSideEffects = 1 in
foreach n = 0-5 in
  def EXITMAP#n : NormanPseudo<(outs), (ins i32imm:$target, !cast<Operand>("ExitSel"#n):$value)>;

def brtarget : Operand<OtherVT>;
let isBranch = 1, isTerminator = 1 in {
  let isBarrier = 1 in
  def BR : NormanPseudo<(outs), (ins brtarget:$t), [(br bb:$t)]>;
  def BRC : NormanPseudo<(outs), (ins brtarget:$t, i32imm:$neg, PR:$p)>;
}
let isReturn = 1, isTerminator = 1, isBarrier = 1 in
  def RET : NormanPseudo<(outs), (ins), [(norman_ret)]>;

def : Pat<(brcond PR:$p, bb:$t), (BRC bb:$t, (i32 0), PR:$p)>;
def : Pat<(brcond (xor PR:$p, (i1 -1)), bb:$t), (BRC bb:$t, (i32 1), PR:$p)>;
// The combiner turns the exclusive or of a branch into a comparison.
def : Pat<(brcond (i1 (setne PR:$p, (i1 -1))), bb:$t), (BRC bb:$t, (i32 1), PR:$p)>;
def : Pat<(brcond (i1 (seteq PR:$p, (i1 0))), bb:$t), (BRC bb:$t, (i32 1), PR:$p)>;
def : Pat<(brcond (i1 (seteq PR:$p, (i1 -1))), bb:$t), (BRC bb:$t, (i32 0), PR:$p)>;
def : Pat<(brcond (i1 (setne PR:$p, (i1 0))), bb:$t), (BRC bb:$t, (i32 0), PR:$p)>;

// A constant as second operand beats a register made of it.
class ImmPat<dag pattern, dag result> : Pat<pattern, result> { let AddedComplexity = 20; }

def : Pat<(i32 imm:$v), (MOVi imm:$v)>;

multiclass AluPats<SDPatternOperator node, string insn> {
  def : Pat<(i32 (node RegSel:$a, RegSel:$b)), (!cast<Instruction>(insn#"rr") RegSel:$a, RegSel:$b)>;
  def : ImmPat<(i32 (node RegSel:$a, (i32 imm:$b))), (!cast<Instruction>(insn#"ri") RegSel:$a, imm:$b)>;
}
defm : AluPats<add, "ADD">;
defm : AluPats<sub, "SUB">;
defm : AluPats<and, "AND">;
defm : AluPats<or, "OR">;
defm : AluPats<xor, "XOR">;
defm : AluPats<shl, "SHL">;
defm : AluPats<srl, "SHR">;
defm : AluPats<sra, "SAR">;
defm : AluPats<umin, "MIN">;
defm : AluPats<umax, "MAX">;
def norman_mul16 : SDNode<"NormanISD::MUL16", SDTIntBinOp, [SDNPCommutative]>;
defm : AluPats<norman_mul16, "MUL16">;

let AddedComplexity = 10 in
def : Pat<(and RegSel:$a, (xor RegSel:$b, (i32 -1))), (ANDNrr RegSel:$a, RegSel:$b)>;

def : Pat<(i32 (select PR:$p, RegSel:$a, RegSel:$b)), (SELrr PR:$p, RegSel:$a, RegSel:$b)>;
def : ImmPat<(i32 (select PR:$p, RegSel:$a, (i32 imm:$b))), (SELri PR:$p, RegSel:$a, imm:$b)>;
def : Pat<(i32 (zext PR:$p)), (SELri PR:$p, (MOVi (i32 1)), (i32 0), (i32 0))>;
def : Pat<(i32 (anyext PR:$p)), (SELri PR:$p, (MOVi (i32 1)), (i32 0), (i32 0))>;
def : Pat<(i32 (sext PR:$p)), (SELri PR:$p, (MOVi (i32 -1)), (i32 0), (i32 0))>;
def : Pat<(i1 (trunc RegSel:$a)), (TSTri RegSel:$a, (i32 1))>;

// Comparisons, alone and combined with another predicate. The combined forms take over the comparison only if nothing
// else uses it; otherwise it would be made twice.
class OneUse2<SDPatternOperator cond> : PatFrag<(ops node:$a, node:$b), (cond node:$a, node:$b), [{ return N->hasOneUse(); }]>;

multiclass CmpPats<SDPatternOperator cond, string insn, int bonus = 0> {
  defvar one = OneUse2<cond>;
  let AddedComplexity = bonus in {
    def : Pat<(i1 (cond RegSel:$a, RegSel:$b)), (!cast<Instruction>(insn#"rr") RegSel:$a, RegSel:$b)>;
    // The left operand is the predicate: in `a && b && c` that is `a && b`, whose `a` other rules may share.
    def : Pat<(i1 (and PR:$p, (i1 (one RegSel:$a, RegSel:$b)))), (!cast<Instruction>(insn#"_andrr") RegSel:$a, RegSel:$b, PR:$p)>;
    def : Pat<(i1 (or PR:$p, (i1 (one RegSel:$a, RegSel:$b)))), (!cast<Instruction>(insn#"_orrr") RegSel:$a, RegSel:$b, PR:$p)>;
  }
  let AddedComplexity = !add(bonus, 20) in {
    def : Pat<(i1 (cond RegSel:$a, (i32 imm:$b))), (!cast<Instruction>(insn#"ri") RegSel:$a, imm:$b)>;
    def : Pat<(i1 (and PR:$p, (i1 (one RegSel:$a, (i32 imm:$b))))), (!cast<Instruction>(insn#"_andri") RegSel:$a, imm:$b, PR:$p)>;
    def : Pat<(i1 (or PR:$p, (i1 (one RegSel:$a, (i32 imm:$b))))), (!cast<Instruction>(insn#"_orri") RegSel:$a, imm:$b, PR:$p)>;
  }
}
def some_bit : PatFrag<(ops node:$a, node:$b), (setne (and node:$a, node:$b), (i32 0))>;
def no_bit : PatFrag<(ops node:$a, node:$b), (seteq (and node:$a, node:$b), (i32 0))>;
defm : CmpPats<seteq, "CMPEQ">;
defm : CmpPats<setne, "CMPNE">;
defm : CmpPats<setult, "CMPLTU">;
defm : CmpPats<setuge, "CMPGEU">;
defm : CmpPats<setule, "CMPLEU">;
defm : CmpPats<setugt, "CMPGTU">;
defm : CmpPats<setlt, "CMPLTS">;
defm : CmpPats<setge, "CMPGES">;
defm : CmpPats<some_bit, "TST", 40>;
defm : CmpPats<no_bit, "TSZ", 40>;
def : Pat<(i1 (setgt RegSel:$a, RegSel:$b)), (CMPLTSrr RegSel:$b, RegSel:$a)>;
def : Pat<(i1 (setle RegSel:$a, RegSel:$b)), (CMPGESrr RegSel:$b, RegSel:$a)>;

// Comparison of the upper words where the lower ones gave $p.
def SDT_NormanChain : SDTypeProfile<1, 3, [SDTCisVT<0, i1>, SDTCisVT<1, i32>, SDTCisVT<2, i32>, SDTCisVT<3, i1>]>;
multiclass ChainPats<string node, string insn> {
  def _node : SDNode<"NormanISD::"#node, SDT_NormanChain>;
  def : Pat<(!cast<SDNode>(NAME#"_node") RegSel:$a, RegSel:$b, PR:$p), (!cast<Instruction>(insn#"_chainrr") RegSel:$a, RegSel:$b, PR:$p)>;
  def : ImmPat<(!cast<SDNode>(NAME#"_node") RegSel:$a, (i32 imm:$b), PR:$p), (!cast<Instruction>(insn#"_chainri") RegSel:$a, imm:$b, PR:$p)>;
}
defm chain_ltu : ChainPats<"CHAIN_LTU", "CMPLTU">;
defm chain_lts : ChainPats<"CHAIN_LTS", "CMPLTS">;
// The same written out with words, as programs compare 128-bit numbers.
multiclass WrittenChain<SDPatternOperator cond, string insn> {
  let AddedComplexity = 60 in {
    def : Pat<(i1 (or (i1 (cond RegSel:$a, RegSel:$b)), (i1 (and (i1 (seteq RegSel:$a, RegSel:$b)), PR:$p)))),
              (!cast<Instruction>(insn#"_chainrr") RegSel:$a, RegSel:$b, PR:$p)>;
  }
  let AddedComplexity = 80 in {
    def : Pat<(i1 (or (i1 (cond RegSel:$a, (i32 imm:$b))), (i1 (and (i1 (seteq RegSel:$a, (i32 imm:$b))), PR:$p)))),
              (!cast<Instruction>(insn#"_chainri") RegSel:$a, imm:$b, PR:$p)>;
  }
}
defm : WrittenChain<setult, "CMPLTU">;
defm : WrittenChain<setugt, "CMPGTU">;

// Logic of predicates; the last operand is the truth table, bit 2 * first + second.
def : Pat<(i1 (and PR:$a, PR:$b)), (PLOG PR:$a, PR:$b, (i32 8))>;
def : Pat<(i1 (or PR:$a, PR:$b)), (PLOG PR:$a, PR:$b, (i32 14))>;
def : Pat<(i1 (xor PR:$a, PR:$b)), (PLOG PR:$a, PR:$b, (i32 6))>;
def : Pat<(i1 (setne PR:$a, PR:$b)), (PLOG PR:$a, PR:$b, (i32 6))>;
def : Pat<(i1 (seteq PR:$a, PR:$b)), (PLOG PR:$a, PR:$b, (i32 9))>;
// Orders of predicates, which the combiner makes of inverted ones; true is -1 for the signed ones.
def : Pat<(i1 (setlt PR:$a, PR:$b)), (PLOG PR:$a, PR:$b, (i32 4))>;
def : Pat<(i1 (setge PR:$a, PR:$b)), (PLOG PR:$a, PR:$b, (i32 11))>;
def : Pat<(i1 (setge PR:$a, (i1 0))), (PLOG PR:$a, PR:$a, (i32 3))>;
let AddedComplexity = 10 in {
  def : Pat<(i1 (and PR:$a, (i1 (xor PR:$b, (i1 -1))))), (PLOG PR:$a, PR:$b, (i32 4))>;
  def : Pat<(i1 (or PR:$a, (i1 (xor PR:$b, (i1 -1))))), (PLOG PR:$a, PR:$b, (i32 13))>;
  def : Pat<(i1 (xor PR:$a, (i1 -1))), (PLOG PR:$a, PR:$a, (i32 3))>;
  def : Pat<(i1 (setne PR:$a, (i1 -1))), (PLOG PR:$a, PR:$a, (i32 3))>;
  def : Pat<(i1 (seteq PR:$a, (i1 0))), (PLOG PR:$a, PR:$a, (i32 3))>;
}
def : Pat<(i1 0), (PLOG (i1 zero_reg), (i1 zero_reg), (i32 0))>;
def : Pat<(i1 -1), (PLOG (i1 zero_reg), (i1 zero_reg), (i32 15))>;
