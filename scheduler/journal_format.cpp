#include "scheduler/journal_format.h"

#include <array>
#include <string_view>
#include <type_traits>

#include "scheduler/json_types.h"

namespace mergeq {
namespace {

using What = decltype(Event::what);

/// In the order of the variant.
constexpr std::array<std::string_view, std::variant_size_v<What>> type_names{
    "change_enqueued", "change_analysed",  "change_refused",
    "change_revised",  "change_cancelled", "path_merged",
    "path_conflicted", "build_started",    "check_reported",
    "build_finished",  "landing_prepared", "landing_done",
    "landing_refused", "merge_broken",     "trunk_moved",
    "policy_changed",  "paused",           "resumed",
    "builds_held",     "builds_released",  "tick",
};

template <std::size_t I>
bool read_as(const nlohmann::json& json, std::string_view type, What& what) {
  if (type != type_names[I]) return false;
  using Kind = std::variant_alternative_t<I, What>;
  if constexpr (std::is_empty_v<Kind>) {
    what.emplace<I>();
  } else {
    what.emplace<I>(json.get<Kind>());
  }
  return true;
}

template <std::size_t... I>
bool read_any(const nlohmann::json& json, std::string_view type, What& what,
              std::index_sequence<I...>) {
  return (read_as<I>(json, type, what) || ...);
}

constexpr std::string_view hex_mark = "\x01hex:";
constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(nlohmann::json(text).dump());
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

std::string to_hex(const std::string& bytes) {
  std::string hex(hex_mark);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += hex_digits[byte >> 4];
    hex += hex_digits[byte & 15];
  }
  return hex;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(hex_digits.find(hex[i]) << 4 | hex_digits.find(hex[i + 1]));
  }
  return bytes;
}

template <class Change>
void for_each_string(nlohmann::json& json, const Change& change) {
  if (json.is_string()) {
    change(json.get_ref<std::string&>());
  } else if (json.is_structured()) {
    for (auto& item : json) for_each_string(item, change);
  }
}

}  // namespace

void escape_bytes(nlohmann::json& json) {
  for_each_string(json, [](std::string& text) {
    if (text.starts_with(hex_mark) || !is_utf8(text)) text = to_hex(text);
  });
}

void restore_bytes(nlohmann::json& json) {
  for_each_string(json, [](std::string& text) {
    if (text.starts_with(hex_mark)) text = from_hex(std::string_view(text).substr(hex_mark.size()));
  });
}

nlohmann::json event_to_json(const Event& event) {
  nlohmann::json json = nlohmann::json::object();
  std::visit(
      [&](const auto& what) {
        if constexpr (!std::is_empty_v<std::decay_t<decltype(what)>>) json = what;
      },
      event.what);
  escape_bytes(json);
  json["type"] = type_names[event.what.index()];
  json["at"] = event.at;
  return json;
}

Result<Event> event_from_json(const nlohmann::json& json) {
  try {
    nlohmann::json raw = json;
    restore_bytes(raw);
    Event event;
    raw.at("at").get_to(event.at);
    const auto& type = raw.at("type").get_ref<const std::string&>();
    if (!read_any(raw, type, event.what, std::make_index_sequence<std::variant_size_v<What>>())) {
      return fail(ErrorCode::corrupt,
                  "journal record: type: expected an event, got \"" + type + "\"");
    }
    return event;
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::corrupt, std::string("journal record: ") + e.what());
  }
}

}  // namespace mergeq
