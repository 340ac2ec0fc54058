#include "sim/simulator.h"

#include <algorithm>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <queue>

#include "scheduler/invariant.h"
#include "scheduler/queue.h"
#include "sim/referee.h"

namespace mergeq::sim {

namespace {

/// With nothing running and nobody coming, the clock still ticks so long before we give up.
constexpr std::uint32_t idle_ticks_max = 24 * 60;
constexpr std::uint32_t max_pending_least = 5000;

Policy policy_for(const Scenario& scenario, const RunOptions& options) {
  Policy policy;
  policy.slots = options.slots;
  policy.slot_minute_price = options.slot_minute_price;
  policy.checks = {CheckSpec{.name = "ci", .scope = CheckScope::tree}};
  policy.max_pending =
      std::max(max_pending_least, static_cast<std::uint32_t>(scenario.changes.size()));
  return policy;
}

class Simulation {
 public:
  Simulation(const Scenario& scenario, const Strategy& strategy, const RunOptions& options)
      : scenario_(scenario),
        strategy_(strategy),
        options_(options),
        truth_(scenario),
        repository_(scenario),
        referee_(truth_, repository_, options.slots),
        foresight_{.good = [this](ChangeId id) { return truth_.good(id); },
                   .break_together = [this](ChangeId a,
                                            ChangeId b) { return truth_.break_together(a, b); }},
        queue_(policy_for(scenario, options), repository_.trunk(), strategy.make(foresight_),
               scenario.seed) {}

  Figures run();

 private:
  struct Path {
    std::size_t landed = 0;  // its base
    std::vector<Member> members;
  };
  struct Finish {
    Instant at{};
    BuildId build;
    friend auto operator<=>(const Finish&, const Finish&) = default;
  };

  bool step();
  void arrive();
  void finish_build();
  bool tick();
  void apply(const Event& event);
  void apply_with_consequences(const Event& event);
  void see(ChangeId id);
  void see(const Change& change);
  void end_build(BuildId build);
  bool verdict(BuildId build) const;
  Figures figures() const;

  void carry_out(const effect::Analyse& effect);
  void carry_out(const effect::MergePath& effect);
  void carry_out(const effect::StartBuild& effect);
  void carry_out(const effect::CancelBuild& effect);
  void carry_out(const effect::ForgetBuild& effect);
  void carry_out(const effect::PrepareLanding& effect);
  void carry_out(const effect::Land& effect);
  void carry_out(const effect::ChangeUpdated& effect) { see(effect.change); }
  void carry_out(const effect::ChangeClosed& effect) { see(effect.change); }
  void carry_out(const effect::CheckMerge&) {}  // whatever is here merges as text
  void carry_out(const effect::BuildUpdated&) {}
  void carry_out(const effect::QueueUpdated&) {}
  void carry_out(const effect::Happened&) {}

  const Scenario& scenario_;
  const Strategy& strategy_;
  const RunOptions& options_;
  Truth truth_;
  SyntheticRepository repository_;
  Referee referee_;
  Foresight foresight_;
  Queue queue_;

