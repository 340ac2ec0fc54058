#include "sim/scenario.h"

namespace mergeq::sim {

Footprint footprint(const Scenario& scenario, ChangeId id) {
  const Touched& touched = scenario.change(id).touched;
  Footprint result;
  result.targets.reserve(touched.targets.size());
  for (const std::uint32_t target : touched.targets) {
    result.targets.push_back(scenario.names->targets[target]);
  }
  result.paths.reserve(touched.paths.size());
  for (const std::uint32_t path : touched.paths) {
    TouchedPath entry;
    entry.path = scenario.names->paths[path];
    result.paths.push_back(std::move(entry));
  }
  return result;
}

}  // namespace mergeq::sim
