// Reads assembly text: one operation a line, rows opened by .row and closed by .next, .branch or .dispatch.
//
//     .config  default                          or: .stages AERLGS, for a core of another string
//     .program ingress, s0.0, 4294901760        first row, verdict word before it
//     .entry   0, r0, 12                        tap, register, entry word
//     .row     s0.0, 17                         stage.row, source line
//     cmp.eq   p0, r0.h0, 53
//     .nop                                      lane 0 does nothing
//     .next    s1.0
//     .row     s1.0
//     .branch  !p0, s9.1, exit                  taken successor, next successor
//     .exit    dport, r3.h0
#include <charconv>

#include "MCTargetDesc/NormanBaseInfo.h"
#include "MCTargetDesc/NormanMCTargetDesc.h"
#include "MCTargetDesc/NormanTargetStreamer.h"
#include "TargetInfo/NormanTargetInfo.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCExpr.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCParser/MCParsedAsmOperand.h"
#include "llvm/MC/MCParser/MCTargetAsmParser.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCStreamer.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/Casting.h"
#include "norman/spec/isa.h"

using namespace llvm;
namespace isa = norman::isa;

namespace {

template <typename Names>
std::optional<int64_t> findName(const Names& Table, StringRef Name) {
  for (size_t I = 0; I < Table.size(); ++I) {
    if (!Name.empty() && Table[I] == std::string_view(Name)) return I;
  }
  return std::nullopt;
}

class NormanOperand : public MCParsedAsmOperand {
 public:
  enum KindTy { Token, Register, Number, Name, None, GuardOp };

  NormanOperand(KindTy Kind, SMLoc Start, SMLoc End) : Kind(Kind), Start(Start), End(End) {}

  KindTy Kind;
  SMLoc Start, End;
  StringRef Text;
  MCRegister Reg;
  int64_t Value = 0;  // number, selector or guard sense

  bool isToken() const override { return Kind == Token; }
  bool isImm() const override { return Kind == Number; }
  bool isMem() const override { return false; }
  bool isReg() const override { return Kind == Register && Value == 0; }
  MCRegister getReg() const override { return Reg; }
  StringRef getToken() const { return Text; }
  SMLoc getStartLoc() const override { return Start; }
  SMLoc getEndLoc() const override { return End; }
  void print(raw_ostream& OS) const override { OS << Text; }

  bool isGPR() const { return Kind == Register && Reg >= Norman::R0 && Reg <= Norman::R23; }
  bool isPR() const { return Kind == Register && Reg >= Norman::P0 && Reg <= Norman::P7; }
  bool isRegSel() const { return isGPR(); }
  bool isGPRBelow(unsigned Count) const { return isGPR() && Reg < Norman::R0 + Count; }
  bool isKeyOp() const {
    return isGPRBelow(isa::kOperandRegisters) || (Kind == Number && Value == 0) || (Kind == Name && Text == "imm");
  }
  bool isRuleKeyOp() const { return isGPR() || (Kind == Number && Value == 0); }
  bool isOptGRR() const { return Kind == None || (isGPRBelow(isa::kResultRegisters) && Value == 0); }
  bool isOptPR() const { return Kind == None || isPR(); }
  template <unsigned Width>
  bool isNum() const {
    return Kind == Number && Value >= 0 && Value >> Width == 0;
  }
  template <typename Names>
  bool isNameOf(const Names& Table) const {
    return Kind == Name && findName(Table, Text);
  }
  bool isStateOp() const { return isNameOf(isa::kStateOpNames); }
  bool isStateRel() const { return isNameOf(isa::kStateRelNames); }
  bool isStateRet() const { return isNameOf(isa::kStateRetNames); }
  bool isGatherBase() const { return isNameOf(isa::kGatherBaseNames); }
  bool isGatherSize() const { return isNameOf(isa::kGatherSizeNames); }
  bool isGuard() const { return Kind == GuardOp; }

