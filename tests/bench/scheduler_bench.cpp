/// What the conflict graph costs. Events with their planning: sim_bench.cpp.
#include <benchmark/benchmark.h>

#include "scheduler/conflict_graph.h"
#include "scheduler/rng.h"
#include "tests/bench/allocations.h"

namespace mergeq {
namespace {

constexpr std::uint64_t changes_to_an_area = 25;  // whatever is pending: the degree stays the same

/// Two files in one of `areas` directories, each of which is a target.
Footprint small_change(Rng& rng, std::uint64_t areas) {
  const std::string area = "services/area" + std::to_string(rng.below(areas));
  Footprint footprint;
  footprint.targets = {area};
  for (const char* file : {"/source/a", "/source/b"}) {
    footprint.paths.push_back({.path = area + file + std::to_string(rng.below(100))});
  }
  return footprint;
}

/// So many files, a hundred to a directory.
Footprint large_change(std::uint64_t files) {
  Footprint footprint;
  for (std::uint64_t i = 0; i < files; ++i) {
    footprint.paths.push_back(
        {.path = "large/d" + std::to_string(i / 100) + "/f" + std::to_string(i)});
  }
  return footprint;
}

void add_to(ConflictGraph& graph, ChangeId id, const Footprint& footprint) {
  static const Prediction prediction;
  graph.add({id, footprint, prediction, {}, {}, {}, {}});
}

struct Pending {
  explicit Pending(std::uint64_t count)
      : areas(std::max<std::uint64_t>(1, count / changes_to_an_area)) {
    for (; next <= count; ++next) add_to(graph, ChangeId{next}, small_change(rng, areas));
  }
  Rng rng{1};
  ConflictGraph graph;
  std::uint64_t areas;
  std::uint64_t next = 1;
};

/// One change comes and the oldest goes, while so many are pending.
void BM_come_and_go(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  Pending pending(count);
  std::vector<Footprint> footprints;
  for (int i = 0; i < 4'096; ++i) footprints.push_back(small_change(pending.rng, pending.areas));
  std::uint64_t degrees = 0, rounds = 0;
  const auto step = [&] {
    const ChangeId id{pending.next};
    add_to(pending.graph, id, footprints[rounds % footprints.size()]);
    degrees += pending.graph.neighbours(id).size();
    pending.graph.remove(ChangeId{pending.next - count});
    ++pending.next;
    ++rounds;
  };
  while (rounds < 2 * count) step();  // until lists have the sizes that they keep
  degrees = rounds = 0;
  const std::uint64_t before = bench::allocations();
  for (auto _ : state) step();
  const auto each = static_cast<double>(rounds);
  state.counters["allocations"] = static_cast<double>(bench::allocations() - before) / each;
  state.counters["degree"] = static_cast<double>(degrees) / each;
}
BENCHMARK(BM_come_and_go)
    ->Arg(100)
    ->Arg(500)
    ->Arg(1'000)
    ->Arg(5'000)
    ->Iterations(20'000)
    ->Unit(benchmark::kMicrosecond);

/// A change that is out of the ordinary comes and goes, while 5,000 others are pending.
void come_and_go(benchmark::State& state, const Footprint& footprint) {
  Pending pending(5'000);
  const ChangeId id{pending.next};
  for (auto _ : state) {
    add_to(pending.graph, id, footprint);
    pending.graph.remove(id);
  }
}
void BM_global_change(benchmark::State& state) {
  Footprint toolchain;
  toolchain.paths.push_back({.path = "toolchain"});
  toolchain.global = true;
  come_and_go(state, toolchain);
}
BENCHMARK(BM_global_change)->Unit(benchmark::kMicrosecond);
void BM_large_change(benchmark::State& state) {
  come_and_go(state, large_change(static_cast<std::uint64_t>(state.range(0))));
}
BENCHMARK(BM_large_change)->Arg(1'000)->Arg(10'000)->Arg(50'000)->Unit(benchmark::kMicrosecond);

/// Nothing but pairs: the guarantee `exact`, where each change has an edge to each other one.
void BM_complete_graph(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  Rng rng(1);
  ConflictGraph graph(true);
  std::uint64_t next = 1;
  for (; next <= count; ++next) add_to(graph, ChangeId{next}, small_change(rng, 200));
  for (auto _ : state) {
    add_to(graph, ChangeId{next}, small_change(rng, 200));
    graph.remove(ChangeId{next - count});
    ++next;
  }
}
BENCHMARK(BM_complete_graph)->Arg(500)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mergeq
