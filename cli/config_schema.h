/// Which keys there are. One table: the check for unknown keys, its suggestions, and the test that
/// docs/configuration.md documents every key come from here.
#pragma once

#include <span>
#include <string_view>

#include "cli/toml_section.h"

namespace mergeq::cli {

struct TableKeys {
  std::string_view table;   // "queue.runner"; empty: the file itself
  std::string_view header;  // as one writes it: "[queue.runner]"
  std::span<const std::string_view> keys;
};
std::span<const TableKeys> configuration_keys();

/// Notes every key of `file`, at whatever depth, that is not in the table above: with the nearest
/// one that is, or the table that it belongs to.
void check_keys(const toml::table& file, Findings& findings);

}  // namespace mergeq::cli
