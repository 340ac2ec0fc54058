/// A trace: real changes in the order in which they came, with the paths that they touched. JSON
/// Lines, plain or gzip; grammar in docs/simulator.md.
///
/// Paths and times are real, everything else is drawn: git history keeps neither builds nor
/// verdicts. A path's directory is its target, so that who meets whom in the trace meets in the
/// conflict graph.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "scheduler/result.h"
#include "sim/outcome_model.h"
#include "sim/scenario.h"

namespace mergeq::sim {

/// Limits of a trace: longer lines or more of them are an error.
inline constexpr std::size_t trace_line_bytes_max = std::size_t{16} << 20;
inline constexpr std::uint64_t trace_bytes_max = std::uint64_t{4} << 30;  // unpacked

struct TraceChange {
  std::int64_t came_at_s = 0;  // created, or a day before landing if that is later
  Touched touched;

  friend bool operator==(const TraceChange& a, const TraceChange& b) {
    return a.came_at_s == b.came_at_s && a.touched.targets == b.touched.targets &&
           a.touched.paths == b.touched.paths;
  }
};

struct Trace {
  std::string name;  // the file's, without folder and endings
  std::shared_ptr<const Names> names;
  std::vector<TraceChange> changes;  // ascending by time; at the same second as in the file
};

/// Reads all of it (a trace of 10,000 changes in about a tenth of a second). Errors name file, line
/// and member, and say what was expected.
Result<Trace> read_trace(const std::string& path);

/// What traces take for true, since they cannot tell: as `uber`, but pairs that share a file break
/// together in 2 % and pairs that share only a directory in 0.5 %: directories are coarse targets,
/// and at 100 an hour far more changes wait at once than did in reality.
OutcomeModel trace_outcome_model();

/// The first `changes` of the trace (all if it has fewer), with their times stretched or compressed
/// so that they come at `rate_per_hour` on average; outcomes drawn with this seed.
Scenario make_scenario(const Trace& trace, const OutcomeModel& model, double rate_per_hour,
                       std::uint64_t changes, std::uint64_t seed);

}  // namespace mergeq::sim
