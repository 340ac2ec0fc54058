/// The statements that write rows, prepared once for the writer's connection.
///
/// Threads  The writer's only. Everything here throws what SOCI throws.
#pragma once

#include <soci/soci.h>

#include "storage/journal.h"

namespace mergeq::storage {

class RowWriter {
 public:
  explicit RowWriter(soci::session& session);
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  void put(const JournalRecord& record);
  /// Keeps the last two of its queue.
  void put(const Snapshot& snapshot);
  void put(const ChangeRow& row);
  void put(const BuildRow& row);
  void put(const TimelineRow& row);
  void put(const StreamRow& row);  // its id is the caller's
  void put(const RememberedAnswer& answer);

 private:
  // What the statements are bound to.
  std::string queue_, text_, id_, state_, author_, number_, head_, key_;
  long long sequence_ = 0, at_ = 0, checksum_ = 0;
  int terminal_ = 0;

  soci::statement journal_, snapshot_, old_snapshots_, change_, build_, timeline_, stream_, answer_;
};

}  // namespace mergeq::storage
