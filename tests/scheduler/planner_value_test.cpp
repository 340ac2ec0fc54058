#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "scheduler/evidence.h"
#include "scheduler/planners.h"
#include "tests/scheduler/queue_fixture.h"

using namespace mergeq;
using namespace mergeq::testing;

namespace {

/// Lives with the planner `value`: random changes come, their builds end by the truth.
void live(World& w, Rng& rng, int steps) {
  for (int i = 0; i < steps; ++i) {
    w.now += std::chrono::minutes{rng.below(20)};
    const auto& builds = w.queue.state().builds;
    if (builds.empty() || rng.chance(0.45)) {
      const ChangeId id = w.queue.next_change();
      std::vector<std::string> targets{"t" + std::to_string(rng.below(5))};
      if (rng.chance(0.4)) targets.push_back("u" + std::to_string(rng.below(3)));
      if (id.value > 1 && rng.chance(0.1)) w.textual.insert({ChangeId{id.value - 1}, id});
      Proposal proposal;
      if (id.value > 1 && w.queue.state().is_pending(ChangeId{id.value - 1})) {
        if (rng.chance(0.1)) w.contains[id] = {ChangeId{id.value - 1}};
        if (rng.chance(0.1)) proposal.depends_on = {ChangeId{id.value - 1}};
      }
      w.enqueue("c" + std::to_string(id.value), touches(targets), proposal);
    } else {
      auto it = builds.begin();
      std::advance(it, static_cast<std::ptrdiff_t>(rng.below(builds.size())));
      const Build build = it->second;
      bool bad = false;
      for (const Member& m : build.members) bad |= m.change.value % 6 == 0;
      w.finish(build.id, bad ? Verdict::failed : Verdict::passed);
    }
  }
}

/// Calls `check(state, plan)` for what the planner wants at each of 60 moments in 20 queues' lives.
template <class Check>
void at_each_plan(Check check) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    World w(policy_of(6), make_value_planner(), seed);
    Rng rng(seed);
    for (int i = 0; i < 60; ++i) {
      live(w, rng, 1);
      auto planner = make_value_planner();
      planner->load(w.queue.planner().save());
      Rng copy(seed);
      check(w.queue.state(), planner->plan(w.queue.state(), copy));
    }
  }
}

}  // namespace

TEST_SUITE("planner value") {
  TEST_CASE("everything ends: good changes land, bad ones are rejected, nothing waits for ever") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(seed);
      World w(policy_of(4), make_value_planner(), seed);
      Rng rng(seed);
      live(w, rng, 120);
      for (int i = 0; i < 3'000 && !w.queue.state().changes.empty(); ++i) {
        w.now += std::chrono::minutes{5};
        const auto& builds = w.queue.state().builds;
        if (builds.empty()) {
          w.apply(event::Tick{});
          continue;
        }
        const Build build = builds.begin()->second;
        bool bad = false;
        for (const Member& m : build.members) bad |= m.change.value % 6 == 0;
        w.finish(build.id, bad ? Verdict::failed : Verdict::passed);
      }
      CHECK(w.queue.state().changes.empty());
      for (const auto& [id, change] : w.closed) {
        if (change.reason == Reason::build_failed) CHECK(id.value % 6 == 0);
        if (change.state == ChangeState::landed) CHECK(id.value % 6 != 0);
      }
    }
  }

  TEST_CASE("it wants no path twice, none that is known, and never two that do not merge") {
    at_each_plan([](const QueueState& s, const Plan& plan) {
      std::set<std::pair<ChangeId, std::vector<ChangeId>>> seen;
      for (const WantedPath& path : plan.start) {
        CHECK(seen.emplace(path.head, path.members).second);
        CHECK_FALSE(known_verdict(s, s.change(path.head), path.members));
        CHECK(path.needed >= 0.0);
        CHECK(path.needed <= 1.0);
        for (ChangeId member : path.members) {
          const auto edge = s.graph.between(path.head, member);
          if (edge) CHECK(edge->kind != EdgeKind::textual);
        }
        for (const Neighbour& n : s.graph.neighbours(path.head)) {
          if (!n.needed) continue;
          CHECK(std::ranges::find(path.members, n.change) != path.members.end());
        }
      }
    });
  }

  TEST_CASE("who builds on a member builds on what that member needs as well") {
    World w(policy_of(8), make_value_planner());
    const ChangeId lower = w.enqueue("lower", touches({"app"}));
    w.enqueue("upper", touches({"lib"}), {.depends_on = {lower}});
    const ChangeId head = w.enqueue("head", touches({"lib"}));
    bool on_both = false;
    for (const auto& [id, build] : w.queue.state().builds) {
      if (build.head() != head || build.members.size() == 1) continue;
      REQUIRE(build.members.size() == 3);
      CHECK(build.members.front().change == lower);
      on_both = true;
    }
    CHECK(on_both);
  }

  TEST_CASE("every path that it wants is one that the queue can start") {
    at_each_plan([](const QueueState& s, const Plan& plan) {
      for (const WantedPath& path : plan.start) {
        CHECK(std::ranges::is_sorted(path.members, {},
                                     [&](ChangeId id) { return s.change(id).position; }));
        for (ChangeId member : path.members) {
          for (const Neighbour& n : s.graph.neighbours(member)) {
            const bool in = std::ranges::find(path.members, n.change) != path.members.end();
            if (n.needed) CHECK(in);
            if (n.kind == EdgeKind::textual) CHECK_FALSE(in);
          }
        }
      }
    });
  }

  TEST_CASE("what does not merge is not even built to keep the queue going") {
    Policy policy = policy_of(1);
    policy.slot_minute_price = 1e6;
    World w(policy, make_value_planner());
    w.textual.insert({ChangeId{1}, ChangeId{2}});
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"lib"}));
    w.apply(event::BuildFinished{.build = w.build_of("a"),
                                 .verdict = Verdict::inconclusive,
                                 .inconclusive = Inconclusive::error,
                                 .detail = "no machine"});
    CHECK(w.members_of("b") == std::vector<std::string>{"b"});
  }

  TEST_CASE("a restored queue decides bit for bit as the one that was saved") {
    World w(policy_of(4), make_value_planner(), 3);
    Rng rng(3);
    live(w, rng, 80);
    auto restored =
        Queue::restore(nlohmann::json::parse(w.queue.snapshot().dump()), make_value_planner());
    REQUIRE(restored.has_value());
    const std::size_t before = w.journal.size();
    live(w, rng, 80);
    for (std::size_t i = before; i < w.journal.size(); ++i) {
      static_cast<void>(restored->apply(w.journal[i]));
    }
    CHECK(restored->snapshot() == w.queue.snapshot());
  }

  TEST_CASE("when nothing is worth its price the queue still goes on") {
    Policy policy = policy_of(2);
    policy.slot_minute_price = 1e6;
    World w(policy, make_value_planner());
    w.enqueue("a", touches({"lib"}));
    w.passes("a");
    CHECK(w.landed("a"));
  }
}
