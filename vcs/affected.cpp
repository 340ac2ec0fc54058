#include "vcs/affected.h"

#include <algorithm>
#include <set>

#include "vcs/languages.h"

namespace mergeq::vcs {
namespace {

using NodeId = TargetGraph::NodeId;

/// The names of those who own a file.
std::vector<std::string> owners(const TargetGraph& graph, const std::string& path) {
  std::vector<std::string> names;
  for (const std::size_t target : graph.owners(path)) names.push_back(graph.targets[target].name);
  if (names.empty() && !graph.layout.is_shared(path)) {
    names.push_back(directory_target(directory_of(path)));
  }
  return names;
}

/// Each owner with the first path of it that was touched.
std::map<std::string, std::string> touched_owners(const Comparison& c) {
  std::map<std::string, std::string> touched;
  for (const FileChange& change : c.changes) {
    if (change.after) {
      for (auto& name : owners(*c.after->graph, change.path)) touched.emplace(name, change.path);
    }
    if (change.before) {
      for (auto& name : owners(*c.before->graph, change.path)) touched.emplace(name, change.path);
    }
  }
  return touched;
}

bool is_touched(const std::vector<FileChange>& changes, const std::string& directory) {
  const auto from = std::ranges::lower_bound(changes, directory, {}, &FileChange::path);
  for (auto it = from; it != changes.end() && it->path.starts_with(directory); ++it) {
    if (is_within(it->path, directory)) return true;
  }
  return false;
}

/// What of the manifests that cannot be read concerns this change.
std::vector<std::string> unreadable_reasons(const Comparison& c) {
  std::vector<std::string> reasons;
  std::map<std::string, std::string> before;
  for (const auto& one : c.before->graph->unreadable) before.emplace(one.path, one.why);
  for (const auto& one : c.after->graph->unreadable) {
    const bool is_new = before.erase(one.path) == 0;
    if (is_new || is_touched(c.changes, std::string(directory_of(one.path)))) {
      reasons.push_back(one.path + " cannot be read (" + one.why + ")");
    }
  }
  for (const auto& [path, why] : before) reasons.push_back(path + " could not be read before");
  if (!c.after->graph->outside_failure.empty()) {
    reasons.push_back("there is no target graph: " + c.after->graph->outside_failure);
  } else if (!c.before->graph->outside_failure.empty()) {
    reasons.push_back("there was no target graph before");
  }
  return reasons;
}

bool is_environment_file(const TargetGraph& graph, const std::string& path) {
  const TargetGraph::Node& root = graph.nodes[graph.environments.at("")];
  return std::ranges::any_of(root.needs, [&](NodeId needed) {
    const TargetGraph::Source& source = graph.nodes[needed].source;
    return source.kind == TargetGraph::Source::Kind::entry && source.path == path;
  });
}

std::string joined(const std::vector<std::string>& sentences) {
  constexpr std::size_t shown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, sentences.size()); ++i) {
    text += (text.empty() ? "" : "; ") + sentences[i];
  }
  if (sentences.size() > shown)
    text += " and " + std::to_string(sentences.size() - shown) + " more";
  return text;
}

std::string why_global(const Comparison& c) {
  const NodeId before = c.before->graph->environments.at("");
  const NodeId after = c.after->graph->environments.at("");
  if (c.before->of(before) == c.after->of(after)) return "";
  std::vector<std::string> found = unreadable_reasons(c);
  for (const FileChange& change : c.changes) {
    for (const std::uint32_t pattern : c.after->graph->layout.matching(change.path)) {
      if (c.after->graph->layout.is_owner(pattern)) continue;
      found.push_back(change.path + " is under global_paths");
      break;
    }
    if (is_environment_file(*c.after->graph, change.path) ||
        is_environment_file(*c.before->graph, change.path)) {
      found.push_back("everything uses " + change.path);
    }
  }
  if (found.empty()) found.emplace_back("what everything uses is another than before");
  return joined(found);
}

std::string why_build_graph(const TargetHasher& hasher, const Comparison& c) {
  std::vector<std::string> found = unreadable_reasons(c);
  if (c.before->graph->structure != c.after->graph->structure) {
    found.emplace_back("targets, what they need or whose files are whose differ");
  }
  for (const FileChange& change : c.changes) {
    if (c.rules.has_command || hasher.is_read(change.path) || !is_manifest(change.path)) continue;
    found.push_back("no reader is used for the manifest " + change.path);
  }
  return joined(found);
}

