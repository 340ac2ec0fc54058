#include "scheduler/verdict_store.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <vector>

using namespace mergeq;

namespace {
const TreeId tree{"t1"};
const std::vector<TargetHash> targets{{"app", "1"}, {"lib", "2"}};
}  // namespace

TEST_SUITE("verdict store") {
  TEST_CASE("a passed tree passes its new hashes, a failed one says nothing about any of them") {
    VerdictStore store;
    store.record_tree("unit", tree, targets, {false, BuildId{1}});
    CHECK_FALSE(store.of_target("unit", targets[0]));
    store.record_tree("unit", tree, targets, {true, BuildId{2}});
    CHECK(store.of_target("unit", targets[0])->build == BuildId{2});
    CHECK(store.of_tree("unit", tree)->passed);
  }
  TEST_CASE("a verdict of one check says nothing about another") {
    VerdictStore store;
    store.record_tree("unit", tree, targets, {true, BuildId{1}});
    CHECK_FALSE(store.of_tree("lint", tree));
    CHECK_FALSE(store.of_target("lint", targets[0]));
  }
  TEST_CASE("a failure is of the very set of hashes, since it does not say which of them") {
    VerdictStore store;
    store.record_targets("unit", targets, {false, BuildId{1}});
    CHECK_FALSE(store.of_targets("unit", targets)->passed);
    CHECK_FALSE(store.of_targets("unit", std::vector{targets[0]}));
    CHECK_FALSE(store.of_target("unit", targets[0]));
  }
  TEST_CASE("trimming keeps the newest builds' verdicts") {
    VerdictStore store;
    for (std::uint64_t i = 1; i <= 10; ++i) {
      store.record_tree("unit", TreeId{std::to_string(i)}, {}, {true, BuildId{i}});
    }
    store.trim(3);
    CHECK(store.size() == 3);
    CHECK(store.of_tree("unit", TreeId{"10"}));
    CHECK_FALSE(store.of_tree("unit", TreeId{"7"}));
  }
  TEST_CASE("what was saved loads as it was") {
    VerdictStore store;
    store.record_tree("unit", tree, targets, {true, BuildId{1}});
    store.record_targets("lint", targets, {false, BuildId{2}});
    VerdictStore other;
    other.load(nlohmann::json::parse(store.save().dump()));
    CHECK(other == store);
  }
}
