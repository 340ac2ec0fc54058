#include "sim/command.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/sim/fixtures.h"

using namespace mergeq;
using namespace mergeq::sim;

namespace {

SimulateOptions small_run() {
  SimulateOptions options;
  options.workloads = {WORKLOADS "/hot.toml"};
  options.traces = {SAMPLES "/four.jsonl.gz"};
  options.strategies = {"single", "oracle"};
  options.slots = {5, 10};
  options.changes = 20;
  options.json = true;
  return options;
}

std::string error_of(const SimulateOptions& options) {
  std::ostringstream out;
  const auto result = run_simulate(options, out, nullptr);
  CHECK(out.str().empty());
  return result ? "no error" : result.error().message;
}

}  // namespace

TEST_SUITE("mergeq simulate") {
  TEST_CASE("every combination of workload, rate, slots, strategy and seed is a row") {
    SimulateOptions options = small_run();
    options.rates = {50.0, 100.0};
    options.seed = 7;
    options.seeds = 3;
    std::ostringstream out;
    CHECK(run_simulate(options, out, nullptr) == 0);
    const auto rows = nlohmann::json::parse(out.str());
    REQUIRE(rows.size() == 2 * 2 * 2 * 2 * 3);
    CHECK(rows[0]["workload"] == "four");
    CHECK(rows[0]["changes"] == 4);
    CHECK(rows[24]["workload"] == "hot");
    CHECK(rows[24]["changes"] == 20);
    CHECK(rows[0]["seed"] == 7);
    CHECK(rows[2]["seed"] == 9);
    CHECK(rows[3]["strategy"] == "oracle");
    CHECK(rows[6]["slots"] == 10);
    CHECK(rows[12]["rate"] == 100.0);
  }

  TEST_CASE("two runs print the same but for the time that they took") {
    const auto run = [] {
      std::ostringstream out;
      CHECK(run_simulate(small_run(), out, nullptr) == 0);
      auto rows = nlohmann::json::parse(out.str());
      for (auto& row : rows) row.erase("wall_s");
      return rows;
    };
    CHECK(run() == run());
  }

  TEST_CASE("without slots and rates those of the workload are taken") {
    SimulateOptions options = small_run();
    options.traces.clear();
    options.slots.clear();
    options.strategies = {"oracle"};
    std::ostringstream out;
    CHECK(run_simulate(options, out, nullptr) == 0);
    const auto rows = nlohmann::json::parse(out.str());
    CHECK(rows[0]["slots"] == 150);
    CHECK(rows[0]["rate"] == 200.0);
  }

  TEST_CASE("people get a table") {
    SimulateOptions options = small_run();
    options.json = false;
    std::ostringstream out;
    CHECK(run_simulate(options, out, nullptr) == 0);
    CHECK(out.str().starts_with("workload"));
  }

  TEST_CASE("the progress line is wiped in the end") {
    std::ostringstream out, progress;
    CHECK(run_simulate(small_run(), out, &progress) == 0);
    CHECK(progress.str().ends_with("\r\x1b[K"));
    CHECK(out.str().find('\r') == std::string::npos);
  }

  TEST_CASE("what is wrong is said before anything runs") {
    SimulateOptions options = small_run();
    options.slots = {0};
    CHECK(error_of(options) == "--slots: expected whole numbers from 1 to 4096, got 0");
    options = small_run();
    options.rates = {-1.0};
    CHECK(error_of(options) == "--rate: expected changes an hour, from 0.001 to 1000000, got -1");
    options = small_run();
    options.seeds = 0;
    CHECK(error_of(options) == "--seeds: expected a whole number from 1 to 10000, got 0");
    options = small_run();
    options.changes = 0;
    CHECK(error_of(options) == "--changes: expected a whole number from 1 to 1000000, got 0");
    options = small_run();
    options.strategies = {"oracle", "magic"};
    CHECK(error_of(options).starts_with("strategy: expected one of "));
    options = small_run();
    options.strategies = {};
    CHECK(error_of(options) == "--strategy: expected at least one name");
    options = small_run();
    options.traces = {"/nowhere.gz"};
    CHECK(error_of(options) == "/nowhere.gz: cannot be opened");
    CHECK(error_of({}) == "simulate: expected at least one --trace or --workload");
  }
}
