#include "service/stack_index.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "scheduler/rng.h"
#include "tests/vcs/test_repository.h"

namespace mergeq::service {
namespace {

std::unique_ptr<vcs::Repository> opened(const test::TestRepository& repository) {
  auto result = vcs::open_repository(repository.path());
  REQUIRE_MESSAGE(result.has_value(), result.error().message);
  return std::move(*result);
}

/// A history of `count` commits c1, c2... with dates that say nothing about their order.
void make_history(const test::TestRepository& repository, Rng& rng, std::uint64_t count) {
  std::string stream;
  for (std::uint64_t i = 1; i <= count; ++i) {
    const std::string date = std::to_string(1'000'000'000 + rng.below(1'000'000'000));
    stream += "commit refs/heads/c" + std::to_string(i) + "\nmark :" + std::to_string(i) +
              "\ncommitter T <t@example.invalid> " + date + " +0000\ndata 1\nm\n";
    if (i > 1) {
      const std::uint64_t parent = 1 + rng.below(i - 1), other = 1 + rng.below(i - 1);
      stream += "from :" + std::to_string(parent) + "\n";
      if (other != parent && rng.chance(0.3)) stream += "merge :" + std::to_string(other) + "\n";
    }
    stream += "M 644 inline f\ndata 1\nx\n\n";
  }
  const std::string file = (repository.folder() / "stream").string();
  std::ofstream(file, std::ios::binary) << stream;
  repository.git("fast-import --quiet < " + test::TestRepository::quoted(file));
}

/// Changes in the graph, by hand.
struct Pending {
  QueueState state;
  void add(ChangeId id, const CommitId& head) {
    Change change;
    change.id = id;
    change.proposal.head = head;
    change.state = ChangeState::pending;
    state.changes.emplace(id, change);
    state.order.push_back(id);
  }
  void remove(ChangeId id) {
    state.changes.erase(id);
    std::erase(state.order, id);
  }
};

StackIndex::Place placed(StackIndex& index, const vcs::Repository& repository,
                         const Pending& pending, ChangeId id, const CommitId& head) {
  auto place = index.place(repository, pending.state, id, head);
  REQUIRE_MESSAGE(place.has_value(), place.error().message);
  return *place;
}

}  // namespace

TEST_SUITE("stack index") {
  TEST_CASE("it says what asking history for each pair says, whatever comes and goes") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      Rng rng(seed);
      const test::TestRepository repository;
      constexpr std::uint64_t commits = 40;
      make_history(repository, rng, commits);
      const auto vcs = opened(repository);
      const auto commit = [&](std::uint64_t n) {
        return CommitId{*repository.tip("c" + std::to_string(n))};
      };
      StackIndex index;
      Pending pending;
      pending.state.trunk.commit = commit(1 + rng.below(commits));
      for (std::uint64_t next = 1; next <= 40; ++next) {
        if (rng.chance(0.2)) pending.state.trunk.commit = commit(1 + rng.below(commits));
        if (rng.chance(0.3) && !pending.state.order.empty()) {
          pending.remove(pending.state.order[rng.below(pending.state.order.size())]);
        }
        const CommitId head = commit(1 + rng.below(commits));
        const auto is_below = [&](const CommitId& a, const CommitId& b) {
          return *vcs->is_ancestor(a, b);
        };
        if (is_below(head, pending.state.trunk.commit)) continue;
        const ChangeId id{next};
        const StackIndex::Place place = placed(index, *vcs, pending, id, head);
        for (const ChangeId other : pending.state.order) {
          const CommitId& theirs = pending.state.change(other).proposal.head;
          // Who is on the trunk already is nobody's lower part: there is nothing to wait for.
          if (is_below(theirs, pending.state.trunk.commit)) continue;
          const bool below = is_below(theirs, head);
          const bool above = !below && is_below(head, theirs);
          CHECK_MESSAGE(std::ranges::binary_search(place.needs, other) == below, "seed ", seed);
          CHECK_MESSAGE(std::ranges::binary_search(place.needed_by, other) == above, "seed ", seed);
        }
        pending.add(id, head);
      }
    }
  }

  TEST_CASE("a change with more commits than are kept is asked for instead") {
    test::TestRepository repository;
    std::string stream =
        "commit refs/heads/long\nmark :1\ncommitter T <t@example.invalid> 1 +0000\n"
        "data 1\nm\n";
    for (std::size_t i = 2; i <= StackIndex::commits_max + 10; ++i) {
      stream += "commit refs/heads/long\ncommitter T <t@example.invalid> " + std::to_string(i) +
                " +0000\ndata 1\nm\n";
      if (i == 50) stream += "\nreset refs/heads/short\nfrom refs/heads/long\n\n";
    }
    const std::string file = (repository.folder() / "stream").string();
    std::ofstream(file, std::ios::binary) << stream;
    repository.git("fast-import --quiet < " + test::TestRepository::quoted(file));
    const auto vcs = opened(repository);
    const CommitId long_head{*repository.tip("long")}, short_head{*repository.tip("short")};
    Pending pending;
    pending.state.trunk.commit = CommitId{*repository.tip("main")};
    StackIndex index;
    pending.add(ChangeId{1}, long_head);
    CHECK(placed(index, *vcs, pending, ChangeId{2}, short_head).needed_by ==
          std::vector{ChangeId{1}});
    pending.add(ChangeId{2}, short_head);
    CHECK(placed(index, *vcs, pending, ChangeId{3}, long_head).needs ==
          std::vector{ChangeId{1}, ChangeId{2}});
    CHECK(index.kept_commits() < 100);
  }

  TEST_CASE("an earlier revision below is stale, but not where a lower part contains it itself") {
    test::TestRepository repository;
    repository.commit("first", {{"f", "1\n"}});
    repository.branch("upper", "first");
    repository.commit("upper", {{"g", "1\n"}});
    repository.branch("top", "upper");
    repository.commit("top", {{"h", "1\n"}});
    repository.commit("second", {{"f", "2\n"}});
    const auto vcs = opened(repository);
    const auto head = [&](const char* branch) { return CommitId{*repository.tip(branch)}; };
    Pending pending;
    pending.state.trunk.commit = head("main");
    pending.add(ChangeId{1}, head("second"));
    pending.state.changes.at(ChangeId{1}).earlier_heads = {head("first")};
    StackIndex index;
    CHECK(placed(index, *vcs, pending, ChangeId{2}, head("upper")).stale_on == ChangeId{1});
    pending.add(ChangeId{2}, head("upper"));
    CHECK(placed(index, *vcs, pending, ChangeId{3}, head("top")).stale_on == ChangeId{});
    CHECK(placed(index, *vcs, pending, ChangeId{4}, head("second")).stale_on == ChangeId{});
  }
}

}  // namespace mergeq::service
