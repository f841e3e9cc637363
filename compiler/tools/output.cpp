// Writing whole files, and messages.
#include "compiler/tools/output.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "compiler/tools/arguments.h"

namespace norman::tools {
namespace {

bool writeAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

/// Holds back the signals that would end the program, so that a file under its temporary name is finished or removed
/// first. Only for what ends soon by itself.
class Undisturbed {
 public:
  Undisturbed() {
    sigset_t ends;
    sigemptyset(&ends);
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) sigaddset(&ends, signal);
    ::pthread_sigmask(SIG_BLOCK, &ends, &before_);
    // A limit on the size of files is an error of write() then, like a full disk.
    too_large_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~Undisturbed() {
    std::signal(SIGXFSZ, too_large_);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;

 private:
  sigset_t before_;
  void (*too_large_)(int);
};

/// The file that a path leads to.
std::string followed(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : path;
}

std::string why(std::string_view path) { return fmt::format("cannot write '{}': {}", path, std::strerror(errno)); }

}  // namespace

std::string writeFile(const std::string& path, std::string_view bytes, Mode mode) {
  if (path == "-") {
    std::fflush(stdout);
    return writeAll(STDOUT_FILENO, bytes) ? "" : why("<stdout>");
  }
  // A device or pipe cannot be replaced; only it is written in place.
  struct stat status;
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode)) {
      errno = EISDIR;
      return why(path);
    }
    std::FILE* file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) return why(path);
    const bool good = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
    return std::fclose(file) == 0 && good ? "" : why(path);
  }
  if (exists && ::access(path.c_str(), W_OK) != 0) return why(path);
  const Undisturbed undisturbed;
  const std::string target = exists ? followed(path) : path;
  std::string temporary = target + ".XXXXXX";
  const int descriptor = ::mkstemp(temporary.data());
  if (descriptor < 0) return why(path);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const mode_t permissions = exists && mode == Mode::Kept ? status.st_mode & 07777 : 0666 & ~mask;
  bool good = writeAll(descriptor, bytes) && ::fchmod(descriptor, permissions) == 0;
  good = ::close(descriptor) == 0 && good;
  if (good && std::rename(temporary.c_str(), target.c_str()) == 0) return "";
  std::string problem = why(path);
  ::unlink(temporary.c_str());
  return problem;
}

int fail(const std::string& text) {
  std::fflush(stdout);
  fmt::print(stderr, "normanc: error: {}\n", text);
  return kMistake;
}

int failAsIs(const std::string& text) {
  std::fflush(stdout);
  fmt::print(stderr, "{}\n", text);
  return kMistake;
}

int printDiagnostics(const Diagnostics& diagnostics, const SourceManager& sources) {
  std::fflush(stdout);
  const bool colours = ::isatty(STDERR_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  const std::string text = diagnostics.render(sources, colours);
  std::fwrite(text.data(), 1, text.size(), stderr);
  return diagnostics.hasErrors() ? kMistake : kSuccess;
}

int finishOutput() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return kSuccess;
  return fail(why("<stdout>"));
}

}  // namespace norman::tools
