#include "vcs/targets.h"

#include <algorithm>

#include "vcs/local_repository.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t known_max = 200'000;
constexpr std::size_t global_owner = static_cast<std::size_t>(-1);

Oid hash_of(const std::string& text) {
  Oid hash;
  git_odb_hash(&hash.raw, text.data(), text.size(), GIT_OBJECT_BLOB);
  return hash;
}

void append(std::string& text, std::string_view field) {
  text.append(std::to_string(field.size())).append(1, ':').append(field);
}

std::string directory_hash(const Oid& own, const Oid& global) {
  return hash_of("directory " + own.hex() + global.hex()).hex();
}

Error too_deep() {
  return {ErrorCode::too_large, "directories are nested deeper than 1,000 levels"};
}

}  // namespace

std::string directory_target(std::string_view directory) {
  return "dir:" + std::string(directory.empty() ? "." : directory);
}

void TargetHasher::use(const TargetRules& rules) {
  std::string text;
  for (const TargetRule& rule : rules.rules) {
    append(text, rule.name);
    for (const std::string& path : rule.paths) append(text, path);
    text += '|';
    for (const std::string& name : rule.depends_on) append(text, name);
    text += '\n';
  }
  for (const std::string& path : rules.global_paths) append(text, path);
  if (text == rules_in_use_ && rules_.size() == rules.rules.size()) return;
  rules_in_use_ = std::move(text);
  rules_ = rules.rules;
  rule_numbers_.clear();
  globs_.clear();
  known_.clear();
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    rule_numbers_.emplace(rules_[i].name, i);
    for (const std::string& path : rules_[i].paths) globs_.push_back({i, Glob(path)});
  }
  for (const std::string& path : rules.global_paths) globs_.push_back({global_owner, Glob(path)});
}

TargetHasher::States TargetHasher::start() const {
  States states;
  for (const OwnedGlob& owned : globs_) states.push_back(owned.glob.start());
  return states;
}

TargetHasher::States TargetHasher::advance(const States& states, std::string_view name) const {
  States next(states.size());
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (states[i] != 0) next[i] = globs_[i].glob.advance(states[i], name);
  }
  return next;
}

std::vector<std::size_t> TargetHasher::owners(const States& states) const {
  std::vector<std::size_t> owners;
  for (std::size_t i = 0; i < states.size(); ++i) {
    const bool is_new = owners.empty() || owners.back() != globs_[i].owner;
    if (is_new && globs_[i].glob.is_match(states[i])) owners.push_back(globs_[i].owner);
  }
  return owners;  // ascending, since globs_ is ordered by owner
}

Result<TargetHasher::Directory> TargetHasher::directory(const std::string& path, const Oid& tree,
                                                        const States& states, std::size_t depth) {
  if (depth > depth_max) return tl::unexpected<Error>(too_deep());
  const auto key = std::pair(path, tree);
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  MERGEQ_TRY(const auto entries, store_.tree(tree));
  std::string own;
  std::map<std::size_t, std::string> by_rule;
  for (const TreeEntry& entry : *entries) {
    const States below = advance(states, entry.name);
    std::string field = std::to_string(entry.mode) + ' ';
    append(field, entry.name);
    if (!entry.is_tree()) {
      field += entry.id.hex();
      const std::vector<std::size_t> found = owners(below);
      for (const std::size_t owner : found) by_rule[owner] += field;
      if (found.empty() || found == std::vector{global_owner}) own += field;
    } else if (std::ranges::any_of(below, [](Glob::State state) { return state != 0; })) {
      MERGEQ_TRY(const Directory child,
                 directory(join_path(path, entry.name), entry.id, below, depth + 1));
      for (const auto& [owner, hash] : child.by_rule) by_rule[owner] += field + hash.hex();
    }
  }
  Directory result;
  if (!own.empty()) result.own = hash_of(own);
  for (const auto& [owner, text] : by_rule) result.by_rule[owner] = hash_of(text);
  if (known_.size() >= known_max) known_.clear();
  known_[key] = result;
  return result;
}

Result<std::optional<Oid>> TargetHasher::own_hash_of(const Oid& root, const std::string& target) {
  if (!target.starts_with("dir:")) return std::nullopt;
  const std::string path = target == "dir:." ? "" : target.substr(4);
  States states = start();
  Oid tree = root;
  if (!path.empty()) {
    MERGEQ_TRY(const std::optional<TreeEntry> entry, store_.entry(root, path));
    if (!entry || !entry->is_tree()) return std::nullopt;
    tree = entry->id;
    std::string_view rest = path;
    while (!rest.empty()) {
      const std::size_t slash = rest.find('/');
      states = advance(states, rest.substr(0, slash));
      rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    }
  }
  MERGEQ_TRY(const Directory found, directory(path, tree, states, 0));
  return found.own;
}

std::set<std::string> TargetHasher::closure(const std::string& target) const {
  std::set<std::string> reached{target};
  std::vector<std::string> open{target};
  while (!open.empty()) {
    const auto rule = rule_numbers_.find(open.back());
    open.pop_back();
    if (rule == rule_numbers_.end()) continue;
    for (const std::string& name : rules_[rule->second].depends_on) {
      if (reached.insert(name).second) open.push_back(name);
    }
  }
  return reached;
}

