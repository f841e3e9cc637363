// Declarations, metadata and flat records of the objects that a program uses.
#include "compiler/codegen/objects.h"

#include <fmt/format.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/GlobalVariable.h>
#include <llvm/IR/Metadata.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#include "compiler/codegen/calls.h"
#include "compiler/codegen/table_key.h"
#include "norman/spec/isa.h"
#include "norman/spec/norman_hw.h"

namespace norman::codegen {
namespace {

// Records are written as they lie in memory.
static_assert(std::endian::native == std::endian::little, "image records are little endian");

uint32_t hashOf(std::string_view text) {
  uint32_t hash = 0x811c9dc5;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x01000193;
  return hash;
}

template <typename Record>
void append(std::string& bytes, const Record& record) {
  bytes.append(reinterpret_cast<const char*>(&record), sizeof record);
}

template <typename Enum>
unsigned number(Enum value) {
  return static_cast<unsigned>(value);
}

/// Runs of white space become one space: an action list is shown on one line.
std::string oneLine(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out;
}

/// "(ipv4, port)".
std::string keyTypes(const ast::Table& table) {
  std::string text;
  for (const ast::Type& type : table.key) text += (text.empty() ? "(" : ", ") + ast::typeName(type);
  return text + ")";
}

isa::ValueType valueType(const ast::Type& type) {
  switch (type.kind) {
    case ast::TypeKind::Ipv4:
      return isa::ValueType::Ipv4;
    case ast::TypeKind::Ipv6:
      return isa::ValueType::Ipv6;
    case ast::TypeKind::Mac:
      return isa::ValueType::Mac;
    case ast::TypeKind::Bool:
    case ast::TypeKind::Int:
      break;
  }
  switch (type.unit) {
    case ast::Unit::Port:
      return isa::ValueType::Port;
    case ast::Unit::Interface:
      return isa::ValueType::Interface;
    case ast::Unit::Bytes:
      return isa::ValueType::Bytes;
    case ast::Unit::None:
    case ast::Unit::Packets:
    case ast::Unit::Nanoseconds:
    case ast::Unit::Seconds:
      break;
  }
  return isa::ValueType::Number;
}

}  // namespace

std::array<uint32_t, 4> keyOf(const ast::Bits128& value, const ast::Type& type) {
  const auto word = [](uint64_t v, unsigned shift) { return static_cast<uint32_t>(v >> shift); };
  switch (type.bits) {
    case 128:
      return {word(value.hi, 32), word(value.hi, 0), word(value.lo, 32), word(value.lo, 0)};
    case 48:
      return {word(value.lo, 32), word(value.lo, 0), 0, 0};
    default:
      return {word(value.lo, 0), word(value.lo, 32), 0, 0};
  }
}

static const isa::ConfigInfo& overlayNamed(std::string_view name) {
  const auto found = std::ranges::find(isa::kConfigs, name, &isa::ConfigInfo::name);
  assert(found != std::end(isa::kConfigs) && "no such overlay");
  return *found;
}

Objects::Objects(llvm::Module& module, const ast::Program& program, const SourceManager& sources,
                 std::string_view overlay, Diagnostics& diagnostics, const std::vector<KeptObject>& keep,
                 bool spare_prefixes)
    : module_(module),
      program_(program),
      sources_(sources),
      diagnostics_(diagnostics),
      overlay_(overlayNamed(overlay)),
      keep_(keep),
      spare_prefixes_(spare_prefixes),
      plans_(program.sets.size()),
      table_plans_(program.tables.size()) {
  // What changes while packets flow has no other place: it is counted before what is only better off there.
  for (const ast::Set& set : program.sets)
    if (set.prefixes) prefix_tables_.insert(set.range.begin);
  for (const ast::Table& table : program.tables)
    if (table.prefixes) prefix_tables_.insert(table.range.begin);
  event_limit_ = overlay_.event_ids;
  for (const ast::Counter& counter : program.counters) {
    const uint32_t before = next_event_;
    counter_bases_.push_back(takeEvents(counter.name, number(isa::ObjectKind::Counter), counter.size));
    if (next_event_ > event_limit_ && before <= event_limit_)
      diagnostics_
          .report(DiagId::ResourceLimit, counter.range,
                  fmt::format("counter '{}' brings the counters to {} elements, the overlay '{}' counts {}",
                              counter.name, next_event_ - 1, overlay, event_limit_ - 1))
          .help("make arrays smaller, or remove counters");
  }
}

uint32_t eventType(unsigned kind, uint32_t size) { return hashOf(fmt::format("{}[{}]", kind, size)); }

uint32_t Objects::takeEvents(std::string_view shown, unsigned kind, uint32_t size) {
  const auto same = std::ranges::find_if(keep_, [&](const KeptObject& k) {
    return k.kind == kind && k.name == shown && k.size == size && k.type == eventType(kind, size);
  });
  if (same != keep_.end()) return same->base;
  const auto event = [](const KeptObject& k) {
    return k.kind == number(isa::ObjectKind::Counter) || k.kind == number(isa::ObjectKind::Log);
  };
  for (bool moved = true; moved;) {
    moved = false;
    for (const KeptObject& k : keep_)
      if (event(k) && k.base < next_event_ + size && next_event_ < k.base + k.size) {
        next_event_ = k.base + k.size;
        moved = true;
      }
  }
  next_event_ += size;
  return next_event_ - size;
}

uint32_t Objects::string(std::string_view text) {
  if (text.empty()) return isa::kNoName;
  const auto found = string_offsets_.find(text);
  if (found != string_offsets_.end()) return found->second;
  const auto offset = static_cast<uint32_t>(strings_.size());
  string_offsets_.emplace(text, offset);
  strings_.append(text);
  strings_ += '\0';
  return offset;
}

uint32_t lineWord(const ast::Program& program, const SourceManager& sources, const SourceRange& range) {
  static_assert(SourceManager::kMaxFileBytes < uint64_t{1} << isa::kLineBits);
  const auto file = std::find(program.files.begin(), program.files.end(), range.file);
  if (!range.valid() || file == program.files.end()) return 0;
  return static_cast<uint32_t>(file - program.files.begin()) << isa::kLineBits |
         sources.file(range.file).lineOf(range.begin);
}

/// An image knows the files of its rules; a place in another one is none to it.
uint32_t Objects::recordLine(const SourceRange& range) const {
  const uint32_t word = lineWord(program_, sources_, range);
  return word >> isa::kLineBits < program_.files_with_rules ? word : 0;
}

uint32_t Objects::lineOf(const SourceRange& range) const {
  return range.valid() ? sources_.file(range.file).lineOf(range.begin) : 0;
}

bool Objects::knows(unsigned kind, std::string_view name, ast::Direction direction) const {
  return known_.contains({fmt::format("{} {}", kind, name), direction});
}

void Objects::add(Object object) {
  if (known_.emplace(fmt::format("{} {}", object.kind, object.name), object.direction).second)
    objects_.push_back(std::move(object));
}

EventCall Objects::event(std::string name, std::string shown, unsigned kind, ast::Direction direction,
                         uint32_t base, uint32_t size, const SourceRange& range) {
  llvm::LLVMContext& context = module_.getContext();
  llvm::Type* i32 = llvm::Type::getInt32Ty(context);
  const EventCall call{declareCall(module_, "event." + name, llvm::Type::getVoidTy(context), {i32, i32}),
                       base};
  add({.name = std::move(name),
       .kind = kind,
       .direction = direction,
       .size = size,
       .type = eventType(kind, size),
       .range = range,
       .shown = std::move(shown),
       .base = base});
  return call;
}

EventCall Objects::counter(ast::CounterId id, ast::RuleId rule, ast::Direction direction) {
  const ast::Counter& counter = program_.counters[ast::index(id)];
  const unsigned kind = number(isa::ObjectKind::Counter);
  std::optional<ast::RuleId>& only = counter_rules_.emplace(id, rule).first->second;
  if (only != rule) {
    only.reset();
    for (Object& object : objects_)
      if (object.kind == kind && object.name == counter.name) object.range = counter.range;
  }
  return event(counter.name, counter.name, kind, direction, counter_bases_[ast::index(id)], counter.size,
               only ? program_.rules[ast::index(rule)].range : counter.range);
}

std::string Objects::ruleName(const ast::RuleInfo& rule) const {
  return rule.name.empty() ? fmt::format("{}.{}", rule.policy, lineOf(rule.range))
                           : fmt::format("{}.{}", rule.policy, rule.name);
}

EventCall Objects::log(ast::RuleId id, ast::Direction direction) {
  const ast::RuleInfo& rule = program_.rules[ast::index(id)];
  const auto [found, is_new] = log_ids_.emplace(id, 0);
  if (is_new) {
    found->second = takeEvents(ruleName(rule), number(isa::ObjectKind::Log), 1);
    if (next_event_ == event_limit_ + 1)  // the first that is too many
      diagnostics_
          .report(DiagId::ResourceLimit, rule.range,
                  fmt::format("this log needs event id {}, the overlay has {}", found->second, event_limit_))
          .help("make counter arrays smaller, or log in fewer rules");
  }
  // The rule's number keeps two unnamed rules of one line apart.
  return event(fmt::format("log{}.{}", ast::index(id), ruleName(rule)), ruleName(rule),
               number(isa::ObjectKind::Log), direction, found->second, 1, rule.range);
}

/// The contract reserves the id, so it needs no record.
EventCall Objects::incomplete() {
  llvm::Type* i32 = llvm::Type::getInt32Ty(module_.getContext());
  return {
      declareCall(module_, "event.parse.incomplete", llvm::Type::getVoidTy(module_.getContext()), {i32, i32}),
      isa::kEventIncomplete};
}

llvm::FunctionCallee Objects::meter(ast::MeterId id, ast::Direction direction) {
  const ast::Meter& meter = program_.meters[ast::index(id)];
  llvm::LLVMContext& context = module_.getContext();
  llvm::Type* i32 = llvm::Type::getInt32Ty(context);
  llvm::Type* i64 = llvm::Type::getInt64Ty(context);
  llvm::Type* result = llvm::StructType::get(context, {llvm::Type::getInt1Ty(context), i64});
  const bool rate = meter.kind == ast::MeterKind::Rate;
  const bool quota = meter.kind == ast::MeterKind::Quota;
  add({.name = meter.name,
       .kind = number(rate && meter.keyed.size == 0 ? isa::ObjectKind::Meter : isa::ObjectKind::State),
       .direction = direction,
       .size = std::max(meter.keyed.size, 1u),
       .type = hashOf((meter.kind == ast::MeterKind::State ? "state of " + ast::typeName(meter.type)
                       : rate                            ? "meter"
                       : !quota                          ? "every"
                       : meter.per_byte                  ? "quota of bytes"
                                                         : "quota of packets") +
                      keyText(meter)),
       .range = meter.range,
       .shown = meter.name});
  return declareCall(module_, "state." + meter.name, result, {i32, i64, i64, i64, i32});
}

llvm::FunctionCallee Objects::learned(ast::MeterId id, ast::Direction direction) {
  const ast::Meter& meter = program_.meters[ast::index(id)];
  llvm::LLVMContext& context = module_.getContext();
  llvm::Type* i32 = llvm::Type::getInt32Ty(context);
  llvm::Type* result = llvm::StructType::get(context, {llvm::Type::getInt1Ty(context), i32});
  constexpr uint32_t kTickShift = 24;  // of the times that its calls give
  add({.name = meter.name + ".keys",
       .kind = number(isa::ObjectKind::Learned),
       .direction = direction,
       .size = meter.keyed.size,
       .type = hashOf((!meter.home ? "keys" : meter.type.isBool() ? "shared keys" : "shared bytes") + keyText(meter)),
       .range = meter.range,
       .shown = meter.name,
       .base = meter.keyed.timeout == 0 ? 0 : kTickShift,
       .family = meter.home ? 1 + static_cast<unsigned>(*meter.home) : 0});
  return declareCall(module_, "learn." + meter.name + ".keys", result, {i32, i32, i32, i32, i32, i32, i32, i32});
}

/// What is kept for one key says nothing of another: the numbers of interfaces are those of the image.
std::string Objects::keyText(const ast::Meter& meter) const {
  if (meter.keyed.size == 0) return "";
  return " per " + meter.keyed.key + (meter.keyed.key.find("iface.") == std::string::npos ? "" : " of" + interfaceNames());
}

TableRoom Objects::room() {
  const auto stages = static_cast<unsigned>(std::ranges::count(overlay_.stages, 'L'));
  // Cuckoo hashing with four ways fills reliably to nine tenths.
  return {.exact = uint64_t{overlay_.exact_rows} * isa::kExactWays * 9 / 10,
          .prefixes = stages == 0 ? 0 : overlay_.prefix_entries,
          .scarce = spare_prefixes_ || prefix_tables_.size() >= stages};
}

const SetPlan& Objects::plan(ast::SetId id) {
  std::optional<SetPlan>& plan = plans_[ast::index(id)];
  if (plan) return *plan;
  const ast::Set& set = program_.sets[ast::index(id)];
  plan = planSet(set, room());
  if (plan->prefix_table) prefix_tables_.insert(set.range.begin);
  const std::string subject = set.name.empty() ? "list" : fmt::format("set '{}'", set.name);
  if (!plan->refusal.empty())
    diagnostics_
        .report(DiagId::ResourceLimit, set.range, fmt::format("{} is too large: {}", subject, plan->refusal))
        .help(
            plan->refusal.starts_with("its size") ? "give it a smaller size"
            : room().prefixes == 0 ? "use fewer or shorter ranges; this overlay has no prefix tables"
                                   : "use fewer or shorter ranges");
  else
    decisions_.push_back({set.range, fmt::format("{} of {}", subject, ast::typeName(set.type)),
                          plan->table_entries != 0, plan->reason});
  return *plan;
}

/// What else makes a set the same: without a size its values, for the program relies on them; of interfaces, what their
/// numbers stand for.
std::string Objects::contentsOf(const ast::Set& set) const {
  std::string text;
  if (set.type.unit == ast::Unit::Interface) text += interfaceNames();
  if (set.capacity == 0)
    for (const ast::Interval& i : set.intervals) text += fmt::format(" {:x}.{:x}..{:x}.{:x}", i.first.hi, i.first.lo, i.last.hi, i.last.lo);
  return text;
}

std::string Objects::contentsOf(const ast::Table& table) const {
  std::string text;
  const auto interface = [](const ast::Type& type) { return type.unit == ast::Unit::Interface; };
  if (std::ranges::any_of(table.key, interface) || (table.value && interface(*table.value))) text += interfaceNames();
  if (table.capacity == 0)
    for (const ast::TableRow& row : table.rows) {
      for (const ast::Interval& i : row.key) text += fmt::format(" {:x}.{:x}..{:x}.{:x}", i.first.hi, i.first.lo, i.last.hi, i.last.lo);
      text += fmt::format(" {:x}.{:x};", row.value.hi, row.value.lo);
    }
  return text;
}

std::string Objects::interfaceNames() const {
  std::string text;
  for (const std::string& name : program_.interfaces) text += " " + name;
  for (const ast::InterfacePattern& pattern : program_.interface_patterns) text += " " + pattern.name;
  return text;
}

llvm::FunctionCallee Objects::lookup(ast::SetId id, std::string_view operand, ast::Direction direction) {
  const ast::Set& set = program_.sets[ast::index(id)];
  auto& copies = copies_[{id, direction}];
  const unsigned copy = copies.emplace(operand, copies.size()).first->second;
  // Sets of one name differ by family; lists written in place have none.
  const unsigned family = set.type.kind == ast::TypeKind::Ipv4   ? 4
                          : set.type.kind == ast::TypeKind::Ipv6 ? 6
                                                                 : 0;
  const std::string shown = set.name.empty() ? fmt::format("list.{}", lineOf(set.range)) : set.name;
  std::string name = set.name.empty() ? fmt::format("list{}", ast::index(id)) : set.name;
  if (family == 6) name += ".v6";
  if (copy != 0) name += fmt::format(".{}", copy + 1);
  const bool prefixes = plan(id).prefix_table;
  const unsigned kind = number(prefixes ? isa::ObjectKind::Prefixes : isa::ObjectKind::Set);
  if (knows(kind, name, direction)) return declareLookup(name, prefixes);
  add({.name = name,
       .kind = kind,
       .direction = direction,
       .size = static_cast<uint32_t>(plan(id).table_entries),
       .type = hashOf("set " + ast::typeName(set.type) + contentsOf(set)),
       .range = set.range,
       .shown = shown,
       .family = family,
       .set = id});
  return declareLookup(name, prefixes);
}

llvm::FunctionCallee Objects::declareLookup(const std::string& name, bool prefixes) {
  llvm::LLVMContext& context = module_.getContext();
  llvm::Type* i32 = llvm::Type::getInt32Ty(context);
  llvm::Type* result = llvm::StructType::get(context, {llvm::Type::getInt1Ty(context), i32});
  return declareCall(module_, (prefixes ? "prefix." : "lookup.") + name, result, {i32, i32, i32, i32}, true);
}

const TablePlan& Objects::plan(ast::TableId id) {
  std::optional<TablePlan>& plan = table_plans_[ast::index(id)];
  if (plan) return *plan;
  const ast::Table& table = program_.tables[ast::index(id)];
  plan = planTable(table, room());
  if (plan->prefix_table) prefix_tables_.insert(table.range.begin);
  const std::string subject =
      table.name.empty() ? "list" : fmt::format("{} '{}'", table.value ? "map" : "set", table.name);
  if (!plan->refusal.empty()) {
    plan->table_entries = 0;  // its key may have no layout
    plan->inline_rows.clear();
    diagnostics_
        .report(DiagId::ResourceLimit, table.range,
                fmt::format("{} is too large: {}", subject, plan->refusal))
        .help(plan->refusal.starts_with("its size") ? "give it a smaller size"
                                                       : "use fewer or shorter ranges, or combinations of fewer values");
  } else {
    decisions_.push_back({table.range, fmt::format("{} of {}", subject, keyTypes(table)),
                          plan->table_entries != 0, plan->reason});
  }
  return *plan;
}

llvm::FunctionCallee Objects::lookup(ast::TableId id, std::string_view operand, ast::Direction direction,
                                     unsigned piece) {
  const ast::Table& table = program_.tables[ast::index(id)];
  auto& copies = table_copies_[{id, direction}];
  const unsigned copy = copies.emplace(operand, copies.size()).first->second;
  // Tables of one name differ by the families of their addresses.
  std::string name = table.name.empty() ? fmt::format("table{}", ast::index(id)) : table.name;
  unsigned family = 0;
  for (const ast::Type& type : table.key) {
    if (type.kind == ast::TypeKind::Ipv4) name += ".v4";
    if (type.kind == ast::TypeKind::Ipv6) name += ".v6";
    if (type.kind == ast::TypeKind::Ipv4 && family == 0) family = 4;
    if (type.kind == ast::TypeKind::Ipv6 && family == 0) family = 6;
  }
  if (piece != 0) name += ".low";
  if (copy != 0) name += fmt::format(".{}", copy + 1);
  const bool prefixes = plan(id).prefix_table;
  const unsigned kind = number(prefixes ? isa::ObjectKind::Prefixes : isa::ObjectKind::Set);
  if (knows(kind, name, direction)) return declareLookup(name, prefixes);
  add({.name = name,
       .kind = kind,
       .direction = direction,
       .size = static_cast<uint32_t>(plan(id).table_entries),
       .type = hashOf((table.value ? "map " : "set ") + keyTypes(table) +
                      (table.value ? " " + ast::typeName(*table.value) : "") + contentsOf(table)),
       .range = table.range,
       .shown = table.name.empty() ? fmt::format("list.{}", lineOf(table.range)) : table.name,
       .family = family,
       .rows = id,
       .piece = piece});
  return declareLookup(name, prefixes);
}

void Objects::appendEntries(uint32_t object, const Object& of, std::string& entries) const {
  const auto add = [&](const std::array<uint32_t, 4>& key, uint32_t value, const SourceRange& range, unsigned length = 0) {
    norman_image_table_entry entry{};
    entry.object = object;
    entry.length = static_cast<uint8_t>(length);
    entry.value = value;
    std::memcpy(entry.key, key.data(), sizeof entry.key);
    entry.line = recordLine(range);
    append(entries, entry);
  };
  if (of.set) {
    const ast::Set& set = program_.sets[ast::index(*of.set)];
    for (const Prefix& prefix : plans_[ast::index(*of.set)]->prefixes)
      add(prefixKey(prefix.value, set.type.bits), 0, set.range, prefix.length);
    for (const ast::Interval& interval : plans_[ast::index(*of.set)]->table_intervals)
      for (ast::Bits128 value = interval.first;; value = ast::next(value)) {
        add(keyOf(value, set.type), 0, set.range);
        if (value == interval.last) break;
      }
  }
  if (!of.rows) return;
  const ast::Table& table = program_.tables[ast::index(*of.rows)];
  const auto valueOf = [&](const ast::TableRow& row) {
    return !table.value                                                   ? 0
           : table.value->kind == ast::TypeKind::Mac && of.piece == 0 ? static_cast<uint32_t>(row.value.lo >> 32)
                                                                          : static_cast<uint32_t>(row.value.lo);
  };
  const TablePlan& plan = *table_plans_[ast::index(*of.rows)];
  for (const PrefixRow& prefix : plan.prefixes)
    add(prefixKey(prefix.prefix.value, table.key[0].bits), valueOf(table.rows[prefix.row]), table.rows[prefix.row].range,
        prefix.prefix.length);
  std::set<std::array<uint32_t, 4>> known;  // rows may overlap: the first one counts
  for (const size_t number : plan.table_rows) {
    const std::vector<ast::Interval>& intervals = table.rows[number].key;
    const uint32_t value = valueOf(table.rows[number]);
    std::vector<ast::Bits128> values;
    for (const ast::Interval& interval : intervals) values.push_back(interval.first);
    for (;;) {
      const auto key = keyOf(values, table.key);
      if (known.insert(key).second) add(key, value, table.rows[number].range);
      size_t i = 0;  // counts up like a number with a digit for each part
      while (i < values.size() && values[i] == intervals[i].last) {
        values[i] = intervals[i].first;
        ++i;
      }
      if (i == values.size()) break;
      values[i] = ast::next(values[i]);
    }
  }
}

/// What a set's key is made of; keyOf above, in records.
void Objects::appendTable(uint32_t object, const Object& of, std::string& tables, std::string& pieces) const {
  const auto piece = [&](unsigned part, const ast::Type& type, unsigned low, unsigned width, unsigned word, unsigned shift) {
    append(pieces, norman_image_piece{.object = object,
                                      .part = static_cast<uint8_t>(part),
                                      .type = static_cast<uint8_t>(number(valueType(type))),
                                      .low = static_cast<uint8_t>(low),
                                      .width = static_cast<uint8_t>(width),
                                      .word = static_cast<uint8_t>(word),
                                      .shift = static_cast<uint8_t>(shift),
                                      .zero = 0});
  };
  norman_image_table record{};
  record.object = object;
  if (of.set) {
    const ast::Set& set = program_.sets[ast::index(*of.set)];
    record.declaration = static_cast<uint32_t>(ast::index(*of.set));
    record.changes = set.capacity != 0;
    const unsigned words = (set.type.bits + 31u) / 32u;
    for (unsigned word = 0; word < words; ++word) {
      const unsigned low = 32 * (set.type.isInt() ? word : words - 1 - word);
      piece(0, set.type, low, std::min(32u, set.type.bits - low), word, 0);
    }
  } else {
    const ast::Table& table = program_.tables[ast::index(*of.rows)];
    record.declaration = static_cast<uint32_t>(program_.sets.size() + ast::index(*of.rows));
    record.changes = table.capacity != 0;
    const auto layout = keyLayout(table.key);
    for (const KeyPiece& p : *layout) piece(p.part, table.key[p.part], lowestBit(p, table.key), p.width, p.word, p.shift);
    if (table.value) {
      const bool mac = table.value->kind == ast::TypeKind::Mac;
      piece(isa::kPieceOfValue, *table.value, mac && of.piece == 0 ? 32 : 0, mac && of.piece == 0 ? 16 : 32, 0, 0);
    }
  }
  append(tables, record);
}

llvm::FunctionCallee Objects::rules(std::string_view policy, std::string_view owner, RuleTable table, ast::Direction direction,
                                    const SourceRange& range, const ListPlace& place) {
  // Numbered over both programs: lists of one name would be one list.
  const std::string name = fmt::format("{}.rules{}", policy, lists_.size() + 1);
  llvm::LLVMContext& context = module_.getContext();
  llvm::Type* i32 = llvm::Type::getInt32Ty(context);
  llvm::Type* result = llvm::StructType::get(context, {llvm::Type::getInt1Ty(context), i32, i32});
  add({.name = name,
       .kind = number(isa::ObjectKind::Rules),
       .direction = direction,
       .size = static_cast<uint32_t>(table.entries.size()),
       .type = hashOf("rules"),
       .range = range,
       .shown = name,
       .list = lists_.size()});
  listed_.push_back({place, range, name, table.rules, table.entries.size(), table.computed.size()});
  lists_.push_back(std::move(table));
  owners_.emplace_back(owner);
  return declareCall(module_, "rules." + name, result, std::vector<llvm::Type*>(isa::kRuleKeyWords + 1, i32));
}

std::vector<std::string> Objects::actionTexts() const {
  std::vector<std::string> texts(program_.rules.size());
  std::vector<SourceRange> places(program_.rules.size());
  for (const ast::Policy& policy : program_.policies) {
    const ast::Outcome& outcome = policy.default_outcome;
    std::string& text = texts[ast::index(policy.default_rule)];
    text = outcome.verdict == ast::Verdict::Pass   ? "pass"
           : outcome.verdict == ast::Verdict::Drop ? "drop"
                                                   : "reject";
    if (outcome.verdict == ast::Verdict::Reject)
      text += fmt::format(" {}", ast::rejectReasonName(outcome.reason));
    ast::eachStatement(policy, [&](const ast::Statement& statement) {
      if (!statement.rule || statement.rule->actions.empty()) return;
      const auto& actions = statement.rule->actions;
      // The statements of one rule follow each other.
      SourceRange& whole = places[ast::index(statement.rule->id)];
      const SourceRange here = join(actions.front().range, actions.back().range);
      whole = whole.valid() && whole.begin <= here.begin ? join(whole, here) : here;
      texts[ast::index(statement.rule->id)] = oneLine(sources_.text(whole));
    });
  }
  return texts;
}

void Objects::emitSection(std::string_view section, const std::string& bytes) {
  if (bytes.empty()) return;
  llvm::Constant* data = llvm::ConstantDataArray::getString(module_.getContext(), bytes, false);
  auto* global = new llvm::GlobalVariable(module_, data->getType(), true, llvm::GlobalValue::ExternalLinkage,
                                          data, llvm::Twine("norman.section") + llvm::StringRef(section));
  global->setSection(llvm::StringRef(section));
  global->setAlignment(llvm::Align(8));
}

std::map<size_t, std::vector<RuleTableEntry>> Objects::listEntries() const {
  std::map<size_t, std::vector<RuleTableEntry>> entries;
  for (size_t i = 0; i < objects_.size(); ++i)
    if (objects_[i].list) entries[i] = lists_[*objects_[i].list].entries;
  return entries;
}

void Objects::appendList(uint32_t object, size_t list, std::string& lists, std::string& keys, std::string& heads) {
  const RuleTable& table = lists_[list];
  const auto bit = [](isa::ListEnd end, bool set) { return static_cast<uint8_t>(set ? 1u << number(end) : 0); };
  append(heads, norman_image_list_head{.object = object,
                                       .owner = string(owners_[list]),
                                       .hook = static_cast<uint8_t>(listed_[list].place.hook),
                                       .ends = static_cast<uint8_t>(bit(isa::ListEnd::Pass, table.passes) | bit(isa::ListEnd::Stop, table.ends)),
                                       .events = static_cast<uint8_t>(table.events),
                                       .miss_events = static_cast<uint8_t>(table.miss_events)});
  const auto add = [&](const RuleTableEntry& entry, bool covered) {
    norman_image_list_entry record{};
    record.object = object;
    record.flags = static_cast<uint8_t>(entry.flags | (covered ? 1u << number(isa::ListFlag::Covered) : 0));
    record.action = entry.action;
    record.invert = entry.test.invert;
    record.argument = entry.argument;
    record.event = entry.event;
    record.rule = static_cast<uint16_t>(ast::index(entry.rule));
    std::ranges::copy(entry.test.value, record.value);
    std::ranges::copy(entry.test.mask, record.mask);
    record.line = recordLine(entry.range);
    append(lists, record);
  };
  auto covered = table.covered.begin();
  for (size_t i = 0; i <= table.entries.size(); ++i) {
    for (; covered != table.covered.end() && covered->before == i; ++covered) add(covered->entry, true);
    if (i != table.entries.size()) add(table.entries[i], false);
  }
  for (size_t i = 0; i < table.key.size(); ++i)
    if (table.key[i])
      append(keys, norman_image_key_word{
                       .object = object, .key = static_cast<uint8_t>(i), .word = static_cast<uint8_t>(*table.key[i] == kComputedWord ? 255 : *table.key[i]), .zero = 0});
}

/// `!norman.keep`: the places of the other image's objects, each with the object that should have it.
void Objects::emitKept() {
  llvm::LLVMContext& context = module_.getContext();
  const auto constant = [&](size_t v) {
    return llvm::ConstantAsMetadata::get(llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), static_cast<uint32_t>(v)));
  };
  std::set<size_t> given;
  for (const KeptObject& k : keep_) {
    if (k.kind == number(isa::ObjectKind::Counter) || k.kind == number(isa::ObjectKind::Log)) continue;
    std::vector<llvm::Metadata*> operands = {constant(k.program), constant(k.kind), constant(k.stage), constant(k.base), constant(k.size)};
    for (size_t i = 0; i < objects_.size(); ++i) {
      const Object& o = objects_[i];
      // A set may grow: its entries lie where there is room.
      const bool fits = o.size == k.size || ((k.kind == number(isa::ObjectKind::Set) || k.kind == number(isa::ObjectKind::Prefixes)) && o.size > k.size);
      if (o.kind != k.kind || number(o.direction) != k.program || o.shown != k.name || o.type != k.type || o.piece != k.piece || !fits ||
          !given.insert(i).second)
        continue;
      operands.push_back(constant(i));
      break;
    }
    module_.getOrInsertNamedMetadata("norman.keep")->addOperand(llvm::MDNode::get(context, operands));
  }
}

