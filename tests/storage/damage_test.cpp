#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>

#include "database.h"

using namespace mergeq;
using namespace mergeq::storage;

namespace {

constexpr std::uint64_t records = 40;

std::string payload_of(std::uint64_t sequence) {
  return "{\"event\":" + std::to_string(sequence) + std::string(200, ' ') + "}";
}

/// A closed database with a journal of `records` and a snapshot of the 20th and the 30th.
void fill(const Database& database) {
  const auto store = database.open();
  for (std::uint64_t i = 1; i <= records; ++i) {
    Batch batch;
    batch.journal = {record("main", i, payload_of(i))};
    if (i == 20 || i == 30) batch.snapshot = Snapshot{"main", i, "state " + std::to_string(i)};
    written(*store, std::move(batch));
  }
}

void alter(const Database& database, const std::string& statement) {
  soci::session(soci::sqlite3, "db=" + database.path()) << statement;
}

Error journal_error(const Database& database) {
  const auto store = database.open();
  const auto read = store->journal_after("main", 0, 1'000);
  REQUIRE_FALSE(read.has_value());
  return read.error();
}

bool names(const Error& error, const std::string& text) {
  INFO(error.message);
  return error.code == ErrorCode::corrupt && error.message.find(text) != std::string::npos;
}

}  // namespace

TEST_SUITE("damage") {
  TEST_CASE("a record whose content, time or place was altered is found and named") {
    for (const char* change :
         {"payload = payload || ' '", "at = at + 1", "checksum = checksum + 1"}) {
      const Database database;
      fill(database);
      alter(database, "UPDATE journal SET " + std::string(change) + " WHERE sequence = 17");
      CHECK(names(journal_error(database), "queue main: record 17: its checksum"));
    }
  }

  TEST_CASE("a record that is missing in the middle is found and named") {
    const Database database;
    fill(database);
    alter(database, "DELETE FROM journal WHERE sequence = 17");
    CHECK(names(journal_error(database), "record 17: it is missing: the next one is 18"));
  }

  TEST_CASE("a record moved to another queue does not pass for one of it") {
    const Database database;
    fill(database);
    alter(database, "UPDATE journal SET queue = 'other' WHERE sequence = 1");
    const auto store = database.open();
    CHECK(names(store->journal_after("other", 0, 10).error(), "queue other: record 1"));
  }

  TEST_CASE("a damaged snapshot is passed over for the one before it") {
    const Database database;
    fill(database);
    alter(database, "UPDATE snapshots SET payload = 'state 31' WHERE sequence = 30");
    CHECK(database.open()->latest_snapshot("main")->value().payload == "state 20");
  }

  TEST_CASE("wherever the file is cut or a byte is altered, what is read is right or an error") {
    const Database whole;
    fill(whole);
    const auto size = std::filesystem::file_size(whole.path());
    CHECK(rc::check([&] {
      const Database database;
      std::filesystem::copy_file(whole.path(), database.path());
      const auto where = *rc::gen::inRange<std::uint64_t>(0, size);
      if (*rc::gen::arbitrary<bool>()) {
        std::filesystem::resize_file(database.path(), where);
      } else {
        std::fstream file(database.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(where));
        const int byte = file.get();
        file.seekp(static_cast<std::streamoff>(where));
        file.put(static_cast<char>(byte ^ *rc::gen::inRange(1, 256)));
      }
      const auto store = open_store(database.location());
      if (!store) return;
      const auto read = (*store)->journal_after("main", 0, 1'000);
      if (!read) return;
      for (std::size_t i = 0; i < read->size(); ++i) {
        RC_ASSERT((*read)[i].payload == payload_of(i + 1));
      }
    }));
  }

  TEST_CASE(
      "a full disk is an error for the batch, nothing of it is kept, and later writes succeed") {
    const Database database;
    fill(database);
    const pid_t child = fork();
    if (child == 0) {  // the limit is the process's
      signal(SIGXFSZ, SIG_IGN);
      auto store = open_store(database.location());
      if (!store) _exit(1);
      rlimit limit{};
      getrlimit(RLIMIT_FSIZE, &limit);
      const rlim_t unlimited = limit.rlim_cur;
      limit.rlim_cur = std::filesystem::file_size(database.path()) + (1u << 16);
      setrlimit(RLIMIT_FSIZE, &limit);
      Batch batch;
      batch.journal = {record("main", records + 1, std::string(1u << 20, 'x'))};
      const auto refused_batch = (*store)->write(batch).get();
      if (refused_batch || refused_batch.error().code != ErrorCode::io) _exit(2);
      limit.rlim_cur = unlimited;
      setrlimit(RLIMIT_FSIZE, &limit);
      if ((*store)->last_sequence("main") != records) _exit(3);
      if (!(*store)->write(batch).get()) _exit(4);
      if ((*store)->last_sequence("main") != records + 1) _exit(5);
      store->reset();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(database.open()->journal_after("main", 0, 1'000)->size() == records + 1);
  }
}
