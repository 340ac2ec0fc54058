/// What time brings: ticks, the trunk moved by others, time limits, and what waits too long.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <ranges>

#include "service/queue_thread.h"

namespace mergeq::service {
namespace {

using namespace std::chrono_literals;

constexpr Duration replan_after = 15s;    // odds and weights age
constexpr Duration analysis_bound = 60s;  // an analysis that waits longer is named
constexpr Duration start_bound = 5min;    // a build that nobody has started
constexpr Duration overtime = 60s;        // beyond a build's time limit
constexpr auto lock_age = 5s;             // git holds a lock for moments

Duration time_limit(const QueueConfig& config, const Build& build) {
  Duration limit{};
  for (const CheckRun& run : build.checks) {
    const auto known = std::ranges::find(config.checks, run.name,
                                         [](const CheckConfig& c) { return c.spec.name; });
    if (known != config.checks.end() && !run.verdict) limit = std::max(limit, known->timeout);
  }
  return limit > Duration::zero() ? limit : Duration{30min};
}

}  // namespace

void QueueThread::watch(Round& round) {
  last_watch_ = round.now;
  watch_locks(round);
  watch_trunk(round);
  watch_builds(round);
  for (auto& [id, retry] : retries_) {
    if (retry.next > round.now) continue;
    retry.next = round.now + 1min;  // until its outcome says otherwise
    round.todo.push_back(retry.analyse);
  }
  while (!finished_.empty() && finished_.front().at < round.now - 1h) finished_.pop_front();
  if (tick_is_due(round.now)) apply(round, event::Tick{});
}

bool QueueThread::tick_is_due(Instant at) const {
  const QueueState& s = queue_->state();
  if (s.order.empty()) return false;
  if (at - s.now >= replan_after) return true;
  return std::ranges::any_of(s.changes | std::views::values, [&](const Change& c) {
    const auto came = [&](Instant due) { return due > s.now && due <= at; };
    return came(c.landing_not_before) || came(c.build_not_before);
  });
}

std::optional<decltype(Event::what)> QueueThread::trunk_event() {
  const auto tip = repository_->branch_tip(config_.branch);
  const Trunk& trunk = queue_->state().trunk;
  if (!tip) {
    remember_problem("repository", "cannot read the trunk: " + tip.error().message);
    return std::nullopt;
  }
  forget_problem("repository");
  if (!*tip) {
    remember_problem("trunk_missing", "branch " + config_.branch + " does not exist");
    if (queue_->state().paused) return std::nullopt;
    return event::Paused{"branch " + config_.branch +
                         " was deleted; mergeq does not make it anew. Resume when it is back"};
  }
  forget_problem("trunk_missing");
  if (**tip == trunk.commit) return std::nullopt;
  const auto tree = repository_->tree_of(**tip);
  const auto forward = repository_->is_ancestor(trunk.commit, **tip);
  if (!tree) {
    remember_problem("repository", "cannot read the trunk: " + tree.error().message);
    return std::nullopt;
  }
  event::TrunkMoved moved{.trunk = {**tip, *tree}, .fast_forward = forward && *forward};
  if (moved.fast_forward) {
    auto footprint = repository_->difference(trunk.commit, **tip, config_.targets);
    if (footprint) {
      moved.footprint = std::move(*footprint);
    } else {
      moved.fast_forward = false;  // what cannot be read touches everything
    }
  }
  spdlog::info("queue {}: the trunk was moved to {} by somebody else", config_.name,
               (*tip)->hex.substr(0, 12));
  return moved;
}

void QueueThread::watch_trunk(Round& round) {
  if (queue_->state().landing) return;  // its answer tells
  if (auto event = trunk_event()) apply(round, std::move(*event));
}

/// Locks that a killed instance left in the repository would refuse every landing. They are looked
/// for until none is left after the start, and never again: later ones are somebody's.
void QueueThread::watch_locks(Round& round) {
  if (!suspects_locks_) return;
  const auto clear = repository_->clear_stale_locks(config_.branch, lock_age);
  if (!clear) {
    spdlog::warn("queue {}: {}", config_.name, clear.error().message);
    return;
  }
  suspects_locks_ = !*clear;
  if (*clear) apply(round, event::Tick{});
}

/// Builds of an outside CI that never report. The local runner keeps its own time.
void QueueThread::watch_builds(Round& round) {
  if (config_.runner != RunnerKind::external) return;
  std::vector<event::BuildFinished> late;
  for (const auto& [id, build] : queue_->state().builds) {
    if (build.state == BuildState::merging) continue;
    const Duration limit = time_limit(config_, build);
    if (round.now - build.started_at.value_or(build.requested_at) < limit) continue;
    late.push_back({.build = id,
                    .verdict = Verdict::inconclusive,
                    .inconclusive = Inconclusive::timeout,
                    .detail = "no result within " + std::to_string(limit.count() / 1000) + " s"});
  }
  for (event::BuildFinished& e : late) apply(round, std::move(e));
}

void QueueThread::remember_problem(const std::string& kind, const std::string& text) {
  const std::lock_guard lock(problems_mutex_);
  const auto it = problems_.find(kind);
  if (it != problems_.end()) {
    it->second.text = text;
    return;
  }
  spdlog::warn("queue {}: {}", config_.name, text);
  problems_.emplace(kind, Problem{config_.name, kind, text, now()});
}

void QueueThread::forget_problem(const std::string& kind) {
  const std::lock_guard lock(problems_mutex_);
  problems_.erase(kind);
}

std::vector<Problem> QueueThread::problems() const {
  const std::shared_lock lock(state_mutex_);
  return present_problems();
}

std::vector<Problem> QueueThread::present_problems() const {
  const QueueState& s = queue_->state();
  const Instant at = now();
  std::vector<Problem> found;
  {
    const std::lock_guard lock(problems_mutex_);
    for (const Problem& p : problems_ | std::views::values) found.push_back(p);
  }
  const auto add = [&](const char* kind, std::string text, Instant since) {
    found.push_back({config_.name, kind, std::move(text), since});
  };
  if (s.paused) add("paused", "the queue is paused: " + s.paused_why, s.now);
  for (const auto& [id, c] : s.changes) {
    const std::string name = change_name(config_.name, id);
    if (c.state == ChangeState::queued && at - c.enqueued_at > analysis_bound) {
      add("analysis", name + " could not be analysed yet: its head commit is not in the repository",
          c.enqueued_at);
    }
    if (!c.landing_refusal.empty()) {
      add("landing_refused",
          name + ": the repository refused its landing " + std::to_string(c.landing_refusals) +
              " times: " + c.landing_refusal,
          c.landing_not_before);
    }
  }
  for (const auto& [id, b] : s.builds) {
    const std::string name = build_name(config_.name, id);
    if (!b.started_at && at - b.requested_at > start_bound) {
      add("build_not_started", name + " was requested and nobody has started it", b.requested_at);
    }
    if (b.started_at && at - *b.started_at > time_limit(config_, b) + overtime) {
      add("build_overdue", name + " is over its time limit and has not ended", *b.started_at);
    }
  }
  return found;
}

}  // namespace mergeq::service
