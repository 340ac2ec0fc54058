#include "sim/referee.h"

#include <doctest/doctest.h>

#include "tests/sim/fixtures.h"

using namespace mergeq;
using namespace mergeq::sim;

namespace {

/// Three changes on one target, of which every pair breaks together; and a fourth elsewhere, bad
/// alone.
Scenario four_changes() {
  ByHand hand(2);
  hand.scenario.conflict.real_target = 1.0;
  for (int i = 0; i < 3; ++i) hand.comes(i, {0});
  hand.comes_bad(3, {1});
  return hand.scenario;
}

struct Ground {
  Ground() {
    for (std::uint64_t i = 1; i <= 4; ++i) truth.came({i});
  }
  void lands(const std::vector<Member>& members) {
    referee.landing(members);
    repository.land(members);
  }
  void ends(ChangeId id, ChangeState state) {
    Change change;
    change.id = id;
    change.state = state;
    change.finished_at = Instant{from_minutes(5)};
    referee.finished(change);
  }

  const Scenario scenario = four_changes();
  Truth truth{scenario};
  SyntheticRepository repository{scenario};
  Referee referee{truth, repository, 2};
};

}  // namespace

TEST_SUITE("referee") {
  TEST_CASE("a good change on a trunk with which it does not break is no red landing") {
    Ground ground;
    ground.lands({member({1})});
    CHECK(ground.referee.red_landings() == 0);
  }

  TEST_CASE("a change that is bad alone is a red landing") {
    Ground ground;
    ground.lands({member({4})});
    CHECK(ground.referee.red_landings() == 1);
  }

  TEST_CASE("a change that breaks with one that landed before it is a red landing") {
    Ground ground;
    ground.lands({member({1})});
    ground.lands({member({2})});
    CHECK(ground.referee.red_landings() == 1);
  }

  TEST_CASE("two members of one landing that break together are a red landing") {
    Ground ground;
    ground.lands({member({1}), member({2})});
    CHECK(ground.referee.red_landings() == 1);
  }

  TEST_CASE("to reject a change that could have landed is wrongful") {
    Ground ground;
    ground.ends({1}, ChangeState::rejected);
    CHECK(ground.referee.wrongful_rejections() == 1);
  }

  TEST_CASE("to reject a change that is bad, or breaks with what landed, is right") {
    Ground ground;
    ground.ends({4}, ChangeState::rejected);
    ground.lands({member({1})});
    ground.ends({2}, ChangeState::rejected);
    CHECK(ground.referee.wrongful_rejections() == 0);
    CHECK(ground.referee.rejected() == 2);
  }

  TEST_CASE("a change that ends is counted once, however often that is reported") {
    Ground ground;
    ground.lands({member({1})});
    ground.ends({1}, ChangeState::landed);
    ground.ends({1}, ChangeState::landed);
    CHECK(ground.referee.landed() == 1);
    CHECK(ground.referee.turnarounds_min() == std::vector{5.0});
    CHECK(ground.referee.is_finished({1}));
    CHECK(!ground.referee.is_finished({2}));
  }
}

TEST_SUITE("truth of a build") {
  TEST_CASE(
      "a build passes if all members are good and no two of tree and members break together") {
    Ground ground;
    const auto passes = [&](std::size_t landed, std::vector<Member> members) {
      return passes_in_truth(ground.truth, ground.repository, landed, members);
    };
    CHECK(passes(0, {member({1})}));
    CHECK(!passes(0, {member({4})}));
    CHECK(!passes(0, {member({1}), member({4})}));
    CHECK(!passes(0, {member({1}), member({2})}));
    ground.lands({member({1})});
    CHECK(passes(0, {member({2})}));
    CHECK(!passes(1, {member({2})}));
  }
}
