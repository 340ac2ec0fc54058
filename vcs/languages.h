/// What kind of file a path is, by its name alone.
#pragma once

#include <string>
#include <string_view>

namespace mergeq::vcs {

/// "Java", "Kotlin"...; empty for prose, data and unknown. C, C++ and Objective-C are one, since
/// headers do not tell.
std::string language_of(std::string_view path);

/// A manifest of a build system, or one of its lock files: who changes it may change the target
/// graph.
bool is_manifest(std::string_view path);

}  // namespace mergeq::vcs
