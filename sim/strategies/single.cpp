/// One change at a time, in order, each on the trunk as it is: the simplest queue that keeps trunk
/// green, and the slowest.
#include "sim/strategies/paths.h"
#include "sim/strategies/strategies.h"

namespace mergeq::sim {

namespace {

class Single final : public Planner {
 public:
  std::string_view name() const override { return "single"; }
  LandingRule rule() const override {
    return {.uses_footprints = false,
            .together = false,
            .early_rejection = false,
            .overtake_below = 0.0};
  }
  Plan plan(const QueueState& state, Rng&) override {
    std::vector<WantedPath> wanted;
    if (!state.order.empty()) {
      wanted.push_back({.head = state.order.front(), .members = {}, .needed = 1.0, .worth = 1.0});
    }
    return plan_for(state, std::move(wanted), [](const Build&) { return false; });
  }
};

}  // namespace

std::unique_ptr<Planner> make_single() { return std::make_unique<Single>(); }

}  // namespace mergeq::sim
