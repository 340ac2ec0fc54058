/// One table of a TOML file, read key by key; whatever is wrong is noted with its line and reading
/// goes on, so that all errors of a file come at once.
#pragma once

#include <toml++/toml.h>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/time.h"
#include "scheduler/wire_names.h"

namespace mergeq::cli {

/// What is wrong with a file.
class Findings {
 public:
  explicit Findings(std::string file) : file_(std::move(file)) {}

  /// "FILE:LINE: KEY: WHAT". `what` says what was expected and what was met.
  void add(unsigned line, std::string_view key, std::string_view what);
  bool empty() const { return found_.empty(); }
  /// In the order of lines.
  std::vector<std::string> lines() const;

 private:
  struct Finding {
    unsigned line;
    std::string text;
  };
  std::string file_;
  std::vector<Finding> found_;
};

struct WholeRange {
  std::int64_t least, most;
};
struct NumberRange {
  double least, most;
};
struct DurationRange {
  Duration least, most;
};
struct SizeRange {
  std::uint64_t least, most;
};

/// `expected ..., got ...` for a value as people would write it; long ones are cut.
std::string in_quotes(std::string_view text);

class Section {
 public:
  /// `name`: "queue.runner", empty for the whole file. Table and findings must outlive it.
  Section(const toml::table& table, std::string name, unsigned line, Findings& findings);

  bool has(std::string_view key) const { return table_->contains(key); }
  unsigned line() const { return line_; }
  /// Of the key if it is there, else of the table.
  unsigned line_of(std::string_view key) const;
  /// "queue.slots"
  std::string name_of(std::string_view key) const;

  // Each of these gives nothing where the key is absent, and nothing plus a finding where its value
  // is wrong.
  std::optional<std::string> text(std::string_view key) const;  // not empty, no control characters
  std::optional<std::int64_t> whole(std::string_view key, WholeRange range) const;
  std::optional<double> number(std::string_view key, NumberRange range) const;
  std::optional<bool> flag(std::string_view key) const;
  std::optional<Duration> duration(std::string_view key, DurationRange range) const;
  std::optional<std::uint64_t> size_bytes(std::string_view key, SizeRange range) const;
  std::optional<std::vector<std::string>> texts(std::string_view key) const;  // each not empty
  template <class Enum>
  std::optional<Enum> choice(std::string_view key) const;
  /// [name.key]
  std::optional<Section> section(std::string_view key) const;
  /// [[name.key]]; empty where absent. At most 10,000.
  std::vector<Section> sections(std::string_view key) const;

  /// Notes "expected ..., got <the value>".
  void wrong(std::string_view key, std::string_view expected) const;
  /// Notes "expected ..., got nothing".
  void missing(std::string_view key, std::string_view expected) const;
  void note(std::string_view key, std::string_view what) const;

 private:
  const toml::node* node(std::string_view key) const;

  const toml::table* table_;
  std::string name_;
  unsigned line_;
  Findings* findings_;
};

template <class Enum>
std::optional<Enum> Section::choice(std::string_view key) const {
  if (!has(key)) return std::nullopt;
  const auto* value = node(key)->as_string();
  const std::optional<Enum> found = value ? from_name<Enum>(value->get()) : std::nullopt;
  if (!found) wrong(key, "one of " + all_names<Enum>());
  return found;
}

}  // namespace mergeq::cli
