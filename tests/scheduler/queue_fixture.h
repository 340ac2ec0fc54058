/// A queue with a world around it that answers at once: trees are sets of changes, a target's hash
/// is the set of changes that touch it. Builds wait until the test says how they end.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "scheduler/queue.h"

namespace mergeq::testing {

/// Builds each change with everything that is ahead of it and in conflict: a plain train.
class TrainPlanner : public Planner {
 public:
  explicit TrainPlanner(LandingRule rule = {}) : rule_(rule) {}
  std::string_view name() const override { return "test-train"; }
  LandingRule rule() const override { return rule_; }
  Plan plan(const QueueState& state, Rng&) override {
    Plan plan;
    for (ChangeId id : state.order) {
      std::set<ChangeId> members;
      std::vector<ChangeId> open{id};
      while (!open.empty()) {
        const ChangeId next = open.back();
        open.pop_back();
        for (ChangeId d : dependencies(state, next)) {
          const auto edge = state.graph.between(next, d);
          if (edge->kind != EdgeKind::textual && members.insert(d).second) open.push_back(d);
        }
      }
      plan.start.push_back({id, {members.begin(), members.end()}});
    }
    return plan;
  }
  double lands(ChangeId id) const override { return odds.contains(id) ? odds.at(id) : 1.0; }

  std::map<ChangeId, double> odds;

 private:
  LandingRule rule_;
};

inline Footprint touches(std::vector<std::string> targets, std::vector<std::string> paths = {}) {
  Footprint footprint;
  std::ranges::sort(targets);
  std::ranges::sort(paths);
  footprint.targets = std::move(targets);
  for (std::string& path : paths) footprint.paths.push_back({.path = std::move(path)});
  return footprint;
}

inline Policy policy_of(std::uint32_t slots, Guarantee guarantee = Guarantee::independent) {
  Policy policy;
  policy.slots = slots;
  policy.guarantee = guarantee;
  policy.checks = {{.name = "unit"}};
  return policy;
}

class World {
 public:
  explicit World(Policy policy, std::unique_ptr<Planner> planner = std::make_unique<TrainPlanner>(),
                 std::uint64_t seed = 1)
      : queue(std::move(policy), Trunk{{"base"}, tree_of({})}, std::move(planner), seed) {}

  // What a test says.
  ChangeId enqueue(const std::string& title, Footprint footprint, Proposal proposal = {}) {
    proposal.title = title;
    proposal.head = CommitId{"head-" + title};
    const ChangeId id = queue.next_change();
    titles[title] = id;
    footprints[id] = std::move(footprint);
    apply(event::ChangeEnqueued{std::move(proposal)});
    return id;
  }
  void revise(const std::string& title, const std::string& head) {
    apply(event::ChangeRevised{titles.at(title), CommitId{head}, std::nullopt});
  }
  void cancel(const std::string& title) { apply(event::ChangeCancelled{titles.at(title)}); }
  void passes(const std::string& title) { finish(build_of(title), Verdict::passed); }
  void fails(const std::string& title) { finish(build_of(title), Verdict::failed); }
  void times_out(const std::string& title) {
    apply(event::BuildFinished{.build = build_of(title),
                               .verdict = Verdict::inconclusive,
                               .inconclusive = Inconclusive::timeout,
                               .detail = "over its time limit"});
  }
  void finish(BuildId build, Verdict verdict) {
    apply(event::BuildFinished{.build = build, .verdict = verdict});
  }
  /// Somebody else pushes to the trunk.
  void pushed(Footprint footprint) {
    const ChangeId foreign{1'000'000 + trunk.size()};
    footprints[foreign] = footprint;
    trunk.insert({foreign, 1});
    const Trunk moved{CommitId{"f" + std::to_string(trunk.size())}, tree_of(trunk)};
    bases_[moved.commit.hex] = trunk;
    apply(event::TrunkMoved{moved, std::move(footprint), true});
  }
  void later(Duration d) {
    now += d;
    apply(event::Tick{});
  }

  // What a test asks.
  ChangeState state(const std::string& title) const {
    const ChangeId id = titles.at(title);
    if (const auto it = closed.find(id); it != closed.end()) return it->second.state;
    return queue.state().change(id).state;
  }
  Reason reason(const std::string& title) const { return closed.at(titles.at(title)).reason; }
  bool landed(const std::string& title) const { return state(title) == ChangeState::landed; }
  BuildId build_of(const std::string& title) const {
    const BuildId id = find_build(title);
    REQUIRE_MESSAGE(id, title << " has no running build");
    return id;
  }
  BuildId find_build(const std::string& title) const {
    for (const auto& [id, build] : queue.state().builds) {
      if (build.head() == titles.at(title)) return id;
    }
    return {};
  }
  std::vector<std::string> members_of(const std::string& title) const {
    std::vector<std::string> names;
    for (const Member& m : queue.state().builds.at(build_of(title)).members) {
      names.push_back(m.head.hex.substr(5));
    }
    return names;
  }

  /// Applies one event and answers what can be answered at once.
  void apply(decltype(Event::what) what) {
    std::vector<Event> todo{{now, std::move(what)}};
    for (std::size_t i = 0; i < todo.size(); ++i) {
      journal.push_back(todo[i]);
      const std::vector<Effect> effects = queue.apply(todo[i]);
      queue.check();
      for (const Effect& e : effects) {
        effects_log.push_back(e);
        if (auto answer = this->answer(e)) todo.push_back({now, std::move(*answer)});
      }
    }
  }

