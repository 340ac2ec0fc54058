#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <map>
#include <thread>

#include "database.h"

using namespace mergeq;
using namespace mergeq::storage;

namespace {

Batch journal(std::vector<JournalRecord> records) {
  Batch batch;
  batch.journal = std::move(records);
  return batch;
}

bool equal(const JournalRecord& a, const JournalRecord& b) {
  return a.queue == b.queue && a.sequence == b.sequence && a.at == b.at && a.payload == b.payload;
}

}  // namespace

TEST_SUITE("journal") {
  TEST_CASE("whatever batches are written, a new owner reads every record as it was") {
    CHECK(rc::check([] {
      const Database database;
      std::map<std::string, std::vector<JournalRecord>> expected;
      {
        const auto store = database.open();
        const int batches = *rc::gen::inRange(1, 12);
        for (int i = 0; i < batches; ++i) {
          Batch batch;
          for (const std::string queue : {"main", "release"}) {
            for (int n = *rc::gen::inRange(0, 4); n > 0; --n) {
              std::vector<JournalRecord>& all = expected[queue];
              const Instant at{Duration{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000)}};
              all.push_back({queue, all.size() + 1, at, *rc::gen::string<std::string>()});
              batch.journal.push_back(all.back());
            }
          }
          written(*store, std::move(batch));
        }
      }
      const auto store = database.open();
      for (const auto& [queue, all] : expected) {
        const auto after = *rc::gen::inRange<std::size_t>(0, all.size() + 1);
        const auto limit = *rc::gen::inRange<std::size_t>(0, all.size() + 2);
        const auto read = store->journal_after(queue, after, limit);
        RC_ASSERT(read.has_value());
        RC_ASSERT(read->size() == std::min(limit, all.size() - after));
        for (std::size_t i = 0; i < read->size(); ++i) RC_ASSERT(equal((*read)[i], all[after + i]));
        RC_ASSERT(store->last_sequence(queue) == all.size());
      }
    }));
  }

  TEST_CASE(
      "a record that leaves a hole or comes twice is refused, and nothing of its batch is kept") {
    const Database database;
    const auto store = database.open();
    written(*store, journal({record("main", 1), record("main", 2)}));
    for (const std::uint64_t wrong : {std::uint64_t{2}, std::uint64_t{4}, std::uint64_t{0}}) {
      Batch batch = journal({record("release", 1), record("main", wrong)});
      batch.changes = {change_row("main", 7)};
      const Error error = refused(*store, std::move(batch));
      CHECK(error.code == ErrorCode::conflict);
      CHECK(error.message.find("expected number 3") != std::string::npos);
    }
    CHECK(store->last_sequence("main") == 2);
    CHECK(store->last_sequence("release") == 0);
    CHECK_FALSE(store->change("main-7")->has_value());
    written(*store, journal({record("main", 3), record("release", 1)}));
  }

  TEST_CASE("a bad batch does not take down those that were committed together with it") {
    const Database database;
    const auto store = database.open();
    std::vector<std::future<Result<std::vector<std::uint64_t>>>> good, bad;
    for (std::uint64_t i = 1; i <= 300; ++i) {
      good.push_back(store->write(journal({record("main", i)})));
      if (i % 7 == 0) bad.push_back(store->write(journal({record("release", 99)})));
    }
    for (auto& future : good) CHECK(future.get().has_value());
    for (auto& future : bad) CHECK_FALSE(future.get().has_value());
    CHECK(store->last_sequence("main") == 300);
  }

  TEST_CASE("batches that wait together share a commit, and each gets its own stream ids") {
    const Database database;
    const auto store = database.open();
    std::vector<std::vector<std::uint64_t>> ids(8);
    {
      std::vector<std::jthread> writers;
      for (std::size_t w = 0; w < ids.size(); ++w) {
        writers.emplace_back([&, w] {
          const std::string queue = "q" + std::to_string(w);
          for (std::uint64_t i = 1; i <= 100; ++i) {
            Batch batch = journal({record(queue, i)});
            batch.stream = {{0, queue, "change", "{}"}, {0, queue, "queue", "{}"}};
            const auto given = store->write(std::move(batch)).get();
            if (given) ids[w].insert(ids[w].end(), given->begin(), given->end());
          }
        });
      }
    }
    std::vector<std::uint64_t> all;
    for (const auto& mine : ids) {
      CHECK(std::is_sorted(mine.begin(), mine.end()));
      all.insert(all.end(), mine.begin(), mine.end());
    }
    std::sort(all.begin(), all.end());
    REQUIRE(all.size() == 1'600);
    CHECK(all.front() == 1);
    CHECK(all.back() == 1'600);
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
    const auto figures = store->figures();
    CHECK(figures.batches == 800);
    CHECK(figures.commits < 800);
  }

  TEST_CASE("the last two snapshots are kept, and one beyond the journal's end is refused") {
    const Database database;
    const auto store = database.open();
    CHECK_FALSE(store->latest_snapshot("main")->has_value());
    for (std::uint64_t i = 1; i <= 5; ++i) {
      Batch batch = journal({record("main", i)});
      batch.snapshot = Snapshot{"main", i, "state " + std::to_string(i)};
      written(*store, std::move(batch));
    }
    Batch beyond;
    beyond.snapshot = Snapshot{"main", 6, "too early"};
    CHECK(refused(*store, std::move(beyond)).code == ErrorCode::conflict);
    const auto latest = store->latest_snapshot("main");
    REQUIRE(latest->has_value());
    CHECK((*latest)->sequence == 5);
    CHECK((*latest)->payload == "state 5");
  }

  TEST_CASE("what is handed over before the store is closed is written") {
    const Database database;
    std::vector<std::future<Result<std::vector<std::uint64_t>>>> futures;
    {
      const auto store = database.open();
      for (std::uint64_t i = 1; i <= 200; ++i) {
        futures.push_back(store->write(journal({record("main", i)})));
      }
    }
    for (auto& future : futures) CHECK(future.get().has_value());
    CHECK(database.open()->last_sequence("main") == 200);
  }
}
