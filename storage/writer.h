/// The one connection that writes and checkpoints, on a thread of its own.
///
/// Group commit: whatever waits when a commit ends goes into the next transaction together. A batch
/// that fails is taken out: every batch of a failed group is tried again alone, so that a bad one
/// fails by itself.
#pragma once

#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "storage/connection.h"
#include "storage/journal.h"
#include "storage/rows.h"

namespace mergeq::storage {

/// Bounds that the store keeps by itself.
struct Limits {
  std::uint64_t wal_bytes = 64u << 20;      // over it, a checkpoint empties the log
  std::uint64_t idle_wal_bytes = 1u << 20;  // ... and over this when nothing is to be written
  std::uint64_t stream_rows = 100'000;
  std::uint64_t answers = 1'000'000;
  std::chrono::hours answer_age{7 * 24};
  std::size_t waiting_batches = 10'000;  // more are refused as unavailable
};

class Writer {
 public:
  using Written = Result<std::vector<std::uint64_t>>;

  /// Migrates the database and starts the thread.
  static Result<std::unique_ptr<Writer>> open(const std::string& path, Limits limits);
  /// Finishes what was handed over.
  ~Writer();

  std::future<Written> write(Batch batch);
  Store::Figures figures() const;

 private:
  struct Waiting {
    Batch batch;
    std::promise<Written> promise;
  };
  /// What a transaction changes in memory; taken over when it has committed.
  struct Counters {
    std::map<std::string, std::uint64_t> last_sequence;
    std::uint64_t last_stream_id = 0;
  };

  Writer(std::string path, Limits limits) : path_(std::move(path)), limits_(limits) {}
  Result<> prepare();
  void run();
  void commit_group(std::span<Waiting> group);
  void answer(std::span<Waiting> group, Result<std::vector<Written>> outcome);
  Result<std::vector<Written>> transaction(std::span<Waiting> group);
  Written put(const Batch& batch, Counters& counters);
  Result<> check_sequence(const Batch& batch, const Counters& counters) const;
  void trim();
  void checkpoint_if_over(std::uint64_t bound_bytes);

  const std::string path_;
  const Limits limits_;
  soci::session session_;
  std::unique_ptr<RowWriter> rows_;
  Counters counters_;
  std::uint64_t stream_rows_since_trim_ = 0;
  Instant newest_answer_{};
  std::chrono::steady_clock::time_point last_checkpoint_{};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> waiting_;
  bool stopping_ = false;
  std::uint64_t commits_ = 0, batches_ = 0;
  std::thread thread_;
};

}  // namespace mergeq::storage
