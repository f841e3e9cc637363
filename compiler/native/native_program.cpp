// Gives every declared call of the module a body, then lets the JIT compile all of it.
#include "compiler/native/native_program.h"

#include <bit>
#include <cstring>
#include <map>

#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Metadata.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>

#include "compiler/native/runtime.h"
#include "norman/spec/norman_hw.h"

namespace norman::native {

struct NativeProgram::Runtime {
  using Entry = void (*)(const std::uint32_t*);
  Execution execution;
  std::map<std::string, Table, std::less<>> tables;
  std::map<std::string, PrefixTable, std::less<>> prefixes;
  std::map<std::string, RuleTable, std::less<>> rules;
  std::map<std::string, LearnedTable, std::less<>> learned;
  std::map<std::string, StateObject, std::less<>> states;
  std::array<std::vector<EventCount>, 2> counts;
  std::array<Entry, 2> entries{};
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

namespace {

constexpr const char* kEntryNames[] = {"ingress", "egress"};

/// What `!norman.objects` says of one object.
struct ObjectNode {
  std::string name;
  isa::ObjectKind kind;
  std::uint64_t program;
  std::uint64_t size;
  bool shared;  // a learned table that both programs have
};

std::vector<ObjectNode> objectNodes(const llvm::Module& module) {
  std::vector<ObjectNode> nodes;
  const llvm::NamedMDNode* objects = module.getNamedMetadata("norman.objects");
  if (objects == nullptr) return nodes;
  for (const llvm::MDNode* node : objects->operands()) {
    const auto number = [&](unsigned i) { return llvm::mdconst::extract<llvm::ConstantInt>(node->getOperand(i))->getZExtValue(); };
    nodes.push_back({llvm::cast<llvm::MDString>(node->getOperand(0))->getString().str(), static_cast<isa::ObjectKind>(number(1)),
                     number(2), number(3), node->getNumOperands() > 8 && static_cast<isa::ObjectKind>(number(1)) == isa::ObjectKind::Learned && number(8) != 0});
  }
  return nodes;
}

/// The records of a flat section.
template <typename Record>
std::vector<Record> recordsOf(const llvm::Module& module, const char* section) {
  std::vector<Record> records;
  for (const llvm::GlobalVariable& global : module.globals()) {
    if (global.getSection() != section) continue;
    const llvm::StringRef bytes = llvm::cast<llvm::ConstantDataSequential>(global.getInitializer())->getRawDataValues();
    records.resize(bytes.size() / sizeof(Record));
    std::memcpy(records.data(), bytes.data(), records.size() * sizeof(Record));
  }
  return records;
}

/// Writes the bodies of the calls. Addresses of this program's memory stand in the code as constants.
class CallBodies {
 public:
  CallBodies(llvm::Module& module, Execution& execution) : module_(module), builder_(module.getContext()), execution_(execution) {}

  void verdict(llvm::Function& function) {
    begin(function);
    builder_.CreateStore(function.getArg(0), address(&execution_.verdict_word));
    builder_.CreateRetVoid();
  }
  void act(llvm::Function& function) {
    begin(function);
    orInto(function.getArg(0));
    builder_.CreateRetVoid();
  }
  void rewrite(llvm::Function& function) {
    begin(function);
    orInto(builder_.CreateShl(builder_.getInt32(1), function.getArg(0)));
    builder_.CreateRetVoid();
  }
  void exit(llvm::Function& function) {
    begin(function);
    llvm::Value* slot = builder_.CreateGEP(builder_.getInt32Ty(), address(execution_.targets.data()), function.getArg(0));
    // A path that does not rewrite the target brings poison; its mask bit is clear.
    builder_.CreateStore(builder_.CreateFreeze(function.getArg(1)), slot);
    builder_.CreateRetVoid();
  }
  void event(llvm::Function& function) {
    begin(function);
    call(reinterpret_cast<void*>(&normanNativeEvent), builder_.getVoidTy(), {address(&execution_), function.getArg(0), function.getArg(1)});
    builder_.CreateRetVoid();
  }
  void lookup(llvm::Function& function, const Table& table) {
    answer(function, reinterpret_cast<void*>(&normanNativeLookup), &table, builder_.getInt32Ty());
  }
  void prefix(llvm::Function& function, const PrefixTable& table) {
    answer(function, reinterpret_cast<void*>(&normanNativePrefix), &table, builder_.getInt32Ty());
  }
  void gather(llvm::Function& function) {
    answer(function, reinterpret_cast<void*>(&normanNativeGather), &execution_, builder_.getInt32Ty());
  }
  void rules(llvm::Function& function, const RuleTable& table) {
    begin(function);
    llvm::Value* key = builder_.CreateAlloca(builder_.getInt32Ty(), builder_.getInt32(isa::kRuleKeyWords));
    llvm::Value* argument = builder_.CreateAlloca(builder_.getInt32Ty());
    llvm::Value* actions = builder_.CreateAlloca(builder_.getInt32Ty());
    for (unsigned i = 0; i < isa::kRuleKeyWords; ++i)
      builder_.CreateStore(builder_.CreateFreeze(function.getArg(i)), builder_.CreateConstGEP1_32(builder_.getInt32Ty(), key, i));
    llvm::Value* found = call(reinterpret_cast<void*>(&normanNativeRules), builder_.getInt8Ty(), {address(&execution_), address(&table), key, argument, actions});
    llvm::Value* result = builder_.CreateInsertValue(llvm::PoisonValue::get(function.getReturnType()),
                                                     builder_.CreateTrunc(found, builder_.getInt1Ty()), 0);
    result = builder_.CreateInsertValue(result, builder_.CreateLoad(builder_.getInt32Ty(), argument), 1);
    builder_.CreateRet(builder_.CreateInsertValue(result, builder_.CreateLoad(builder_.getInt32Ty(), actions), 2));
  }
  void learn(llvm::Function& function, LearnedTable& table) {
    answer(function, reinterpret_cast<void*>(&normanNativeLearn), &table, builder_.getInt32Ty());
  }
  void state(llvm::Function& function, StateObject& object) {
    answer(function, reinterpret_cast<void*>(&normanNativeState), &object, builder_.getInt64Ty());
  }