  static TreeId tree_of(const std::set<std::pair<ChangeId, std::uint32_t>>& content) {
    std::string hex = "t";
    for (const auto& [id, revision] : content) {
      hex += std::to_string(id.value) + "r" + std::to_string(revision) + ".";
    }
    return TreeId{hex};
  }

  Queue queue;
  Instant now{std::chrono::hours{24}};
  std::map<std::string, ChangeId> titles;
  std::map<ChangeId, Footprint> footprints;
  std::set<std::pair<ChangeId, ChangeId>> textual;     // pairs that do not merge
  std::map<ChangeId, std::vector<ChangeId>> contains;  // upper -> lower parts of its stack
  std::map<ChangeId, Change> closed;
  std::vector<std::vector<ChangeId>> landings;         // each with its members, in order
  std::set<std::pair<ChangeId, std::uint32_t>> trunk;  // what has landed, with revisions
  bool refuse_landings = false;
  std::string hold_builds;    // why the commit of a build can be put nowhere; empty: it can
  bool foreign_hash = false;  // the next landing finds an unjudged hash
  std::vector<Event> journal;
  std::vector<Effect> effects_log;

 private:
  using Answer = std::optional<decltype(Event::what)>;
  using Content = std::set<std::pair<ChangeId, std::uint32_t>>;

  Answer answer(const Effect& effect) {
    return std::visit([this](const auto& e) { return on(e); }, effect);
  }
  template <class Other>
  Answer on(const Other&) {
    return std::nullopt;
  }
  Answer on(const effect::Analyse& e) {
    event::ChangeAnalysed analysed{e.change, e.revision, footprints.at(e.change), {}, {}, {}, {}};
    for (const auto& [a, b] : textual) {
      if (a == e.change) analysed.textual.push_back(b);
      if (b == e.change) analysed.textual.push_back(a);
    }
    if (contains.contains(e.change)) analysed.needs = contains.at(e.change);
    for (const auto& [upper, lowers] : contains) {
      if (std::ranges::find(lowers, e.change) != lowers.end()) analysed.needed_by.push_back(upper);
    }
    return analysed;
  }
  Answer on(const effect::MergePath& e) {
    if (!hold_builds.empty()) return event::BuildsHeld{e.build, hold_builds};
    bases_.emplace(e.base.hex, trunk);
    Content content = bases_.at(e.base.hex);
    const Content base = content;
    for (const Member& m : e.members) {
      for (const auto& [other, revision] : content) {
        if (textual.contains({std::min(other, m.change), std::max(other, m.change)})) {
          return event::PathConflicted{e.build, m.change, {"file"}};
        }
      }
      content.insert({m.change, m.revision});
    }
    return event::PathMerged{e.build, tree_of(content),
                             CommitId{"b" + std::to_string(e.build.value)},
                             new_targets(base, content)};
  }
  Answer on(const effect::PrepareLanding& e) {
    const Content content = with(e.members);
    std::vector<TargetHash> targets = new_targets(trunk, content);
    if (std::exchange(foreign_hash, false)) targets.push_back({"unjudged", "x"});
    return event::LandingPrepared{e.landing, foreign_hash ? TreeId{"other"} : tree_of(content),
                                  targets};
  }
  Answer on(const effect::Land& e) {
    if (refuse_landings) {
      return event::LandingRefused{e.landing, event::Refusal::refused, "hook declined"};
    }
    event::LandingDone done{e.landing, {}, {}};
    landings.emplace_back();
    for (const Member& m : e.members) {
      done.members.push_back({m.change, CommitId{"landed-" + std::to_string(m.change.value)}});
      landings.back().push_back(m.change);
    }
    trunk = with(e.members);
    done.trunk = {CommitId{"c" + std::to_string(trunk.size())}, tree_of(trunk)};
    CHECK(done.trunk.tree == e.certificate.tree);
    bases_[done.trunk.commit.hex] = trunk;
    return done;
  }
  Answer on(const effect::ChangeClosed& e) {
    CHECK_MESSAGE(closed.emplace(e.change.id, e.change).second, "a change closes once");
    return std::nullopt;
  }

  Content with(const std::vector<Member>& members) const {
    Content content = trunk;
    for (const Member& m : members) content.insert({m.change, m.revision});
    return content;
  }
  std::vector<TargetHash> new_targets(const Content& from, const Content& to) const {
    const std::vector<TargetHash> before = hashes(from);
    std::vector<TargetHash> fresh;
    for (const TargetHash& t : hashes(to)) {
      if (!std::ranges::binary_search(before, t)) fresh.push_back(t);
    }
    return fresh;
  }
  std::vector<TargetHash> hashes(const Content& content) const {
    std::map<std::string, std::string> by_target;
    for (const auto& [id, revision] : content) {
      for (const std::string& target : footprints.at(id).targets) {
        by_target[target] += std::to_string(id.value) + "r" + std::to_string(revision) + ".";
      }
    }
    std::vector<TargetHash> all;
    for (const auto& [target, hash] : by_target) all.push_back({target, hash});
    return all;
  }

  std::map<std::string, Content> bases_{{"base", {}}};
};

}  // namespace mergeq::testing
