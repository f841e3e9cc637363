// Rules that are added to the lists of an image, without the policy: one becomes entries of a list as it is, and nothing else changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/tools/image_tables.h"
#include "overlay_rtl/model/offline/policy_image.h"
#include "overlay_rtl/model/offline/result.h"

namespace norman::tools {

/// A rule as someone wrote it, and where, for messages. Without `;` at its end or with it.
struct WrittenRule {
  std::string text;
  std::string file = "<rule>";
  std::uint32_t line = 1;
};

/// Where it goes among the rules of the list: `rule` is a number as rules are listed (from 1 on), NAME, POLICY.NAME or FILE:LINE.
struct RulePosition {
  enum class At { End, Before, After } at = At::End;
  std::string rule = {};
};

struct AddedRule {
  std::string bytes;                  // of the image
  std::string name;                   // "fw.added1"
  std::vector<std::string> warnings;
};

/// The image with the rule in its list. The failure's text ends with a line end when it is diagnostics with their places.
/// `like`: an image whose counters the rule goes on with, if their places are free.
///
/// Nobody asks here whether the rule stage holds the list: see overfull().
Result<AddedRule> addRule(const std::string& bytes, const std::string& list, const WrittenRule& rule, const RulePosition& position,
                          const PolicyImage* like = nullptr);

/// Adds the rules that were added to the lists of another image, each in its place; `notes` say what became of them.
std::string addRulesOf(const PolicyImage& old, std::string bytes, std::vector<std::string>& notes);

/// Lists of the same policy at other hooks, which a rule that is added to one of them does not come into: "'fw.rules2' (hook output)".
std::vector<std::string> listsBeside(const PolicyImage& image, const std::string& name);

/// Why a lookup of the list would count or carry out more than the program around it can take; empty if it does not.
std::string overloaded(const ImageList& list, const PolicyImage& image);

/// Why a rule stage does not hold its lists any more, laid out as the loader will; empty if each does.
std::string overfull(const ImageTables& all, const PolicyImage& image);

/// The number in list.rules of the rule that the text names.
Result<std::size_t> ruleNamed(const ImageList& list, const std::string& text, const PolicyImage& image);

/// "fw.ssh", or "fw.12" for the unnamed rule of line 12.
std::string ruleName(const PolicyImage& image, std::uint16_t id);

/// Whether actions end with call or goto, so that other rules' entries have the rule's condition.
bool leadsToChain(std::string_view actions);

/// In place of the file of a rule that was added; its line is its number among these.
inline constexpr std::string_view kAddedFile = "<added>";
/// The rule on a line of that file as it was written; empty if there is none.
std::string addedText(const PolicyImage& image, std::uint32_t line);

}  // namespace norman::tools
