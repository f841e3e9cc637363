// Evaluation of the typed AST, node by node.
#include "tests/support/evaluator.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>

#include "tests/support/checksum.h"
#include "tests/support/field_access.h"

namespace norman::test {

using ast::Bits128;
using ast::Direction;
using ast::Expr;
using ast::ExprKind;
using ast::Hook;
using ast::index;
using ast::Verdict;

// One packet in one direction. Values are optional: nothing means absent. A Bool is always there, as 0 or 1.
class Run {
 public:
  using Value = std::optional<Bits128>;

  Run(Evaluator& evaluator, PacketState state, Result& result)
      : evaluator_(evaluator), state_(std::move(state)), result_(result) {}

  // Runs the policies of the hooks in turn; false when one of them ended the packet.
  bool hooks(std::initializer_list<Hook> hooks) {
    for (const Hook hook : hooks)
      for (const ast::Policy& policy : evaluator_.program_.policies) {
        if (policy.hook != hook || (policy.scope & scopeOf(state_.headers)) == 0) continue;
        runPolicy(policy);
        if (result_.verdict != Verdict::Pass) return false;
      }
    return true;
  }

  // The frame as it goes on.
  Frame sent() {
    Frame frame = state_.frame;
    const Frame& before = state_.packet->frame;
    std::vector<Written> runs;
    for (const auto& [offset, bytes] : written_) runs.push_back({offset, bytes});
    repairChecksums(state_.headers, before, frame, runs);
    return frame;
  }
  uint32_t mark() const { return state_.mark; }

 private:
  static uint8_t scopeOf(const Headers& headers) {
    if (headers.ipv4) return ast::kScopeIpv4;
    if (headers.ipv6) return ast::kScopeIpv6;
    if (headers.arp) return ast::kScopeArp;
    return ast::kScopeOther;
  }

  void runPolicy(const ast::Policy& policy) {
    locals_.assign(policy.locals.size(), std::nullopt);
    reads_there_.assign(policy.locals.size(), true);
    if (!runList(policy, policy.statements)) decide(policy.default_outcome, policy.default_rule);
  }

  // The statements of a policy or chain; true when a rule decided, false when the list ended.
  bool runList(const ast::Policy& policy, const std::vector<ast::Statement>& statements) {
    for (const ast::Statement& statement : statements) {
      if (statement.let) {
        locals_[index(statement.let->local)] = evaluate(*statement.let->value);
        reads_there_[index(statement.let->local)] = readsAreThere(statement);
        continue;
      }
      if (!readsAreThere(statement)) continue;
      const ast::Rule& rule = *statement.rule;
      if (!holds(*rule.condition)) continue;
      for (const ast::Action& action : rule.actions) switch (action.kind) {
          case ast::ActionKind::Call:
            if (runList(policy, policy.chains[index(action.chain)].statements)) return true;
            break;  // the last action: the next statement follows
          case ast::ActionKind::Goto: return runList(policy, policy.chains[index(action.chain)].statements);
          case ast::ActionKind::Return: return false;
          case ast::ActionKind::Verdict: decide(action.outcome, rule.id); return true;
          case ast::ActionKind::Count: count(action, rule.id); break;
          case ast::ActionKind::Log:
          case ast::ActionKind::Capture: result_.hits.push_back({rule.id, action.kind, {}, 0}); break;
          case ast::ActionKind::Assign: assign(action.assignments); break;
          case ast::ActionKind::Update: evaluate(*action.update); break;
        }
    }
    return false;
  }

  void decide(const ast::Outcome& outcome, ast::RuleId rule) {
    result_.verdict = outcome.verdict;
    result_.reason = outcome.reason;
    result_.rule = rule;
  }

  void count(const ast::Action& action, ast::RuleId rule) {
    uint64_t element = 0;
    if (action.counter_index) {
      const Value value = evaluate(*action.counter_index);
      if (!value || *value >= Bits128{0, evaluator_.program_.counters[index(action.counter)].size}) return;
      element = value->lo;
    }
    Count& counter = evaluator_.counters_[index(action.counter)][element];
    ++counter.packets;
    counter.bytes += length();
    result_.hits.push_back({rule, ast::ActionKind::Count, action.counter, static_cast<uint32_t>(element)});
  }

  void assign(const std::vector<ast::Assignment>& assignments) {
    std::vector<Value> values;
    for (const ast::Assignment& assignment : assignments) values.push_back(evaluate(*assignment.value));
    for (size_t i = 0; i < assignments.size(); ++i) {
      const ast::FieldId target = assignments[i].target;
      if (!values[i] || !readField(state_, target)) continue;
      writeField(state_, target, *values[i]);
      noteWritten(ast::field(target).name);
    }
  }