  void addRegOperands(MCInst& Inst, unsigned) const { Inst.addOperand(MCOperand::createReg(Reg)); }
  void addOptRegOperands(MCInst& Inst, unsigned) const { addRegOperands(Inst, 1); }
  void addOptPROperands(MCInst& Inst, unsigned) const { addRegOperands(Inst, 1); }
  void addRegSelOperands(MCInst& Inst, unsigned) const {
    addRegOperands(Inst, 1);
    Inst.addOperand(MCOperand::createImm(Value));
  }
  void addKeyOpOperands(MCInst& Inst, unsigned) const {
    const auto Mode = Kind == Register ? isa::OperandMode::Reg
                      : Kind == Name   ? isa::OperandMode::Imm
                                       : isa::OperandMode::Zero;
    addRegOperands(Inst, 1);
    Inst.addOperand(MCOperand::createImm(Norman::keyMode(unsigned(Mode), Kind == Register ? Value : 0)));
  }
  void addNum(MCInst& Inst, unsigned) const {
    int64_t Result = Value;
    if (Kind == Name) {
      // A name stands in one table only.
      Result = findName(isa::kStateOpNames, Text).value_or(-1);
      if (Result < 0) Result = findName(isa::kStateRelNames, Text).value_or(-1);
      if (Result < 0) Result = findName(isa::kGatherBaseNames, Text).value_or(-1);
      if (Result < 0) Result = findName(isa::kGatherSizeNames, Text).value_or(-1);
      if (Result < 0) Result = *findName(isa::kStateRetNames, Text);
    }
    Inst.addOperand(MCOperand::createImm(Result));
  }
  void addGuardOperands(MCInst& Inst, unsigned) const {
    Inst.addOperand(MCOperand::createImm(Value));
    addRegOperands(Inst, 1);
  }
};

class NormanAsmParser : public MCTargetAsmParser {
 public:
  NormanAsmParser(const MCSubtargetInfo& STI, MCAsmParser& Parser, const MCInstrInfo& MII,
                  const MCTargetOptions& Options)
      : MCTargetAsmParser(Options, STI, MII), Parser(Parser) {}

  bool parseRegister(MCRegister& Reg, SMLoc& StartLoc, SMLoc& EndLoc) override;
  ParseStatus tryParseRegister(MCRegister& Reg, SMLoc& StartLoc, SMLoc& EndLoc) override;
  bool ParseInstruction(ParseInstructionInfo& Info, StringRef Name, SMLoc NameLoc,
                        OperandVector& Operands) override;
  ParseStatus parseDirective(AsmToken DirectiveID) override;
  bool MatchAndEmitInstruction(SMLoc IDLoc, unsigned& Opcode, OperandVector& Operands, MCStreamer& Out,
                               uint64_t& ErrorInfo, bool MatchingInlineAsm) override;
  void onEndOfFile() override {
    if (InRow) Error(RowLoc, "row has no successors: expected .next, .branch or .dispatch");
  }

#define GET_ASSEMBLER_HEADER
#include "NormanGenAsmMatcher.inc"

  enum NormanMatchResultTy {
    Match_Dummy = FIRST_TARGET_MATCH_RESULT_TY,
#define GET_OPERAND_DIAGNOSTIC_TYPES
#include "NormanGenAsmMatcher.inc"
  };

 private:
  std::unique_ptr<NormanOperand> defaultGuardOperands() const {
    return std::make_unique<NormanOperand>(NormanOperand::GuardOp, SMLoc(), SMLoc());
  }
  NormanTargetStreamer& streamer() {
    return static_cast<NormanTargetStreamer&>(*Parser.getStreamer().getTargetStreamer());
  }
  std::unique_ptr<NormanOperand> make(NormanOperand::KindTy Kind) {
    auto Operand = std::make_unique<NormanOperand>(Kind, getTok().getLoc(), getTok().getEndLoc());
    Operand->Text = getTok().getString();
    return Operand;
  }
  /// "r3.h0" into register and selector.
  bool splitRegister(StringRef Text, MCRegister& Reg, int64_t& Selector);
  bool parseOperand(OperandVector& Operands);
  bool parseGuard(OperandVector& Operands);
  bool parseRef(NormanRowRef& Ref);
  bool parseNumber(int64_t& Value, int64_t Limit, const Twine& What);
  bool parseComma() { return parseToken(AsmToken::Comma, "expected ','"); }
  SMLoc here() { return getTok().getLoc(); }
  bool needRow(SMLoc Loc) {
    return InRow ? false : Error(Loc, "operation outside a row: expected .row first");
  }
  bool closeRow();

