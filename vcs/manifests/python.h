/// What the readers of Python's manifests share. Private to this folder.
#pragma once

#include <string>
#include <string_view>

#include "vcs/manifests/manifest.h"

namespace mergeq::vcs {

/// As packages are compared (PEP 503): "Foo.Bar__baz" -> "foo-bar-baz".
std::string python_name(std::string_view name);

/// Adds what a requirement needs (PEP 508, and what pip takes beside it): "name[extra]>=1; marker",
/// "name @ file:../x", "-e ../x", "./x".
void add_requirement(std::string_view text, ManifestTarget& target);

ManifestFacts read_pyproject(std::string_view content);
ManifestFacts read_pipfile(std::string_view content);
ManifestFacts read_setup_cfg(std::string_view content);
ManifestFacts read_setup_py(std::string_view content);

}  // namespace mergeq::vcs
