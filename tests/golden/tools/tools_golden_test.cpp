// Sessions with normanc: every file *.session holds commands ("$ ...") and exactly what they print, with the exit
// status where it is not 0; a pipe's is that of its first failing part. $T is a folder of the session's own, shown as T.
// NORMAN_UPDATE_GOLDEN=1 rewrites them; read the difference before committing it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <sys/wait.h>

namespace {

namespace fs = std::filesystem;

const fs::path kFolder = "tests/golden/tools";

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Ran {
  std::string output;  // standard output and standard error, as they come
  int status = 0;
};

/// Runs a command of bash in the folder of the sessions; $T is a folder that exists for this session.
Ran shell(const std::string& command, const std::string& folder) {
  ::setenv("NORMAN_SESSION", ("set -o pipefail; " + command).c_str(), 1);
  const std::string whole = "cd '" + fs::absolute(kFolder).string() + "' && PATH='" NORMAN_BIN "':$PATH NO_COLOR=1 T='" + folder +
                            "' exec bash -c \"$NORMAN_SESSION\" 2>&1";
  std::FILE* pipe = popen(whole.c_str(), "r");
  Ran ran;
  char chunk[4096];
  while (const size_t got = fread(chunk, 1, sizeof chunk, pipe)) ran.output.append(chunk, got);
  const int status = pclose(pipe);
  for (size_t at; !folder.starts_with(".") && (at = ran.output.find(folder)) != std::string::npos;) ran.output.replace(at, folder.size(), "T");
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

std::string replay(const std::string& session) {
  std::string folder = (fs::temp_directory_path() / "norman-golden-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return "no temporary folder: " + folder + "\n";
  std::string transcript;
  std::istringstream lines(session);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# ")) transcript += line + "\n";
    if (!line.starts_with("$ ")) continue;
    const Ran ran = shell(line.substr(2), folder);
    transcript += line + "\n" + ran.output;
    if (ran.status != 0) transcript += "[exit " + std::to_string(ran.status) + "]\n";
  }
  fs::remove_all(folder);
  return transcript;
}

class Session : public testing::TestWithParam<fs::path> {};

TEST_P(Session, prints_what_it_says) {
  const std::string expected = read(GetParam());
  const std::string got = replay(expected);
  if (std::getenv("NORMAN_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(GetParam(), std::ios::binary) << got;
    return;
  }
  EXPECT_EQ(got, expected) << "in " << GetParam() << "; NORMAN_UPDATE_GOLDEN=1 rewrites it";
}

std::vector<fs::path> sessions() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == ".session") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

INSTANTIATE_TEST_SUITE_P(Tools, Session, testing::ValuesIn(sessions()),
                         [](const auto& info) { return info.param.stem().string(); });

std::set<std::string> longOptions(const std::string& text) {
  std::set<std::string> options;
  const std::regex pattern("--[a-z]+");
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) options.insert(it->str());
  return options;
}

// The part of --help that lists options: examples may name those of other commands.
std::string optionsOf(const std::string& command) {
  const std::string help = shell("normanc " + command + " --help", ".").output;
  return help.substr(0, help.find("Examples:"));
}

const char* const kCommands[] = {"check", "compile", "run", "explain", "disasm", "fmt", "table", "table list", "table add", "table delete"};

TEST(Documentation, the_manual_page_knows_exactly_the_options) {
  std::set<std::string> options = longOptions(optionsOf(""));
  for (const char* command : kCommands) options.merge(longOptions(optionsOf(command)));
  const std::string page = std::regex_replace(read("runtime/man/normanc.1"), std::regex("\\\\-"), "-");
  EXPECT_EQ(longOptions(page.substr(page.find(".SH OPTIONS"), page.find(".SH EXIT STATUS") - page.find(".SH OPTIONS"))), options);
  for (const std::string command : kCommands)
    EXPECT_NE(page.find("\n.SS " + command.substr(0, command.find(' ')) + "\n"), std::string::npos) << command;
}

TEST(Documentation, the_completion_knows_exactly_the_options) {
  const std::string script = "compiler/tools/completion/normanc.bash";
  for (const char* command : kCommands) {
    const std::string words = "COMP_WORDS=(normanc " + std::string(command) + " --)";
    const Ran ran = shell(". ../../../" + script + "; " + words + "; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _normanc; printf '%s\\n' \"${COMPREPLY[@]}\"", ".");
    EXPECT_EQ(longOptions(ran.output), longOptions(optionsOf(command))) << command;
  }
}

TEST(Documentation, every_help_ends_with_two_examples) {
  std::vector<std::string> commands(std::begin(kCommands), std::end(kCommands));
  commands.emplace_back();
  for (const std::string& command : commands) {
    const Ran ran = shell("normanc " + command + " --help", ".");
    EXPECT_EQ(ran.status, 0);
    const std::string tail = ran.output.substr(std::min(ran.output.size(), ran.output.find("Examples:\n")));
    EXPECT_TRUE(std::regex_search(tail, std::regex("^Examples:\n  normanc [^\n]+\n  normanc [^\n]+\n+$"))) << ran.output;
  }
}

}  // namespace
