/// What the conflict graph costs. Events with their planning: sim_bench.cpp.
#include <benchmark/benchmark.h>

#include "scheduler/conflict_graph.h"
#include "scheduler/rng.h"

namespace mergeq {
namespace {

/// Two files in one of `areas` directories, each of which is a target.
Footprint small_change(Rng& rng, std::uint64_t areas) {
  const std::string area = "area" + std::to_string(rng.below(areas));
  Footprint footprint;
  footprint.targets = {area};
  for (const char* file : {"/a", "/b"}) {
    footprint.paths.push_back({.path = area + file + std::to_string(rng.below(100))});
  }
  return footprint;
}

void add_to(ConflictGraph& graph, ChangeId id, const Footprint& footprint) {
  static const Prediction prediction;
  graph.add({id, footprint, prediction, {}, {}, {}, {}});
}

/// One change comes and one goes, while so many are pending.
void BM_conflict_graph(benchmark::State& state) {
  const auto pending = static_cast<std::uint64_t>(state.range(0));
  Rng rng(1);
  ConflictGraph graph;
  std::uint64_t next = 1;
  for (; next <= pending; ++next) add_to(graph, ChangeId{next}, small_change(rng, 200));
  for (auto _ : state) {
    add_to(graph, ChangeId{next}, small_change(rng, 200));
    graph.remove(ChangeId{next - pending});
    ++next;
  }
}
BENCHMARK(BM_conflict_graph)->Arg(100)->Arg(1'000)->Arg(5'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mergeq
