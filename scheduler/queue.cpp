#include "scheduler/queue.h"

#include <algorithm>
#include <ranges>

#include "scheduler/evidence.h"
#include "scheduler/invariant.h"
#include "scheduler/queue_step.h"

namespace mergeq {

Queue::Queue(Policy policy, Trunk trunk, std::unique_ptr<Planner> planner, std::uint64_t seed)
    : planner_(std::move(planner)), rng_(seed) {
  MERGEQ_INVARIANT(!policy.checks.empty(), "1: a queue without checks would certify everything");
  MERGEQ_INVARIANT(planner_ != nullptr, "a queue needs a planner");
  state_.policy = std::move(policy);
  state_.trunk = std::move(trunk);
  state_.graph = ConflictGraph(state_.policy.guarantee == Guarantee::exact ||
                               !planner_->rule().uses_footprints);
}

std::vector<Effect> Queue::apply(const Event& event) { return Step(*this).run(event); }

std::vector<Effect> Queue::unanswered() const {
  std::vector<Effect> effects;
  std::vector<Member> pending;
  for (const auto& [id, change] : state_.changes) {
    if (change.state == ChangeState::queued) {
      effects.push_back(effect::Analyse{id, change.revision, change.proposal.head});
    } else {
      pending.push_back({id, change.revision, change.proposal.head});
    }
  }
  if (!pending.empty()) effects.push_back(effect::CheckMerge{state_.trunk.commit, pending});
  for (const auto& [id, build] : state_.builds) {
    if (build.state == BuildState::merging) {
      effects.push_back(effect::MergePath{id, build.base_commit, build.members});
      continue;
    }
    effect::StartBuild again{id, build.tree, build.commit, {}};
    std::ranges::copy_if(build.checks, std::back_inserter(again.checks),
                         [](const CheckRun& check) { return !check.verdict; });
    effects.push_back(std::move(again));
  }
  if (const auto& landing = state_.landing) {
    if (landing->certificate) {
      effects.push_back(effect::Land{landing->id, landing->expected_trunk, landing->members,
                                     *landing->certificate});
    } else {
      effects.push_back(
          effect::PrepareLanding{landing->id, landing->expected_trunk, landing->members});
    }
  }
  return effects;
}

std::vector<Effect> Queue::Step::run(const Event& event) {
  s_.now = std::max(s_.now, event.at);
  std::visit([this](const auto& what) { on(what); }, event.what);
  settle();
  update_states();
  for (ChangeId id : updated_) emit(effect::ChangeUpdated{id});
  if (queue_updated_) emit(effect::QueueUpdated{});
  MERGEQ_INVARIANT(s_.builds.size() <= s_.policy.slots, "7: never more running builds than slots");
  return std::move(effects_);
}

/// Decides, plans, and decides again, since a plan moves the odds that soft order goes by. While a
/// landing is under way nothing is planned: its answer is about to change the base of everything.
void Queue::Step::settle() {
  decide();
  while (replan_ && !s_.landing) {
    replan_ = false;
    carry_out(q_.planner_->plan(s_, q_.rng_));
    if (!decide()) break;
  }
}

void Queue::Step::carry_out(Plan plan) {
  for (BuildId id : plan.cancel) {
    if (s_.builds.contains(id)) cancel(id, "no likely outcome needs it any more");
  }
  if (!s_.paused && s_.builds_held.empty()) {
    for (const WantedPath& path : plan.start) {
      if (s_.builds.size() >= s_.policy.slots) break;
      start(path);
    }
  }
  q_.wanted_ = std::move(plan.start);
}

void Queue::Step::update_states() {
  std::set<ChangeId> heads;
  for (const Build& build : s_.builds | std::views::values) heads.insert(build.head());
  for (auto& [id, change] : s_.changes) {
    if (change.state == ChangeState::queued) continue;
    ChangeState now = ChangeState::pending;
    if (is_landing(id)) {
      now = ChangeState::landing;
    } else if (std::ranges::any_of(change.evidence, [&](const Evidence& e) {
                 return e.passed && untouched_since(change, e.base, e.members);
               })) {
      now = ChangeState::ready;
    } else if (heads.contains(id)) {
      now = ChangeState::building;
    }
    if (now == change.state) continue;
    change.state = now;
    changed(id);
  }
}

void Queue::Step::on(const event::BuildsHeld& e) {
  s_.builds_held = e.why;
  const auto it = s_.builds.find(e.build);
  if (it != s_.builds.end() && it->second.state == BuildState::merging) cancel(e.build, e.why);
  queue_changed();
}

void Queue::Step::on(const event::BuildsReleased&) {
  if (s_.builds_held.empty()) return;
  s_.builds_held.clear();
  queue_changed();
  replan();
}

void Queue::Step::on(const event::PolicyChanged& e) {
  MERGEQ_INVARIANT(!e.policy.checks.empty(), "1: a queue without checks would certify everything");
  const Policy before = std::exchange(s_.policy, e.policy);
  if (before.checks != s_.policy.checks) {
    // What was judged by other checks says nothing about these. Verdicts stay, by check and
    // content.
    for (auto& [id, change] : s_.changes) change.evidence.clear();
  }
  if (before.guarantee != s_.policy.guarantee) rebuild_graph();
  cancel_beyond_slots();
  queue_changed();
  replan();
}

void Queue::Step::on(const event::Paused& e) {
  s_.paused = true;
  s_.paused_why = e.why;
  queue_changed();
}

void Queue::Step::on(const event::Resumed&) {
  if (!s_.paused) return;
  s_.paused = false;
  s_.paused_why.clear();
  queue_changed();
  replan();
}

void Queue::Step::on(const event::Tick&) { replan(); }

void Queue::Step::tell(ChangeId change, std::string kind, std::string text, BuildId build) {
  emit(effect::Happened{change, std::move(kind), std::move(text), build});
}

std::string Queue::Step::called(ChangeId id) const {
  const auto it = s_.changes.find(id);
  std::string name = "change " + std::to_string(id.value);
  if (it == s_.changes.end() || it->second.proposal.title.empty()) return name;
  return name + " (" + it->second.proposal.title + ")";
}

Member Queue::Step::member(ChangeId id) const {
  const Change& change = s_.change(id);
  return {id, change.revision, change.proposal.head};
}

}  // namespace mergeq
