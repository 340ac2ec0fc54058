#include "vcs/target_assembly.h"

#include <algorithm>

#include "vcs/target_packages.h"

namespace mergeq::vcs {
namespace {

using NodeId = TargetGraph::NodeId;
using Role = TargetGraph::Role;
using Source = TargetGraph::Source;

std::string word_of(Ecosystem ecosystem) { return std::string(to_name(ecosystem)); }

class Assembler {
 public:
  explicit Assembler(const GraphInput& input)
      : input_(input),
        packages_(input.outside ? std::vector<const FoundManifest*>{} : input.manifests,
                  input.directories) {}

  TargetGraph run() {
    add_packages();
    add_rules(input_.rules.rules, TargetLayout::Tier::rule, Role::rule);
    if (input_.outside)
      add_rules(input_.outside->targets, TargetLayout::Tier::outside, Role::outside);
    name_targets();
    gather_shared();
    make_environments();
    make_shared();
    for (std::size_t i = 0; i < packages_.all().size(); ++i) connect_package(i);
    connect_contained();
    for (const Rule& rule : rules_) connect_rule(rule);
    graph_.layout.seal();
    graph_.seal();
    return std::move(graph_);
  }

 private:
  struct Rule {
    const TargetRule* rule;
    NodeId node;
    std::vector<std::uint32_t> patterns;
  };
  /// The files of one place that targets there and below use, and what manifests say for all below.
  struct SharedPlace {
    std::set<std::string> files;
    std::vector<Statement> statements;
  };

  NodeId node(Role role, std::string label, Source source = {}) {
    graph_.nodes.push_back({role, std::move(label), std::move(source), {}});
    return static_cast<NodeId>(graph_.nodes.size() - 1);
  }
  void need(NodeId from, NodeId to) { graph_.nodes[from].needs.push_back(to); }
  void need(NodeId from, const std::vector<NodeId>& to) {
    std::vector<NodeId>& needs = graph_.nodes[from].needs;
    needs.insert(needs.end(), to.begin(), to.end());
  }

  NodeId content(const std::string& path) {
    const auto [known, is_new] = contents_.try_emplace(path, 0);
    if (is_new) {
      known->second = node(Role::content, "content " + path, {Source::Kind::entry, path, 0});
    }
    return known->second;
  }
  std::vector<NodeId> nodes_of(const std::vector<std::size_t>& packages) const {
    std::vector<NodeId> found;
    for (const std::size_t package : packages) found.push_back(package_nodes_[package]);
    return found;
  }
  /// All packages of the ecosystem at the place and below.
  NodeId all_within(Ecosystem ecosystem, const std::string& directory) {
    const std::string label = "all of " + word_of(ecosystem) + " in " + directory;
    const auto known = groups_.find(label);
    if (known != groups_.end()) return known->second;
    const NodeId group = groups_[label] = node(Role::group, label);
    need(group, nodes_of(packages_.within(ecosystem, directory)));
    return group;
  }

  void add_packages() {
    for (const Package& package : packages_.all()) {
      package_nodes_.push_back(
          node(Role::package, "package " + word_of(package.ecosystem) + " " + package.directory,
               {Source::Kind::region, package.directory, 0}));
      graph_.layout.add_place(package.directory);
      by_place_[package.directory].push_back(package_nodes_.size() - 1);
    }
  }

  void add_rules(const std::vector<TargetRule>& rules, TargetLayout::Tier tier, Role role) {
    for (const TargetRule& rule : rules) {
      const auto [known, is_new] = rule_nodes_.try_emplace(rule.name, 0);
      if (is_new) {  // else the two are one: a graph from outside may have a rule's name
        known->second = node(role, (role == Role::rule ? "rule " : "target ") + rule.name);
        graph_.targets.push_back({rule.name, known->second, std::nullopt, {}});
      }
      Rule added{&rule, known->second, {}};
      for (const std::string& path : rule.paths) {
        added.patterns.push_back(add_pattern(path, tier, added.node));
      }
      rules_.push_back(std::move(added));
    }
  }
  std::uint32_t add_pattern(const std::string& text, TargetLayout::Tier tier, NodeId user) {
    const std::uint32_t number = graph_.layout.add_pattern(text, tier);
    const bool is_owner = tier != TargetLayout::Tier::global;
    graph_.pattern_owners.push_back(is_owner ? std::optional(user) : std::nullopt);
    const std::string& anchor = graph_.layout.patterns()[number].anchor;
    need(user, node(Role::content, "pattern " + text + " of " + graph_.nodes[user].label,
                    {Source::Kind::pattern, anchor, number}));
    return number;
  }

