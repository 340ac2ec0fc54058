#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "scheduler/prediction/predictor.h"
#include "tests/scheduler/queue_fixture.h"

using namespace mergeq;
using mergeq::testing::touches;

namespace {

const Footprint lib = touches({"lib"});
const Footprint app = touches({"app"});

void learn(Predictor& p, const std::string& author, const Footprint& f, bool passed, int times,
           double time_s = 60.0) {
  for (int i = 0; i < times; ++i) {
    p.learn({.author = author, .footprint = f, .alone = true, .passed = passed, .time_s = time_s});
  }
}
double success(const Predictor& p, const std::string& author, const Footprint& f) {
  return p.predict({.author = author, .footprint = f}).success;
}

}  // namespace

TEST_SUITE("prior") {
  TEST_CASE("it serves before anything is known, with odds between 0 and 1") {
    const auto p = make_prior_predictor();
    const Prediction first = p->predict({.author = "ana", .footprint = lib});
    CHECK(first.success > 0.5);
    CHECK(first.success < 1.0);
    CHECK(first.build_time_s > 0.0);
  }
  TEST_CASE("it learns who breaks things, and a stranger stays near the queue's rate") {
    const auto p = make_prior_predictor();
    learn(*p, "ana", lib, true, 40);
    learn(*p, "bo", app, false, 40);
    CHECK(success(*p, "bo", app) < 0.2);
    CHECK(success(*p, "ana", lib) > 0.9);
    CHECK(std::abs(success(*p, "new", touches({"other"})) - 0.53) < 0.1);
  }
  TEST_CASE("one failure of a newcomer moves little") {
    const auto p = make_prior_predictor();
    learn(*p, "ana", lib, true, 100);
    const double before = success(*p, "new", app);
    learn(*p, "new", app, false, 1);
    CHECK(success(*p, "new", app) > before - 0.35);
  }
  TEST_CASE("odds stay within 0.01 and 0.99 however much was seen") {
    const auto p = make_prior_predictor();
    learn(*p, "ana", lib, true, 10'000);
    learn(*p, "bo", app, false, 10'000);
    CHECK(success(*p, "ana", lib) <= 0.99);
    CHECK(success(*p, "bo", app) >= 0.01);
  }
  TEST_CASE("the order of what it sees matters not") {
    const auto one = make_prior_predictor();
    const auto other = make_prior_predictor();
    learn(*one, "ana", lib, true, 30, 20.0);
    learn(*one, "bo", app, false, 10, 200.0);
    learn(*other, "bo", app, false, 10, 200.0);
    learn(*other, "ana", lib, true, 30, 20.0);
    const Prediction a = one->predict({.author = "ana", .footprint = lib});
    const Prediction b = other->predict({.author = "ana", .footprint = lib});
    CHECK(std::abs(a.success - b.success) < 1e-9);
    CHECK(std::abs(a.build_time_s - b.build_time_s) < 1e-6);
  }
  TEST_CASE("a target's builds take the time that its builds took") {
    const auto p = make_prior_predictor();
    learn(*p, "ana", lib, true, 50, 10.0);
    learn(*p, "ana", app, true, 50, 1'000.0);
    CHECK(p->predict({.author = "ana", .footprint = lib}).build_time_s < 30.0);
    CHECK(p->predict({.author = "ana", .footprint = app}).build_time_s > 500.0);
  }
  TEST_CASE("a target that was never built takes the time that its language takes") {
    const auto p = make_prior_predictor();
    Footprint slow = touches({"lib"});
    slow.languages = {"Kotlin"};
    learn(*p, "ana", slow, true, 50, 1'000.0);
    learn(*p, "ana", app, true, 50, 10.0);
    Footprint unseen = touches({"new"});
    unseen.languages = {"Kotlin"};
    CHECK(p->predict({.author = "ana", .footprint = unseen}).build_time_s > 500.0);
    unseen.languages = {"Swift"};
    CHECK(p->predict({.author = "ana", .footprint = unseen}).build_time_s < 500.0);
  }
  TEST_CASE("paths that fail because changes are bad teach no conflicts") {
    const auto p = make_prior_predictor();
    learn(*p, "bo", app, false, 40);
    for (int i = 0; i < 200; ++i) {  // half of them fail; alone, more of its changes do
      p->learn({.author = "bo", .footprint = app, .alone = false, .passed = i % 2 == 0});
    }
    CHECK(p->predict({.author = "bo", .footprint = app}).conflict_target < 0.05);
  }
  TEST_CASE("paths that fail although their changes are good teach conflicts") {
    const auto p = make_prior_predictor();
    learn(*p, "ana", lib, true, 400);
    for (int i = 0; i < 400; ++i) {
      p->learn({.author = "ana", .footprint = lib, .alone = false, .passed = i % 4 != 0});
    }
    CHECK(p->predict({.author = "ana", .footprint = lib}).conflict_target > 0.15);
  }
  TEST_CASE("what was saved predicts the same") {
    const auto p = make_prior_predictor();
    learn(*p, "ana", lib, true, 7, 33.0);
    learn(*p, "bo", app, false, 3, 44.0);
    Footprint code = touches({"new"});
    code.languages = {"Java"};
    learn(*p, "ana", code, true, 3, 55.0);
    const auto other = make_prior_predictor();
    other->load(nlohmann::json::parse(p->save().dump()));
    CHECK(other->save() == p->save());
    CHECK(other->predict({.author = "bo", .footprint = lib}) ==
          p->predict({.author = "bo", .footprint = lib}));
  }
}
