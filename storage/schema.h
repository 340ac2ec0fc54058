/// The tables, as numbered steps: a database is brought from its version to the present one, each
/// step in a transaction of its own.
#pragma once

#include <soci/soci.h>

#include <string>

#include "scheduler/result.h"

namespace mergeq::storage {

/// The version that this program writes.
int present_version();

/// unsupported: made by a newer program (both versions are named). corrupt: not a database, or not
/// one of mergeq's.
Result<> migrate(soci::session& session, const std::string& path);

/// The same checks without changing anything; unsupported also where a migration is due.
Result<> check_version(soci::session& session, const std::string& path);

}  // namespace mergeq::storage
