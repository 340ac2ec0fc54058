/// `mergeq simulate` (DESIGN section 8a) without the reading of its arguments.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/result.h"

namespace mergeq::sim {

struct SimulateOptions {
  std::vector<std::string> traces;     // files, plain or gzip
  std::vector<std::string> workloads;  // TOML files
  std::vector<std::string> strategies{"value"};
  std::vector<std::uint32_t> slots;  // empty: what the workload says; traces: 100
  std::vector<double> rates;         // changes an hour; empty: what the workload says; traces: 100
  std::uint64_t seed = 1;            // of the first run
  std::uint32_t seeds = 1;           // runs with seed, seed + 1, ...
  std::optional<std::uint64_t>
      changes;  // of a trace the first so many, of a workload so many instead
  bool json = false;
};

/// Runs every combination and writes table or JSON to `out` when all are done. `progress` (a
/// terminal, or null) gets a line that is kept up to date and wiped in the end. Gives the exit
/// code: 0, or 1 if something red landed. Errors: what is wrong with options or files, found before
/// the first run.
Result<int> run_simulate(const SimulateOptions& options, std::ostream& out, std::ostream* progress);

}  // namespace mergeq::sim
