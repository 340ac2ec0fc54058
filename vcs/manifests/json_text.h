/// JSON as people write it for tools, with comments and trailing commas, within limits. Private to
/// this folder.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace mergeq::vcs {

/// The object, or what was wrong and where.
tl::expected<nlohmann::json, std::string> parse_json_object(std::string_view content);

/// The member, or null.
const nlohmann::json& member(const nlohmann::json& object, const char* key);

/// The string there, or "" where there is none.
std::string string_of(const nlohmann::json& value);

/// Calls `use(const std::string&)` for each string of an array.
template <class Use>
void for_each_string(const nlohmann::json& array, const Use& use) {
  if (!array.is_array()) return;
  for (const nlohmann::json& element : array) {
    if (element.is_string()) use(element.get_ref<const std::string&>());
  }
}

}  // namespace mergeq::vcs