 private:
  void begin(llvm::Function& function) {
    function.setLinkage(llvm::GlobalValue::InternalLinkage);
    function.setMemoryEffects(llvm::MemoryEffects::unknown());
    function.addFnAttr(llvm::Attribute::AlwaysInline);
    builder_.SetInsertPoint(llvm::BasicBlock::Create(module_.getContext(), "entry", &function));
  }
  llvm::Constant* address(const void* pointer) {
    return llvm::ConstantExpr::getIntToPtr(builder_.getInt64(reinterpret_cast<std::uintptr_t>(pointer)), builder_.getPtrTy());
  }
  llvm::Value* call(void* target, llvm::Type* result, llvm::ArrayRef<llvm::Value*> arguments) {
    std::vector<llvm::Type*> types;
    for (llvm::Value* argument : arguments) types.push_back(argument->getType());
    return builder_.CreateCall(llvm::FunctionType::get(result, types, false), address(target), arguments);
  }
  void orInto(llvm::Value* bits) {
    llvm::Constant* word = address(&execution_.act);
    builder_.CreateStore(builder_.CreateOr(builder_.CreateLoad(builder_.getInt32Ty(), word), bits), word);
  }
  /// {i1, value} of a callback that returns a bool and writes the value.
  void answer(llvm::Function& function, void* target, const void* object, llvm::Type* type) {
    begin(function);
    llvm::Value* slot = builder_.CreateAlloca(type);
    std::vector<llvm::Value*> arguments = {address(object)};
    for (llvm::Argument& argument : function.args()) arguments.push_back(&argument);
    arguments.push_back(slot);
    llvm::Value* flag = builder_.CreateTrunc(call(target, builder_.getInt8Ty(), arguments), builder_.getInt1Ty());
    llvm::Value* result = builder_.CreateInsertValue(llvm::PoisonValue::get(function.getReturnType()), flag, 0);
    builder_.CreateRet(builder_.CreateInsertValue(result, builder_.CreateLoad(type, slot), 1));
  }

