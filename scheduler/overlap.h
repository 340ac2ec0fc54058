/// What two footprints have in common: why there is an edge between two changes, as data.
#pragma once

#include <string>
#include <vector>

#include "scheduler/footprint.h"

namespace mergeq {

enum class Side { a, b };

struct SharedPath {
  std::string path;
  std::vector<LineRange> a_lines, b_lines;  // of their bases; none: the whole file, or no text

  friend bool operator==(const SharedPath&, const SharedPath&) = default;
};
/// One side has a file, or takes a directory away, where the other one touches something inside.
struct SharedDirectory {
  std::string directory;
  Side by = Side::a;  // who takes it away or has a file there
  std::string path;   // the first path of the other one below it

  friend bool operator==(const SharedDirectory&, const SharedDirectory&) = default;
};

struct Overlap {
  std::vector<SharedPath> paths;             // ascending; both sides of a rename count
  std::vector<SharedDirectory> directories;  // those of a first, each ascending
  std::vector<std::string> targets;          // ascending

  friend bool operator==(const Overlap&, const Overlap&) = default;
};

/// Exact, also where the conflict graph keeps a large change by its directories.
/// Cost  O(n log n) for n paths and targets of both.
Overlap overlap(const Footprint& a, const Footprint& b);

}  // namespace mergeq
