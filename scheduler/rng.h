/// Random numbers that are the same on every platform and part of the state that is saved.
#pragma once

#include <array>
#include <cstdint>

namespace mergeq {

/// xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018),
/// seeded by splitmix64. Not for secrets. The distributions are our own, since those of <random>
/// differ between libraries.
class Rng {
 public:
  explicit Rng(std::uint64_t seed = 1);

  std::uint64_t bits();
  /// Uniform in [0, 1).
  double uniform();
  /// Uniform in 0 .. n-1. Requires n > 0.
  std::uint64_t below(std::uint64_t n);
  bool chance(double p) { return uniform() < p; }
  /// Standard normal (Box and Muller, one value a call).
  double normal();
  /// Mean 1.
  double exponential();
  /// Poisson by multiplication (Knuth); for means up to about 30.
  unsigned poisson(double mean);
  /// 64 coin flips at once, each bit set with probability p (to 1 in 2^32).
  std::uint64_t word(double p);

  using State = std::array<std::uint64_t, 4>;
  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }
  friend bool operator==(const Rng&, const Rng&) = default;

 private:
  State state_;
};

}  // namespace mergeq
