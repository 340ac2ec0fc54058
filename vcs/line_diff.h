/// Which lines of two texts differ, found as git's merges find it.
///
/// The histogram algorithm: the longest run of common lines that holds the rarest line, then the
/// same before and after it (first in JGit, then in git 1.7.7, xdiff/xhistogram.c). Where every
/// common line stands over 64 times in a region, that region is compared by Myers' algorithm
/// (libgit2's). Groups of changed lines are then slid together as git does (xdiff/xdiffi.c).
/// Merging by the same groups gives the same merges; another algorithm, as good, would give others.
///
/// Cost   Reading the lines is linear. A region costs its own lines, and once more for each change
///        in it, in bad cases.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mergeq::vcs {

/// A text as numbers, equal for equal lines (the newline counts) of all texts of one LineTable.
struct Lines {
  std::vector<std::string_view> text;  // each with its newline; the last may have none
  std::vector<std::uint32_t> ids;

  std::size_t size() const { return ids.size(); }
};

class LineTable {
 public:
  /// The views in it are of `text`.
  Lines read(std::string_view text);
  std::uint32_t size() const { return static_cast<std::uint32_t>(numbers_.size()); }

 private:
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

/// `count` lines from `begin` (from 0) became others; one of the counts may be 0.
struct LineChange {
  std::size_t begin_a = 0;
  std::size_t count_a = 0;
  std::size_t begin_b = 0;
  std::size_t count_b = 0;
};

/// Ascending, none touching another. Requires that both were read by `table`.
std::vector<LineChange> diff_lines(const LineTable& table, const Lines& a, const Lines& b);

}  // namespace mergeq::vcs
