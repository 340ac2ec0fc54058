/// One queue at work: the core, its journal, its repository and its runner, on a thread of its own.
///
///   queue_thread.cpp     the loop: rounds of events, made durable, then carried out
///   queue_commands.cpp   what people and CI ask for
///   queue_forge.cpp      what a forge's webhooks ask for
///   queue_effects.cpp    effects, and the events that answer them
///   queue_conflicts.cpp  with whom a change is in conflict
///   queue_recovery.cpp   start: replay, then reconciliation with the world
///   queue_remote.cpp     where the repository is a remote one
///   queue_targets.cpp    footprints that are asked for, and the graph from outside
///   queue_watch.cpp      what time brings: ticks, the trunk, time limits, what waits too long
///
/// Threads  post(), ask() and the const functions may be called from any thread; everything else
/// runs
///          on the queue's own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "scheduler/prediction/predictor.h"
#include "scheduler/queue.h"
#include "service/documents.h"
#include "service/remote.h"
#include "service/round.h"
#include "service/service.h"
#include "service/stack_index.h"
#include "service/stream_hub.h"
#include "service/target_program.h"
#include "service/turnstile_mutex.h"

namespace mergeq::service {

class QueueThread {
 public:
  static constexpr std::size_t inbox_limit = 10'000;
  static constexpr std::size_t recent_limit = 20;

  /// Opens the repository, recovers, and starts the thread.
  static Result<std::unique_ptr<QueueThread>> start(const QueueConfig& config,
                                                    const Options& options, storage::Store& store,
                                                    StreamHub& hub);
  ~QueueThread();

  const QueueConfig& config() const { return config_; }
  bool alive() const { return !stopping_; }

  using Command = std::function<void(Round&)>;
  /// What outsiders ask for is refused when the inbox is full; what our own runner reports is
  /// bounded by the slots, and never refused.
  enum class Admission { while_there_is_room, always };
  /// False if the inbox is full or the queue is going down.
  bool post(Command command, Admission admission = Admission::while_there_is_room);
  /// Runs `command` on the queue's thread and returns its result once it is durable.
  template <class T>
  Result<T> ask(std::function<Result<T>(Round&)> command);

  // From any thread.
  /// What `head` means on the remote now, waiting for its answer for a bounded time; nothing for a
  /// local repository. invalid: no such thing there; unavailable: no answer.
  Result<std::optional<CommitId>> fetched(const std::string& head) const;
  /// Somebody says that the trunk has moved.
  void look_at_trunk();

  // What people and CI ask for; to be used as commands.
  /// The answer to a request that came before, or to one that is wrong in itself.
  Result<std::optional<EnqueueAnswer>> answered(Round& round, const EnqueueRequest& request);
  Result<EnqueueAnswer> enqueue(Round& round, const EnqueueRequest& request);
  Result<nlohmann::json> revise(Round& round, ChangeId id, const std::string& head);
  Result<nlohmann::json> cancel(Round& round, ChangeId id, Reason reason, const std::string& text);
  Result<nlohmann::json> pause(Round& round, const std::string& why);
  Result<nlohmann::json> resume(Round& round);
  Result<nlohmann::json> patch(Round& round, const QueuePatch& patch);
  Result<nlohmann::json> build_started(Round& round, BuildId id);
  Result<ReportAnswer> report(Round& round, BuildId id, const BuildReport& report);
  Result<nlohmann::json> pull_request(Round& round, const forges::PullRequestEvent& event);
  Result<nlohmann::json> check(Round& round, const forges::CheckEvent& event);
  /// Carries `act` out unless this delivery, or another with the same content, was answered before;
  /// then that answer is given again.
  Result<nlohmann::json> once(Round& round, const std::string& delivery,
                              const std::string& content_key,
                              const std::function<Result<nlohmann::json>()>& act);

  /// On the queue's thread, since the repository is asked where the texts do not merge.
  Result<nlohmann::json> conflict(const std::string& a, const std::string& b);

