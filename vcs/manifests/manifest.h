/// What a manifest of a build system says, read from its text alone.
///
/// One reader for each ecosystem; each is a pure function of a file's name and content, looks at no
/// other file and runs nothing. Putting the facts of all manifests of a tree together, and giving
/// files to targets, is target_graph.h's part.
///
/// A reader is conservative: what it cannot be sure of makes the target need more, never less
/// (`needs_all`), and a file that it cannot read at all says so (`unreadable`), which widens what
/// everybody needs. Content is hostile: readers bound their time, memory and depth by the size of
/// the text, and never throw.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mergeq::vcs {

enum class Ecosystem { bazel, cargo, cmake, go, gradle, maven, npm, python, swift };

/// One unit that is built and tested on its own: a package, crate, module or project.
struct ManifestTarget {
  /// Where its sources are, relative to the directory of the manifest, normalised ("" for that
  /// directory itself, never "." and never a trailing slash; "../x" is allowed). It owns what is
  /// there and below, as far as no other target of its ecosystem is nearer.
  std::string directory;
  /// As others of its ecosystem refer to it: crate, package, module path, "group:artifact". Empty
  /// where the ecosystem names by place (Bazel, Gradle, CMake without targets).
  std::string name;
  /// More names by which others refer to it.
  std::vector<std::string> aliases;
  /// What it needs, as names; those that no target of the same ecosystem has are outside the
  /// repository and mean nothing.
  std::vector<std::string> needs;
  /// What it needs, as directories relative to that of the manifest, or with "//" in front relative
  /// to the ecosystem's root (Bazel's labels, Gradle's project paths). The target that is there is
  /// needed; where there is none, the nearest one around it.
  std::vector<std::string> needs_directories;
  /// What it needs could not be seen in full (code, a macro, an unresolved variable): it needs all
  /// targets of its ecosystem under the same root.
  bool needs_all = false;

  friend bool operator==(const ManifestTarget&, const ManifestTarget&) = default;
};

struct ManifestFacts {
  std::vector<ManifestTarget> targets;  // in the order of the file
  /// The root of a workspace, reactor, multi-project build or repository: lock files and settings
  /// at this place are shared by all targets of the ecosystem below.
  bool is_root = false;
  /// Why the file could not be read (with line where there is one); empty when it could.
  std::string unreadable;

  friend bool operator==(const ManifestFacts&, const ManifestFacts&) = default;
};

/// What a file is to the target graph, by its name and place alone.
struct ManifestKind {
  enum class Role {
    manifest,   // read it: it defines targets or a workspace
    shared,     // a lock file or settings: all targets of `ecosystem` at its place and below use it
    toolchain,  // all targets at its place and below use it, of whatever ecosystem
  };
  Role role = Role::manifest;
  std::optional<Ecosystem> ecosystem;  // nothing for `toolchain`
  /// The place that counts, where it is not the file's own directory: "gradle/wrapper/x" and
  /// "gradle/libs.versions.toml" count for the directory that holds "gradle".
  std::string directory;
};

/// Nothing for a file that is none. One file is one thing: where two ecosystems read the same name
/// (pyproject.toml), the reader sees to it.
std::optional<ManifestKind> manifest_kind(std::string_view path);

/// Requires that `manifest_kind(path)` has the role `manifest`.
ManifestFacts read_manifest(std::string_view path, std::string_view content);

}  // namespace mergeq::vcs