void Objects::finish() {
  llvm::LLVMContext& context = module_.getContext();
  const auto text = [&](std::string_view s) { return llvm::MDString::get(context, llvm::StringRef(s)); };
  const auto constant = [&](uint32_t v) {
    return llvm::ConstantAsMetadata::get(llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), v));
  };

  llvm::NamedMDNode* objects = module_.getOrInsertNamedMetadata("norman.objects");
  std::string entries;
  std::string lists;
  std::string keys;
  std::string heads;
  std::string tables;
  std::string pieces;
  for (size_t i = 0; i < objects_.size(); ++i) {
    const Object& o = objects_[i];
    objects->addOperand(llvm::MDNode::get(
        context,
        {text(o.name), constant(o.kind), constant(number(o.direction)), constant(o.size), constant(o.type),
         constant(recordLine(o.range)), constant(string(o.shown)), constant(o.base), constant(o.family)}));
    appendEntries(static_cast<uint32_t>(i), o, entries);
    if (o.set || o.rows) appendTable(static_cast<uint32_t>(i), o, tables, pieces);
    if (o.list) appendList(static_cast<uint32_t>(i), *o.list, lists, keys, heads);
  }

  emitKept();

  std::string rules;
  const std::vector<std::string> actions = actionTexts();
  for (size_t i = 0; i < program_.rules.size(); ++i) {
    const ast::RuleInfo& rule = program_.rules[i];
    const SourceFile& file = sources_.file(rule.range.file);
    const LineColumn place = file.lineColumn(rule.range.begin);
    append(rules, norman_image_rule{.policy = string(rule.policy),
                                    .name = string(rule.name),
                                    .file = string(file.name()),
                                    .line = place.line,
                                    .column = place.column,
                                    .action = string(actions[i])});
  }

  std::string predicates;
  for (size_t bit = 0; bit < program_.owner_predicates.size(); ++bit) {
    const ast::OwnerPredicate& predicate = program_.owner_predicates[bit];
    const auto kind = [&] {
      switch (predicate.attribute) {
        case ast::OwnerAttribute::User:
          return isa::PredicateKind::User;
        case ast::OwnerAttribute::Group:
          return isa::PredicateKind::Group;
        case ast::OwnerAttribute::Comm:
          return isa::PredicateKind::Comm;
        case ast::OwnerAttribute::Cgroup:
          break;
      }
      return predicate.subtree ? isa::PredicateKind::CgroupIn : isa::PredicateKind::Cgroup;
    }();
    for (const std::string& name : predicate.names)
      append(predicates, norman_image_predicate{
                             .bit = static_cast<uint8_t>(bit),
                             .subject = static_cast<uint8_t>(predicate.subject == ast::OwnerSubject::Socket),
                             .kind = static_cast<uint8_t>(kind),
                             .zero = 0,
                             .name = string(name)});
  }

  std::string interfaces;
  for (size_t i = 0; i < program_.interfaces.size(); ++i)
    append(interfaces, norman_image_interface{.name = string(program_.interfaces[i]),
                                              .number = static_cast<uint32_t>(i + 1)});
  for (const ast::InterfacePattern& pattern : program_.interface_patterns)
    append(interfaces, norman_image_interface{.name = string(pattern.name), .number = static_cast<uint32_t>(pattern.first)});

  emitSection(NORMAN_IMAGE_RULE_SECTION, rules);
  emitSection(NORMAN_IMAGE_PREDICATE_SECTION, predicates);
  emitSection(NORMAN_IMAGE_INTERFACE_SECTION, interfaces);
  emitSection(NORMAN_IMAGE_TABLE_ENTRY_SECTION, entries);
  emitSection(NORMAN_IMAGE_LIST_ENTRY_SECTION, lists);
  emitSection(NORMAN_IMAGE_KEY_WORD_SECTION, keys);
  emitSection(NORMAN_IMAGE_LIST_HEAD_SECTION, heads);
  emitSection(NORMAN_IMAGE_TABLE_SECTION, tables);
  emitSection(NORMAN_IMAGE_PIECE_SECTION, pieces);
  emitSection(".norman.strings", strings_);
}

}  // namespace norman::codegen
