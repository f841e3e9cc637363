// Chains of conditions, as rules make them, become decision trees.
//
//   rule 1: a == 1 && x => A         a < 3 ?  yes   a < 2 ?  yes   a == 1 && x => A
//   rule 2: a == 2 && y => B                                 no    a == 2 && y => B
//   rule 3: a == 3      => C                  no    a == 3 => C
//   ...                              what no question has decided stays a chain, in its old order
//
// A chain is a row of blocks that only compute conditions; each leaves for a target of its own, or goes on to
// the next. Conditions are formulas over tests: a part of a word within a range, some bits of a word, or any
// other predicate. A node of the tree asks one question; under each answer every formula is simplified, rules
// that cannot match any more vanish, and a rule that certainly matches ends the list. The question is the one
// whose worse answer leaves least to do.
#include "NormanDecisionTree.h"

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace {

// Questions tried at a node, for each part of a word and for other tests: more would find little and cost
// time.
constexpr size_t kQuestionsTried = 6;
// Nodes of one tree. A stage has 256 rows, and the nodes of one level share a stage.
constexpr unsigned kMostNodes = 600;

uint32_t lowOnes(unsigned Bits) { return Bits >= 32 ? ~0u : (1u << Bits) - 1; }

/// The values that conditions ask about, numbered as they are met: an order that does not depend on
/// addresses.
class Values {
 public:
  unsigned number(Value* V) {
    const auto [It, New] = Numbers.try_emplace(V, Numbered.size());
    if (New) Numbered.push_back(V);
    return It->second;
  }
  Value* operator[](unsigned Number) const { return Numbered[Number]; }

 private:
  DenseMap<Value*, unsigned> Numbers;
  std::vector<Value*> Numbered;
};
constexpr unsigned kNoValue = ~0u;

/// Some contiguous bits of a value.
struct Part {
  unsigned Base = kNoValue;
  unsigned Shift = 0, Width = 32;
  bool operator<(const Part& O) const {
    return std::tie(Base, Shift, Width) < std::tie(O.Base, O.Shift, O.Width);
  }
  uint32_t top() const { return lowOnes(Width); }
  /// An operand of the overlay can be this part.
  bool selectable() const { return (Width == 8 || Width == 16 || Width == 32) && Shift % Width == 0; }
};

/// A predicate that holds if the part lies within [Low, High]; or, without a part, any value of type i1.
struct Test {
  Part On;
  uint32_t Low = 0, High = 0;
  unsigned Other = kNoValue;
  bool isOther() const { return Other != kNoValue; }
  bool operator<(const Test& O) const {
    return std::tie(On, Low, High, Other) < std::tie(O.On, O.Low, O.High, O.Other);
  }
};

/// Bits of a word of which a packet has at most one.
struct Exclusive {
  unsigned Word = kNoValue;
  std::vector<uint32_t> Masks;
};

/// What the answers on the way to a node say.
struct Knowledge {
  const Exclusive* Exclude = nullptr;
  std::map<Part, std::pair<uint32_t, uint32_t>> Ranges;
  std::map<unsigned, std::pair<uint32_t, uint32_t>> Bits;  // mask and value of words
  std::map<unsigned, bool> Others;

  void learn(const Test& T, bool Holds);
  std::optional<bool> answer(const Test& T) const;
  /// The same question with fewer bounds, where one of them is known to hold.
  Test narrow(Test T) const;
};

void Knowledge::learn(const Test& T, bool Holds) {
  if (T.isOther()) {
    Others[T.Other] = Holds;
    return;
  }
  auto& [Low, High] = Ranges.try_emplace(T.On, 0, T.On.top()).first->second;
  if (Holds) {
    Low = std::max(Low, T.Low);
    High = std::min(High, T.High);
  } else if (T.Low <= Low && T.High < High) {
    Low = std::max(Low, T.High + 1);
  } else if (T.High >= High && T.Low > Low) {
    High = std::min(High, T.Low - 1);
  }
  if (Low == High) {
    auto& [Mask, Known] = Bits[T.On.Base];
    Mask |= lowOnes(T.On.Width) << T.On.Shift;
    Known |= Low << T.On.Shift;
    if (!Exclude || T.On.Base != Exclude->Word) return;
    for (const uint32_t Group : Exclude->Masks) {
      if (popcount(Known & Group) == 1) Mask |= Group;
    }
  }
}

std::optional<bool> Knowledge::answer(const Test& T) const {
  if (T.isOther()) {
    const auto It = Others.find(T.Other);
    return It == Others.end() ? std::nullopt : std::optional(It->second);
  }
  uint32_t Low = 0, High = T.On.top();
  if (const auto It = Ranges.find(T.On); It != Ranges.end()) std::tie(Low, High) = It->second;
  if (const auto It = Bits.find(T.On.Base); It != Bits.end()) {
    const auto [Mask, Known] = It->second;
    const uint32_t Here = (Mask >> T.On.Shift) & T.On.top(), Value = (Known >> T.On.Shift) & T.On.top();
    // A single value whose known bits differ, or all bits known.
    if (T.Low == T.High && ((T.Low ^ Value) & Here) != 0) return false;
    if (Here == T.On.top()) Low = High = Value;
  }
  if (Low > High) return false;
  if (T.Low <= Low && High <= T.High) return true;
  if (High < T.Low || T.High < Low) return false;
  return std::nullopt;
}

Test Knowledge::narrow(Test T) const {
  const auto It = Ranges.find(T.On);
  if (T.isOther() || It == Ranges.end() || T.Low == T.High) return T;
  if (T.Low <= It->second.first) T.Low = 0;
  if (T.High >= It->second.second) T.High = T.On.top();
  return T;
}

/// A condition in negation normal form.
struct Formula {
  enum Kind { True, False, Leaf, And, Or } Is = True;
  Test Ask;
  bool Negated = false;
  std::vector<std::shared_ptr<const Formula>> Parts;
};
using FormulaRef = std::shared_ptr<const Formula>;

FormulaRef constant(bool Value) {
  static const FormulaRef Constants[] = {std::make_shared<Formula>(Formula{Formula::False, {}, false, {}}),
                                         std::make_shared<Formula>(Formula{Formula::True, {}, false, {}})};
  return Constants[Value];
}

FormulaRef junction(Formula::Kind Kind, std::vector<FormulaRef> Parts) {
  std::vector<FormulaRef> Kept;
  const auto Neutral = Kind == Formula::And ? Formula::True : Formula::False;
  const auto Deciding = Kind == Formula::And ? Formula::False : Formula::True;
  for (FormulaRef& P : Parts) {
    if (P->Is == Deciding) return P;
    if (P->Is == Neutral) continue;
    if (P->Is == Kind) {
      Kept.insert(Kept.end(), P->Parts.begin(), P->Parts.end());
    } else {
      Kept.push_back(std::move(P));
    }
  }
  if (Kept.empty()) return constant(Kind == Formula::And);
  if (Kept.size() == 1) return Kept[0];
  return std::make_shared<Formula>(Formula{Kind, {}, false, std::move(Kept)});
}

FormulaRef simplify(const FormulaRef& F, const Knowledge& Known) {
  switch (F->Is) {
    case Formula::True:
    case Formula::False:
      return F;
    case Formula::Leaf: {
      if (const std::optional<bool> Answer = Known.answer(F->Ask)) return constant(*Answer != F->Negated);
      return std::make_shared<Formula>(Formula{Formula::Leaf, Known.narrow(F->Ask), F->Negated, {}});
    }
    case Formula::And:
    case Formula::Or: {
      std::vector<FormulaRef> Parts;
      bool Same = true;
      for (const FormulaRef& P : F->Parts) {
        Parts.push_back(simplify(P, Known));
        Same &= Parts.back() == P;
      }
      return Same ? F : junction(F->Is, std::move(Parts));
    }
  }
  llvm_unreachable("formula");
}

int countTests(const FormulaRef& F) {
  if (F->Is == Formula::Leaf) return 1;
  int Sum = 0;
  for (const FormulaRef& P : F->Parts) Sum += countTests(P);
  return Sum;
}

template <typename Function>
void forEachTest(const FormulaRef& F, const Function& Do) {
  if (F->Is == Formula::Leaf) Do(F->Ask);
  for (const FormulaRef& P : F->Parts) forEachTest(P, Do);
}

/// Reads conditions as formulas.
class Reader {
 public:
  explicit Reader(Values& Known) : Known(Known) {}
  FormulaRef formula(Value* V, bool Negated);

 private:
  std::optional<Part> part(Value* V);
  FormulaRef comparison(ICmpInst& Cmp, bool Negated);
  FormulaRef other(Value* V, bool Negated) { return leaf({{}, 0, 0, Known.number(V)}, Negated); }
  static FormulaRef leaf(Test T, bool Negated) {
    return std::make_shared<Formula>(Formula{Formula::Leaf, T, Negated, {}});
  }
  static FormulaRef within(const Part& On, uint32_t Low, uint32_t High, bool Negated);

  Values& Known;
};

/// The part of a word that V is, zero-extended; nothing if V has no 32 bits.
std::optional<Part> Reader::part(Value* V) {
  using namespace PatternMatch;
  unsigned Shift = 0, Width = 32;
  for (;;) {
    Value* X;
    const APInt* C;
    Value* From;
    unsigned NewShift = Shift, NewWidth = Width;
    const auto Cut = [&](unsigned Bits) { NewWidth = std::min(Width, Bits - std::min(Bits, Shift)); };
    if (match(V, m_ZExt(m_Value(X)))) {
      Cut(X->getType()->getIntegerBitWidth());
      From = X;
    } else if (match(V, m_Trunc(m_Value(X))) && X->getType()->getIntegerBitWidth() <= 32) {
      Cut(V->getType()->getIntegerBitWidth());
      From = X;
    } else if (match(V, m_LShr(m_Value(X), m_APInt(C))) && X->getType()->isIntegerTy(32) && C->ult(32)) {
      NewShift = Shift + C->getZExtValue();
      NewWidth = std::min(Width, 32 - std::min(32u, NewShift));
      From = X;
    } else if (match(V, m_And(m_Value(X), m_APInt(C))) && X->getType()->isIntegerTy(32) && C->isMask()) {
      Cut(C->countr_one());
      From = X;
    } else {
      break;
    }
    if (NewWidth == 0) break;  // always zero
    std::tie(Shift, Width, V) = std::tie(NewShift, NewWidth, From);
  }
  if (!V->getType()->isIntegerTy(32)) return std::nullopt;
  return Part{Known.number(V), Shift, Width};
}

FormulaRef Reader::within(const Part& On, uint32_t Low, uint32_t High, bool Negated) {
  High = std::min(High, On.top());
  if (Low > High) return constant(Negated);
  if (Low == 0 && High == On.top()) return constant(!Negated);
  return leaf({On, Low, High, kNoValue}, Negated);
}

FormulaRef Reader::comparison(ICmpInst& Cmp, bool Negated) {
  using namespace PatternMatch;
  const FormulaRef Opaque = other(&Cmp, Negated);
  const APInt* Constant;
  Value* X = Cmp.getOperand(0);
  if (!X->getType()->isIntegerTy(32) && !X->getType()->isIntegerTy(16) && !X->getType()->isIntegerTy(8))
    return Opaque;
  if (!match(Cmp.getOperand(1), m_APInt(Constant))) return Opaque;
  const auto C = static_cast<uint32_t>(Constant->getZExtValue());
  const APInt* Mask;
  Value* Word;
  if (Cmp.isEquality() && match(X, m_And(m_Value(Word), m_APInt(Mask))) && Word->getType()->isIntegerTy(32)) {
    // Bits that stand together are a part; a mask with gaps asks about several.
    const bool Differs = (Cmp.getPredicate() == ICmpInst::ICMP_NE) != Negated;
    const auto Bits = static_cast<uint32_t>(Mask->getZExtValue());
    if ((C & ~Bits) != 0) return constant(Differs);
    const std::optional<Part> On = part(Word);
    std::vector<FormulaRef> Runs;
    for (uint32_t Rest = Bits; Rest != 0;) {
      const unsigned At = countr_zero(Rest), Count = countr_one(Rest >> At);
      if (!On || At + Count > On->Width) return Opaque;
      const uint32_t Value = C >> At & lowOnes(Count);
      Runs.push_back(within({On->Base, On->Shift + At, Count}, Value, Value, Differs));
      Rest &= ~(lowOnes(Count) << At);
    }
    return junction(Differs ? Formula::Or : Formula::And, std::move(Runs));
  }
  const APInt* Offset;
  Value* Shifted;
  if (match(X, m_Add(m_Value(Shifted), m_APInt(Offset))) ||
      match(X, m_Sub(m_Value(Shifted), m_APInt(Offset)))) {
    // low <= x <= high as one compare: x - low <= high - low.
    uint32_t Low = static_cast<uint32_t>(Offset->getZExtValue());
    if (cast<Instruction>(X)->getOpcode() == Instruction::Add) Low = -Low;
    uint64_t Last;
    bool Inside = !Negated;
    switch (Cmp.getPredicate()) {
      case ICmpInst::ICMP_ULE:
        Last = C;
        break;
      case ICmpInst::ICMP_ULT:
        Last = uint64_t{C} - 1;
        break;
      case ICmpInst::ICMP_UGT:
        Last = C, Inside = Negated;
        break;
      case ICmpInst::ICMP_UGE:
        Last = uint64_t{C} - 1, Inside = Negated;
        break;
      default:
        return Opaque;
    }
    if (Last > ~0u || Low + Last > ~0u || !X->getType()->isIntegerTy(32)) return Opaque;
    const std::optional<Part> On = part(Shifted);
    if (!On || Low > On->top()) return Opaque;
    return within(*On, Low, Low + static_cast<uint32_t>(Last), !Inside);
  }
  const std::optional<Part> Whole = part(X);
  if (!Whole) return Opaque;
  const Part On = *Whole;
  const uint32_t Top = On.top();
  switch (Cmp.getPredicate()) {
    case ICmpInst::ICMP_EQ:
      return C > Top ? constant(Negated) : within(On, C, C, Negated);
    case ICmpInst::ICMP_NE:
      return C > Top ? constant(!Negated) : within(On, C, C, !Negated);
    case ICmpInst::ICMP_ULE:
      return within(On, 0, C, Negated);
    case ICmpInst::ICMP_UGT:
      return within(On, 0, C, !Negated);
    case ICmpInst::ICMP_ULT:
      return C == 0 ? constant(Negated) : within(On, 0, C - 1, Negated);
    case ICmpInst::ICMP_UGE:
      return C == 0 ? constant(!Negated) : within(On, 0, C - 1, !Negated);
    default:
      return Opaque;
  }
}

FormulaRef Reader::formula(Value* V, bool Negated) {
  using namespace PatternMatch;
  if (const auto* C = dyn_cast<ConstantInt>(V)) return constant(C->isOne() != Negated);
  Value *A, *B;
  if (match(V, m_Not(m_Value(A)))) return formula(A, !Negated);
  if (V->getType()->isIntegerTy(1) && match(V, m_And(m_Value(A), m_Value(B)))) {
    return junction(Negated ? Formula::Or : Formula::And, {formula(A, Negated), formula(B, Negated)});
  }
  if (V->getType()->isIntegerTy(1) && match(V, m_Or(m_Value(A), m_Value(B)))) {
    return junction(Negated ? Formula::And : Formula::Or, {formula(A, Negated), formula(B, Negated)});
  }
  if (auto* Cmp = dyn_cast<ICmpInst>(V)) return comparison(*Cmp, Negated);
  return other(V, Negated);
}

/// A condition of the chain and where it leads.
struct Rule {
  FormulaRef When;
  size_t Origin;  // number of the block in the chain
};
using Rules = std::vector<Rule>;

/// The rules that are left under what is known; a rule that certainly matches is the last.
Rules simplify(const Rules& Before, const Knowledge& Known) {
  Rules After;
  for (const Rule& R : Before) {
    FormulaRef When = simplify(R.When, Known);
    if (When->Is == Formula::False) continue;
    const bool Certain = When->Is == Formula::True;
    After.push_back({std::move(When), R.Origin});
    if (Certain) break;
  }
  return After;
}

/// Stages that the chain takes: a branch for each rule, half a row for each test.
int chainCost(const Rules& List) {
  int Branches = 0, Tests = 0;
  for (const Rule& R : List) {
    if (R.When->Is == Formula::True) continue;
    ++Branches;
    Tests += countTests(R.When);
  }
  return std::max(Branches, (Tests + 1) / 2);
}

struct Node {
  std::optional<Test> Ask;  // none: the first rule left is asked, or, without a next node, the chain of all
  Rules Left;
  std::unique_ptr<Node> Yes, No;
  int Cost = 0;
};

class Tree {
 public:
  std::unique_ptr<Node> grow(Rules List, const Knowledge& Known);
  unsigned nodes() const { return Nodes; }

 private:
  static std::vector<Test> questions(const Rules& List, const Knowledge& Known);
  static std::optional<Test> neededByAll(const Rules& List);
  unsigned Nodes = 0;
};

/// Questions worth asking: for parts, whether they lie below one of the middle thresholds; else the tests
/// that occur most.
std::vector<Test> Tree::questions(const Rules& List, const Knowledge& Known) {
  std::map<Part, std::set<uint32_t>> Thresholds;
  std::map<Test, int> Others;
  for (const Rule& R : List) {
    forEachTest(R.When, [&](const Test& T) {
      if (T.isOther() || !T.On.selectable()) {
        ++Others[T];
        return;
      }
      uint32_t Low = 0, High = T.On.top();
      if (const auto It = Known.Ranges.find(T.On); It != Known.Ranges.end()) std::tie(Low, High) = It->second;
      if (T.Low > Low && T.Low <= High) Thresholds[T.On].insert(T.Low);
      if (T.High >= Low && T.High < High) Thresholds[T.On].insert(T.High + 1);
    });
  }
  std::vector<Test> Result;
  for (const auto& [On, All] : Thresholds) {
    const std::vector<uint32_t> Sorted(All.begin(), All.end());
    const size_t Count = std::min(kQuestionsTried, Sorted.size());
    const size_t First = (Sorted.size() - Count) / 2;
    for (size_t I = First; I < First + Count; ++I) Result.push_back({On, 0, Sorted[I] - 1, kNoValue});
  }
  std::vector<std::pair<int, Test>> Ranked;
  for (const auto& [T, Times] : Others) Ranked.push_back({Times, T});
  stable_sort(Ranked, [](const auto& L, const auto& R) { return L.first > R.first; });
  for (size_t I = 0; I < std::min(kQuestionsTried, Ranked.size()); ++I) Result.push_back(Ranked[I].second);
  return Result;
}

/// A test that every rule, of several, asks to hold.
std::optional<Test> Tree::neededByAll(const Rules& List) {
  if (List.size() < 2) return std::nullopt;
  const auto Needs = [](const Rule& R, const Test& T) {
    const auto Is = [&](const FormulaRef& F) {
      return F->Is == Formula::Leaf && !F->Negated && !(F->Ask < T) && !(T < F->Ask);
    };
    return Is(R.When) || (R.When->Is == Formula::And && any_of(R.When->Parts, Is));
  };
  std::optional<Test> Result;
  forEachTest(List.front().When, [&](const Test& T) {
    if (!Result && all_of(List, [&](const Rule& R) { return Needs(R, T); })) Result = T;
  });
  return Result;
}

std::unique_ptr<Node> Tree::grow(Rules List, const Knowledge& Known) {
  auto Here = std::make_unique<Node>();
  ++Nodes;
  Here->Cost = chainCost(List);
  Here->Left = std::move(List);
  if (Here->Cost < 2 || Nodes > kMostNodes) return Here;
  // What all rules need is asked first; then a question counts by its worse answer, and by how much it leaves
  // altogether.
  std::optional<Test> Best = neededByAll(Here->Left);
  int BestCost = 1 << 30;
  if (!Best) {
    for (const Test& Ask : questions(Here->Left, Known)) {
      int Costs[2];
      for (const bool Answer : {false, true}) {
        Knowledge More = Known;
        More.learn(Ask, Answer);
        Costs[Answer] = chainCost(simplify(Here->Left, More));
      }
      const int Worse = std::max(Costs[0], Costs[1]);
      const int Cost = 2 * Worse + Costs[0] + Costs[1];
      if (Worse < Here->Cost && Cost < BestCost) {
        BestCost = Cost;
        Best = Ask;
      }
    }
  }
  if (!Best) return Here;
  Rules Lists[2];
  Knowledge Learned[2] = {Known, Known};
  for (const bool Answer : {false, true}) {
    Learned[Answer].learn(*Best, Answer);
    Lists[Answer] = simplify(Here->Left, Learned[Answer]);
  }
  // A rule that would be asked first whatever the answer is asked before it, once.
  const Rule& First = Here->Left.front();
  if (all_of(Lists, [&](const Rules& L) {
        return !L.empty() && L.front().Origin == First.Origin &&
               countTests(L.front().When) == countTests(First.When);
      })) {
    Here->No = grow(Rules(Here->Left.begin() + 1, Here->Left.end()), Known);
    const int Cost = 1 + Here->No->Cost;
    if (Cost >= Here->Cost) {
      Here->No = nullptr;
    } else {
      Here->Cost = Cost;
    }
    return Here;
  }
  std::unique_ptr<Node> Children[2];
  for (const bool Answer : {false, true}) Children[Answer] = grow(std::move(Lists[Answer]), Learned[Answer]);
  const int Cost = 1 + std::max(Children[0]->Cost, Children[1]->Cost);
  if (Cost >= Here->Cost) return Here;  // the question did not pay after all
  Here->Ask = Best;
  Here->No = std::move(Children[0]);
  Here->Yes = std::move(Children[1]);
  Here->Cost = Cost;
  return Here;
}

/// The chain that begins at a block.
struct Chain {
  struct Step {
    BasicBlock* Block;
    BasicBlock* Target;  // where it leaves
    bool Negated;        // it leaves where its condition does not hold
    std::vector<std::pair<Value*, bool>>
        Guards;  // conditions, negated or not, under which it is asked at all
  };
  std::vector<Step> Steps;
  SmallPtrSet<const BasicBlock*, 16> Blocks;
  BasicBlock* Rest = nullptr;  // where it goes if no condition holds
};

/// Finds chains. Rules that need the same headers stand behind a guard that skips all of them:
///
///      guard --yes--> rule 1 --no--> rule 2 --no--+--> rule 3 ...
///            `------------------no----------------'
class ChainFinder {
 public:
  const Chain& from(BasicBlock& Head);

 private:
  /// Computes conditions, nothing else, and decides with them.
  static bool isPure(const BasicBlock& BB);
  static bool continues(const BasicBlock& From, const BasicBlock& To) {
    return To.getSinglePredecessor() == &From && isPure(To);
  }
  /// Whether the paths of the inner chain and the one that skips it meet after it, and nothing else does.
  static bool meetsAfter(const BasicBlock& Guard, const Chain& Inner, const BasicBlock& After);
  static void append(Chain& To, const Chain& Tail);

  DenseMap<const BasicBlock*, std::unique_ptr<Chain>> Known;
};

bool ChainFinder::isPure(const BasicBlock& BB) {
  const auto* Branch = dyn_cast<BranchInst>(BB.getTerminator());
  return Branch && Branch->isConditional() && Branch->getSuccessor(0) != Branch->getSuccessor(1) &&
         all_of(BB, [](const Instruction& I) {
           return I.isTerminator() ||
                  isa<CmpInst, BinaryOperator, CastInst, SelectInst, ExtractValueInst, GetElementPtrInst>(I);
         });
}

bool ChainFinder::meetsAfter(const BasicBlock& Guard, const Chain& Inner, const BasicBlock& After) {
  const auto Comes = [&](const BasicBlock* From) { return From == &Guard || Inner.Blocks.contains(From); };
  if (Inner.Rest != &After || !all_of(predecessors(&After), Comes)) return false;
  return all_of(After.phis(), [](const PHINode& Phi) { return Phi.hasConstantValue(); });
}

void ChainFinder::append(Chain& To, const Chain& Tail) {
  To.Steps.insert(To.Steps.end(), Tail.Steps.begin(), Tail.Steps.end());
  To.Blocks.insert(Tail.Blocks.begin(), Tail.Blocks.end());
  To.Rest = Tail.Rest;
}

const Chain& ChainFinder::from(BasicBlock& Head) {
  if (const auto It = Known.find(&Head); It != Known.end()) return *It->second;
  auto Found = std::make_unique<Chain>();
  Found->Blocks.insert(&Head);
  const auto* Branch = cast<BranchInst>(Head.getTerminator());
  BasicBlock* const Ways[] = {Branch->getSuccessor(0), Branch->getSuccessor(1)};
  bool Guards = false;
  for (const bool Negated : {false, true}) {
    BasicBlock* Into = Ways[Negated];
    BasicBlock* After = Ways[!Negated];
    if (Guards || !continues(Head, *Into) || After->getSinglePredecessor()) continue;
    const Chain& Inner = from(*Into);
    if (!meetsAfter(Head, Inner, *After)) continue;
    Guards = true;
    append(*Found, Inner);
    for (Chain::Step& Step : Found->Steps) Step.Guards.push_back({Branch->getCondition(), Negated});
    // A rule that leaves for the place where the chain would go on is no rule of a list that the first match
    // ends.
    const bool Leaves = any_of(Found->Steps, [&](const Chain::Step& Step) { return Step.Target == After; });
    if (!Leaves && isPure(*After) && After->phis().empty()) append(*Found, from(*After));
  }
  if (!Guards) {
    // Rules go on where they do not match; where both ways could be chains that is the likelier one.
    const bool Inverted = !continues(Head, *Ways[1]) && continues(Head, *Ways[0]);
    BasicBlock* On = Ways[!Inverted];
    Found->Steps.push_back({&Head, Ways[Inverted], Inverted, {}});
    Found->Rest = On;
    if (continues(Head, *On)) append(*Found, from(*On));
  }
  return *(Known[&Head] = std::move(Found));
}

class Emitter {
 public:
  Emitter(BasicBlock& Head, const Chain& From, const Values& Named, Function& F)
      : Head(Head), From(From), Named(Named), F(F) {}
  void run(const Node& Root);

 private:
  void keepEscaping();
  void emit(const Node& N, BasicBlock* Into);
  void emitChain(const Rules& List, BasicBlock* Into);
  /// One rule; returns where it goes on, or nothing if the rule always matches.
  BasicBlock* emitRule(const Rule& R, BasicBlock* Into);
  /// Leaves the tree as the step's block did.
  void leave(BasicBlock* Into, size_t Origin, bool Matched);
  Value* emit(const FormulaRef& When, IRBuilder<>& B);
  Value* emit(const Test& T, bool Negated, IRBuilder<>& B);
  Value* again(Value* V, IRBuilder<>& B);
  BasicBlock* newBlock(const char* Name) {
    return BasicBlock::Create(F.getContext(), Name, &F, Head.getNextNode());
  }

  /// Blocks of the chain that vanish.
  bool isInside(const BasicBlock* BB) const { return BB != &Head && From.Blocks.contains(BB); }

  BasicBlock& Head;
  const Chain& From;
  const Values& Named;
  Function& F;
};

}  // namespace