  void name_targets() {
    std::map<std::string, std::size_t> uses;
    std::vector<std::string> names;
    for (const Package& package : packages_.all()) names.push_back(packages_.display_name(package));
    for (const std::string& name : names) ++uses[name];
    for (const auto& [name, node] : rule_nodes_) ++uses[name];
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Package& package = packages_.all()[i];
      by_display_name_[names[i]].push_back(package_nodes_[i]);
      if (uses[names[i]] > 1) {
        names[i] += "@" + (package.directory.empty() ? "." : package.directory);
        by_display_name_[names[i]].push_back(package_nodes_[i]);
      }
      graph_.targets.push_back({names[i], package_nodes_[i], package.ecosystem, package.directory});
    }
  }

  /// Whoever uses a file that counts for all below its place: the packages of its ecosystem, or
  /// everybody where there are none.
  void gather_shared() {
    for (const FoundManifest* manifest : input_.manifests) {
      const std::string place(directory_of(manifest->path));
      const bool is_unreadable = manifest->facts && !manifest->facts->unreadable.empty();
      if (manifest->kind.role == ManifestKind::Role::toolchain) {
        environments_[manifest->kind.directory].insert(manifest->path);
      } else if (manifest->kind.role == ManifestKind::Role::shared) {
        share(*manifest->kind.ecosystem, manifest->kind.directory, manifest->path);
      } else if (input_.outside) {
        // What is nobody's in the graph from outside may be everybody's.
        if (graph_.layout.matching(manifest->path).empty()) {
          environments_[place].insert(manifest->path);
        }
      } else if (is_unreadable) {
        graph_.unreadable.push_back({manifest->path, manifest->facts->unreadable});
      } else if (manifest->facts->is_root) {
        share(*manifest->kind.ecosystem, place, manifest->path);
      }
    }
    for (const Statement& statement : packages_.below()) {
      const Ecosystem ecosystem = *statement.manifest->kind.ecosystem;
      const auto place =
          path_from(directory_of(statement.manifest->path), statement.facts->directory);
      share(ecosystem, *place, statement.manifest->path);
      const auto shared = shared_.find({ecosystem, *place});
      if (shared != shared_.end()) shared->second.statements.push_back(statement);
    }
  }
  void share(Ecosystem ecosystem, const std::string& place, const std::string& file) {
    if (packages_.any_within(ecosystem, place)) {
      shared_[{ecosystem, place}].files.insert(file);
      graph_.layout.add_shared(file);
    } else {
      environments_[place].insert(file);
    }
  }

  void make_environments() {
    environments_.try_emplace("");
    for (const auto& [place, files] : environments_) {  // those around come first
      const NodeId made = node(Role::environment, "environment " + place);
      if (!place.empty()) need(made, graph_.environment_of(directory_of(place)));
      for (const std::string& file : files) need(made, content(file));
      graph_.environments.emplace(place, made);
    }
    const NodeId root = graph_.environments.at("");
    for (const std::string& path : input_.rules.global_paths) {
      add_pattern(path, TargetLayout::Tier::global, root);
    }
    for (const TargetGraph::Unreadable& unreadable : graph_.unreadable) {
      need(root, content(std::string(directory_of(unreadable.path))));
    }
    if (input_.outside && !input_.outside->failure.empty()) {
      graph_.outside_failure = input_.outside->failure;
      need(root, content(""));
    }
  }