  llvm::Module& module_;
  llvm::IRBuilder<> builder_;
  Execution& execution_;
};

void optimise(llvm::Module& module) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder passes;
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(graph);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, graph, modules);
  passes.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

}  // namespace

NativeProgram::NativeProgram(std::unique_ptr<Runtime> runtime) : runtime_(std::move(runtime)) {}
NativeProgram::~NativeProgram() = default;

llvm::Expected<std::unique_ptr<NativeProgram>> NativeProgram::create(std::unique_ptr<llvm::LLVMContext> context,
                                                                     std::unique_ptr<llvm::Module> given) {
  // Keeps the order of their ends: the module first.
  llvm::orc::ThreadSafeModule owner(std::move(given), std::move(context));
  llvm::Module* module = owner.getModuleUnlocked();
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto runtime = std::make_unique<Runtime>();

  const std::vector<ObjectNode> objects = objectNodes(*module);
  for (const ObjectNode& object : objects) {
    if (object.kind == isa::ObjectKind::Set) runtime->tables[object.name];
    if (object.kind == isa::ObjectKind::Prefixes) runtime->prefixes[object.name];
    if (object.kind == isa::ObjectKind::Rules) runtime->rules[object.name];
    if (object.kind == isa::ObjectKind::Learned) {
      LearnedTable& table = runtime->learned[object.name];
      table.execution = &runtime->execution;
      table.shared = object.shared;
      for (auto& entries : table.entries) entries.resize(object.size);
    }
    if (object.kind == isa::ObjectKind::Meter || object.kind == isa::ObjectKind::State) {
      StateObject& state = runtime->states[object.name];
      state.execution = &runtime->execution;
      state.words[object.program].resize(object.size);
    }
  }
  for (const auto& entry : recordsOf<norman_image_list_entry>(*module, NORMAN_IMAGE_LIST_ENTRY_SECTION))
    if ((entry.flags >> static_cast<unsigned>(isa::ListFlag::Covered) & 1) == 0) runtime->rules[objects[entry.object].name].entries.push_back(entry);
  for (const auto& entry : recordsOf<norman_image_table_entry>(*module, NORMAN_IMAGE_TABLE_ENTRY_SECTION)) {
    const ObjectNode& object = objects[entry.object];
    Table& table = object.kind == isa::ObjectKind::Prefixes ? runtime->prefixes[object.name][entry.length] : runtime->tables[object.name];
    table[{entry.key[0], entry.key[1], entry.key[2], entry.key[3]}] = entry.value;
  }

  CallBodies bodies(*module, runtime->execution);
  std::array<bool, 2> defined{};
  for (llvm::Function& function : *module) {
    if (!function.isDeclaration()) {
      for (unsigned program = 0; program < 2; ++program) defined[program] |= function.getName() == kEntryNames[program];
      continue;
    }
    llvm::StringRef name = function.getName();
    if (name == "norman.verdict" || name == "norman.verdict.word") bodies.verdict(function);
    else if (name == "norman.act") bodies.act(function);
    else if (name == "norman.rewrite") bodies.rewrite(function);
    else if (name == "norman.exit") bodies.exit(function);
    else if (name == "norman.gather") bodies.gather(function);
    else if (name.starts_with("norman.event.")) bodies.event(function);
    else if (name.consume_front("norman.lookup.")) bodies.lookup(function, runtime->tables[name.str()]);
    else if (name.consume_front("norman.prefix.")) bodies.prefix(function, runtime->prefixes[name.str()]);
    else if (name.consume_front("norman.rules.")) bodies.rules(function, runtime->rules[name.str()]);
    else if (name.consume_front("norman.learn.")) bodies.learn(function, runtime->learned[name.str()]);
    else if (name.consume_front("norman.state.")) bodies.state(function, runtime->states[name.str()]);
    else if (!name.starts_with("llvm."))
      return llvm::createStringError(llvm::inconvertibleErrorCode(), "'%s' is not a call of the IR", name.str().c_str());
  }
  // The flat sections are for the image; the host needs no copy.
  for (llvm::GlobalVariable& global : llvm::make_early_inc_range(module->globals()))
    if (global.use_empty()) global.eraseFromParent();

  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit) return jit.takeError();
  runtime->jit = std::move(*jit);
  module->setDataLayout(runtime->jit->getDataLayout());
  module->setTargetTriple(runtime->jit->getTargetTriple().str());
  optimise(*module);
  if (llvm::Error error = runtime->jit->addIRModule(std::move(owner))) return error;
  for (unsigned program = 0; program < 2; ++program) {
    if (!defined[program]) continue;
    auto entry = runtime->jit->lookup(kEntryNames[program]);
    if (!entry) return entry.takeError();
    runtime->entries[program] = entry->toPtr<Runtime::Entry>();
  }
  return std::unique_ptr<NativeProgram>(new NativeProgram(std::move(runtime)));
}

bool NativeProgram::has(isa::Program program) const { return runtime_->entries[static_cast<unsigned>(program)] != nullptr; }

ExitRecord NativeProgram::run(isa::Program program, const EntryWords& words) {
  Execution& execution = runtime_->execution;
  execution.verdict_word = static_cast<std::uint32_t>(isa::Verdict::Pass) | isa::kNoRule << 16;
  execution.act = 0;
  execution.events.clear();
  execution.program = static_cast<unsigned>(program);
  execution.packet = &words;
  if (const Runtime::Entry entry = runtime_->entries[execution.program]) entry(words.data());

  ExitRecord record;
  record.verdict_word = execution.verdict_word;
  record.act = execution.act;
  for (unsigned target = 0; target < isa::kExitTargets; ++target) {
    if ((execution.act >> target & 1) == 0) continue;
    const unsigned width = isa::kExitTargetWidths[target];
    record.targets[target] = width == 32 ? execution.targets[target] : execution.targets[target] & ((1u << width) - 1);
  }
  auto& counts = runtime_->counts[execution.program];
  for (const std::uint32_t id : execution.events) {
    const auto slot = static_cast<unsigned>(std::popcount(record.event_valid));
    if (slot < isa::kEventSlots) {
      record.event_ids[slot] = static_cast<std::uint16_t>(id);
      record.event_valid = static_cast<std::uint8_t>(record.event_valid << 1 | 1);
    }
    if (counts.size() <= id) counts.resize(id + 1);
    ++counts[id].packets;
    counts[id].bytes += words[isa::kWLength] & 0xffff;
  }
  return record;
}

EventCount NativeProgram::eventCount(isa::Program program, std::uint32_t id) const {
  const auto& counts = runtime_->counts[static_cast<unsigned>(program)];
  return id < counts.size() ? counts[id] : EventCount{};
}

std::uint64_t NativeProgram::stateWord(isa::Program program, std::string_view object) const {
  const auto found = runtime_->states.find(object);
  if (found == runtime_->states.end()) return 0;
  const auto& words = found->second.words[static_cast<unsigned>(program)];
  return words.empty() ? 0 : words[0];
}

}  // namespace norman::native