/// What blocks beyond the chain use of it is computed at its head.
void Emitter::keepEscaping() {
  Instruction* Place = Head.getTerminator();
  for (BasicBlock* BB : post_order(&F)) {
    if (!isInside(BB)) continue;
    for (Instruction& Inst : make_early_inc_range(reverse(*BB))) {
      const auto Outside = [&](const User* U) { return !isInside(cast<Instruction>(U)->getParent()); };
      if (Inst.isTerminator() || none_of(Inst.users(), Outside)) continue;
      Inst.moveBefore(Place);
      Place = &Inst;  // its operands go before it
    }
  }
}

Value* Emitter::again(Value* V, IRBuilder<>& B) {
  auto* I = dyn_cast<Instruction>(V);
  if (!I || !isInside(I->getParent())) return V;
  SmallVector<Value*, 4> Operands;
  for (Value* Op : I->operands()) Operands.push_back(again(Op, B));
  Instruction* Copy = I->clone();
  for (unsigned Op = 0; Op < Operands.size(); ++Op) Copy->setOperand(Op, Operands[Op]);
  B.Insert(Copy);
  return Copy;
}

Value* Emitter::emit(const Test& T, bool Negated, IRBuilder<>& B) {
  if (T.isOther()) {
    Value* V = again(Named[T.Other], B);
    return Negated ? B.CreateNot(V) : V;
  }
  Value* Base = again(Named[T.On.Base], B);
  if (!T.On.selectable()) {
    if (T.Low == T.High) {
      const uint32_t Mask = T.On.top() << T.On.Shift;
      Value* Bits = B.CreateAnd(Base, Mask);
      // One bit is tested against zero, which is one operation.
      if (T.On.Width == 1)
        return B.CreateICmp((T.Low != 0) != Negated ? ICmpInst::ICMP_NE : ICmpInst::ICMP_EQ, Bits,
                            B.getInt32(0));
      return B.CreateICmp(Negated ? ICmpInst::ICMP_NE : ICmpInst::ICMP_EQ, Bits,
                          B.getInt32(T.Low << T.On.Shift));
    }
    if (T.On.Shift) Base = B.CreateLShr(Base, T.On.Shift);
    Base = B.CreateAnd(Base, T.On.top());
  } else if (T.On.Width < 32) {
    if (T.On.Shift) Base = B.CreateLShr(Base, T.On.Shift);
    Base = B.CreateZExt(B.CreateTrunc(Base, B.getIntNTy(T.On.Width)), B.getInt32Ty());
  }
  if (T.Low == T.High)
    return B.CreateICmp(Negated ? ICmpInst::ICMP_NE : ICmpInst::ICMP_EQ, Base, B.getInt32(T.Low));
  if (T.Low == 0)
    return B.CreateICmp(Negated ? ICmpInst::ICMP_UGT : ICmpInst::ICMP_ULE, Base, B.getInt32(T.High));
  if (T.High == T.On.top())
    return B.CreateICmp(Negated ? ICmpInst::ICMP_ULT : ICmpInst::ICMP_UGE, Base, B.getInt32(T.Low));
  return B.CreateICmp(Negated ? ICmpInst::ICMP_UGT : ICmpInst::ICMP_ULE, B.CreateSub(Base, B.getInt32(T.Low)),
                      B.getInt32(T.High - T.Low));
}

