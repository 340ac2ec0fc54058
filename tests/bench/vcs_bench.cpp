/// What git costs: a footprint and a merge of a small change in repositories of several sizes.
#include <benchmark/benchmark.h>

#include "tests/vcs/test_repository.h"
#include "vcs/repository.h"

namespace mergeq::vcs {
namespace {

/// `files` files in directories of 100; branches "a" and "b" change two of them each.
struct Monorepo {
  explicit Monorepo(std::int64_t files) {
    test::Files all;
    for (std::int64_t i = 0; i < files; ++i)
      all.emplace(name(i), "line\n" + std::to_string(i) + "\n");
    trunk = {repository.commit("main", all)};
    a = {repository.commit("a", {{name(1), "a\n"}, {name(files / 2), "a\n"}})};
    b = {repository.commit("b", {{name(2), "b\n"}, {name(files - 1), "b\n"}})};
  }
  /// Made once for each size.
  static const Monorepo& of(std::int64_t files) {
    static std::map<std::int64_t, Monorepo> known;
    return known.try_emplace(files, files).first->second;
  }
  static std::string name(std::int64_t i) {
    return "area" + std::to_string(i / 10'000) + "/part" + std::to_string(i / 100) + "/file" +
           std::to_string(i);
  }

  test::TestRepository repository;
  CommitId trunk, a, b;
};

void BM_footprint(benchmark::State& state) {
  const Monorepo& monorepo = Monorepo::of(state.range(0));
  const auto repository = open_repository(monorepo.repository.path());
  for (auto _ : state) {
    benchmark::DoNotOptimize((*repository)->footprint(monorepo.trunk, monorepo.a, {}));
  }
}
BENCHMARK(BM_footprint)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

/// Trees and commits are written too, each synced to disk.
void BM_merge(benchmark::State& state) {
  const Monorepo& monorepo = Monorepo::of(state.range(0));
  const auto repository = open_repository(monorepo.repository.path());
  std::int64_t at = 0;
  for (auto _ : state) {
    const MergeRequest request{.base = monorepo.a,
                               .members = {{ChangeId{1}, 1, monorepo.b}},
                               .committer = {"A Tester", "tester@example.invalid"},
                               .at = Instant{Duration{++at * 1'000}},
                               .messages = {"merged\n"}};
    if (!(*repository)->merge(request)) state.SkipWithError("does not merge");
  }
}
BENCHMARK(BM_merge)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mergeq::vcs