  bool parseConfig();
  bool parseStages();
  bool parseProgram();
  bool parseEntry();
  bool parseExit();
  bool parseRow(SMLoc Loc);
  bool parseNop(SMLoc Loc);
  bool parseNext(SMLoc Loc);
  bool parseBranch(SMLoc Loc);
  bool parseDispatch(SMLoc Loc);

  MCAsmParser& Parser;
  isa::ConfigInfo Config = isa::kConfigs[0];
  uint8_t Program = 0;
  bool InRow = false;
  unsigned Lanes = 0;  // operations seen in the open row
  SMLoc RowLoc;
  NormanRow Row;
};

}  // namespace

#define GET_REGISTER_MATCHER
#define GET_SUBTARGET_FEATURE_NAME
#define GET_MATCHER_IMPLEMENTATION
#define GET_MNEMONIC_SPELL_CHECKER
#include "NormanGenAsmMatcher.inc"

bool NormanAsmParser::splitRegister(StringRef Text, MCRegister& Reg, int64_t& Selector) {
  const auto [Name, Part] = Text.split('.');
  Reg = MatchRegisterName(Name);
  Selector = 0;
  if (!Reg) return false;
  if (Name.size() == Text.size()) return true;
  const auto Found = findName(isa::kSelectorNames, Part);
  Selector = Found.value_or(0);
  return Found.has_value();
}

ParseStatus NormanAsmParser::tryParseRegister(MCRegister& Reg, SMLoc& StartLoc, SMLoc& EndLoc) {
  int64_t Selector;
  if (getTok().isNot(AsmToken::Identifier) || !splitRegister(getTok().getString(), Reg, Selector)) {
    return ParseStatus::NoMatch;
  }
  StartLoc = getTok().getLoc();
  EndLoc = getTok().getEndLoc();
  Lex();
  return ParseStatus::Success;
}

bool NormanAsmParser::parseRegister(MCRegister& Reg, SMLoc& StartLoc, SMLoc& EndLoc) {
  return tryParseRegister(Reg, StartLoc, EndLoc).isSuccess() ? false : Error(here(), "expected a register");
}

bool NormanAsmParser::parseOperand(OperandVector& Operands) {
  switch (getTok().getKind()) {
    case AsmToken::Identifier: {
      auto Operand = make(NormanOperand::Name);
      if (splitRegister(Operand->Text, Operand->Reg, Operand->Value)) Operand->Kind = NormanOperand::Register;
      Operands.push_back(std::move(Operand));
      break;
    }
    case AsmToken::Integer: {
      auto Operand = make(NormanOperand::Number);
      Operand->Value = getTok().getIntVal();
      Operands.push_back(std::move(Operand));
      break;
    }
    case AsmToken::Minus:
      Operands.push_back(make(NormanOperand::None));
      break;
    case AsmToken::LBrac:
    case AsmToken::RBrac:
    case AsmToken::Plus:
    case AsmToken::Less:
      Operands.push_back(make(NormanOperand::Token));
      break;
    default:
      return Error(here(), "expected a register, a number or a name");
  }
  Lex();
  return false;
}

bool NormanAsmParser::parseGuard(OperandVector& Operands) {
  auto Operand = make(NormanOperand::GuardOp);
  Lex();  // if
  Operand->Value = parseOptionalToken(AsmToken::Exclaim) ? Norman::GuardIfNot : Norman::GuardIf;
  SMLoc Start;
  if (parseRegister(Operand->Reg, Start, Operand->End)) return true;
  if (Operand->Reg < Norman::P0 || Operand->Reg > Norman::P7) return Error(Start, "expected a predicate");
  Operands.push_back(std::move(Operand));
  return false;
}

