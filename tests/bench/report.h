// Prints figures: JSON for programs, a table for people.
#pragma once

#include <string>

namespace norman::bench {

/// One figure. Prints it on standard output as JSON and on standard error as a row.
void report(const std::string& name, double value, const std::string& unit, const std::string& note = "");

}  // namespace norman::bench
