#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <set>

#include "database.h"

using namespace mergeq;
using namespace mergeq::storage;

TEST_SUITE("read model") {
  TEST_CASE("O-39: the pages of a burst hold each change once, whatever lands or comes meanwhile") {
    const Database database;
    const auto store = database.open();
    Batch burst;  // all of the same millisecond
    for (std::uint64_t i = 1; i <= 500; ++i) burst.changes.push_back(change_row("main", i));
    written(*store, burst);
    std::uint64_t newcomer = 500;
    for (const unsigned limit : {1u, 7u, 50u, 499u}) {
      std::multiset<std::string> seen;
      PageRequest page{std::nullopt, limit};
      for (int pages = 0;; ++pages) {
        const auto rows = store->changes({.queue = "main", .states = {}, .author = {}}, page);
        REQUIRE(rows.has_value());
        if (rows->empty()) break;
        for (const ChangeRow& row : *rows) {
          if (row.ordinal <= 500) seen.insert(row.id);
        }
        page.before = rows->back().ordinal;
        if (pages % 10 != 0) continue;
        Batch meanwhile;
        meanwhile.changes = {change_row("main", ++newcomer),
                             change_row("main", 1 + newcomer * 37 % 500, "landed")};
        written(*store, meanwhile);
      }
      CHECK(seen.size() == 500);
      CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 500);
    }
  }

  TEST_CASE("filters by state and author give exactly the rows that a walk over all gives") {
    const Database database;
    const auto store = database.open();
    std::vector<ChangeRow> all;
    const std::vector<std::string> states = {"queued", "pending", "landed"};
    const std::vector<std::string> authors = {"ann", "bo", "O'Neil \"x\""};
    Batch batch;
    for (std::uint64_t i = 1; i <= 90; ++i) {
      all.push_back(
          change_row(i % 4 == 0 ? "release" : "main", i, states[i % 3], authors[i / 3 % 3]));
    }
    batch.changes = all;
    written(*store, batch);
    CHECK(rc::check([&] {
      ChangeFilter filter{.queue = *rc::gen::element<std::string>("main", "release", "none"),
                          .states = *rc::gen::container<std::vector<std::string>>(
                              rc::gen::element<std::string>("queued", "pending", "landed", "odd")),
                          .author = *rc::gen::element<std::string>("", "ann", "O'Neil \"x\"")};
      std::vector<std::string> expected;
      for (auto row = all.rbegin(); row != all.rend(); ++row) {
        const bool state_fits = filter.states.empty() ||
                                std::find(filter.states.begin(), filter.states.end(), row->state) !=
                                    filter.states.end();
        if (row->queue == filter.queue && state_fits &&
            (filter.author.empty() || filter.author == row->author)) {
          expected.push_back(row->id);
        }
      }
      const auto rows = store->changes(filter, {std::nullopt, 1'000});
      RC_ASSERT(rows.has_value());
      std::vector<std::string> ids;
      for (const ChangeRow& row : *rows) ids.push_back(row.id);
      RC_ASSERT(ids == expected);
    }));
  }

  TEST_CASE("O-14: rows whose optional texts are empty are kept and found") {
    const Database database;
    const auto store = database.open();
    Batch batch;
    batch.changes = {{.id = "main-1",
                      .queue = "main",
                      .state = "",
                      .author = "",
                      .number = "",
                      .head = "",
                      .ordinal = 1,
                      .terminal = true,
                      .document = ""}};
    batch.builds = {{.id = "main-b1",
                     .queue = "main",
                     .state = "",
                     .commit = "",
                     .change = "",
                     .ordinal = 1,
                     .document = ""}};
    batch.timeline = {{"main-1", "main", {}, ""}};
    batch.answers = {{"delivery", "", "", "", {}}};
    written(*store, batch);
    CHECK(store->change("main-1")->value().terminal);
    CHECK(store->build("main-b1")->has_value());
    CHECK(store->timeline("main-1")->size() == 1);
    CHECK(store->answer("delivery", "")->has_value());
    CHECK_FALSE(store->build_of_commit("")->has_value());
    CHECK_FALSE(store->change_by_number("main", "")->has_value());
  }

  TEST_CASE("any bytes come back as they were") {
    const Database database;
    const auto store = database.open();
    std::uint64_t ordinal = 0;
    CHECK(rc::check([&] {
      ChangeRow row = change_row("main", ++ordinal);
      row.document = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
      row.author = "\xff\xfe" + std::string(*rc::gen::inRange(0, 5), '\0') + "e";
      Batch batch;
      batch.changes = {row};
      RC_ASSERT(store->write(batch).get().has_value());
      const auto read = store->change(row.id);
      RC_ASSERT((*read)->document == row.document);
      RC_ASSERT((*read)->author == row.author);
    }));
  }

  TEST_CASE("a change's newest row of a number and a commit's newest build are found") {
    const Database database;
    const auto store = database.open();
    Batch batch;
    for (const std::uint64_t i : {1, 2, 3}) {
      batch.changes.push_back(change_row("main", i));
      batch.changes.back().number = i == 3 ? "8" : "7";
      batch.builds.push_back(build_row("main", i));
      batch.builds.back().commit = i == 3 ? "dd" : "cc";
    }
    written(*store, batch);
    CHECK(store->change_by_number("main", "7")->value().id == "main-2");
    CHECK_FALSE(store->change_by_number("release", "7")->has_value());
    CHECK(store->build_of_commit("cc")->value().id == "main-b2");
    CHECK(store->builds("main", "running", {3, 10})->size() == 2);
    CHECK(store->builds("main", "passed", {std::nullopt, 10})->empty());
  }

  TEST_CASE("a timeline is told oldest first, and the last answer to a key counts") {
    const Database database;
    const auto store = database.open();
    for (const char* text : {"one", "two", "three"}) {
      Batch batch;
      batch.timeline = {{"main-1", "main", Instant{Duration{5}}, text}};
      batch.answers = {{"idempotency", "k", "f", text, Instant{Duration{5}}}};
      written(*store, batch);
    }
    const auto timeline = store->timeline("main-1");
    REQUIRE(timeline->size() == 3);
    CHECK(timeline->front().document == "one");
    CHECK(timeline->back().document == "three");
    CHECK(store->answer("idempotency", "k")->value().answer == "three");
    CHECK_FALSE(store->answer("delivery", "k")->has_value());
  }
}
