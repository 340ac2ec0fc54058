#include "scheduler/worlds.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/scheduler/queue_fixture.h"

using namespace mergeq;
using namespace mergeq::testing;

namespace {

/// Pending changes that all touch one target, with their odds.
struct Belief {
  explicit Belief(std::vector<double> success, double conflict, std::uint64_t seed) : rng(seed) {
    for (std::size_t i = 0; i < success.size(); ++i) {
      Change change;
      change.id = ChangeId{i + 1};
      change.state = ChangeState::pending;
      change.footprint = touches({"lib"});
      change.prediction.success = success[i];
      change.prediction.conflict_target = conflict;
      change.position = static_cast<std::uint32_t>(i);
      state.order.push_back(change.id);
      const auto it = state.changes.emplace(change.id, change).first;
      state.graph.add({.id = change.id,
                       .footprint = it->second.footprint,
                       .prediction = it->second.prediction});
    }
    for (ChangeId id : state.order) worlds.add(state, id, rng);
  }
  void verdict(const std::vector<std::uint64_t>& ids, bool passed) {
    std::vector<Member> members;
    for (const std::uint64_t id : ids) members.push_back({ChangeId{id}, 1, {}});
    worlds.observe(state, members, 0, passed, rng);
  }
  double alive(std::uint64_t id) const {
    return std::popcount(worlds.alive(state.change(ChangeId{id}))) / 64.0;
  }

  QueueState state;
  Rng rng;
  Worlds worlds;
};

/// Mean of a share over many draws.
template <class Ask>
double mean(const Ask& ask) {
  double sum = 0;
  constexpr int draws = 400;
  for (int seed = 1; seed <= draws; ++seed) sum += ask(static_cast<std::uint64_t>(seed));
  return sum / draws;
}

}  // namespace

TEST_SUITE("worlds") {
  TEST_CASE("before any verdict a change is good in as many worlds as its odds say") {
    const double share = mean([](std::uint64_t seed) { return Belief({0.7}, 0.0, seed).alive(1); });
    CHECK(std::abs(share - 0.7) < 0.01);
  }
  TEST_CASE("a pass clears every doubt of its set, in all worlds") {
    Belief b({0.5, 0.5}, 0.5, 3);
    b.verdict({1, 2}, true);
    CHECK(b.alive(1) == 1.0);
    CHECK(b.alive(2) == 1.0);
    CHECK(b.worlds.clash(ChangeId{1}, ChangeId{2}) == 0);
    CHECK(b.worlds.is_known_good(ChangeId{1}));
  }
  TEST_CASE("a change that failed alone is bad in all worlds") {
    Belief b({0.9}, 0.0, 3);
    b.verdict({1}, false);
    CHECK(b.alive(1) == 0.0);
  }
  TEST_CASE(
      "a failed pair has one that is to blame in each world, and the likelier one more often") {
    // Exact, by Bayes: P(1 bad | not both good) with P(bad) 0.3 and 0.1 is 0.3 / 0.37.
    const double first = mean([](std::uint64_t seed) {
      Belief b({0.7, 0.9}, 0.0, seed);
      b.verdict({1, 2}, false);
      CHECK((b.worlds.alive(b.state.change(ChangeId{1})) &
             b.worlds.alive(b.state.change(ChangeId{2})) &
             ~b.worlds.clash(ChangeId{1}, ChangeId{2})) == 0);
      return 1.0 - b.alive(1);
    });
    CHECK(std::abs(first - 0.3 / 0.37) < 0.03);
  }
  TEST_CASE("when one of a failed pair passes, the other or the pair is to blame") {
    const double second = mean([](std::uint64_t seed) {
      Belief b({0.7, 0.8}, 0.05, seed);
      b.verdict({1, 2}, false);
      b.verdict({1}, true);
      CHECK(b.alive(1) == 1.0);
      const WorldSet pair = b.worlds.clash(ChangeId{1}, ChangeId{2});
      CHECK((b.worlds.alive(b.state.change(ChangeId{2})) & ~pair) == 0);
      return 1.0 - b.alive(2);
    });
    // Exact: P(2 bad | 2 bad or pair breaks) = 0.2 / (0.2 + 0.8 * 0.05).
    CHECK(std::abs(second - 0.2 / 0.24) < 0.06);
  }
  TEST_CASE("a revised change is a new one: what its old failures blamed is forgotten") {
    Belief b({0.9, 0.9}, 0.0, 5);
    b.verdict({1}, false);
    b.worlds.remove(ChangeId{1}, ChangeState::queued);
    b.worlds.add(b.state, ChangeId{1}, b.rng);
    CHECK(b.alive(1) > 0.5);
  }
  TEST_CASE("heads that do not merge land together in no world") {
    Belief b({0.9, 0.9}, 0.0, 5);
    b.worlds.forbid(ChangeId{2}, ChangeId{1});
    CHECK(b.worlds.clash(ChangeId{1}, ChangeId{2}) == all_worlds);
  }
  TEST_CASE("what was saved goes on as if nothing had been") {
    Belief b({0.7, 0.9, 0.8}, 0.1, 7);
    b.verdict({1, 2, 3}, false);
    Worlds other;
    other.load(nlohmann::json::parse(b.worlds.save().dump()));
    CHECK(other.save() == b.worlds.save());
    Rng rng = b.rng;
    b.verdict({1}, true);
    const Member one{ChangeId{1}, 1, {}};
    other.observe(b.state, std::vector{one}, 0, true, rng);
    CHECK(other.save() == b.worlds.save());
  }
}
