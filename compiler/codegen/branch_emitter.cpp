// Conditions as branches: only what has an effect (a meter), or what would waste a table stage (the two
// halves of an address set), costs a branch of its own.
#include <algorithm>

#include "compiler/codegen/expression_emitter.h"
#include "norman/spec/isa.h"

namespace norman::codegen {

using ast::as;
using ast::Expr;
using ast::ExprKind;

llvm::BasicBlock* ExpressionEmitter::newBlock(const char* name) {
  return llvm::BasicBlock::Create(builder_.getContext(), name, builder_.GetInsertBlock()->getParent());
}

void ExpressionEmitter::branch(const Expr& condition, PresenceMask known, llvm::BasicBlock* yes,
                               llvm::BasicBlock* no) {
  branchTerm({&condition, false}, known, yes, no);
}

void ExpressionEmitter::branchTerm(const Term& term, PresenceMask known, llvm::BasicBlock* yes,
                                   llvm::BasicBlock* no) {
  if (term.expr->kind == ExprKind::MeterTest) {
    builder_.SetCurrentDebugLocation(locate_(term.expr->range));
    llvm::Value* holds = meterTest(as<ast::MeterTest>(*term.expr), known);
    return branchAnswers(holds, term.negated ? no : yes, term.negated ? yes : no);
  }
  if (!needsBranches(*term.expr)) {
    llvm::Value* holds = condition(term, known);
    builder_.SetCurrentDebugLocation(locate_(term.expr->range));
    if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(holds))
      builder_.CreateBr(constant->isOne() ? yes : no);
    else
      builder_.CreateCondBr(holds, yes, no);
    return;
  }
  if (term.expr->kind == ExprKind::Not)
    return branchTerm({as<ast::Not>(*term.expr).operand.get(), !term.negated}, known, yes, no);
  std::vector<Term> terms;
  flatten(term, isConjunction(term), terms);
  if (isConjunction(term))
    branchAll(terms, known, yes, no);
  else
    branchAny(terms, known, yes, no);
}

/// A branch on a test's answer. Where it has one for each of several ways, each way goes on by itself.
void ExpressionEmitter::branchAnswers(llvm::Value* holds, llvm::BasicBlock* yes, llvm::BasicBlock* no) {
  llvm::BasicBlock* here = builder_.GetInsertBlock();
  if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(holds)) {
    builder_.CreateBr(constant->isOne() ? yes : no);
    return;
  }
  if (auto* answers = llvm::dyn_cast<llvm::PHINode>(holds);
      answers != nullptr && answers->getParent() == here && here->size() == 1) {
    for (unsigned i = answers->getNumIncomingValues(); i-- > 0;) {
      llvm::Instruction* end = answers->getIncomingBlock(i)->getTerminator();
      llvm::Value* answer = answers->getIncomingValue(i);
      if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(answer)) {
        end->replaceSuccessorWith(here, constant->isOne() ? yes : no);
      } else if (end->getNumSuccessors() == 1) {
        builder_.SetInsertPoint(end);
        builder_.CreateCondBr(answer, yes, no);
        end->eraseFromParent();
      } else {
        continue;
      }
      answers->removeIncomingValue(i, false);
    }
    builder_.SetInsertPoint(here);
    if (answers->getNumIncomingValues() == 0) {
      answers->eraseFromParent();
      here->eraseFromParent();
      builder_.SetInsertPoint(yes);
      return;
    }
  }
  builder_.CreateCondBr(holds, yes, no);
}

void ExpressionEmitter::branchAll(const std::vector<Term>& given, PresenceMask known, llvm::BasicBlock* yes,
                                  llvm::BasicBlock* no) {
  // Cheap tests go before lookups that branch; nothing moves over a meter.
  std::vector<Term> terms = given;
  const auto first_meter = std::ranges::find_if(terms, [](const Term& t) { return hasMeter(*t.expr); });
  std::stable_partition(terms.begin(), first_meter,
                        [this](const Term& t) { return !needsBranches(*t.expr); });

  for (auto next = terms.begin(); next != terms.end();) {
    const auto run =
        std::find_if(next, terms.end(), [this](const Term& t) { return needsBranches(*t.expr); });
    const auto end = run == next ? next + 1 : run;
    llvm::BasicBlock* on = end == terms.end() ? yes : newBlock("and");
    if (run != next) {
      llvm::Value* holds = all({next, run}, known);
      builder_.CreateCondBr(holds, on, no);
    } else {
      branchTerm(*next, known, on, no);
    }
    for (; next != end; ++next) known |= closure(implied(*next->expr, next->negated));
    builder_.SetInsertPoint(on);
  }
}

void ExpressionEmitter::branchAny(const std::vector<Term>& given, PresenceMask known, llvm::BasicBlock* yes,
                                  llvm::BasicBlock* no) {
  std::vector<Term> terms = given;
  const bool meters = std::ranges::any_of(terms, [](const Term& t) { return hasMeter(*t.expr); });
  if (!meters) {
    const auto impossible = [&](const Term& t) { return contradicts(implied(*t.expr, t.negated) | known); };
    std::erase_if(terms, impossible);
    std::ranges::stable_partition(
        terms, [this](const Term& t) { return !needsBranches(*t.expr) && !looksUp(*t.expr); });
    if (splitsFamilies(terms)) {
      std::vector<Term> four, six, rest;
      for (const Term& term : terms) {
        const PresenceMask headers = closure(implied(*term.expr, term.negated));
        (headers & isa::kHasIpv4 ? four : headers & isa::kHasIpv6 ? six : rest).push_back(term);
      }
      if (!rest.empty()) {
        llvm::BasicBlock* on = newBlock("or");
        branchAny(rest, known, yes, on);
        builder_.SetInsertPoint(on);
      }
      llvm::BasicBlock* ipv4 = newBlock("ipv4");
      llvm::BasicBlock* ipv6 = newBlock("ipv6");
      builder_.CreateCondBr(present(isa::kHasIpv4, known), ipv4, ipv6);
      builder_.SetInsertPoint(ipv4);
      branchAny(four, known | isa::kHasIpv4, yes, no);
      builder_.SetInsertPoint(ipv6);
      const bool is_ip = (closure(known) & isa::kHasIp) != 0;
      branchAny(six, is_ip ? known | isa::kHasIpv6 : known, yes, no);
      return;
    }
  }
  if (terms.empty()) {
    builder_.CreateBr(no);
    return;
  }
  for (auto next = terms.begin(); next != terms.end();) {
    const auto run =
        std::find_if(next, terms.end(), [this](const Term& t) { return needsBranches(*t.expr); });
    const auto end = run == next ? next + 1 : run;
    llvm::BasicBlock* on = end == terms.end() ? no : newBlock("or");
    if (run != next) {
      llvm::Value* holds = any({next, run}, known);
      builder_.CreateCondBr(holds, yes, on);
    } else {
      branchTerm(*next, known, yes, on);
    }
    next = end;
    builder_.SetInsertPoint(on);
  }
}

}  // namespace norman::codegen
