// Which rules become entries.
//
// The rules of a chain that is called become entries too, with the conditions of the call before their own. A list has one
// order and no jumps, so what a `return` or `goto` in a chain leaves out gets the negation of its condition.
//
// What entries cannot do, the program does: conditions that no entry can test are computed before the lookup and tested as
// bits of the key, and of rules that go on the lookup tells the program which ones matched.
#include "compiler/codegen/rule_table.h"

#include <algorithm>
#include <map>
#include <set>

#include "compiler/codegen/packet_state.h"
#include "compiler/codegen/presence.h"
#include "compiler/codegen/same_expression.h"

namespace norman::codegen {
namespace {

// One rule may take so many entries; more are for the program.
constexpr size_t kMostEntries = 128;
// A list so long by its calls is no shorter way.
constexpr size_t kMostCubes = 8192;
// Rules that the lookup leaves to the program: a byte of actions has a bit for each.
constexpr size_t kMostCarried = 8;
// Entries that go on lie in one tree, or in sixteen places besides.
constexpr size_t kMostGoingOn = 64;
// Computed bits: each takes about a row before the lookup.
constexpr size_t kMostComputed = 10;
// Bits of the word of presence bits that are always zero take the first ones.
constexpr unsigned kFirstFreeBit = 27;
constexpr size_t kFreeBits = 32 - kFirstFreeBit;
static_assert(isa::kHasEth == 1u << (kFirstFreeBit - 1), "no presence bit lies above it");
// Key words that compare any entry word, and those that compare ranges (rule_list.cpp).
constexpr size_t kFreeWords = 4;
constexpr size_t kRangeWords = 2;

constexpr uint8_t flag(isa::ListFlag f) { return static_cast<uint8_t>(1u << static_cast<unsigned>(f)); }

bool overlap(const std::vector<Cube>& cubes) {
  for (size_t i = 0; i < cubes.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (!disjoint(cubes[i], cubes[j])) return true;
  return false;
}

bool isAlways(const ast::Expr& condition) {
  return condition.kind == ast::ExprKind::Literal && ast::as<ast::Literal>(condition).value.lo != 0;
}

/// Asks meters or state: may change them, and a packet comes to each at one place.
bool asksState(const ast::Expr& condition) {
  bool asks = false;
  ast::eachExpr(condition, [&](const ast::Expr& expr) { asks |= expr.kind == ast::ExprKind::MeterTest || expr.kind == ast::ExprKind::StateValue; });
  return asks;
}

/// A read before the list would take a gather stage of all its packets.
bool readsRawBytes(const ast::Expr& condition) {
  bool reads = false;
  ast::eachExpr(condition, [&](const ast::Expr& expr) { reads |= expr.kind == ast::ExprKind::RawRead; });
  return reads;
}

/// What a rule does, sorted by who does it.
struct Effect {
  uint8_t flags = 0;                   // of its entries
  const ast::Action* event = nullptr;  // the count or log that an entry does
  bool carried = false;                // the program does some of it
  const ast::Action* ending = nullptr; // verdict, call, goto, return
};

Effect effectOf(const ast::Rule& rule, bool all_carried) {
  Effect effect;
  for (const ast::Action& action : rule.actions) switch (action.kind) {
      case ast::ActionKind::Count:
      case ast::ActionKind::Log:
        if (all_carried || effect.event != nullptr || action.counter_index) {
          effect.carried = true;
          break;
        }
        effect.event = &action;
        effect.flags |= flag(isa::ListFlag::Counted);
        if (action.kind == ast::ActionKind::Log) effect.flags |= flag(isa::ListFlag::Logged);
        break;
      case ast::ActionKind::Capture:
        if (all_carried)
          effect.carried = true;
        else
          effect.flags |= flag(isa::ListFlag::Captured);
        break;
      case ast::ActionKind::Assign:
      case ast::ActionKind::Update:
        effect.carried = true;
        break;
      case ast::ActionKind::Verdict:
      case ast::ActionKind::Call:
      case ast::ActionKind::Goto:
      case ast::ActionKind::Return:
        effect.ending = &action;
        break;
    }
  return effect;
}

/// Makes one list of statements, as many as go.
class TablePlanner {
 public:
  TablePlanner(std::span<const ast::Statement> statements, const RuleTableContext& context) : context_(context) { chooseWords(statements); }

  std::optional<RuleTable> plan(std::span<const ast::Statement> statements, size_t fewest) {
    std::vector<Cube> everything{Cube{}};
    for (const ast::Statement& statement : statements) {
      const Mark mark = this->mark();
      if (!addStatement(statement, everything, context_.own_statements ? Level::Policy : Level::Chain)) {
        takeBack(mark);
        break;
      }
      ++table_.statements;
    }
    if (table_.statements == 0 || table_.rules < fewest) return std::nullopt;
    table_.key = list_.key();
    makeEntries();
    return std::move(table_);
  }

 private:
  /// Where statements stand: in the policy itself, in a chain that is emitted as code, or in a chain that a listed rule calls.
  enum class Level { Policy, Chain, Called };

  /// Of a rule of list_.
  struct Item {
    const ast::Rule* rule = nullptr;
    uint8_t flags = 0;
    uint8_t action = 0;
    const ast::Action* event = nullptr;
    std::optional<uint32_t> verdict = std::nullopt;
  };
  struct Mark {
    RuleList::Mark list;
    size_t items, computed, carried, called, continuing, together, rules;
    bool assigned, decides_late;
  };

  Mark mark() const {
    return {list_.mark(), items_.size(), table_.computed.size(), table_.carried.size(), table_.called.size(), continuing_.size(), most_together_, table_.rules, assigned_, decides_late_};
  }
  void takeBack(const Mark& mark) {
    list_.takeBack(mark.list);
    items_.resize(mark.items);
    table_.computed.resize(mark.computed);
    table_.carried.resize(mark.carried);
    table_.called.resize(mark.called);
    continuing_.resize(mark.continuing);
    most_together_ = mark.together;
    table_.rules = mark.rules;
    assigned_ = mark.assigned;
    decides_late_ = mark.decides_late;
  }

  /// The words that most rules test get the key words; tests of others are computed.
  void chooseWords(std::span<const ast::Statement> statements) {
    std::map<unsigned, size_t> rules_of;
    const auto note = [&](const ast::Statement& statement) {
      std::set<unsigned> words;
      ast::eachExpr(statement, [&](const ast::Expr& expr) {
        if (expr.kind == ast::ExprKind::FieldRef) {
          const ast::FieldId field = ast::as<ast::FieldRef>(expr).field;
          if (context_.stable(field))
            for (const Slice& slice : slicesOf(ast::field(field))) words.insert(slice.word);
        } else if (expr.kind == ast::ExprKind::OwnerTest) {
          words.insert(ast::index(ast::as<ast::OwnerTest>(expr).predicate) < 32 ? isa::kWPredLo : isa::kWPredHi);
        }
      });
      for (const unsigned word : words) ++rules_of[word];
    };
    for (const ast::Statement& statement : statements) note(statement);
    for (const ast::Chain& chain : context_.policy.chains)
      for (const ast::Statement& statement : chain.statements) note(statement);
    std::vector<std::pair<size_t, unsigned>> order;
    for (const auto& [word, rules] : rules_of) order.push_back({rules, word});
    std::ranges::stable_sort(order, [](const auto& a, const auto& b) { return a.first > b.first; });

    // Lengths are asked for by ranges. Interfaces never are, but each has a half of its word: they fit where no other word does.
    size_t rooms = kFreeWords - 1;  // presence bits have one
    for (unsigned word = isa::kWSrc0; word < isa::kWDst0 + 4; ++word) rooms += !rules_of.contains(word);
    const auto choose = [&](unsigned word) {
      if (rules_of.contains(word) && ranged_.size() < kRangeWords) ranged_.insert(word);
    };
    choose(isa::kWPorts);
    for (const auto& [rules, word] : order)
      if (word == isa::kWLength || word == isa::kWLengths) choose(word);
    const auto isOther = [this](unsigned word) {
      return !ranged_.contains(word) && word != isa::kWParse && (word < isa::kWSrc0 || word >= isa::kWDst0 + 4);
    };
    const auto others = [&] { return static_cast<size_t>(std::ranges::count_if(order, [&](const auto& item) { return isOther(item.second); })); };
    if (others() > rooms) choose(isa::kWIface);
    has_free_word_ = others() < rooms;
    for (const auto& [rules, word] : order)
      if (isOther(word) && words_.size() < rooms) words_.insert(word);
  }

  bool mayCompare(unsigned word) const {
    return word == isa::kWParse || ranged_.contains(word) || (word >= isa::kWSrc0 && word < isa::kWDst0 + 4) || words_.contains(word);
  }

  /// The bit that the condition gets, as it is before the list.
  std::optional<std::pair<unsigned, uint32_t>> computed(const ast::Expr& condition) {
    if (!context_.widely || asksState(condition) || readsRawBytes(condition)) return std::nullopt;
    bool rewritten = false;
    ast::eachExpr(condition, [&](const ast::Expr& expr) {
      rewritten |= expr.kind == ast::ExprKind::FieldRef && !context_.stable(ast::as<ast::FieldRef>(expr).field);
    });
    if (rewritten && assigned_) return std::nullopt;
    for (const ComputedBit& known : table_.computed)
      if (sameExpression(*known.condition, condition)) return std::pair{known.word, known.bit};
    const size_t number = table_.computed.size();
    if (number >= kMostComputed || (number >= kFreeBits && !has_free_word_)) return std::nullopt;
    const ComputedBit bit = number < kFreeBits ? ComputedBit{&condition, isa::kWParse, 1u << (kFirstFreeBit + number)}
                                               : ComputedBit{&condition, kComputedWord, 1u << (number - kFreeBits)};
    table_.computed.push_back(bit);
    return std::pair{bit.word, bit.bit};
  }

  std::optional<std::vector<Cube>> cubes(const ast::Expr& condition, bool negated = false) {
    const size_t before = table_.computed.size();
    auto result = cubesOf(condition, {context_.program, context_.stable, kMostEntries, [this](unsigned word) { return ranged_.contains(word); },
                                      [this](unsigned word) { return mayCompare(word); }, [this](const ast::Expr& expr) { return computed(expr); }},
                          negated);
    if (result) return result;
    table_.computed.resize(before);
    const auto bit = computed(condition);
    if (!bit) return std::nullopt;
    Cube cube;
    cube.words[bit->first] = {negated ? 0 : bit->second, bit->second};
    return std::vector{cube};
  }

  static std::optional<std::vector<Cube>> product(const std::vector<Cube>& a, const std::vector<Cube>& b) {
    std::vector<Cube> result;
    for (const Cube& x : a) {
      for (const Cube& y : b) meetInto(result, x, y);
      if (result.size() > kMostEntries) return std::nullopt;
    }
    return result;
  }

  /// Most of the continuing entries before `end` that one packet of the cube matches; counts to one more than a lookup gives.
  size_t mostContinuing(const Cube& cube, size_t end) const {
    size_t most = 0;
    for (size_t i = 0; i < end && most <= isa::kRuleContinuing; ++i) {
      std::vector<Cube> both;
      meetInto(both, continuing_[i], cube);
      for (const Cube& piece : both) most = std::max(most, 1 + mostContinuing(piece, i));
    }
    return most;
  }

  bool add(const std::vector<Cube>& cubes, Item item) {
    if (list_.cubes() + cubes.size() > kMostCubes) return false;
    if (item.verdict && decides_late_) return false;  // a goto's, behind the chain
    if (!item.verdict) {
      // A packet that matches two entries of a rule that goes on would be counted twice.
      if (item.event != nullptr && overlap(cubes)) return false;
      // Of more rules that go on a lookup would leave some out.
      for (const Cube& cube : cubes) {
        if (continuing_.size() == kMostGoingOn) return false;
        const size_t others = mostContinuing(cube, continuing_.size());
        if (others >= isa::kRuleContinuing) return false;
        most_together_ = std::max(most_together_, others + 1);
        continuing_.push_back(cube);
      }
    }
    if (!list_.add(cubes)) return false;
    items_.push_back(item);
    return true;
  }

  /// Entries of a rule that goes on and counts exclude each other.
  bool addGoingOn(const std::vector<Cube>& cubes, Item item) {
    const auto apart = item.event == nullptr ? cubes : takeApart(cubes, kMostGoingOn);
    if (!apart) return false;
    const Mark before = mark();
    if (add(*apart, item)) return true;
    takeBack(before);
    return false;
  }

  bool addList(std::span<const ast::Statement> statements, std::vector<Cube> where) {
    for (const ast::Statement& statement : statements) {
      if (where.empty()) return true;
      if (!addStatement(statement, where, Level::Called)) return false;
    }
    return true;
  }

  /// A rule that asks a meter or state: the program does all that it does, where its entries match.
  bool addLate(const ast::Statement& statement, const std::vector<Cube>& reached, const Effect& effect, size_t tested_from, Level level) {
    const ast::Rule& rule = *statement.rule;
    bool decides = false;
    if (effect.ending != nullptr) switch (effect.ending->kind) {
        case ast::ActionKind::Verdict:
          decides = true;
          break;
        case ast::ActionKind::Return:
          decides = level != Level::Called;
          break;
        default:
          break;
      }
    if (effect.ending != nullptr && !decides) return false;
    if (table_.carried.size() == kMostCarried) return false;
    const Item item{.rule = &rule, .flags = flag(isa::ListFlag::Carried), .action = static_cast<uint8_t>(1u << table_.carried.size())};
    table_.carried.push_back({.rule = &rule, .decides = decides, .tested_from = tested_from, .done = nullptr});
    for (const ast::Action& action : rule.actions) assigned_ |= action.kind == ast::ActionKind::Assign;
    decides_late_ |= decides;
    return add(reached, item);
  }

  /// `where`: what reaches the statement, and afterwards what goes on behind it.
  bool addStatement(const ast::Statement& statement, std::vector<Cube>& where, Level level) {
    if (!statement.rule) return false;
    const ast::Rule& rule = *statement.rule;
    ++table_.rules;

    // What the entries test, and from where on the program must.
    std::optional<size_t> tested_from;
    auto holds = std::optional(std::vector{Cube{}});
    if (asksState(*rule.condition)) {
      if (rule.condition->kind != ast::ExprKind::And) {
        tested_from = 0;
      } else {
        const auto& operands = ast::as<ast::And>(*rule.condition).operands;
        size_t first = 0;
        while (!asksState(*operands[first])) {
          const auto part = cubes(*operands[first]);
          if (!part || !(holds = product(*holds, *part))) return false;
          ++first;
        }
        tested_from = first;
      }
    } else {
      holds = cubes(*rule.condition);
    }
    if (!holds) return false;
    auto reached = product(where, *holds);
    if (!reached) return false;

    const Effect effect = effectOf(rule, tested_from.has_value());
    // What comes behind a rule that the program decides must wait for it: the entries of the list cannot.
    if (decides_late_ && !tested_from) return false;
    if (tested_from) return addLate(statement, *reached, effect, *tested_from, level);
    const bool decides = effect.ending != nullptr && effect.ending->kind == ast::ActionKind::Verdict;
    const bool leaves = effect.ending != nullptr && (effect.ending->kind == ast::ActionKind::Return || effect.ending->kind == ast::ActionKind::Goto);
    const bool jumps = effect.ending != nullptr && (effect.ending->kind == ast::ActionKind::Call || effect.ending->kind == ast::ActionKind::Goto);
    if (leaves && level == Level::Chain) return false;
    if (jumps && !context_.widely) return false;

    std::optional<uint32_t> verdict;
    if (decides)
      verdict = verdictWord(effect.ending->outcome, rule.id);
    else if (leaves && level == Level::Policy)
      verdict = verdictWord(context_.policy.default_outcome, context_.policy.default_rule);

    // The terminal entry does what the rule's entries do, unless a chain comes before it.
    const bool terminal_acts = verdict && !jumps;
    Item before{.rule = &rule};
    if (!terminal_acts) {
      before.flags = effect.flags;
      before.event = effect.event;
    }
    if (effect.carried) {
      if (table_.carried.size() == kMostCarried) return false;
      before.flags |= flag(isa::ListFlag::Carried);
      before.action = static_cast<uint8_t>(1u << table_.carried.size());
      table_.carried.push_back({.rule = &rule, .decides = false, .tested_from = {}, .done = effect.event});
      for (const ast::Action& action : rule.actions) assigned_ |= action.kind == ast::ActionKind::Assign;
    }
    if (before.flags != 0 && !addGoingOn(*reached, before)) {
      // One computed bit does not overlap with itself.
      const auto bit = computed(*rule.condition);
      if (!bit) return false;
      Cube cube;
      cube.words[bit->first] = {bit->second, bit->second};
      reached = product(where, {cube});
      if (!reached || !add(*reached, before)) return false;
    }
    if (jumps) {
      table_.called.push_back(effect.ending->chain);
      if (!addList(context_.policy.chains[ast::index(effect.ending->chain)].statements, *reached)) return false;
    }
    if (verdict) {
      Item terminal{.rule = &rule, .flags = flag(isa::ListFlag::Terminal), .verdict = verdict};
      if (terminal_acts) {
        terminal.flags |= effect.flags;
        terminal.event = effect.event;
      }
      if (!add(*reached, terminal)) return false;
    }
    if (leaves && level == Level::Called) {
      if (isAlways(*rule.condition)) {
        where.clear();
        return true;
      }
      const auto fails = cubes(*rule.condition, true);
      if (!fails) return false;
      auto rest = product(where, *fails);
      if (!rest) return false;
      where = std::move(*rest);
    }
    return true;
  }

  /// Rules that together decide all that the entry matches.
  std::optional<std::set<ast::RuleId>> coveringTogether(const RuleEntry& test) const {
    constexpr size_t kMostOthers = 16;
    std::vector<const RuleEntry*> others;
    std::vector<ast::RuleId> rules;  // theirs
    for (const RuleTableEntry& earlier : table_.entries) {
      if ((earlier.flags & flag(isa::ListFlag::Terminal)) == 0 || !earlier.test.meets(test)) continue;
      if (others.size() == kMostOthers) return std::nullopt;
      others.push_back(&earlier.test);
      rules.push_back(earlier.rule);
    }
    const auto parse = std::ranges::find(table_.key, std::optional(isa::kWParse));
    const auto possible = [&](const RuleEntry& entry) {
      if (parse == table_.key.end()) return true;
      const auto word = static_cast<size_t>(parse - table_.key.begin());
      return !contradicts(entry.value[word]) && (closure(entry.value[word]) & entry.mask[word] & ~entry.value[word]) == 0;
    };
    if (others.size() < 2 || !coveredTogether(test, others, possible)) return std::nullopt;
    // Only those that it takes.
    for (size_t i = others.size(); i-- > 0;) {
      std::vector<const RuleEntry*> rest = others;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      if (!coveredTogether(test, rest, possible)) continue;
      others = std::move(rest);
      rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return std::set(rules.begin(), rules.end());
  }

  void makeEntries() {
    struct Fate {
      bool reached = false;
      std::set<ast::RuleId> covered{};  // by these rules
    };
    std::map<ast::RuleId, Fate> fates;
    std::vector<bool> counted(items_.size());
    unsigned continuing_events = 0;
    bool terminal_event = false;
    for (RuleEntry& test : list_.entries()) {
      const Item& item = items_[test.rule];
      const ast::Rule& rule = *item.rule;
      const auto by = std::ranges::find_if(table_.entries, [&](const RuleTableEntry& earlier) {
        return (earlier.flags & flag(isa::ListFlag::Terminal)) != 0 && earlier.test.covers(test);
      });
      Fate& fate = fates[rule.id];
      std::set<ast::RuleId> deciders;
      if (by != table_.entries.end()) {
        deciders.insert(by->rule);
      } else if (auto several = coveringTogether(test)) {
        deciders = std::move(*several);
      }
      const bool reached = deciders.empty();
      deciders.erase(rule.id);
      if (!reached && deciders.empty()) continue;
      // The program is one that what is covered can come back to.
      RuleTableEntry entry{.test = test, .rule = rule.id, .range = rule.condition->range, .flags = item.flags, .action = item.action};
      if (item.verdict) {
        entry.argument = *item.verdict;
        ((*item.verdict & kVerdictMask) == static_cast<uint32_t>(isa::Verdict::Pass) ? table_.passes : table_.ends) = true;
      }
      if (item.event != nullptr) {
        entry.event = context_.event(*item.event, rule.id);
        if (item.verdict)
          terminal_event = true;
        else if (!counted[test.rule])
          ++continuing_events;
        counted[test.rule] = true;
      }
      if (!reached) {
        fate.covered.merge(deciders);
        table_.covered.push_back({table_.entries.size(), std::move(entry)});
        continue;
      }
      fate.reached = true;
      table_.entries.push_back(std::move(entry));
    }
    for (const auto& [rule, fate] : fates)
      if (!fate.reached && !fate.covered.empty()) table_.shadowed.push_back({rule, {fate.covered.begin(), fate.covered.end()}});
    table_.miss_events = std::min(continuing_events, static_cast<unsigned>(most_together_));
    table_.events = table_.miss_events + terminal_event;
  }

  const RuleTableContext& context_;
  RuleTable table_;
  RuleList list_;
  std::vector<Item> items_;
  std::vector<Cube> continuing_;  // of the entries that go on
  size_t most_together_ = 0;      // of them that one packet may match
  std::set<unsigned> ranged_;     // compared as ranges
  std::set<unsigned> words_;      // besides presence bits, addresses and ranged words
  bool has_free_word_ = false;
  bool assigned_ = false;         // some rule so far rewrites fields
  bool decides_late_ = false;     // the program decides some rule so far
};

std::optional<RuleTable> longestRun(std::span<const ast::Statement> statements, const RuleTableContext& context, size_t fewest) {
  return TablePlanner(statements, context).plan(statements, fewest);
}

}  // namespace

uint32_t verdictWord(const ast::Outcome& outcome, ast::RuleId rule) {
  const auto verdict = outcome.verdict == ast::Verdict::Pass   ? isa::Verdict::Pass
                       : outcome.verdict == ast::Verdict::Drop ? isa::Verdict::Drop
                                                               : isa::Verdict::Reject;
  return static_cast<uint32_t>(verdict) | static_cast<uint32_t>(outcome.reason) << 3 | static_cast<uint32_t>(ast::index(rule)) << 16;
}

std::optional<RuleTable> planRuleTable(std::span<const ast::Statement> statements, const RuleTableContext& context, size_t fewest) {
  std::optional<RuleTable> best = longestRun(statements, context, fewest);
  if (!best || context.fits(best->entries)) return best;
  // Fewer of them may fit: as many as halving finds.
  size_t too_many = best->statements;
  size_t enough = 0;
  best.reset();
  while (too_many - enough > 1) {
    const size_t tried = enough + (too_many - enough) / 2;
    std::optional<RuleTable> table = longestRun(statements.first(tried), context, fewest);
    if (table && !context.fits(table->entries)) {
      too_many = tried;
      continue;
    }
    enough = tried;
    if (table) best = std::move(table);
  }
  return best;
}

}  // namespace norman::codegen
