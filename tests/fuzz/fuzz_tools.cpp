// Fuzzes what normanc does with an image that someone else made: listing its tables, changing them, adding rules to its lists,
// and taking it over with --keep. Whatever verifies must be listed; a change gives an image that verifies, or a message.
#include <cstdio>
#include <cstdlib>

#include "compiler/tools/added_rules.h"
#include "compiler/tools/keep.h"
#include "compiler/tools/table_text.h"
#include "tests/fuzz/base_images.h"

namespace {

using namespace norman;
using namespace norman::tools;

void check(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what.c_str());
  std::abort();
}

Result<PolicyImage> open(const std::string& bytes) { return PolicyImage::fromBytes({bytes.begin(), bytes.end()}, "fuzz.img"); }

const char* const kRules[] = {
    "tcp.dport == 25 => drop",
    "mail: ip.src in 10.4.0.0/16 && tcp.dport == 443 => count, pass",
    "iface.in == \"eth0\" && owner.user == \"bob\" => log, drop",
    "udp.dport in {53, 100..200} && ipv4.ttl != 1 => count seen[1], pass",
    "true => count",
    "ipv6.src == 2001:db8::1 || tcp.syn => reject tcp-reset;",
};

void showAll(const PolicyImage& image, const ImageTables& all) {
  for (const ImageTable& table : all.tables) {
    keyText(table);
    for (const auto& [key, entry] : table.entries) {
      entryText(table, key, entry, image);
      for (std::size_t part = 0; part < table.key.size(); ++part) keyPartText(table, key, part, image);
      image.place(entry.line);
    }
  }
  for (const ImageList& each : all.lists) {
    listsBeside(image, each.name);
    overloaded(each, image);
    for (std::size_t i = 0; i < each.rules.size(); ++i) {
      ruleName(image, each.rules[i].rule);
      (void)ruleNamed(each, std::to_string(i + 1), image);
      for (const norman_image_list_entry& entry : each.rules[i].entries) {
        testsOf(each, entry);
        addedText(image, entry.line);
      }
    }
  }
  overfull(all, image);
}

void change(const std::string& bytes, const PolicyImage& image, FuzzedDataProvider& input) {
  ImageTables all(image);
  for (ImageTable& table : all.tables) {
    const auto words = splitEntry(input.ConsumeRandomLengthString(40));
    if (!words || words->key.size() != table.key.size()) continue;
    const auto key = readKey(words->key, table, image);
    if (!key || !table.changes || table.entries.size() >= table.size) continue;
    TableEntry entry;
    if (words->value && table.value)
      if (const auto value = readValue(*words->value, *table.value, image)) entry.value = *value;
    table.entries[*key] = entry;
    const auto again = readKey(splitEntry(entryText(table, *key, entry, image))->key, table, image);
    check(again && *again == *key, "an entry is read as it is shown");
  }
  (void)open(all.bytes(bytes));
  if (all.lists.empty()) return;
  const ImageList& into = all.lists[input.ConsumeIntegral<std::uint8_t>() % all.lists.size()];
  const auto chosen = input.ConsumeIntegral<std::uint8_t>();
  WrittenRule rule{.text = chosen < 200 ? kRules[chosen % std::size(kRules)] : input.ConsumeRandomLengthString(60)};
  rule.line = 1 + input.ConsumeIntegral<std::uint8_t>();
  RulePosition position;
  position.at = static_cast<RulePosition::At>(input.ConsumeIntegralInRange<int>(0, 2));
  position.rule = std::to_string(input.ConsumeIntegralInRange<unsigned>(0, 20));
  const auto added = addRule(bytes, into.name, rule, position);
  if (!added) {
    check(!added.error().empty(), "a refusal has a reason");
    return;
  }
  const auto changed = open(added->bytes);
  check(static_cast<bool>(changed), "an image with an added rule verifies");
  const ImageTables after(*changed);
  showAll(*changed, after);
  // Out again: the other rules are as they were.
  ImageTables removed(*changed);
  for (ImageList& each : removed.lists) std::erase_if(each.rules, [&](const ListedRule& of) { return ruleName(*changed, of.rule) == added->name; });
  (void)open(removed.bytes(added->bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const std::string bytes = fuzz::imageFrom(input);
  const auto image = open(bytes);
  if (!image) return 0;
  const ImageTables all(*image);
  showAll(*image, all);
  objectsToKeep(*image);
  change(bytes, *image, input);
  // As the old image of a new one, whose configuration may be another.
  const auto& images = fuzz::baseImages();
  const auto kept = keepContents(*image, images[input.ConsumeIntegral<std::uint8_t>() % images.size()]);
  if (kept) check(static_cast<bool>(open(kept->image)), "an image that took another one over verifies");
  return 0;
}
