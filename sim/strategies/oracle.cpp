/// Knows every outcome, and still lands in order and builds what it lands: for each change the one
/// path that will come true. What is left is the time of the builds and of waiting for those ahead,
/// which no strategy that lands in order can beat.
#include <utility>

#include "sim/strategies/paths.h"
#include "sim/strategies/strategies.h"

namespace mergeq::sim {

namespace {

class Oracle final : public Planner {
 public:
  explicit Oracle(Foresight foresight) : foresight_(std::move(foresight)) {}

  std::string_view name() const override { return "oracle"; }
  LandingRule rule() const override {
    return {.uses_footprints = true,
            .together = false,
            .early_rejection = false,
            .overtake_below = 0.0};
  }
  Plan plan(const QueueState& state, Rng&) override {
    const Places places(state);
    std::vector<char> lands(state.order.size(), 0);
    std::vector<std::vector<Places::Ahead>> ahead;
    std::vector<WantedPath> wanted;
    wanted.reserve(state.order.size());
    for (std::size_t i = 0; i < state.order.size(); ++i) {
      const ChangeId id = state.order[i];
      ahead.push_back(places.ahead(state, id));
      bool good = foresight_.good(id);
      for (const LandedNeighbour& landed : state.change(id).landed_neighbours) {
        good = good && !foresight_.break_together(id, landed.change);
      }
      std::vector<std::uint32_t> assumed;
      for (const Places::Ahead& below : ahead[i]) {
        if (lands[below.place] == 0) continue;
        assumed.push_back(below.place);
        good = good && !foresight_.break_together(id, below.change);
      }
      lands[i] = good ? 1 : 0;
      const auto will_land = [&](std::uint32_t place) { return lands[place] != 0; };
      wanted.push_back({.head = id,
                        .members = with_their_own(state, ahead, will_land, assumed),
                        .needed = 1.0,
                        .worth = 1.0});
    }
    return plan_for(state, std::move(wanted), [](const Build&) { return false; });
  }
  double lands(ChangeId id) const override { return foresight_.good(id) ? 1.0 : 0.0; }

 private:
  Foresight foresight_;
};

}  // namespace

std::unique_ptr<Planner> make_oracle(Foresight foresight) {
  return std::make_unique<Oracle>(std::move(foresight));
}

}  // namespace mergeq::sim