bool NormanAsmParser::ParseInstruction(ParseInstructionInfo&, StringRef Name, SMLoc NameLoc,
                                       OperandVector& Operands) {
  if (needRow(NameLoc)) return true;
  auto Mnemonic = std::make_unique<NormanOperand>(NormanOperand::Token, NameLoc, NameLoc);
  Mnemonic->Text = Name;
  Operands.push_back(std::move(Mnemonic));
  while (getTok().isNot(AsmToken::EndOfStatement)) {
    if (getTok().is(AsmToken::Identifier) && getTok().getString() == "if") {
      if (parseGuard(Operands)) return true;
      break;
    }
    if (parseOperand(Operands)) return true;
    parseOptionalToken(AsmToken::Comma);
  }
  return parseToken(AsmToken::EndOfStatement, "expected the end of the line");
}

static std::string NormanMnemonicSpellCheck(StringRef S, const FeatureBitset& FBS, unsigned VariantID);

bool NormanAsmParser::MatchAndEmitInstruction(SMLoc IDLoc, unsigned& Opcode, OperandVector& Operands,
                                              MCStreamer&, uint64_t& ErrorInfo, bool MatchingInlineAsm) {
  MCInst Inst;
  Inst.setLoc(IDLoc);
  const auto OperandLoc = [&] {
    return ErrorInfo < Operands.size() ? Operands[ErrorInfo]->getStartLoc() : IDLoc;
  };
  switch (MatchInstructionImpl(Operands, Inst, ErrorInfo, MatchingInlineAsm)) {
    case Match_Success:
      break;
    case Match_MnemonicFail:
      return Error(IDLoc, "unknown operation" +
                              NormanMnemonicSpellCheck(static_cast<NormanOperand&>(*Operands[0]).Text,
                                                       ComputeAvailableFeatures(STI->getFeatureBits()), 0));
    case Match_KeyOp:
      return Error(OperandLoc(), getMatchKindDiag(Match_KeyOp));
    case Match_OptGRR:
      return Error(OperandLoc(), getMatchKindDiag(Match_OptGRR));
    default:
      if (ErrorInfo != ~0ULL && ErrorInfo >= Operands.size()) return Error(IDLoc, "too few operands");
      return Error(OperandLoc(), "operand does not suit this operation");
  }
  Opcode = Inst.getOpcode();
  const MCInstrDesc& Desc = MII.get(Opcode);
  const char Kind = Norman::stageKind(Desc);
  if (Kind != Config.stages[Row.Stage]) {
    return Error(IDLoc, Twine("operation of a stage of kind ") + Twine(Kind) + " in stage " +
                            Twine(unsigned(Row.Stage)) + " of kind " + Twine(Config.stages[Row.Stage]));
  }
  if (Lanes >= (Kind == 'A' ? 2 : 1)) return Error(IDLoc, "more operations than the row has lanes");
  if (Lanes == 1 && Norman::laneZeroOnly(Desc))
    return Error(IDLoc, "lane 1 has neither shifter nor multiplier");
  Row.Ops[Lanes++] = Inst;
  return false;
}

bool NormanAsmParser::parseNumber(int64_t& Value, int64_t Limit, const Twine& What) {
  const SMLoc Loc = here();
  if (getTok().isNot(AsmToken::Integer)) return Error(Loc, "expected " + What);
  Value = getTok().getIntVal();
  Lex();
  return Value < 0 || Value > Limit ? Error(Loc, What + " must not exceed " + Twine(Limit)) : false;
}

bool NormanAsmParser::parseRef(NormanRowRef& Ref) {
  const SMLoc Loc = here();
  if (getTok().isNot(AsmToken::Identifier)) return Error(Loc, "expected a row like s3.0, or exit");
  StringRef Text = getTok().getString();
  Lex();
  Ref = NormanRowRef();
  if (Text == "exit") return false;
  unsigned Stage, Number;
  if (!Text.consume_front("s") || Text.consumeInteger(10, Stage) || !Text.consume_front(".") ||
      Text.getAsInteger(10, Number)) {
    return Error(Loc, "expected a row like s3.0, or exit");
  }
  if (Number >= isa::kRowsPerStage) return Error(Loc, "a stage has " + Twine(isa::kRowsPerStage) + " rows");
  if (Stage >= Config.stages.size() && Stage != isa::kStageExit) {
    return Error(Loc,
                 "configuration '" + Twine(Config.name) + "' has " + Twine(Config.stages.size()) + " stages");
  }
  Ref = {static_cast<uint8_t>(Stage), static_cast<uint8_t>(Number)};
  return false;
}

