#include <doctest/doctest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <atomic>
#include <thread>

#include "database.h"

using namespace mergeq;
using namespace mergeq::storage;

namespace {

/// Waits for a condition, at most 10 s.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  return true;
}

Batch step(std::uint64_t sequence, const std::string& document) {
  Batch batch;
  batch.journal = {record("main", sequence)};
  batch.changes = {change_row("main", sequence % 500 + 1)};
  batch.changes.back().document = document;
  batch.stream.assign(20, {0, "main", "change", document});
  return batch;
}

}  // namespace

TEST_SUITE("bounds") {
  TEST_CASE(
      "O-44: the write-ahead log stays under 64 MiB while readers never rest, and shrinks after") {
    const Database database;
    const auto store = database.open();
    std::atomic<bool> done = false;
    std::vector<std::jthread> readers;
    for (int i = 0; i < 10; ++i) {
      readers.emplace_back([&] {
        while (!done) {
          (void)store->changes({.queue = "main", .states = {}, .author = {}},
                               {std::nullopt, 1'000});
          (void)store->stream_after(0, 1'000);
        }
      });
    }
    const std::string document(2'000, 'x');
    std::uint64_t most = 0;
    std::vector<std::future<Result<std::vector<std::uint64_t>>>> futures;
    for (std::uint64_t i = 1; i <= 3'000; ++i) {
      futures.push_back(store->write(step(i, document)));
      if (i % 50 == 0) {
        CHECK(futures.back().get().has_value());
        futures.pop_back();
        most = std::max(most, store->figures().wal_bytes);
      }
    }
    for (auto& future : futures) CHECK(future.get().has_value());
    done = true;
    readers.clear();
    MESSAGE("most bytes in the write-ahead log: " << most);
    CHECK(most < 72u << 20);  // the bound, and one group above it
    CHECK(eventually([&] { return store->figures().wal_bytes <= 1u << 20; }));
  }

  TEST_CASE("the stream keeps its last 100,000 rows, and its ids go on") {
    const Database database;
    const auto store = database.open();
    for (int i = 0; i < 60; ++i) {
      Batch batch;
      batch.stream.assign(2'000, {0, "main", "change", "{}"});
      written(*store, std::move(batch));
    }
    CHECK(eventually([&] {
      Batch batch;
      batch.stream.assign(1'000, {0, "main", "change", "{}"});
      written(*store, std::move(batch));
      const auto bounds = store->stream_bounds();
      return bounds->newest - bounds->oldest < 102'000;
    }));
    CHECK(store->stream_bounds()->newest - store->stream_bounds()->oldest >= 99'999);
    CHECK(eventually([&] {  // it is still being trimmed
      return store->stream_after(0, 1)->front().id == store->stream_bounds()->oldest;
    }));
  }

  TEST_CASE("answers older than seven days are forgotten") {
    const Database database;
    const auto store = database.open();
    const auto answer = [&](const std::string& key, std::chrono::hours at) {
      Batch batch;
      batch.answers = {{"delivery", key, "", "{}", Instant{at}}};
      batch.stream.assign(1'000, {0, "main", "change", "{}"});
      written(*store, std::move(batch));
    };
    answer("old", std::chrono::hours{1});
    answer("recent", std::chrono::hours{24 * 2});
    answer("new", std::chrono::hours{24 * 8});
    CHECK(eventually([&] { return !store->answer("delivery", "old")->has_value(); }));
    CHECK(store->answer("delivery", "recent")->has_value());
    CHECK(store->answer("delivery", "new")->has_value());
  }

  TEST_CASE("O-45: with others that checkpoint all the time, every acknowledged record is there") {
    const Database database;
    auto store = database.open();
    std::atomic<bool> done = false;
    std::jthread outsider([&] {
      while (!done) {
        try {
          soci::session other(soci::sqlite3, "db=" + database.path() + " timeout=1");
          other << "PRAGMA wal_checkpoint(TRUNCATE)";
        } catch (const soci::soci_error&) {
          // Busy: it tries again, as the one in the report did.
        }
      }
    });
    std::uint64_t acknowledged = 0;
    for (int restart = 0; restart < 3; ++restart) {
      for (int i = 0; i < 150; ++i) {
        written(*store, step(acknowledged + 1, "{}"));
        ++acknowledged;
      }
      store.reset();
      store = database.open();
      CHECK(store->journal_after("main", 0, 10'000)->size() == acknowledged);
    }
    done = true;
    outsider.join();
    soci::session other(soci::sqlite3, "db=" + database.path());
    std::string verdict;
    other << "PRAGMA integrity_check", soci::into(verdict);
    CHECK(verdict == "ok");
  }
}
