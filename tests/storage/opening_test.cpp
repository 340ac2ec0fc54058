#include <doctest/doctest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>

#include "database.h"

using namespace mergeq;
using namespace mergeq::storage;

namespace {

Error refusal(const std::string& location) {
  const auto store = open_store(location);
  REQUIRE_FALSE(store.has_value());
  return store.error();
}

bool has(const Error& error, const std::string& text) {
  INFO(error.message);
  return error.message.find(text) != std::string::npos;
}

}  // namespace

TEST_SUITE("opening a database") {
  TEST_CASE("a location that is not sqlite:PATH is told what was expected") {
    for (const char* location : {"", "mergeq.db", "sqlite:", "sqlite://x", "postgresql://x/y"}) {
      const Error error = refusal(location);
      CHECK(error.code == ErrorCode::invalid);
      CHECK(has(error, "expected \"sqlite:PATH\""));
    }
  }

  TEST_CASE("a folder that is missing, or stands where the file should, is named") {
    const Database database;
    CHECK(
        has(refusal("sqlite:" + (database.folder() / "none" / "x.db").string()), "does not exist"));
    CHECK(has(refusal("sqlite:" + database.folder().string()), "expected a file"));
    CHECK(refusal("sqlite:/proc/mergeq.db").code == ErrorCode::io);
  }

  TEST_CASE("a file that is no database is refused and left as it was") {
    const Database database;
    const std::string text(5'000, 'x');
    std::ofstream(database.path()) << text;
    CHECK(refusal(database.location()).code == ErrorCode::corrupt);
    std::ifstream file(database.path());
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == text);
  }

  TEST_CASE("another program's database is refused and gets none of our tables") {
    const Database database;
    soci::session other(soci::sqlite3, "db=" + database.path());
    other << "CREATE TABLE recipes (name TEXT)";
    CHECK(has(refusal(database.location()), "not one of mergeq's"));
    int tables = 0;
    other << "SELECT count(*) FROM sqlite_schema", soci::into(tables);
    CHECK(tables == 1);
  }

  TEST_CASE("a database of a newer version is unsupported, with both versions named") {
    const Database database;
    database.open();
    soci::session(soci::sqlite3, "db=" + database.path()) << "PRAGMA user_version = 4711";
    const Error error = refusal(database.location());
    CHECK(error.code == ErrorCode::unsupported);
    CHECK(has(error, "4711"));
    CHECK(has(error, "up to 1"));
    CHECK(open_store_read_only(database.location()).error().code == ErrorCode::unsupported);
  }

  TEST_CASE("O-17: a second owner is refused with the holder's name, by whatever path it comes") {
    const Database database;
    std::filesystem::create_symlink(database.path(), database.folder() / "other.db");
    auto first = database.open();
    for (const std::string& location :
         {database.location(), "sqlite:" + (database.folder() / "other.db").string()}) {
      const Error error = refusal(location);
      CHECK(error.code == ErrorCode::conflict);
      CHECK(has(error, "process " + std::to_string(getpid()) + " on host "));
    }
    first.reset();
    CHECK(open_store(database.location()).has_value());
  }

  TEST_CASE("O-17: the lock of an owner that was killed hinders nobody") {
    const Database database;
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    const pid_t child = fork();
    if (child == 0) {
      const auto store = open_store(database.location());
      const char byte = store ? '1' : '0';
      if (write(ready[1], &byte, 1) != 1) _exit(1);
      pause();
      _exit(0);
    }
    char byte = 0;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    REQUIRE(byte == '1');
    CHECK(has(refusal(database.location()), "process " + std::to_string(child)));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(ready[0]);
    close(ready[1]);
    CHECK(open_store(database.location()).has_value());
  }

  TEST_CASE("a reader beside the owner sees what is written and can write nothing") {
    const Database database;
    CHECK(open_store_read_only(database.location()).error().code == ErrorCode::not_found);
    auto owner = database.open();
    const auto reader = open_store_read_only(database.location());
    REQUIRE(reader.has_value());
    Batch batch;
    batch.journal = {record("main", 1)};
    written(*owner, batch);
    CHECK((*reader)->last_sequence("main") == 1);
    batch.journal = {record("main", 2)};
    CHECK(refused(**reader, batch).code == ErrorCode::forbidden);
    owner.reset();
    CHECK((*reader)->last_sequence("main") == 1);
    const auto alone = open_store_read_only(database.location());
    REQUIRE(alone.has_value());
    CHECK((*alone)->last_sequence("main") == 1);
  }
}
