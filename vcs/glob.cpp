#include "vcs/glob.h"

#include <vector>

namespace mergeq::vcs {
namespace {

constexpr std::size_t none = std::string_view::npos;

/// One segment: `*` takes as little as will do, and more on the way back (Krauss's matching).
bool segment_matches(std::string_view glob, std::string_view text) {
  std::size_t g = 0, t = 0, star = none, mark = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      mark = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != none) {
      g = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::size_t slash = path.find('/'); slash != none; slash = path.find('/')) {
    segments.push_back(path.substr(0, slash));
    path.remove_prefix(slash + 1);
  }
  segments.push_back(path);
  return segments;
}

}  // namespace

bool glob_matches(std::string_view glob, std::string_view path) {
  const std::vector<std::string_view> globs = segments_of(glob);
  const std::vector<std::string_view> paths = segments_of(path);
  std::size_t g = 0, p = 0, star = none, mark = 0;
  while (p < paths.size()) {
    if (g < globs.size() && globs[g] == "**") {
      star = g++;
      mark = p;
      if (g == globs.size()) return true;
    } else if (g < globs.size() && segment_matches(globs[g], paths[p])) {
      ++g;
      ++p;
    } else if (star != none) {
      g = star + 1;
      p = ++mark;
    } else {
      return false;
    }
  }
  return g == globs.size();
}

}  // namespace mergeq::vcs
