// What the subcommands of normanc are asked to do; normanc.cpp fills these in from the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace norman::tools {

// Exit statuses of every subcommand.
inline constexpr int kSuccess = 0;
inline constexpr int kMistake = 1;  // in the input, or something could not be read or written
inline constexpr int kUsage = 2;

struct CheckArguments {
  std::vector<std::string> files;
  std::string library;  // folder of the standard library; empty: not given
  std::string overlay = "default";
  bool json = false;
};

struct CompileArguments {
  std::string file;
  std::string output;  // empty: not asked for
  std::string emit = "image";
  std::string report;  // empty, "text" or "json"
  std::string keep;    // image whose objects keep their places; empty: none
  std::string library;  // folder of the standard library; empty: not given
  std::string overlay = "default";
};

/// Where packets come from and what is known about them.
struct TrafficArguments {
  std::string in;
  std::vector<std::string> local;
  std::string direction;
  std::string owners;
  std::string users;
  std::string groups;
};

struct RunArguments {
  std::string file;
  TrafficArguments traffic;
  std::string on = "model";
  std::string library;  // folder of the standard library; empty: not given
  std::string overlay = "default";
  bool counters = false;
};

struct ExplainArguments {
  std::string file;
  TrafficArguments traffic;
  std::string packet;
  std::string library;  // folder of the standard library; empty: not given
  std::string overlay = "default";
  bool json = false;
};

struct DisasmArguments {
  std::string file;
  std::string output = "-";
};

struct FormatArguments {
  std::vector<std::string> files;
  bool write = false;  // in place
  bool check = false;  // only name the files that would change
};

struct TableArguments {
  enum class Action { List, Add, Delete };
  Action action = Action::List;
  std::string image;
  std::string name;  // empty: all tables
  std::vector<std::string> entries;
  std::string from;    // file with entries; empty: none
  std::string before;  // rules: where to add them
  std::string after;
  std::string output;  // empty: the image itself
  bool json = false;
};

int check(const CheckArguments& arguments);
int compile(const CompileArguments& arguments);
int run(const RunArguments& arguments);
int explain(const ExplainArguments& arguments);
int disasm(const DisasmArguments& arguments);
int format(const FormatArguments& arguments);
int table(const TableArguments& arguments);

}  // namespace norman::tools
