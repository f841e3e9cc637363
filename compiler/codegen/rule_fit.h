// Whether a rule stage can hold a list: the loader's own layout, tried without hardware.
#pragma once

#include <span>

#include "compiler/codegen/rule_table.h"
#include "norman/spec/isa.h"

namespace norman::codegen {

/// Whether an empty rule stage of this overlay takes all entries of these lists.
bool fitsRuleStage(std::span<const std::vector<RuleTableEntry>> lists, const isa::ConfigInfo& overlay);

}  // namespace norman::codegen