  void make_shared() {
    for (const auto& [key, shared] : shared_) {
      const NodeId made =
          node(Role::shared, "shared by " + word_of(key.first) + " in " + key.second);
      if (!key.second.empty()) {
        if (const auto around = shared_around(key.first, directory_of(key.second))) {
          need(made, *around);
        }
      }
      for (const std::string& file : shared.files) need(made, content(file));
      for (const Statement& statement : shared.statements) need(made, needs_of(statement));
      shared_nodes_.emplace(key, made);
    }
  }
  std::optional<NodeId> shared_around(Ecosystem ecosystem, std::string_view directory) const {
    while (true) {
      const auto found = shared_nodes_.find({ecosystem, std::string(directory)});
      if (found != shared_nodes_.end()) return found->second;
      if (directory.empty()) return std::nullopt;
      directory = directory_of(directory);
    }
  }

  std::vector<NodeId> needs_of(const Statement& statement) {
    const Ecosystem ecosystem = *statement.manifest->kind.ecosystem;
    std::vector<NodeId> found;
    for (const std::string& name : statement.facts->needs) {
      const auto& named = packages_.named(ecosystem, name);
      const std::vector<NodeId> nodes = nodes_of(named);
      found.insert(found.end(), nodes.begin(), nodes.end());
      if (named.empty()) add_unseen(ecosystem, found);
    }
    for (const std::string& text : statement.facts->needs_directories) {
      for (const Packages::Place& place : packages_.places(statement, text)) {
        const auto nearest = packages_.nearest(ecosystem, place.directory);
        found.push_back(nearest ? package_nodes_[*nearest] : content(place.directory));
        if (place.and_below) found.push_back(all_within(ecosystem, place.directory));
      }
    }
    if (statement.facts->needs_all) {
      const std::string_view place = directory_of(statement.manifest->path);
      found.push_back(all_within(ecosystem, packages_.root_of(ecosystem, place)));
    }
    return found;
  }
  /// Those that may have names which could not be seen.
  void add_unseen(Ecosystem ecosystem, std::vector<NodeId>& found) {
    const auto& unseen = packages_.named(ecosystem, "*");
    if (unseen.empty()) return;
    const std::string label = "names of " + word_of(ecosystem) + " that were not seen";
    const auto [known, is_new] = groups_.try_emplace(label, 0);
    if (is_new) {
      known->second = node(Role::group, label);
      need(known->second, nodes_of(unseen));
    }
    found.push_back(known->second);
  }

  void connect_package(std::size_t number) {
    const Package& package = packages_.all()[number];
    const NodeId self = package_nodes_[number];
    need(self, graph_.environment_of(package.directory));
    if (const auto shared = shared_around(package.ecosystem, package.directory)) {
      need(self, *shared);
    }
    for (const Statement& statement : package.statements) {
      need(self, needs_of(statement));
      const std::string& manifest = statement.manifest->path;
      const std::string* place = graph_.layout.nearest_place(directory_of(manifest));
      if (place == nullptr || *place != package.directory) need(self, content(manifest));
    }
  }

  void connect_contained() {
    std::vector<std::string> open;  // the places around, outermost first
    for (const auto& [place, here] : by_place_) {
      while (!open.empty() && !is_within(place, open.back())) open.pop_back();
      if (!open.empty()) inside_[open.back()].push_back(place);
      open.push_back(place);
    }
    for (const auto& [place, here] : by_place_) {
      for (const std::size_t number : here) {
        const NodeId self = package_nodes_[number];
        for (const std::size_t other : here) need(self, package_nodes_[other]);
        for (const std::string& inner : inside_[place]) {
          const auto group = contained(inner, packages_.all()[number].ecosystem);
          if (group) need(self, *group);
        }
      }
    }
  }
  /// The packages at `place` and below that a package of `ecosystem` around it reads.
  std::optional<NodeId> contained(const std::string& place, Ecosystem ecosystem) {
    const auto& here = by_place_.at(place);
    const bool is_own = std::ranges::any_of(
        here, [&](std::size_t i) { return packages_.all()[i].ecosystem == ecosystem; });
    if (is_own) return std::nullopt;
    const auto inner = inside_.find(place);
    if (inner == inside_.end() && here.size() == 1) return package_nodes_[here.front()];
    const std::string label = "inside of " + place + " for " + word_of(ecosystem);
    const auto known = groups_.find(label);
    if (known != groups_.end()) return known->second;
    const NodeId group = groups_[label] = node(Role::group, label);
    need(group, nodes_of(here));
    if (inner == inside_.end()) return group;
    for (const std::string& next : inner->second) {
      if (const auto below = contained(next, ecosystem)) need(group, *below);
    }
    return group;
  }

