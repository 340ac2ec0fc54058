// Which pairs of changes are tried against one another: all that can fail to merge, and few more.
#include <cstdlib>
#include <set>

#include "scheduler/conflict_graph.h"
#include "tests/vcs/random_trees.h"
#include "tests/vcs/vcs_fixture.h"

namespace mergeq::vcs {
namespace {

using test::FastImport;
using test::RandomTrees;
using test::Tree;

constexpr int changes = 5;  // of one history

std::uint64_t seed() {
  const char* given = std::getenv("MERGEQ_SEED");
  return given == nullptr ? 20'261'125 : std::strtoull(given, nullptr, 16);
}

struct Counts {
  int pairs = 0, clashing = 0, candidates = 0, missed = 0;
};

class Histories {
 public:
  /// `bases`: how many trunk commits there are, from which the changes are made in turn.
  Histories(int count, int bases) : count_(count) {
    FastImport import;
    RandomTrees random(seed() + static_cast<std::uint64_t>(bases));
    for (int h = 0; h < count; ++h) {
      const std::string name = std::to_string(h);
      std::vector<Tree> trunk{random.start()};
      import.add(name + "-t0", trunk.front(), "");
      for (int i = 1; i < bases; ++i) {
        trunk.push_back(random.changed(trunk.back()));
        import.add(name + "-t" + std::to_string(i), trunk.back(),
                   name + "-t" + std::to_string(i - 1));
      }
      for (int i = 0; i < changes; ++i) {
        const int base = i % bases;
        import.add(name + "-c" + std::to_string(i),
                   random.changed(trunk[static_cast<std::size_t>(base)]),
                   name + "-t" + std::to_string(base));
      }
      last_ = "-t" + std::to_string(bases - 1);
    }
    import.run(repository_);
    vcs_ = opened(repository_);
    std::stringstream lines(
        repository_.git("for-each-ref --format='%(refname:lstrip=2) %(objectname)' refs/heads/"));
    for (std::string branch, commit; lines >> branch >> commit;) tips_[branch] = commit;
  }

  Counts count() {
    Counts counts;
    for (int h = 0; h < count_; ++h) count(std::to_string(h), counts);
    return counts;
  }

 private:
  /// As the queue does it: only what merges with the trunk gets into the graph.
  void count(const std::string& name, Counts& counts) {
    const CommitId trunk{tips_.at(name + last_)};
    ConflictGraph graph;
    for (std::uint64_t i = 0; i < changes; ++i) {
      const CommitId head{tips_.at(name + "-c" + std::to_string(i))};
      if (value_of(vcs_->heads_conflict(trunk, head))) continue;
      const Footprint footprint = value_of(vcs_->footprint(trunk, head, {}));
      const std::vector<ChangeId> candidates = graph.sharing_path(footprint);
      for (const auto& [other, other_head] : heads_) {
        if (!graph.contains(other)) continue;
        const bool is_candidate = std::ranges::binary_search(candidates, other);
        const bool clashes = value_of(vcs_->heads_conflict(other_head, head));
        ++counts.pairs;
        counts.clashing += clashes ? 1 : 0;
        counts.candidates += is_candidate ? 1 : 0;
        counts.missed += clashes && !is_candidate ? 1 : 0;
      }
      graph.add({ChangeId{i + 1}, footprint, {}, {}, {}, {}, {}});
      heads_[ChangeId{i + 1}] = head;
    }
    heads_.clear();
  }

  int count_;
  std::string last_;
  TestRepository repository_;
  std::unique_ptr<Repository> vcs_;
  std::map<std::string, std::string> tips_;
  std::map<ChangeId, CommitId> heads_;
};

}  // namespace

TEST_SUITE("conflict candidates") {
  TEST_CASE("whichever two changes do not merge, they are candidates") {
    INFO("MERGEQ_SEED=", seed());
    const Counts counts = Histories(120, 1).count();
    MESSAGE(counts.pairs, " pairs, ", counts.clashing, " clash, ", counts.candidates,
            " candidates");
    CHECK(counts.missed == 0);
    CHECK(counts.clashing > counts.pairs / 20);
    CHECK(counts.candidates < counts.pairs);
  }
  // What the trunk renamed in between has another name for one of the two. The landing finds these.
  TEST_CASE("few are missed where they were made from different commits of a trunk that renames") {
    INFO("MERGEQ_SEED=", seed());
    const Counts counts = Histories(120, 3).count();
    MESSAGE(counts.pairs, " pairs, ", counts.clashing, " clash, ", counts.candidates,
            " candidates, ", counts.missed, " missed");
    CHECK(counts.missed * 20 <= counts.clashing);
  }
  TEST_CASE("a directory that was renamed meets what is added to it") {
    TestRepository repository;
    repository.commit("main", {{"old/a", "1\n2\n3\n"}, {"old/b", "4\n5\n6\n"}});
    repository.commit(
        "renames",
        {{"old/a", removed}, {"old/b", removed}, {"new/a", "1\n2\n3\n"}, {"new/b", "4\n5\n6\n"}});
    repository.commit("adds", {{"old/c", "7\n"}});
    const auto vcs = opened(repository);
    const CommitId trunk{*repository.tip("main")};
    const CommitId renames{*repository.tip("renames")}, adds{*repository.tip("adds")};
    REQUIRE(value_of(vcs->heads_conflict(renames, adds)));
    const Footprint footprint = value_of(vcs->footprint(trunk, renames, {}));
    CHECK(footprint.gone_directories == std::vector<std::string>{"old"});
    ConflictGraph graph;
    graph.add({{1}, footprint, {}, {}, {}, {}, {}});
    CHECK(graph.sharing_path(value_of(vcs->footprint(trunk, adds, {}))) ==
          std::vector<ChangeId>{{1}});
  }
  TEST_CASE("a directory that only loses some of its files is not gone") {
    TestRepository repository;
    repository.commit("main",
                      {{"d/a", "1\n"}, {"d/e/b", "2\n"}, {"d/e/c", "3\n"}, {"f/g/h", "4\n"}});
    repository.commit("a", {{"d/e/b", removed}});
    repository.commit("b", {{"d/e/b", removed}, {"d/e/c", removed}, {"f/g/h", removed}});
    repository.commit("c", {{"f/g/h", removed}, {"f", "a file\n"}});
    const auto vcs = opened(repository);
    const CommitId trunk{*repository.tip("main")};
    const auto gone = [&](const std::string& branch) {
      return value_of(vcs->footprint(trunk, {*repository.tip(branch)}, {})).gone_directories;
    };
    CHECK(gone("a").empty());
    CHECK(gone("b") == std::vector<std::string>{"d/e", "f"});
    CHECK(gone("c") == std::vector<std::string>{"f"});
  }
}

}  // namespace mergeq::vcs
