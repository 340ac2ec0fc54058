/// The shell around the core: a thread for each queue. It journals an event, applies it, makes both
/// durable with the read model, and only then acknowledges and carries the effects out; it
/// reconciles with the world at start and names what waits too long.
///
/// Documents are JSON in the shape of api/openapi.yaml.
///
/// Threads  Everything here may be called from any thread. Writes return when they are durable.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "forges/forge.h"
#include "runners/runner.h"
#include "scheduler/policy.h"
#include "scheduler/result.h"
#include "storage/journal.h"
#include "vcs/repository.h"
#include "vcs/transport.h"

namespace mergeq::service {

enum class RunnerKind { local, external };

}  // namespace mergeq::service

template <>
struct mergeq::WireNames<mergeq::service::RunnerKind> {
  static constexpr std::array table{
      std::pair{mergeq::service::RunnerKind::local, std::string_view("local")},
      std::pair{mergeq::service::RunnerKind::external, std::string_view("external")},
  };
};

namespace mergeq::service {

struct CheckConfig {
  CheckSpec spec;
  std::vector<std::string> command;  // local runner
  Duration timeout = std::chrono::minutes{30};
};

/// One `[[queue]]` of the configuration, already checked.
struct QueueConfig {
  std::string name;
  std::string repository;  // a path, or the remote's URL without credentials
  std::string branch;
  std::optional<vcs::RemoteOptions> remote;  // of a remote repository
  Policy policy;
  vcs::MergeMethod merge_method = vcs::MergeMethod::merge;
  std::vector<CheckConfig> checks;
  vcs::TargetRules targets;
  std::vector<std::string> targets_command;  // prints the target graph; empty: manifests are read
  Duration targets_timeout = std::chrono::minutes{10};
  RunnerKind runner = RunnerKind::external;
  std::vector<std::string> pass_environment = {"PATH", "LANG", "TZ"};
  std::uint64_t log_limit_bytes = 16u << 20;
  // forge
  std::string forge_kind = "none";  // github | none
  std::string project;              // "acme/monorepo"
  std::string label;                // a pull request with it is enqueued; empty: every open one is
  std::string webhook_secret;       // never shown
};

struct Options {
  std::vector<QueueConfig> queues;
  std::string data_directory;  // workspaces and logs
  std::string public_url;
  std::string generic_webhook_secret;  // of /webhooks/generic; empty: that endpoint is off
  std::function<Instant()> clock;      // empty: the system's
};

struct EnqueueRequest {
  std::string head;  // ref or commit id, as given
  std::string title, author, url, number;
  Priority priority = Priority::normal;
  std::vector<std::string> depends_on;  // change ids
  std::string idempotency_key;          // empty: none
  std::string fingerprint;              // of the request, for a key that comes again
  std::optional<CommitId> fetched;      // what `head` means on the queue's remote now
};
struct EnqueueAnswer {
  nlohmann::json change;
  bool created = true;  // false: it was there already (same key, or same head and alive)
};

/// Attributes that PATCH may set; what is absent stays.
struct QueuePatch {
  std::optional<std::uint32_t> slots;
  std::optional<double> slot_minute_price;
  std::optional<Order> order;
  std::optional<Guarantee> guarantee;
  std::optional<std::vector<std::string>> checks;  // names out of the configured ones; not empty
};

struct BuildReport {
  Verdict verdict = Verdict::inconclusive;
  Inconclusive inconclusive = Inconclusive::none;
  std::optional<std::string> check;  // one check of the build; none: the whole build
  std::string url, detail, reporter;
};
enum class ReportAnswer { accepted, repeated };  // contradicting: Error conflict

struct Page {
  std::vector<nlohmann::json> items;
  std::optional<std::uint64_t> next_before;  // for the next page; none: this was the last
};

/// One change of what streams and pages show.
struct StreamEvent {
  std::uint64_t id = 0;
  std::string queue, type, document;  // type: "change", "build", "queue"
};

/// What a person should look at: whatever waits longer than its bound.
struct Problem {
  std::string queue, kind, text;
  Instant since{};
};

class Service {
 public:
  /// Opens repositories, recovers each queue from `store`, reconciles, starts the threads.
  static Result<std::unique_ptr<Service>> start(Options options,
                                                std::unique_ptr<storage::Store> store);
  ~Service();  // graceful stop: finishes what is being written

