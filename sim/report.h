/// The figures of runs as JSON (the wire form of `mergeq simulate --json`) and as a table for
/// people.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/simulator.h"

namespace mergeq::sim {

struct Row {
  std::string strategy;
  std::string workload;
  std::uint32_t slots = 0;
  double rate = 0.0;  // changes an hour
  std::uint64_t seed = 0;
  Figures figures;
  double wall_s = 0.0;  // of real time; everything else is repeatable
};

/// An array of one object a row, in their order.
std::string to_json(std::span<const Row> rows);

/// Rows that differ by seed alone, which must stand together, become one line: means, and behind +-
/// the standard deviation between seeds where there is more than one.
std::string to_table(std::span<const Row> rows);

}  // namespace mergeq::sim
