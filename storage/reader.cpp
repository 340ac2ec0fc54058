#include "storage/reader.h"

#include <spdlog/spdlog.h>

#include "storage/checksum.h"
#include "storage/schema.h"

namespace mergeq::storage {
namespace {

using soci::into;
using soci::use;

constexpr std::size_t connections = 6;

Instant instant(long long milliseconds) { return Instant{Duration{milliseconds}}; }

/// Runs a query whose columns are bound by `bind`, and calls `take` for each row.
template <class Bind, class Take>
void each_row(soci::session& session, const std::string& query, Bind bind, Take take) {
  soci::statement statement(session);
  bind(statement);
  statement.alloc();
  statement.prepare(query);
  statement.define_and_bind();
  statement.execute();
  while (statement.fetch()) take();
}

void bind_condition(soci::statement& statement, const Reader::Condition& condition) {
  for (const auto& [name, text] : condition.texts) statement.exchange(use(text, name));
  for (const auto& [name, number] : condition.numbers) statement.exchange(use(number, name));
}

Error damaged(const std::string& path, const std::string& queue, std::uint64_t sequence,
              const std::string& what) {
  return {ErrorCode::corrupt, path + ": journal of queue " + queue + ": record " +
                                  std::to_string(sequence) + ": " + what};
}

}  // namespace

Reader::Reader(std::string path) : path_(std::move(path)), pool_(connections) {}

Result<std::unique_ptr<Reader>> Reader::open(const std::string& path) {
  std::unique_ptr<Reader> reader(new Reader(path));
  const auto opened = guarded(path, "opening the database for reading", [&] {
    for (std::size_t i = 0; i < connections; ++i) {
      open_session(reader->pool_.at(i), path, Access::read_only);
    }
    return true;
  });
  if (!opened) return tl::unexpected(opened.error());
  return reader;
}

Result<> Reader::check_version() {
  soci::session session(pool_);
  return storage::check_version(session, path_);
}

Result<std::optional<Snapshot>> Reader::latest_snapshot(const std::string& queue) {
  return guarded(path_, "reading the snapshot", [&] {
    std::optional<Snapshot> found;
    soci::session session(pool_);
    long long sequence = 0, sum = 0;
    std::string payload;
    each_row(
        session,
        "SELECT sequence, payload, checksum FROM snapshots WHERE queue = :queue"
        " ORDER BY sequence DESC",
        [&](soci::statement& statement) {
          statement.exchange(into(sequence));
          statement.exchange(into(payload));
          statement.exchange(into(sum));
          statement.exchange(use(queue, "queue"));
        },
        [&] {
          if (found) return;
          Snapshot snapshot{queue, static_cast<std::uint64_t>(sequence), payload};
          if (checksum(snapshot) == sum) {
            found = std::move(snapshot);
          } else {  // the one before it, or the journal alone, give the same state
            spdlog::warn("{}: the snapshot of queue {} at record {} is damaged and passed over",
                         path_, queue, sequence);
          }
        });
    return found;
  });
}

Result<std::vector<JournalRecord>> Reader::journal_after(const std::string& queue,
                                                         std::uint64_t sequence,
                                                         std::size_t limit) {
  std::optional<Error> bad;
  auto read = guarded(path_, "reading the journal", [&] {
    std::vector<JournalRecord> records;
    soci::session session(pool_);
    const auto after = static_cast<long long>(sequence);
    const auto most = static_cast<long long>(limit);
    long long number = 0, at = 0, sum = 0;
    std::string payload;
    std::uint64_t expected = sequence;
    each_row(
        session,
        "SELECT sequence, at, payload, checksum FROM journal"
        " WHERE queue = :queue AND sequence > :after ORDER BY sequence LIMIT :most",
        [&](soci::statement& statement) {
          statement.exchange(into(number));
          statement.exchange(into(at));
          statement.exchange(into(payload));
          statement.exchange(into(sum));
          statement.exchange(use(queue, "queue"));
          statement.exchange(use(after, "after"));
          statement.exchange(use(most, "most"));
        },
        [&] {
          if (bad) return;
          JournalRecord record{queue, static_cast<std::uint64_t>(number), instant(at), payload};
          if (record.sequence != ++expected) {
            bad = damaged(path_, queue, expected,
                          "it is missing: the next one is " + std::to_string(number));
          } else if (checksum(record) != sum) {
            bad = damaged(path_, queue, record.sequence, "its checksum does not match its content");
          } else {
            records.push_back(std::move(record));
          }
        });
    return records;
  });
  if (bad) return tl::unexpected(*bad);
  return read;
}

Result<std::uint64_t> Reader::last_sequence(const std::string& queue) {
  return guarded(path_, "reading where the journal ends", [&] {
    soci::session session(pool_);
    long long last = 0;
    session << "SELECT ifnull(max(sequence), 0) FROM journal WHERE queue = :queue", into(last),
        use(queue, "queue");
    return static_cast<std::uint64_t>(last);
  });
}

Result<std::vector<ChangeRow>> Reader::changes(const Condition& condition) {
  return guarded(path_, "reading changes", [&] {
    std::vector<ChangeRow> rows;
    soci::session session(pool_);
    ChangeRow row;
    long long ordinal = 0;
    int terminal = 0;
    each_row(
        session,
        "SELECT id, queue, state, author, number, head, ordinal, terminal, document FROM changes" +
            condition.sql,
        [&](soci::statement& statement) {
          for (std::string* text :
               {&row.id, &row.queue, &row.state, &row.author, &row.number, &row.head}) {
            statement.exchange(into(*text));
          }
          statement.exchange(into(ordinal));
          statement.exchange(into(terminal));
          statement.exchange(into(row.document));
          bind_condition(statement, condition);
        },
        [&] {
          row.ordinal = static_cast<std::uint64_t>(ordinal);
          row.terminal = terminal != 0;
          rows.push_back(row);
        });
    return rows;
  });
}

Result<std::vector<BuildRow>> Reader::builds(const Condition& condition) {
  return guarded(path_, "reading builds", [&] {
    std::vector<BuildRow> rows;
    soci::session session(pool_);
    BuildRow row;
    long long ordinal = 0;
    each_row(
        session,
        "SELECT id, queue, state, commit_id, change_id, ordinal, document FROM builds" +
            condition.sql,
        [&](soci::statement& statement) {
          for (std::string* text : {&row.id, &row.queue, &row.state, &row.commit, &row.change}) {
            statement.exchange(into(*text));
          }
          statement.exchange(into(ordinal));
          statement.exchange(into(row.document));
          bind_condition(statement, condition);
        },
        [&] {
          row.ordinal = static_cast<std::uint64_t>(ordinal);
          rows.push_back(row);
        });
    return rows;
  });
}

Result<std::vector<TimelineRow>> Reader::timeline(const std::string& change) {
  return guarded(path_, "reading a timeline", [&] {
    std::vector<TimelineRow> rows;
    soci::session session(pool_);
    TimelineRow row{change, {}, {}, {}};
    long long at = 0;
    each_row(
        session, "SELECT queue, at, document FROM timeline WHERE change_id = :change ORDER BY id",
        [&](soci::statement& statement) {
          statement.exchange(into(row.queue));
          statement.exchange(into(at));
          statement.exchange(into(row.document));
          statement.exchange(use(change, "change"));
        },
        [&] {
          row.at = instant(at);
          rows.push_back(row);
        });
    return rows;
  });
}

Result<std::vector<StreamRow>> Reader::stream_after(std::uint64_t id, std::size_t limit) {
  return guarded(path_, "reading the stream", [&] {
    std::vector<StreamRow> rows;
    soci::session session(pool_);
    const auto after = static_cast<long long>(id);
    const auto most = static_cast<long long>(limit);
    StreamRow row;
    long long number = 0;
    each_row(
        session,
        "SELECT id, queue, type, document FROM stream WHERE id > :after ORDER BY id LIMIT :most",
        [&](soci::statement& statement) {
          statement.exchange(into(number));
          statement.exchange(into(row.queue));
          statement.exchange(into(row.type));
          statement.exchange(into(row.document));
          statement.exchange(use(after, "after"));
          statement.exchange(use(most, "most"));
        },
        [&] {
          row.id = static_cast<std::uint64_t>(number);
          rows.push_back(row);
        });
    return rows;
  });
}

Result<Store::StreamBounds> Reader::stream_bounds() {
  return guarded(path_, "reading the stream's bounds", [&] {
    soci::session session(pool_);
    long long oldest = 0, newest = 0;
    session
        << "SELECT ifnull((SELECT min(id) FROM stream), 0), ifnull((SELECT max(id) FROM stream),"
           " 0)",
        into(oldest), into(newest);
    return Store::StreamBounds{static_cast<std::uint64_t>(oldest),
                               static_cast<std::uint64_t>(newest)};
  });
}

Result<std::optional<RememberedAnswer>> Reader::answer(const std::string& scope,
                                                       const std::string& key) {
  return guarded(path_, "reading a remembered answer", [&] {
    std::optional<RememberedAnswer> found;
    soci::session session(pool_);
    RememberedAnswer answer{scope, key, {}, {}, {}};
    long long at = 0;
    session << "SELECT fingerprint, answer, at FROM answers WHERE scope = :scope AND key = :key",
        into(answer.fingerprint), into(answer.answer), into(at), use(scope, "scope"),
        use(key, "key");
    if (session.got_data()) {
      answer.at = instant(at);
      found = answer;
    }
    return found;
  });
}

}  // namespace mergeq::storage
