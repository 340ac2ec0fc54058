#include "sim/report.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace mergeq::sim;

namespace {

Row row(std::uint64_t seed, double p50) {
  Row result{.strategy = "oracle",
             .workload = "hot",
             .slots = 10,
             .rate = 200.0,
             .seed = seed,
             .figures = {},
             .wall_s = 0.5};
  result.figures.changes = 10;
  result.figures.landed = 8;
  result.figures.rejected = 2;
  result.figures.builds = 12;
  result.figures.failed_builds = 2;
  result.figures.slot_minutes = 240.0;
  result.figures.turnaround_min.p50 = p50;
  return result;
}

}  // namespace

TEST_SUITE("report") {
  TEST_CASE("JSON has one object for each row, with the members of the contract in their order") {
    const std::vector rows{row(1, 10.0), row(2, 20.0)};
    const auto json = nlohmann::ordered_json::parse(to_json(rows));
    REQUIRE(json.size() == 2);
    std::vector<std::string> keys;
    for (const auto& [key, value] : json[0].items()) keys.push_back(key);
    CHECK(keys == std::vector<std::string>{"strategy", "workload", "slots", "rate", "seed",
                                           "changes", "landed", "rejected", "red_landings",
                                           "wrongful_rejections", "turnaround_min",
                                           "builds_per_landed", "failed_builds_per_landed",
                                           "slot_minutes_per_landed", "events", "wall_s"});
    CHECK(json[0]["builds_per_landed"] == 1.5);
    CHECK(json[0]["failed_builds_per_landed"] == 0.25);
    CHECK(json[0]["slot_minutes_per_landed"] == 30.0);
    CHECK(json[1]["turnaround_min"]["p50"] == 20.0);
  }

  TEST_CASE("no rows are an empty array") { CHECK(to_json({}) == "[]\n"); }

  TEST_CASE("rows that differ by seed alone become one line with mean and deviation") {
    const std::vector rows{row(1, 10.0), row(2, 20.0)};
    const std::string table = to_table(rows);
    CHECK(std::count(table.begin(), table.end(), '\n') == 2);
    CHECK(table.find("15.0 +-7.1") != std::string::npos);
  }

  TEST_CASE("rows that differ in more stay lines of their own") {
    std::vector rows{row(1, 10.0), row(1, 20.0)};
    rows[1].slots = 20;
    const std::string table = to_table(rows);
    CHECK(std::count(table.begin(), table.end(), '\n') == 3);
  }

  TEST_CASE("a run in which nothing landed divides by nothing") {
    Row none = row(1, 0.0);
    none.figures.landed = 0;
    CHECK(to_json(std::vector{none}).find("null") == std::string::npos);
  }
}
