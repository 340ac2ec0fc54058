#include "vcs/targets.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "vcs/glob.h"
#include "vcs/tree_diff.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t shares_max = 200'000;       // directories whose shares are kept
constexpr std::size_t wholes_max = 64;            // trees whose hashes are kept
const std::string everything = "\x01everything";  // stands for the files that touch every target

std::string directory_target(std::string_view path) {
  const std::string_view directory = directory_of(path);
  return "dir:" + (directory.empty() ? std::string(".") : std::string(directory));
}

bool matches_any(const std::vector<std::string>& globs, std::string_view path) {
  return std::ranges::any_of(globs, [&](const std::string& g) { return glob_matches(g, path); });
}

std::string line(const TreeEntry& entry, const std::string& id) {
  return std::to_string(entry.mode) + ' ' + id + ' ' + entry.name + '\0';
}

}  // namespace

void TargetIndex::use(const TargetRules& rules) {
  std::string fingerprint;
  const auto add = [&](const std::vector<std::string>& list) {
    for (const std::string& text : list) fingerprint += text + '\0';
    fingerprint += '\1';
  };
  add(rules.global_paths);
  for (const TargetRule& rule : rules.rules) {
    add({rule.name});
    add(rule.paths);
    add(rule.depends_on);
  }
  if (fingerprint == fingerprint_) return;
  rules_ = rules;
  fingerprint_ = std::move(fingerprint);
  shares_.clear();
  wholes_.clear();
}

Result<std::string> TargetIndex::digest(const std::string& content) const {
  Oid id;
  const int code = git_odb_hash(&id.raw, content.data(), content.size(), GIT_OBJECT_BLOB);
  if (code != 0) return git_failure(code, "content could not be hashed");
  return id.hex();
}

void TargetIndex::add_file(Contents& contents, const TreeEntry& entry,
                           const std::string& path) const {
  const std::string text = line(entry, entry.id.hex());
  bool owned = false;
  if (matches_any(rules_.global_paths, path)) {
    contents[everything] += text;
    owned = true;
  }
  for (const TargetRule& rule : rules_.rules) {
    if (!matches_any(rule.paths, path)) continue;
    contents[rule.name] += text;
    owned = true;
  }
  if (!owned) contents[directory_target(path)] += text;
}

Result<std::shared_ptr<const TargetIndex::Shares>> TargetIndex::shares(const Oid& tree,
                                                                       const std::string& path,
                                                                       std::size_t depth) {
  if (depth > depth_max) return fail(ErrorCode::too_large, "directories nested too deep");
  const auto key = std::pair(tree, path);
  if (const auto it = shares_.find(key); it != shares_.end()) return it->second;
  MERGEQ_TRY(const auto entries, store_.tree(tree));
  Contents contents;
  for (const TreeEntry& entry : *entries) {
    const std::string below = join_path(path, entry.name);
    if (!entry.is_tree()) {
      add_file(contents, entry, below);
      continue;
    }
    MERGEQ_TRY(const auto inner, shares(entry.id, below, depth + 1));
    for (const auto& [target, hash] : *inner) contents[target] += line(entry, hash);
  }
  auto made = std::make_shared<Shares>();
  for (const auto& [target, content] : contents) {
    MERGEQ_TRY(std::string hash, digest(content));
    made->emplace_hint(made->end(), target, std::move(hash));
  }
  if (shares_.size() >= shares_max) shares_.clear();
  shares_.emplace(key, made);
  return made;
}

/// The target itself and all that it depends on, however far; a cycle is gone around once.
std::vector<std::string> TargetIndex::reach(const std::string& target) const {
  std::set<std::string> reached{target};
  std::vector<std::string> open{target};
  while (!open.empty()) {
    const std::string next = std::move(open.back());
    open.pop_back();
    for (const TargetRule& rule : rules_.rules) {
      if (rule.name != next) continue;
      for (const std::string& d : rule.depends_on) {
        if (reached.insert(d).second) open.push_back(d);
      }
    }
  }
  return {reached.begin(), reached.end()};
}

Result<std::vector<TargetHash>> TargetIndex::whole(const Shares& own) const {
  const auto all = own.find(everything);
  const std::string global = all == own.end() ? "" : all->second;
  std::vector<TargetHash> hashes;
  for (const auto& [target, share] : own) {
    if (target == everything) continue;
    std::string content = global + '\n';
    for (const std::string& name : reach(target)) {
      const auto it = own.find(name);
      content += name + '=' + (it == own.end() ? "none" : it->second) + '\n';
    }
    MERGEQ_TRY(std::string hash, digest(content));
    hashes.push_back({target, std::move(hash)});
  }
  if (!global.empty()) hashes.push_back({everything.substr(1), global});
  std::ranges::sort(hashes);
  return hashes;
}

Result<std::shared_ptr<const std::vector<TargetHash>>> TargetIndex::targets(
    const std::optional<Oid>& tree, const TargetRules& rules) {
  use(rules);
  if (!tree) return std::make_shared<const std::vector<TargetHash>>();
  if (const auto it = wholes_.find(*tree); it != wholes_.end()) return it->second;
  MERGEQ_TRY(const auto own, shares(*tree, "", 0));
  MERGEQ_TRY(std::vector<TargetHash> hashes, whole(*own));
  auto made = std::make_shared<const std::vector<TargetHash>>(std::move(hashes));
  if (wholes_.size() >= wholes_max) wholes_.clear();
  wholes_.emplace(*tree, made);
  return made;
}

Result<std::vector<TargetHash>> TargetIndex::changed(const std::optional<Oid>& from,
                                                     const std::optional<Oid>& to,
                                                     const TargetRules& rules) {
  if (from == to) return std::vector<TargetHash>();
  MERGEQ_TRY(const auto before, targets(from, rules));
  MERGEQ_TRY(const auto after, targets(to, rules));
  std::vector<TargetHash> fresh;
  std::ranges::set_difference(*after, *before, std::back_inserter(fresh));
  for (const TargetHash& old : *before) {
    const auto there = std::ranges::lower_bound(*after, old.target, {}, &TargetHash::target);
    if (there == after->end() || there->target != old.target) fresh.push_back({old.target, "gone"});
  }
  std::ranges::sort(fresh);
  return fresh;
}

}  // namespace mergeq::vcs