  // Reading: the last durable state.
  nlohmann::json summary_document() const;
  nlohmann::json queue_document() const;
  std::optional<nlohmann::json> live_change(ChangeId id) const;
  std::optional<nlohmann::json> live_explanation(ChangeId id) const;
  std::optional<nlohmann::json> live_build(BuildId id) const;
  nlohmann::json graph() const;
  nlohmann::json plan() const;
  std::string log_path(BuildId id) const;
  /// Of a change, by its document.
  Result<nlohmann::json> footprint(const nlohmann::json& change) const;
  std::vector<Problem> problems() const;
  void refresh(nlohmann::json& change, ChangeId id) const;

 private:
  QueueThread(const QueueConfig& config, const Options& options, storage::Store& store,
              StreamHub& hub);

  // The loop.
  void run();
  std::deque<Command> take(std::chrono::milliseconds wait);
  void finish(Round& round);
  void render(Round& round);
  void write(Round& round);
  void publish(const Round& round, const std::vector<std::uint64_t>& ids);
  void add_snapshot(storage::Batch& batch);
  /// Journals one event and applies it.
  void apply(Round& round, decltype(Event::what) what);
  void gather(Round& round, std::vector<Effect> effects);
  void learn(const Build& build, const std::vector<Effect>& effects);
  Instant now() const;
  QueueNames names() const;

  // Effects. Each carries one out and appends the events that answer it.
  using Events = std::vector<decltype(Event::what)>;
  Events carry_out(const std::vector<Effect>& effects);
  void on(const effect::Analyse&, Events&);
  void on(const effect::MergePath&, Events&);
  void on(const effect::StartBuild&, Events&);
  void on(const effect::CancelBuild&, Events&);
  void on(const effect::ForgetBuild&, Events&);
  void on(const effect::PrepareLanding&, Events&);
  void on(const effect::Land&, Events&);
  void on(const effect::CheckMerge&, Events&);
  Events answers_to(const vcs::LandOutcome& outcome, LandingId landing, const vcs::Merged& merged);
  template <class Other>
  void on(const Other&, Events&) {}
  Result<vcs::MergeOutcome> merge(const CommitId& base, const std::vector<Member>& members,
                                  Instant at);
  Result<event::ChangeAnalysed> analyse(const effect::Analyse& analyse, StackIndex::Place stack);
  Result<> compare(const effect::Analyse& analyse, event::ChangeAnalysed& found);
  Result<const Change*> pending_change(const std::string& name) const;
  void retry_analysis(const effect::Analyse& analyse, const std::string& why);
  /// Keeps an effect until the target graph is there, if that is what is missing.
  bool waits_for_graph(const Error& error, const Effect& effect);
  Result<> start_target_program();
  std::vector<std::string> notes_for(const Landing& landing) const;
  std::string message_for(const Change& change) const;

  // Recovery.
  Result<> recover();
  Result<> replay();
  Result<> reconcile(Round& round);
  Result<> adopt_configuration(Round& round);
  Result<Events> settle_landing();
  Result<> load_recent();

  // A remote repository.
  Result<> open_remote();
  void start_remote();
  /// For an outside CI, which finds the builds there.
  bool pushes_builds() const;
  void reconcile_remote_builds(const std::vector<std::string>& names);
  void fetch_for(const effect::Analyse& analyse);
  void take_head(Round& round, const effect::Analyse& analyse, const Result<CommitId>& head);
  void publish_build(const event::PathMerged& merged);
  void land_on_remote(const vcs::LandRequest& request, LandingId landing);
  void add_remote_waits(nlohmann::json& explanation, ChangeState state) const;

  // What time brings.
  void watch(Round& round);
  void watch_trunk(Round& round);
  /// The event that tells of a trunk that is not where the core believes it to be.
  std::optional<decltype(Event::what)> trunk_event();
  void watch_builds(Round& round);
  void watch_locks(Round& round);
  bool tick_is_due(Instant now) const;
  /// Requires that state_mutex_ is held.
  std::vector<Problem> present_problems() const;
  nlohmann::json problem_documents() const;
  nlohmann::json present_summary() const;
  nlohmann::json present_document(Instant at) const;
  void remember_problem(const std::string& kind, const std::string& text);
  void forget_problem(const std::string& kind);

