#include "sim/truth.h"

#include <doctest/doctest.h>
#include <algorithm>
#include <iterator>

#include "tests/sim/fixtures.h"

using namespace mergeq;
using namespace mergeq::sim;

TEST_SUITE("truth") {
  TEST_CASE("only changes that share a target and were there at the same time break together") {
    ByHand hand(2);
    hand.scenario.conflict.real_target = 1.0;
    const auto a = hand.comes(0, {0});
    const auto b = hand.comes(0, {1});
    const auto c = hand.comes(0, {0, 1});
    const auto d = hand.comes(0, {0});
    Truth truth(hand.scenario);
    truth.came(a);
    truth.came(b);
    truth.came(c);
    truth.left(a);
    truth.came(d);
    CHECK(truth.break_together(a, c));
    CHECK(truth.break_together(c, d));
    CHECK(!truth.break_together(a, b));
    CHECK(!truth.break_together(a, d));
  }

  TEST_CASE("pairs that share a path break at the path's rate") {
    ByHand hand(1);
    hand.scenario.conflict.real_path = 1.0;
    const auto a = hand.comes(0, {0});
    const auto b = hand.comes(0, {0});
    const auto c = hand.comes(0, {0});
    for (const auto id : {a, b}) hand.scenario.changes[id.value - 1].touched.paths = {0};
    Truth truth(hand.scenario);
    for (const auto id : {a, b, c}) truth.came(id);
    CHECK(truth.break_together(a, b));
    CHECK(!truth.break_together(a, c));
  }

  TEST_CASE("breaking together is mutual, and about as frequent as the model says") {
    Workload workload = small_workload(1000);
    const Scenario scenario = make_scenario(workload, 11);
    Truth truth(scenario);
    for (std::uint64_t i = 1; i <= 1000; ++i) truth.came({i});
    std::size_t touching = 0, breaking = 0;
    for (std::uint64_t i = 1; i <= 1000; ++i) {
      breaking += truth.enemies({i}).size();
      for (const ChangeId enemy : truth.enemies({i})) REQUIRE(truth.break_together(enemy, {i}));
      for (std::uint64_t j = 1; j <= 1000; ++j) {
        const auto& a = scenario.change({i}).touched.targets;
        const auto& b = scenario.change({j}).touched.targets;
        std::vector<std::uint32_t> common;
        std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
        touching += i != j && !common.empty() ? 1 : 0;
      }
    }
    CHECK(static_cast<double>(breaking) / static_cast<double>(touching) ==
          doctest::Approx(0.1).epsilon(0.05));
  }
}
