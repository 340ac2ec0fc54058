/// Durable state: the journal of each queue, its snapshots, the read model and what goes with them,
/// in one SQLite database.
///
/// One connection writes and checkpoints, on a thread of its own that commits what waits in groups
/// (group commit); WAL mode, synchronous=FULL. Readers have connections of their own and hold no
/// transaction beyond one call.
///
/// Threads  All of it may be called from any thread.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/result.h"
#include "scheduler/time.h"

namespace mergeq::storage {

/// A record of a queue's journal. `payload` is the event as JSON text (scheduler/journal_format.h).
struct JournalRecord {
  std::string queue;
  std::uint64_t sequence = 0;  // from 1, without holes, for each queue
  Instant at{};
  std::string payload;
};

struct Snapshot {
  std::string queue;
  std::uint64_t sequence = 0;  // of the last journal record that it holds
  std::string payload;
};

/// Rows of the read model. `document` is the JSON that the API serves, as text.
struct ChangeRow {
  std::string id, queue, state, author, number, head;
  std::uint64_t ordinal = 0;  // the change's number in its queue: order of arrival
  bool terminal = false;
  std::string document;
};
struct BuildRow {
  std::string id, queue, state, commit, change;  // change: id of the head
  std::uint64_t ordinal = 0;
  std::string document;
};
struct TimelineRow {
  std::string change, queue;
  Instant at{};
  std::string document;
};
/// For the event stream; gets its id (ascending over all queues) when it is written.
struct StreamRow {
  std::uint64_t id = 0;
  std::string queue, type, document;
};
/// The answer given under an idempotency key or to a webhook delivery, to be given again.
struct RememberedAnswer {
  std::string scope;  // "idempotency", "delivery": forgotten in time; any other is kept
  std::string key;
  std::string fingerprint;  // of the request
  std::string answer;
  Instant at{};
};

/// What one step of one queue writes: all of it or nothing.
struct Batch {
  std::vector<JournalRecord> journal;
  std::optional<Snapshot> snapshot;
  std::vector<ChangeRow> changes;  // inserted or replaced
  std::vector<BuildRow> builds;    // inserted or replaced
  std::vector<TimelineRow> timeline;
  std::vector<StreamRow> stream;
  std::vector<RememberedAnswer> answers;
};

/// Pages go by ordinal: rows of the same millisecond cannot fall between two of them.
struct ChangeFilter {
  std::string queue;
  std::vector<std::string> states;  // empty: any
  std::string author;               // empty: any
};
struct PageRequest {
  std::optional<std::uint64_t> before;  // ordinals below this (newest first); none: from the newest
  unsigned limit = 50;
};

class Store {
 public:
  virtual ~Store() = default;

  // Writing. The future is ready when the batch is on disk, and carries the stream ids given; an
  // error means that nothing of it was written.
  virtual std::future<Result<std::vector<std::uint64_t>>> write(Batch batch) = 0;

  // Recovery. Checks sequence and checksum of every record: corrupt, naming the first bad one.
  virtual Result<std::optional<Snapshot>> latest_snapshot(const std::string& queue) = 0;
  virtual Result<std::vector<JournalRecord>> journal_after(const std::string& queue,
                                                           std::uint64_t sequence,
                                                           std::size_t limit) = 0;
  virtual Result<std::uint64_t> last_sequence(const std::string& queue) = 0;

  // Reading.
  virtual Result<std::optional<ChangeRow>> change(const std::string& id) = 0;
  virtual Result<std::vector<ChangeRow>> changes(const ChangeFilter&, const PageRequest&) = 0;
  virtual Result<std::optional<BuildRow>> build(const std::string& id) = 0;
  virtual Result<std::vector<BuildRow>> builds(const std::string& queue, const std::string& state,
                                               const PageRequest&) = 0;
  virtual Result<std::optional<BuildRow>> build_of_commit(const std::string& commit) = 0;
  /// The newest one of that number.
  virtual Result<std::optional<ChangeRow>> change_by_number(const std::string& queue,
                                                            const std::string& number) = 0;
  virtual Result<std::vector<TimelineRow>> timeline(const std::string& change) = 0;  // oldest first
  virtual Result<std::vector<StreamRow>> stream_after(std::uint64_t id, std::size_t limit) = 0;
  struct StreamBounds {
    std::uint64_t oldest = 0, newest = 0;
  };  // 0, 0: none yet
  virtual Result<StreamBounds> stream_bounds() = 0;
  virtual Result<std::optional<RememberedAnswer>> answer(const std::string& scope,
                                                         const std::string& key) = 0;

  /// Numbers for /metrics: sizes in bytes, commits, rows.
  struct Figures {
    std::uint64_t database_bytes = 0, wal_bytes = 0, commits = 0, batches = 0;
  };
  virtual Figures figures() = 0;
};

/// Opens or makes the database and brings it to the present version. unsupported: made by a newer
/// version; conflict: another process holds it (named); corrupt, io: as they say. `location` is
/// "sqlite:<path>".
Result<std::unique_ptr<Store>> open_store(const std::string& location);

/// For looking beside a running owner (`mergeq audit`): takes no lock and changes nothing; write()
/// answers `forbidden`. not_found: there is no such file.
Result<std::unique_ptr<Store>> open_store_read_only(const std::string& location);

}  // namespace mergeq::storage
