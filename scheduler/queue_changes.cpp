#include <algorithm>
#include <ranges>

#include "scheduler/evidence.h"
#include "scheduler/invariant.h"
#include "scheduler/queue_step.h"

namespace mergeq {
namespace {

constexpr std::size_t earlier_heads_max = 20;

}  // namespace

Change* Queue::Step::live(ChangeId id, std::uint32_t revision) {
  const auto it = s_.changes.find(id);
  if (it == s_.changes.end() || it->second.revision != revision) return nullptr;
  return &it->second;
}

void Queue::Step::on(const event::ChangeEnqueued& e) {
  const ChangeId id{q_.next_change_++};
  Change change;
  change.id = id;
  change.proposal = e.proposal;
  change.enqueued_at = s_.now;
  const auto steps = static_cast<int>(e.proposal.priority) - static_cast<int>(Priority::normal);
  change.order_key = s_.now - steps * s_.policy.head_start;
  s_.changes.emplace(id, std::move(change));
  changed(id);
  tell(id, "enqueued", "accepted into the queue");
  emit(effect::Analyse{id, 1, e.proposal.head});
}

void Queue::Step::on(const event::ChangeAnalysed& e) {
  Change* change = live(e.change, e.revision);
  if (!change || change->state != ChangeState::queued) return;
  change->footprint = e.footprint;
  change->prediction = e.prediction;
  change->stacked_on = e.needs;
  change->textual = e.textual;
  std::ranges::sort(change->stacked_on);
  std::ranges::sort(change->textual);
  change->analysis = ++q_.analyses_;
  for (ChangeId upper : e.needed_by) {
    const auto it = s_.changes.find(upper);
    if (it == s_.changes.end() || needs(it->second, e.change)) continue;
    auto& below = it->second.stacked_on;
    below.insert(std::ranges::upper_bound(below, e.change), e.change);
  }
  change->state = ChangeState::pending;
  enter_graph(*change);
  q_.planner_->added(s_, e.change, q_.rng_);
  changed(e.change);
  tell(e.change, "pending",
       "analysed: " + std::to_string(e.footprint.paths.size()) + " paths, " +
           std::to_string(e.footprint.targets.size()) + " targets, " +
           std::to_string(s_.graph.neighbours(e.change).size()) +
           " conflicts with pending changes");
  replan();
}

/// Puts an analysed change into graph and order.
void Queue::Step::enter_graph(const Change& change) {
  std::vector<ChangeId> uppers;
  for (ChangeId other : s_.order) {
    if (needs(s_.change(other), change.id)) uppers.push_back(other);
  }
  add_to_graph(s_, change, uppers);
  place(change, uppers);
}

/// By order key, then id; but behind everything that it needs, and before everything that needs it.
void Queue::Step::place(const Change& change, const std::vector<ChangeId>& uppers) {
  const auto key = [&](ChangeId id) { return std::pair(s_.change(id).order_key, id); };
  auto at = std::ranges::find_if(s_.order, [&](ChangeId id) { return key(id) > key(change.id); }) -
            s_.order.begin();
  for (const Neighbour& n : s_.graph.neighbours(change.id)) {
    if (!n.needed) continue;
    const auto it = std::ranges::find(s_.order, n.change);
    if (it != s_.order.end()) at = std::max(at, it - s_.order.begin() + 1);
  }
  for (ChangeId upper : uppers) {
    const auto it = std::ranges::find(s_.order, upper);
    if (it != s_.order.end()) at = std::min(at, it - s_.order.begin());
  }
  s_.order.insert(s_.order.begin() + at, change.id);
  renumber();
}

void Queue::Step::renumber() {
  std::uint32_t position = 0;
  for (ChangeId id : s_.order) s_.changes.at(id).position = position++;
}

void Queue::Step::on(const event::ChangeRefused& e) {
  const Change* change = live(e.change, e.revision);
  if (!change || change->state != ChangeState::queued) return;
  close(e.change, ChangeState::rejected, e.reason, e.text);
  replan();
}

void Queue::Step::on(const event::ChangeRevised& e) {
  const auto it = s_.changes.find(e.change);
  if (it == s_.changes.end() || is_landing(e.change)) return;
  Change& change = it->second;
  if (change.proposal.head == e.head) return;
  if (change.state != ChangeState::queued) {
    std::vector<ChangeId> uppers;
    for (const auto& [id, other] : s_.changes) {
      if (std::ranges::binary_search(other.stacked_on, e.change)) uppers.push_back(id);
    }
    withdraw(e.change, ChangeState::queued);
    for (ChangeId upper : uppers) {
      if (!s_.changes.contains(upper)) continue;
      close(upper, ChangeState::rejected, Reason::stale_base,
            "it is stacked on " + called(e.change) + ", which was revised; push it again on top");
    }
  }
  ++change.revision;
  if (change.earlier_heads.size() == earlier_heads_max) {
    change.earlier_heads.erase(change.earlier_heads.begin());
  }
  change.earlier_heads.push_back(change.proposal.head);
  change.proposal.head = e.head;
  if (e.title) change.proposal.title = *e.title;
  change.state = ChangeState::queued;
  changed(e.change);
  tell(e.change, "revised",
       "revision " + std::to_string(change.revision) + ": earlier verdicts no longer count");
  emit(effect::Analyse{e.change, change.revision, e.head});
  replan();
}

void Queue::Step::on(const event::ChangeCancelled& e) {
  if (!s_.changes.contains(e.change) || is_landing(e.change)) return;
  close(e.change, ChangeState::cancelled, e.reason, e.text);
  replan();
}

void Queue::Step::close(ChangeId id, ChangeState state, Reason reason, std::string text) {
  MERGEQ_INVARIANT(!is_landing(id), "6: who is landing is not taken out");
  Change& change = s_.changes.at(id);
  if (change.state != ChangeState::queued) withdraw(id, state);
  finish(change, state, reason, std::move(text));
  reject_what_needs(id);
}

void Queue::Step::close_as_on_trunk(ChangeId id) {
  MERGEQ_INVARIANT(!is_landing(id), "6: who is landing is not taken out");
  withdraw(id, ChangeState::rejected);
  finish(s_.changes.at(id), ChangeState::rejected, Reason::policy,
         "everything that it changes is on the trunk already");
}

void Queue::Step::finish(Change& change, ChangeState state, Reason reason, std::string text) {
  MERGEQ_INVARIANT(!is_terminal(change.state), "6: terminal stays terminal");
  change.state = state;
  change.reason = reason;
  change.reason_text = std::move(text);
  change.finished_at = s_.now;
  tell(change.id, std::string(to_name(state)), change.reason_text);
  updated_.erase(change.id);
  const ChangeId id = change.id;
  emit(effect::ChangeClosed{std::move(change)});
  s_.changes.erase(id);
}

void Queue::Step::reject_what_needs(ChangeId id) {
  std::vector<ChangeId> orphans;
  for (const auto& [other, change] : s_.changes) {
    if (needs(change, id)) orphans.push_back(other);
  }
  for (ChangeId orphan : orphans) {
    if (!s_.changes.contains(orphan) || is_landing(orphan)) continue;
    close(orphan, ChangeState::rejected, Reason::dependency_rejected,
          "it needs change " + std::to_string(id.value) + ", which will not land");
  }
}

void Queue::Step::withdraw(ChangeId id, ChangeState as) {
  Change& change = s_.changes.at(id);
  q_.planner_->removing(s_, id, as);
  s_.graph.remove(id);
  std::erase(s_.order, id);
  renumber();
  if (as == ChangeState::landed) return;
  cancel_builds_with(id, "its path contains " + called(id) + ", which is out");
  for (auto& [other, neighbour] : s_.changes) {
    std::erase_if(neighbour.evidence, [id](const Evidence& e) {
      return std::ranges::find(e.members, id) != e.members.end();
    });
  }
  change.evidence.clear();
  change.landed_neighbours.clear();
  change.stacked_on.clear();
  change.textual.clear();
  change.inconclusive_builds = 0;
  change.landing_refusals = 0;
  change.landing_refusal.clear();
}

void Queue::Step::landed_on(ChangeId neighbour, ChangeId landed, bool textual) {
  s_.changes.at(neighbour).landed_neighbours.push_back({s_.landed_count, landed, textual});
}

/// A failure of a path with `landed` in it would soon blame its head. It may only where `landed`
/// stood on the trunk as in that path: where something in conflict with it landed in between, the
/// path's other members were never known to be good together (invariant 10).
void Queue::Step::forget_failures_blaming(const Change& landed) {
  for (auto& [id, build] : s_.builds) {
    std::vector<ChangeId> members;
    for (const Member& m : build.members) members.push_back(m.change);
    if (std::ranges::find(members, landed.id) != members.end() &&
        !untouched_since(landed, build.base, members)) {
      build.blames_nobody = true;
    }
  }
  for (auto& [id, change] : s_.changes) {
    std::erase_if(change.evidence, [&](const Evidence& e) {
      return !e.passed && std::ranges::find(e.members, landed.id) != e.members.end() &&
             !untouched_since(landed, e.base, e.members);
    });
  }
}

void Queue::Step::check_merges(const std::vector<ChangeId>& changes) {
  if (changes.empty()) return;
  effect::CheckMerge check{s_.trunk.commit, {}};
  for (ChangeId id : changes) check.changes.push_back(member(id));
  emit(std::move(check));
}

void Queue::Step::on(const event::MergeBroken& e) {
  const Change* change = live(e.change, e.revision);
  if (!change || change->state == ChangeState::queued || is_landing(e.change)) return;
  if (e.trunk != s_.trunk.commit) {
    check_merges({e.change});  // the trunk has moved on since: look again
    return;
  }
  std::string text = "does not merge with what has landed since it came: ";
  for (std::size_t i = 0; i < e.paths.size() && i < 5; ++i) {
    text += (i ? ", " : "") + e.paths[i];
  }
  close(e.change, ChangeState::rejected, Reason::conflicts_with_landed, std::move(text));
  replan();
}

void Queue::Step::on(const event::TrunkMoved& e) {
  if (e.trunk == s_.trunk) return;
  std::vector<ChangeId> met = e.fast_forward ? s_.graph.meeting(e.footprint) : s_.order;
  for (ChangeId id : met) {
    landed_on(id, ChangeId{}, false);
    changed(id);
  }
  ++s_.landed_count;
  s_.trunk = e.trunk;
  if (!e.fast_forward) {
    std::vector<BuildId> builds;
    for (const auto& [id, build] : s_.builds) builds.push_back(id);
    for (BuildId id : builds) cancel(id, "the trunk's history was rewritten under it");
  }
  check_merges(e.fast_forward ? s_.graph.sharing_path(e.footprint) : s_.order);
  queue_changed();
  replan();
}

void Queue::Step::rebuild_graph() {
  const std::vector<ChangeId> before = s_.order;
  for (ChangeId id : before) q_.planner_->removing(s_, id, ChangeState::queued);
  build_graph(s_, q_.planner_->rule());
  for (ChangeId id : s_.order) q_.planner_->added(s_, id, q_.rng_);
}

void build_graph(QueueState& state, const LandingRule& rule) {
  state.graph = ConflictGraph(state.policy.guarantee == Guarantee::exact || !rule.uses_footprints);
  std::vector<ChangeId> by_analysis = state.order;
  std::ranges::sort(by_analysis, {}, [&](ChangeId id) { return state.change(id).analysis; });
  std::vector<ChangeId> added;
  for (ChangeId id : by_analysis) {
    const Change& change = state.change(id);
    std::vector<ChangeId> uppers;
    for (ChangeId other : added) {
      if (needs(state.change(other), id)) uppers.push_back(other);
    }
    add_to_graph(state, change, uppers);
    added.push_back(id);
  }
}

bool needs(const Change& upper, ChangeId lower) {
  const auto& declared = upper.proposal.depends_on;
  return std::ranges::binary_search(upper.stacked_on, lower) ||
         std::ranges::find(declared, lower) != declared.end();
}

void add_to_graph(QueueState& state, const Change& change, std::span<const ChangeId> uppers) {
  state.graph.add({.id = change.id,
                   .footprint = change.footprint,
                   .prediction = change.prediction,
                   .textual = change.textual,
                   .needs = change.stacked_on,
                   .needed_by = uppers,
                   .declares = change.proposal.depends_on});
}

}  // namespace mergeq
