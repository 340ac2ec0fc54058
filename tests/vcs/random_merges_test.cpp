// Random histories, merged by us and by the `git` program.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "scheduler/rng.h"
#include "tests/vcs/random_trees.h"
#include "tests/vcs/vcs_fixture.h"

namespace mergeq::vcs {
namespace {

using test::FastImport;
using test::RandomTrees;
using test::Tree;

/// One file of few different lines, edited here and there: many ways to align the sides.
class RandomTexts {
 public:
  explicit RandomTexts(std::uint64_t seed) : rng_(seed) {}

  Tree start() {
    different_ = 2 + rng_.below(8);
    // Now and then a line stands so often that no run of it is rare.
    const std::uint64_t lines = rng_.chance(0.1) ? 300 : 5 + rng_.below(60);
    lines_.clear();
    for (std::uint64_t i = 0; i < lines; ++i) lines_.push_back(line());
    return tree(lines_);
  }
  Tree changed(const Tree&) {
    std::vector<std::string> lines = lines_;
    for (std::uint64_t i = 1 + rng_.below(4); i > 0; --i) {
      const auto at = static_cast<std::ptrdiff_t>(rng_.below(lines.size() + 1));
      const auto count = std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(rng_.below(4)),
                                                  std::ssize(lines) - at);
      lines.erase(lines.begin() + at, lines.begin() + at + count);
      for (std::uint64_t n = rng_.below(4); n > 0; --n) lines.insert(lines.begin() + at, line());
    }
    return tree(lines);
  }

 private:
  std::string line() {
    // Now and then one that stands nowhere else.
    const std::uint64_t kind =
        rng_.chance(0.15) ? 100 + rng_.below(100'000) : rng_.below(different_);
    return "line " + std::to_string(kind) + "\n";
  }
  Tree tree(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& each : lines) text += each;
    if (!text.empty() && rng_.chance(0.1)) text.pop_back();  // no newline at the end
    return {{"f", {"100644", text}}, {"g", {"100644", "always there\n"}}};
  }

  Rng rng_;
  std::uint64_t different_ = 2;
  std::vector<std::string> lines_;
};

/// By case: the tree of a clean merge, or "" for a conflict.
std::vector<std::string> merged_by_git(const TestRepository& repository, int cases) {
  std::string pairs;
  for (int i = 0; i < cases; ++i) {
    const std::string n = std::to_string(i);
    pairs += n + "-ours " + n + "-theirs\n";
  }
  const std::string file = (repository.folder() / "pairs").string();
  std::ofstream(file) << pairs;
  // Each merge: status NUL tree NUL, with more behind for a conflict, then NUL.
  const std::string answer = repository.git("merge-tree --write-tree --stdin --no-messages < " +
                                            file + " | tr '\\0' '\\n'");
  std::vector<std::string> trees;
  std::stringstream lines(answer + "\n");
  for (std::string line, status; std::getline(lines, line);) {
    if (line == "0" || line == "1") {
      status = line;
      std::getline(lines, line);
      trees.push_back(status == "1" ? line : "");
    }
  }
  return trees;
}

/// The commits of all branches.
std::map<std::string, std::string> tips(const TestRepository& repository) {
  std::stringstream lines(
      repository.git("for-each-ref --format='%(refname:lstrip=2) %(objectname)' refs/heads/"));
  std::map<std::string, std::string> tips;
  for (std::string branch, commit; lines >> branch >> commit;) tips[branch] = commit;
  return tips;
}

std::uint64_t seed() {
  const char* given = std::getenv("MERGEQ_SEED");
  return given == nullptr ? 20'261'125 : std::strtoull(given, nullptr, 16);
}

struct Tally {
  int clean = 0;     // for both
  int stricter = 0;  // clean for git only
};

/// Merges `cases` random pairs both ways; checks that what is clean for us is git's tree.
template <class Random>
Tally compare_with_git(Random random, int cases) {
  TestRepository repository;
  FastImport import;
  for (int i = 0; i < cases; ++i) {
    const std::string n = std::to_string(i);
    const Tree base = random.start();
    import.add(n + "-base", base, "");
    import.add(n + "-ours", random.changed(base), n + "-base");
    import.add(n + "-theirs", random.changed(base), n + "-base");
  }
  import.run(repository);
  const std::vector<std::string> expected = merged_by_git(repository, cases);
  REQUIRE(std::ssize(expected) == cases);

  std::map<std::string, std::string> commits = tips(repository);
  const auto vcs = opened(repository);
  INFO("MERGEQ_SEED=", seed());
  Tally tally;
  for (int i = 0; i < cases; ++i) {
    const std::string n = std::to_string(i);
    MergeRequest request{.base = {commits[n + "-ours"]}};
    request.members = {{ChangeId{1}, 1, {commits[n + "-theirs"]}}};
    const MergeOutcome outcome = value_of(vcs->merge(request));
    const std::string tree = outcome.merged ? outcome.merged->tree.hex : "";
    tally.clean += tree.empty() ? 0 : 1;
    const std::string& wanted = expected[static_cast<std::size_t>(i)];
    if (tree.empty() && !wanted.empty()) {
      ++tally.stricter;
    } else {
      CHECK_MESSAGE(tree == wanted, "case ", i);
    }
  }
  MESSAGE(tally.clean, " of ", cases, " clean, ", tally.stricter, " clean for git only");
  CHECK(tally.clean > cases / 5);
  CHECK(tally.clean < cases * 9 / 10);
  return tally;
}

}  // namespace

TEST_SUITE("random merges") {
  TEST_CASE("random trees have git's verdict and, where it is clean, git's tree") {
    constexpr int cases = 300;
    // A type change against a rename onto an addition: git drops one of the files, we do not.
    CHECK(compare_with_git(RandomTrees(seed()), cases).stricter * 100 <= cases);
  }
  TEST_CASE("texts whose lines repeat merge as git merges them, to the byte") {
    CHECK(compare_with_git(RandomTexts(seed()), 400).stricter == 0);
  }
}

}  // namespace mergeq::vcs
