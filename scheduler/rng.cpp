#include "scheduler/rng.h"

#include <bit>
#include <cmath>
#include <numbers>

#include "scheduler/invariant.h"

namespace mergeq {

Rng::Rng(std::uint64_t seed) {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    word = z ^ (z >> 31);
  }
}

std::uint64_t Rng::bits() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Rng::uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

std::uint64_t Rng::below(std::uint64_t n) {
  MERGEQ_INVARIANT(n > 0, "below() needs at least one value to choose from");
  const std::uint64_t limit = ~std::uint64_t{0} - ~std::uint64_t{0} % n;
  std::uint64_t value = bits();
  while (value >= limit) value = bits();
  return value % n;
}

double Rng::normal() {
  const double u = 1.0 - uniform();
  const double v = uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

double Rng::exponential() { return -std::log(1.0 - uniform()); }

unsigned Rng::poisson(double mean) {
  const double limit = std::exp(-mean);
  unsigned count = 0;
  for (double product = uniform(); product > limit; product *= uniform()) ++count;
  return count;
}

std::uint64_t Rng::word(double p) {
  // Bit by bit of p's binary expansion, from the least significant: AND with a fair word halves the
  // chance, OR halves the distance to one.
  if (p <= 0.0) return 0;
  if (p >= 1.0) return ~std::uint64_t{0};
  const auto fraction = static_cast<std::uint64_t>(p * 0x1.0p32);
  std::uint64_t word = 0;
  for (int i = std::countr_zero(fraction | (std::uint64_t{1} << 32)); i < 32; ++i) {
    const std::uint64_t fair = bits();
    word = (fraction >> i) & 1 ? word | fair : word & fair;
  }
  return word;
}

}  // namespace mergeq
