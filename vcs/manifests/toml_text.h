/// TOML within limits: toml++ 3.3 goes down recursively and throws. Private to this folder.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace mergeq::vcs {

/// The table, or what was wrong with its line.
tl::expected<toml::table, std::string> parse_toml(std::string_view content);

/// The string there, or "" where there is none.
std::string string_at(toml::node_view<const toml::node> node);

/// Calls `use(std::string_view key, const toml::table& value)` for each table within a table.
template <class Use>
void for_each_table(toml::node_view<const toml::node> node, const Use& use) {
  if (const toml::table* table = node.as_table()) {
    for (const auto& [key, value] : *table) {
      if (const toml::table* inner = value.as_table()) use(key.str(), *inner);
    }
  }
}

/// Calls `use(std::string)` for each string of an array.
template <class Use>
void for_each_string(toml::node_view<const toml::node> node, const Use& use) {
  if (const toml::array* array = node.as_array()) {
    for (const toml::node& element : *array) {
      if (const auto text = element.value<std::string>()) use(*text);
    }
  }
}

}  // namespace mergeq::vcs