  // Remembers the 16-bit words that a checksum covers.
  void noteWritten(std::string_view name) {
    const Headers& h = state_.headers;
    const std::string_view last = name.substr(name.find('.') + 1);
    const size_t ip = h.ipv4 ? *h.ipv4 : h.ipv6.value_or(0);
    const bool network = name.starts_with("ip");
    if (network && (last == "tos" || last == "dscp" || last == "ecn") && h.ipv4) written_.insert({ip, 2});
    if (network && (last == "ttl") && h.ipv4) written_.insert({ip + 8, 2});
    if (network && last == "src") written_.insert(h.ipv4 ? std::pair{ip + 12, size_t{4}} : std::pair{ip + 8, size_t{16}});
    if (network && last == "dst") written_.insert(h.ipv4 ? std::pair{ip + 16, size_t{4}} : std::pair{ip + 24, size_t{16}});
    if (last == "sport") written_.insert({h.layer4_offset, 2});
    if (last == "dport") written_.insert({h.layer4_offset + 2, 2});
  }

  uint64_t length() const { return std::min<uint64_t>(state_.packet->frame.size(), 65535); }

  bool holds(const Expr& condition) { return evaluate(condition).value().lo != 0; }

  static Value truth(bool value) { return Bits128{0, value ? 1u : 0u}; }

  Value evaluate(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::Literal: return as<ast::Literal>(expr).value;
      case ExprKind::FieldRef: {
        const Value value = readField(state_, as<ast::FieldRef>(expr).field);
        if (!value && expr.type.isBool()) return truth(false);
        return value;
      }
      case ExprKind::LocalRef: return locals_[index(as<ast::LocalRef>(expr).local)];
      case ExprKind::RawRead: return rawBytes(as<ast::RawRead>(expr));
      case ExprKind::MapValue:
        for (const ast::MapValue::Choice& choice : as<ast::MapValue>(expr).choices) {
          const std::optional<std::vector<Bits128>> key = keyOf(choice.operands);
          if (!key) continue;
          for (const ast::TableRow& row : evaluator_.program_.tables[index(choice.table)].rows)
            if (holds(row, *key)) return row.value;
        }
        return std::nullopt;
      case ExprKind::Present: {
        const Expr& operand = *as<ast::Present>(expr).operand;
        if (operand.kind == ExprKind::FieldRef)
          return truth(readField(state_, as<ast::FieldRef>(operand).field).has_value());
        return truth(evaluate(operand).has_value());
      }
      case ExprKind::Widen: return evaluate(*as<ast::Widen>(expr).operand);
      case ExprKind::Arith: return arithmetic(as<ast::Arith>(expr));
      case ExprKind::Compare: return compare(as<ast::Compare>(expr));
      case ExprKind::InSet: {
        const auto& node = as<ast::InSet>(expr);
        const Value value = evaluate(*node.operand);
        if (!value) return truth(false);
        const auto& intervals = evaluator_.program_.sets[index(node.set)].intervals;
        return truth(std::any_of(intervals.begin(), intervals.end(), [&](const ast::Interval& interval) {
          return interval.first <= *value && *value <= interval.last;
        }));
      }
      case ExprKind::InTable: {
        const auto& node = as<ast::InTable>(expr);
        const std::optional<std::vector<Bits128>> key = keyOf(node.operands);
        if (!key) return truth(false);
        const auto& rows = evaluator_.program_.tables[index(node.table)].rows;
        return truth(std::any_of(rows.begin(), rows.end(), [&](const ast::TableRow& row) { return holds(row, *key); }));
      }
      case ExprKind::OwnerTest: {
        const auto& node = as<ast::OwnerTest>(expr);
        const auto& predicate = evaluator_.program_.owner_predicates[index(node.predicate)];
        const bool of_owner = predicate.subject == ast::OwnerSubject::Owner;
        const std::optional<Owner>& subject = of_owner ? state_.packet->owner : state_.packet->socket;
        if (!subject) return truth(false);
        return truth(ownerMatches(predicate, subject, evaluator_.accounts_) != node.negated);
      }
      case ExprKind::MeterTest: return meter(as<ast::MeterTest>(expr));
      case ExprKind::StateValue: return stateValue(as<ast::StateValue>(expr));
      case ExprKind::Not: return truth(!holds(*as<ast::Not>(expr).operand));
      case ExprKind::And:
        for (const ast::ExprPtr& operand : as<ast::And>(expr).operands)
          if (!holds(*operand)) return truth(false);
        return truth(true);
      case ExprKind::Or:
        for (const ast::ExprPtr& operand : as<ast::Or>(expr).operands)
          if (holds(*operand)) return truth(true);
        return truth(false);
    }
    std::abort();
  }