Value* Emitter::emit(const FormulaRef& When, IRBuilder<>& B) {
  if (When->Is == Formula::True || When->Is == Formula::False) return B.getInt1(When->Is == Formula::True);
  if (When->Is == Formula::Leaf) return emit(When->Ask, When->Negated, B);
  const bool Both = When->Is == Formula::And;
  Value* Result = nullptr;
  const auto Join = [&](Value* V) {
    Result = !Result ? V : Both ? B.CreateAnd(Result, V) : B.CreateOr(Result, V);
  };
  // Bits of one word are compared at once: all equal in a conjunction, some different in a disjunction.
  std::map<unsigned, std::vector<const Formula*>> Bits;
  const auto IsBits = [&](const Formula& P) {
    return P.Is == Formula::Leaf && P.Negated != Both && !P.Ask.isOther() && P.Ask.Low == P.Ask.High &&
           !P.Ask.On.selectable();
  };
  for (const FormulaRef& P : When->Parts) {
    if (IsBits(*P)) Bits[P->Ask.On.Base].push_back(P.get());
  }
  for (const FormulaRef& P : When->Parts) {
    if (!IsBits(*P)) {
      Join(emit(P, B));
      continue;
    }
    std::vector<const Formula*>& All = Bits[P->Ask.On.Base];
    if (All.size() == 1) Join(emit(P, B));
    if (All.size() < 2 || All.front() != P.get()) continue;
    uint32_t Mask = 0, Value = 0;
    for (const Formula* Run : All) {
      Mask |= Run->Ask.On.top() << Run->Ask.On.Shift;
      Value |= Run->Ask.Low << Run->Ask.On.Shift;
    }
    Join(B.CreateICmp(Both ? ICmpInst::ICMP_EQ : ICmpInst::ICMP_NE,
                      B.CreateAnd(again(Named[P->Ask.On.Base], B), Mask), B.getInt32(Value)));
  }
  return Result;
}

