/// Three-way merge of lines, with the answers of git's merges (xdiff/xmerge.c at its level
/// "zealous", lines compared by histogram).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mergeq::vcs {

/// Nothing: both sides changed the same lines, or lines that touch, in different ways.
std::optional<std::string> merge_text(std::string_view base, std::string_view ours,
                                      std::string_view theirs);

}  // namespace mergeq::vcs