  // Bytes of the first 128 of the frame as it came.
  Value rawBytes(const ast::RawRead& node) {
    const Headers& h = state_.headers;
    std::optional<size_t> base = 0;
    if (node.base == ast::RawBase::L3) base = h.ipv4 ? h.ipv4 : h.ipv6 ? h.ipv6 : h.arp;
    if (node.base == ast::RawBase::L4) base = h.layer4 == Layer4::None ? std::nullopt : std::optional(h.layer4_offset);
    const Value index = evaluate(*node.index);
    if (!base || !index) return std::nullopt;
    const Frame& frame = state_.packet->frame;
    const uint64_t first = *base + index->lo;
    if (first + node.bytes > std::min<size_t>(frame.size(), 128)) return std::nullopt;
    return Bits128{0, readBytes(frame, first, node.bytes)};
  }

  // Whether all raw bytes are there that a statement reads, in parts that decide nothing too, and those of the lets that it names.
  bool readsAreThere(const ast::Statement& statement) {
    bool there = true;
    ast::eachExpr(statement, [&](const Expr& expr) {
      if (expr.kind == ExprKind::RawRead) there &= rawBytes(as<ast::RawRead>(expr)).has_value();
      if (expr.kind == ExprKind::LocalRef) there &= reads_there_[index(as<ast::LocalRef>(expr).local)];
    });
    return there;
  }

  // The values of a combination; nothing when one is absent.
  std::optional<std::vector<Bits128>> keyOf(const std::vector<ast::ExprPtr>& operands) {
    std::vector<Bits128> key;
    bool present = true;
    for (const ast::ExprPtr& operand : operands) {
      const Value value = evaluate(*operand);
      present &= value.has_value();
      key.push_back(value.value_or(Bits128{}));
    }
    if (!present) return std::nullopt;
    return key;
  }
  static bool holds(const ast::TableRow& row, const std::vector<Bits128>& key) {
    for (size_t i = 0; i < key.size(); ++i)
      if (key[i] < row.key[i].first || key[i] > row.key[i].last) return false;
    return true;
  }

  Value arithmetic(const ast::Arith& node) {
    const Value lhs = evaluate(*node.lhs);
    const Value rhs = evaluate(*node.rhs);
    if (!lhs || !rhs) return std::nullopt;
    const uint64_t a = lhs->lo;
    const uint64_t b = rhs->lo;
    uint64_t value = 0;
    switch (node.op) {
      case ast::ArithOp::Add: value = a + b; break;
      case ast::ArithOp::Sub: value = a - b; break;
      case ast::ArithOp::Mul: value = a * b; break;
      case ast::ArithOp::And: value = a & b; break;
      case ast::ArithOp::Or: value = a | b; break;
      case ast::ArithOp::Xor: value = a ^ b; break;
      case ast::ArithOp::Shl: value = a << b; break;
      case ast::ArithOp::Shr: value = a >> b; break;
      case ast::ArithOp::Min: value = std::min(a, b); break;
      case ast::ArithOp::Max: value = std::max(a, b); break;
    }
    return Bits128{0, value & ast::lowOnes(node.type.bits).lo};
  }

  Value compare(const ast::Compare& node) {
    const Value lhs = evaluate(*node.lhs);
    const Value rhs = evaluate(*node.rhs);
    if (!lhs || !rhs) return truth(false);
    switch (node.op) {
      case ast::CompareOp::Eq: return truth(*lhs == *rhs);
      case ast::CompareOp::Ne: return truth(*lhs != *rhs);
      case ast::CompareOp::Lt: return truth(*lhs < *rhs);
      case ast::CompareOp::Le: return truth(*lhs <= *rhs);
      case ast::CompareOp::Gt: return truth(*lhs > *rhs);
      case ast::CompareOp::Ge: return truth(*lhs >= *rhs);
    }
    std::abort();
  }

