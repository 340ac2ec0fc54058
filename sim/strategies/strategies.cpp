#include "sim/strategies/strategies.h"

#include "scheduler/planners.h"

namespace mergeq::sim {

const std::vector<Strategy>& strategies() {
  static const std::vector<Strategy> all{
      {"single", [](const Foresight&) { return make_single(); }},
      {"optimistic", [](const Foresight&) { return make_optimistic(); }},
      {"submitqueue", [](const Foresight&) { return make_submitqueue(); }},
      {"oracle", [](const Foresight& foresight) { return make_oracle(foresight); }},
      {"value", [](const Foresight&) { return make_value_planner(); }},
  };
  return all;
}

Result<Strategy> strategy_by_name(std::string_view name) {
  std::string known;
  for (const Strategy& strategy : strategies()) {
    if (strategy.name == name) return strategy;
    if (!known.empty()) known += ", ";
    known += strategy.name;
  }
  return fail(ErrorCode::invalid,
              "strategy: expected one of " + known + ", got \"" + std::string(name) + "\"");
}

}  // namespace mergeq::sim