void Emitter::leave(BasicBlock* Into, size_t Origin, bool Matched) {
  const Chain::Step& Step = From.Steps[Origin];
  BasicBlock* To = Matched ? Step.Target : From.Rest;
  BranchInst::Create(To, Into)->setDebugLoc(Step.Block->getTerminator()->getDebugLoc());
  for (PHINode& Phi : To->phis()) Phi.addIncoming(Phi.getIncomingValueForBlock(Step.Block), Into);
}

BasicBlock* Emitter::emitRule(const Rule& R, BasicBlock* Into) {
  if (R.When->Is == Formula::True) {
    leave(Into, R.Origin, true);
    return nullptr;
  }
  IRBuilder<> B(Into);
  B.SetCurrentDebugLocation(From.Steps[R.Origin].Block->getTerminator()->getDebugLoc());
  Value* Holds = emit(R.When, B);
  BasicBlock* Match = newBlock("match");
  BasicBlock* On = newBlock("on");
  B.CreateCondBr(Holds, Match, On);
  leave(Match, R.Origin, true);
  return On;
}

void Emitter::emitChain(const Rules& List, BasicBlock* Into) {
  for (const Rule& R : List) {
    Into = emitRule(R, Into);
    if (!Into) return;
  }
  leave(Into, From.Steps.size() - 1, false);
}

