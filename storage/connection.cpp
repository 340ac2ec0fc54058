#include "storage/connection.h"

#include <soci/sqlite3/soci-sqlite3.h>

#include <exception>

namespace mergeq::storage {
namespace {

ErrorCode code_of(int sqlite_result) {
  switch (sqlite_result & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::unavailable;
    case SQLITE_CONSTRAINT:
      return ErrorCode::conflict;
    case SQLITE_TOOBIG:
      return ErrorCode::too_large;
    default:
      return ErrorCode::io;
  }
}

}  // namespace

void open_session(soci::session& session, const std::string& path, Access access) {
  std::string settings = "db=\"" + path + "\"";
  if (access == Access::read_only) settings += " readonly=true";
  session.open(soci::sqlite3, settings);
  session << "PRAGMA busy_timeout = 5000";
  session << "PRAGMA foreign_keys = OFF";
  if (access == Access::read_only) {
    session << "PRAGMA wal_autocheckpoint = 0";
    session << "PRAGMA query_only = ON";
  }
}

Error error_in_flight(const std::string& path, std::string_view doing) {
  const std::string where = path + ": " + std::string(doing) + ": ";
  try {
    throw;
  } catch (const soci::sqlite3_soci_error& error) {
    return {code_of(error.result()), where + error.what()};
  } catch (const std::exception& error) {
    return {ErrorCode::io, where + error.what()};
  }
}

}  // namespace mergeq::storage
