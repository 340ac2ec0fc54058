#include "scheduler/path_keys.h"

#include <algorithm>

namespace mergeq {
namespace {

std::size_t common_prefix(std::string_view a, std::string_view b) {
  const auto [end, unused] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(end - a.begin());
}

std::string_view first_components(std::string_view path, std::size_t depth) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < depth; ++i) {
    end = path.find('/', i == 0 ? 0 : end + 1);
    if (end == std::string_view::npos) return path;
  }
  return path.substr(0, end);
}

void sort_uniquely(std::vector<std::string_view>& keys) {
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
}

}  // namespace

void PathKeys::take(const Footprint& footprint) {
  claimed.clear();
  under.clear();
  for (const TouchedPath& touched : footprint.paths) {
    claimed.push_back(touched.path);
    if (!touched.renamed_from.empty()) claimed.push_back(touched.renamed_from);
  }
  for (const std::string& directory : footprint.gone_directories) claimed.push_back(directory);
  if (claimed.empty()) return;
  sort_uniquely(claimed);
  find_directories();
  if (claimed.size() + under.size() > keys_max) coarsen();
}

/// Paths with the same beginning stand together, so that a directory is new where the path before
/// does not go through it.
void PathKeys::find_directories() {
  under.assign(1, std::string_view());
  std::string_view before;
  for (const std::string_view path : claimed) {
    std::size_t slash = path.find('/', common_prefix(before, path));
    for (; slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
      under.push_back(path.substr(0, slash));
    }
    before = path;
  }
  std::ranges::sort(under);
}

void PathKeys::coarsen() {
  const auto depth_of = [](std::string_view path) {
    return 1 + static_cast<std::size_t>(std::ranges::count(path, '/'));
  };
  std::vector<std::size_t> keys_at_depth;
  const auto count = [&](std::string_view path) {
    const std::size_t depth = path.empty() ? 0 : depth_of(path);
    if (depth >= keys_at_depth.size()) keys_at_depth.resize(depth + 1);
    ++keys_at_depth[depth];
  };
  std::ranges::for_each(claimed, count);
  std::ranges::for_each(under, count);
  std::size_t depth = 0, keys = keys_at_depth[0];
  while (depth + 1 < keys_at_depth.size() && keys + keys_at_depth[depth + 1] <= keys_max) {
    keys += keys_at_depth[++depth];
  }
  for (std::string_view& path : claimed) path = depth == 0 ? "" : first_components(path, depth);
  sort_uniquely(claimed);
  if (depth == 0) {
    under.clear();
  } else {
    find_directories();
  }
}

}  // namespace mergeq
