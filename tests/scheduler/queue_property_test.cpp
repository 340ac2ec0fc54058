/// Random queues with random planners, lying odds and a referee who knows the truth.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "scheduler/journal_format.h"
#include "tests/scheduler/queue_fixture.h"

using namespace mergeq;
using namespace mergeq::testing;

namespace {

/// Wants anything, cancels anything, and claims any odds. Its randomness is the queue's own.
class MaliciousPlanner : public Planner {
 public:
  std::string_view name() const override { return "test-malicious"; }
  LandingRule rule() const override { return {.overtake_below = 0.5}; }
  Plan plan(const QueueState& state, Rng& rng) override {
    Plan plan;
    odds_.clear();
    for (ChangeId id : state.order) {
      odds_[id] = rng.uniform();
      for (int i = 0; i < 2; ++i) {
        WantedPath path{id, {}};
        for (ChangeId other : state.order) {
          if (rng.chance(0.3)) path.members.push_back(other);
        }
        plan.start.push_back(path);
      }
      if (rng.chance(0.5)) plan.start.push_back({id, dependencies(state, id)});
    }
    for (const auto& [id, build] : state.builds) {
      if (rng.chance(0.03)) plan.cancel.push_back(id);
    }
    plan.cancel.push_back(BuildId{999'999});
    plan.start.push_back({ChangeId{999'999}, {ChangeId{888'888}}});
    return plan;
  }
  double lands(ChangeId id) const override { return odds_.contains(id) ? odds_.at(id) : 0.0; }
  nlohmann::json save() const override {
    nlohmann::json json = nlohmann::json::array();
    for (const auto& [id, odds] : odds_) json.push_back({id.value, odds});
    return json;
  }
  void load(const nlohmann::json& json) override {
    odds_.clear();
    for (const auto& row : json) odds_[ChangeId{row.at(0)}] = row.at(1);
  }

 private:
  std::map<ChangeId, double> odds_;
};

class Life {
 public:
  explicit Life(std::uint64_t seed)
      : rng(seed), world(random_policy(rng), std::make_unique<MaliciousPlanner>(), seed) {}

  void live(int steps) {
    for (int i = 0; i < steps; ++i) step();
    judge();
  }

