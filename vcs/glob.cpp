#include "vcs/glob.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t names_max = 60;

bool name_matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

Glob::Glob(std::string_view pattern) {
  while (pattern.starts_with('/')) pattern.remove_prefix(1);
  const bool is_all_below = pattern.ends_with('/');
  while (!pattern.empty()) {
    const std::size_t slash = pattern.find('/');
    const std::string_view name = pattern.substr(0, slash);
    if (names_.size() == names_max) {
      names_.emplace_back("**");
      break;
    }
    if (!name.empty() && !(name == "**" && !names_.empty() && names_.back() == "**")) {
      names_.emplace_back(name);
    }
    pattern.remove_prefix(slash == std::string_view::npos ? pattern.size() : slash + 1);
  }
  if (is_all_below && (names_.empty() || names_.back() != "**")) names_.emplace_back("**");
  if (!names_.empty() && names_.back() == "**") names_.emplace_back("*");  // below, not itself
}

Glob::State Glob::closure(State state) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if ((state >> i & 1U) != 0 && names_[i] == "**") state |= State{1} << (i + 1);
  }
  return state;
}

Glob::State Glob::advance(State state, std::string_view name) const {
  State next = 0;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if ((state >> i & 1U) == 0) continue;
    if (names_[i] == "**") {
      next |= State{1} << i;
    } else if (name_matches(names_[i], name)) {
      next |= State{1} << (i + 1);
    }
  }
  return closure(next);
}

bool Glob::matches(std::string_view path) const {
  State state = start();
  while (state != 0) {
    const std::size_t slash = path.find('/');
    state = advance(state, path.substr(0, slash));
    if (slash == std::string_view::npos) return is_match(state);
    path.remove_prefix(slash + 1);
  }
  return false;
}

}  // namespace mergeq::vcs
