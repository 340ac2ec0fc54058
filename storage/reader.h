/// Reading, on a pool of connections that can only read. Each call is one statement: no read
/// transaction outlives it, so that the write-ahead log can always be emptied.
///
/// Threads  Any; more calls at a time than connections wait for one.
#pragma once

#include <soci/soci.h>

#include <optional>
#include <string>
#include <vector>

#include "storage/connection.h"
#include "storage/journal.h"

namespace mergeq::storage {

class Reader {
 public:
  static Result<std::unique_ptr<Reader>> open(const std::string& path);

  /// unsupported: the database is not of the present version.
  Result<> check_version();

  Result<std::optional<Snapshot>> latest_snapshot(const std::string& queue);
  Result<std::vector<JournalRecord>> journal_after(const std::string& queue, std::uint64_t sequence,
                                                   std::size_t limit);
  Result<std::uint64_t> last_sequence(const std::string& queue);

  /// `condition` is SQL over the rows of `changes` (or `builds`), with the values that it names.
  struct Condition {
    std::string sql;
    std::vector<std::pair<std::string, std::string>> texts;
    std::vector<std::pair<std::string, long long>> numbers;
  };
  Result<std::vector<ChangeRow>> changes(const Condition& condition);
  Result<std::vector<BuildRow>> builds(const Condition& condition);
  Result<std::vector<TimelineRow>> timeline(const std::string& change);
  Result<std::vector<StreamRow>> stream_after(std::uint64_t id, std::size_t limit);
  Result<Store::StreamBounds> stream_bounds();
  Result<std::optional<RememberedAnswer>> answer(const std::string& scope, const std::string& key);

 private:
  explicit Reader(std::string path);

  const std::string path_;
  soci::connection_pool pool_;
};

}  // namespace mergeq::storage
