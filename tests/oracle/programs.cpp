// Starts a program between three files in memory, so that no pipe can fill up.
#include "tests/oracle/programs.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace norman::oracle {
namespace {

const char* const kFolders[] = {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"};

std::string pathOf(const std::string& program) {
  for (const char* folder : kFolders)
    if (const std::string path = folder + program; access(path.c_str(), X_OK) == 0) return path;
  return "";
}

class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("norman-oracle", MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }
  bool fill(const std::string& text) {
    for (size_t at = 0; at < text.size();) {
      const ssize_t put = write(fd_, text.data() + at, text.size() - at);
      if (put <= 0) return false;
      at += static_cast<size_t>(put);
    }
    return lseek(fd_, 0, SEEK_SET) == 0;
  }
  std::string text() const {
    std::string text;
    char buffer[65536];
    for (off_t at = 0;;) {
      const ssize_t got = pread(fd_, buffer, sizeof buffer, at);
      if (got <= 0) return text;
      text.append(buffer, static_cast<size_t>(got));
      at += got;
    }
  }

 private:
  int fd_;
};

}  // namespace

bool isInstalled(const std::string& program) { return !pathOf(program).empty(); }

Ran run(const std::vector<std::string>& words, const std::string& input) {
  Ran ran;
  const std::string path = pathOf(words[0]);
  MemoryFile in;
  const MemoryFile out;
  const MemoryFile err;
  if (path.empty() || !in.fill(input)) {
    ran.errors = words[0] + " cannot be started";
    return ran;
  }
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  char environment_path[] = "PATH=/usr/sbin:/sbin:/usr/bin:/bin";
  char environment_language[] = "LC_ALL=C";
  char* environment[] = {environment_path, environment_language, nullptr};

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in.fd(), 0);
  posix_spawn_file_actions_adddup2(&files, out.fd(), 1);
  posix_spawn_file_actions_adddup2(&files, err.fd(), 2);
  pid_t child = 0;
  const int error = posix_spawn(&child, path.c_str(), &files, nullptr, arguments.data(), environment);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) {
    ran.errors = words[0] + ": " + std::strerror(error);
    return ran;
  }
  if (waitpid(child, &ran.status, 0) != child) ran.status = -1;
  ran.output = out.text();
  ran.errors = err.text();
  return ran;
}

}  // namespace norman::oracle
