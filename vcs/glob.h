/// Globs of the configuration: `*` within a segment, `?` one character of it, `**` any depth.
#pragma once

#include <string_view>

namespace mergeq::vcs {

/// Whether the whole path matches. `a/**` matches everything below a, not a itself; `**/x` also
/// matches x at the root. Bytes, case counts.
bool glob_matches(std::string_view glob, std::string_view path);

}  // namespace mergeq::vcs
