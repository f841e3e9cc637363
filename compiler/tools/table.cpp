// normanc table: what the sets, maps and rule lists of an image hold, and changes of it.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include <fmt/format.h>

#include "compiler/support/nearest_name.h"
#include "compiler/support/source.h"
#include "compiler/tools/added_rules.h"
#include "compiler/tools/arguments.h"
#include "compiler/tools/image_tables.h"
#include "compiler/tools/output.h"
#include "compiler/tools/policy_input.h"
#include "compiler/tools/table_text.h"
#include "overlay_rtl/model/offline/json_text.h"

namespace norman::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostMessages = 20;

std::string_view kindOf(const ImageTable& table) { return table.value ? "map" : "set"; }

/// Where the hardware has it: "ingress 2, 14; egress 2".
std::string placesOf(const PolicyImage& image, const std::vector<std::uint32_t>& objects) {
  std::string text;
  std::optional<isa::Program> program;
  for (const std::uint32_t index : objects) {
    const PolicyImage::Object& object = image.objects()[index];
    if (object.stage == isa::kStageExit) continue;
    text += object.program == program ? ", " : fmt::format("{}{} ", text.empty() ? "" : "; ", isa::kProgramNames[static_cast<std::size_t>(object.program)]);
    text += std::to_string(object.stage);
    program = object.program;
  }
  return text.empty() ? "nowhere" : text;
}

Json placesJson(const PolicyImage& image, const std::vector<std::uint32_t>& objects) {
  Json places = Json::array();
  for (const std::uint32_t index : objects) {
    const PolicyImage::Object& object = image.objects()[index];
    if (object.stage != isa::kStageExit)
      places.push_back({{"program", isa::kProgramNames[static_cast<std::size_t>(object.program)]}, {"stage", object.stage}});
  }
  return places;
}

Json placeJson(const PolicyImage& image, std::uint32_t line) { return line == 0 ? Json() : Json(image.place(line)); }

void listTables(const PolicyImage& image, const ImageTables& all, bool json) {
  using Row = std::array<std::string, 7>;
  std::vector<Row> rows = {{"name", "kind", "key", "value", "entries", "size", "stages"}};
  for (const ImageTable& table : all.tables) {
    if (json) {
      Json key = Json::array();
      for (std::size_t i = 0; i < table.key.size(); ++i) key.push_back(partText(table, i));
      fmt::print("{}\n", jsonText(Json{{"table", table.name}, {"kind", kindOf(table)}, {"key", key},
                                       {"value", table.value ? Json(isa::kValueTypeNames[static_cast<std::size_t>(*table.value)]) : Json()},
                                       {"entries", table.entries.size()}, {"size", table.changes ? Json(table.size) : Json()},
                                       {"stages", placesJson(image, table.objects)}, {"place", placeJson(image, table.line)}}));
      continue;
    }
    rows.push_back({table.name, std::string(kindOf(table)), keyText(table),
                    table.value ? std::string(isa::kValueTypeNames[static_cast<std::size_t>(*table.value)]) : "-", std::to_string(table.entries.size()),
                    table.changes ? std::to_string(table.size) : "fixed", placesOf(image, table.objects)});
  }
  for (const ImageList& list : all.lists) {
    if (json) {
      fmt::print("{}\n", jsonText(Json{{"table", list.name}, {"kind", "rules"}, {"rules", list.rules.size()}, {"entries", list.loadedEntries()},
                                       {"stages", placesJson(image, {list.object})},
                                       {"place", placeJson(image, image.objects()[list.object].line)}}));
      continue;
    }
    rows.push_back({list.name, "rules", "-", "-", std::to_string(list.loadedEntries()), "-", placesOf(image, {list.object})});
  }
  if (json) return;
  if (rows.size() == 1) {
    fmt::print("no tables: the program tests what the policy's sets hold by itself\n");
    return;
  }
  std::array<std::size_t, 7> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool number = i == 4 || i == 5;
      line += i + 1 == row.size() ? row[i] : number ? fmt::format("{:>{}}  ", row[i], widths[i]) : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    fmt::print("{}\n", line);
  }
}

