/// Directories that one side moved, as git's merges see them (merge-ort, `merge.directoryRenames`
/// at its default, `conflict`): what the other side adds to such a directory belongs to the new
/// place, and that is for people to decide.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "vcs/renames.h"

namespace mergeq::vcs {

/// Directories of the base that one side has no longer and the other side still has.
struct RemovedDirectories {
  std::set<std::string, std::less<>> roots;  // those to which the other side adds a file, outermost
  std::set<std::string, std::less<>> with_additions;  // at or below a root: adds one to it directly

  /// It is a root or below one.
  bool contain(std::string_view path) const;
};

struct DirectoryRenames {
  std::map<std::string, std::string, std::less<>> moved;  // old place, new place
  std::vector<std::string> unclear;  // its files went to several places, as many to each
};

/// Every file that moved votes for where its directory went, and for those around it as long as the
/// names below are the same. `renames` are those of the side that removed the directories.
DirectoryRenames find_directory_renames(const std::vector<Rename>& renames,
                                        const RemovedDirectories& removed);

/// Where a file that the other side put at `path` would go; nothing: it stays. Not into a directory
/// that its own side moved away (`own`).
std::optional<std::string> moved_with_directory(std::string_view path,
                                                const DirectoryRenames& renames,
                                                const DirectoryRenames& own);

}  // namespace mergeq::vcs
