/// Who may land, and who is to blame (docs/invariants.md, 1 to 3 and 10).
///
/// A verdict is looked at in two steps. First by the graph: does it still speak about the present
/// trunk (nothing in conflict with the members has landed since), and is it this change's turn.
/// Then, when the very tree that would land is known, by content: each of its new hashes has a
/// passing verdict of each check. Only the second step makes a certificate.
#include <algorithm>
#include <ranges>

#include "scheduler/evidence.h"
#include "scheduler/invariant.h"
#include "scheduler/queue_step.h"

namespace mergeq {

bool Queue::Step::is_landing(ChangeId id) const {
  return s_.landing &&
         std::ranges::find(s_.landing->members, id, &Member::change) != s_.landing->members.end();
}

/// Rejects who is to blame and begins the first landing that is legal, until nothing more follows.
bool Queue::Step::decide() {
  bool any = false;
  for (bool again = true; again;) {
    again = false;
    for (ChangeId id : std::vector(s_.order)) {
      const auto it = s_.changes.find(id);
      if (it == s_.changes.end() || is_landing(id) || !decide(it->second)) continue;
      any = again = true;
      replan();
      break;
    }
  }
  return any;
}

bool Queue::Step::decide(Change& change) {
  for (const Evidence& e : change.evidence) {
    const std::vector<ChangeId> members = still_pending(s_, e.members);
    if (e.passed) {
      if (s_.paused || s_.landing || change.landing_not_before > s_.now || !may_land(change, e)) {
        continue;
      }
      std::vector<ChangeId> all = members;
      all.push_back(change.id);
      begin_landing(all, e.build);
      return true;
    }
    if (!members.empty()) continue;
    const bool now =
        q_.planner_->rule().early_rejection ||
        (dependencies(s_, change.id).empty() && untouched_since(change, e.base, e.members));
    if (!now) continue;
    const BuildId build = e.build;
    const bool alone = e.members.empty();
    if (e.textual) {
      close(change.id, ChangeState::rejected, Reason::conflicts_with_landed,
            "does not merge with what has landed since it came");
    } else {
      close(change.id, ChangeState::rejected, Reason::build_failed,
            "build " + std::to_string(build.value) +
                (alone ? " failed with nothing but this change on a green trunk"
                       : " failed on changes that are good and have landed since"));
    }
    return true;
  }
  return false;
}

/// By the graph alone: the verdict still speaks about the trunk as it is, and nobody who is ahead
/// and in conflict loses a place that he will need.
bool Queue::Step::may_land(const Change& change, const Evidence& e) {
  if (!untouched_since(change, e.base, e.members)) return false;
  const std::vector<ChangeId> members = still_pending(s_, e.members);
  if (needs_queued(change, members)) return false;
  std::vector<ChangeId> rest;
  for (ChangeId d : dependencies(s_, change.id)) {
    if (std::ranges::find(members, d) == members.end()) rest.push_back(d);
  }
  for (const Neighbour& n : s_.graph.neighbours(change.id)) {
    if (n.needed && std::ranges::find(rest, n.change) != rest.end()) return false;
  }
  const bool all_overtaken =
      std::ranges::all_of(rest, [&](ChangeId d) { return may_be_overtaken(d); });
  if (members.empty()) return all_overtaken || covers(change, rest);
  if (!all_overtaken || !q_.planner_->rule().together || s_.policy.every_commit_green) return false;

  std::vector<ChangeId> path = e.members;
  path.push_back(change.id);
  for (ChangeId member : members) {
    if (is_landing(member) || s_.change(member).landing_not_before > s_.now) return false;
    if (!untouched_since(s_.change(member), e.base, path)) return false;
  }
  return closed(members);
}

/// Each member's own dependencies are members too, or may be overtaken.
bool Queue::Step::closed(const std::vector<ChangeId>& members) const {
  for (ChangeId member : members) {
    const Change& change = s_.change(member);
    if (needs_queued(change, members)) return false;
    for (ChangeId d : dependencies(s_, member)) {
      if (std::ranges::find(members, d) != members.end()) continue;
      const auto edge = s_.graph.between(member, d);
      if ((edge && is_directed(edge->kind)) || !may_be_overtaken(d)) return false;
    }
  }
  return true;
}

/// It declares a change that is neither in the path nor landed, but still being analysed.
bool Queue::Step::needs_queued(const Change& change, const std::vector<ChangeId>& members) const {
  return std::ranges::any_of(change.proposal.depends_on, [&](ChangeId id) {
    return s_.changes.contains(id) && !s_.is_pending(id) &&
           std::ranges::find(members, id) == members.end();
  });
}

bool Queue::Step::may_be_overtaken(ChangeId dependency) const {
  return s_.policy.order == Order::soft &&
         q_.planner_->lands(dependency) < q_.planner_->rule().overtake_below;
}

/// The change passes whatever the dependencies do: every combination of them has passed. What
/// `strict` order needs for landing ahead of them. Looked at for three dependencies at most, since
/// the builds double with each.
bool Queue::Step::covers(const Change& change, const std::vector<ChangeId>& rest) const {
  if (rest.empty()) return true;
  if (s_.policy.order == Order::soft) return false;
  if (rest.size() > 3 || !q_.planner_->rule().together) return false;
  for (std::size_t mask = 0; mask < std::size_t{1} << rest.size(); ++mask) {
    std::vector<ChangeId> members;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      if (mask >> i & 1) members.push_back(rest[i]);
    }
    if (known_verdict(s_, change, members) != true) return false;
  }
  return true;
}