void Emitter::emit(const Node& N, BasicBlock* Into) {
  if (!N.Ask && N.No) return emit(*N.No, emitRule(N.Left.front(), Into));
  if (!N.Ask) return emitChain(N.Left, Into);
  IRBuilder<> B(Into);
  B.SetCurrentDebugLocation(From.Steps[N.Left.front().Origin].Block->getTerminator()->getDebugLoc());
  Value* Holds = emit(*N.Ask, false, B);
  BasicBlock* Yes = newBlock("below");
  BasicBlock* No = newBlock("above");
  B.CreateCondBr(Holds, Yes, No);
  emit(*N.Yes, Yes);
  emit(*N.No, No);
}

void Emitter::run(const Node& Root) {
  keepEscaping();
  BasicBlock* Start = newBlock("decide");
  emit(Root, Start);
  Instruction* Old = Head.getTerminator();
  for (BasicBlock* To : successors(&Head)) To->removePredecessor(&Head, /*KeepOneInputPHIs=*/true);
  Instruction* Jump = BranchInst::Create(Start);
  Jump->setDebugLoc(Old->getDebugLoc());
  ReplaceInstWithInst(Old, Jump);
  SmallVector<BasicBlock*, 32> Dead;
  for (BasicBlock& BB : F) {
    if (isInside(&BB)) Dead.push_back(&BB);
  }
  DeleteDeadBlocks(Dead, nullptr, /*KeepOneInputPHIs=*/true);
  MergeBlockIntoPredecessor(Start);
}

