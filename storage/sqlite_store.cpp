#include <filesystem>
#include <system_error>

#include "storage/journal.h"
#include "storage/owner_lock.h"
#include "storage/reader.h"
#include "storage/writer.h"

namespace mergeq::storage {
namespace {

namespace fs = std::filesystem;

constexpr unsigned page_limit = 1'000;

/// Adds "WHERE ... AND ..." and the page to a condition.
class Where {
 public:
  Where& text(const std::string& column, const std::string& value) {
    if (value.empty()) return *this;
    join();
    condition_.sql += column + " = :" + column;
    condition_.texts.emplace_back(column, value);
    return *this;
  }
  Where& any_of(const std::string& column, const std::vector<std::string>& values) {
    if (values.empty()) return *this;
    join();
    condition_.sql += column + " IN (";
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string name = column + std::to_string(i);
      condition_.sql += (i == 0 ? ":" : ", :") + name;
      condition_.texts.emplace_back(name, values[i]);
    }
    condition_.sql += ")";
    return *this;
  }
  Reader::Condition page(const PageRequest& page) {
    if (page.before) {
      join();
      condition_.sql += "ordinal < :before";
      const std::uint64_t most = std::numeric_limits<std::int64_t>::max();
      condition_.numbers.emplace_back("before",
                                      static_cast<long long>(std::min(*page.before, most)));
    }
    condition_.sql += " ORDER BY ordinal DESC LIMIT :most";
    condition_.numbers.emplace_back("most", std::min(page.limit, page_limit));
    return std::move(condition_);
  }

 private:
  void join() { condition_.sql += condition_.sql.empty() ? " WHERE " : " AND "; }
  Reader::Condition condition_;
};

template <class Row>
Result<std::optional<Row>> first_of(Result<std::vector<Row>> rows) {
  if (!rows) return tl::unexpected(rows.error());
  if (rows->empty()) return std::optional<Row>{};
  return std::optional<Row>(std::move(rows->front()));
}

class SqliteStore : public Store {
 public:
  /// Members in the order of their making: the writer closes last, so that its connection makes the
  /// last checkpoint, and the lock is given back after it.
  SqliteStore(std::string path, std::optional<OwnerLock> lock, std::unique_ptr<Writer> writer,
              std::unique_ptr<Reader> reader)
      : path_(std::move(path)),
        lock_(std::move(lock)),
        writer_(std::move(writer)),
        reader_(std::move(reader)) {}

  std::future<Result<std::vector<std::uint64_t>>> write(Batch batch) override {
    if (writer_) return writer_->write(std::move(batch));
    std::promise<Result<std::vector<std::uint64_t>>> refused;
    refused.set_value(fail(ErrorCode::forbidden, path_ + ": opened for reading only"));
    return refused.get_future();
  }

  Result<std::optional<Snapshot>> latest_snapshot(const std::string& queue) override {
    return reader_->latest_snapshot(queue);
  }
  Result<std::vector<JournalRecord>> journal_after(const std::string& queue, std::uint64_t sequence,
                                                   std::size_t limit) override {
    return reader_->journal_after(queue, sequence, limit);
  }
  Result<std::uint64_t> last_sequence(const std::string& queue) override {
    return reader_->last_sequence(queue);
  }

