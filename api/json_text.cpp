#include "api/json_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/text.h"

namespace mergeq::api {
namespace {

/// How deep brackets are nested outside of strings; wrong for what is not JSON, and never too
/// small.
std::size_t depth_of(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Result<nlohmann::json> parse_json(std::string_view body) {
  if (body.empty()) return fail(ErrorCode::invalid, "The body is empty; JSON was expected.");
  if (!is_utf8(body)) {
    return fail(ErrorCode::invalid, "The body is not UTF-8, as JSON has to be.");
  }
  if (depth_of(body) > json_depth_limit) {
    return fail(ErrorCode::invalid, "The body is nested more than " +
                                        std::to_string(json_depth_limit) + " levels deep.");
  }
  try {
    return nlohmann::json::parse(body);
  } catch (const nlohmann::json::parse_error& e) {
    return fail(ErrorCode::invalid,
                "The body is not JSON: wrong at byte " + std::to_string(e.byte) + ".");
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorCode::invalid, "The body holds a number that is out of range.");
  }
}

std::string json_text(const nlohmann::json& document) {
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace mergeq::api
