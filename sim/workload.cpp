#include "sim/workload.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <sstream>

namespace mergeq::sim {

namespace {

constexpr std::uintmax_t file_bytes_max = 1 << 20;

/// Reads one table; the first thing that is wrong in the file stays in `error`.
class Table {
 public:
  Table(const toml::table& table, std::string where, std::string prefix,
        std::optional<Error>& error)
      : table_(table), where_(std::move(where)), prefix_(std::move(prefix)), error_(error) {}

  void number(std::string_view key, double& value, double low, double high) {
    const toml::node* node = take(key);
    if (node == nullptr) return;
    const std::optional<double> read = node->is_number() ? node->value<double>() : std::nullopt;
    if (!read || !(*read >= low && *read <= high)) {
      return wrong(*node, key, fmt::format("expected a number from {} to {}", low, high));
    }
    value = *read;
  }

  template <class Whole>
  void whole(std::string_view key, Whole& value, std::uint64_t low, std::uint64_t high) {
    const toml::node* node = take(key);
    if (node == nullptr) return;
    const auto read = node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
    if (!read || *read < static_cast<std::int64_t>(low) ||
        *read > static_cast<std::int64_t>(high)) {
      return wrong(*node, key, fmt::format("expected a whole number from {} to {}", low, high));
    }
    value = static_cast<Whole>(*read);
  }

  void text(std::string_view key, std::string& value) {
    const toml::node* node = take(key);
    if (node == nullptr) return;
    const auto read = node->is_string() ? node->value<std::string>() : std::nullopt;
    if (!read || read->empty()) return wrong(*node, key, "expected a text that is not empty");
    value = *read;
  }

  void cost(std::string_view key, CostModel& value) {
    const toml::node* node = take(key);
    if (node == nullptr) return;
    const auto read = from_name<CostModel>(node->value_or(std::string_view{}));
    if (!read) return wrong(*node, key, "expected one of " + all_names<CostModel>());
    value = *read;
  }

  /// An empty table if it is not there.
  Table section(std::string_view key) {
    static const toml::table nothing;
    const toml::node* node = take(key);
    const toml::table* inner = node == nullptr ? &nothing : node->as_table();
    if (inner == nullptr) {
      wrong(*node, key, fmt::format("expected a table, [{}]", key));
      inner = &nothing;
    }
    return {*inner, where_, fmt::format("{}{}.", prefix_, key), error_};
  }

  /// Whatever is left in the table is unknown.
  void finish() {
    for (const auto& [key, node] : table_) {
      if (taken_.contains(std::string(key.str()))) continue;
      std::string known;
      for (const std::string& name : taken_) known += (known.empty() ? "" : ", ") + name;
      if (!error_) error_ = at(key.source(), key.str(), "unknown key; expected one of " + known);
    }
  }

 private:
  const toml::node* take(std::string_view key) {
    taken_.emplace(key);
    return table_.get(key);
  }

  void wrong(const toml::node& node, std::string_view key, const std::string& expected) {
    if (error_) return;
    std::ostringstream got;
    node.visit([&](const auto& value) {
      if constexpr (toml::is_table<decltype(value)>) {
        got << "a table";
      } else if constexpr (toml::is_array<decltype(value)>) {
        got << "an array";
      } else if constexpr (toml::is_string<decltype(value)>) {
        got << '"' << value.get() << '"';
      } else {
        got << value;
      }
    });
    error_ = at(node.source(), key, fmt::format("{}, got {}", expected, got.str()));
  }

  Error at(const toml::source_region& source, std::string_view key, std::string_view text) const {
    return {ErrorCode::invalid,
            fmt::format("{}:{}: {}{}: {}", where_, source.begin.line, prefix_, key, text)};
  }

