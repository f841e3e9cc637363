// Finds imported files: beside the file that names them, then in the library.
#include "compiler/parse/imports.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "compiler/parse/parse.h"
#include "compiler/support/nearest_name.h"

namespace norman {
namespace {

namespace syntax = ast::syntax;
namespace fs = std::filesystem;

template <typename List>
void append(List& to, List& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

class Importer {
 public:
  Importer(SourceManager& sources, Diagnostics& diagnostics) : sources_(sources), diagnostics_(diagnostics) {}

  syntax::File run(FileId root) {
    whole_.file = root;
    bytes_ = sources_.file(root).text().size();
    add(root, identify(sources_.file(root).name()));
    return std::move(whole_);
  }

 private:
  struct Open {
    std::string name;
    std::optional<FileIdentity> identity;
  };

  /// A file that has been read: first what it imports, then itself.
  void add(FileId file, const std::optional<FileIdentity>& identity) {
    if (identity) known_.insert(*identity);
    ++files_;
    open_.push_back({sources_.file(file).name(), identity});
    syntax::File parsed = parseSource(sources_, file, diagnostics_);
    for (const syntax::Import& import : parsed.imports)
      if (!stopped_) follow(import, file);
    append(whole_.policies, parsed.policies);
    append(whole_.chains, parsed.chains);
    append(whole_.constants, parsed.constants);
    append(whole_.sets, parsed.sets);
    append(whole_.counters, parsed.counters);
    append(whole_.maps, parsed.maps);
    append(whole_.meters, parsed.meters);
    append(whole_.quotas, parsed.quotas);
    append(whole_.states, parsed.states);
    append(whole_.functions, parsed.functions);
    append(whole_.imports, parsed.imports);
    whole_.strings.merge(parsed.strings);
    open_.pop_back();
  }

  void follow(const syntax::Import& import, FileId from) {
    const std::optional<std::string> path = find(import, from);
    if (!path) return;
    const std::optional<FileIdentity> identity = identify(*path);
    for (const Open& open : open_)
      if (identity && open.identity == identity) return reportCircle(import, open);
    if (identity && known_.contains(*identity)) return;
    if (files_ == kMaxFiles) {
      stopped_ = true;
      diagnostics_
          .report(DiagId::ResourceLimit, import.path.range,
                  "with this file the policy has more than " + std::to_string(kMaxFiles) + " files")
          .help("put small files together");
      return;
    }
    std::string text;
    std::string error;
    if (!readRegular(*path, SourceManager::kMaxFileBytes, "a policy file", text, error)) {
      diagnostics_.report(DiagId::BadImport, import.path.range, error);
      return;
    }
    bytes_ += text.size();
    if (bytes_ > kMaxProgramBytes) {
      stopped_ = true;
      diagnostics_
          .report(DiagId::ResourceLimit, import.path.range,
                  "with this file the policy has " + std::to_string(bytes_) +
                      " bytes, all its files together have at most " + std::to_string(kMaxProgramBytes))
          .help("split the policy, or make sets smaller");
      return;
    }
    add(sources_.add(*path, std::move(text)), identity);
  }

  void reportCircle(const syntax::Import& import, const Open& again) {
    std::string circle;
    bool inside = false;
    for (const Open& open : open_) {
      inside = inside || open.identity == again.identity;
      if (inside) circle += open.name + " -> ";
    }
    diagnostics_
        .report(DiagId::Recursion, import.path.range, "imports go in a circle: " + circle + again.name)
        .help("put what both files need into a third one");
  }

  /// The path of the file that an import means, or a message.
  std::optional<std::string> find(const syntax::Import& import, FileId from) {
    const SourceRange& range = import.path.range;
    const std::string& library = sources_.library();
    std::vector<fs::path> places;
    if (!import.quoted) {
      const std::string& name = import.path.text;
      if (!name.starts_with("std.") || name.find('.', 4) != std::string::npos) {
        diagnostics_
            .report(DiagId::BadImport, range, "expected 'std.NAME' or a path in quotes, got '" + name + "'")
            .help("write for example 'import std.services;' or 'import \"" + name + ".norman\";'");
        return std::nullopt;
      }
      if (library.empty()) {
        diagnostics_.report(DiagId::BadImport, range, "no folder of the library is known")
            .help("name it with --stdlib or in the environment variable NORMAN_STDLIB");
        return std::nullopt;
      }
      places.push_back(fs::path(library) / (name.substr(4) + ".norman"));
    } else {
      if (import.path.text.empty()) {
        diagnostics_.report(DiagId::BadImport, range, "this path is empty");
        return std::nullopt;
      }
      places.push_back(fs::path(sources_.file(from).name()).parent_path() / import.path.text);
      if (!library.empty() && !fs::path(import.path.text).is_absolute())
        places.push_back(fs::path(library) / import.path.text);
    }
    for (const fs::path& place : places) {
      std::error_code error;
      const fs::file_status status = fs::status(place, error);
      // Anything but "it is not there" is found: reading it says what is wrong.
      if (status.type() != fs::file_type::not_found) return place.lexically_normal().string();
    }
    auto report =
        diagnostics_.report(DiagId::BadImport, range, "there is no file '" + import.path.text + "'");
    for (const fs::path& place : places)
      report.note("looked for '" + place.lexically_normal().string() + "'");
    if (const auto near = import.quoted ? std::nullopt : nearestInLibrary(import.path.text.substr(4)))
      report.help("did you mean 'std." + *near + "'?");
    else if (!import.quoted)
      report.help("--stdlib or the environment variable NORMAN_STDLIB name another folder");
    return std::nullopt;
  }

  /// A file of the library that is called nearly so.
  std::optional<std::string> nearestInLibrary(const std::string& name) const {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at(sources_.library(), error), end; !error && at != end && names.size() < 1000; at.increment(error))
      if (at->path().extension() == ".norman") names.push_back(at->path().stem().string());
    std::sort(names.begin(), names.end());
    return nearestName(name, {names.begin(), names.end()});
  }

  SourceManager& sources_;
  Diagnostics& diagnostics_;
  syntax::File whole_;
  std::vector<Open> open_;
  std::set<FileIdentity> known_;
  size_t files_ = 0;
  uint64_t bytes_ = 0;
  bool stopped_ = false;
};

}  // namespace

syntax::File parseProgram(SourceManager& sources, FileId root, Diagnostics& diagnostics) {
  return Importer(sources, diagnostics).run(root);
}

}  // namespace norman
