// How much an expression, with its functions expanded, and all sets may hold.
#include "compiler/sema/checker.h"

namespace norman {

using namespace ast;

namespace {

constexpr unsigned kMaxTypedDepth = 1000;     // consumers recurse over typed trees
constexpr size_t kMaxNodes = 100000;          // per expression: far more than any overlay has rows
constexpr size_t kMaxProgramNodes = 8000000;  // of all expressions: about a gigabyte

}  // namespace

bool Checker::countNodes(size_t count, const SourceRange& range) {
  nodes_ += count;
  program_nodes_ += count;
  if (nodes_ <= kMaxNodes && program_nodes_ <= kMaxProgramNodes) return true;
  if (!size_reported_)
    diagnostics_
        .report(DiagId::ResourceLimit, range,
                nodes_ > kMaxNodes ? "with its functions expanded this expression has more than " +
                                         std::to_string(kMaxNodes) + " operations"
                                   : "with its functions expanded this program has more than " +
                                         std::to_string(kMaxProgramNodes) + " operations")
        .help("compute common parts once with let in the policy");
  size_reported_ = true;
  return false;
}

bool Checker::countElements(size_t count, const SourceRange& range) {
  constexpr size_t kMaxElements = 4000000;  // a file of the largest size holds about a million
  elements_ += count;
  if (elements_ <= kMaxElements) return !size_reported_;
  if (!size_reported_)
    diagnostics_
        .report(DiagId::ResourceLimit, range,
                "all sets together, with the sets inside them, have more than " +
                    std::to_string(kMaxElements) + " elements")
        .help("use a large set in one place, not inside many others");
  size_reported_ = true;
  return false;
}

void Checker::reportTooDeep(const SourceRange& range) {
  if (!size_reported_)
    diagnostics_
        .report(DiagId::ResourceLimit, range,
                "with its functions expanded this expression is nested more than " +
                    std::to_string(kMaxTypedDepth) + " levels deep")
        .help("compute parts of it once with let in the policy");
  size_reported_ = true;
}

bool Checker::tooDeep(const Value& value) {
  if (value.depth <= kMaxTypedDepth) return size_reported_;
  reportTooDeep(value.range);
  return true;
}

}  // namespace norman
