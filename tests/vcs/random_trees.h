/// Trees that are edited, moved, deleted and replaced at random, and a quick way to make commits of
/// them. For tests of merges and of what finds the pairs that do not merge.
#pragma once

#include <array>
#include <fstream>
#include <map>
#include <string>

#include "scheduler/rng.h"
#include "tests/vcs/test_repository.h"

namespace mergeq::test {

struct Node {
  std::string mode;
  std::string content;
  friend bool operator==(const Node&, const Node&) = default;
};
using Tree = std::map<std::string, Node>;

/// Trees of a few files that are edited, moved, deleted and replaced in every way that git knows.
class RandomTrees {
 public:
  explicit RandomTrees(std::uint64_t seed) : rng_(seed) {}

  Tree start() {
    Tree tree;
    for (const char* path : {"a/x", "a/y", "a/d/z", "b/x", "b/w", "c", "d/e/f/g"}) {
      tree[path] = {"100644", text()};
    }
    if (rng_.chance(0.3)) tree["b/empty"] = {"100644", ""};
    if (rng_.chance(0.3)) tree["empty"] = {"100644", ""};
    if (rng_.chance(0.2)) tree["link"] = {"120000", "a"};
    if (rng_.chance(0.2)) tree["module"] = {"160000", std::string(40, '1')};
    return tree;
  }

  Tree changed(Tree tree) {
    const std::uint64_t steps = 1 + rng_.below(4);
    for (std::uint64_t i = 0; i < steps; ++i) change(tree);
    return tree;
  }

 private:
  std::string text() {
    std::string text;
    for (int i = 0; i < 20; ++i)
      text += "line " + std::to_string(rng_.below(1'000'000)) + " of text\n";
    return text;
  }
  std::string any_path(const Tree& tree) {
    auto it = tree.begin();
    std::advance(it, static_cast<long>(rng_.below(tree.size())));
    return it->first;
  }
  std::string new_path() {
    static constexpr std::array directories{"", "a/", "b/", "n/", "a/d/", "c/", "m/"};
    static constexpr std::array names{"x", "y", "n1", "n2", "link"};
    return std::string(directories[rng_.below(directories.size())]) +
           names[rng_.below(names.size())];
  }
  static void put(Tree& tree, const std::string& path, Node node) {
    std::erase_if(
        tree, [&](const auto& entry) {  // a file and a directory of one name exclude one another
          return entry.first.starts_with(path + '/') || path.starts_with(entry.first + '/');
        });
    tree[path] = std::move(node);
  }
  void edit(Node& node) {
    if (!node.mode.starts_with("100")) {
      node.content = node.mode == "160000" ? std::string(40, rng_.chance(0.5) ? '2' : '3')
                                           : "target" + std::to_string(rng_.below(3));
      return;
    }
    std::size_t at = 0;
    for (std::uint64_t skip = rng_.below(20); skip > 0 && at < node.content.size(); --skip) {
      at = node.content.find('\n', at) + 1;
    }
    node.content.insert(at, "edit " + std::to_string(rng_.below(4)) + "\n");
  }
  void move(Tree& tree, const std::string& from, const std::string& to) {
    Node node = tree.at(from);
    tree.erase(from);
    if (rng_.chance(0.4)) edit(node);
    put(tree, to, std::move(node));
  }
  void move_directory(Tree& tree) {
    static constexpr std::array from{"a", "b", "d", "a/d", "d/e"};
    static constexpr std::array to{"p", "q/r", "b", "d/new"};
    const std::string old_name = std::string(from[rng_.below(from.size())]) + '/';
    const std::string new_name = std::string(to[rng_.below(to.size())]) + '/';
    if (new_name.starts_with(old_name)) return;
    Tree moved;
    for (const auto& [path, node] : tree) {
      if (path.starts_with(old_name)) moved[new_name + path.substr(old_name.size())] = node;
    }
    std::erase_if(tree, [&](const auto& entry) { return entry.first.starts_with(old_name); });
    for (const auto& [path, node] : moved) put(tree, path, node);
  }
  void change(Tree& tree) {
    if (tree.empty()) return put(tree, new_path(), {"100644", text()});
    const std::string path = any_path(tree);
    switch (rng_.below(10)) {
      case 0:
        return void(tree.erase(path));
      case 1:
        return move(tree, path, new_path());
      case 2:
        return move_directory(tree);
      case 3:
        return put(tree, new_path(), {"100644", rng_.chance(0.3) ? "" : text()});
      case 4:
        return put(tree, new_path(),
                   {rng_.chance(0.5) ? "120000" : "160000", std::string(40, '4')});
      case 5:
        if (tree[path].mode.starts_with("100")) tree[path].mode = "100755";
        return;
      case 6:
        return put(tree, path, {"120000", "elsewhere"});
      default:
        return edit(tree[path]);
    }
  }

  Rng rng_;
};

/// Commits as branches, through one run of `git fast-import`.
class FastImport {
 public:
  void add(const std::string& branch, const Tree& tree, const std::string& parent) {
    stream_ += "commit refs/heads/" + branch + "\ncommitter T <t@example.invalid> " +
               std::to_string(1'700'000'000 + commits_++) + " +0000\ndata 1\nm\n";
    if (!parent.empty()) stream_ += "from refs/heads/" + parent + "\n";
    stream_ += "deleteall\n";
    for (const auto& [path, node] : tree) {
      if (node.mode == "160000") {
        stream_ += "M 160000 " + node.content + " " + path + "\n";
      } else {
        stream_ += "M " + node.mode + " inline " + path + "\ndata " +
                   std::to_string(node.content.size()) + "\n" + node.content + "\n";
      }
    }
    stream_ += "\n";
  }
  void run(const TestRepository& repository) const {
    const std::string file = (repository.folder() / "stream").string();
    std::ofstream(file, std::ios::binary) << stream_;
    repository.git("fast-import --quiet < " + TestRepository::quoted(file));
  }

 private:
  std::string stream_;
  int commits_ = 0;
};

}  // namespace mergeq::test