  // The words of a key: whole ones in order, parts of at most 16 bits two in a word, the low half first.
  std::optional<std::array<uint32_t, 4>> stateKey(const std::vector<ast::KeyPart>& parts) {
    std::array<uint32_t, 4> key{};
    size_t next = 0;
    size_t half = key.size();  // a word whose upper half is free
    const auto narrow = [&](uint64_t bits) {
      if (half < key.size()) {
        key[half] |= static_cast<uint32_t>(bits << 16);
        half = key.size();
      } else {
        half = next;
        key[next++] = static_cast<uint32_t>(bits);
      }
    };
    const auto wide = [&](const Bits128& value) {
      for (const uint64_t bits : {value.hi >> 32, value.hi, value.lo >> 32, value.lo}) key[next++] = static_cast<uint32_t>(bits);
    };
    for (const ast::KeyPart& part : parts) {
      const Value value = evaluate(*part.value);
      if (part.v6 != nullptr) {
        const Value other = evaluate(*part.v6);
        if (!value && !other) return std::nullopt;
        wide(value ? Bits128{0, uint64_t{0xffff} << 32 | value->lo} : *other);
        continue;
      }
      if (!value) return std::nullopt;
      const ast::Type& type = part.value->type;
      if (type.isInt() && type.bits == 64) {
        key[next++] = static_cast<uint32_t>(value->lo >> 32);
        key[next++] = static_cast<uint32_t>(value->lo);
        continue;
      }
      if (type.kind == ast::TypeKind::Ipv6) wide(*value);
      else if (type.kind == ast::TypeKind::Mac) narrow(value->lo >> 32), key[next++] = static_cast<uint32_t>(value->lo);
      else if (type.isInt() && type.value_bits <= 16) narrow(value->lo);
      else key[next++] = static_cast<uint32_t>(value->lo);
    }
    return key;
  }

  Value stateValue(const ast::StateValue& node) {
    const auto key = stateKey(node.key);
    if (!key) return std::nullopt;
    const uint64_t* kept = statesOf(node.state).find(*key, state_.packet->time_ns * 16, false, false);
    return Bits128{0, kept == nullptr ? 0 : *kept};
  }

  // What both directions share is in one place.
  KeyedStates& statesOf(ast::MeterId id) {
    const bool shared = evaluator_.program_.meters[index(id)].home.has_value();
    return evaluator_.keyed_[shared ? 0 : static_cast<size_t>(state_.direction)][index(id)];
  }

  // A step of a state: what the condition says of it, and the change that follows. A key that is not kept has 0.
  Value stateStep(const ast::MeterTest& node) {
    const ast::Meter& meter = evaluator_.program_.meters[index(node.meter)];
    const ast::StateStep& step = *node.step;
    const auto key = stateKey(node.key);
    const Value limit = step.limit != nullptr ? evaluate(*step.limit) : Bits128{};
    if (!key || !limit) return truth(false);
    bool changes = step.then.kind != ast::StateChange::Keep || step.otherwise.kind != ast::StateChange::Keep;
    const auto valueOf = [&](const ast::StateStep::Change& change) {
      if (change.value == nullptr) return uint64_t{0};
      const Value value = evaluate(*change.value);
      changes = changes && value.has_value();
      return value.value_or(Bits128{}).lo;
    };
    const uint64_t then = valueOf(step.then);
    const uint64_t otherwise = valueOf(step.otherwise);
    const auto holds = [&](uint64_t state) {
      if (!step.op) return true;
      switch (*step.op) {
        case ast::CompareOp::Eq: return state == limit->lo;
        case ast::CompareOp::Ne: return state != limit->lo;
        case ast::CompareOp::Lt: return state < limit->lo;
        case ast::CompareOp::Le: return state <= limit->lo;
        case ast::CompareOp::Gt: return state > limit->lo;
        case ast::CompareOp::Ge: return state >= limit->lo;
      }
      std::abort();
    };
    const auto changed = [&](uint64_t state, ast::StateChange change, uint64_t value) {
      switch (change) {
        case ast::StateChange::Keep: break;
        case ast::StateChange::Set: state = value; break;
        case ast::StateChange::Add: state += value; break;
        case ast::StateChange::Sub: state -= value; break;
        case ast::StateChange::Max: state = std::max(state, value); break;
        case ast::StateChange::Min: state = std::min(state, value); break;
        case ast::StateChange::Or: state |= value; break;
        case ast::StateChange::AndNot: state &= ~value; break;
      }
      return meter.type.bits == 64 || meter.type.kind == ast::TypeKind::Mac ? state : state & 0xffffffff;
    };
    const bool first = holds(0);
    const bool kept = changes && (first ? step.then : step.otherwise).kind != ast::StateChange::Keep;
    uint64_t* state = statesOf(node.meter).find(
        *key, state_.packet->time_ns * 16, kept, changes);
    if (state == nullptr) return truth(first);
    const bool answer = holds(*state);
    if (changes) {
      const ast::StateStep::Change& change = answer ? step.then : step.otherwise;
      *state = changed(*state, change.kind, answer ? then : otherwise);
    }
    return truth(answer);
  }