void listEntries(const PolicyImage& image, const ImageTable& table, bool json) {
  for (const auto& [key, entry] : table.entries) {
    if (!json) {
      fmt::print("{}\n", entryText(table, key, entry, image));
      continue;
    }
    Json parts = Json::array();
    for (std::size_t i = 0; i < table.key.size(); ++i) parts.push_back(keyPartText(table, key, i, image));
    fmt::print("{}\n", jsonText(Json{{"table", table.name}, {"entry", entryText(table, key, entry, image)}, {"key", parts},
                                     {"value", table.value ? Json(valueText(entry.value, *table.value, image)) : Json()},
                                     {"place", placeJson(image, entry.line)}}));
  }
}

/// The tests of an entry as a condition.
std::string conditionOf(const ImageList& list, const norman_image_list_entry& entry) {
  std::string text;
  for (const std::string& test : testsOf(list, entry)) text += (text.empty() ? "" : " && ") + test;
  return text.empty() ? "true" : text;
}

void listRules(const PolicyImage& image, const ImageList& list, bool json) {
  for (std::size_t number = 0; number < list.rules.size(); ++number) {
    const ListedRule& listed = list.rules[number];
    const auto rule = image.rule(listed.rule);
    const std::string place = rule ? fmt::format("{}:{}", rule->file, rule->line) : "";
    if (json) {
      Json entries = Json::array();
      Json left_out = Json::array();
      for (const norman_image_list_entry& entry : listed.entries) (isCovered(entry) ? left_out : entries).push_back(conditionOf(list, entry));
      fmt::print("{}\n", jsonText(Json{{"table", list.name}, {"rule", ruleName(image, listed.rule)}, {"place", place},
                                       {"action", rule ? rule->action : ""}, {"entries", entries}, {"left_out", left_out}}));
      continue;
    }
    fmt::print("{}: {}: {}\n", place, ruleName(image, listed.rule), rule ? rule->action : "");
    for (const norman_image_list_entry& entry : listed.entries) {
      const auto decider = isCovered(entry) ? list.deciderOf(number, entry) : std::nullopt;
      fmt::print("  {}{}\n", conditionOf(list, entry), decider ? fmt::format("  (left out: '{}' decides it)", ruleName(image, *decider)) : "");
    }
  }
}

/// What one command works on: the tables of a name (one for each choice of address families), or a list.
struct Named {
  std::vector<ImageTable*> tables;
  ImageList* list = nullptr;
};

std::optional<Named> find(ImageTables& all, const std::string& name, const std::string& path) {
  Named named;
  std::set<std::string> known;
  for (ImageTable& table : all.tables) {
    known.insert(table.name);
    if (table.name == name) named.tables.push_back(&table);
  }
  for (ImageList& list : all.lists) {
    known.insert(list.name);
    if (list.name == name) named.list = &list;
  }
  if (!named.tables.empty() || named.list != nullptr) return named;
  const std::vector<std::string_view> names(known.begin(), known.end());
  if (known.empty()) {
    fail(fmt::format("'{}' has no tables", path));
  } else if (const auto near = nearestName(name, names)) {
    fail(fmt::format("'{}' has no table '{}'; did you mean '{}'?", path, name, *near));
  } else {
    std::string list;
    for (const std::string& each : known) list += fmt::format("{}'{}'", list.empty() ? "" : ", ", each);
    fail(fmt::format("'{}' has no table '{}'; it has {}", path, name, list));
  }
  return std::nullopt;
}

/// An entry as it was given, and where.
struct Given {
  std::string text;
  std::string place;       // "FILE:LINE: ", empty for the command line
  std::uint32_t line = 0;  // 0: the command line
};

