/// What target hashes cost: after a change of 20 files, in graphs of 1,000 and 10,000 targets that
/// each need up to five others; and the first tree, with its manifests.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>
#include <set>

#include "scheduler/rng.h"
#include "tests/vcs/test_repository.h"
#include "vcs/repository.h"

namespace mergeq::vcs {
namespace {

/// Crates of ten files in two directories each; two changes of 20 files.
struct Workspace {
  explicit Workspace(std::int64_t targets) {
    test::Files files{{"Cargo.toml", "[workspace]\nmembers = [\"*/*\"]\n"}, {"Cargo.lock", "1\n"}};
    Rng rng(1);
    for (std::int64_t i = 0; i < targets; ++i) {
      files.emplace(place(i) + "/Cargo.toml", manifest(i, rng));
      for (int f = 0; f < 9; ++f) files.emplace(source(i, f), "fn main() {}\n");
    }
    trunk = {repository.tree(repository.commit("main", files))};
    for (int change = 0; change < changes; ++change) {
      test::Files touched;
      for (int f = 0; f < 20; ++f) {
        const auto target =
            static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(targets)));
        touched.emplace(source(target, f % 9), "fn main() { " + std::to_string(change) + " }\n");
      }
      const std::string branch = "change" + std::to_string(change);
      heads.push_back({repository.tree(repository.commit(branch, touched))});
    }
  }
  static const Workspace& of(std::int64_t targets) {
    static std::map<std::int64_t, Workspace> known;
    return known.try_emplace(targets, targets).first->second;
  }
  static std::string place(std::int64_t i) {
    return "area" + std::to_string(i / 100) + "/crate" + std::to_string(i);
  }
  static std::string source(std::int64_t i, int f) {
    return place(i) + (f < 4 ? "/src/file" : "/src/part/file") + std::to_string(f) + ".rs";
  }
  /// Needs up to five of those before it, most of them near.
  static std::string manifest(std::int64_t i, Rng& rng) {
    std::string text = "[package]\nname = \"crate" + std::to_string(i) + "\"\n[dependencies]\n";
    std::set<std::uint64_t> needs;
    for (int n = 0; n < 5 && i > 0; ++n) {
      const auto reach =
          static_cast<std::uint64_t>(rng.chance(0.9) ? std::min<std::int64_t>(i, 50) : i);
      needs.insert(static_cast<std::uint64_t>(i) - 1 - rng.below(reach));
    }
    for (const std::uint64_t need : needs) text += "crate" + std::to_string(need) + " = \"1\"\n";
    return text;
  }

  static constexpr int changes = 60;
  test::TestRepository repository;
  TreeId trunk;
  std::vector<TreeId> heads;
};

/// Each change is seen once; those before it are known, as in a queue.
void BM_new_targets(benchmark::State& state) {
  const Workspace& workspace = Workspace::of(state.range(0));
  const auto repository = open_repository(workspace.repository.path());
  (void)(*repository)->new_targets(workspace.trunk, workspace.heads.front(), {});
  std::size_t next = 1;
  std::size_t found = 0;
  for (auto _ : state) {
    const auto fresh = (*repository)->new_targets(workspace.trunk, workspace.heads[next++], {});
    if (!fresh) state.SkipWithError(fresh.error().message.c_str());
    found += fresh->size();
  }
  state.counters["targets"] =
      benchmark::Counter(static_cast<double>(found), benchmark::Counter::kAvgIterations);
}
BENCHMARK(BM_new_targets)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Iterations(Workspace::changes - 1)
    ->Unit(benchmark::kMillisecond);

void BM_first_tree(benchmark::State& state) {
  const Workspace& workspace = Workspace::of(state.range(0));
  for (auto _ : state) {
    const auto repository = open_repository(workspace.repository.path());
    benchmark::DoNotOptimize((*repository)->targets(workspace.trunk, {}));
  }
}
BENCHMARK(BM_first_tree)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mergeq::vcs
