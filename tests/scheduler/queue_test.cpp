#include "scheduler/queue.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/scheduler/queue_fixture.h"

using namespace mergeq;
using namespace mergeq::testing;
using namespace std::chrono_literals;

TEST_SUITE("queue") {
  TEST_CASE("a change whose build passes lands with an exact certificate") {
    World w(policy_of(2));
    w.enqueue("a", touches({"lib"}));
    CHECK(w.state("a") == ChangeState::building);
    w.passes("a");
    CHECK(w.landed("a"));
    CHECK(w.closed.at(w.titles.at("a")).certificate->kind == CertificateKind::exact);
  }

  TEST_CASE("a change that fails on the trunk alone is rejected at once") {
    World w(policy_of(2));
    w.enqueue("a", touches({"lib"}));
    w.fails("a");
    CHECK(w.state("a") == ChangeState::rejected);
    CHECK(w.reason("a") == Reason::build_failed);
  }

  TEST_CASE("changes that touch nothing in common land in any order, on independent certificates") {
    World w(policy_of(2));
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"app"}));
    w.passes("b");
    w.passes("a");
    CHECK(w.landed("a"));
    CHECK(w.landed("b"));
    CHECK(w.closed.at(w.titles.at("a")).certificate->kind == CertificateKind::independent);
  }

  TEST_CASE("with guarantee exact only the very tree that was built lands") {
    World w(policy_of(2, Guarantee::exact));
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"app"}));
    CHECK(w.members_of("b") == std::vector<std::string>{"a", "b"});
    w.passes("a");
    CHECK(w.landed("a"));
    w.passes("b");
    CHECK(w.landed("b"));
    CHECK(w.closed.at(w.titles.at("b")).certificate->kind == CertificateKind::exact);
  }

  TEST_CASE("a passed path lands all of its members though their own builds still run") {
    World w(policy_of(3));
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"lib"}));
    w.passes("b");
    CHECK(w.landed("a"));
    CHECK(w.landed("b"));
    CHECK(w.landings.size() == 1);
    CHECK(w.queue.state().builds.empty());
  }

  TEST_CASE("with every_commit_green the members of a path land one by one") {
    Policy policy = policy_of(3);
    policy.every_commit_green = true;
    World w(policy);
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"lib"}));
    w.passes("b");
    CHECK(w.state("a") == ChangeState::building);
    CHECK(w.state("b") == ChangeState::ready);
    w.passes("a");
    CHECK(w.landed("a"));
    CHECK(w.landed("b"));
    CHECK(w.landings.size() == 2);
  }

  TEST_CASE("a red path blames nobody while one of its members is undecided") {
    World w(policy_of(3));
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"lib"}));
    w.fails("b");
    CHECK(w.state("b") == ChangeState::pending);
    w.passes("a");
    CHECK(w.landed("a"));
    CHECK(w.state("b") == ChangeState::rejected);
  }

  TEST_CASE("after the culprit ahead is gone, a change is built again without it and lands") {
    World w(policy_of(3));
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"lib"}));
    w.fails("a");
    CHECK(w.members_of("b") == std::vector<std::string>{"b"});
    w.passes("b");
    CHECK(w.landed("b"));
  }

  TEST_CASE("two heads that do not merge: the later one waits, and lands if the first one is out") {
    World w(policy_of(3));
    w.textual.insert({ChangeId{1}, ChangeId{2}});
    w.enqueue("a", touches({"lib"}, {"f"}));
    w.enqueue("b", touches({"lib"}, {"f"}));
    CHECK(dependencies(w.queue.state(), ChangeId{2}) == std::vector{ChangeId{1}});
    w.fails("a");
    w.passes("b");
    CHECK(w.landed("b"));
  }

  TEST_CASE("two heads that do not merge: the later one is rejected once the first has landed") {
    World w(policy_of(3));
    w.textual.insert({ChangeId{1}, ChangeId{2}});
    w.enqueue("a", touches({"lib"}, {"f"}));
    w.enqueue("b", touches({"lib"}, {"f"}));
    w.passes("a");
    CHECK(w.reason("b") == Reason::conflicts_with_landed);
  }

  TEST_CASE("verdicts that arrive in a pause are kept, and nothing lands before it ends") {
    World w(policy_of(2));
    w.enqueue("a", touches({"lib"}));
    w.apply(event::Paused{"lunch"});
    w.passes("a");
    CHECK(w.state("a") == ChangeState::ready);
    w.apply(event::Resumed{});
    CHECK(w.landed("a"));
  }

  TEST_CASE("held builds give their slots back, blame nobody, and start again when released") {
    World w(policy_of(2));
    w.hold_builds = "the remote takes no refs";
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"app"}));
    CHECK(w.queue.state().builds.empty());
    CHECK(w.queue.state().builds_held == "the remote takes no refs");
    w.later(std::chrono::hours{1});
    CHECK(w.queue.state().builds.empty());
    CHECK(w.queue.state().change(w.titles.at("a")).inconclusive_builds == 0);
    const auto restored = Queue::restore(w.queue.snapshot(), std::make_unique<TrainPlanner>());
    REQUIRE(restored);
    CHECK(restored->state().builds_held == "the remote takes no refs");
    w.hold_builds.clear();
    w.apply(event::BuildsReleased{});
    w.passes("a");
    w.passes("b");
    CHECK(w.landed("a"));
    CHECK(w.landed("b"));
  }

  TEST_CASE("what has passed lands while builds are held") {
    World w(policy_of(2));
    w.enqueue("a", touches({"lib"}));
    w.apply(event::BuildsHeld{BuildId{}, "the remote is away"});
    w.passes("a");
    CHECK(w.landed("a"));
  }

  TEST_CASE("a new revision is judged anew, and the old one's verdict counts for nothing") {
    World w(policy_of(2));
    w.enqueue("a", touches({"lib"}));
    const BuildId old = w.build_of("a");
    w.revise("a", "head-a2");
    w.finish(old, Verdict::passed);
    CHECK_FALSE(w.landed("a"));
    w.passes("a");
    CHECK(w.landed("a"));
    CHECK(w.closed.at(w.titles.at("a")).revision == 2);
  }

  TEST_CASE("a late or repeated verdict changes nothing") {
    World w(policy_of(2));
    w.enqueue("a", touches({"lib"}));
    const BuildId build = w.build_of("a");
    w.finish(build, Verdict::passed);
    const std::size_t effects = w.effects_log.size();
    w.finish(build, Verdict::failed);
    w.finish(build, Verdict::passed);
    CHECK(w.effects_log.size() == effects);
    CHECK(w.landed("a"));
  }

  TEST_CASE("a cancelled change gives back its slot and never lands") {
    World w(policy_of(1));
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"app"}));
    w.cancel("a");
    CHECK(w.state("a") == ChangeState::cancelled);
    w.passes("b");
    CHECK(w.landed("b"));
  }

  TEST_CASE(
      "a build that runs into its time limit is run again, and in the end its change is out") {
    Policy policy = policy_of(1);
    policy.inconclusive_limit = 2;
    World w(policy);
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"app"}));
    for (int i = 0; i < 3; ++i) w.times_out("a");
    CHECK(w.reason("a") == Reason::build_timeout);
    w.passes("b");
    CHECK(w.landed("b"));
  }

  TEST_CASE("builds with an undecided change in them that come to no verdict blame nobody") {
    Policy policy = policy_of(2);
    policy.inconclusive_limit = 1;
    World w(policy);
    w.enqueue("hangs", touches({"lib"}));
    w.enqueue("fine", touches({"lib"}));
    for (int i = 0; i < 5; ++i) {  // the train builds it on top of the one that hangs
      REQUIRE(w.members_of("fine") == std::vector<std::string>{"hangs", "fine"});
      w.times_out("fine");
      CHECK(w.state("fine") == ChangeState::pending);
      w.later(1s);
    }
    w.times_out("hangs");
    w.times_out("hangs");
    CHECK(w.reason("hangs") == Reason::build_timeout);
    w.times_out("fine");  // alone now: this one counts, the earlier ones do not
    w.passes("fine");
    CHECK(w.landed("fine"));
  }

  TEST_CASE("a failure within the retries of its check is run again on the same tree") {
    Policy policy = policy_of(1);
    policy.checks.front().retries = 1;
    World w(policy);
    w.enqueue("a", touches({"lib"}));
    const Build first = w.queue.state().builds.at(w.build_of("a"));
    w.fails("a");
    const Build second = w.queue.state().builds.at(w.build_of("a"));
    CHECK(second.id != first.id);
    CHECK(second.tree == first.tree);
    w.passes("a");
    CHECK(w.landed("a"));
  }

  TEST_CASE("a refused landing is tried again with growing pauses, without a new build") {
    World w(policy_of(1));
    w.refuse_landings = true;
    w.enqueue("a", touches({"lib"}));
    w.passes("a");
    CHECK(w.state("a") == ChangeState::ready);
    CHECK(w.queue.state().change(w.titles.at("a")).landing_refusal == "hook declined");
    w.later(100ms);
    w.refuse_landings = false;
    w.later(500ms);
    CHECK_FALSE(w.landed("a"));
    w.later(1s);
    CHECK(w.landed("a"));
    CHECK(w.queue.state().builds.empty());
  }

  TEST_CASE(
      "a hash that nobody judged is not certified: the change is built on the present trunk") {
    World w(policy_of(2));
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"app"}));
    w.passes("a");
    w.foreign_hash = true;
    w.passes("b");
    CHECK_FALSE(w.landed("b"));
    w.passes("b");
    CHECK(w.landed("b"));
    CHECK(w.closed.at(w.titles.at("b")).certificate->kind == CertificateKind::exact);
  }

  TEST_CASE("a stack lands from below, and its upper part never without the lower") {
    World w(policy_of(3));
    w.contains[ChangeId{2}] = {ChangeId{1}};
    w.enqueue("lower", touches({"lib"}));
    w.enqueue("upper", touches({"app"}));
    CHECK(w.members_of("upper") == std::vector<std::string>{"lower", "upper"});
    SUBCASE("together, when the upper part passes first") {
      w.passes("upper");
      CHECK(w.landings == std::vector<std::vector<ChangeId>>{{ChangeId{1}, ChangeId{2}}});
    }
    SUBCASE("or not at all, when the lower part fails") {
      w.fails("lower");
      CHECK(w.reason("upper") == Reason::dependency_rejected);
    }
    SUBCASE("and a revised lower part makes the upper stale") {
      w.revise("lower", "head-lower2");
      CHECK(w.reason("upper") == Reason::stale_base);
    }
  }

  TEST_CASE("a stack that was enqueued upside down is put in order") {
    World w(policy_of(3));
    w.contains[ChangeId{1}] = {ChangeId{2}};
    w.enqueue("upper", touches({"app"}));
    w.enqueue("lower", touches({"lib"}));
    CHECK(w.queue.state().order == std::vector{ChangeId{2}, ChangeId{1}});
  }

  TEST_CASE("a declared dependency is waited for, also while it is still being analysed") {
    World w(policy_of(3));
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"app"}), {.depends_on = {ChangeId{1}}});
    w.passes("b");
    CHECK(w.landings == std::vector<std::vector<ChangeId>>{{ChangeId{1}, ChangeId{2}}});
  }

  TEST_CASE("priority is a head start: it overtakes younger changes, never much older ones") {
    Policy policy = policy_of(1);
    policy.head_start = 10min;
    World w(policy);
    w.enqueue("old", touches({"a"}));
    w.later(20min);
    w.enqueue("young", touches({"b"}));
    w.enqueue("urgent", touches({"c"}), {.priority = Priority::high});
    CHECK(w.queue.state().order == std::vector{ChangeId{1}, ChangeId{3}, ChangeId{2}});
  }

  TEST_CASE("in soft order a passed change overtakes a dependency that will hardly land") {
    auto planner = std::make_unique<TrainPlanner>(LandingRule{.overtake_below = 0.1});
    TrainPlanner& odds = *planner;
    Policy policy = policy_of(3);
    SUBCASE("soft") {}
    SUBCASE("but not in strict order") { policy.order = Order::strict; }
    World w(policy, std::move(planner));
    w.enqueue("a", touches({"lib"}));
    w.cancel("a");
    w.enqueue("b", touches({"lib"}));
    const BuildId alone = w.build_of("b");
    Proposal urgent{.priority = Priority::urgent};
    w.enqueue("c", touches({"lib"}), urgent);  // ahead of b, which is being built without it
    odds.odds[w.titles.at("c")] = 0.01;
    w.finish(alone, Verdict::passed);
    CHECK(w.landed("b") == (policy.order == Order::soft));
  }

  TEST_CASE("a foreign push makes stale what it touches, and leaves the rest alone") {
    World w(policy_of(2));
    w.enqueue("a", touches({"lib"}));
    w.enqueue("b", touches({"app"}));
    w.pushed(touches({"lib"}));
    w.passes("a");
    CHECK_FALSE(w.landed("a"));
    w.passes("b");
    CHECK(w.landed("b"));
    w.passes("a");
    CHECK(w.landed("a"));
  }

  TEST_CASE("when the trunk's history is rewritten, running builds are started anew") {
    World w(policy_of(2));
    w.enqueue("a", touches({"lib"}));
    const BuildId before = w.build_of("a");
    w.apply(event::TrunkMoved{{CommitId{"base"}, TreeId{"rewritten"}}, {}, false});
    CHECK(w.build_of("a") != before);
  }

  TEST_CASE("fewer slots take back the youngest builds") {
    World w(policy_of(3));
    for (const char* name : {"a", "b", "c"}) w.enqueue(name, touches({name}));
    w.apply(event::PolicyChanged{policy_of(1)});
    CHECK(w.queue.state().builds.size() == 1);
    CHECK(w.find_build("a"));
  }

  TEST_CASE("after another check is asked for, a verdict without it certifies nothing") {
    World w(policy_of(1));
    w.enqueue("a", touches({"lib"}));
    Policy both = policy_of(1);
    both.checks.push_back({.name = "integration"});
    w.apply(event::PolicyChanged{both});
    w.passes("a");
    CHECK_FALSE(w.landed("a"));
    const Build& again = w.queue.state().builds.at(w.build_of("a"));
    CHECK(again.checks[0].reused);
    CHECK_FALSE(again.checks[1].verdict);
    w.passes("a");
    CHECK(w.landed("a"));
  }

  TEST_CASE("one check's report is not the build's verdict until all have passed") {
    Policy policy = policy_of(1);
    policy.checks.push_back({.name = "integration"});
    World w(policy);
    w.enqueue("a", touches({"lib"}));
    const BuildId build = w.build_of("a");
    w.apply(event::CheckReported{.build = build, .check = "unit", .verdict = Verdict::passed});
    w.apply(event::CheckReported{.build = build, .check = "lint", .verdict = Verdict::passed});
    CHECK_FALSE(w.landed("a"));
    w.apply(
        event::CheckReported{.build = build, .check = "integration", .verdict = Verdict::passed});
    CHECK(w.landed("a"));
  }
}
