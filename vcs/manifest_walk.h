/// The manifests of a tree, found by walking it, and what each of them says.
///
/// What a directory holds is kept by its path and tree id, and what a manifest says by its path and
/// blob id: the second tree costs what differs from the first.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "vcs/manifests/manifest.h"
#include "vcs/object_store.h"

namespace mergeq::vcs {

/// Who says what files are, and what they say. For tests; others take the default.
struct ManifestReaders {
  std::function<std::optional<ManifestKind>(std::string_view path)> kind = manifest_kind;
  std::function<ManifestFacts(std::string_view path, std::string_view content)> read =
      read_manifest;
};

struct FoundManifest {
  std::string path;
  ManifestKind kind;
  File file;
  std::shared_ptr<const ManifestFacts> facts;  // of the role `manifest` alone
};

/// A directory and all below it.
struct ManifestTree {
  std::vector<FoundManifest> here;
  std::vector<std::shared_ptr<const ManifestTree>> below;  // without those that hold nothing
  /// Of all facts, kinds and their paths: equal digests say the same, whatever else is in the
  /// files.
  std::optional<Oid> facts;  // nothing: no manifest here or below
  /// Of the ids of all files that are manifests of any kind: equal ones were read from equal files.
  std::optional<Oid> files;
  Oid directories;  // of the names of all directories
};

class ManifestWalk {
 public:
  ManifestWalk(ObjectStore& store, ManifestReaders readers)
      : store_(store), readers_(std::move(readers)) {}

  /// Manifests of the ecosystems in `chosen` alone, and files of no ecosystem.
  void choose(std::set<Ecosystem> chosen);
  bool is_read(std::string_view path) const { return kind_of(path).has_value(); }
  Result<std::shared_ptr<const ManifestTree>> walk(const std::optional<Oid>& tree);

 private:
  std::optional<ManifestKind> kind_of(std::string_view path) const;
  Result<std::shared_ptr<const ManifestTree>> directory(const std::string& path, const Oid& tree,
                                                        std::size_t depth);
  Result<std::shared_ptr<const ManifestFacts>> facts_of(const std::string& path, const File& file);

  using Place = std::pair<std::string, Oid>;
  ObjectStore& store_;
  const ManifestReaders readers_;
  std::set<Ecosystem> chosen_;
  // Both are emptied when they hold known_max.
  std::map<Place, std::shared_ptr<const ManifestTree>> directories_;
  std::map<Place, std::shared_ptr<const ManifestFacts>> facts_;
};

/// All manifests, ascending by path.
std::vector<const FoundManifest*> manifests_of(const ManifestTree& tree);

}  // namespace mergeq::vcs
