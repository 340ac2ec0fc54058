#include "storage/schema.h"

#include <array>
#include <string_view>
#include <vector>

#include "storage/connection.h"

namespace mergeq::storage {
namespace {

constexpr int application_id = 0x6d726771;  // "mrgq": tells our databases from others

using Step = std::vector<std::string_view>;

/// Never edit a step that has been released: add one.
const std::vector<Step>& steps() {
  static const std::vector<Step> all = {
      // 1
      {
          "CREATE TABLE journal (queue TEXT NOT NULL, sequence INTEGER NOT NULL, at INTEGER NOT "
          "NULL,"
          " payload TEXT NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (queue, sequence))",

          "CREATE TABLE snapshots (queue TEXT NOT NULL, sequence INTEGER NOT NULL,"
          " payload TEXT NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (queue, sequence))",

          "CREATE TABLE changes (id TEXT PRIMARY KEY NOT NULL, queue TEXT NOT NULL,"
          " ordinal INTEGER NOT NULL, state TEXT NOT NULL, author TEXT NOT NULL,"
          " number TEXT NOT NULL, head TEXT NOT NULL, terminal INTEGER NOT NULL,"
          " document TEXT NOT NULL)",
          "CREATE UNIQUE INDEX changes_by_ordinal ON changes (queue, ordinal)",
          "CREATE INDEX changes_by_state ON changes (queue, state, ordinal)",
          "CREATE INDEX changes_by_author ON changes (queue, author, ordinal)",
          "CREATE INDEX changes_by_number ON changes (queue, number, ordinal) WHERE number <> ''",

          "CREATE TABLE builds (id TEXT PRIMARY KEY NOT NULL, queue TEXT NOT NULL,"
          " ordinal INTEGER NOT NULL, state TEXT NOT NULL, commit_id TEXT NOT NULL,"
          " change_id TEXT NOT NULL, document TEXT NOT NULL)",
          "CREATE UNIQUE INDEX builds_by_ordinal ON builds (queue, ordinal)",
          "CREATE INDEX builds_by_state ON builds (queue, state, ordinal)",
          "CREATE INDEX builds_by_commit ON builds (commit_id) WHERE commit_id <> ''",

          "CREATE TABLE timeline (id INTEGER PRIMARY KEY, change_id TEXT NOT NULL,"
          " queue TEXT NOT NULL, at INTEGER NOT NULL, document TEXT NOT NULL)",
          "CREATE INDEX timeline_by_change ON timeline (change_id, id)",

          "CREATE TABLE stream (id INTEGER PRIMARY KEY, queue TEXT NOT NULL, type TEXT NOT NULL,"
          " document TEXT NOT NULL)",

          "CREATE TABLE answers (scope TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL,"
          " answer TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (scope, key))",
          "CREATE INDEX answers_by_age ON answers (at)",
      },
  };
  return all;
}

int number(soci::session& session, std::string_view query) {
  int value = 0;
  session << std::string(query), soci::into(value);
  return value;
}

void take_step(soci::session& session, int version) {
  session << "BEGIN IMMEDIATE";
  try {
    for (const std::string_view statement : steps()[static_cast<std::size_t>(version) - 1]) {
      session << std::string(statement);
    }
    session << "PRAGMA user_version = " + std::to_string(version);
    session << "PRAGMA application_id = " + std::to_string(application_id);
    session << "COMMIT";
  } catch (...) {
    try {
      session << "ROLLBACK";
    } catch (const std::exception&) {
      // The first error is the one to tell; closing the connection rolls back as well.
    }
    throw;
  }
}

Result<int> version_of(soci::session& session, const std::string& path) {
  struct Found {
    int version, application, tables;
  };
  const auto found = guarded(path, "reading its version", [&] {
    return Found{number(session, "PRAGMA user_version"), number(session, "PRAGMA application_id"),
                 number(session, "SELECT count(*) FROM sqlite_schema")};
  });
  if (!found) return tl::unexpected(found.error());
  const bool is_empty = found->tables == 0 && found->version == 0 && found->application == 0;
  if (!is_empty && found->application != application_id) {
    return fail(ErrorCode::corrupt,
                path + ": an SQLite database, but not one of mergeq's (application id " +
                    std::to_string(found->application) + ", expected " +
                    std::to_string(application_id) + ")");
  }
  if (found->version > present_version()) {
    return fail(ErrorCode::unsupported, path + ": made by a newer mergeq: database version " +
                                            std::to_string(found->version) +
                                            ", this program knows versions up to " +
                                            std::to_string(present_version()));
  }
  return found->version;
}

}  // namespace

int present_version() { return static_cast<int>(steps().size()); }

Result<> migrate(soci::session& session, const std::string& path) {
  const Result<int> version = version_of(session, path);
  if (!version) return tl::unexpected(version.error());
  for (int next = *version + 1; next <= present_version(); ++next) {
    const auto taken = guarded(path, "migrating to version " + std::to_string(next), [&] {
      take_step(session, next);
      return true;
    });
    if (!taken) return tl::unexpected(taken.error());
  }
  return {};
}

Result<> check_version(soci::session& session, const std::string& path) {
  const Result<int> version = version_of(session, path);
  if (!version) return tl::unexpected(version.error());
  if (*version < present_version()) {
    return fail(ErrorCode::unsupported, path + ": database version " + std::to_string(*version) +
                                            ", expected " + std::to_string(present_version()) +
                                            "; start the service once, which migrates it");
  }
  return {};
}

}  // namespace mergeq::storage