  // A rate's state is the time at which the next packet is due, a quota's what has been used, that of `every` the
  // packets since the last one that it held for.
  Value meter(const ast::MeterTest& node) {
    if (node.step) return stateStep(node);
    const ast::Meter& meter = evaluator_.program_.meters[index(node.meter)];
    const auto direction = static_cast<size_t>(state_.direction);
    uint64_t* place = &evaluator_.meters_[direction][index(node.meter)];
    if (meter.keyed.size != 0) {
      const auto key = stateKey(node.key);
      if (!key) return truth(false);
      place = evaluator_.keyed_[direction][index(node.meter)].find(*key, state_.packet->time_ns * 16);
      if (place == nullptr) return truth((meter.keyed.full == ast::WhenFull::Within) != node.exceeds);
    }
    uint64_t& state = *place;
    const uint64_t now = state_.packet->time_ns * 16;
    uint64_t cost = meter.ticks_per_packet;
    if (meter.kind == ast::MeterKind::Rate && meter.per_byte) {
      cost = length() * meter.mantissa;
      cost = meter.shift >= 0 ? cost << meter.shift : cost >> -meter.shift;
    }
    bool conforms = false;
    switch (meter.kind) {
      case ast::MeterKind::Rate:
        conforms = state <= now + meter.tolerance;
        if (conforms) state = std::max(state, now) + cost;
        break;
      case ast::MeterKind::Quota:
        conforms = state < meter.limit;
        if (conforms) state += meter.per_byte ? length() : 1;
        break;
      case ast::MeterKind::Every:
        conforms = state < meter.limit;
        state = conforms ? state + 1 : 0;
        break;
      case ast::MeterKind::State: std::abort();  // has a step
    }
    return truth(conforms != node.exceeds);
  }

  Evaluator& evaluator_;
  PacketState state_;
  Result& result_;
  std::vector<Value> locals_;
  std::vector<bool> reads_there_;  // by local: whether all raw bytes are there that its let reads
  std::set<std::pair<size_t, size_t>> written_;  // offset, bytes
};

Evaluator::Evaluator(const ast::Program& program, Accounts accounts)
    : program_(program), accounts_(std::move(accounts)), interfaces_(program.interfaces) {
  for (const ast::Counter& counter : program.counters) counters_.emplace_back(counter.size);
  for (auto& meters : meters_) meters.assign(program.meters.size(), 0);
  for (auto& keyed : keyed_)
    for (const ast::Meter& meter : program.meters) keyed.emplace_back(meter.keyed);
}

uint64_t* KeyedStates::find(const std::array<uint32_t, 4>& key, uint64_t now, bool insert, bool touch) {
  uint64_t hash = 0;  // CRC-64 of ECMA-182, the most significant bit first
  for (const uint32_t word : key)
    for (int bit = 31; bit >= 0; --bit) {
      const bool carry = (hash >> 63) != (word >> bit & 1);
      hash = (hash << 1) ^ (carry ? 0x42f0e1eba9ea3693 : 0);
    }
  const auto time = static_cast<uint32_t>(now >> 24);
  const auto end = time + static_cast<uint32_t>(keyed_.timeout);
  const auto lives = [&](const Place& place) { return place.taken && (keyed_.timeout == 0 || (time - place.end) >> 31 != 0); };
  std::array<Place*, 4> ways{};
  for (size_t way = 0; way < ways.size(); ++way)
    ways[way] = &places_[(hash >> (16 * way)) % (places_.size() / 4) * 4 + way];
  for (Place* place : ways)
    if (lives(*place) && place->key == key) {
      if (touch) place->end = end;
      return &place->state;
    }
  if (!insert) return nullptr;
  const auto free = std::find_if(ways.begin(), ways.end(), [&](const Place* place) { return !lives(*place); });
  if (free == ways.end() && keyed_.full != ast::WhenFull::Replace) return nullptr;
  Place* place = free != ways.end() ? *free : ways[time % 4];
  *place = {true, key, end, 0};
  return &place->state;
}

