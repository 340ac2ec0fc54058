/// Holds mergeq's merges against git's answers for real ones.
///
///     replay_merges REPOSITORY MERGES.tsv...
///
/// REPOSITORY is bare and holds the merges' parents; the objects of the results are written to it.
/// The table is tab-separated with a head line; the columns `merge`, `ours`, `theirs`, `verdict`
/// (clean or conflict), `kinds`, `merged_tree` and `conflicted_files` (a count) are read, and
/// `paths` (those in conflict, ascending, separated by semicolons) where it is there. Prints each
/// row that differs, then the counts and the time of a merge; exit code 1 if any differs.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "vcs/repository.h"

namespace {

using Row = std::map<std::string, std::string>;

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream rest(line);
  for (std::string cell; std::getline(rest, cell, '\t');) cells.push_back(cell);
  return cells;
}

std::vector<Row> read_rows(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) {
    std::cerr << "replay_merges: " << path << " cannot be read, or is empty\n";
    std::exit(2);
  }
  const std::vector<std::string> names = cells_of(line);
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = cells_of(line);
    Row row;
    for (std::size_t i = 0; i < std::min(names.size(), cells.size()); ++i) row[names[i]] = cells[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

constexpr std::size_t shown_paths_max = 5;

std::string shown(const std::string& whose, const std::vector<std::string>& paths) {
  if (paths.empty()) return "";
  std::string text = "; " + whose + " has " + std::to_string(paths.size()) + " more:";
  for (std::size_t i = 0; i < std::min(paths.size(), shown_paths_max); ++i) text += " " + paths[i];
  return text;
}

/// Of two conflicts, the paths.
std::string difference(const Row& row, const std::vector<std::string>& ours) {
  if (!row.contains("paths")) {
    const std::string count = std::to_string(ours.size());
    if (count == row.at("conflicted_files")) return "";
    return count + " paths in conflict, for git " + row.at("conflicted_files");
  }
  std::vector<std::string> theirs;
  std::istringstream rest(row.at("paths"));
  for (std::string path; std::getline(rest, path, ';');) theirs.push_back(path);
  std::vector<std::string> only_ours;
  std::vector<std::string> only_theirs;
  std::ranges::set_difference(ours, theirs, std::back_inserter(only_ours));
  std::ranges::set_difference(theirs, ours, std::back_inserter(only_theirs));
  if (only_ours.empty() && only_theirs.empty()) return "";
  return "other paths in conflict (" + row.at("kinds") + ")" + shown("mergeq", only_ours) +
         shown("git", only_theirs);
}

/// Empty: as git has it.
std::string difference(const Row& row, const mergeq::Result<mergeq::vcs::MergeOutcome>& ours) {
  if (!ours) return "error: " + ours.error().message;
  const bool is_clean = ours->merged.has_value();
  if (is_clean != (row.at("verdict") == "clean")) {
    return is_clean ? "clean, for git a conflict: " + row.at("kinds")
                    : "a conflict, for git clean: " + ours->conflict->text;
  }
  if (is_clean) {
    const std::string tree = ours->merged->tree.hex;
    return tree == row.at("merged_tree") ? "" : "tree " + tree + ", git's " + row.at("merged_tree");
  }
  return difference(row, ours->conflict->paths);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: replay_merges REPOSITORY MERGES.tsv...\n";
    return 2;
  }
  auto repository = mergeq::vcs::open_repository(argv[1]);
  if (!repository) {
    std::cerr << "replay_merges: " << repository.error().message << "\n";
    return 2;
  }
  std::size_t same = 0;
  std::size_t different = 0;
  std::vector<double> times_ms;
  for (int i = 2; i < argc; ++i) {
    for (const Row& row : read_rows(argv[i])) {
      const mergeq::vcs::MergeRequest request{
          .base = {row.at("ours")},
          .members = {{mergeq::ChangeId{1}, 1, {row.at("theirs")}}},
          .committer = {"A Tester", "tester@example.invalid"},
          .messages = {"replayed\n"}};
      const auto began = std::chrono::steady_clock::now();
      const auto outcome = (*repository)->merge(request);
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - began;
      times_ms.push_back(took.count());
      const std::string text = difference(row, outcome);
      ++(text.empty() ? same : different);
      if (!text.empty()) std::cout << row.at("merge") << "  " << text << "\n";
    }
  }
  if (times_ms.empty()) {
    std::cerr << "replay_merges: no rows\n";
    return 2;
  }
  std::ranges::sort(times_ms);
  const auto quantile = [&](double q) {
    return times_ms[static_cast<std::size_t>(q * static_cast<double>(times_ms.size() - 1))];
  };
  std::printf("%zu as git, %zu not; ms per merge: P50 %.2f, P95 %.2f, P99 %.2f, longest %.1f\n",
              same, different, quantile(0.5), quantile(0.95), quantile(0.99), times_ms.back());
  return different == 0 ? 0 : 1;
}
