#include "vcs/tree_edit.h"

namespace mergeq::vcs {

TreeEdits::Node& TreeEdits::at(std::string_view path) {
  Node* node = &root_;
  while (true) {
    const std::size_t slash = path.find('/');
    node = &node->children[std::string(path.substr(0, slash))];
    if (slash == std::string_view::npos) return *node;
    path.remove_prefix(slash + 1);
  }
}

Result<TreeEdits::Written> TreeEdits::apply(ObjectStore& store,
                                            const std::optional<Oid>& root) const {
  Written written;
  MERGEQ_TRY(const std::optional<Oid> tree, write(store, root_, root, "", written.clashes));
  if (tree) {
    written.tree = *tree;
  } else {
    MERGEQ_TRY(written.tree, store.write_tree({}));
  }
  return written;
}

Result<std::optional<Oid>> TreeEdits::write(ObjectStore& store, const Node& node,
                                            std::optional<Oid> tree, const std::string& path,
                                            std::vector<std::string>& clashes) {
  if (node.tree) tree = *node.tree;
  if (node.children.empty()) return tree;
  MERGEQ_TRY(const auto before, store.tree(tree));
  std::map<std::string, TreeEntry, std::less<>> entries;
  for (const TreeEntry& entry : *before) entries.emplace(entry.name, entry);
  for (const auto& [name, child] : node.children) {
    std::optional<File> file;
    std::optional<Oid> subtree;
    if (const auto found = entries.find(name); found != entries.end()) {
      const TreeEntry& entry = found->second;
      entry.is_tree() ? void(subtree = entry.id) : void(file = File{entry.mode, entry.id});
    }
    if (child.file) file = *child.file;
    MERGEQ_TRY(subtree, write(store, child, subtree, join_path(path, name), clashes));
    if (file && subtree) clashes.push_back(join_path(path, name));
    if (subtree) {
      entries[name] = {.name = name, .mode = GIT_FILEMODE_TREE, .id = *subtree};
    } else if (file) {
      entries[name] = {.name = name, .mode = file->mode, .id = file->id};
    } else {
      entries.erase(name);
    }
  }
  if (entries.empty()) return std::nullopt;
  TreeEntries after;
  for (auto& [name, entry] : entries) after.push_back(std::move(entry));
  if (tree && after == *before) return tree;
  MERGEQ_TRY(const Oid id, store.write_tree(std::move(after)));
  return id;
}

}  // namespace mergeq::vcs