namespace {

/// A chain that becomes a tree.
struct Plan {
  BasicBlock* Head;
  const Chain* From;
  Values Named;
  std::shared_ptr<const Node> Root;
};

bool isSame(const Test& L, const Test& R) { return !(L < R) && !(R < L); }

bool isSame(const Formula& L, const Formula& R) {
  return L.Is == R.Is && L.Negated == R.Negated && (L.Is != Formula::Leaf || isSame(L.Ask, R.Ask)) &&
         std::equal(L.Parts.begin(), L.Parts.end(), R.Parts.begin(), R.Parts.end(),
                    [](const FormulaRef& A, const FormulaRef& B) { return A == B || isSame(*A, *B); });
}

hash_code hashOf(const Formula& F) {
  hash_code Hash = hash_combine(F.Is, F.Negated, F.Ask.On.Base, F.Ask.On.Shift, F.Ask.On.Width, F.Ask.Low, F.Ask.High, F.Ask.Other);
  for (const FormulaRef& P : F.Parts) Hash = hash_combine(Hash, hashOf(*P));
  return Hash;
}

}  // namespace

/// By what they were grown from: conditions name values by number, so that those of one function serve for another.
struct llvm::NormanTreeCache::Trees {
  struct Grown {
    Exclusive Exclude;
    Rules List;
    std::shared_ptr<const Node> Root;
    unsigned Nodes;
  };
  std::map<size_t, std::vector<Grown>> ByHash;