  Result<std::optional<ChangeRow>> change(const std::string& id) override {
    return first_of(reader_->changes(Where().text("id", id).page({std::nullopt, 1})));
  }
  Result<std::vector<ChangeRow>> changes(const ChangeFilter& filter,
                                         const PageRequest& page) override {
    return reader_->changes(Where()
                                .text("queue", filter.queue)
                                .any_of("state", filter.states)
                                .text("author", filter.author)
                                .page(page));
  }
  Result<std::optional<BuildRow>> build(const std::string& id) override {
    return first_of(reader_->builds(Where().text("id", id).page({std::nullopt, 1})));
  }
  Result<std::vector<BuildRow>> builds(const std::string& queue, const std::string& state,
                                       const PageRequest& page) override {
    return reader_->builds(Where().text("queue", queue).text("state", state).page(page));
  }
  Result<std::optional<BuildRow>> build_of_commit(const std::string& commit) override {
    if (commit.empty()) return std::optional<BuildRow>{};
    // Said twice, so that the index over builds that have a commit is used.
    return first_of(
        reader_->builds({" WHERE commit_id = :commit_id AND commit_id <> ''"
                         " ORDER BY ordinal DESC LIMIT 1",
                         {{"commit_id", commit}},
                         {}}));
  }
  Result<std::optional<ChangeRow>> change_by_number(const std::string& queue,
                                                    const std::string& number) override {
    if (number.empty()) return std::optional<ChangeRow>{};
    return first_of(
        reader_->changes({" WHERE queue = :queue AND number = :number AND number <> ''"
                          " ORDER BY ordinal DESC LIMIT 1",
                          {{"queue", queue}, {"number", number}},
                          {}}));
  }
  Result<std::vector<TimelineRow>> timeline(const std::string& change) override {
    return reader_->timeline(change);
  }
  Result<std::vector<StreamRow>> stream_after(std::uint64_t id, std::size_t limit) override {
    return reader_->stream_after(id, limit);
  }
  Result<StreamBounds> stream_bounds() override { return reader_->stream_bounds(); }
  Result<std::optional<RememberedAnswer>> answer(const std::string& scope,
                                                 const std::string& key) override {
    return reader_->answer(scope, key);
  }
  Figures figures() override { return writer_ ? writer_->figures() : Figures{}; }

 private:
  const std::string path_;
  std::optional<OwnerLock> lock_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
};

Result<std::string> path_of(const std::string& location) {
  constexpr std::string_view scheme = "sqlite:";
  if (!location.starts_with(scheme) || location.size() == scheme.size() ||
      location.starts_with("sqlite://")) {
    return fail(ErrorCode::invalid, "database: expected \"sqlite:PATH\", got \"" + location + "\"");
  }
  std::string path = location.substr(scheme.size());
  if (path.find('"') != std::string::npos || path.find('\0') != std::string::npos) {
    return fail(ErrorCode::invalid,
                "database: expected a path without quotation marks, got \"" + location + "\"");
  }
  return path;
}

/// Two names of one file must meet the same lock. The file itself may not exist yet; its folder
/// must.
Result<std::string> one_name(const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) return fail(ErrorCode::io, path + ": " + error.message());
  if (!fs::is_directory(whole.parent_path(), error)) {
    return fail(ErrorCode::not_found, path + ": its folder " + whole.parent_path().string() +
                                          " does not exist; make it first");
  }
  if (fs::is_directory(whole, error)) {
    return fail(ErrorCode::invalid, path + ": a folder, expected a file for the database");
  }
  return whole.string();
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& location) {
  const Result<std::string> path = path_of(location).and_then(one_name);
  if (!path) return tl::unexpected(path.error());
  Result<OwnerLock> lock = OwnerLock::take(*path + ".lock");
  if (!lock) return tl::unexpected(lock.error());
  Result<std::unique_ptr<Writer>> writer = Writer::open(*path, Limits{});
  if (!writer) return tl::unexpected(writer.error());
  Result<std::unique_ptr<Reader>> reader = Reader::open(*path);
  if (!reader) return tl::unexpected(reader.error());
  return std::make_unique<SqliteStore>(*path, std::move(*lock), std::move(*writer),
                                       std::move(*reader));
}

Result<std::unique_ptr<Store>> open_store_read_only(const std::string& location) {
  const Result<std::string> path = path_of(location).and_then(one_name);
  if (!path) return tl::unexpected(path.error());
  std::error_code error;
  if (!fs::is_regular_file(*path, error)) {
    return fail(ErrorCode::not_found, *path + ": there is no such database");
  }
  Result<std::unique_ptr<Reader>> reader = Reader::open(*path);
  if (!reader) return tl::unexpected(reader.error());
  if (const Result<> checked = (*reader)->check_version(); !checked) {
    return tl::unexpected(checked.error());
  }
  return std::make_unique<SqliteStore>(*path, std::nullopt, nullptr, std::move(*reader));
}

}  // namespace mergeq::storage
