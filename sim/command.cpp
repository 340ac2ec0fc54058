#include "sim/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <ostream>

#include "sim/report.h"
#include "sim/simulator.h"
#include "sim/trace.h"
#include "sim/workload.h"

namespace mergeq::sim {

namespace {

constexpr std::uint32_t trace_slots = 100;
constexpr double trace_rate_per_hour = 100.0;
constexpr double trace_slot_minute_price = 0.3;
constexpr std::uint32_t slots_max = 4096;
constexpr std::uint32_t seeds_max = 10'000;

/// A trace or workload that has been read: makes its scenario for a rate and a seed.
struct Source {
  std::uint32_t slots = trace_slots;
  double rate_per_hour = trace_rate_per_hour;
  double slot_minute_price = trace_slot_minute_price;
  std::function<Scenario(double rate_per_hour, std::uint64_t seed)> scenario;
};

Result<> check(const SimulateOptions& options) {
  if (options.traces.empty() && options.workloads.empty()) {
    return fail(ErrorCode::invalid, "simulate: expected at least one --trace or --workload");
  }
  if (options.strategies.empty()) {
    return fail(ErrorCode::invalid, "--strategy: expected at least one name");
  }
  for (const std::uint32_t slots : options.slots) {
    if (slots >= 1 && slots <= slots_max) continue;
    return fail(
        ErrorCode::invalid,
        fmt::format("--slots: expected whole numbers from 1 to {}, got {}", slots_max, slots));
  }
  for (const double rate : options.rates) {
    if (rate >= 0.001 && rate <= 1e6) continue;
    return fail(
        ErrorCode::invalid,
        fmt::format("--rate: expected changes an hour, from 0.001 to 1000000, got {}", rate));
  }
  if (options.seeds < 1 || options.seeds > seeds_max) {
    return fail(ErrorCode::invalid,
                fmt::format("--seeds: expected a whole number from 1 to {}, got {}", seeds_max,
                            options.seeds));
  }
  if (options.changes && (*options.changes < 1 || *options.changes > changes_max)) {
    return fail(ErrorCode::invalid,
                fmt::format("--changes: expected a whole number from 1 to {}, got {}", changes_max,
                            *options.changes));
  }
  return {};
}

Result<std::vector<Source>> read_sources(const SimulateOptions& options) {
  std::vector<Source> sources;
  for (const std::string& path : options.traces) {
    auto trace = read_trace(path);
    if (!trace) return tl::unexpected(trace.error());
    Source source;
    source.scenario = [trace = *std::move(trace), model = trace_outcome_model(),
                       changes = options.changes.value_or(changes_max)](double rate,
                                                                        std::uint64_t seed) {
      return make_scenario(trace, model, rate, changes, seed);
    };
    sources.push_back(std::move(source));
  }
  for (const std::string& path : options.workloads) {
    auto workload = read_workload(path);
    if (!workload) return tl::unexpected(workload.error());
    if (options.changes) workload->changes = *options.changes;
    Source source{.slots = workload->slots,
                  .rate_per_hour = workload->rate_per_hour,
                  .slot_minute_price = workload->slot_minute_price,
                  .scenario = {}};
    source.scenario = [workload = *std::move(workload)](double rate, std::uint64_t seed) {
      Workload at_rate = workload;
      at_rate.rate_per_hour = rate;
      return make_scenario(at_rate, seed);
    };
    sources.push_back(std::move(source));
  }
  return sources;
}

Result<std::vector<Strategy>> read_strategies(const std::vector<std::string>& names) {
  std::vector<Strategy> result;
  for (const std::string& name : names) {
    auto strategy = strategy_by_name(name);
    if (!strategy) return tl::unexpected(strategy.error());
    result.push_back(*std::move(strategy));
  }
  return result;
}

/// One run to be made.
struct Job {
  const Source* source = nullptr;
  const Strategy* strategy = nullptr;
  double rate_per_hour = 0.0;
  std::uint32_t slots = 0;
  std::uint64_t seed = 0;
};

/// In the order of the rows: runs that differ by seed alone stand together.
std::vector<Job> jobs_for(const SimulateOptions& options, const std::vector<Source>& sources,
                          const std::vector<Strategy>& strategies) {
  std::vector<Job> jobs;
  for (const Source& source : sources) {
    const auto rates = options.rates.empty() ? std::vector{source.rate_per_hour} : options.rates;
    const auto slots = options.slots.empty() ? std::vector{source.slots} : options.slots;
    for (const double rate : rates) {
      for (const std::uint32_t some_slots : slots) {
        for (const Strategy& strategy : strategies) {
          for (std::uint32_t i = 0; i < options.seeds; ++i) {
            jobs.push_back({&source, &strategy, rate, some_slots, options.seed + i});
          }
        }
      }
    }
  }
  return jobs;
}

class ProgressBar {
 public:
  ProgressBar(std::ostream* out, std::size_t jobs) : out_(out), jobs_(jobs) {}
  ~ProgressBar() {
    if (out_ != nullptr) *out_ << "\r\x1b[K" << std::flush;
  }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(std::size_t job, const std::string& name, std::uint64_t finished,
            std::uint64_t changes) const {
    if (out_ == nullptr) return;
    constexpr std::size_t width = 30;
    const std::size_t filled = changes == 0 ? 0 : finished * width / changes;
    *out_ << fmt::format("\r\x1b[K[{:#<{}}{:.<{}}] run {} of {}: {}", "", filled, "",
                         width - filled, job + 1, jobs_, name)
          << std::flush;
  }

 private:
  std::ostream* out_;
  std::size_t jobs_;
};

Row run(const Job& job, const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const Scenario scenario = job.source->scenario(job.rate_per_hour, job.seed);
  RunOptions options;
  options.slots = job.slots;
  options.slot_minute_price = job.source->slot_minute_price;
  options.progress = progress;
  const auto begin = std::chrono::steady_clock::now();
  Row row{.strategy = job.strategy->name,
          .workload = scenario.name,
          .slots = job.slots,
          .rate = job.rate_per_hour,
          .seed = job.seed,
          .figures = simulate(scenario, *job.strategy, options),
          .wall_s = 0.0};
  row.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return row;
}

}  // namespace

Result<int> run_simulate(const SimulateOptions& options, std::ostream& out,
                         std::ostream* progress) {
  if (const auto checked = check(options); !checked) return tl::unexpected(checked.error());
  const auto strategies = read_strategies(options.strategies);
  if (!strategies) return tl::unexpected(strategies.error());
  const auto sources = read_sources(options);
  if (!sources) return tl::unexpected(sources.error());

  const std::vector<Job> jobs = jobs_for(options, *sources, *strategies);
  std::vector<Row> rows;
  rows.reserve(jobs.size());
  {
    const ProgressBar bar(progress, jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const std::string& name = jobs[i].strategy->name;
      bar.show(i, name, 0, 1);
      rows.push_back(run(jobs[i], [&](std::uint64_t finished, std::uint64_t changes) {
        bar.show(i, name, finished, changes);
      }));
    }
  }
  out << (options.json ? to_json(rows) : to_table(rows));
  const bool red = std::any_of(rows.begin(), rows.end(),
                               [](const Row& row) { return row.figures.red_landings > 0; });
  return red ? 1 : 0;
}

}  // namespace mergeq::sim
