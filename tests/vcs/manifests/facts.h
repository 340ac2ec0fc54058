/// What tests of readers say about manifests: facts as text, one line for each target.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "vcs/manifests/manifest.h"

namespace mergeq::vcs {

using Lines = std::vector<std::string>;

inline void append_all(std::string& line, std::string_view label,
                       const std::vector<std::string>& names) {
  if (names.empty()) return;
  line += std::string(" ") + std::string(label) + ":";
  for (const std::string& name : names) line += (name.empty() ? " ." : " " + name);
}

/// "own lib as core aka: core-alias needs: util dirs: ../x all", leaving out what is empty.
inline std::string line_of(const ManifestTarget& target) {
  std::string line = target.scope == Scope::own       ? "own "
                     : target.scope == Scope::nearest ? "nearest "
                                                      : "below ";
  line += target.directory.empty() ? "." : target.directory;
  if (!target.name.empty()) line += " as " + target.name;
  append_all(line, "aka", target.aliases);
  append_all(line, "needs", target.needs);
  append_all(line, "dirs", target.needs_directories);
  if (target.needs_all) line += " all";
  return line;
}

inline Lines lines_of(const ManifestFacts& facts) {
  Lines lines;
  if (!facts.unreadable.empty()) lines.push_back("unreadable: " + facts.unreadable);
  if (facts.is_root) lines.push_back("root");
  for (const RootName& root : facts.root_names)
    lines.push_back("@" + root.name + " " + root.directory);
  for (const ManifestTarget& target : facts.targets) lines.push_back(line_of(target));
  return lines;
}

/// Requires that the file is one that is read.
inline Lines read(std::string_view path, std::string_view content) {
  const auto kind = manifest_kind(path);
  REQUIRE(kind);
  REQUIRE(kind->role == ManifestKind::Role::manifest);
  return lines_of(read_manifest(path, content));
}

}  // namespace mergeq::vcs
