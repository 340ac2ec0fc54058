/// Patterns for paths: `**` any number of directories, `*` within one name, `?` one byte of a name.
/// Everything else stands for itself; letters' case counts. A trailing slash means all below.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mergeq::vcs {

/// Matches name by name, so that a walk over a tree carries its state along and knows where nothing
/// below can match. Of a pattern of more than 60 names the rest counts as `**`.
class Glob {
 public:
  using State = std::uint64_t;  // one bit for each name of the pattern that may come next; 0: never

  explicit Glob(std::string_view pattern);

  State start() const { return closure(1); }
  State advance(State state, std::string_view name) const;
  bool is_match(State state) const { return (state >> names_.size() & 1U) != 0; }
  bool matches(std::string_view path) const;
  /// Whatever comes below, at any depth, matches.
  bool takes_all_below(State state) const {
    return names_.size() >= 2 && names_[names_.size() - 2] == "**" && names_.back() == "*" &&
           (state >> (names_.size() - 2) & 1U) != 0;
  }

 private:
  State closure(State state) const;

  std::vector<std::string> names_;
};

}  // namespace mergeq::vcs