  void step() {
    world.now += Duration(static_cast<std::int64_t>(rng.below(100'000)));
    const std::uint64_t dice = rng.below(100);
    if (dice < 30) {
      enqueue();
    } else if (dice < 85) {
      finish_one();
    } else if (dice < 89) {
      if (const ChangeId id = any_live()) world.apply(event::ChangeCancelled{id});
    } else if (dice < 92) {
      revise();
    } else if (dice < 94) {
      Policy policy = world.queue.state().policy;
      policy.slots = 1 + static_cast<std::uint32_t>(rng.below(6));
      world.apply(event::PolicyChanged{policy});
    } else if (dice < 96) {
      world.refuse_landings = !world.refuse_landings;
    } else if (dice < 97) {
      world.pushed(touches({"t" + std::to_string(rng.below(6))}));
    } else {
      world.apply(event::Tick{});
    }
  }

  /// Truth: bad alone, or bad with one that shares a target with it.
  bool good(ChangeId id, std::uint32_t revision) const {
    return id.value >= 1'000'000 || coin(id.value, revision) >= 0.15;
  }
  bool clash(ChangeId a, ChangeId b) const {
    if (std::max(a, b).value >= 1'000'000) return false;  // nobody answers for what others push
    const auto& x = world.footprints.at(a).targets;
    const auto& y = world.footprints.at(b).targets;
    const bool meet = std::ranges::any_of(
        x, [&](const std::string& t) { return std::ranges::binary_search(y, t); });
    return meet && coin(std::min(a, b).value * 7919, std::max(a, b).value) < 0.2;
  }
  bool green(const std::vector<Member>& members,
             const std::set<std::pair<ChangeId, std::uint32_t>>& base) const {
    auto all = base;
    for (const Member& m : members) all.insert({m.change, m.revision});
    for (auto i = all.begin(); i != all.end(); ++i) {
      if (!good(i->first, i->second)) return false;
      for (auto j = all.begin(); j != i; ++j) {
        if (clash(j->first, i->first)) return false;
      }
    }
    return true;
  }

  /// The referee: whatever landed is green together, and who was rejected deserved it.
  void judge() {
    CHECK(green({}, world.trunk));
    for (const auto& [id, change] : world.closed) {
      if (change.reason != Reason::build_failed) continue;
      const Member member{id, change.revision, {}};
      CHECK_MESSAGE(!green({member}, world.trunk), "change " << id.value << " was good");
    }
  }

  Rng rng;
  World world;

 private:
  static Policy random_policy(Rng& rng) {
    Policy policy = policy_of(1 + static_cast<std::uint32_t>(rng.below(6)),
                              rng.chance(0.3) ? Guarantee::exact : Guarantee::independent);
    policy.order = rng.chance(0.5) ? Order::soft : Order::strict;
    policy.every_commit_green = rng.chance(0.2);
    if (rng.chance(0.5)) policy.checks.front().scope = CheckScope::target;
    return policy;
  }
  double coin(std::uint64_t a, std::uint64_t b) const {
    return Rng(a * 0x9e3779b97f4a7c15ULL + b * 31 + 5).uniform();
  }
  void enqueue() {
    std::set<std::string> targets;
    const std::uint64_t count = 1 + rng.below(2);
    while (targets.size() < count) targets.insert("t" + std::to_string(rng.below(6)));
    const ChangeId id = world.queue.next_change();
    Proposal proposal{.priority = static_cast<Priority>(rng.below(4))};
    if (const ChangeId other = any_live(); other && rng.chance(0.15)) {
      if (rng.chance(0.5)) {
        proposal.depends_on = {other};
      } else if (world.queue.state().is_pending(other)) {
        world.contains[id] = {other};
      }
    } else if (other && rng.chance(0.1)) {
      world.textual.insert({other, id});
    }
    world.enqueue("c" + std::to_string(id.value), touches({targets.begin(), targets.end()}),
                  proposal);
  }
  void revise() {
    const ChangeId id = any_live();
    if (!id) return;
    world.contains.erase(id);
    world.apply(event::ChangeRevised{id, CommitId{"new-" + std::to_string(rng.bits())}, {}});
  }
  void finish_one() {
    const auto& builds = world.queue.state().builds;
    if (builds.empty()) return;
    auto it = builds.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(rng.below(builds.size())));
    const Build build = it->second;
    if (rng.chance(0.05)) {
      world.apply(event::BuildFinished{.build = build.id,
                                       .verdict = Verdict::inconclusive,
                                       .inconclusive = Inconclusive::error});
      return;
    }
    world.finish(build.id, passes(build) ? Verdict::passed : Verdict::failed);
  }
  /// The tree's content is its name: "t<id>r<revision>.".
  bool passes(const Build& build) const {
    std::set<std::pair<ChangeId, std::uint32_t>> content;
    std::size_t at = 1;
    while (at < build.tree.hex.size()) {
      std::size_t used = 0;
      const std::uint64_t id = std::stoull(build.tree.hex.substr(at), &used);
      at += used + 1;
      const std::uint64_t revision = std::stoull(build.tree.hex.substr(at), &used);
      at += used + 1;
      content.insert({ChangeId{id}, static_cast<std::uint32_t>(revision)});
    }
    return green({}, content);
  }
  ChangeId any_live() {
    const auto& changes = world.queue.state().changes;
    if (changes.empty()) return {};
    auto it = changes.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(rng.below(changes.size())));
    return it->first;
  }
};

}  // namespace

TEST_SUITE("queue, whatever a planner says") {
  TEST_CASE("nothing red lands and nobody good is blamed") {
    std::size_t landed = 0;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
      CAPTURE(seed);
      Life life(seed);
      life.live(250);
      landed += life.world.trunk.size();
    }
    CHECK(landed > 2'000);
  }

  TEST_CASE("the same journal gives the same effects and the same state, also through JSON") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      CAPTURE(seed);
      Life life(seed);
      life.live(150);
      World fresh(Life(seed).world.queue.state().policy, std::make_unique<MaliciousPlanner>(),
                  seed);
      std::vector<Effect> effects;
      for (const Event& event : life.world.journal) {
        const auto read = event_from_json(nlohmann::json::parse(event_to_json(event).dump()));
        REQUIRE(read.has_value());
        CHECK(*read == event);
        for (Effect& e : fresh.queue.apply(*read)) effects.push_back(std::move(e));
      }
      CHECK(effects == life.world.effects_log);
      CHECK(fresh.queue.snapshot() == life.world.queue.snapshot());
    }
  }

  TEST_CASE("a queue restored from a snapshot goes on as if nothing had been") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      CAPTURE(seed);
      Life life(seed);
      life.live(100);
      const std::size_t before = life.world.journal.size();
      const std::string saved = life.world.queue.snapshot().dump();
      auto restored =
          Queue::restore(nlohmann::json::parse(saved), std::make_unique<MaliciousPlanner>());
      REQUIRE(restored.has_value());
      restored->check();
      CHECK(restored->snapshot().dump() == saved);
      life.live(60);
      for (std::size_t i = before; i < life.world.journal.size(); ++i) {
        static_cast<void>(restored->apply(life.world.journal[i]));
      }
      CHECK(restored->snapshot() == life.world.queue.snapshot());
    }
  }
}

TEST_SUITE("journal format") {
  TEST_CASE("bytes that are no UTF-8 come back as they were") {
    Event event{Instant(Duration(5)),
                event::ChangeEnqueued{{.title = "caf\xe9 \xff", .author = "\x01hex:"}}};
    const auto read = event_from_json(nlohmann::json::parse(event_to_json(event).dump()));
    REQUIRE(read.has_value());
    CHECK(*read == event);
  }
  TEST_CASE("what is no event is told apart from one, by name") {
    const auto unknown = event_from_json({{"type", "dance"}, {"at", 1}});
    REQUIRE_FALSE(unknown.has_value());
    CHECK(unknown.error().message.find("dance") != std::string::npos);
    CHECK_FALSE(event_from_json({{"type", "paused"}, {"at", 1}}).has_value());
    CHECK_FALSE(event_from_json(nlohmann::json::array()).has_value());
  }
}
