#include "api/fields.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "api/json_text.h"
#include "api/text.h"

namespace mergeq::api {
namespace {

using nlohmann::json;

/// What a value is, for messages.
std::string shown(const json& value) {
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  return json_text(value);
}

bool is_word_of(std::string_view allowed, std::string_view word) {
  while (!allowed.empty()) {
    const std::size_t comma = allowed.find(", ");
    if (allowed.substr(0, comma) == word) return true;
    if (comma == std::string_view::npos) break;
    allowed.remove_prefix(comma + 2);
  }
  return false;
}

/// Empty, or what is wrong.
std::string fault_of(const std::string& text, TextLimit limit) {
  if (text.size() > limit.bytes_max) {
    return "expected at most " + std::to_string(limit.bytes_max) + " bytes, got " +
           std::to_string(text.size());
  }
  if (text.find('\0') != std::string::npos) return "expected a text without NUL";
  return {};
}

}  // namespace

const json* Fields::find(std::string_view name) const {
  const auto it = body_.find(std::string(name));
  return it == body_.end() || it->is_null() ? nullptr : &*it;
}

void Fields::note(std::string_view field, std::string message) {
  errors_.push_back({std::string(field), std::move(message)});
}

std::optional<std::string> Fields::text(std::string_view name, TextLimit limit) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    note(name, "expected a string, got " + shown(*value));
    return std::nullopt;
  }
  const auto& text = value->get_ref<const std::string&>();
  if (std::string fault = fault_of(text, limit); !fault.empty()) {
    note(name, std::move(fault));
    return std::nullopt;
  }
  return text;
}

std::string Fields::required_text(std::string_view name, TextLimit limit) {
  const std::size_t before = errors_.size();
  const auto given = text(name, limit);
  if (errors_.size() == before && (!given || given->empty())) {
    note(name, "expected a string that is not empty");
  }
  return given.value_or("");
}

std::optional<std::string> Fields::word(std::string_view name, std::string_view allowed) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string() || !is_word_of(allowed, value->get_ref<const std::string&>())) {
    note(name, "expected one of " + std::string(allowed) + ", got " + shown(*value));
    return std::nullopt;
  }
  return value->get<std::string>();
}

std::optional<std::string> Fields::link(std::string_view name) {
  auto url = text(name, {.bytes_max = 2048});
  if (!url || url->empty()) return std::nullopt;
  const bool is_http = url->starts_with("http://") || url->starts_with("https://");
  const bool is_clean = std::none_of(url->begin(), url->end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '"' || c == '<' || c == '>';
  });
  if (!is_http || !is_clean || url->size() < sizeof "https://") {
    note(name, "expected an http or https URL, got " + in_quotes(*url));
    return std::nullopt;
  }
  return url;
}

std::optional<std::string> Fields::digits(std::string_view name) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  std::string text;
  if (value->is_number_unsigned()) text = std::to_string(value->get<std::uint64_t>());
  if (value->is_string()) text = value->get<std::string>();
  if (value->is_string() && text.empty()) return std::nullopt;
  const bool plain = !text.empty() && text.size() <= 20 &&
                     text.find_first_not_of("0123456789") == std::string::npos;
  if (!plain) {
    note(name, "expected 1 to 20 digits, got " + shown(*value));
    return std::nullopt;
  }
  return text;
}

std::optional<std::uint64_t> Fields::whole(std::string_view name, std::uint64_t least,
                                           std::uint64_t most) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_unsigned() || value->get<std::uint64_t>() < least ||
      value->get<std::uint64_t>() > most) {
    note(name, "expected a whole number from " + std::to_string(least) + " to " +
                   std::to_string(most) + ", got " + shown(*value));
    return std::nullopt;
  }
  return value->get<std::uint64_t>();
}

std::optional<double> Fields::number(std::string_view name, double least, double most) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const double given = value->is_number() ? value->get<double>() : std::nan("");
  if (!(given >= least && given <= most)) {
    note(name, "expected a number from " + json_text(least) + " to " + json_text(most) + ", got " +
                   shown(*value));
    return std::nullopt;
  }
  return given;
}

std::optional<std::vector<std::string>> Fields::texts(std::string_view name, ListLimit count,
                                                      TextLimit each) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array() || value->size() < count.least || value->size() > count.most) {
    note(name, "expected a list of " + std::to_string(count.least) + " to " +
                   std::to_string(count.most) + " strings, got " +
                   (value->is_array() ? "one of " + std::to_string(value->size()) : shown(*value)));
    return std::nullopt;
  }
  std::vector<std::string> list;
  for (const json& item : *value) {
    const std::string at = std::string(name) + "[" + std::to_string(list.size()) + "]";
    if (!item.is_string() || item.get_ref<const std::string&>().empty()) {
      note(at, "expected a string that is not empty, got " + shown(item));
      return std::nullopt;
    }
    if (std::string fault = fault_of(item.get_ref<const std::string&>(), each); !fault.empty()) {
      note(at, std::move(fault));
      return std::nullopt;
    }
    list.push_back(item.get<std::string>());
  }
  return list;
}

void Fields::allow_only(std::initializer_list<std::string_view> names) {
  std::string expected;
  for (const std::string_view name : names) {
    expected += expected.empty() ? "" : ", ";
    expected += name;
  }
  if (expected.empty()) expected = "no field";
  for (const auto& [key, value] : body_.items()) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    note(key.substr(0, 80), "is not known here; expected " + expected);
    if (errors_.size() >= 20) return;
  }
}

tl::expected<json, Response> json_object(const std::string& body) {
  auto parsed = parse_json(body);
  if (!parsed) return tl::unexpected<Response>(problem(400, parsed.error().message));
  if (!parsed->is_object()) {
    return tl::unexpected<Response>(
        invalid_fields({{"body", "expected an object, got " + shown(*parsed)}}));
  }
  return std::move(*parsed);
}

}  // namespace mergeq::api
