// Sets and reads the ports of the Verilated cores.
#include "overlay_rtl/sim/rtl_pins.h"

#include <cassert>
#include <cstring>
#include <string_view>

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
  const isa::ConfigInfo& config_;
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
