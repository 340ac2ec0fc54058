/// Three-way merge of one file: content, mode and kind.
#pragma once

#include <optional>

#include "vcs/object_store.h"

namespace mergeq::vcs {

/// One path on the three sides; nothing where there is no file.
struct ThreeFiles {
  std::optional<File> base;
  std::optional<File> ours;
  std::optional<File> theirs;
};
struct FileMergeResult {
  std::optional<File> file;  // nothing: deleted
  bool is_clean = true;      // otherwise `file` is what stands for it in a virtual merge base
};
Result<FileMergeResult> merge_files(ObjectStore& store, const ThreeFiles& files, int virtual_depth);

}  // namespace mergeq::vcs
