/// Zuul's dependent pipeline (zuul-ci.org, "Project Gating"): every change is built on all of those
/// ahead of it, on the assumption that they will succeed. The window says how many: 20 at first,
/// one more for each build that passes, halved for each rejection, never below 3.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/strategies/paths.h"
#include "sim/strategies/strategies.h"

namespace mergeq::sim {

namespace {

constexpr std::uint64_t window_at_first = 20;
constexpr std::uint64_t window_floor = 3;

class Optimistic final : public Planner {
 public:
  std::string_view name() const override { return "optimistic"; }
  LandingRule rule() const override {
    return {.uses_footprints = false,
            .together = false,
            .early_rejection = false,
            .overtake_below = 0.0};
  }
  void removing(const QueueState&, ChangeId, ChangeState as) override {
    if (as == ChangeState::rejected) window_ = std::max(window_floor, window_ / 2);
  }
  void observed(const QueueState& state, const Build& build, bool passed, Rng&) override {
    if (passed && state.is_pending(build.head())) ++window_;
  }
  Plan plan(const QueueState& state, Rng&) override {
    const std::size_t width = std::min<std::size_t>(state.order.size(), window_);
    std::vector<WantedPath> wanted;
    wanted.reserve(width);
    for (std::size_t i = 0; i < width; ++i) {
      const auto first = state.order.begin();
      wanted.push_back({.head = state.order[i],
                        .members = {first, first + static_cast<std::ptrdiff_t>(i)},
                        .needed = 1.0,
                        .worth = 1.0});
    }
    return plan_for(state, std::move(wanted), [](const Build&) { return false; });
  }
  nlohmann::json save() const override { return window_; }
  void load(const nlohmann::json& saved) override { window_ = saved.get<std::uint64_t>(); }

 private:
  std::uint64_t window_ = window_at_first;
};

}  // namespace

std::unique_ptr<Planner> make_optimistic() { return std::make_unique<Optimistic>(); }

}  // namespace mergeq::sim
