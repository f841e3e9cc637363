// Sets and reads the ports of the Verilated cores.
#include "overlay_rtl/sim/rtl_pins.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <string_view>
#include <utility>

#include "Vcore_default.h"
#include "Vcore_default__Dpi.h"
#include "Vcore_default_row_trace_pkg.h"
#include "Vcore_small.h"
#include "Vcore_small_row_trace_pkg.h"

namespace norman {
namespace {

std::vector<TraceRow>* trace_sink = nullptr;
unsigned trace_registers = 0;

// The package variable that switches the trace (row_trace.sv): the number of the run, or 0.
template <typename Top>
void switchTrace(Top& top, unsigned run) {
  top.__PVT__row_trace_pkg->run = run;
}

template <typename Top>
class Pins final : public RtlPins {
 public:
  explicit Pins(const isa::ConfigInfo& config) : config_(config) {
    top_->rst_ni = 0;
    for (int i = 0; i < 4; ++i) clock();
    top_->rst_ni = 1;
    top_->response_ready_i = 1;
    top_->packet_out_ready_i = 1;
    top_->eval();
  }
  ~Pins() override {
    top_->final();
    if (traces_) trace_sink = nullptr;
  }

  void clock() override {
    top_->clk_i = 1;
    top_->eval();
    top_->clk_i = 0;
    top_->eval();
    ++clocks_;
    for (std::size_t n = 0; n < learners_.size(); ++n)
      if (bitsOf(top_->mirror_out_o, n * mirror_bits_ + mirror_bits_ - 1, 1) != 0) collect(n);
  }
  std::uint64_t clocks() const override { return clocks_; }

  bool inReady() const override { return top_->packet_in_ready_o != 0; }
  void offer(const EntryWords& words, std::uint16_t tag, const std::uint64_t* owner) override {
    static_assert(sizeof(top_->packet_in_words_i) == isa::kEntryWords * sizeof(std::uint32_t) && sizeof(top_->packet_in_window_i) == sizeof(words.window));
    std::memcpy(&top_->packet_in_words_i, words.data(), sizeof(top_->packet_in_words_i));
    std::memcpy(&top_->packet_in_window_i, words.window.data(), sizeof(words.window));
    top_->packet_in_window_bytes_i = words.window_bytes;
    const std::uint64_t both = words[isa::kWPredLo] | std::uint64_t{words[isa::kWPredHi]} << 32;
    top_->packet_in_owner0_i = owner != nullptr ? owner[0] : both;
    top_->packet_in_owner1_i = owner != nullptr ? owner[1] : both;
    top_->packet_in_tag_i = tag;
    top_->packet_in_valid_i = 1;
  }
  void offerNothing() override { top_->packet_in_valid_i = 0; }

  bool outValid() const override { return top_->packet_out_valid_o != 0; }
  void setOutReady(bool ready) override { top_->packet_out_ready_i = ready; }
  std::uint16_t outTag() const override { return top_->packet_out_tag_o; }
  void outRecord(ExitRecord& record) const override {
    record.verdict_word = top_->packet_out_verdict_o;
    record.act = top_->packet_out_act_o;
    static_assert(sizeof(top_->packet_out_targets_o) == sizeof(record.targets));
    std::memcpy(record.targets.data(), &top_->packet_out_targets_o, sizeof(record.targets));
    for (unsigned slot = 0; slot < isa::kEventSlots; ++slot)
      record.event_ids[slot] = static_cast<std::uint16_t>(top_->packet_out_event_id_o >> (16 * slot));
    record.event_valid = top_->packet_out_event_valid_o;
    record.epoch = top_->packet_out_epoch_o;
  }

  std::vector<SharedEntry> takeShared() override { return std::exchange(shared_, {}); }
  void giveShared(const SharedEntry* entry) override {
    std::memset(&top_->mirror_in_i, 0, sizeof top_->mirror_in_i);
    if (entry == nullptr) return;
    const auto found = std::find(learners_.begin(), learners_.end(), entry->stage);
    assert(found != learners_.end());
    unsigned at = static_cast<unsigned>(found - learners_.begin()) * mirror_bits_;
    const auto put = [&](std::uint64_t bits, unsigned count) {
      for (unsigned b = 0; b < count; ++b, ++at) setBit(top_->mirror_in_i, at, bits >> b & 1);
    };
    put(entry->words[2], 40);        // value, action
    put(entry->words[0], 64);
    put(entry->words[1], 64);
    put(entry->words[2] >> 40, 9);   // table, valid
    put(entry->row, row_bits_);
    put(entry->way, 2);
    put(1, 1);
  }

