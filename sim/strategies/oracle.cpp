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
    std::vector<WantedPath> wanted;
    wanted.reserve(state.order.size());
    for (std::size_t i = 0; i < state.order.size(); ++i) {
      const ChangeId id = state.order[i];
      bool good = foresight_.good(id);
      for (const LandedNeighbour& landed : state.change(id).landed_neighbours) {
        good = good && !foresight_.break_together(id, landed.change);
      }
      WantedPath path{.head = id, .members = {}, .needed = 1.0, .worth = 1.0};
      for (const Places::Ahead& ahead : places.ahead(state, id)) {
        if (lands[ahead.place] == 0) continue;
        path.members.push_back(ahead.change);
        good = good && !foresight_.break_together(id, ahead.change);
      }
      lands[i] = good ? 1 : 0;
      wanted.push_back(std::move(path));
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