  void connect_rule(const Rule& rule) {
    need(rule.node, graph_.environments.at(""));
    for (const std::string& name : rule.rule->depends_on) need(rule.node, named(name));
    for (const std::uint32_t number : rule.patterns) {
      const TargetLayout::Pattern& pattern = graph_.layout.patterns()[number];
      add_surroundings(rule.node, pattern.anchor);
      add_packages_of(rule.node, pattern);
    }
  }
  /// The environments of the places around a pattern's beginning and of those below it.
  void add_surroundings(NodeId self, const std::string& anchor) {
    need(self, graph_.environment_of(anchor));
    for (auto it = graph_.environments.lower_bound(anchor); it != graph_.environments.end(); ++it) {
      if (!it->first.starts_with(anchor)) break;
      if (is_within(it->first, anchor)) need(self, it->second);
    }
  }
  /// A rule uses what the packages share whose files it may take; one that takes all files of a
  /// package stands in for it.
  void add_packages_of(NodeId self, const TargetLayout::Pattern& pattern) {
    for (const auto& [ecosystem, name] : WireNames<Ecosystem>::table) {
      std::vector<std::size_t> met = packages_.within(ecosystem, pattern.anchor);
      if (const auto around = packages_.nearest(ecosystem, pattern.anchor)) met.push_back(*around);
      for (const std::size_t number : met) {
        const Package& package = packages_.all()[number];
        const auto shared = shared_around(ecosystem, package.directory);
        if (shared) need(self, *shared);
        if (!pattern.is_whole || !is_within(package.directory, pattern.anchor)) continue;
        need(self, package_nodes_[number]);
        need(package_nodes_[number], self);
      }
    }
  }
  std::vector<NodeId> named(const std::string& name) {
    if (const auto rule = rule_nodes_.find(name); rule != rule_nodes_.end()) return {rule->second};
    const auto packages = by_display_name_.find(name);
    if (packages != by_display_name_.end()) return packages->second;
    if (!name.starts_with("dir:")) return {};
    const std::string directory = name == "dir:." ? "" : name.substr(4);
    if (const std::string* place = graph_.layout.nearest_place(directory)) {
      return nodes_of(by_place_.at(*place));
    }
    const std::string label = "directory " + directory;
    const auto [known, is_new] = groups_.try_emplace(label, 0);
    if (is_new) {
      known->second = node(Role::directory, label, {Source::Kind::directory, directory, 0});
      need(known->second, graph_.environment_of(directory));
    }
    return {known->second};
  }

  const GraphInput& input_;
  const Packages packages_;
  TargetGraph graph_;
  std::vector<Rule> rules_;
  std::vector<NodeId> package_nodes_;                         // by package
  std::map<std::string, std::vector<std::size_t>> by_place_;  // packages
  std::map<std::string, std::vector<std::string>> inside_;    // the next places below each
  std::map<std::string, NodeId> contents_, groups_, rule_nodes_;
  std::map<std::string, std::vector<NodeId>> by_display_name_;
  std::map<std::string, std::set<std::string>> environments_;  // files, by place
  std::map<Packages::Key, SharedPlace> shared_;
  std::map<Packages::Key, NodeId> shared_nodes_;
};

}  // namespace

TargetGraph assemble(const GraphInput& input) { return Assembler(input).run(); }

}  // namespace mergeq::vcs
