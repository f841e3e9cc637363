// Reads what iptables-save wrote: the filter table of real hosts, as far as our language can say it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/oracle/ruleset.h"

namespace norman::oracle {

struct SavedRules {
  Table table;
  unsigned taken = 0;                        // rules of the table
  std::map<std::string, unsigned> left_out;  // rules that are not in it, by what they need
};

/// Rules that need connection tracking, NAT or what else our language lacks are left out. A target that only copies packets
/// (NFLOG) becomes LOG; comments and texts of logs are dropped.
SavedRules readSaved(const std::string& text, Family family);

/// Leaves out the rules with a limit too: what they do depends on the time.
void leaveOutLimits(SavedRules& saved);

/// Gives the interfaces that rules name the names of this test's host, as far as those go, so that packets meet them.
void useInterfacesOfThisHost(Table& table);

struct SavedFile {
  std::string name;
  Family family;
  std::string text;
};

/// The dumps with a filter table among the test material of others (NORMAN_CORPORA), by name; none where there is none.
std::vector<SavedFile> savedFiles();

}  // namespace norman::oracle