/// Lines of a file that are not empty; what follows # is a comment, except in quotes.
bool readEntries(const std::string& path, std::vector<Given>& given) {
  std::string text;
  std::string problem;
  if (!readWhole(path, isa::kImageBytesMax, "a list of entries", text, problem)) {
    fail(problem);
    return false;
  }
  std::uint32_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '"') quoted = !quoted;
      if (line[i] == '#' && !quoted) line.resize(i);
    }
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos) continue;
    line = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
    given.push_back({std::move(line), fmt::format("{}:{}: ", shownName(path), number), number});
  }
  return true;
}

struct Read {
  ImageTable* table = nullptr;
  TableKey key;
  std::optional<ast::Bits128> value;
};

/// The entry, in the table that its types fit. Says what is wrong with it otherwise.
Result<Read> readEntry(const Named& named, const std::string& text, const PolicyImage& image) {
  const auto words = splitEntry(text);
  if (!words) return Failure{fmt::format("'{}': {}", text, words.error())};
  std::string problem;
  std::string types;
  for (ImageTable* table : named.tables) {
    types += (types.empty() ? "" : " or ") + keyText(*table);
    if (table->key.size() != words->key.size()) {
      problem = fmt::format("'{}' has {} value{} and not {}", text, words->key.size(), words->key.size() == 1 ? "" : "s", table->key.size());
      continue;
    }
    Read read{.table = table, .key = {}, .value = {}};
    const auto key = readKey(words->key, *table, image);
    if (!key) {
      problem = key.error();
      const bool six = text.find(':') != std::string::npos;
      if (table->prefixes && text.find('/') != std::string::npos && six == (table->key[0] == isa::ValueType::Ipv6)) return Failure{problem};
      continue;
    }
    read.key = *key;
    if (words->value && !table->value) return Failure{fmt::format("'{}' has a value, but '{}' is a set", text, table->name)};
    if (words->value) {
      const auto value = readValue(*words->value, *table->value, image);
      if (!value) return Failure{value.error()};
      if (*table->value != isa::ValueType::Mac && (value->hi != 0 || value->lo >> 32 != 0))
        return Failure{fmt::format("the value {} of '{}' has more than 32 bits", *words->value, text)};
      read.value = *value;
    }
    return read;
  }
  const ImageTable& first = *named.tables.front();
  const bool addresses = first.key.size() == 1 && (first.key[0] == isa::ValueType::Ipv4 || first.key[0] == isa::ValueType::Ipv6);
  if (addresses && !first.prefixes && text.find('/') != std::string::npos)
    return Failure{fmt::format("'{}' is a prefix and '{}' holds single addresses; declare it as '{} {}: prefix{} size {}' and compile again", text, first.name,
                               kindOf(first), first.name, first.value ? " -> ..." : "", first.size)};
  if (named.tables.size() > 1) {
    const char* what = text.find("..") != std::string::npos ? "is a range and does not fit" : "does not fit";
    return Failure{fmt::format("'{}' {} '{}': expected one {}", text, what, named.tables.front()->name, types)};
  }
  return Failure{fmt::format("{}; '{}' is a {} of {}", problem, named.tables.front()->name, kindOf(*named.tables.front()), types)};
}

std::string addEntry(const Read& read, const std::string& text, const PolicyImage& image) {
  ImageTable& table = *read.table;
  if (table.value && !read.value) return fmt::format("'{}' has no value: write '{} -> VALUE'", text, text);
  if (const auto found = table.entries.find(read.key); found != table.entries.end())
    return fmt::format("'{}' is in '{}' already", entryText(table, found->first, found->second, image), table.name);
  if (table.entries.size() >= table.size)
    return fmt::format("'{}' of {} is full: it holds {} entries, its size is {}", table.name, keyText(table), table.entries.size(), table.size);
  table.entries[read.key] = {.value = read.value.value_or(ast::Bits128{}), .line = 0};
  return {};
}

