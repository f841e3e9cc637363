// Edit distance with swaps (Damerau, restricted).
#include "compiler/support/nearest_name.h"

#include <algorithm>
#include <cctype>

namespace norman {
namespace {

// Distances count in halves of an edit, so that a wrong letter case costs less than a wrong letter.
constexpr size_t kEdit = 2;

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j * kEdit;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i * kEdit;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = a[i - 1] == b[j - 1] ? 0 : lower(a[i - 1]) == lower(b[j - 1]) ? 1 : kEdit;
      row[j] = std::min({last[j] + kEdit, row[j - 1] + kEdit, last[j - 1] + replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + kEdit);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::optional<std::string> nearestName(std::string_view wanted,
                                       const std::vector<std::string_view>& candidates) {
  constexpr size_t kLongest =
      64;  // nobody mistypes a longer name by a few letters; bounds the quadratic cost
  if (wanted.empty() || wanted.size() > kLongest) return std::nullopt;
  // A last word alone: `http` for `port_http`.
  if (wanted.size() >= 2)
    for (const std::string_view candidate : candidates)
      if (candidate.size() > wanted.size() + 1 && candidate.ends_with(wanted) &&
          candidate[candidate.size() - wanted.size() - 1] == '_')
        return std::string(candidate);
  std::optional<std::string> best;
  size_t best_distance = SIZE_MAX;
  for (const std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() > kLongest) continue;
    const size_t far_enough = std::max<size_t>(1, std::max(candidate.size(), wanted.size()) / 3) * kEdit;
    const size_t gap = candidate.size() > wanted.size() ? candidate.size() - wanted.size()
                                                        : wanted.size() - candidate.size();
    if (gap * kEdit > far_enough) continue;
    const size_t d = distance(wanted, candidate);
    if (d <= far_enough && d < best_distance && candidate != wanted) {
      best = std::string(candidate);
      best_distance = d;
    }
  }
  return best;
}

}  // namespace norman
