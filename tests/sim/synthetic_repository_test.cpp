#include "sim/synthetic_repository.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "tests/sim/fixtures.h"

using namespace mergeq;
using namespace mergeq::sim;

namespace {

std::vector<Member> members(std::size_t from, std::size_t to) {
  std::vector<Member> result;
  for (std::size_t i = from; i <= to; ++i) result.push_back(member({i}));
  return result;
}

}  // namespace

TEST_SUITE("synthetic repository") {
  TEST_CASE("equal sets of changes are equal trees, in whatever order and steps they came") {
    CHECK(rc::check([](std::uint64_t seed) {
      const Scenario scenario = make_scenario(small_workload(8), seed);
      SyntheticRepository one(scenario), other(scenario);
      auto all = members(1, 8);
      const TreeId tree = one.merge(one.trunk().commit, all).tree;
      one.land(all);
      std::reverse(all.begin(), all.end());
      for (const Member& m : all) other.land(std::vector{m});
      RC_ASSERT(one.trunk().tree == tree);
      RC_ASSERT(other.trunk().tree == tree);
      RC_ASSERT(other.trunk().commit != one.trunk().commit);
    }));
  }

  TEST_CASE("a merge's new targets are those that its members touch, ascending") {
    ByHand hand(4);
    const auto a = hand.comes(0, {0, 2});
    const auto b = hand.comes(1, {2, 3});
    SyntheticRepository repository(hand.scenario);
    const auto merged =
        repository.merge(repository.trunk().commit, std::vector{member(a), member(b)});
    std::vector<std::string> names;
    for (const auto& target : merged.new_targets) names.push_back(target.target);
    CHECK(names == std::vector<std::string>{"t0", "t2", "t3"});
  }

  TEST_CASE("a target's hash depends on those that touch it, and on nobody else") {
    ByHand hand(3);
    const auto a = hand.comes(0, {0});
    const auto b = hand.comes(0, {1});
    const auto c = hand.comes(0, {0, 2});
    SyntheticRepository repository(hand.scenario);
    const CommitId start = repository.trunk().commit;
    const auto alone = repository.merge(start, std::vector{member(a)}).new_targets;
    repository.land(std::vector{member(b)});
    CHECK(repository.merge(repository.trunk().commit, std::vector{member(a)}).new_targets == alone);
    repository.land(std::vector{member(c)});
    CHECK(repository.merge(repository.trunk().commit, std::vector{member(a)}).new_targets != alone);
    CHECK(repository.merge(start, std::vector{member(a)}).new_targets == alone);
  }

  TEST_CASE("a path judged before some of its members landed has the hashes of the rest after") {
    CHECK(rc::check([](std::uint64_t seed) {
      const Scenario scenario = make_scenario(small_workload(6), seed);
      SyntheticRepository repository(scenario);
      const auto judged = repository.merge(repository.trunk().commit, members(1, 6));
      repository.land(members(1, 3));
      const auto rest = repository.merge(repository.trunk().commit, members(4, 6));
      RC_ASSERT(rest.tree == judged.tree);
      RC_ASSERT(std::includes(judged.new_targets.begin(), judged.new_targets.end(),
                              rest.new_targets.begin(), rest.new_targets.end()));
    }));
  }
}
