/// A workload file: how many changes come how fast, what they touch, and what is true of them.
/// TOML, strictly read; grammar and meaning in docs/simulator.md.
#pragma once

#include <cstdint>
#include <string>

#include "scheduler/result.h"
#include "sim/outcome_model.h"
#include "sim/scenario.h"

namespace mergeq::sim {

/// Most changes that one run takes.
inline constexpr std::uint64_t changes_max = 1'000'000;

struct TouchModel {
  std::uint32_t targets = 4000;  // that there are
  double zipf = 0.6;             // the n-th is touched with weight n^-zipf
  double mean = 1.6;             // targets of a change: 1 + Poisson(mean - 1)

  friend bool operator==(const TouchModel&, const TouchModel&) = default;
};

struct Workload {
  std::string name;
  std::uint64_t changes = 3000;
  double rate_per_hour = 300.0;
  std::uint32_t slots = 300;
  double slot_minute_price = 0.3;
  TouchModel touch;
  OutcomeModel outcome;

  friend bool operator==(const Workload&, const Workload&) = default;
};

/// Errors name file, line and key, and say what was expected.
Result<Workload> read_workload(const std::string& path);
/// The same of a text; `path` is what errors call it, and its stem is the default name.
Result<Workload> parse_workload(const std::string& text, const std::string& path);

/// Poisson arrivals at the workload's rate, and everything else drawn with this seed.
Scenario make_scenario(const Workload& workload, std::uint64_t seed);

}  // namespace mergeq::sim
