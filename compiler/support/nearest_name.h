// Finds the name that somebody probably meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace norman {

/// The candidate with the fewest edits (insert, delete, replace, swap of neighbours, letter case counts
/// little), if it is near enough to be worth a suggestion: at most a third of its length. Ties go to the
/// first candidate. A candidate that ends with `_` and the wanted name goes before all of these.
std::optional<std::string> nearestName(std::string_view wanted,
                                       const std::vector<std::string_view>& candidates);

}  // namespace norman
