#include "vcs/target_hashes.h"

#include <algorithm>

#include "vcs/tree_diff.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t contents_max = 200'000;  // directories
constexpr std::size_t recent_max = 16;         // trees

void append(std::string& bytes, const Oid& id) {
  bytes.append(reinterpret_cast<const char*>(id.raw.id), GIT_OID_RAWSZ);
}

Oid tree_id(TreeEntries entries) {
  const std::string content = tree_content(std::move(entries));
  Oid id;
  git_odb_hash(&id.raw, content.data(), content.size(), GIT_OBJECT_TREE);
  return id;
}

Oid component_hash(const TreeHashes& hashes, const TargetGraph::Component& component,
                   std::string& buffer, std::vector<Oid>& needed) {
  buffer.clear();
  for (const TargetGraph::NodeId member : component.members) {
    append(buffer, hashes.graph->label_hashes[member]);
    buffer += hashes.own[member] ? '+' : '-';
    if (hashes.own[member]) append(buffer, *hashes.own[member]);
  }
  needed.clear();
  for (const std::uint32_t number : component.needs) needed.push_back(hashes.components[number]);
  std::ranges::sort(needed);  // their numbers differ from graph to graph
  for (const Oid& hash : needed) append(buffer, hash);
  return hash_of(buffer);
}

Error too_deep() {
  return {ErrorCode::too_large, "directories are nested deeper than 1,000 levels"};
}

}  // namespace

Oid TreeHashes::of(TargetGraph::NodeId node) const {
  const std::uint32_t number = graph->component_of[node];
  if (graph->components[number].members.size() == 1) return components[number];
  return hash_of(graph->label_hashes[node].hex() + components[number].hex());
}

bool TreeHashes::has(const TargetGraph::Target& target) const {
  const TargetGraph::Node& node = graph->nodes[target.node];
  if (node.role == TargetGraph::Role::package) return true;
  return std::ranges::any_of(node.needs, [&](TargetGraph::NodeId needed) {
    const TargetGraph::Source& source = graph->nodes[needed].source;
    return source.kind == TargetGraph::Source::Kind::pattern &&
           graph->pattern_owners[source.pattern] == target.node && own[needed];
  });
}

struct TargetHashes::Gathered {
  std::string own;
  TreeEntries region;
  std::map<std::uint32_t, TreeEntries> by_pattern;
};

void TargetHashes::add_file(const Directory& at, const TreeEntry& file, Gathered& gathered) {
  bool is_owned = false;
  for (const std::uint32_t pattern : at.layout.matching(at.states, file.name)) {
    gathered.by_pattern[pattern].push_back(file);
    is_owned = is_owned || at.layout.is_owner(pattern);
  }
  if (is_owned) return;
  if (at.is_placed) {
    gathered.region.push_back(file);
  } else if (!at.layout.is_shared(join_path(at.path, file.name))) {
    gathered.own += std::to_string(file.mode) + ' ' + file.id.hex() + ' ';
    append_field(gathered.own, file.name);
  }
}

Result<> TargetHashes::add_directory(const Directory& at, const TreeEntry& entry,
                                     Gathered& gathered) {
  const std::string path = join_path(at.path, entry.name);
  const TargetLayout::States states = at.layout.enter(at.states, entry.name, path);
  const bool are_uniform = at.layout.are_patterns_uniform(path, states);
  const auto begins_above = [&](std::uint32_t pattern) {
    return std::ranges::binary_search(at.states, pattern, {}, &TargetLayout::Active::pattern);
  };
  const bool is_place = at.layout.is_place(path);
  bool has_region = at.is_placed && !is_place;
  if (are_uniform) {
    for (const std::uint32_t pattern : at.layout.taking_all(states)) {
      if (begins_above(pattern)) gathered.by_pattern[pattern].push_back(entry);
      has_region = has_region && !at.layout.is_owner(pattern);
    }
    if (has_region && !at.layout.has_place_below(path)) {
      gathered.region.push_back(entry);
      return {};
    }
  }
  if (!has_region && (are_uniform || at.states.empty())) return {};
  MERGEQ_TRY(const DirectoryContents inner,
             contents({at.layout, path, states, at.depth + 1, at.is_placed || is_place}, entry.id));
  if (has_region && inner.region) {
    gathered.region.push_back({entry.name, entry.mode, *inner.region});
  }
  if (are_uniform) return {};
  for (const auto& [pattern, id] : inner.by_pattern) {
    if (!begins_above(pattern)) continue;
    gathered.by_pattern[pattern].push_back({entry.name, entry.mode, id});
  }
  return {};
}

Result<DirectoryContents> TargetHashes::contents(const Directory& at, const Oid& tree) {
  if (at.depth > depth_max) return tl::unexpected<Error>(too_deep());
  if (layout_ != at.layout.digest()) {
    layout_ = at.layout.digest();
    contents_.clear();
  }
  const auto key = std::pair(at.path, tree);
  if (const auto known = contents_.find(key); known != contents_.end()) return known->second;
  MERGEQ_TRY(const auto entries, store_.tree(tree));
  Gathered gathered;
  for (const TreeEntry& entry : *entries) {
    if (entry.is_tree()) {
      MERGEQ_DO(add_directory(at, entry, gathered));
    } else {
      add_file(at, entry, gathered);
    }
  }
  DirectoryContents result;
  if (!gathered.own.empty()) result.own = hash_of(gathered.own);
  if (!gathered.region.empty()) result.region = tree_id(std::move(gathered.region));
  for (auto& [pattern, matched] : gathered.by_pattern) {
    result.by_pattern[pattern] = tree_id(std::move(matched));
  }
  if (contents_.size() >= contents_max) contents_.clear();
  contents_[key] = result;
  return result;
}

