// Hot swaps back to back while a packet is offered every clock: is any packet lost, or seen by two programs?
#include <fmt/format.h>

#include "overlay_rtl/sim/swap_run.h"
#include "tests/bench/groups.h"
#include "tests/bench/report.h"

namespace norman::bench {

void measureSwap() {
  const isa::ConfigInfo& config = isa::kConfigs[0];
  const SwapOptions options;
  const SwapFigures figures = runSwaps(config, options);
  const std::string load = fmt::format("{} swaps, {} packets, one offered every clock; {}: {}", options.swaps, figures.packets, config.name, config.stages);
  report("overlay.swap.lost", static_cast<double>(figures.lost), "packets", load);
  report("overlay.swap.mixed", static_cast<double>(figures.mixed), "packets", load + "; old bank overwritten last stage first");
  report("overlay.swap.packets_per_clock",
         static_cast<double>(figures.packets) / static_cast<double>(figures.packets + figures.delayed), "packets/clock",
         "taken of those offered during the swaps");
  report("overlay.swap.load_clocks", static_cast<double>(figures.load_clocks), "clocks",
         fmt::format("the longest load: {} register writes, a row in each of {} stages", figures.load_writes, config.stages.size()));
  report("overlay.swap.clocks", static_cast<double>(figures.clocks) / options.swaps, "clocks", "load, flip and drain, mean");
}

}  // namespace norman::bench
