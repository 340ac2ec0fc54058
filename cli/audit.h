/// Re-checks a queue's trunk from its repository and its database alone: no server needed, and one
/// that runs is not disturbed. What is looked for: docs/certificate.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/result.h"
#include "service/service.h"
#include "storage/journal.h"

namespace mergeq::cli {

struct AuditReport {
  std::string queue;
  std::uint64_t records = 0, changes = 0, landings = 0, landed_changes = 0, foreign_pushes = 0;
  std::vector<std::string> findings;  // sentences; empty: all is well
};

/// Requires a store opened read-only or idle; `repository_path` has the queue's trunk and notes.
/// Errors: repository or database cannot be read at all. Cost: one reading of the journal, a few
/// git objects for each landed change.
Result<AuditReport> audit_queue(const service::QueueConfig& queue, storage::Store& store,
                                const std::string& repository_path);

}  // namespace mergeq::cli
