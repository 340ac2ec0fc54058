#include "scheduler/overlap.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace mergeq {
namespace {

using Touched = std::map<std::string, std::vector<LineRange>>;

Touched touched_by(const Footprint& footprint) {
  Touched touched;
  for (const TouchedPath& path : footprint.paths) {
    touched[path.path] = path.base_lines;
    if (!path.renamed_from.empty()) touched[path.renamed_from] = path.base_lines;
  }
  return touched;
}

std::vector<SharedPath> shared_paths(const Touched& a, const Touched& b) {
  std::vector<SharedPath> shared;
  for (const auto& [path, lines] : a) {
    if (const auto it = b.find(path); it != b.end()) shared.push_back({path, lines, it->second});
  }
  return shared;
}

/// Directories that `taker` takes away or replaces by a file, and `other` goes into.
void add_directories(const Footprint& taker, const Touched& touched, Side by, const Touched& other,
                     std::vector<SharedDirectory>& found) {
  std::vector<std::string> taken = taker.gone_directories;
  for (const auto& [path, lines] : touched) taken.push_back(path);
  std::ranges::sort(taken);
  taken.erase(std::ranges::unique(taken).begin(), taken.end());
  for (const std::string& directory : taken) {
    const auto inside = other.lower_bound(directory + '/');
    if (inside == other.end() || !inside->first.starts_with(directory + '/')) continue;
    found.push_back({directory, by, inside->first});
  }
}

}  // namespace

Overlap overlap(const Footprint& a, const Footprint& b) {
  const Touched by_a = touched_by(a), by_b = touched_by(b);
  Overlap common;
  common.paths = shared_paths(by_a, by_b);
  add_directories(a, by_a, Side::a, by_b, common.directories);
  add_directories(b, by_b, Side::b, by_a, common.directories);
  std::ranges::set_intersection(a.targets, b.targets, std::back_inserter(common.targets));
  return common;
}

}  // namespace mergeq
