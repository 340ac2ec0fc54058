/// The simulator: drives the very queue that serves, in virtual time, over a synthetic repository
/// and a hidden truth, with a referee at its side.
///
/// Everything is repeatable by the scenario (made from a seed) and the options: no clock, no
/// thread. Effects are answered at once, builds after the time that the truth gives them. Events at
/// the same moment have a fixed order: first what follows from the event before, then arrivals,
/// then finished builds by their id.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "sim/scenario.h"
#include "sim/strategies/strategies.h"

namespace mergeq::sim {

struct RunOptions {
  std::uint32_t slots = 150;
  double slot_minute_price = 0.3;
  /// Queue::check() after every so many events; it is expensive. 0: never.
  std::uint32_t check_every = 256;
  /// The queue is snapshot and restored after this many events; nothing may change by it.
  std::optional<std::uint64_t> restore_after_events;
  /// For tests: what the runner reports of a build instead of the truth.
  std::function<bool(bool passes_in_truth)> runner_says;
  /// Called now and then with how many changes are terminal.
  std::function<void(std::uint64_t finished, std::uint64_t changes)> progress;
};

struct Turnaround {
  double mean = 0.0, p50 = 0.0, p95 = 0.0, p99 = 0.0;
  friend bool operator==(const Turnaround&, const Turnaround&) = default;
};

/// What came out of one run.
struct Figures {
  std::uint64_t changes = 0;
  std::uint64_t landed = 0;
  std::uint64_t rejected = 0;
  std::uint64_t unfinished = 0;  // starved: nothing was left that could have moved them
  std::uint64_t red_landings = 0;
  std::uint64_t wrongful_rejections = 0;
  Turnaround turnaround_min;  // of all that landed or were rejected
  std::uint64_t builds = 0;   // that were started
  std::uint64_t failed_builds = 0;
  double slot_minutes = 0.0;  // cancelled builds included, up to their cancelling
  std::uint64_t events = 0;

  friend bool operator==(const Figures&, const Figures&) = default;
};

/// Runs until every change is terminal, or nothing happens any more for a virtual day.
/// Requires slots of 1 to 4096. A broken invariant ends the process.
Figures simulate(const Scenario& scenario, const Strategy& strategy, const RunOptions& options);

}  // namespace mergeq::sim
