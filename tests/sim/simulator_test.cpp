#include "sim/simulator.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/sim/fixtures.h"

using namespace mergeq;
using namespace mergeq::sim;

namespace {

RunOptions checked_throughout() {
  RunOptions options;
  options.slots = 12;
  options.check_every = 1;
  return options;
}

}  // namespace

TEST_SUITE("simulator") {
  TEST_CASE("no strategy lands anything red, rejects wrongfully or leaves a change behind") {
    for (const Strategy& strategy : strategies()) {
      CAPTURE(strategy.name);
      CHECK(rc::check(strategy.name, [&](std::uint64_t seed) {
        Workload workload = small_workload(*rc::gen::inRange(1, 40));
        workload.touch.targets = *rc::gen::inRange(1u, 30u);
        workload.outcome.success.mean = *rc::gen::inRange(30, 99) / 100.0;
        workload.outcome.conflict.real_target = *rc::gen::inRange(0, 50) / 100.0;
        RunOptions options = checked_throughout();
        options.slots = *rc::gen::inRange(1u, 20u);
        const Figures f = simulate(make_scenario(workload, seed), strategy, options);
        RC_ASSERT(f.red_landings == 0u);
        RC_ASSERT(f.wrongful_rejections == 0u);
        RC_ASSERT(f.unfinished == 0u);
        RC_ASSERT(f.landed + f.rejected == workload.changes);
      }));
    }
  }

  TEST_CASE("the same seed gives the same figures, another seed others") {
    for (const Strategy& strategy : strategies()) {
      CAPTURE(strategy.name);
      const auto run = [&](std::uint64_t seed) {
        return simulate(make_scenario(small_workload(), seed), strategy, checked_throughout());
      };
      CHECK(run(1) == run(1));
      CHECK(run(1) != run(2));
    }
  }

  TEST_CASE("a queue that is saved and restored in the middle goes on as if nothing had been") {
    for (const Strategy& strategy : strategies()) {
      CAPTURE(strategy.name);
      const Scenario scenario = make_scenario(small_workload(), 3);
      const Figures straight = simulate(scenario, strategy, checked_throughout());
      for (const std::uint64_t after : {1, 50, 133, 200, 301}) {
        CAPTURE(after);
        RunOptions options = checked_throughout();
        options.restore_after_events = after;
        CHECK(simulate(scenario, strategy, options) == straight);
      }
    }
  }

  TEST_CASE("a runner that lies makes red landings, and the referee sees them") {
    RunOptions options = checked_throughout();
    options.runner_says = [](bool) { return true; };
    const Scenario scenario = make_scenario(small_workload(), 1);
    std::uint64_t bad = 0;
    for (const auto& change : scenario.changes) bad += change.outcome.good ? 0 : 1;
    const Figures figures = simulate(scenario, *strategy_by_name("oracle"), options);
    CHECK(figures.landed == 60);
    CHECK(figures.red_landings >= bad);
  }

  TEST_CASE("a runner that fails everything makes wrongful rejections, and the referee sees them") {
    RunOptions options = checked_throughout();
    options.runner_says = [](bool) { return false; };
    const Scenario scenario = make_scenario(small_workload(), 1);
    std::uint64_t good = 0;
    for (const auto& change : scenario.changes) good += change.outcome.good ? 1 : 0;
    const Figures figures = simulate(scenario, *strategy_by_name("single"), options);
    CHECK(figures.wrongful_rejections == good);
  }

  TEST_CASE("a cancelled build costs its slot up to its cancelling") {
    ByHand hand(1);
    hand.comes_bad(0, {0});
    hand.comes(0, {0});
    hand.scenario.changes[1].outcome.build_time = from_minutes(30);
    const Figures figures =
        simulate(hand.scenario, *strategy_by_name("optimistic"), checked_throughout());
    CHECK(figures.slot_minutes == 10.0 + 10.0 + 30.0);
    CHECK(figures.turnaround_min.p99 == 40.0);
  }

  TEST_CASE("an empty scenario ends at once") {
    CHECK(simulate(ByHand(1).scenario, *strategy_by_name("single"), checked_throughout()).events ==
          0);
  }

  TEST_CASE("progress is told, and never more than there is") {
    RunOptions options = checked_throughout();
    std::uint64_t last = 0;
    options.progress = [&](std::uint64_t finished, std::uint64_t changes) {
      CHECK(finished > last);
      CHECK(finished <= changes);
      last = finished;
    };
    simulate(make_scenario(small_workload(200), 1), *strategy_by_name("oracle"), options);
    CHECK(last == 192);
  }
}