  Instant now_{};
  std::size_t arrived_ = 0;
  std::deque<Event> at_once_;
  std::priority_queue<Finish, std::vector<Finish>, std::greater<>> finishes_;
  std::map<BuildId, Path> paths_;       // from being merged until forgotten
  std::map<BuildId, Instant> running_;  // since when
  std::uint32_t idle_ticks_ = 0;
  std::uint64_t finished_ = 0;
  std::uint64_t builds_ = 0;
  std::uint64_t failed_builds_ = 0;
  std::uint64_t events_ = 0;
  Duration slot_time_{};
};

Figures Simulation::run() {
  while (finished_ < scenario_.changes.size() && step()) {
  }
  for (const auto& [build, since] : running_) slot_time_ += now_ - since;
  referee_.final_whistle();
  return figures();
}

bool Simulation::step() {
  while (!finishes_.empty() && !running_.contains(finishes_.top().build)) finishes_.pop();
  const bool arrival = arrived_ < scenario_.changes.size();
  if (arrival && (finishes_.empty() || scenario_.changes[arrived_].arrives <= finishes_.top().at)) {
    arrive();
    return true;
  }
  if (!finishes_.empty()) {
    finish_build();
    return true;
  }
  return tick();
}

void Simulation::arrive() {
  const ChangeId id{arrived_ + 1};
  now_ = std::max(now_, scenario_.change(id).arrives);
  MERGEQ_INVARIANT(queue_.next_change() == id, "simulator: changes are numbered as they come");
  ++arrived_;
  truth_.came(id);
  Proposal proposal;
  proposal.head = {.hex = std::to_string(id.value)};
  apply_with_consequences({now_, event::ChangeEnqueued{std::move(proposal)}});
}

void Simulation::finish_build() {
  const Finish finish = finishes_.top();
  finishes_.pop();
  now_ = finish.at;
  idle_ticks_ = 0;
  const bool passed = verdict(finish.build);
  if (!passed) ++failed_builds_;
  end_build(finish.build);
  event::BuildFinished finished;
  finished.build = finish.build;
  finished.verdict = passed ? Verdict::passed : Verdict::failed;
  apply_with_consequences({now_, std::move(finished)});
}

/// Nothing runs and nobody comes: only time can still move the queue (a build that was not worth
/// its price becomes so by waiting).
bool Simulation::tick() {
  if (++idle_ticks_ > idle_ticks_max) return false;
  now_ += std::chrono::minutes{1};
  apply_with_consequences({now_, event::Tick{}});
  return true;
}

bool Simulation::verdict(BuildId build) const {
  const Path& path = paths_.at(build);
  const bool passes = passes_in_truth(truth_, repository_, path.landed, path.members);
  return options_.runner_says ? options_.runner_says(passes) : passes;
}

void Simulation::apply_with_consequences(const Event& event) {
  apply(event);
  while (!at_once_.empty()) {
    const Event next = std::move(at_once_.front());
    at_once_.pop_front();
    apply(next);
  }
}

void Simulation::apply(const Event& event) {
  const std::vector<Effect> effects = queue_.apply(event);
  ++events_;
  if (options_.check_every > 0 && events_ % options_.check_every == 0) queue_.check();
  for (const Effect& effect : effects) {
    std::visit([this](const auto& what) { carry_out(what); }, effect);
  }
  if (options_.restore_after_events == events_) {
    auto restored = Queue::restore(queue_.snapshot(), strategy_.make(foresight_));
    MERGEQ_INVARIANT(restored.has_value(), "9: a snapshot can be restored");
    queue_ = std::move(*restored);
  }
}

void Simulation::carry_out(const effect::Analyse& effect) {
  event::ChangeAnalysed analysed;
  analysed.change = effect.change;
  analysed.revision = effect.revision;
  analysed.footprint = footprint(scenario_, effect.change);
  analysed.prediction = scenario_.change(effect.change).outcome.prediction;
  at_once_.push_back({now_, std::move(analysed)});
}

void Simulation::carry_out(const effect::MergePath& effect) {
  auto merged = repository_.merge(effect.base, effect.members);
  paths_[effect.build] = {.landed = repository_.landed_at(effect.base), .members = effect.members};
  at_once_.push_back({now_, event::PathMerged{.build = effect.build,
                                              .tree = std::move(merged.tree),
                                              .commit = std::move(merged.commit),
                                              .new_targets = std::move(merged.new_targets)}});
}

void Simulation::carry_out(const effect::StartBuild& effect) {
  const auto [it, is_new] = running_.emplace(effect.build, now_);
  if (!is_new) return;  // asked for again: the same build
  ++builds_;
  referee_.slots_used(running_.size());
  const ChangeId head = paths_.at(effect.build).members.back().change;
  finishes_.push({.at = now_ + scenario_.change(head).outcome.build_time, .build = effect.build});
  at_once_.push_back({now_, event::BuildStarted{effect.build}});
}

void Simulation::carry_out(const effect::CancelBuild& effect) { end_build(effect.build); }

void Simulation::carry_out(const effect::ForgetBuild& effect) {
  end_build(effect.build);
  paths_.erase(effect.build);
}

void Simulation::carry_out(const effect::PrepareLanding& effect) {
  auto merged = repository_.merge(effect.expected_trunk.commit, effect.members);
  at_once_.push_back({now_, event::LandingPrepared{.landing = effect.landing,
                                                   .tree = std::move(merged.tree),
                                                   .new_targets = std::move(merged.new_targets)}});
}

void Simulation::carry_out(const effect::Land& effect) {
  MERGEQ_INVARIANT(effect.expected_trunk == repository_.trunk(),
                   "1: nobody else moves the trunk here");
  const auto merged = repository_.merge(effect.expected_trunk.commit, effect.members);
  MERGEQ_INVARIANT(merged.tree == effect.certificate.tree, "3: what was tested is what lands");
  referee_.landing(effect.members);
  auto landed = repository_.land(effect.members);
  at_once_.push_back({now_, event::LandingDone{.landing = effect.landing,
                                               .members = std::move(landed),
                                               .trunk = repository_.trunk()}});
}

void Simulation::see(ChangeId id) {
  const auto it = queue_.state().changes.find(id);
  if (it != queue_.state().changes.end() && is_terminal(it->second.state)) see(it->second);
}

void Simulation::see(const Change& change) {
  const bool news = !referee_.is_finished(change.id);
  referee_.finished(change);
  if (!news) return;
  truth_.left(change.id);
  ++finished_;
  if (options_.progress && finished_ % 64 == 0) {
    options_.progress(finished_, scenario_.changes.size());
  }
}

void Simulation::end_build(BuildId build) {
  const auto it = running_.find(build);
  if (it == running_.end()) return;
  slot_time_ += now_ - it->second;
  running_.erase(it);
}

/// The value that a share q of the sorted values lies below.
double quantile(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0.0;
  const auto rank = static_cast<std::size_t>(static_cast<double>(sorted.size()) * q);
  return sorted[std::min(rank, sorted.size() - 1)];
}

Figures Simulation::figures() const {
  std::vector<double> times = referee_.turnarounds_min();
  std::sort(times.begin(), times.end());
  double sum = 0.0;
  for (const double time : times) sum += time;

  Figures f;
  f.changes = scenario_.changes.size();
  f.landed = referee_.landed();
  f.rejected = referee_.rejected();
  f.unfinished = f.changes - f.landed - f.rejected;
  f.red_landings = referee_.red_landings();
  f.wrongful_rejections = referee_.wrongful_rejections();
  f.turnaround_min = {.mean = times.empty() ? 0.0 : sum / static_cast<double>(times.size()),
                      .p50 = quantile(times, 0.50),
                      .p95 = quantile(times, 0.95),
                      .p99 = quantile(times, 0.99)};
  f.builds = builds_;
  f.failed_builds = failed_builds_;
  f.slot_minutes = minutes(slot_time_);
  f.events = events_;
  return f;
}

}  // namespace

Figures simulate(const Scenario& scenario, const Strategy& strategy, const RunOptions& options) {
  return Simulation(scenario, strategy, options).run();
}

}  // namespace mergeq::sim
