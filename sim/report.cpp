#include "sim/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>
#include <vector>

namespace mergeq::sim {

namespace {

/// To a millionth: more digits are noise to whoever reads them.
double rounded(double value) { return std::round(value * 1e6) / 1e6; }

double per_landed(double value, const Figures& f) {
  return value / static_cast<double>(std::max<std::uint64_t>(1, f.landed));
}

nlohmann::ordered_json to_object(const Row& row) {
  const Figures& f = row.figures;
  return {
      {"strategy", row.strategy},
      {"workload", row.workload},
      {"slots", row.slots},
      {"rate", row.rate},
      {"seed", row.seed},
      {"changes", f.changes},
      {"landed", f.landed},
      {"rejected", f.rejected},
      {"red_landings", f.red_landings},
      {"wrongful_rejections", f.wrongful_rejections},
      {"turnaround_min",
       {{"mean", rounded(f.turnaround_min.mean)},
        {"p50", rounded(f.turnaround_min.p50)},
        {"p95", rounded(f.turnaround_min.p95)},
        {"p99", rounded(f.turnaround_min.p99)}}},
      {"builds_per_landed", rounded(per_landed(static_cast<double>(f.builds), f))},
      {"failed_builds_per_landed", rounded(per_landed(static_cast<double>(f.failed_builds), f))},
      {"slot_minutes_per_landed", rounded(per_landed(f.slot_minutes, f))},
      {"events", f.events},
      {"wall_s", rounded(row.wall_s)},
  };
}

/// Mean and standard deviation between the seeds of one line.
template <class Value>
std::string cell(std::span<const Row> rows, int decimals, Value value) {
  double sum = 0.0, squares = 0.0;
  for (const Row& row : rows) sum += value(row.figures);
  const double mean = sum / static_cast<double>(rows.size());
  for (const Row& row : rows) squares += std::pow(value(row.figures) - mean, 2);
  if (rows.size() == 1) return fmt::format("{:.{}f}", mean, decimals);
  const double deviation = std::sqrt(squares / static_cast<double>(rows.size() - 1));
  return fmt::format("{:.{}f} +-{:.{}f}", mean, decimals, deviation, decimals);
}

template <class Value>
std::string total(std::span<const Row> rows, Value value) {
  std::uint64_t sum = 0;
  for (const Row& row : rows) sum += value(row.figures);
  return fmt::format("{}", sum);
}

std::vector<std::string> line_of(std::span<const Row> rows) {
  const Row& first = rows.front();
  return {
      first.workload,
      fmt::format("{:g}", first.rate),
      fmt::format("{}", first.slots),
      first.strategy,
      fmt::format("{}", rows.size()),
      cell(rows, 1, [](const Figures& f) { return f.turnaround_min.mean; }),
      cell(rows, 1, [](const Figures& f) { return f.turnaround_min.p50; }),
      cell(rows, 1, [](const Figures& f) { return f.turnaround_min.p95; }),
      cell(rows, 1, [](const Figures& f) { return f.turnaround_min.p99; }),
      cell(rows, 2, [](const Figures& f) { return per_landed(static_cast<double>(f.builds), f); }),
      cell(rows, 2,
           [](const Figures& f) { return per_landed(static_cast<double>(f.failed_builds), f); }),
      cell(rows, 1, [](const Figures& f) { return per_landed(f.slot_minutes, f); }),
      total(rows, [](const Figures& f) { return f.landed; }),
      total(rows, [](const Figures& f) { return f.rejected; }),
      total(rows, [](const Figures& f) { return f.unfinished; }),
      total(rows, [](const Figures& f) { return f.wrongful_rejections; }),
      total(rows, [](const Figures& f) { return f.red_landings; }),
  };
}

bool differ_by_seed_alone(const Row& a, const Row& b) {
  const auto key = [](const Row& row) {
    return std::tie(row.workload, row.rate, row.slots, row.strategy);
  };
  return key(a) == key(b);
}

}  // namespace

std::string to_json(std::span<const Row> rows) {
  auto array = nlohmann::ordered_json::array();
  for (const Row& row : rows) array.push_back(to_object(row));
  return array.dump(2) + "\n";
}

std::string to_table(std::span<const Row> rows) {
  std::vector<std::vector<std::string>> lines{{"workload", "rate/h", "slots", "strategy", "seeds",
                                               "mean min", "p50", "p95", "p99", "builds/landed",
                                               "failed/landed", "slot min/landed", "landed",
                                               "rejected", "unfinished", "wrongful", "red"}};
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    while (end < rows.size() && differ_by_seed_alone(rows[begin], rows[end])) ++end;
    lines.push_back(line_of(rows.subspan(begin, end - begin)));
    begin = end;
  }
  std::vector<std::size_t> widths(lines.front().size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const auto& line : lines) {
    std::string row;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const bool is_name = i == 0 || i == 3;
      row += is_name ? fmt::format("{:<{}}  ", line[i], widths[i])
                     : fmt::format("{:>{}}  ", line[i], widths[i]);
    }
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + "\n";
  }
  return text;
}

}  // namespace mergeq::sim
