/// Trees for tests of the target graph, and manifests that are easy to write.
///
///     GraphWorld world;
///     const Oid a = world.tree({{"x/cargo.pkg", "own\nname serde\n"}, {"x/f", "1"}});
///     CHECK(world.names(a) == Names{"cargo:serde"});
///
/// A file "<ecosystem>.pkg" is a manifest: one word and its value on a line. "own", "nearest" and
/// "below" (with a directory, if not that of the file) begin a target; then come "name", "alias",
/// "need", "at" (a need by directory), "all". Before the first one: "root", "rootname NAME DIR",
/// "broken" (cannot be read). "<ecosystem>.lock" is shared, "tool" a tool chain.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/vcs/vcs_fixture.h"
#include "vcs/git.h"
#include "vcs/targets.h"

namespace mergeq::vcs {

using Names = std::vector<std::string>;
using FlatTree = std::map<std::string, std::string>;  // content by path

std::optional<ManifestKind> simple_kind(std::string_view path);
ManifestFacts simple_facts(std::string_view path, std::string_view content);
ManifestReaders simple_readers();

class GraphWorld {
 public:
  GraphWorld();
  Oid tree(const FlatTree& files);
  /// A hasher that has seen nothing yet.
  TargetHasher fresh() { return TargetHasher(store, simple_readers()); }

  std::map<std::string, std::string> hashes(const Oid& tree);
  Names names(const Oid& tree);
  /// The targets whose hashes differ, as new_targets() has them.
  Names changed(const Oid& from, const Oid& to);
  Names changed(const FlatTree& from, const FlatTree& to) { return changed(tree(from), tree(to)); }

  TargetRules rules;

 private:
  TestRepository repository_;
  RepositoryHandle handle_;

 public:
  ObjectStore store;
  TargetHasher hasher;
};

/// `files` with some more, or other ones.
inline FlatTree with(FlatTree files, const FlatTree& more) {
  for (const auto& [path, content] : more) files[path] = content;
  return files;
}
inline FlatTree without(FlatTree files, const std::string& path) {
  files.erase(path);
  return files;
}

}  // namespace mergeq::vcs