Result<TargetHasher::RuleHashes> TargetHasher::rule_hashes(const Oid& tree) {
  RuleHashes hashes;
  MERGEQ_TRY(const Directory root, directory("", tree, start(), 0));
  const auto global = root.by_rule.find(global_owner);
  hashes.global = global == root.by_rule.end() ? hash_of("") : global->second;
  hashes.own.resize(rules_.size());
  for (const auto& [owner, hash] : root.by_rule) {
    if (owner != global_owner) hashes.own[owner] = hash;
  }
  for (const TargetRule& rule : rules_) {
    std::string text = "rule ";
    append(text, rule.name);
    for (const std::string& name : closure(rule.name)) {
      append(text, name);
      const auto number = rule_numbers_.find(name);
      std::optional<Oid> own;
      if (number != rule_numbers_.end()) {
        own = hashes.own[number->second];
      } else {
        MERGEQ_TRY(own, own_hash_of(tree, name));
      }
      text += own ? own->hex() : "none";
    }
    hashes.full.push_back(hash_of(text + hashes.global.hex()).hex());
  }
  return hashes;
}

Result<> TargetHasher::add_directories(const std::string& path, const Oid& tree,
                                       const States& states, const Oid& global, std::size_t depth,
                                       std::set<TargetHash>& found) {
  MERGEQ_TRY(const Directory here, directory(path, tree, states, depth));
  if (here.own) found.insert({directory_target(path), directory_hash(*here.own, global)});
  MERGEQ_TRY(const auto entries, store_.tree(tree));
  for (const TreeEntry& entry : *entries) {
    if (!entry.is_tree()) continue;
    MERGEQ_DO(add_directories(join_path(path, entry.name), entry.id, advance(states, entry.name),
                              global, depth + 1, found));
  }
  return {};
}

Result<> TargetHasher::compare_directories(const std::string& path, const Pair& trees,
                                           const States& states, const Oid& global,
                                           std::size_t depth, std::set<TargetHash>& found) {
  if (trees.from == trees.to) return {};
  Directory before;
  Directory after;
  if (trees.from) {
    MERGEQ_TRY(before, directory(path, *trees.from, states, depth));
  }
  if (trees.to) {
    MERGEQ_TRY(after, directory(path, *trees.to, states, depth));
  }
  if (before.own && !after.own) found.insert({directory_target(path), tombstone});
  if (after.own && before.own != after.own) {
    found.insert({directory_target(path), directory_hash(*after.own, global)});
  }
  MERGEQ_TRY(auto from, store_.tree(trees.from));
  MERGEQ_TRY(auto to, store_.tree(trees.to));
  for (const auto& [name, entries] : join_entries<2>({from, to})) {
    const Pair below{tree_part(entries[0]), tree_part(entries[1])};
    if (below.from == below.to) continue;
    MERGEQ_DO(compare_directories(join_path(path, name), below, advance(states, name), global,
                                  depth + 1, found));
  }
  return {};
}

Result<std::vector<TargetHash>> TargetHasher::targets(const Oid& tree, const TargetRules& rules) {
  use(rules);
  MERGEQ_TRY(const RuleHashes hashes, rule_hashes(tree));
  std::set<TargetHash> found;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (hashes.own[i]) found.insert({rules_[i].name, hashes.full[i]});
  }
  MERGEQ_DO(add_directories("", tree, start(), hashes.global, 0, found));
  return std::vector<TargetHash>(found.begin(), found.end());
}

Result<std::vector<TargetHash>> TargetHasher::new_targets(const Oid& from, const Oid& to,
                                                          const TargetRules& rules) {
  use(rules);
  MERGEQ_TRY(const RuleHashes before, rule_hashes(from));
  MERGEQ_TRY(const RuleHashes after, rule_hashes(to));
  std::set<TargetHash> found;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (before.own[i] && !after.own[i]) found.insert({rules_[i].name, tombstone});
    const bool is_same = before.own[i] && before.full[i] == after.full[i];
    if (after.own[i] && !is_same) found.insert({rules_[i].name, after.full[i]});
  }
  MERGEQ_DO(compare_directories("", {from, to}, start(), after.global, 0, found));
  if (before.global != after.global) {  // then every directory's hash is new
    MERGEQ_DO(add_directories("", to, start(), after.global, 0, found));
  }
  return std::vector<TargetHash>(found.begin(), found.end());
}

TargetHasher::Affected TargetHasher::affected(const std::vector<FileChange>& changes,
                                              const TargetRules& rules) {
  use(rules);
  Affected affected;
  std::set<std::string> touched;
  for (const FileChange& change : changes) {
    bool has_owner = false;
    for (const OwnedGlob& owned : globs_) {
      if (!owned.glob.matches(change.path)) continue;
      if (owned.owner == global_owner) {
        affected.is_global = true;
      } else {
        touched.insert(rules_[owned.owner].name);
        has_owner = true;
      }
    }
    if (!has_owner) touched.insert(directory_target(directory_of(change.path)));
  }
  std::set<std::string> all = touched;
  for (const TargetRule& rule : rules_) {
    const std::set<std::string> reached = closure(rule.name);
    if (std::ranges::any_of(reached, [&](const auto& name) { return touched.contains(name); })) {
      all.insert(rule.name);
    }
  }
  affected.targets.assign(all.begin(), all.end());
  return affected;
}

Result<std::vector<TargetHash>> LocalRepository::targets(const TreeId& tree,
                                                         const TargetRules& rules) const {
  const std::optional<Oid> id = parse_oid(tree.hex);
  if (!id) return fail(ErrorCode::invalid, "expected a tree id of 40 hexadecimal digits");
  return hasher_.targets(*id, rules);
}

Result<std::vector<TargetHash>> LocalRepository::new_targets(const TreeId& from, const TreeId& to,
                                                             const TargetRules& rules) const {
  const std::optional<Oid> before = parse_oid(from.hex);
  const std::optional<Oid> after = parse_oid(to.hex);
  if (!before || !after) {
    return fail(ErrorCode::invalid, "expected two tree ids of 40 hexadecimal digits");
  }
  return hasher_.new_targets(*before, *after, rules);
}

}  // namespace mergeq::vcs
