#include "storage/writer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "storage/schema.h"

namespace mergeq::storage {
namespace {

using soci::into;
using soci::use;

constexpr std::uint64_t trim_every_stream_rows = 1'000;
constexpr int trim_at_once = 5'000;  // rows a step, so that no commit waits long for one
constexpr std::chrono::seconds checkpoint_pause{1};

std::uint64_t size_of(const std::string& file) {
  std::error_code none;
  const std::uintmax_t size = std::filesystem::file_size(file, none);
  return none ? 0 : size;
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(const std::string& path, Limits limits) {
  std::unique_ptr<Writer> writer(new Writer(path, limits));
  if (const Result<> prepared = writer->prepare(); !prepared) {
    return tl::unexpected(prepared.error());
  }
  writer->thread_ = std::thread([raw = writer.get()] { raw->run(); });
  return writer;
}

Result<> Writer::prepare() {
  const auto opened = guarded(path_, "opening the database", [&] {
    open_session(session_, path_, Access::read_write);
    std::string mode;
    session_ << "PRAGMA journal_mode = WAL", into(mode);
    session_ << "PRAGMA synchronous = FULL";
    session_ << "PRAGMA wal_autocheckpoint = 1000";
    return mode;
  });
  if (!opened) return tl::unexpected(opened.error());
  if (*opened != "wal") {
    return fail(ErrorCode::io, path_ +
                                   ": the file system cannot hold a write-ahead log: journal mode "
                                   "is \"" +
                                   *opened + "\", expected \"wal\"");
  }
  if (const Result<> migrated = migrate(session_, path_); !migrated) return migrated;
  const auto read = guarded(path_, "reading where it ends", [&] {
    const soci::rowset<soci::row> ends =
        (session_.prepare
         << "SELECT queue, CAST(max(sequence) AS TEXT) FROM journal GROUP BY queue");
    for (const soci::row& row : ends) {
      counters_.last_sequence[row.get<std::string>(0)] = std::stoull(row.get<std::string>(1));
    }
    long long last = 0;
    session_ << "SELECT ifnull(max(id), 0) FROM stream", into(last);
    counters_.last_stream_id = static_cast<std::uint64_t>(last);
    rows_ = std::make_unique<RowWriter>(session_);
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return {};
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::future<Writer::Written> Writer::write(Batch batch) {
  Waiting waiting{std::move(batch), {}};
  std::future<Written> future = waiting.promise.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= limits_.waiting_batches) {
      waiting.promise.set_value(
          fail(ErrorCode::unavailable,
               path_ + ": " +
                   (stopping_ ? "the database is being closed"
                              : std::to_string(waiting_.size()) +
                                    " batches wait to be written, as many as may")));
      return future;
    }
    waiting_.push_back(std::move(waiting));
  }
  wake_.notify_one();
  return future;
}

Store::Figures Writer::figures() const {
  Store::Figures figures;
  figures.database_bytes = size_of(path_);
  figures.wal_bytes = size_of(path_ + "-wal");
  const std::lock_guard lock(mutex_);
  figures.commits = commits_;
  figures.batches = batches_;
  return figures;
}

void Writer::run() {
  while (true) {
    std::vector<Waiting> group;
    {
      std::unique_lock lock(mutex_);
      const auto has_work = [&] { return stopping_ || !waiting_.empty(); };
      if (!wake_.wait_for(lock, checkpoint_pause, has_work)) {
        lock.unlock();
        checkpoint_if_over(limits_.idle_wal_bytes);
        continue;
      }
      if (waiting_.empty()) return;
      group.swap(waiting_);
    }
    commit_group(group);
    trim();
    checkpoint_if_over(limits_.wal_bytes);
  }
}

void Writer::commit_group(std::span<Waiting> group) {
  Result<std::vector<Written>> together = transaction(group);
  if (together || group.size() == 1) {
    answer(group, std::move(together));
    return;
  }
  for (Waiting& waiting : group) answer({&waiting, 1}, transaction({&waiting, 1}));
}

void Writer::answer(std::span<Waiting> group, Result<std::vector<Written>> outcome) {
  if (outcome) {
    const std::lock_guard lock(mutex_);
    commits_ += 1;
    batches_ += group.size();
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    group[i].promise.set_value(outcome ? std::move((*outcome)[i])
                                       : Written(tl::unexpected(outcome.error())));
  }
}

/// All of the group or nothing of it. An error is the first batch's that failed.
Result<std::vector<Writer::Written>> Writer::transaction(std::span<Waiting> group) {
  Counters counters = counters_;
  std::optional<Error> failed;
  const auto done = guarded(path_, "writing", [&] {
    session_ << "BEGIN IMMEDIATE";
    std::vector<Written> written;
    for (const Waiting& waiting : group) {
      Written ids = put(waiting.batch, counters);
      if (!ids) {
        failed = ids.error();
        break;
      }
      written.push_back(std::move(ids));
    }
    if (!failed) session_ << "COMMIT";
    return written;
  });
  if (done && !failed) {
    counters_ = std::move(counters);
    return *done;
  }
  // No transaction may be left open; where SQLite has ended it by itself this fails, as it should.
  (void)guarded(path_, "rolling back", [&] {
    session_ << "ROLLBACK";
    return true;
  });
  return tl::unexpected(failed ? *failed : done.error());
}

Result<> Writer::check_sequence(const Batch& batch, const Counters& counters) const {
  std::map<std::string, std::uint64_t> last = counters.last_sequence;
  for (const JournalRecord& record : batch.journal) {
    std::uint64_t& end = last[record.queue];
    if (record.sequence != end + 1) {
      return fail(ErrorCode::conflict, path_ + ": journal of queue " + record.queue + ": record " +
                                           std::to_string(record.sequence) + " after record " +
                                           std::to_string(end) + ": expected number " +
                                           std::to_string(end + 1));
    }
    end = record.sequence;
  }
  if (batch.snapshot && batch.snapshot->sequence > last[batch.snapshot->queue]) {
    return fail(ErrorCode::conflict, path_ + ": snapshot of queue " + batch.snapshot->queue +
                                         " at record " + std::to_string(batch.snapshot->sequence) +
                                         ", but its journal ends at " +
                                         std::to_string(last[batch.snapshot->queue]));
  }
  return {};
}

Writer::Written Writer::put(const Batch& batch, Counters& counters) {
  if (const Result<> checked = check_sequence(batch, counters); !checked) {
    return tl::unexpected(checked.error());
  }
  for (const JournalRecord& record : batch.journal) {
    rows_->put(record);
    counters.last_sequence[record.queue] = record.sequence;
  }
  if (batch.snapshot) rows_->put(*batch.snapshot);
  for (const ChangeRow& row : batch.changes) rows_->put(row);
  for (const BuildRow& row : batch.builds) rows_->put(row);
  for (const TimelineRow& row : batch.timeline) rows_->put(row);
  for (const RememberedAnswer& answer : batch.answers) {
    rows_->put(answer);
    newest_answer_ = std::max(newest_answer_, answer.at);
  }
  std::vector<std::uint64_t> ids;
  for (StreamRow row : batch.stream) {
    row.id = ++counters.last_stream_id;
    rows_->put(row);
    ids.push_back(row.id);
  }
  stream_rows_since_trim_ += batch.stream.size() + batch.answers.size();
  return ids;
}

void Writer::trim() {
  if (stream_rows_since_trim_ < trim_every_stream_rows) return;
  stream_rows_since_trim_ = 0;
  const auto last = static_cast<long long>(counters_.last_stream_id);
  const long long oldest_kept = last - static_cast<long long>(limits_.stream_rows);
  const long long oldest_answer = (newest_answer_ - limits_.answer_age).time_since_epoch().count();
  const auto answers_kept = static_cast<long long>(limits_.answers);
  const auto trimmed = guarded(path_, "trimming", [&] {
    session_ << "DELETE FROM stream WHERE id IN"
                " (SELECT id FROM stream WHERE id <= :oldest ORDER BY id LIMIT :step)",
        use(oldest_kept, "oldest"), use(trim_at_once, "step");
    session_ << "DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers"
                " WHERE scope IN ('idempotency', 'delivery') AND (at < :oldest"
                " OR at < (SELECT at FROM answers ORDER BY at DESC LIMIT 1 OFFSET :kept))"
                " ORDER BY at LIMIT :step)",
        use(oldest_answer, "oldest"), use(answers_kept, "kept"), use(trim_at_once, "step");
    return true;
  });
  if (!trimmed) spdlog::warn("{}", trimmed.error().message);
}

void Writer::checkpoint_if_over(std::uint64_t bound_bytes) {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_checkpoint_ < checkpoint_pause || size_of(path_ + "-wal") <= bound_bytes) return;
  last_checkpoint_ = now;
  const auto done = guarded(path_, "emptying the write-ahead log", [&] {
    int busy = 0;
    session_ << "PRAGMA busy_timeout = 200";  // no commit shall wait long for a slow reader
    session_ << "PRAGMA wal_checkpoint(TRUNCATE)", into(busy);
    session_ << "PRAGMA busy_timeout = 5000";
    return busy == 0;
  });
  if (!done) {
    spdlog::warn("{}", done.error().message);
  } else if (!*done) {
    spdlog::warn("{}: the write-ahead log has {} bytes and a reader keeps it from being emptied",
                 path_, size_of(path_ + "-wal"));
  }
}

}  // namespace mergeq::storage
