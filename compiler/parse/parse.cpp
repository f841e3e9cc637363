// Source text to syntax tree, by way of ANTLR's.
#include "compiler/parse/parse.h"

#include "compiler/parse/parse_tree.h"
#include "compiler/parse/tree_reader.h"

namespace norman {

ast::syntax::File parseSource(const SourceManager& sources, FileId file, Diagnostics& diagnostics) {
  const ParseTree tree(sources, file, diagnostics);
  if (tree.program() != nullptr) return readTree(tree.program(), sources, file, diagnostics);
  ast::syntax::File result;
  result.file = file;
  return result;
}

}  // namespace norman