Result<DirectoryContents> TargetHashes::contents_at(const TargetLayout& layout,
                                                    const std::string& path, const Oid& tree) {
  return contents({layout, path, layout.states_at(path), 0, layout.nearest_place(path) != nullptr},
                  tree);
}

Result<std::optional<Oid>> TargetHashes::own(const TargetGraph& graph, NodeId node,
                                             const std::optional<Oid>& tree) {
  using Kind = TargetGraph::Source::Kind;
  const TargetGraph::Source& source = graph.nodes[node].source;
  if (source.kind == Kind::none || !tree) return std::nullopt;
  std::optional<TreeEntry> entry = TreeEntry{.name = "", .mode = GIT_FILEMODE_TREE, .id = *tree};
  if (!source.path.empty()) {
    MERGEQ_TRY(entry, store_.entry(tree, source.path));
  }
  if (!entry) return std::nullopt;
  if (source.kind == Kind::entry) return hash_of(std::to_string(entry->mode) + entry->id.hex());
  if (!entry->is_tree()) return std::nullopt;
  MERGEQ_TRY(const DirectoryContents found, contents_at(graph.layout, source.path, entry->id));
  if (source.kind == Kind::region) return found.region;
  if (source.kind == Kind::directory) return found.own;
  const auto matched = found.by_pattern.find(source.pattern);
  return matched == found.by_pattern.end() ? std::nullopt : std::optional(matched->second);
}

/// The nodes whose own files may differ: those whose files are where the trees differ.
Result<> TargetHashes::find_changed(const TargetGraph& graph, const std::string& path,
                                    const std::optional<Oid>& before,
                                    const std::optional<Oid>& after, const std::string* place,
                                    std::size_t depth, std::vector<NodeId>& changed) {
  if (before == after) return {};
  if (depth > depth_max) return tl::unexpected<Error>(too_deep());
  const auto note = [&](const std::string& at) {
    const auto found = graph.by_source.find(at);
    if (found == graph.by_source.end()) return;
    changed.insert(changed.end(), found->second.begin(), found->second.end());
  };
  note(path);
  if (graph.layout.is_place(path)) place = &path;
  if (place != nullptr && place != &path) note(*place);
  MERGEQ_TRY(auto from, store_.tree(before));
  MERGEQ_TRY(auto to, store_.tree(after));
  for (const auto& [name, entries] : join_entries<2>({from, to})) {
    if (entries[0] && entries[1] && *entries[0] == *entries[1]) continue;
    const std::string child = join_path(path, name);
    if (file_part(entries[0]) || file_part(entries[1])) note(child);
    MERGEQ_DO(find_changed(graph, child, tree_part(entries[0]), tree_part(entries[1]), place,
                           depth + 1, changed));
  }
  return {};
}

Result<std::shared_ptr<TreeHashes>> TargetHashes::from_nothing(
    const std::shared_ptr<const TargetGraph>& graph, const std::optional<Oid>& tree) {
  auto made = std::make_shared<TreeHashes>(TreeHashes{graph, tree, {}, {}});
  for (NodeId node = 0; node < graph->nodes.size(); ++node) {
    MERGEQ_TRY(std::optional<Oid> found, own(*graph, node, tree));
    made->own.push_back(std::move(found));
  }
  std::string buffer;
  std::vector<Oid> needed;
  for (const TargetGraph::Component& component : graph->components) {  // those needed come first
    made->components.push_back(component_hash(*made, component, buffer, needed));
  }
  return made;
}

Result<std::shared_ptr<TreeHashes>> TargetHashes::from(const TreeHashes& near,
                                                       const std::optional<Oid>& tree) {
  const TargetGraph& graph = *near.graph;
  std::vector<NodeId> changed;
  MERGEQ_DO(find_changed(graph, "", near.tree, tree, nullptr, 0, changed));
  std::ranges::sort(changed);
  const auto rest = std::ranges::unique(changed);
  changed.erase(rest.begin(), rest.end());

  auto made = std::make_shared<TreeHashes>(near);
  made->tree = tree;
  std::vector<bool> is_open(graph.components.size(), false);
  for (const NodeId node : changed) {
    MERGEQ_TRY(std::optional<Oid> found, own(graph, node, tree));
    if (found == made->own[node]) continue;
    made->own[node] = std::move(found);
    is_open[graph.component_of[node]] = true;
  }
  std::string buffer;
  std::vector<Oid> needed;
  for (std::size_t number = 0; number < is_open.size(); ++number) {
    if (!is_open[number]) continue;
    const TargetGraph::Component& component = graph.components[number];
    const Oid hash = component_hash(*made, component, buffer, needed);
    if (hash == made->components[number]) continue;
    made->components[number] = hash;
    for (const std::uint32_t user : component.users) is_open[user] = true;
  }
  return made;
}

Result<std::shared_ptr<const TreeHashes>> TargetHashes::hashes(
    const std::shared_ptr<const TargetGraph>& graph, const std::optional<Oid>& tree) {
  const auto known = std::ranges::find_if(
      recent_, [&](const auto& hashes) { return hashes->graph == graph && hashes->tree == tree; });
  std::shared_ptr<const TreeHashes> result;
  if (known != recent_.end()) {
    result = *known;
    recent_.erase(known);
  } else {
    const auto near =
        std::ranges::find_if(recent_, [&](const auto& hashes) { return hashes->graph == graph; });
    if (near != recent_.end()) {
      MERGEQ_TRY(result, from(**near, tree));
    } else {
      MERGEQ_TRY(result, from_nothing(graph, tree));
    }
  }
  recent_.push_front(result);
  if (recent_.size() > recent_max) recent_.pop_back();
  return result;
}

}  // namespace mergeq::vcs
