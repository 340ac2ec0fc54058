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

/// Whose facts they are.
enum class Scope {
  own,      // a target of its own
  nearest,  // no target: they are those of the target at `directory`, or else the nearest around it
            // (a .bzl file, a Gradle script, a tsconfig.json in a subdirectory)
  below,    // no target: all targets of the ecosystem at `directory` and below use the manifest
            // itself, and need what is given here (a CMakeLists.txt, a workspace's root)
};

/// One unit that is built and tested on its own: a package, crate, module or project; or, by its
/// scope, facts about others.
///
/// Entries with the scope `own`, the same ecosystem and the same directory are one target,
/// whichever manifests they come from (setup.py beside pyproject.toml, settings.gradle and
/// build.gradle): it has all their names, aliases and needs. A directory that is not in the tree is
/// no target: where an ecosystem looks in several places, each is given (SwiftPM's Sources/x,
/// src/x).
struct ManifestTarget {
  Scope scope = Scope::own;
  /// Where its sources are, relative to the directory of the manifest, normalised ("" for that
  /// directory itself, never "." and never a trailing slash; "../x" is allowed). It owns what is
  /// there and below, as far as no other target of its ecosystem is nearer.
  std::string directory;
  /// As others of its ecosystem refer to it: crate, package, module path, "group:artifact". Empty
  /// where the ecosystem names by place (Bazel, Gradle, CMake without targets).
  std::string name;
  /// More names by which others refer to it, ascending. "*" says that it may have names which could
  /// not be seen (a macro, an unresolved variable): whoever needs a name that no target has needs
  /// all targets with "*".
  std::vector<std::string> aliases;
  /// What it needs, as names, ascending. A name that several targets have means all of them; one
  /// that none has (and there is no "*") is outside the repository and means nothing.
  std::vector<std::string> needs;
  /// What it needs, as directories, ascending: relative to that of the manifest ("../lib", ""); or
  /// with "//" in front relative to the ecosystem's root (Bazel's labels, Gradle's project paths);
  /// or as "@name//x", relative to the root that has this name (`root_names`; where none has, it is
  /// outside and means nothing). The target that is there is needed; where there is none, the
  /// nearest one around it, or else the files that are there. With "/**" at the end: every target
  /// there and below as well ("//**": all of the root's).
  std::vector<std::string> needs_directories;
  /// What it needs could not be seen in full (code, a macro, an unresolved variable): it needs all
  /// targets of its ecosystem under the same root.
  bool needs_all = false;

  friend bool operator==(const ManifestTarget&, const ManifestTarget&) = default;
};

/// How labels call a root: "@name//x" is x below `directory`, itself relative to the manifest's.
struct RootName {
  std::string name;
  std::string directory;

  friend bool operator==(const RootName&, const RootName&) = default;
};

struct ManifestFacts {
  std::vector<ManifestTarget> targets;  // in the order of the file
  /// The root of a workspace, reactor, multi-project build or repository.
  bool is_root = false;
  std::vector<RootName> root_names;
  /// Why the file could not be read (with line where there is one); empty when it could. The rest
  /// is then empty.
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
  /// The place that counts, from the root of the tree: the file's own directory, or the one that
  /// holds a special one: "a/gradle/wrapper/x" and "a/gradle/libs.versions.toml" count for "a". Not
  /// for `manifest`: there the facts say it.
  std::string directory;
};

/// Nothing for a file that is none. One file is one thing.
std::optional<ManifestKind> manifest_kind(std::string_view path);

/// Requires that `manifest_kind(path)` has the role `manifest`. Linear in the size of `content` (to
/// a logarithm); what is larger than 4 MiB is unreadable.
ManifestFacts read_manifest(std::string_view path, std::string_view content);

}  // namespace mergeq::vcs
