/// JSON from strangers and JSON for them.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "scheduler/result.h"

namespace mergeq::api {

inline constexpr std::size_t json_depth_limit = 32;

/// `invalid`, saying where: not JSON, not UTF-8, nested deeper than the limit, a number that no
/// double holds. Of equal keys the last counts.
Result<nlohmann::json> parse_json(std::string_view body);

/// On one line; bytes that are not UTF-8 become U+FFFD. Never fails.
std::string json_text(const nlohmann::json& document);

}  // namespace mergeq::api
