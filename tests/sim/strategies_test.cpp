#include "sim/strategies/strategies.h"

#include <doctest/doctest.h>

#include "sim/simulator.h"
#include "tests/sim/fixtures.h"

using namespace mergeq;
using namespace mergeq::sim;

namespace {

Figures run(const Scenario& scenario, const std::string& strategy, std::uint32_t slots = 100) {
  RunOptions options;
  options.slots = slots;
  options.check_every = 1;
  return simulate(scenario, *strategy_by_name(strategy), options);
}

/// So many changes at once on one target, all good.
Scenario crowd(int size) {
  ByHand hand(1);
  for (int i = 0; i < size; ++i) hand.comes(0, {0});
  return hand.scenario;
}

}  // namespace

TEST_SUITE("strategies") {
  TEST_CASE("an unknown name is an error that lists the known ones") {
    const auto unknown = strategy_by_name("magic");
    REQUIRE(!unknown);
    CHECK(
        unknown.error().message ==
        "strategy: expected one of single, optimistic, submitqueue, oracle, value, got \"magic\"");
  }

  TEST_CASE("a strategy's planner goes by the strategy's name") {
    for (const Strategy& strategy : strategies()) CHECK(strategy.make({})->name() == strategy.name);
  }

  TEST_CASE("single builds one change after the other") {
    const Figures figures = run(crowd(5), "single");
    CHECK(figures.builds == 5);
    CHECK(figures.turnaround_min ==
          Turnaround{.mean = 30.0, .p50 = 30.0, .p95 = 50.0, .p99 = 50.0});
  }

  TEST_CASE("optimistic builds all of its window at once, and 20 are in it at first") {
    CHECK(run(crowd(20), "optimistic").turnaround_min.p99 == 10.0);
    CHECK(run(crowd(21), "optimistic").turnaround_min.p99 == 20.0);
  }

  TEST_CASE("optimistic builds again what stood behind a failure") {
    ByHand hand(1);
    hand.comes_bad(0, {0});
    hand.comes(0, {0});
    const Figures figures = run(hand.scenario, "optimistic");
    CHECK(figures.turnaround_min.p99 == 20.0);
    CHECK(figures.builds == 3);
  }

  TEST_CASE("the oracle builds each change once, whatever fails") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const Figures figures = run(make_scenario(small_workload(), seed), "oracle");
      CHECK(figures.builds == figures.changes);
      CHECK(figures.failed_builds == figures.rejected);
    }
  }

  TEST_CASE("submitqueue hedges: both outcomes of a doubtful predecessor are built at once") {
    ByHand hand(1);
    hand.comes_bad(0, {0});
    hand.scenario.changes[0].outcome.prediction.success = 0.5;
    hand.comes(0, {0});
    const Figures figures = run(hand.scenario, "submitqueue");
    CHECK(figures.turnaround_min.p99 == 10.0);
    CHECK(figures.builds == 3);
  }

  TEST_CASE("submitqueue spends no build on changes that do not conflict") {
    ByHand hand(10);
    for (std::uint32_t i = 0; i < 10; ++i) hand.comes(0, {i});
    CHECK(run(hand.scenario, "submitqueue").builds == 10);
  }
}
