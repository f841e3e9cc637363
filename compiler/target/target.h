// The overlay's compiler back end for the driver: LLVM module to image or assembly text, text to rows, image
// to text.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace llvm {
class Module;
class NormanTreeCache;
}

struct norman_image_header;

namespace norman::target {

/// Something that the user's input asks for and the overlay lacks, or a mistake in assembly text.
struct Message {
  unsigned line = 0;  // 1 is the first; 0 if no place is known
  unsigned column = 0;
  std::string text;  // lower case, no final period
  std::string help;  // what would help; may be empty
};
using Report = std::function<void(const Message&)>;

struct Options {
  std::string config = "default";  // or "small"
  bool verify = false;             // check the machine code after every pass (tests)
  /// Whether one rule stage holds all of these lists, objects of the module by number; each alone is known to fit.
  std::function<bool(std::span<const size_t>)> holds_lists = nullptr;
  /// Decision trees of other compilations, which this one adds to; null: it has its own.
  std::shared_ptr<llvm::NormanTreeCache> trees = nullptr;
};

/// For several compilations of programs that are much alike.
std::shared_ptr<llvm::NormanTreeCache> makeTreeCache();

/// Compiles a module of the shape of overlay_rtl/spec/ir.md into the bytes of an image. Changes the module.
/// Nothing is returned after an error, which has been reported.
std::optional<std::string> compileImage(llvm::Module& module, const Options& options, const Report& report);

/// The same as assembly text.
std::optional<std::string> compileAssembly(llvm::Module& module, const Options& options,
                                           const Report& report);

/// Assembles text as AsmParser/NormanAsmParser.cpp describes it into an image that holds what the text says:
/// header, programs, rows, entry and exit maps.
std::optional<std::string> assemble(std::string_view text, const Report& report);

/// The assembly text of an image's programs.
std::optional<std::string> disassemble(std::string_view image, const Report& report);

/// The assembly text of one row's operations, one a line, without successors; empty if the words are no row
/// of a stage of that kind. For tools that show rows as they run.
std::vector<std::string> disassembleRow(const uint64_t (&words)[4], char stage_kind);

}  // namespace norman::target
