#include "sim/outcome_model.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>

using namespace mergeq;
using namespace mergeq::sim;

TEST_SUITE("outcome model") {
  TEST_CASE("the mean chance of being good is the one that was asked for, whatever the spread") {
    for (const double spread : {0.0, 0.5, 1.8, 4.0}) {
      for (const double mean : {0.5, 0.88, 0.97}) {
        OutcomeModel model;
        model.success = {.mean = mean, .spread = spread, .noise = 0.6, .bias = 0.0};
        const OutcomeDraw draw(model);
        Rng rng(7);
        int good = 0;
        constexpr int n = 20'000;
        for (int i = 0; i < n; ++i) good += draw.draw(rng).good ? 1 : 0;
        CAPTURE(mean);
        CAPTURE(spread);
        CHECK(std::abs(static_cast<double>(good) / n - mean) < 0.012);  // five standard deviations
      }
    }
  }

  TEST_CASE("build times stay between their ends, and predictions inside (0, 1)") {
    CHECK(rc::check([](std::uint64_t seed) {
      OutcomeModel model;
      model.success.noise = 20.0;
      model.duration.sigma = 3.0;
      const OutcomeDraw draw(model);
      Rng rng(seed);
      for (int i = 0; i < 50; ++i) {
        const Outcome outcome = draw.draw(rng);
        RC_ASSERT(outcome.build_time >= from_minutes(model.duration.min_min));
        RC_ASSERT(outcome.build_time <= from_minutes(model.duration.max_min));
        RC_ASSERT(outcome.prediction.success > 0.0);
        RC_ASSERT(outcome.prediction.success < 1.0);
        RC_ASSERT(outcome.prediction.build_time_s > 0.0);
      }
    }));
  }

  TEST_CASE("under the cost tree all builds take about the same time") {
    OutcomeModel model;
    model.cost = CostModel::tree;
    const OutcomeDraw draw(model);
    Rng rng(3);
    double sum = 0.0, squares = 0.0;
    constexpr int n = 5000;
    for (int i = 0; i < n; ++i) {
      const double log_min = std::log(minutes(draw.draw(rng).build_time));
      sum += log_min;
      squares += log_min * log_min;
    }
    const double mean = sum / n;
    CHECK(std::exp(mean) == doctest::Approx(27.0).epsilon(0.02));
    CHECK(std::sqrt(squares / n - mean * mean) == doctest::Approx(tree_sigma).epsilon(0.05));
  }
}
