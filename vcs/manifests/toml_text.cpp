#include "vcs/manifests/toml_text.h"

#include <exception>

#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

/// toml++ limits arrays within arrays, but a key of a million dots is a table a million deep, and
/// ends the stack when it is freed. No line of a sound manifest has that many dots or brackets.
bool is_deep(std::string_view content) {
  std::size_t dots = 0;
  for (const char c : content) {
    if (c == '\n' || c == '=' || c == ',') dots = 0;
    if (c == '.' && ++dots > manifest_depth_max) return true;
  }
  return false;
}

}  // namespace

tl::expected<toml::table, std::string> parse_toml(std::string_view content) {
  if (is_deep(content)) return tl::unexpected<std::string>("expected keys of at most 200 parts");
  try {
    return toml::parse(content);
  } catch (const toml::parse_error& error) {
    return tl::unexpected("line " + std::to_string(error.source().begin.line) + ": " +
                          std::string(error.description()));
  } catch (const std::exception& error) {
    return tl::unexpected<std::string>(error.what());
  }
}

std::string string_at(toml::node_view<const toml::node> node) {
  return node.value<std::string>().value_or("");
}

}  // namespace mergeq::vcs