void Queue::Step::begin_landing(const std::vector<ChangeId>& members, BuildId build) {
  Landing landing;
  landing.id = LandingId{q_.next_landing_++};
  for (ChangeId id : members) landing.members.push_back(member(id));
  landing.expected_trunk = s_.trunk;
  landing.base = s_.landed_count;
  landing.build = build;
  landing.decided_at = s_.now;
  emit(effect::PrepareLanding{landing.id, landing.expected_trunk, landing.members});
  s_.landing = std::move(landing);
}

void Queue::Step::on(const event::LandingPrepared& e) {
  if (!s_.landing || s_.landing->id != e.landing || s_.landing->certificate) return;
  if (s_.landing->base != s_.landed_count) {  // the trunk moved meanwhile
    s_.landing.reset();
    replan();
    return;
  }
  std::optional<Certificate> certificate = certify(e.tree, e.new_targets);
  if (!certificate) {
    const ChangeId head = s_.landing->members.back().change;
    tell(head, "not_certified",
         "what would land is not what was judged: it is built again on the present trunk",
         s_.landing->build);
    drop_evidence(head, s_.landing->build);
    s_.landing.reset();
    replan();
    return;
  }
  s_.landing->certificate = std::move(certificate);
  emit(effect::Land{s_.landing->id, s_.landing->expected_trunk, s_.landing->members,
                    *s_.landing->certificate});
}

std::optional<Certificate> Queue::Step::certify(const TreeId& tree,
                                                const std::vector<TargetHash>& new_targets) const {
  Certificate certificate;
  certificate.tree = tree;
  certificate.kind = CertificateKind::exact;
  std::set<BuildId> builds;
  for (const CheckSpec& spec : s_.policy.checks) {
    certificate.checks.push_back(spec.name);
    const auto verdict = q_.verdicts_.of_tree(spec.name, tree);
    if (verdict && !verdict->passed) return std::nullopt;
    if (verdict) {
      builds.insert(verdict->build);
      continue;
    }
    if (s_.policy.guarantee == Guarantee::exact || new_targets.empty()) return std::nullopt;
    certificate.kind = CertificateKind::independent;
    for (const TargetHash& target : new_targets) {
      const auto known = q_.verdicts_.of_target(spec.name, target);
      if (!known || !known->passed) return std::nullopt;
      builds.insert(known->build);
    }
  }
  certificate.builds.assign(builds.begin(), builds.end());
  if (certificate.kind == CertificateKind::independent) certificate.targets = new_targets;
  return certificate;
}

void Queue::Step::drop_evidence(ChangeId head, BuildId build) {
  std::erase_if(s_.changes.at(head).evidence,
                [build](const Evidence& e) { return e.build == build; });
  changed(head);
}

void Queue::Step::on(const event::LandingDone& e) {
  if (!s_.landing || s_.landing->id != e.landing) return;
  const Landing landing = std::move(*s_.landing);
  s_.landing.reset();
  MERGEQ_INVARIANT(landing.certificate.has_value(), "1: the trunk only moves with a certificate");
  MERGEQ_INVARIANT(e.trunk.tree == landing.certificate->tree, "3: what was tested is what lands");
  MERGEQ_INVARIANT(e.members.size() == landing.members.size(), "5: each member lands once");
  s_.trunk = e.trunk;
  std::set<ChangeId> to_check;
  for (std::size_t i = 0; i < landing.members.size(); ++i) {
    const ChangeId id = landing.members[i].change;
    MERGEQ_INVARIANT(e.members[i].change == id, "5: members land in their order");
    for (const Neighbour& n : s_.graph.neighbours(id)) {
      landed_on(n.change, id, n.kind == EdgeKind::textual);
      changed(n.change);
      if (n.kind == EdgeKind::textual || n.kind == EdgeKind::path) to_check.insert(n.change);
    }
    ++s_.landed_count;
    forget_failures_blaming(s_.change(id));
    withdraw(id, ChangeState::landed);
  }
  for (std::size_t i = 0; i < landing.members.size(); ++i) {
    Change& change = s_.changes.at(landing.members[i].change);
    change.landed_commit = e.members[i].commit;
    change.certificate = landing.certificate;
    std::vector<BuildId> own;
    for (const auto& [build_id, build] : s_.builds) {
      if (build.head() == change.id) own.push_back(build_id);
    }
    for (BuildId build : own) cancel(build, "the change has landed");
    to_check.erase(change.id);
    finish(change, ChangeState::landed, Reason::none,
           "landed as " + change.landed_commit.hex.substr(0, 12));
  }
  check_merges({to_check.begin(), to_check.end()});
  queue_changed();
  replan();
}

void Queue::Step::on(const event::LandingRefused& e) {
  if (!s_.landing || s_.landing->id != e.landing) return;
  const Landing landing = std::move(*s_.landing);
  s_.landing.reset();
  replan();
  const ChangeId id = landing.members.back().change;
  Change& head = s_.changes.at(id);
  changed(id);
  using namespace std::chrono_literals;
  if (e.refusal == event::Refusal::conflict || e.refusal == event::Refusal::mismatch) {
    tell(id, "landing_refused", e.text, landing.build);
    drop_evidence(id, landing.build);
    std::vector<ChangeId> members;
    for (const Member& m : landing.members) members.push_back(m.change);
    check_merges(members);
    return;
  }
  if (e.refusal == event::Refusal::moved) {
    head.landing_not_before = s_.now + 1s;  // by then the move is known
    return;
  }
  head.landing_refusal = e.text;
  ++head.landing_refusals;
  const std::uint32_t times = std::min(head.landing_refusals - 1, 6u);
  head.landing_not_before = s_.now + std::min<Duration>(60s, 1s * (1 << times));
  tell(id, "landing_refused", e.text, landing.build);
}

}  // namespace mergeq