/// Walks from what was touched to those who need it, the near ones first.
class Ways {
 public:
  explicit Ways(const Comparison& c) : graph_(*c.after->graph), users_(graph_.nodes.size()) {
    for (NodeId node = 0; node < graph_.nodes.size(); ++node) {
      for (const NodeId needed : graph_.nodes[node].needs) users_[needed].push_back(node);
    }
    from_.assign(graph_.nodes.size(), unreached);
    for (NodeId node = 0; node < graph_.nodes.size(); ++node) {
      if (is_source(node, c.changes)) reach(node, node);
    }
    for (std::size_t next = 0; next < open_.size(); ++next) {
      for (const NodeId user : users_[open_[next]]) reach(user, open_[next]);
    }
  }
  /// The next target or file on the way from `node` to what was touched; nothing: no way.
  std::optional<NodeId> next(NodeId node) const {
    if (from_[node] == unreached || from_[node] == node) return std::nullopt;
    NodeId at = from_[node];
    while (from_[at] != at && graph_.target_of[at] == TargetGraph::no_target) at = from_[at];
    return at;
  }
  bool is_reached(NodeId node) const { return from_[node] != unreached; }

 private:
  static constexpr NodeId unreached = static_cast<NodeId>(-1);

  void reach(NodeId node, NodeId from) {
    if (from_[node] != unreached) return;
    from_[node] = from;
    open_.push_back(node);
  }
  bool is_source(NodeId node, const std::vector<FileChange>& changes) const {
    const TargetGraph::Source& source = graph_.nodes[node].source;
    using Kind = TargetGraph::Source::Kind;
    if (source.kind == Kind::none || !is_touched(changes, source.path)) return false;
    if (source.kind == Kind::entry) return true;
    return std::ranges::any_of(changes, [&](const FileChange& change) {
      if (!is_within(change.path, source.path)) return false;
      const auto matching = graph_.layout.matching(change.path);
      if (source.kind == Kind::pattern) return std::ranges::count(matching, source.pattern) != 0;
      const bool is_ruled = std::ranges::any_of(
          matching, [&](std::uint32_t pattern) { return graph_.layout.is_owner(pattern); });
      if (is_ruled) return false;
      if (source.kind == Kind::directory) return directory_of(change.path) == source.path;
      const std::string* place = graph_.layout.nearest_place(directory_of(change.path));
      return place != nullptr && *place == source.path;
    });
  }

  const TargetGraph& graph_;
  std::vector<std::vector<NodeId>> users_;
  std::vector<NodeId> from_;  // by node: the one nearer to what was touched; itself: a beginning
  std::vector<NodeId> open_;
};

const TargetGraph::Target* target_named(const TreeHashes& hashes, const std::string& name) {
  const auto& targets = hashes.graph->targets;
  const auto found = std::ranges::lower_bound(targets, name, {}, &TargetGraph::Target::name);
  const bool is_there = found != targets.end() && found->name == name && hashes.has(*found);
  return is_there ? &*found : nullptr;
}

std::string first_touched(const Comparison& c, const TargetGraph::Source& source) {
  for (const FileChange& change : c.changes) {
    if (is_within(change.path, source.path)) return change.path;
  }
  return source.path;
}

AffectedTarget reason_by_graph(const Comparison& c, const Ways& ways, const std::string& name) {
  using enum AffectedTarget::Reason;
  const TargetGraph& graph_after = *c.after->graph;
  std::optional<NodeId> node;
  if (const TargetGraph::Target* target = target_named(*c.after, name)) {
    if (!target_named(*c.before, name)) return {name, graph, "it is new"};
    node = ways.next(target->node);
  } else if (name.starts_with("dir:")) {
    const NodeId around = graph_after.environment_of(name == "dir:." ? "" : name.substr(4));
    if (ways.is_reached(around)) node = ways.next(around);
  } else {
    return {name, graph, "it is gone"};
  }
  if (!node) return {name, graph, "its files or needs are others than before"};
  const std::size_t needed = graph_after.target_of[*node];
  if (needed != TargetGraph::no_target) {
    return {name, needs_target, graph_after.targets[needed].name};
  }
  return {name, uses_file, first_touched(c, graph_after.nodes[*node].source)};
}

}  // namespace

Result<Affected> affected(TargetHasher& hasher, const Comparison& c) {
  Affected found{
      .targets = {}, .why_global = why_global(c), .why_build_graph = why_build_graph(hasher, c)};
  if (!found.why_global.empty()) {
    for (const auto& [name, path] : touched_owners(c)) found.targets.push_back(name);
    return found;
  }
  MERGEQ_TRY(const auto fresh, hasher.new_targets(c.before->tree, c.after->tree, c.rules));
  for (const TargetHash& target : fresh) found.targets.push_back(target.target);
  return found;
}

std::vector<AffectedTarget> reasons(const Comparison& c, const std::vector<std::string>& targets) {
  const Ways ways(c);
  const std::map<std::string, std::string> touched = touched_owners(c);
  std::vector<AffectedTarget> found;
  for (const std::string& name : targets) {
    const auto owner = touched.find(name);
    found.push_back(owner != touched.end()
                        ? AffectedTarget{name, AffectedTarget::Reason::owns_path, owner->second}
                        : reason_by_graph(c, ways, name));
  }
  return found;
}

}  // namespace mergeq::vcs
