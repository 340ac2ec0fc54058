#include "cli/toml_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/units.h"

namespace mergeq::cli {
namespace {

constexpr std::size_t sections_limit = 10'000;

bool is_plain(std::string_view text) {
  return !text.empty() &&
         std::ranges::none_of(text, [](unsigned char c) { return c < ' ' || c == 127; });
}

std::string shown(const toml::node& node) {
  if (const auto* text = node.as_string()) return in_quotes(text->get());
  if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (const auto* array = node.as_array()) return array->empty() ? "[]" : "an array";
  if (node.is_table()) return "a table";
  return "a date or time";
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr std::size_t shown_limit = 80;
  std::string out = "\"";
  for (const char c : text.substr(0, shown_limit)) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < ' ' || c == 127) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + (text.size() > shown_limit ? "...\"" : "\"");
}

void Findings::add(unsigned line, std::string_view key, std::string_view what) {
  // A key is whatever its author wrote between quotes.
  const std::string name = key.empty() || is_plain(key) ? std::string(key) : in_quotes(key);
  found_.push_back({line, name.empty() ? fmt::format("{}:{}: {}", file_, line, what)
                                       : fmt::format("{}:{}: {}: {}", file_, line, name, what)});
}

std::vector<std::string> Findings::lines() const {
  std::vector<Finding> ordered = found_;
  std::ranges::stable_sort(ordered, {}, &Finding::line);
  std::vector<std::string> lines;
  for (Finding& finding : ordered) {
    // Two rules may say the same of one value.
    if (lines.empty() || lines.back() != finding.text) lines.push_back(std::move(finding.text));
  }
  return lines;
}

Section::Section(const toml::table& table, std::string name, unsigned line, Findings& findings)
    : table_(&table), name_(std::move(name)), line_(line), findings_(&findings) {}

const toml::node* Section::node(std::string_view key) const { return table_->get(key); }

unsigned Section::line_of(std::string_view key) const {
  const auto it = table_->find(key);
  if (it == table_->end()) return line_;
  const auto& at = it->first.source().begin ? it->first.source() : it->second.source();
  return at.begin ? at.begin.line : line_;
}

std::string Section::name_of(std::string_view key) const {
  return name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
}

void Section::note(std::string_view key, std::string_view what) const {
  findings_->add(line_of(key), name_of(key), what);
}

void Section::wrong(std::string_view key, std::string_view expected) const {
  note(key, fmt::format("expected {}, got {}", expected, shown(*node(key))));
}

void Section::missing(std::string_view key, std::string_view expected) const {
  findings_->add(line_, name_of(key), fmt::format("expected {}, got nothing", expected));
}

std::optional<std::string> Section::text(std::string_view key) const {
  if (!has(key)) return std::nullopt;
  const auto* value = node(key)->as_string();
  if (value && is_plain(value->get())) return value->get();
  wrong(key, "a text that is not empty and has no control characters");
  return std::nullopt;
}

std::optional<std::int64_t> Section::whole(std::string_view key, WholeRange range) const {
  if (!has(key)) return std::nullopt;
  const auto* value = node(key)->as_integer();
  if (value && value->get() >= range.least && value->get() <= range.most) return value->get();
  wrong(key, fmt::format("a whole number from {} to {}", range.least, range.most));
  return std::nullopt;
}

std::optional<double> Section::number(std::string_view key, NumberRange range) const {
  if (!has(key)) return std::nullopt;
  const std::optional<double> value =
      node(key)->is_number() ? node(key)->value<double>() : std::nullopt;
  if (value && *value >= range.least && *value <= range.most) return value;  // false for NaN
  wrong(key, fmt::format("a number from {} to {}", range.least, range.most));
  return std::nullopt;
}

std::optional<bool> Section::flag(std::string_view key) const {
  if (!has(key)) return std::nullopt;
  if (const auto* value = node(key)->as_boolean()) return value->get();
  wrong(key, "true or false");
  return std::nullopt;
}

std::optional<Duration> Section::duration(std::string_view key, DurationRange range) const {
  if (!has(key)) return std::nullopt;
  const auto* value = node(key)->as_string();
  const auto parsed = value ? parse_duration(value->get()) : std::nullopt;
  if (parsed && *parsed >= range.least && *parsed <= range.most) return parsed;
  wrong(key,
        fmt::format("a time from {}s to {}h with its unit (\"90s\", \"30m\", \"2h\")",
                    range.least / std::chrono::seconds{1}, range.most / std::chrono::hours{1}));
  return std::nullopt;
}

std::optional<std::uint64_t> Section::size_bytes(std::string_view key, SizeRange range) const {
  if (!has(key)) return std::nullopt;
  const auto* value = node(key)->as_string();
  const auto parsed = value ? parse_size(value->get()) : std::nullopt;
  if (parsed && *parsed >= range.least && *parsed <= range.most) return parsed;
  wrong(key, fmt::format("a size from {}KiB to {}MiB with its unit (\"512KiB\", \"16MiB\")",
                         range.least >> 10, range.most >> 20));
  return std::nullopt;
}

std::optional<std::vector<std::string>> Section::texts(std::string_view key) const {
  if (!has(key)) return std::nullopt;
  const auto* array = node(key)->as_array();
  std::vector<std::string> values;
  bool good = array != nullptr;
  for (std::size_t i = 0; good && i < array->size(); ++i) {
    const auto* value = array->get(i)->as_string();
    good = value && !value->get().empty() && value->get().find('\0') == std::string::npos;
    if (good) values.push_back(value->get());
  }
  if (good) return values;
  wrong(key, "an array of texts, none of them empty");
  return std::nullopt;
}

std::optional<Section> Section::section(std::string_view key) const {
  if (!has(key)) return std::nullopt;
  if (const auto* table = node(key)->as_table()) {
    const unsigned line = table->source().begin ? table->source().begin.line : line_of(key);
    return Section(*table, name_of(key), line, *findings_);
  }
  wrong(key, fmt::format("a table ([{}])", name_of(key)));
  return std::nullopt;
}

std::vector<Section> Section::sections(std::string_view key) const {
  std::vector<Section> found;
  if (!has(key)) return found;
  const auto* array = node(key)->as_array();
  const bool good = array && array->size() <= sections_limit &&
                    std::ranges::all_of(*array, [](const toml::node& n) { return n.is_table(); });
  if (!good) {
    wrong(key, fmt::format("tables ([[{}]]), at most {}", name_of(key), sections_limit));
    return found;
  }
  for (const toml::node& element : *array) {
    const toml::table& table = *element.as_table();
    const unsigned line = table.source().begin ? table.source().begin.line : line_of(key);
    found.emplace_back(table, name_of(key), line, *findings_);
  }
  return found;
}

}  // namespace mergeq::cli