bool NormanAsmParser::parseConfig() {
  const SMLoc Loc = here();
  const StringRef Name = getTok().getString();
  Lex();
  for (const isa::ConfigInfo& Candidate : isa::kConfigs) {
    if (Candidate.name == std::string_view(Name)) {
      Config = Candidate;
      streamer().emitConfig(Candidate);
      return parseEOL();
    }
  }
  return Error(Loc, "unknown configuration '" + Name + "'");
}

bool NormanAsmParser::parseStages() {
  const SMLoc Loc = here();
  const StringRef Kinds = getTok().getString();
  Lex();
  if (Kinds.empty() || Kinds.size() > isa::kStagesMax ||
      Kinds.find_first_not_of(Norman::KindLetters) != StringRef::npos) {
    return Error(Loc, "expected stage kinds, at most " + Twine(isa::kStagesMax) + " letters of " +
                          Norman::KindLetters);
  }
  Config.stages = Kinds;  // lies in the source buffer, which outlives the parser
  streamer().emitConfig(Config);
  return parseEOL();
}

bool NormanAsmParser::parseProgram() {
  const SMLoc Loc = here();
  const auto Number = findName(isa::kProgramNames, getTok().getString());
  if (!Number) return Error(Loc, "expected ingress or egress");
  Lex();
  NormanRowRef First;
  int64_t Verdict;
  if (parseComma() || parseRef(First) || parseComma() || parseNumber(Verdict, UINT32_MAX, "a verdict word") ||
      parseEOL()) {
    return true;
  }
  Program = *Number;
  streamer().emitProgram({Program, First.Stage, First.Row, static_cast<uint32_t>(Verdict)});
  return false;
}

bool NormanAsmParser::parseEntry() {
  int64_t Tap, Word;
  MCRegister Reg;
  SMLoc Start, End;
  if (parseNumber(Tap, isa::kEntryTaps - 1, "a tap") || parseComma() || parseRegister(Reg, Start, End) ||
      parseComma())
    return true;
  const SMLoc WordLoc = here();
  if (parseNumber(Word, isa::kEntryWords - 1, "an entry word") || parseEOL()) return true;
  if (Reg < Norman::R0 || Reg > Norman::R23) return Error(Start, "expected a general register");
  const unsigned Number = getContext().getRegisterInfo()->getEncodingValue(Reg);
  if (Number % isa::kEntryBanks != Word % isa::kEntryBanks) {
    return Error(WordLoc, "entry word " + Twine(Word) + " goes only into registers whose number modulo " +
                              Twine(isa::kEntryBanks) + " is " + Twine(Word % isa::kEntryBanks));
  }
  streamer().emitEntry(
      {Program, static_cast<uint8_t>(Tap), static_cast<uint8_t>(Number), static_cast<uint8_t>(Word), 0});
  return false;
}

bool NormanAsmParser::parseExit() {
  const auto Target = findName(isa::kExitTargetNames, getTok().getString());
  if (!Target) return Error(here(), "unknown exit target");
  Lex();
  MCRegister Reg;
  int64_t Selector;
  if (parseComma()) return true;
  const SMLoc Loc = here();
  if (!splitRegister(getTok().getString(), Reg, Selector) || Reg < Norman::R0 || Reg > Norman::R23) {
    return Error(Loc, "expected a general register");
  }
  Lex();
  if (parseEOL()) return true;
  const unsigned Number = getContext().getRegisterInfo()->getEncodingValue(Reg);
  if (Number % isa::kExitBanks != *Target % isa::kExitBanks) {
    return Error(Loc, Twine("exit target ") + isa::kExitTargetNames[*Target] + " takes only registers whose number modulo " +
                          Twine(isa::kExitBanks) + " is " + Twine(*Target % isa::kExitBanks));
  }
  if (isa::kExitTargetWidths[*Target] == 32 && Selector != static_cast<int64_t>(isa::Selector::W))
    return Error(Loc, Twine("exit target ") + isa::kExitTargetNames[*Target] + " takes a whole register");
  streamer().emitExit({Program, static_cast<uint8_t>(*Target), static_cast<uint8_t>(Number),
                       static_cast<uint8_t>(Selector), 0});
  return false;
}

