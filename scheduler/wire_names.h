/// Enumerators are spelled as on the wire and in the database: one table for both directions.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mergeq {

/// Specialised for each enum that leaves the process: `static constexpr std::array table{...}` of
/// pairs (enumerator, name).
template <class Enum>
struct WireNames;

template <class Enum>
constexpr std::string_view to_name(Enum value) {
  for (const auto& [enumerator, name] : WireNames<Enum>::table) {
    if (enumerator == value) return name;
  }
  return "";
}

/// The exact spelling only: other case, spaces or abbreviations name nothing.
template <class Enum>
constexpr std::optional<Enum> from_name(std::string_view name) {
  for (const auto& [enumerator, known] : WireNames<Enum>::table) {
    if (known == name) return enumerator;
  }
  return std::nullopt;
}

/// "a, b, c": for messages that say what was expected.
template <class Enum>
std::string all_names() {
  std::string names;
  for (const auto& [enumerator, name] : WireNames<Enum>::table) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

}  // namespace mergeq