std::string deleteEntry(const Read& read, const std::string& text, const PolicyImage& image) {
  ImageTable& table = *read.table;
  const auto found = table.entries.find(read.key);
  if (found == table.entries.end()) return fmt::format("'{}' is not in '{}'", text, table.name);
  if (read.value && *read.value != found->second.value)
    return fmt::format("'{}' is not in '{}', which has '{}'", text, table.name, entryText(table, found->first, found->second, image));
  table.entries.erase(found);
  return {};
}

/// Rows of a program that come from the rule's line: then the program tests it by itself, without a list.
bool inCode(const PolicyImage& image, isa::Program program, std::uint32_t line) {
  for (std::uint32_t i = 0; i < norman_image_count(&image.raw(), NORMAN_SECTION_ROWS); ++i) {
    norman_image_row row;
    norman_image_get(&image.raw(), NORMAN_SECTION_ROWS, i, &row);
    if (row.program == static_cast<unsigned>(program) && row.line == line) return true;
  }
  return false;
}

/// Whether the entries of others have the rule's condition.
bool jumps(std::string_view actions) { return leadsToChain(actions) || actions == "return" || actions.ends_with(" return"); }

/// Takes a rule out of every list that has it, so that both directions change together.
std::string deleteRule(ImageTables& all, const ImageList& list, const std::string& text, const PolicyImage& image) {
  const auto named = ruleNamed(list, text, image);
  if (!named) return named.error();
  const std::uint16_t wanted = list.rules[*named].rule;
  // Where it jumps, the entries of other rules ask what it asks.
  if (const auto rule = image.rule(wanted); rule && jumps(rule->action))
    return fmt::format("'{}' leads to other rules, whose entries have its condition: take it out of the policy and compile that with --keep",
                       ruleName(image, wanted));
  std::set<isa::Program> listed_in;
  std::uint32_t line = 0;
  for (ImageList& each : all.lists) {
    const auto removed = std::ranges::stable_partition(each.rules, [&](const ListedRule& listed) { return listed.rule != wanted; });
    if (removed.empty()) continue;
    line = removed.begin()->entries.front().line;
    listed_in.insert(image.objects()[each.object].program);
    each.rules.erase(removed.begin(), removed.end());
    each.markCovered();  // what it decided comes back
  }
  for (const isa::Program program : {isa::Program::Ingress, isa::Program::Egress})
    if (!listed_in.contains(program) && line != 0 && inCode(image, program, line))
      fmt::print(stderr, "normanc: warning: the {} program tests rule '{}' without a list: there it stays\n",
                 isa::kProgramNames[static_cast<std::size_t>(program)], ruleName(image, wanted));
  return {};
}

int write(const TableArguments& arguments, const std::string& bytes) {
  const std::string output = arguments.output.empty() ? arguments.image : arguments.output;
  const std::string problem = writeFile(output, bytes, arguments.output.empty() ? Mode::Kept : Mode::New);
  return problem.empty() ? kSuccess : fail(problem);
}