  // Reading. not_found where the name is unknown.
  nlohmann::json queues() const;
  Result<nlohmann::json> queue(const std::string& name) const;
  Result<Page> changes(const storage::ChangeFilter&, const storage::PageRequest&) const;
  Result<nlohmann::json> change(const std::string& id) const;
  Result<nlohmann::json> timeline(const std::string& id) const;
  Result<nlohmann::json> explanation(const std::string& id) const;
  /// Computed from the repository: of a live change against the trunk as it is, of a landed one
  /// against the trunk that it landed on. not_found: its head is not there (yet); unavailable: the
  /// target graph is being made.
  Result<nlohmann::json> footprint(const std::string& id) const;
  Result<nlohmann::json> graph(const std::string& queue) const;
  /// Whether two changes of the queue are in conflict, and why. not_found: no such change;
  /// conflict: one of them is not in the graph (any more, or not yet).
  Result<nlohmann::json> conflict(const std::string& queue, const std::string& a,
                                  const std::string& b);
  Result<nlohmann::json> plan(const std::string& queue) const;
  Result<Page> builds(const std::string& queue, const std::string& state,
                      const storage::PageRequest&) const;
  Result<nlohmann::json> build(const std::string& id) const;
  /// Path of the build's log file, for streaming; not_found: no such build, or it has no log (yet).
  Result<std::string> log_path(const std::string& build_id) const;
  /// Name of the queue that an id belongs to, by its form alone; empty if it has none.
  std::string queue_of(const std::string& id) const;

  // Writing. `actor` says who, for the timeline.
  Result<EnqueueAnswer> enqueue(const std::string& queue, const EnqueueRequest&,
                                const std::string& actor);
  Result<nlohmann::json> revise(const std::string& change, const std::string& head,
                                const std::string& actor);
  /// The same by a webhook, answered as forge_event() answers; a `delivery` that was seen before
  /// gives its first answer again.
  Result<nlohmann::json> revise_once(const std::string& change, const std::string& head,
                                     const std::string& delivery, const std::string& actor);
  Result<nlohmann::json> cancel(const std::string& change, Reason, const std::string& text,
                                const std::string& actor);
  Result<nlohmann::json> pause(const std::string& queue, const std::string& why,
                               const std::string& actor);
  Result<nlohmann::json> resume(const std::string& queue, const std::string& actor);
  Result<nlohmann::json> patch(const std::string& queue, const QueuePatch&,
                               const std::string& actor);
  Result<nlohmann::json> build_started(const std::string& build, const std::string& actor);
  Result<ReportAnswer> report(const std::string& build, const BuildReport&);

  /// One forge delivery whose signature was checked. The queue is found by project and branch, a
  /// build by its commit. A `delivery` or `content_key` that was seen before gives its first answer
  /// again.
  Result<nlohmann::json> forge_event(const forges::ForgeEvent&, const std::string& delivery,
                                     const std::string& content_key);

  const Options& options() const;

  // The event stream.
  /// Events after `id`, oldest first; waits up to `wait` if there is none yet. `reset` where `id`
  /// is not among those kept (older, or from the future): the client must fetch anew and go on from
  /// `newest`.
  struct StreamChunk {
    bool reset = false;
    std::uint64_t newest = 0;
    std::vector<StreamEvent> events;
  };
  StreamChunk stream_after(std::optional<std::uint64_t> id, std::chrono::milliseconds wait) const;
  /// Wakes every waiting stream_after() for good: the server is going down.
  void close_streams();

  std::vector<Problem> problems() const;
  bool ready() const;  // every queue is owned and its thread alive
  storage::Store::Figures storage_figures() const;

 private:
  struct Impl;
  explicit Service(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mergeq::service
