/// The policy of a queue: what its configuration says about deciding.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "scheduler/build.h"

namespace mergeq {

enum class Guarantee { independent, exact };
template <>
struct WireNames<Guarantee> {
  static constexpr std::array table{
      std::pair{Guarantee::independent, std::string_view("independent")},
      std::pair{Guarantee::exact, std::string_view("exact")},
  };
};

enum class Order { soft, strict };
template <>
struct WireNames<Order> {
  static constexpr std::array table{
      std::pair{Order::soft, std::string_view("soft")},
      std::pair{Order::strict, std::string_view("strict")},
  };
};

struct Policy {
  std::uint32_t slots = 8;         // 1 to 4096
  double slot_minute_price = 0.2;  // minutes of a developer's wait that a build minute is worth
  Guarantee guarantee = Guarantee::independent;
  Order order = Order::soft;
  bool every_commit_green =
      false;                      // members of a path land one by one, each with a build of its own
  std::vector<CheckSpec> checks;  // at least one
  std::uint32_t inconclusive_limit = 3;  // inconclusive builds in a row before a change is rejected
  std::uint32_t max_pending = 5000;      // a full queue refuses more
  Duration head_start = std::chrono::hours{1};  // what one step of priority is worth

  friend bool operator==(const Policy&, const Policy&) = default;
};

}  // namespace mergeq
