// The overlay as an LLVM target: registers, operand classes, the contract's instructions, patterns, subtargets.
include "llvm/Target/Target.td"

include "NormanRegisterInfo.td"
include "NormanInstrFormats.td"
include "norman/spec/NormanInstrInfo.gen.td"   // rendered from overlay_rtl/spec
include "NormanInstrInfo.td"

def NormanInstrInfo : InstrInfo { let guessInstructionProperties = 0; }

def FeatureSmall : SubtargetFeature<"small", "IsSmall", "true", "the small configuration">;
def : ProcessorModel<"default", NoSchedModel, []>;
def : ProcessorModel<"small", NoSchedModel, [FeatureSmall]>;

def NormanAsmParser : AsmParser { let ShouldEmitMatchRegisterName = 1; }
def NormanAsmWriter : AsmWriter { string AsmWriterClassName = "InstPrinter"; }

def Norman : Target {
  let InstructionSet = NormanInstrInfo;
  let AssemblyParsers = [NormanAsmParser];
  let AssemblyWriters = [NormanAsmWriter];
}
