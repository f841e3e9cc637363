// Runs a typed program on packets, one expression at a time: the reference that the compiled executions must equal.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/program.h"
#include "tests/support/frame_parser.h"
#include "tests/support/packet.h"

namespace norman::test {

/// Something that a rule did to a packet.
struct Hit {
  ast::RuleId rule;
  ast::ActionKind action;
  ast::CounterId counter{};  // of a count, with the element that was counted
  uint32_t element = 0;
  friend bool operator==(const Hit&, const Hit&) = default;
};

/// What became of a packet.
struct Result {
  ast::Verdict verdict = ast::Verdict::Pass;
  ast::RejectReason reason = ast::RejectReason::None;
  bool dropped_incomplete = false;      // before any rule; verdict is Drop
  std::optional<ast::RuleId> rule;      // what decided; nothing when no policy saw the packet
  std::vector<Hit> hits;                // logs, captures and counts in the order of their execution
  Frame frame;                          // as sent; as received when it does not pass
  uint32_t mark = 0;                    // likewise
};

struct Count {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  friend bool operator==(const Count&, const Count&) = default;
};

/// Names of users and groups, as passwd and group files give them.
struct Accounts {
  std::map<std::string, uint32_t> users;
  std::map<std::string, uint32_t> groups;
};

/// The states of a keyed meter, in the places that LANGUAGE.md section 9 gives to keys.
class KeyedStates {
 public:
  explicit KeyedStates(const ast::Keyed& keyed) : keyed_(keyed), places_(keyed.size) {}

  /// The state of the key, at first 0; nothing when it is refused, or new and not to be kept. `now` is in ticks.
  uint64_t* find(const std::array<uint32_t, 4>& key, uint64_t now, bool insert = true, bool touch = true);

 private:
  struct Place {
    bool taken = false;
    std::array<uint32_t, 4> key{};
    uint32_t end = 0;
    uint64_t state = 0;
  };
  ast::Keyed keyed_;
  std::vector<Place> places_;
};

/// Evaluates policies; keeps counters and meters from packet to packet.
class Evaluator {
 public:
  /// `program` must outlive the evaluator.
  Evaluator(const ast::Program& program, Accounts accounts);

  Result run(const Packet& packet);

  /// One element for each of the counter's.
  const std::vector<Count>& counter(ast::CounterId id) const { return counters_[index(id)]; }
  /// Packets dropped because a fixed header part was cut off.
  const Count& incomplete() const { return incomplete_; }
  /// The theoretical arrival time of a meter, in ticks; each direction has its own.
  uint64_t meter(ast::MeterId id, ast::Direction direction) const {
    return meters_[static_cast<size_t>(direction)][index(id)];
  }

 private:
  friend class Run;

  /// The number that stands for an interface; 0 for none.
  uint16_t interfaceNumber(const std::string& name);

  const ast::Program& program_;
  Accounts accounts_;
  std::vector<std::vector<Count>> counters_;
  std::array<std::vector<uint64_t>, 2> meters_;
  std::array<std::vector<KeyedStates>, 2> keyed_;  // of keyed meters
  Count incomplete_;
  std::vector<std::string> interfaces_;  // number i + 1
  std::map<std::string, uint16_t> patterned_;  // those that patterns take in
  std::vector<unsigned> taken_;                // of each pattern's numbers
};

/// Whether the owner (or socket) passes a symbolic test; false when there is none.
bool ownerMatches(const ast::OwnerPredicate& predicate, const std::optional<Owner>& subject, const Accounts& accounts);

}  // namespace norman::test
