/// Names and locations that strangers gave.
#pragma once

#include <string>
#include <string_view>

#include "scheduler/result.h"

namespace mergeq::vcs {

/// A name as it may be shown in a message: quoted, cut, control characters and bytes over 126
/// escaped.
std::string shown(std::string_view name);

/// "main" -> "refs/heads/main"; invalid where git would not take it.
Result<std::string> branch_ref(std::string_view branch);
/// "b17" -> "refs/mergeq/builds/b17".
Result<std::string> build_ref(std::string_view build_name);

/// The path that a location means ("/srv/x.git", "x.git"); unsupported for remotes.
Result<std::string> local_path(const std::string& location);

}  // namespace mergeq::vcs