/// Adds rules to a list, each where the one before it went or at the place that was asked for. All or nothing.
int addRules(const TableArguments& arguments, const ImageInput& input, const std::vector<Given>& given) {
  std::string bytes = input.bytes;
  RulePosition position;
  if (!arguments.before.empty()) position = {RulePosition::At::Before, arguments.before};
  if (!arguments.after.empty()) position = {RulePosition::At::After, arguments.after};
  std::vector<std::string> warnings;
  std::size_t problems = 0;
  for (const Given& each : given) {
    WrittenRule rule{.text = each.text};
    if (each.line != 0) {
      rule.file = shownName(arguments.from);
      rule.line = each.line;
    }
    auto added = addRule(bytes, arguments.name, rule, position);
    if (!added) {
      if (++problems > kMostMessages) continue;
      if (added.error().ends_with('\n'))
        failAsIs(added.error().substr(0, added.error().size() - 1));
      else
        fail(each.place + added.error());
      continue;
    }
    bytes = std::move(added->bytes);
    if (position.at == RulePosition::At::After) position.rule = added->name;
    for (const std::string& warning : added->warnings) warnings.push_back(warning);
  }
  if (problems > kMostMessages) fail(fmt::format("{} more rules are wrong", problems - kMostMessages));
  if (problems != 0) return kMistake;
  const auto changed = PolicyImage::fromBytes({bytes.begin(), bytes.end()}, arguments.image);
  if (!changed) return failAsIs(changed.error());
  if (const std::string problem = overfull(ImageTables(*changed), *changed); !problem.empty()) return fail(problem);
  for (const std::string& list : listsBeside(input.image, arguments.name))
    warnings.push_back(fmt::format("the rules of '{}' stand in {} too, where nothing is added", arguments.name, list));
  for (const std::string& warning : warnings) fmt::print(stderr, "normanc: warning: {}\n", warning);
  return write(arguments, bytes);
}

int change(const TableArguments& arguments) {
  auto input = readImage(arguments.image);
  if (!input) return kMistake;
  const PolicyImage& image = input->image;
  ImageTables all(image);
  const auto named = find(all, arguments.name, arguments.image);
  if (!named) return kMistake;
  const bool adds = arguments.action == TableArguments::Action::Add;
  if (named->list == nullptr && !(arguments.before + arguments.after).empty())
    return fail(fmt::format("'{}' is a {}, whose entries have no order; --before and --after are for lists of rules", arguments.name, kindOf(*named->tables.front())));
  if (named->list == nullptr && !named->tables.front()->changes)
    return fail(fmt::format("'{}' has no size, so the program relies on what it holds; give it one in the policy ('{}size N') and compile again",
                            arguments.name, named->tables.front()->prefixes ? "prefix " : ""));

  std::vector<Given> given;
  for (const std::string& entry : arguments.entries) given.push_back({entry, "", 0});
  if (!arguments.from.empty() && !readEntries(arguments.from, given)) return kMistake;

  if (named->list != nullptr && adds) return addRules(arguments, *input, given);
  std::size_t problems = 0;
  for (const Given& each : given) {
    std::string problem;
    if (named->list != nullptr) {
      problem = deleteRule(all, *named->list, each.text, image);
    } else if (const auto read = readEntry(*named, each.text, image); !read) {
      problem = read.error();
    } else {
      problem = (adds ? addEntry : deleteEntry)(*read, each.text, image);
    }
    if (problem.empty()) continue;
    if (++problems <= kMostMessages) fail(each.place + problem);
  }
  if (problems > kMostMessages) fail(fmt::format("{} more entries are wrong", problems - kMostMessages));
  if (problems != 0) return kMistake;  // all or nothing
  if (named->list != nullptr) {
    if (const std::string problem = overfull(all, image); !problem.empty()) return fail(problem);
    for (const ImageList& each : all.lists)
      if (const std::string problem = overloaded(each, image); !problem.empty()) return fail(problem);
  }
  const std::string bytes = all.bytes(input->bytes);
  const auto verified = PolicyImage::fromBytes({bytes.begin(), bytes.end()}, arguments.image);
  if (!verified) return failAsIs(verified.error());
  return write(arguments, bytes);
}

}  // namespace

int table(const TableArguments& arguments) {
  if (arguments.action != TableArguments::Action::List) return change(arguments);
  auto input = readImage(arguments.image);
  if (!input) return kMistake;
  ImageTables all(input->image);
  if (arguments.name.empty()) {
    listTables(input->image, all, arguments.json);
    return finishOutput();
  }
  const auto named = find(all, arguments.name, arguments.image);
  if (!named) return kMistake;
  for (const ImageTable* each : named->tables) listEntries(input->image, *each, arguments.json);
  if (named->list != nullptr) listRules(input->image, *named->list, arguments.json);
  return finishOutput();
}

}  // namespace norman::tools