// Named ones by the order of the policy, then the others in the order in which packets bring them: each in the block of the longest
// pattern that takes it in, or behind the named ones.
uint16_t Evaluator::interfaceNumber(const std::string& name) {
  if (name.empty()) return 0;
  const auto found = std::find(interfaces_.begin(), interfaces_.end(), name);
  if (found != interfaces_.end()) return static_cast<uint16_t>(found - interfaces_.begin() + 1);
  const auto known = patterned_.find(name);
  if (known != patterned_.end()) return known->second;
  std::optional<size_t> longest;
  for (size_t i = 0; i < program_.interface_patterns.size(); ++i) {
    const std::string& pattern = program_.interface_patterns[i].name;
    if (name.substr(0, pattern.size() - 1) + "*" == pattern && (!longest || pattern.size() > program_.interface_patterns[*longest].name.size())) longest = i;
  }
  if (longest) {
    taken_.resize(program_.interface_patterns.size());
    const uint64_t number = program_.interface_patterns[*longest].first + taken_[*longest]++;
    return patterned_[name] = static_cast<uint16_t>(number);
  }
  interfaces_.push_back(name);
  return static_cast<uint16_t>(interfaces_.size());
}

Result Evaluator::run(const Packet& packet) {
  Result result;
  result.frame = packet.frame;
  result.mark = packet.mark;
  Packet current = packet;
  // The host numbers an interface when it first brings a packet, whether a policy sees it or not.
  const uint16_t iface = interfaceNumber(packet.iface);
  const uint16_t oif = interfaceNumber(packet.oif);
  // One direction; false when the packet goes no further.
  const auto direction = [&](Direction which, std::initializer_list<Hook> hooks) {
    if (!program_.hasPolicies(which)) return true;
    PacketState state;
    state.packet = &current;
    state.direction = which;
    state.headers = findHeaders(current.frame);
    state.frame = current.frame;
    state.mark = current.mark;
    state.iface = iface;
    state.oif = oif;
    if (state.headers.incomplete && !program_.tests_incomplete[static_cast<size_t>(which)]) {
      ++incomplete_.packets;
      incomplete_.bytes += std::min<size_t>(current.frame.size(), 65535);
      result.verdict = Verdict::Drop;
      result.dropped_incomplete = true;
      result.rule = std::nullopt;
      return false;
    }
    Run run(*this, std::move(state), result);
    const bool passes = run.hooks(hooks);
    if (!passes) return false;  // it leaves as it came
    current.frame = result.frame = run.sent();
    current.mark = result.mark = run.mark();
    return true;
  };
  switch (packet.path) {
    case Path::Ingress:
      if (packet.local) direction(Direction::Ingress, {Hook::Prerouting, Hook::Input});
      else direction(Direction::Ingress, {Hook::Prerouting});
      break;
    case Path::Egress: direction(Direction::Egress, {Hook::Output, Hook::Postrouting}); break;
    case Path::Forward:
      if (direction(Direction::Ingress, {Hook::Prerouting}))
        direction(Direction::Egress, {Hook::Forward, Hook::Postrouting});
      break;
  }
  return result;
}

namespace {

// A name stands for the number that the account files give it, or for itself when it is one.
bool namesNumber(const std::string& name, uint32_t number, const std::map<std::string, uint32_t>& accounts) {
  const auto found = accounts.find(name);
  if (found != accounts.end()) return found->second == number;
  return name == std::to_string(number);
}

bool cgroupMatches(const std::string& name, const std::string& cgroup, bool subtree) {
  if (name == cgroup) return true;
  if (!subtree) return false;
  return name == "/" || (cgroup.starts_with(name) && cgroup[name.size()] == '/');
}

}  // namespace

bool ownerMatches(const ast::OwnerPredicate& predicate, const std::optional<Owner>& subject, const Accounts& accounts) {
  if (!subject) return false;
  return std::any_of(predicate.names.begin(), predicate.names.end(), [&](const std::string& name) {
    switch (predicate.attribute) {
      case ast::OwnerAttribute::User: return namesNumber(name, subject->uid, accounts.users);
      case ast::OwnerAttribute::Group: return namesNumber(name, subject->gid, accounts.groups);
      case ast::OwnerAttribute::Comm: return name.substr(0, 15) == subject->comm.substr(0, 15);
      case ast::OwnerAttribute::Cgroup: return cgroupMatches(name, subject->cgroup, predicate.subtree);
    }
    std::abort();
  });
}

}  // namespace norman::test