bool NormanAsmParser::parseRow(SMLoc Loc) {
  if (InRow) return Error(Loc, "the row before has no successors: expected .next, .branch or .dispatch");
  NormanRowRef Ref;
  int64_t Line = 0;
  const SMLoc RefLoc = here();
  if (parseRef(Ref)) return true;
  if (Ref.isExit()) return Error(RefLoc, "the exit holds no rows");
  if (parseOptionalToken(AsmToken::Comma) && parseNumber(Line, UINT32_MAX, "a source line")) return true;
  if (parseEOL()) return true;
  Row = NormanRow();
  Row.Program = Program;
  Row.Stage = Ref.Stage;
  Row.Row = Ref.Row;
  Row.Line = Line;
  RowLoc = Loc;
  Lanes = 0;
  InRow = true;
  return false;
}

bool NormanAsmParser::closeRow() {
  InRow = false;
  for (const NormanRowRef& Ref : {Row.Control.Next, Row.Control.Taken}) {
    if (Ref.Stage <= Row.Stage) {
      return Error(RowLoc, "a successor's stage must be greater than the row's own, got " +
                               Twine(unsigned(Ref.Stage)));
    }
  }
  streamer().emitRow(Row);
  return false;
}

bool NormanAsmParser::parseNop(SMLoc Loc) {
  if (needRow(Loc) || parseEOL()) return true;
  if (Lanes >= 2) return Error(Loc, "more operations than the row has lanes");
  ++Lanes;
  return false;
}

bool NormanAsmParser::parseNext(SMLoc Loc) {
  return needRow(Loc) || parseRef(Row.Control.Next) || parseEOL() || closeRow();
}

bool NormanAsmParser::parseBranch(SMLoc Loc) {
  if (needRow(Loc)) return true;
  Row.Control.Negated = parseOptionalToken(AsmToken::Exclaim);
  if (getTok().is(AsmToken::Identifier) && getTok().getString() == "own") {
    Row.Control.Mode = isa::BranchMode::Own;
    Lex();
  } else {
    MCRegister Reg;
    SMLoc Start, End;
    if (parseRegister(Reg, Start, End)) return true;
    if (Reg < Norman::P0 || Reg > Norman::P7) return Error(Start, "expected a predicate");
    Row.Control.Mode = isa::BranchMode::Pred;
    Row.Control.Predicate = getContext().getRegisterInfo()->getEncodingValue(Reg);
  }
  return parseComma() || parseRef(Row.Control.Taken) || parseComma() || parseRef(Row.Control.Next) ||
         parseEOL() || closeRow();
}

bool NormanAsmParser::parseDispatch(SMLoc Loc) {
  Row.Control.Mode = isa::BranchMode::Dispatch;
  return needRow(Loc) || parseRef(Row.Control.Next) || parseEOL() || closeRow();
}

ParseStatus NormanAsmParser::parseDirective(AsmToken DirectiveID) {
  const StringRef Name = DirectiveID.getString();
  const SMLoc Loc = DirectiveID.getLoc();
  if (Name == ".config") return parseConfig();
  if (Name == ".stages") return parseStages();
  if (Name == ".program") return parseProgram();
  if (Name == ".entry") return parseEntry();
  if (Name == ".exit") return parseExit();
  if (Name == ".row") return parseRow(Loc);
  if (Name == ".nop") return parseNop(Loc);
  if (Name == ".next") return parseNext(Loc);
  if (Name == ".branch") return parseBranch(Loc);
  if (Name == ".dispatch") return parseDispatch(Loc);
  return ParseStatus::NoMatch;
}

extern "C" void LLVMInitializeNormanAsmParser() {
  RegisterMCAsmParser<NormanAsmParser> X(getTheNormanTarget());
}
