#include <algorithm>
#include <ranges>

#include "scheduler/evidence.h"
#include "scheduler/invariant.h"
#include "scheduler/queue_step.h"

namespace mergeq {
namespace {

constexpr std::size_t verdict_limit = 200'000;  // keys of each kind that are kept

Duration doubling(Duration first, std::uint32_t times, Duration limit) {
  return std::min(limit, first * (std::int64_t{1} << std::min<std::uint32_t>(times, 20)));
}

}  // namespace

/// Whether a path still makes sense; puts its members into queue order. A planner may say anything.
bool Queue::Step::may_start(WantedPath& path) const {
  if (!s_.is_pending(path.head) || is_landing(path.head)) return false;
  const Change& head = s_.change(path.head);
  if (head.build_not_before > s_.now || needs_queued(head, path.members)) return false;
  std::set<ChangeId> all(path.members.begin(), path.members.end());
  if (all.size() != path.members.size() || all.contains(path.head)) return false;
  if (!std::ranges::all_of(all, [&](ChangeId id) { return s_.is_pending(id); })) return false;
  all.insert(path.head);
  for (ChangeId id : all) {
    for (const Neighbour& n : s_.graph.neighbours(id)) {
      if (n.needed && !all.contains(n.change)) return false;
    }
  }
  std::ranges::sort(path.members, {}, [&](ChangeId id) { return s_.change(id).position; });
  return !is_running(path) && !known_verdict(s_, head, path.members);
}

bool Queue::Step::is_running(const WantedPath& path) const {
  const Change& head = s_.change(path.head);
  for (const Build& build : s_.builds | std::views::values) {
    if (build.head() != path.head) continue;
    const std::vector<ChangeId> before = before_head(build);
    if (still_pending(s_, before) == path.members && untouched_since(head, build.base, before)) {
      return true;
    }
  }
  return false;
}

void Queue::Step::start(const WantedPath& wanted) {
  WantedPath path = wanted;
  if (!may_start(path)) return;
  std::vector<Member> members;
  for (ChangeId id : path.members) members.push_back(member(id));
  members.push_back(member(path.head));
  request(std::move(members), s_.landed_count, s_.trunk.commit, 1);
}

void Queue::Step::request(std::vector<Member> members, std::uint64_t base, CommitId base_commit,
                          std::uint32_t attempt) {
  Build build;
  build.id = BuildId{q_.next_build_++};
  build.members = std::move(members);
  build.base = base;
  build.base_commit = std::move(base_commit);
  build.attempt = attempt;
  build.requested_at = s_.now;
  build.expected = from_seconds(s_.change(build.head()).prediction.build_time_s);
  for (ChangeId d : dependencies(s_, build.head())) {
    if (std::ranges::find(build.members, d, &Member::change) == build.members.end()) {
      build.assumed_not_landing.push_back(d);
    }
  }
  emit(effect::MergePath{build.id, build.base_commit, build.members});
  emit(effect::BuildUpdated{build});
  s_.builds.emplace(build.id, std::move(build));
}

void Queue::Step::on(const event::PathMerged& e) {
  const auto it = s_.builds.find(e.build);
  if (it == s_.builds.end() || it->second.state != BuildState::merging) return;
  Build& build = it->second;
  build.tree = e.tree;
  build.commit = e.commit;
  build.new_targets = e.new_targets;
  build.checks = checks_for(build);
  build.state = BuildState::requested;
  build.requested_at = s_.now;
  if (build.tree == s_.trunk.tree && build.members.size() == 1 && build.base == s_.landed_count &&
      !is_landing(build.head())) {
    close_as_on_trunk(build.head());
    replan();
    return;
  }
  tell(build.head(), "build_requested",
       build.members.size() == 1
           ? "to be built on the trunk"
           : "to be built on the trunk with " + std::to_string(build.members.size() - 1) +
                 " changes ahead of it",
       build.id);
  const auto failed = [](const CheckRun& c) { return c.verdict == Verdict::failed; };
  if (std::ranges::any_of(build.checks, failed)) {
    build.detail = "these very contents failed before";
    conclude(build.id, Verdict::failed, Inconclusive::none);
    return;
  }
  effect::StartBuild run{build.id, build.tree, build.commit, {}};
  std::ranges::copy_if(build.checks, std::back_inserter(run.checks),
                       [](const CheckRun& c) { return !c.verdict; });
  if (run.checks.empty()) {
    build.detail = "these very contents passed before";
    conclude(build.id, Verdict::passed, Inconclusive::none);
    return;
  }
  emit(effect::BuildUpdated{build});
  emit(std::move(run));
}

std::vector<CheckRun> Queue::Step::checks_for(const Build& build) const {
  std::vector<CheckRun> runs;
  for (const CheckSpec& spec : s_.policy.checks) {
    CheckRun run{.name = spec.name, .scope = spec.scope};
    std::optional<VerdictStore::Entry> known = q_.verdicts_.of_tree(spec.name, build.tree);
    if (!known && spec.scope == CheckScope::target) {
      for (const TargetHash& target : build.new_targets) {
        if (!q_.verdicts_.of_target(spec.name, target)) run.targets.push_back(target);
      }
      if (run.targets.empty() && !build.new_targets.empty()) {
        known = q_.verdicts_.of_target(spec.name, build.new_targets.front());
      } else {
        known = q_.verdicts_.of_targets(spec.name, run.targets);
      }
    }
    if (known) {
      run.verdict = known->passed ? Verdict::passed : Verdict::failed;
      run.reused = true;
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

void Queue::Step::on(const event::PathConflicted& e) {
  const auto it = s_.builds.find(e.build);
  if (it == s_.builds.end() || it->second.state != BuildState::merging) return;
  Build build = it->second;
  build.detail = e.culprit ? "does not merge" : "its tree could not be made";
  if (!e.paths.empty()) build.detail += ": " + e.paths.front();
  end(build, BuildState::error);
  const auto culprit = std::ranges::find(build.members, e.culprit, &Member::change);
  if (culprit == build.members.end()) {
    back_off(build);
    return;
  }
  build.members.erase(culprit + 1, build.members.end());
  take_as_evidence(build, false, true);
  replan();
}

void Queue::Step::on(const event::BuildStarted& e) {
  const auto it = s_.builds.find(e.build);
  if (it == s_.builds.end() || it->second.state != BuildState::requested) return;
  it->second.state = BuildState::running;
  it->second.started_at = s_.now;
  tell(it->second.head(), "build_started", "its build runs", e.build);
  emit(effect::BuildUpdated{it->second});
}

void Queue::Step::on(const event::CheckReported& e) {
  const auto it = s_.builds.find(e.build);
  if (it == s_.builds.end() || it->second.state == BuildState::merging) return;
  Build& build = it->second;
  const auto check = std::ranges::find(build.checks, e.check, &CheckRun::name);
  if (check == build.checks.end() || check->verdict) return;
  if (!build.started_at) build.started_at = s_.now;
  build.state = BuildState::running;
  build.url = e.url;
  build.reporter = e.reporter;
  build.detail = e.detail;
  if (e.verdict != Verdict::inconclusive) check->verdict = e.verdict;
  const bool all_passed = std::ranges::all_of(
      build.checks, [](const CheckRun& c) { return c.verdict == Verdict::passed; });
  if (e.verdict != Verdict::passed || all_passed) {
    conclude(e.build, e.verdict, e.inconclusive);
  } else {
    emit(effect::BuildUpdated{build});
  }
}

void Queue::Step::on(const event::BuildFinished& e) {
  const auto it = s_.builds.find(e.build);
  if (it == s_.builds.end() || it->second.state == BuildState::merging) return;
  Build& build = it->second;
  if (!build.started_at) build.started_at = s_.now;
  build.url = e.url;
  build.reporter = e.reporter;
  build.detail = e.detail;
  if (e.verdict == Verdict::passed) {
    for (CheckRun& check : build.checks) check.verdict = Verdict::passed;
  } else if (e.verdict == Verdict::failed) {
    const auto check = std::ranges::find(build.checks, e.check, &CheckRun::name);
    if (check != build.checks.end()) check->verdict = Verdict::failed;
  }
  conclude(e.build, e.verdict, e.inconclusive);
}

void Queue::Step::conclude(BuildId id, Verdict verdict, Inconclusive why) {
  Build build = s_.builds.at(id);
  build.inconclusive = verdict == Verdict::inconclusive ? why : Inconclusive::none;
  replan();
  if (verdict == Verdict::inconclusive) {
    end(build, BuildState::error);
    back_off(build);
    return;
  }
  const bool passed = verdict == Verdict::passed;
  MERGEQ_INVARIANT(
      !passed || std::ranges::all_of(
                     build.checks, [](const CheckRun& c) { return c.verdict == Verdict::passed; }),
      "2: a build passes only when each of its checks has");
  end(build, passed ? BuildState::passed : BuildState::failed);
  if (!passed && retry(build)) return;
  record(build);
  take_as_evidence(build, passed, false);
}

/// A failure within the check's retries is run once more, on the same tree, in the same slot.
bool Queue::Step::retry(const Build& build) {
  const bool reused = std::ranges::any_of(
      build.checks, [](const CheckRun& c) { return c.reused && c.verdict == Verdict::failed; });
  if (reused) return false;
  const bool known = std::ranges::any_of(
      build.checks, [](const CheckRun& c) { return c.verdict == Verdict::failed; });
  std::uint32_t retries = 0;
  for (const CheckSpec& spec : s_.policy.checks) {
    const auto run = std::ranges::find(build.checks, spec.name, &CheckRun::name);
    if (run == build.checks.end() || run->verdict == Verdict::passed) continue;
    if (!known || run->verdict == Verdict::failed) retries = std::max(retries, spec.retries);
  }
  if (build.attempt > retries) return false;
  tell(build.head(), "build_retried",
       "failed in attempt " + std::to_string(build.attempt) + " of " + std::to_string(retries + 1) +
           (build.detail.empty() ? "" : ": " + build.detail),
       build.id);
  request(build.members, build.base, build.base_commit, build.attempt + 1);
  return true;
}

/// Keeps what the build judged, by content. A check without a verdict of its own in a failed build
/// was not judged, unless it is the only one that can have failed.
void Queue::Step::record(const Build& build) {
  std::vector<const CheckRun*> open;
  bool failed_known = false;
  for (const CheckRun& check : build.checks) {
    if (!check.verdict) open.push_back(&check);
    if (check.verdict == Verdict::failed) failed_known = true;
  }
  const auto keep = [&](const CheckRun& check, bool passed) {
    const VerdictStore::Entry entry{passed, build.id};
    q_.verdicts_.record_tree(check.name, build.tree, build.new_targets, entry);
    if (check.scope == CheckScope::target) {
      q_.verdicts_.record_targets(check.name, check.targets, entry);
    }
  };
  for (const CheckRun& check : build.checks) {
    if (check.verdict && !check.reused) keep(check, check.verdict == Verdict::passed);
    // A reused verdict of hashes is one of this tree from now on.
    if (check.reused && check.verdict == Verdict::passed) keep(check, true);
  }
  if (build.state == BuildState::failed && !failed_known && open.size() == 1) {
    keep(*open.front(), false);
  }
  q_.verdicts_.trim(verdict_limit);
}

void Queue::Step::take_as_evidence(const Build& build, bool passed, bool textual) {
  const auto it = s_.changes.find(build.head());
  if (it == s_.changes.end() || it->second.state == ChangeState::queued) return;
  Change& head = it->second;
  if (head.revision != build.members.back().revision) return;
  head.inconclusive_builds = 0;
  std::vector<ChangeId> before = before_head(build);
  for (const CheckSpec& spec : s_.policy.checks) {
    const bool asked =
        std::ranges::find(build.checks, spec.name, &CheckRun::name) != build.checks.end();
    if (!asked && !textual) return;  // other checks are asked for by now
  }
  tell(head.id,
       textual  ? "merge_failed"
       : passed ? "build_passed"
                : "build_failed",
       build.detail, build.id);
  if (passed || !build.blames_nobody) {
    head.evidence.push_back({build.id, std::move(before), build.base, passed, textual});
  }
  q_.planner_->observed(s_, build, passed, q_.rng_);
  changed(head.id);
}

void Queue::Step::back_off(const Build& build) {
  replan();
  const auto it = s_.changes.find(build.head());
  if (it == s_.changes.end()) return;
  Change& head = it->second;
  const bool undecided = !still_pending(s_, before_head(build)).empty();
  if (!undecided) ++head.inconclusive_builds;  // else one of the others may hang or break it
  const bool timeout = build.inconclusive == Inconclusive::timeout;
  tell(head.id, timeout ? "build_timeout" : "build_error", build.detail, build.id);
  if (head.inconclusive_builds > s_.policy.inconclusive_limit && !is_landing(head.id)) {
    close(head.id, ChangeState::rejected, timeout ? Reason::build_timeout : Reason::build_error,
          std::to_string(s_.policy.inconclusive_limit + 1) +
              " builds in a row came to no verdict; the last one: " + (timeout ? "timeout, " : "") +
              build.detail);
    return;
  }
  using namespace std::chrono_literals;
  const Duration pause = doubling(1s, std::max(1U, head.inconclusive_builds) - 1, 5min);
  head.build_not_before = s_.now + (timeout && !undecided ? Duration::zero() : pause);
  changed(head.id);
}

void Queue::Step::cancel(BuildId id, std::string why) {
  Build build = s_.builds.at(id);
  build.inconclusive = Inconclusive::cancelled;
  build.detail = std::move(why);
  tell(build.head(), "build_cancelled", build.detail, id);
  end(build, BuildState::cancelled);
  replan();
}

void Queue::Step::cancel_builds_with(ChangeId id, const std::string& why) {
  std::vector<BuildId> with;
  for (const auto& [build_id, build] : s_.builds) {
    if (std::ranges::find(build.members, id, &Member::change) != build.members.end()) {
      with.push_back(build_id);
    }
  }
  for (BuildId build : with) cancel(build, why);
}

/// The build is over: it gives back its slot.
void Queue::Step::end(Build& build, BuildState state) {
  const BuildState before = build.state;
  build.state = state;
  build.finished_at = s_.now;
  s_.builds.erase(build.id);
  if (state == BuildState::cancelled && before != BuildState::merging) {
    emit(effect::CancelBuild{build.id});
  }
  emit(effect::BuildUpdated{build});
  emit(effect::ForgetBuild{build.id});
}

void Queue::Step::cancel_beyond_slots() {
  while (s_.builds.size() > s_.policy.slots) {
    cancel(s_.builds.rbegin()->first, "the queue has fewer slots now");
  }
}

}  // namespace mergeq