  bool requestReady() const override { return top_->request_ready_o != 0; }
  void request(bool write, std::uint32_t address, std::uint64_t data) override {
    top_->request_valid_i = 1;
    top_->request_write_i = write;
    top_->request_addr_i = address & 0xffffff;
    top_->request_data_i = data;
  }
  void requestNothing() override { top_->request_valid_i = 0; }
  bool responseValid() const override { return top_->response_valid_o != 0; }
  void setResponseReady(bool ready) override { top_->response_ready_i = ready; }
  std::uint64_t responseData() const override { return top_->response_data_o; }

  void setTrace(std::vector<TraceRow>* sink) override {
    assert((trace_sink == nullptr || traces_) && "one core traces at a time");
    trace_sink = sink;
    trace_registers = config_.registers;
    traces_ = sink != nullptr;
    // Each run has a number of its own, by which the stages know that packets count from zero again.
    switchTrace(*top_, traces_ ? ++runs_ : 0);
  }

 private:
  // mirror_t of overlay_core_pkg for each stage that can learn: valid, way, row, entry; an entry is valid, table, key, action, value.
  static std::vector<std::uint8_t> learnersOf(const isa::ConfigInfo& config) {
    std::vector<std::uint8_t> stages;
    for (std::uint8_t s = 0; s < config.stages.size(); ++s)
      if ((config.learning >> s & 1) != 0) stages.push_back(s);
    return stages;
  }
  template <typename Port>
  static std::uint64_t bitsOf(const Port& port, unsigned at, unsigned count) {
    std::uint64_t bits = 0;
    for (unsigned b = 0; b < count; ++b) bits |= std::uint64_t{port[(at + b) / 32] >> (at + b) % 32 & 1} << b;
    return bits;
  }
  template <typename Port>
  static void setBit(Port& port, unsigned at, bool value) {
    if (value) port[at / 32] |= std::uint32_t{1} << at % 32;
  }
  void collect(std::size_t n) {
    unsigned at = static_cast<unsigned>(n) * mirror_bits_;
    const auto take = [&](unsigned count) {
      const std::uint64_t bits = bitsOf(top_->mirror_out_o, at, count);
      at += count;
      return bits;
    };
    SharedEntry entry;
    entry.stage = learners_[n];
    entry.words[2] = take(40);
    entry.words[0] = take(64);
    entry.words[1] = take(64);
    entry.words[2] |= take(9) << 40;
    entry.row = static_cast<std::uint16_t>(take(row_bits_));
    entry.way = static_cast<std::uint8_t>(take(2));
    shared_.push_back(entry);
  }

  const isa::ConfigInfo& config_;
  const std::vector<std::uint8_t> learners_ = learnersOf(config_);
  const unsigned row_bits_ = static_cast<unsigned>(std::bit_width(config_.exact_rows - 1)), mirror_bits_ = 1 + 2 + row_bits_ + 177;
  std::vector<SharedEntry> shared_;
  std::unique_ptr<Top> top_ = std::make_unique<Top>();
  std::uint64_t clocks_ = 0;
  bool traces_ = false;
  unsigned runs_ = 0;
};

}  // namespace

std::unique_ptr<RtlPins> RtlPins::create(const isa::ConfigInfo& config) {
  if (config.name == std::string_view("default")) return std::make_unique<Pins<Vcore_default>>(config);
  if (config.name == std::string_view("small")) return std::make_unique<Pins<Vcore_small>>(config);
  return nullptr;
}

}  // namespace norman

/// Called by row_trace.sv; its place in both Verilated classes is the same.
extern "C" void norman_trace_row(int packet, int stage, int row, int predicates, const svBitVecVal* registers) {
  using namespace norman;
  if (trace_sink == nullptr) return;
  TraceRow& trace = trace_sink->emplace_back();
  trace.packet = static_cast<std::uint32_t>(packet);
  trace.stage = static_cast<std::uint8_t>(stage);
  trace.row = static_cast<std::uint8_t>(row);
  trace.predicates = static_cast<std::uint8_t>(predicates);
  std::memcpy(trace.registers.data(), registers, trace_registers * sizeof(std::uint32_t));
}