  nlohmann::json change_now(const Round& round, ChangeId id) const;
  nlohmann::json build_now(const Round& round, BuildId id) const;
  Result<std::vector<ChangeId>> resolve_dependencies(const Round& round,
                                                     const std::vector<std::string>& names) const;
  BuildId build_of(const CommitId& commit, const std::string& check) const;
  Result<std::optional<storage::RememberedAnswer>> remembered(const std::string& scope,
                                                              const std::string& key) const;
  void remember(Round& round, storage::RememberedAnswer answer);
  Result<> check_request(const EnqueueRequest& request) const;
  std::optional<ChangeId> live_with_head(const CommitId& head) const;
  std::optional<ChangeId> live_with_number(const std::string& number) const;

  const QueueConfig config_;
  const Options& options_;
  storage::Store& store_;
  StreamHub& hub_;
  std::string repository_path_;  // on this machine: of the repository, or of the mirror
  std::unique_ptr<vcs::Repository> repository_;
  std::unique_ptr<TargetProgram> target_program_;  // if the graph comes from outside
  std::unique_ptr<runners::Runner> runner_;

  mutable std::mutex reading_mutex_;
  mutable std::unique_ptr<vcs::Repository> reading_;  // for those who ask; opened when one does

  // Guarded by state_mutex_: the queue's thread holds it from applying until it is durable.
  mutable TurnstileMutex state_mutex_;
  std::unique_ptr<Queue> queue_;
  std::unique_ptr<Predictor> predictor_;
  std::deque<nlohmann::json> recent_;  // terminal changes, newest first
  struct Finished {
    Instant at;
    bool landed;
    double turnaround_s;
  };
  std::deque<Finished> finished_;  // of the last hour, oldest first

  std::uint64_t rounds_ = 0;  // that have changed something

  /// The queue's whole document, made once for all who ask between two rounds. It tells elapsed
  /// times, so it is made anew after a while too.
  struct CachedDocument {
    std::uint64_t round = 0;
    Instant at{};
    nlohmann::json document;
  };
  mutable std::mutex cached_mutex_;
  mutable CachedDocument cached_;

  mutable std::mutex problems_mutex_;        // effects find some while the state is free to be read
  std::map<std::string, Problem> problems_;  // by kind

  // The queue's thread only.
  StackIndex stacks_;
  std::uint64_t sequence_ = 0;  // of the last journal record
  std::uint64_t snapshot_at_ = 0;
  struct Retry {
    effect::Analyse analyse;
    Instant first, next;
    std::uint32_t times = 0;
  };
  std::map<ChangeId, Retry> retries_;  // analyses that wait for their commit or for the disk
  std::vector<Effect> wait_for_graph_;
  std::map<LandingId, vcs::Merged> prepared_;
  std::map<std::string, storage::RememberedAnswer> round_answers_;  // not yet in the store
  LandingId recovered_landing_{};  // an earlier instance may have sent it to the remote
  Instant last_watch_{};
  bool suspects_locks_ = true;  // of an instance that was killed; until none is left

  std::mutex inbox_mutex_;
  std::condition_variable inbox_changed_;
  std::deque<Command> inbox_;
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<Remote> remote_;  // none: the repository is on this machine
  std::thread thread_;
};

template <class T>
Result<T> QueueThread::ask(std::function<Result<T>(Round&)> command) {
  auto promise = std::make_shared<std::promise<Result<T>>>();
  std::future<Result<T>> answer = promise->get_future();
  const bool taken = post([command = std::move(command), promise](Round& round) {
    auto result = std::make_shared<Result<T>>(command(round));
    round.after_durable.push_back([promise, result] { promise->set_value(std::move(*result)); });
  });
  if (!taken) {
    return fail(ErrorCode::unavailable,
                "queue " + config_.name + ": too much is waiting; try again");
  }
  try {
    return answer.get();
  } catch (const std::future_error&) {  // the thread ended with the command in its inbox
    return fail(ErrorCode::unavailable, "queue " + config_.name + ": the service is going down");
  }
}

}  // namespace mergeq::service
