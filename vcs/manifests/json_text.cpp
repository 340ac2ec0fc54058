#include "vcs/manifests/json_text.h"

#include <optional>

#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

using Json = nlohmann::json;

/// The end of the string or comment that begins at `at`; `at` itself where none does.
std::size_t skipped(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with('"')) {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == '"') {
        return i + 1;
      }
    }
    return text.size();
  }
  const bool is_line = rest.starts_with("//");
  if (!is_line && !rest.starts_with("/*")) return at;
  const std::size_t end = text.find(is_line ? "\n" : "*/", at + 2);
  if (end == std::string_view::npos) return text.size();
  return is_line ? end : end + 2;
}

/// Plain JSON: comments and trailing commas blanked. Nothing where it is too deep.
std::optional<std::string> plain_json(std::string_view content) {
  std::string text(content);
  std::size_t depth = 0;
  std::size_t comma = std::string::npos;  // one with nothing but space behind it
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (const std::size_t end = skipped(content, i); end != i) {
      if (c == '"') comma = std::string::npos;
      for (; i < end; ++i) {
        if (c == '/' && text[i] != '\n') text[i] = ' ';
      }
      continue;
    }
    if (c == '{' || c == '[') {
      if (++depth > manifest_depth_max) return std::nullopt;
    } else if (c == '}' || c == ']') {
      if (comma != std::string::npos) text[comma] = ' ';
      if (depth > 0) --depth;
    }
    if (c == ',') {
      comma = i;
    } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      comma = std::string::npos;
    }
    ++i;
  }
  return text;
}

}  // namespace

tl::expected<Json, std::string> parse_json_object(std::string_view content) {
  const std::optional<std::string> text = plain_json(content);
  if (!text) return tl::unexpected<std::string>("expected values at most 200 deep");
  try {
    Json value = Json::parse(*text);
    if (!value.is_object()) return tl::unexpected<std::string>("expected an object");
    return value;
  } catch (const Json::exception& error) {
    return tl::unexpected<std::string>(error.what());
  }
}

const Json& member(const Json& object, const char* key) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

std::string string_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace mergeq::vcs