  const Grown& grow(const Rules& List, const Exclusive& Exclude) {
    hash_code Hash = hash_value(List.size());
    for (const Rule& R : List) Hash = hash_combine(Hash, R.Origin, hashOf(*R.When));
    std::vector<Grown>& Candidates = ByHash[Hash];
    for (const Grown& Known : Candidates) {
      if (Known.Exclude.Word == Exclude.Word && Known.Exclude.Masks == Exclude.Masks &&
          std::equal(Known.List.begin(), Known.List.end(), List.begin(), List.end(),
                     [](const Rule& L, const Rule& R) { return L.Origin == R.Origin && isSame(*L.When, *R.When); }))
        return Known;
    }
    Knowledge Nothing;
    Nothing.Exclude = &Exclude;
    Tree Growing;
    std::shared_ptr<const Node> Root = Growing.grow(List, Nothing);
    Candidates.push_back({Exclude, List, std::move(Root), Growing.nodes()});
    return Candidates.back();
  }
};

llvm::NormanTreeCache::NormanTreeCache() : Known(std::make_unique<Trees>()) {}
llvm::NormanTreeCache::~NormanTreeCache() = default;

/// The word of presence bits and the groups of them that exclude each other, as the module says.
static Exclusive exclusiveBits(const Function& F, Values& Named) {
  Exclusive Result;
  const NamedMDNode* List = F.getParent()->getNamedMetadata("norman.exclusive");
  if (!List) return Result;
  for (const MDNode* Node : List->operands())
    Result.Masks.push_back(mdconst::extract<ConstantInt>(Node->getOperand(0))->getZExtValue());
  for (const Instruction& I : F.getEntryBlock()) {
    APInt Offset(32, 0);
    const auto* Load = dyn_cast<LoadInst>(&I);
    if (Load &&
        Load->getPointerOperand()->stripAndAccumulateConstantOffsets(F.getDataLayout(), Offset, true) ==
            F.getArg(0) &&
        Offset.isZero()) {
      Result.Word = Named.number(const_cast<LoadInst*>(Load));
    }
  }
  return Result;
}

