/// Connections to the database file, and what its library's exceptions mean.
#pragma once

#include <soci/soci.h>

#include <string>
#include <string_view>

#include "scheduler/result.h"

namespace mergeq::storage {

enum class Access { read_write, read_only };

/// Opens `session` with the settings that hold for every connection. Throws what SOCI throws.
void open_session(soci::session& session, const std::string& path, Access access);

/// The exception that is being handled, as an Error: `doing` says what was tried ("reading a
/// change"). To be called from a catch block only.
Error error_in_flight(const std::string& path, std::string_view doing);

/// Runs `work`, which may throw what SOCI throws.
template <class Work>
auto guarded(const std::string& path, std::string_view doing, Work work)
    -> Result<decltype(work())> {
  try {
    return work();
  } catch (...) {
    return tl::unexpected(error_in_flight(path, doing));
  }
}

}  // namespace mergeq::storage
