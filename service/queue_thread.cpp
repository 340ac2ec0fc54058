#include "service/queue_thread.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <filesystem>
#include <ranges>

#include "scheduler/journal_format.h"

namespace mergeq::service {
namespace {

constexpr std::uint64_t snapshot_every = 2'000;  // journal records
constexpr std::chrono::milliseconds heartbeat{1'000};
constexpr Duration document_age{500};

/// The state can no longer be made durable: go on and something would be lost. Recovery is replay.
[[noreturn]] void give_up(const std::string& queue, const Error& error) {
  spdlog::critical("queue {}: cannot write: {}; ending, a restart recovers", queue, error.message);
  spdlog::shutdown();
  std::_Exit(74);
}

}  // namespace

QueueThread::QueueThread(const QueueConfig& config, const Options& options, storage::Store& store,
                         StreamHub& hub)
    : config_(config), options_(options), store_(store), hub_(hub) {}

QueueThread::~QueueThread() {
  {
    const std::lock_guard lock(inbox_mutex_);
    stopping_ = true;
  }
  inbox_changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (remote_) remote_->stop();
  target_program_.reset();
  if (runner_) runner_->stop();
}

Instant QueueThread::now() const {
  if (options_.clock) return options_.clock();
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

QueueNames QueueThread::names() const {
  return {config_.name, config_.repository, config_.branch,
          std::string(to_name(config_.merge_method)), config_.runner == RunnerKind::local};
}

bool QueueThread::post(Command command, Admission admission) {
  {
    const std::lock_guard lock(inbox_mutex_);
    const bool is_full =
        admission == Admission::while_there_is_room && inbox_.size() >= inbox_limit;
    if (stopping_ || is_full) return false;
    inbox_.push_back(std::move(command));
  }
  inbox_changed_.notify_one();
  return true;
}

std::deque<QueueThread::Command> QueueThread::take(std::chrono::milliseconds wait) {
  std::unique_lock lock(inbox_mutex_);
  inbox_changed_.wait_for(lock, wait, [this] { return stopping_ || !inbox_.empty(); });
  return std::exchange(inbox_, {});
}

void QueueThread::run() {
  Events answers;
  while (!stopping_) {
    const bool idle = answers.empty();
    std::deque<Command> commands = take(idle ? heartbeat : std::chrono::milliseconds::zero());
    Round round{.now = now()};
    std::unique_lock lock(state_mutex_);
    for (auto& what : std::exchange(answers, {})) apply(round, std::move(what));
    for (const Command& command : commands) {
      round.actor.clear();
      command(round);
    }
    round.actor.clear();
    if (round.now - last_watch_ >= heartbeat) watch(round);
    finish(round);
    lock.unlock();
    for (const auto& tell : round.after_durable) tell();
    answers = carry_out(round.todo);
  }
  runner_->stop();
  Round last{.now = now()};
  const std::unique_lock lock(state_mutex_);
  for (auto& what : answers) apply(last, std::move(what));
  add_snapshot(last.batch);
  finish(last);
}

void QueueThread::apply(Round& round, decltype(Event::what) what) {
  const Event event{round.now, std::move(what)};
  round.batch.journal.push_back({.queue = config_.name,
                                 .sequence = ++sequence_,
                                 .at = event.at,
                                 .payload = event_to_json(event).dump()});
  gather(round, queue_->apply(event));
}

void QueueThread::gather(Round& round, std::vector<Effect> effects) {
  for (const Effect& effect : effects) {  // before the heads of rejected ones are moved away
    if (const auto* b = std::get_if<effect::BuildUpdated>(&effect)) learn(b->build, effects);
  }
  for (Effect& effect : effects) {
    if (auto* e = std::get_if<effect::ChangeUpdated>(&effect)) {
      round.changed.insert(e->change);
    } else if (auto* b = std::get_if<effect::BuildUpdated>(&effect)) {
      round.builds.insert_or_assign(b->build.id, std::move(b->build));
    } else if (std::holds_alternative<effect::QueueUpdated>(effect)) {
      round.queue_changed = true;
    } else if (auto* h = std::get_if<effect::Happened>(&effect)) {
      round.lines.push_back({std::move(*h), round.actor});
    } else if (auto* c = std::get_if<effect::ChangeClosed>(&effect)) {
      retries_.erase(c->change.id);
      round.changed.erase(c->change.id);
      round.closed.insert_or_assign(c->change.id, std::move(c->change));
    } else {
      round.todo.push_back(std::move(effect));
    }
  }
}

/// What a finished build teaches about its head. Part of applying an event, so that a replay learns
/// the same.
void QueueThread::learn(const Build& build, const std::vector<Effect>& effects) {
  if (build.state != BuildState::passed && build.state != BuildState::failed) return;
  const Change* head = nullptr;
  const auto it = queue_->state().changes.find(build.head());
  if (it != queue_->state().changes.end()) head = &it->second;
  for (const Effect& effect : effects) {  // the same event may have rejected it
    const auto* closed = std::get_if<effect::ChangeClosed>(&effect);
    if (closed && closed->change.id == build.head()) head = &closed->change;
  }
  if (!head) return;
  predictor_->learn({.author = head->proposal.author,
                     .footprint = head->footprint,
                     .alone = build.members.size() == 1,
                     .passed = build.state == BuildState::passed,
                     .time_s = build.started_at && build.finished_at
                                   ? seconds(*build.finished_at - *build.started_at)
                                   : 0.0});
}

void QueueThread::finish(Round& round) {
  if (sequence_ - snapshot_at_ >= snapshot_every) add_snapshot(round.batch);
  render(round);
  ++rounds_;
  write(round);
}

void QueueThread::add_snapshot(storage::Batch& batch) {
  nlohmann::json payload{{"queue", queue_->snapshot()}, {"predictor", predictor_->save()}};
  batch.snapshot = storage::Snapshot{config_.name, sequence_, payload.dump()};
  snapshot_at_ = sequence_;
}

/// Rows of the read model and events of the stream, for what this round has changed.
void QueueThread::render(Round& round) {
  const std::string& queue = config_.name;
  const auto change_row = [&](const Change& change, const Queue* live) {
    const nlohmann::json document = change_document(queue, change, live);
    storage::ChangeRow row{.id = change_name(queue, change.id),
                           .queue = queue,
                           .state = std::string(to_name(change.state)),
                           .author = shown(change.proposal.author),
                           .number = change.proposal.number,
                           .head = change.proposal.head.hex,
                           .ordinal = change.id.value,
                           .terminal = is_terminal(change.state),
                           .document = document.dump()};
    round.batch.stream.push_back({0, queue, "change", row.document});
    round.batch.changes.push_back(std::move(row));
    return document;
  };
  for (ChangeId id : round.changed) {
    const auto it = queue_->state().changes.find(id);
    if (it != queue_->state().changes.end()) change_row(it->second, queue_.get());
  }
  for (const auto& [id, change] : round.closed) {
    recent_.push_front(change_row(change, nullptr));
    const Instant at = change.finished_at.value_or(round.now);
    finished_.push_back(
        {at, change.state == ChangeState::landed, seconds(at - change.enqueued_at)});
  }
  while (recent_.size() > recent_limit) recent_.pop_back();
  for (const auto& [id, build] : round.builds) {
    storage::BuildRow row{.id = build_name(queue, id),
                          .queue = queue,
                          .state = std::string(to_name(build.state)),
                          .commit = build.commit.hex,
                          .change = change_name(queue, build.head()),
                          .ordinal = id.value,
                          .document = build_document(names(), build).dump()};
    round.batch.stream.push_back({0, queue, "build", row.document});
    round.batch.builds.push_back(std::move(row));
  }
  for (const Round::Line& line : round.lines) {
    round.batch.timeline.push_back(
        {change_name(queue, line.what.change), queue, round.now,
         timeline_document(queue, round.now, line.what, line.actor).dump()});
  }
  if (round.queue_changed || !round.closed.empty()) {
    round.batch.stream.push_back({0, queue, "queue", present_summary().dump()});
  }
}

void QueueThread::write(Round& round) {
  const storage::Batch& b = round.batch;
  round_answers_.clear();
  if (b.journal.empty() && !b.snapshot && b.answers.empty()) return;
  std::vector<StreamEvent> events;
  for (const storage::StreamRow& row : b.stream) {
    events.push_back({0, row.queue, row.type, row.document});
  }
  auto written = store_.write(std::move(round.batch)).get();
  if (!written) give_up(config_.name, written.error());
  for (std::size_t i = 0; i < events.size() && i < written->size(); ++i)
    events[i].id = (*written)[i];
  round.after_durable.push_back(
      [this, events = std::move(events)]() mutable { hub_.publish(std::move(events)); });
}

nlohmann::json QueueThread::problem_documents() const {
  nlohmann::json list = nlohmann::json::array();
  for (const Problem& p : present_problems()) {
    list.push_back({{"kind", p.kind}, {"text", shown(p.text)}, {"since", to_rfc3339(p.since)}});
  }
  return list;
}

nlohmann::json QueueThread::present_summary() const {
  nlohmann::json document = queue_summary(names(), *queue_);
  document["problems"] = problem_documents();
  return document;
}

nlohmann::json QueueThread::summary_document() const {
  const std::shared_lock lock(state_mutex_);
  return present_summary();
}

nlohmann::json QueueThread::queue_document() const {
  const std::lock_guard one_at_a_time(cached_mutex_);
  const std::shared_lock lock(state_mutex_);
  const Instant at = now();
  const bool is_fresh = !cached_.document.is_null() && cached_.round == rounds_ &&
                        at - cached_.at < document_age && at >= cached_.at;
  if (!is_fresh) cached_ = {rounds_, at, present_document(at)};
  return cached_.document;
}

/// Requires that state_mutex_ is held.
nlohmann::json QueueThread::present_document(Instant at) const {
  nlohmann::json document = present_summary();
  document.update(queue_details(names(), *queue_, at));
  document["recent"] = recent_;
  std::vector<double> turnarounds;
  std::size_t rejected = 0;
  for (const Finished& f : finished_) {
    if (f.at < at - std::chrono::hours{1}) continue;
    if (f.landed) {
      turnarounds.push_back(f.turnaround_s);
    } else {
      ++rejected;
    }
  }
  std::ranges::sort(turnarounds);
  document["rates"] = {{"landed_last_hour", turnarounds.size()},
                       {"rejected_last_hour", rejected},
                       {"turnaround_p50_s",
                        turnarounds.empty() ? nlohmann::json(nullptr)
                                            : nlohmann::json(turnarounds[turnarounds.size() / 2])}};
  return document;
}

std::optional<nlohmann::json> QueueThread::live_change(ChangeId id) const {
  const std::shared_lock lock(state_mutex_);
  const auto it = queue_->state().changes.find(id);
  if (it == queue_->state().changes.end()) return std::nullopt;
  return change_document(config_.name, it->second, queue_.get());
}

std::optional<nlohmann::json> QueueThread::live_explanation(ChangeId id) const {
  const std::shared_lock lock(state_mutex_);
  const auto it = queue_->state().changes.find(id);
  if (it == queue_->state().changes.end()) return std::nullopt;
  nlohmann::json document = explanation_document(config_.name, id, *queue_, now());
  add_remote_waits(document, it->second.state);
  return document;
}

std::optional<nlohmann::json> QueueThread::live_build(BuildId id) const {
  const std::shared_lock lock(state_mutex_);
  const auto it = queue_->state().builds.find(id);
  if (it == queue_->state().builds.end()) return std::nullopt;
  return build_document(names(), it->second);
}

void QueueThread::refresh(nlohmann::json& change, ChangeId id) const {
  const std::shared_lock lock(state_mutex_);
  refresh_change_document(change, config_.name, id, *queue_);
}

nlohmann::json QueueThread::graph() const {
  const std::shared_lock lock(state_mutex_);
  return graph_document(config_.name, *queue_);
}

nlohmann::json QueueThread::plan() const {
  const std::shared_lock lock(state_mutex_);
  return plan_document(config_.name, *queue_);
}

std::string QueueThread::log_path(BuildId id) const {
  return (std::filesystem::path(options_.data_directory) / "logs" /
          (build_name(config_.name, id) + ".log"))
      .string();
}

}  // namespace mergeq::service
