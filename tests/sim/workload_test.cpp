#include "sim/workload.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "tests/sim/fixtures.h"

using namespace mergeq;
using namespace mergeq::sim;

namespace {

std::string error_of(const std::string& text) {
  const auto parsed = parse_workload(text, "w.toml");
  return parsed ? "no error" : parsed.error().message;
}

}  // namespace

TEST_SUITE("workload") {
  TEST_CASE("every key of a file is taken over") {
    const auto workload = parse_workload(
        "name = \"mine\"\nchanges = 10\nrate_per_hour = 2.5\nslots = 3\nslot_minute_price = 0.1\n"
        "cost = \"tree\"\n[touch]\ntargets = 5\nzipf = 0.1\nmean = 2\n"
        "[success]\nmean = 0.5\nspread = 1\nnoise = 2\nbias = -1\n"
        "[duration]\nmedian_min = 4\nsigma = 0.3\nmin_min = 1\nmax_min = 9\nestimate_error = 0.1\n"
        "[conflict]\nreal = 0.2\nbelieved = 0.3\n",
        "w.toml");
    REQUIRE(workload.has_value());
    const Workload expected{
        .name = "mine",
        .changes = 10,
        .rate_per_hour = 2.5,
        .slots = 3,
        .slot_minute_price = 0.1,
        .touch = {.targets = 5, .zipf = 0.1, .mean = 2.0},
        .outcome = {.cost = CostModel::tree,
                    .success = {.mean = 0.5, .spread = 1.0, .noise = 2.0, .bias = -1.0},
                    .duration = {.median_min = 4.0,
                                 .sigma = 0.3,
                                 .min_min = 1.0,
                                 .max_min = 9.0,
                                 .estimate_error = 0.1},
                    .conflict = {.real_target = 0.2,
                                 .real_path = 0.2,
                                 .believed_target = 0.3,
                                 .believed_path = 0.3}}};
    CHECK(*workload == expected);
  }

  TEST_CASE("a file without a name is called by its stem") {
    CHECK(parse_workload("", "somewhere/busy.toml")->name == "busy");
  }

  TEST_CASE("the reference workloads can be read and are called as their files") {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(WORKLOADS)) {
      const auto workload = read_workload(entry.path().string());
      REQUIRE_MESSAGE(workload.has_value(), entry.path().string());
      CHECK(workload->name == entry.path().stem().string());
      ++count;
    }
    CHECK(count >= 4);
  }

  TEST_CASE("what is wrong is named with its line, its key and what was expected") {
    CHECK(
        error_of("\nchnages = 3\n") ==
        "w.toml:2: chnages: unknown key; expected one of changes, conflict, cost, duration, name, "
        "rate_per_hour, slot_minute_price, slots, success, touch");
    CHECK(error_of("[touch]\ntargets = 400\nzpif = 1\n") ==
          "w.toml:3: touch.zpif: unknown key; expected one of mean, targets, zipf");
    CHECK(error_of("slots = \"eight\"\n") ==
          "w.toml:1: slots: expected a whole number from 1 to 4096, got \"eight\"");
    CHECK(error_of("slots = 0\n") ==
          "w.toml:1: slots: expected a whole number from 1 to 4096, got 0");
    CHECK(error_of("slots = 1.5\n") ==
          "w.toml:1: slots: expected a whole number from 1 to 4096, got 1.5");
    CHECK(error_of("rate_per_hour = nan\n") ==
          "w.toml:1: rate_per_hour: expected a number from 0.001 to 1000000, got nan");
    CHECK(error_of("cost = \"target\"\n") ==
          "w.toml:1: cost: expected one of mixed, tree, got \"target\"");
    CHECK(error_of("name = \"\"\n") ==
          "w.toml:1: name: expected a text that is not empty, got \"\"");
    CHECK(error_of("touch = 3\n") == "w.toml:1: touch: expected a table, [touch], got 3");
    CHECK(error_of("changes = [1, 2]\n") ==
          "w.toml:1: changes: expected a whole number from 1 to 1000000, got an array");
    CHECK(error_of("[duration]\nmin_min = 5\nmax_min = 4\n") ==
          "w.toml:3: duration.max_min: expected a number from 5 to 10000, got 4");
  }

  TEST_CASE("what is no TOML is named with its line") {
    const std::string error = error_of("slots = 1\nslots = 2\n");
    CHECK(error.starts_with("w.toml:2: expected TOML: "));
  }

  TEST_CASE("a file that is not there is an error that names it") {
    const auto read = read_workload("/nowhere/w.toml");
    REQUIRE(!read);
    CHECK(read.error().code == ErrorCode::io);
    CHECK(read.error().message == "/nowhere/w.toml: No such file or directory");
  }

  TEST_CASE("a file of more than a megabyte is refused") {
    const TemporaryFile file(std::string((1 << 20) + 1, '#'));
    const auto read = read_workload(file.path());
    REQUIRE(!read);
    CHECK(read.error().code == ErrorCode::too_large);
  }

  TEST_CASE("any text gives a workload or an error with file and line") {
    CHECK(rc::check([](const std::string& text) {
      const auto parsed = parse_workload(text, "w.toml");
      if (!parsed) RC_ASSERT(parsed.error().message.starts_with("w.toml:"));
    }));
  }
}

TEST_SUITE("scenario of a workload") {
  TEST_CASE("changes come in order, and touch at least one target, each once") {
    CHECK(rc::check([](std::uint64_t seed) {
      const Scenario scenario = make_scenario(small_workload(), seed);
      RC_ASSERT(scenario.changes.size() == 60u);
      Instant before{};
      for (const ScenarioChange& change : scenario.changes) {
        RC_ASSERT(change.arrives >= before);
        before = change.arrives;
        const auto& targets = change.touched.targets;
        RC_ASSERT(!targets.empty());
        RC_ASSERT(std::adjacent_find(targets.begin(), targets.end(), std::greater_equal<>()) ==
                  targets.end());
        RC_ASSERT(targets.back() < 12u);
      }
    }));
  }

  TEST_CASE("changes come at the rate of the workload") {
    Workload workload = small_workload(10'000);
    const Scenario scenario = make_scenario(workload, 5);
    const double hours = minutes(scenario.changes.back().arrives.time_since_epoch()) / 60.0;
    CHECK(10'000 / hours == doctest::Approx(60.0).epsilon(0.05));
  }

  TEST_CASE("low targets are hot by Zipf's law") {
    Workload workload = small_workload(20'000);
    workload.touch = {.targets = 100, .zipf = 1.0, .mean = 1.0};
    const Scenario scenario = make_scenario(workload, 5);
    std::vector<double> touched(100, 0.0);
    for (const auto& change : scenario.changes) touched[change.touched.targets[0]] += 1.0;
    CHECK(touched[0] / touched[9] == doctest::Approx(10.0).epsilon(0.2));
  }

  TEST_CASE("a change that must touch more targets than there are touches all of them") {
    Workload workload = small_workload(50);
    workload.touch = {.targets = 2, .zipf = 0.0, .mean = 30.0};
    for (const auto& change : make_scenario(workload, 1).changes) {
      CHECK(change.touched.targets == std::vector<std::uint32_t>{0, 1});
    }
  }
}
