// Registers and their classes.

class NormanReg<bits<5> number, string name> : Register<name> {
  let HWEncoding{4-0} = number;
  let Namespace = "Norman";
}

foreach n = 0-23 in def R#n : NormanReg<n, "r"#n>;
foreach n = 0-7 in def P#n : NormanReg<n, "p"#n>;

def GPR : RegisterClass<"Norman", [i32], 32, (sequence "R%u", 0, 23)>;

// What rows other than ALU rows read, and what they write (OperandRegisters, ResultRegisters).
// A configuration may have half of the operands: allocation then keeps to the second order. The common classes with those
// below stand here by name, because one that TableGen makes itself has the orders of the smaller class.
class OperandClass<dag all, dag half> : RegisterClass<"Norman", [i32], 32, all> {
  let AltOrders = [half];
  let AltOrderSelect = [{ return MF.getSubtarget<NormanSubtarget>().hasFewOperands() ? 1 : 0; }];
}
def GRO : OperandClass<(sequence "R%u", 0, 15), (sequence "R%u", 0, 7)>;
foreach n = 0-2 in
  def GROE#n : OperandClass<(decimate (sequence "R%u", n, 15), 3), (decimate (sequence "R%u", n, 7), 3)>;
foreach n = 0-5 in
  def GROK#n : OperandClass<(decimate (sequence "R%u", n, 15), 6), (decimate (sequence "R%u", n, 7), 6)>;
def GRR : RegisterClass<"Norman", [i32], 32, (sequence "R%u", 0, 7)>;

// Registers that an entry word can be loaded into: those with the word's residue modulo 3.
def GRE0 : RegisterClass<"Norman", [i32], 32, (decimate (sequence "R%u", 0, 23), 3)>;
def GRE1 : RegisterClass<"Norman", [i32], 32, (decimate (sequence "R%u", 1, 23), 3)>;
def GRE2 : RegisterClass<"Norman", [i32], 32, (decimate (sequence "R%u", 2, 23), 3)>;

// Registers that a key word of a rule lookup, or an exit target, can come from: those with its residue modulo 6.
foreach n = 0-5 in
  def GRK#n : RegisterClass<"Norman", [i32], 32, (decimate (sequence "R%u", n, 23), 6)>;

def PR : RegisterClass<"Norman", [i1], 32, (sequence "P%u", 0, 7)> { let Size = 32; }
