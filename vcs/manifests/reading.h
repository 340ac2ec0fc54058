/// What the readers of manifests share: limits, paths, and the readers' own names.
///
/// Private to this folder.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vcs/manifests/manifest.h"

namespace mergeq::vcs {

/// Larger manifests are unreadable.
constexpr std::size_t manifest_bytes_max = std::size_t{4} << 20U;
/// Values within values, elements within elements; deeper ones are unreadable.
constexpr std::size_t manifest_depth_max = 200;

ManifestFacts read_bazel(std::string_view path, std::string_view content);
ManifestFacts read_cargo(std::string_view path, std::string_view content);
ManifestFacts read_cmake(std::string_view path, std::string_view content);
ManifestFacts read_go(std::string_view path, std::string_view content);
ManifestFacts read_gradle(std::string_view path, std::string_view content);
ManifestFacts read_maven(std::string_view path, std::string_view content);
ManifestFacts read_npm(std::string_view path, std::string_view content);
ManifestFacts read_python(std::string_view path, std::string_view content);
ManifestFacts read_swift(std::string_view path, std::string_view content);

ManifestFacts unreadable(std::string why);

/// "./a//b/../c/" -> "a/c", "." -> "", "../x" stays; backslashes are slashes. Nothing for absolute
/// paths ("/x", "C:\x", "~/x"): they are outside of every repository.
std::optional<std::string> normalised_path(std::string_view path);

/// Adds `path` below `base`, where it is a path within a repository.
void add_directory(std::vector<std::string>& directories, std::string_view path,
                   std::string_view base = "");

/// Without white space at both ends.
std::string_view trimmed(std::string_view text);
/// Lines without their ends ("\n", "\r\n").
std::vector<std::string_view> lines_of(std::string_view text);
/// The part before the first `mark`, or all; and what comes behind it.
std::string_view before(std::string_view text, std::string_view mark);
std::string_view after(std::string_view text, std::string_view mark);

}  // namespace mergeq::vcs
