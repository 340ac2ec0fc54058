#include "scheduler/rng.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>

using namespace mergeq;

TEST_SUITE("rng") {
  TEST_CASE("the same seed gives the same numbers on every platform") {
    Rng rng(42);
    CHECK(rng.bits() == 1546998764402558742ULL);
    CHECK(Rng(42) == Rng(42));
    CHECK_FALSE(Rng(42) == Rng(43));
  }
  TEST_CASE("a restored state goes on where it was saved") {
    Rng rng(7);
    rng.bits();
    Rng other(1);
    other.restore(rng.state());
    CHECK(other.bits() == rng.bits());
  }
  TEST_CASE("each bit of a word is set with the probability asked for") {
    Rng rng(3);
    for (const double p : {0.0, 0.03, 0.25, 0.5, 0.9, 1.0}) {
      int set = 0;
      for (int i = 0; i < 20'000; ++i) set += std::popcount(rng.word(p));
      CHECK(std::abs(set / (20'000.0 * 64) - p) < 0.002);
    }
  }
  TEST_CASE("distributions have the mean that they claim") {
    Rng rng(5);
    double normal = 0, squares = 0, exponential = 0, poisson = 0;
    constexpr int n = 200'000;
    for (int i = 0; i < n; ++i) {
      const double x = rng.normal();
      normal += x;
      squares += x * x;
      exponential += rng.exponential();
      poisson += rng.poisson(0.6);
    }
    CHECK(std::abs(normal / n) < 0.01);
    CHECK(std::abs(squares / n - 1) < 0.02);
    CHECK(std::abs(exponential / n - 1) < 0.02);
    CHECK(std::abs(poisson / n - 0.6) < 0.01);
  }
  TEST_CASE("below() never reaches its bound and leaves nothing out") {
    Rng rng(9);
    int seen[7] = {};
    for (int i = 0; i < 7'000; ++i) ++seen[rng.below(7)];
    for (const int count : seen) CHECK(count > 800);
  }
}
