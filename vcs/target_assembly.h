/// Puts the facts of all manifests of a tree together.
///
/// Who needs whom: what the manifests say, by name or by place; beside it a target needs the
/// targets of other ecosystems that are at its place or inside of its directory (a Python package
/// with a crate in it), though not those inside of a nested target of its own ecosystem. Shared
/// files, tool chains and manifests that cannot be read are needed as docs/targets.md says. Where
/// something is in doubt, more is needed.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "vcs/manifest_walk.h"
#include "vcs/repository.h"
#include "vcs/target_graph.h"

namespace mergeq::vcs {

struct GraphInput {
  const std::vector<const FoundManifest*>& manifests;  // ascending by path
  const TargetRules& rules;
  const OutsideGraph* outside = nullptr;     // replaces what manifests say of targets
  const std::set<std::string>& directories;  // those of named_directories() that the tree has
};

/// Directories that manifests call the place of a target, beside their own.
std::set<std::string> named_directories(const std::vector<const FoundManifest*>& manifests);

TargetGraph assemble(const GraphInput& input);

/// `path` seen from `base`, with its "..": nothing when it leaves the repository.
std::optional<std::string> path_from(std::string_view base, std::string_view path);

}  // namespace mergeq::vcs
