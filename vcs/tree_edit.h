/// A tree made from another one by setting and removing paths. Writes only the directories on the
/// way to an edit: cost grows with the edits, not with the tree.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vcs/object_store.h"

namespace mergeq::vcs {

class TreeEdits {
 public:
  /// A file at this path; nothing: no file is there. Says nothing about a directory of that name.
  void set_file(std::string_view path, std::optional<File> file) { at(path).file = file; }
  /// The whole directory at this path; what is set below it is applied on top.
  void set_tree(std::string_view path, std::optional<Oid> tree) { at(path).tree = tree; }

  struct Written {
    Oid tree;
    std::vector<std::string> clashes;  // paths that would be a file and a directory at once
  };
  /// With clashes, the directory stays and the file goes.
  Result<Written> apply(ObjectStore& store, const std::optional<Oid>& root) const;

 private:
  struct Node {
    std::optional<std::optional<File>> file;
    std::optional<std::optional<Oid>> tree;
    std::map<std::string, Node, std::less<>> children;
  };
  Node& at(std::string_view path);
  static Result<std::optional<Oid>> write(ObjectStore& store, const Node& node,
                                          std::optional<Oid> tree, const std::string& path,
                                          std::vector<std::string>& clashes);

  Node root_;
};

}  // namespace mergeq::vcs
