/// How many changes a second a run takes: events of the queue, each with its planning.
#include <benchmark/benchmark.h>

#include "sim/simulator.h"
#include "sim/workload.h"

namespace mergeq::sim {
namespace {

void BM_simulate(benchmark::State& state, const char* workload_file, const char* strategy_name) {
  auto workload = read_workload(std::string(MERGEQ_WORKLOADS) + "/" + workload_file);
  const auto strategy = strategy_by_name(strategy_name);
  if (!workload || !strategy) return state.SkipWithError("no such workload or strategy");
  workload->changes = 1'500;
  const Scenario scenario = make_scenario(*workload, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(simulate(scenario, *strategy, {.slots = workload->slots}));
  }
  state.SetItemsProcessed(state.iterations() * 1'500);
}
BENCHMARK_CAPTURE(BM_simulate, uber / submitqueue, "uber.toml", "submitqueue");
BENCHMARK_CAPTURE(BM_simulate, uber / value, "uber.toml", "value");
BENCHMARK_CAPTURE(BM_simulate, hot / value, "hot.toml", "value");

}  // namespace
}  // namespace mergeq::sim
