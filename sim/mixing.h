/// Hashes of the simulator: fast, the same on every platform, and no defence against anybody.
#pragma once

#include <cstdint>
#include <string>

namespace mergeq::sim {

/// The finaliser of splitmix64 (Steele, Lea and Flood, 2014): a bijection that looks random.
constexpr std::uint64_t mixed(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}
constexpr std::uint64_t mixed(std::uint64_t a, std::uint64_t b) { return mixed(mixed(a) ^ b); }

/// 15 hexadecimal digits: as many as a std::string holds without allocating. Among a million values
/// two are equal by chance once in two million runs.
inline std::string short_hex(std::uint64_t value) {
  std::string text(15, '0');
  for (std::size_t i = 15; i-- > 0; value >>= 4) text[i] = "0123456789abcdef"[value & 15];
  return text;
}

}  // namespace mergeq::sim