  const toml::table& table_;
  std::string where_;
  std::string prefix_;
  std::optional<Error>& error_;
  std::set<std::string> taken_;
};

void read_touch(Table table, TouchModel& touch) {
  table.whole("targets", touch.targets, 1, 1'000'000);
  table.number("zipf", touch.zipf, 0.0, 4.0);
  table.number("mean", touch.mean, 1.0, 30.0);
  table.finish();
}

void read_success(Table table, SuccessModel& success) {
  table.number("mean", success.mean, 0.001, 0.999);
  table.number("spread", success.spread, 0.0, 10.0);
  table.number("noise", success.noise, 0.0, 20.0);
  table.number("bias", success.bias, -20.0, 20.0);
  table.finish();
}

void read_duration(Table table, DurationModel& duration) {
  table.number("median_min", duration.median_min, 0.01, 10'000.0);
  table.number("sigma", duration.sigma, 0.0, 5.0);
  table.number("min_min", duration.min_min, 0.001, 10'000.0);
  table.number("max_min", duration.max_min, duration.min_min, 10'000.0);
  table.number("estimate_error", duration.estimate_error, 0.0, 5.0);
  table.finish();
}

void read_conflict(Table table, ConflictModel& conflict) {
  table.number("real", conflict.real_target, 0.0, 1.0);
  conflict.believed_target = conflict.real_target;
  table.number("believed", conflict.believed_target, 0.0, 0.999);
  conflict.real_path = conflict.real_target;
  conflict.believed_path = conflict.believed_target;
  table.finish();
}

/// Draws a target: the n-th with weight n^-zipf.
class Zipf {
 public:
  explicit Zipf(const TouchModel& touch) {
    double sum = 0.0;
    cumulative_.reserve(touch.targets);
    for (std::uint32_t n = 1; n <= touch.targets; ++n) {
      cumulative_.push_back(sum += std::pow(static_cast<double>(n), -touch.zipf));
    }
  }
  std::uint32_t draw(Rng& rng) const {
    const double u = rng.uniform() * cumulative_.back();
    const auto it = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, u);
    return static_cast<std::uint32_t>(it - cumulative_.begin());
  }

 private:
  std::vector<double> cumulative_;
};

Touched draw_touched(const TouchModel& touch, const Zipf& zipf, Rng& rng) {
  const std::size_t wanted =
      std::min<std::size_t>(1 + rng.poisson(touch.mean - 1.0), touch.targets);
  Touched touched;
  while (touched.targets.size() < wanted) {
    const std::uint32_t target = zipf.draw(rng);
    const auto it = std::lower_bound(touched.targets.begin(), touched.targets.end(), target);
    if (it == touched.targets.end() || *it != target) touched.targets.insert(it, target);
  }
  return touched;
}

}  // namespace

Result<Workload> parse_workload(const std::string& text, const std::string& path) {
  toml::table parsed;
  try {
    parsed = toml::parse(std::string_view(text), std::string_view(path));
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::invalid, fmt::format("{}:{}: expected TOML: {}", path,
                                                error.source().begin.line, error.description()));
  }
  Workload workload;
  workload.name = std::filesystem::path(path).stem().string();
  std::optional<Error> error;
  Table top(parsed, path, "", error);
  top.text("name", workload.name);
  top.whole("changes", workload.changes, 1, changes_max);
  top.number("rate_per_hour", workload.rate_per_hour, 0.001, 1e6);
  top.whole("slots", workload.slots, 1, 4096);
  top.number("slot_minute_price", workload.slot_minute_price, 0.0, 1000.0);
  top.cost("cost", workload.outcome.cost);
  read_touch(top.section("touch"), workload.touch);
  read_success(top.section("success"), workload.outcome.success);
  read_duration(top.section("duration"), workload.outcome.duration);
  read_conflict(top.section("conflict"), workload.outcome.conflict);
  top.finish();
  if (error) return tl::unexpected(*std::move(error));
  return workload;
}

Result<Workload> read_workload(const std::string& path) {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  if (failed) return fail(ErrorCode::io, fmt::format("{}: {}", path, failed.message()));
  if (size > file_bytes_max) {
    return fail(ErrorCode::too_large,
                fmt::format("{}: expected a workload file of at most {} bytes, got {}", path,
                            file_bytes_max, size));
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || !text) return fail(ErrorCode::io, fmt::format("{}: cannot be read", path));
  return parse_workload(text.str(), path);
}

Scenario make_scenario(const Workload& workload, std::uint64_t seed) {
  Rng rng(seed);
  const OutcomeDraw outcomes(workload.outcome);
  const Zipf zipf(workload.touch);

  auto names = std::make_shared<Names>();
  const std::size_t digits = std::to_string(workload.touch.targets - 1).size();
  for (std::uint32_t i = 0; i < workload.touch.targets; ++i) {
    names->targets.push_back(fmt::format("t{:0{}}", i, digits));
  }
  Scenario scenario{.name = workload.name,
                    .rate_per_hour = workload.rate_per_hour,
                    .seed = seed,
                    .names = std::move(names),
                    .changes = {},
                    .conflict = workload.outcome.conflict};
  scenario.changes.reserve(workload.changes);
  double now_min = 0.0;
  for (std::uint64_t i = 0; i < workload.changes; ++i) {
    now_min += rng.exponential() * 60.0 / workload.rate_per_hour;
    ScenarioChange change;
    change.arrives = Instant{from_minutes(now_min)};
    change.outcome = outcomes.draw(rng);
    change.touched = draw_touched(workload.touch, zipf, rng);
    scenario.changes.push_back(std::move(change));
  }
  return scenario;
}

}  // namespace mergeq::sim