void llvm::growDecisionTrees(Function& F, int LeastGain, NormanTreeCache& Cache) {
  ChainFinder Finder;
  SmallPtrSet<const BasicBlock*, 32> Seen;
  std::vector<Plan> Plans;  // chains share no blocks, so one does not disturb another
  for (BasicBlock* BB : ReversePostOrderTraversal<Function*>(&F)) {
    const auto* Branch = dyn_cast<BranchInst>(BB->getTerminator());
    if (Seen.contains(BB) || !Branch || !Branch->isConditional() ||
        Branch->getSuccessor(0) == Branch->getSuccessor(1))
      continue;
    const Chain& C = Finder.from(*BB);
    Seen.insert(C.Blocks.begin(), C.Blocks.end());
    Values Named;
    const Exclusive Exclude = exclusiveBits(F, Named);
    Knowledge Nothing;
    Nothing.Exclude = &Exclude;
    Reader Conditions(Named);
    // Of the chain as it stands: a branch for each block, half a row for each test; guards are asked once.
    int Tests = 0;
    for (const BasicBlock* Block : C.Blocks)
      Tests +=
          countTests(Conditions.formula(cast<BranchInst>(Block->getTerminator())->getCondition(), false));
    const int Before = std::max<int>(C.Blocks.size(), (Tests + 1) / 2);
    if (Before < LeastGain + 2) continue;
    Rules List;
    for (size_t I = 0; I < C.Steps.size(); ++I) {
      std::vector<FormulaRef> All;
      for (const auto& [Guard, Negated] : reverse(C.Steps[I].Guards))
        All.push_back(Conditions.formula(Guard, Negated));
      All.push_back(Conditions.formula(cast<BranchInst>(C.Steps[I].Block->getTerminator())->getCondition(),
                                       C.Steps[I].Negated));
      List.push_back({junction(Formula::And, std::move(All)), I});
    }
    const NormanTreeCache::Trees::Grown& Grown = Cache.trees().grow(simplify(List, Nothing), Exclude);
    if (Grown.Root->Cost + LeastGain > Before || Grown.Nodes > kMostNodes) continue;
    Plans.push_back({BB, &C, std::move(Named), Grown.Root});
  }
  for (const Plan& P : Plans) Emitter(*P.Head, *P.From, P.Named, F).run(*P.Root);
  if (!Plans.empty()) EliminateUnreachableBlocks(F);
}
