/// Cursors of lists: opaque, bound to the list that they came from, and self-checking, so that one
/// that was cut off, altered or taken from another list is told from a good one. They survive
/// restarts and hold no secret: who forges one gets another page of what he may read anyway.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mergeq::api {

/// `list` names the list and its filter: "changes", queue, states, author...
std::string make_cursor(std::string_view list, std::uint64_t before);

/// Nothing if it is not a cursor of this list.
std::optional<std::uint64_t> read_cursor(std::string_view list, std::string_view cursor);

}  // namespace mergeq::api
