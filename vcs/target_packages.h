/// The packages that the manifests of a tree tell of, and how they find one another.
///
/// Part of the assembly of a target graph (target_assembly.h).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "vcs/manifest_walk.h"

namespace mergeq::vcs {

/// Something that a manifest says, and where it stands.
struct Statement {
  const FoundManifest* manifest = nullptr;
  const ManifestTarget* facts = nullptr;
};

struct Package {
  Ecosystem ecosystem = Ecosystem::bazel;
  std::string directory;
  std::string name;             // the first that a manifest gives
  std::set<std::string> names;  // with its aliases
  std::vector<Statement> statements;
};

class Packages {
 public:
  using Key = std::pair<Ecosystem, std::string>;

  /// `directories`: those that the tree has, out of named_directories().
  Packages(const std::vector<const FoundManifest*>& manifests,
           const std::set<std::string>& directories);

  const std::vector<Package>& all() const { return all_; }
  const std::vector<Statement>& below() const { return below_; }  // with Scope::below
  /// Indices into all(), ascending by directory.
  std::vector<std::size_t> within(Ecosystem ecosystem, const std::string& directory) const;
  bool any_within(Ecosystem ecosystem, const std::string& directory) const;
  /// The one at `directory`, or the nearest around it.
  std::optional<std::size_t> nearest(Ecosystem ecosystem, std::string_view directory) const;
  /// Those with this name.
  const std::vector<std::size_t>& named(Ecosystem ecosystem, const std::string& name) const;
  /// The nearest root around `directory`, or that of the repository.
  std::string root_of(Ecosystem ecosystem, std::string_view directory) const;
  /// What a need by directory means: one or more places.
  struct Place {
    std::string directory;
    bool and_below = false;
  };
  std::vector<Place> places(const Statement& statement, std::string_view need) const;
  /// "cargo:serde", "//a/b"... Two packages may have one.
  std::string display_name(const Package& package) const;

 private:
  void add_roots(const FoundManifest& manifest);
  void add_own(const Statement& statement, const std::set<std::string>& directories);
  void add_nearest(const Statement& statement);

  std::vector<Package> all_;
  std::map<Key, std::size_t> by_place_;
  std::map<Key, std::vector<std::size_t>> by_name_;
  std::map<Key, std::set<std::string>> named_roots_;
  std::set<Key> roots_;
  std::vector<Statement> below_;
};

}  // namespace mergeq::vcs
