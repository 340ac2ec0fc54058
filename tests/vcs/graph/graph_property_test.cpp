// Random trees: what hashes cover, recomputed from scratch by the sentences of docs/targets.md.
#include <algorithm>
#include <set>

#include "scheduler/rng.h"
#include "tests/vcs/graph/graph_fixture.h"
#include "vcs/glob.h"
#include "vcs/target_assembly.h"

namespace mergeq::vcs {
namespace {

const std::vector<TargetRule> rules_of_test{{"notes", {"**/*.md"}, {"dir:a"}},
                                            {"c", {"c/**"}, {"cargo:n1"}}};
const std::vector<std::string> global_of_test{"b/ci/**"};

/// Everything by its definition, without a care for cost.
class Naive {
 public:
  explicit Naive(const FlatTree& files) : files_(files) {
    for (const auto& [path, content] : files) {
      const auto kind = simple_kind(path);
      if (!kind || kind->role != ManifestKind::Role::manifest) continue;
      read(path, *kind->ecosystem, simple_facts(path, content));
    }
    for (const Fact& fact : nearest_) {
      if (const auto key = nearest(fact.ecosystem, fact.place)) add(packages_[*key], fact);
    }
    give_names();
  }

  /// For each target the paths of all files that its hash covers, with their content.
  std::map<std::string, FlatTree> covers() {
    std::map<std::string, FlatTree> found;
    for (const auto& [path, content] : files_) {
      for (const std::string& owner : owners(path)) found.try_emplace(owner);
    }
    for (const auto& [key, package] : packages_) found.try_emplace(package.shown);
    for (auto& [name, cover] : found) {
      std::set<std::string> seen;
      collect(name, seen, cover);
    }
    return found;
  }

 private:
  using Key = std::pair<Ecosystem, std::string>;
  struct Fact {
    Ecosystem ecosystem;
    std::string manifest, place;
    ManifestTarget target;
  };
  struct Package {
    std::string name, shown;
    std::set<std::string> names;
    std::vector<Fact> facts;
  };

  void read(const std::string& path, Ecosystem ecosystem, const ManifestFacts& facts) {
    const std::string directory(directory_of(path));
    if (!facts.unreadable.empty()) unreadable_.insert(directory);
    if (facts.is_root) {
      roots_.insert({ecosystem, directory});
      shared_.push_back({ecosystem, path, directory, {}});
    }
    for (const ManifestTarget& target : facts.targets) {
      const auto place = path_from(directory, target.directory);
      if (!place) continue;
      Fact fact{ecosystem, path, *place, target};
      if (target.scope == Scope::nearest) nearest_.push_back(fact);
      if (target.scope == Scope::below) below_.push_back(fact);
      if (target.scope == Scope::below) shared_.push_back({ecosystem, path, *place, {}});
      if (target.scope == Scope::own && has_directory(*place)) {
        Package& package = packages_[{ecosystem, *place}];
        if (package.name.empty()) package.name = target.name;
        add(package, fact);
      }
    }
  }
  static void add(Package& package, const Fact& fact) {
    if (!fact.target.name.empty()) package.names.insert(fact.target.name);
    package.names.insert(fact.target.aliases.begin(), fact.target.aliases.end());
    package.facts.push_back(fact);
  }
  bool has_directory(const std::string& place) const {
    return place.empty() || std::ranges::any_of(files_, [&](const auto& file) {
             return file.first.starts_with(place + "/");
           });
  }
  void give_names() {
    std::map<std::string, int> uses;
    for (auto& [key, package] : packages_) {
      const std::string place = key.second.empty() ? "." : key.second;
      package.shown =
          std::string(to_name(key.first)) + ":" + (package.name.empty() ? place : package.name);
      ++uses[package.shown];
    }
    for (auto& [key, package] : packages_) {
      by_shown_[package.shown].push_back(key);
      if (uses[package.shown] > 1) {
        package.shown += "@" + (key.second.empty() ? "." : key.second);
        by_shown_[package.shown].push_back(key);
      }
    }
  }

  std::optional<Key> nearest(Ecosystem ecosystem, std::string place) const {
    while (true) {
      if (packages_.contains({ecosystem, place})) return Key{ecosystem, place};
      if (place.empty()) return std::nullopt;
      place = directory_of(place);
    }
  }
  std::string root_of(Ecosystem ecosystem, std::string place) const {
    while (!place.empty() && !roots_.contains({ecosystem, place})) place = directory_of(place);
    return place;
  }
  bool has_any_below(Ecosystem ecosystem, const std::string& place) const {
    return std::ranges::any_of(packages_, [&](const auto& package) {
      return package.first.first == ecosystem && is_within(package.first.second, place);
    });
  }
  std::vector<std::string> ruled(const std::string& path) const {
    std::vector<std::string> names;
    for (const TargetRule& rule : rules_of_test) {
      if (Glob(rule.paths.front()).matches(path)) names.push_back(rule.name);
    }
    return names;
  }
  std::vector<std::string> at_nearest_place(std::string place) const {
    while (true) {
      std::vector<std::string> names;
      for (const auto& [key, package] : packages_) {
        if (key.second == place) names.push_back(package.shown);
      }
      if (!names.empty() || place.empty()) return names;
      place = directory_of(place);
    }
  }
  std::vector<std::string> owners(const std::string& path) const {
    std::vector<std::string> names = ruled(path);
    const std::string directory(directory_of(path));
    if (names.empty()) names = at_nearest_place(directory);
    if (names.empty() && !is_used_by_packages(path)) names.push_back(directory_target(directory));
    return names;
  }
  std::vector<Fact> shared() const {
    std::vector<Fact> all = shared_;
    for (const auto& [path, content] : files_) {
      const auto kind = simple_kind(path);
      if (kind && kind->role == ManifestKind::Role::shared) {
        all.push_back({*kind->ecosystem, path, kind->directory, {}});
      }
    }
    return all;
  }
  bool is_used_by_packages(const std::string& path) const {
    return std::ranges::any_of(shared(), [&](const Fact& file) {
      return file.manifest == path && has_any_below(file.ecosystem, file.place);
    });
  }
  /// Files that everything at `place` uses.
  void collect_surroundings(const std::string& place, FlatTree& cover) const {
    for (const auto& [path, content] : files_) {
      const auto kind = simple_kind(path);
      const bool is_tool = kind && kind->role == ManifestKind::Role::toolchain;
      if (is_tool && is_within(place, kind->directory)) cover[path] = content;
      if (Glob(global_of_test.front()).matches(path)) cover[path] = content;
      for (const std::string& bad : unreadable_) {
        if (is_within(path, bad)) cover[path] = content;
      }
    }
    for (const Fact& file : shared()) {
      if (!has_any_below(file.ecosystem, file.place) && is_within(place, file.place)) {
        cover[file.manifest] = files_.at(file.manifest);
      }
    }
  }

  void collect(const std::string& name, std::set<std::string>& seen, FlatTree& cover) const {
    if (!seen.insert(name).second) return;
    for (const auto& [path, content] : files_) {
      if (std::ranges::count(owners(path), name) != 0) cover[path] = content;
    }
    for (const auto& [key, package] : packages_) {
      if (package.shown == name) collect_package(key, package, seen, cover);
    }
    for (const TargetRule& rule : rules_of_test) {
      if (rule.name == name) collect_rule(rule, seen, cover);
    }
    if (name.starts_with("dir:")) {
      collect_surroundings(name == "dir:." ? "" : name.substr(4), cover);
    }
  }
  void collect_all(const std::vector<std::string>& names, std::set<std::string>& seen,
                   FlatTree& cover) const {
    for (const std::string& name : names) collect(name, seen, cover);
  }

  void collect_package(const Key& key, const Package& package, std::set<std::string>& seen,
                       FlatTree& cover) const {
    collect_surroundings(key.second, cover);
    collect_shared(key, seen, cover);
    for (const Fact& fact : package.facts) {
      const auto around = at_nearest_place(std::string(directory_of(fact.manifest)));
      if (std::ranges::count(around, package.shown) == 0) {
        cover[fact.manifest] = files_.at(fact.manifest);
      }
      collect_needs(fact, seen, cover);
    }
    for (const auto& [other, inner] : packages_) {
      if (other.first == key.first || !is_within(other.second, key.second)) continue;
      const bool is_nested = std::ranges::any_of(packages_, [&](const auto& own) {
        return own.first.first == key.first && own.first.second != key.second &&
               is_within(own.first.second, key.second) && is_within(other.second, own.first.second);
      });
      if (!is_nested) collect(inner.shown, seen, cover);
    }
    for (const TargetRule& rule : rules_of_test) {
      const bool takes_all = rule.name == "c" && is_within(key.second, "c");
      if (takes_all) collect(rule.name, seen, cover);
    }
  }
  void collect_shared(const Key& key, std::set<std::string>& seen, FlatTree& cover) const {
    for (const Fact& file : shared()) {
      if (file.ecosystem == key.first && is_within(key.second, file.place)) {
        cover[file.manifest] = files_.at(file.manifest);
      }
    }
    for (const Fact& fact : below_) {
      if (fact.ecosystem == key.first && is_within(key.second, fact.place)) {
        collect_needs(fact, seen, cover);
      }
    }
  }
  void collect_needs(const Fact& fact, std::set<std::string>& seen, FlatTree& cover) const {
    for (const std::string& need : fact.target.needs) {
      const auto having = [&](const std::string& wanted) {
        std::vector<std::string> names;
        for (const auto& [key, package] : packages_) {
          const bool has = key.first == fact.ecosystem && package.names.contains(wanted);
          if (has) names.push_back(package.shown);
        }
        return names;
      };
      const auto named = having(need);
      collect_all(named.empty() ? having("*") : named, seen, cover);
    }
    for (std::string need : fact.target.needs_directories) {
      const bool and_below = need.ends_with("/**");
      if (and_below) need.resize(need.size() - 3);
      std::string base(directory_of(fact.manifest));
      if (need.starts_with("//")) base = root_of(fact.ecosystem, base);
      const auto place = path_from(base, need);
      if (place) collect_place(fact.ecosystem, *place, and_below, seen, cover);
    }
    if (fact.target.needs_all) {
      collect_below(fact.ecosystem,
                    root_of(fact.ecosystem, std::string(directory_of(fact.manifest))), seen, cover);
    }
  }
  void collect_place(Ecosystem ecosystem, const std::string& place, bool and_below,
                     std::set<std::string>& seen, FlatTree& cover) const {
    if (const auto key = nearest(ecosystem, place)) {
      collect(packages_.at(*key).shown, seen, cover);
    } else {
      for (const auto& [path, content] : files_) {
        if (is_within(path, place)) cover[path] = content;
      }
    }
    if (and_below) collect_below(ecosystem, place, seen, cover);
  }
  void collect_below(Ecosystem ecosystem, const std::string& place, std::set<std::string>& seen,
                     FlatTree& cover) const {
    for (const auto& [key, package] : packages_) {
      if (key.first == ecosystem && is_within(key.second, place)) {
        collect(package.shown, seen, cover);
      }
    }
  }

  /// By the anchors of its patterns: "" for "**/*.md", "c" for "c/**".
  void collect_rule(const TargetRule& rule, std::set<std::string>& seen, FlatTree& cover) const {
    const std::string anchor = rule.name == "c" ? "c" : "";
    collect_surroundings(anchor, cover);
    for (const auto& [path, content] : files_) {
      const auto kind = simple_kind(path);
      if (kind && kind->role == ManifestKind::Role::toolchain &&
          is_within(kind->directory, anchor)) {
        collect_surroundings(kind->directory, cover);
      }
    }
    for (const Fact& file : shared()) {
      if (!has_any_below(file.ecosystem, file.place) && is_within(file.place, anchor)) {
        collect_surroundings(file.place, cover);
      }
    }
    for (const auto& [key, package] : packages_) {
      const auto around = nearest(key.first, anchor);
      if (is_within(key.second, anchor) || around == key) collect_shared(key, seen, cover);
      if (anchor == "c" && is_within(key.second, anchor)) collect(package.shown, seen, cover);
    }
    for (const std::string& name : rule.depends_on) {
      if (const auto found = by_shown_.find(name); found != by_shown_.end()) {
        for (const Key& key : found->second) collect(packages_.at(key).shown, seen, cover);
      } else if (name == "dir:a") {
        const auto at = at_nearest_place("a");
        collect_all(at.empty() ? std::vector<std::string>{name} : at, seen, cover);
      }
    }
  }

  const FlatTree& files_;
  std::map<Key, Package> packages_;
  std::map<std::string, std::vector<Key>> by_shown_;
  std::vector<Fact> nearest_, below_, shared_;
  std::set<Key> roots_;
  std::set<std::string> unreadable_;
};

class RandomTrees {
 public:
  explicit RandomTrees(std::uint64_t seed) : rng_(seed) {}

  FlatTree start() {
    FlatTree files;
    for (int i = 0; i < 25; ++i) change(files);
    return files;
  }
  FlatTree changed(FlatTree files) {
    for (std::uint64_t i = 0; i <= rng_.below(3); ++i) change(files);
    return files;
  }

 private:
  void change(FlatTree& files) {
    if (!files.empty() && rng_.chance(0.25)) {
      auto it = files.begin();
      std::advance(it, static_cast<long>(rng_.below(files.size())));
      files.erase(it);
      return;
    }
    std::string path = directory() + one_of({"f", "g", "x.md", "cargo.pkg", "npm.pkg", "cargo.pkg",
                                             "npm.pkg", "cargo.lock", "npm.lock", "tool"});
    for (const auto& [other, content] : files) {  // nothing is a file and a directory
      if (other.starts_with(path + "/")) return;
    }
    files[path] = path.ends_with(".pkg") ? manifest() : std::to_string(rng_.below(3));
  }
  std::string one_of(const std::vector<std::string>& texts) {
    return texts[rng_.below(texts.size())];
  }
  std::string directory() {
    std::string path;
    while (path.size() < 6 && rng_.chance(0.65)) path += one_of({"a/", "b/", "c/", "ci/"});
    return path;
  }
  std::string manifest() {
    if (rng_.chance(0.02)) return "broken\n";
    std::string text = rng_.chance(0.15) ? "root\n" : "";
    text += rng_.chance(0.7) ? "own " : one_of({"own ", "nearest ", "below "});
    text += rng_.chance(0.2) ? one_of({"a", "../b", "c/a", ".."}) + "\n" : "\n";
    if (rng_.chance(0.7)) text += "name n" + std::to_string(rng_.below(5)) + "\n";
    if (rng_.chance(0.1)) text += one_of({"alias *\n", "alias n1\n"});
    while (rng_.chance(0.4)) text += "need n" + std::to_string(rng_.below(7)) + "\n";
    if (rng_.chance(0.2)) text += "at " + one_of({"a", "../a", "//b", "c", "b/**", "//c/a"}) + "\n";
    if (rng_.chance(0.03)) text += "all\n";
    return text;
  }

  Rng rng_;
};

std::uint64_t seed_of_test() {
  const char* given = std::getenv("MERGEQ_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, given[0] != '0' ? 10 : 16) : 20261125;
}

std::string listed(const FlatTree& files) {
  std::string text;
  for (const auto& [path, content] : files) text += path + " = " + content + "\n";
  return text;
}

struct Look {
  FlatTree files;
  Oid tree;
  std::map<std::string, std::string> hashes;
  std::map<std::string, FlatTree> covers;
  std::shared_ptr<const TargetGraph> graph;
};

void check_against(const Look& before, const Look& now) {
  for (const auto& [name, cover] : now.covers) {
    const auto other = before.covers.find(name);
    if (other == before.covers.end()) continue;
    const bool is_same = now.hashes.at(name) == before.hashes.at(name);
    const bool covers_same = cover == other->second;
    // Another graph may reach the same files in another way: then a new hash only costs a build.
    const bool is_allowed = !is_same && covers_same && now.graph != before.graph;
    CHECK_MESSAGE((is_same == covers_same || is_allowed), name << " covers\n"
                                                               << listed(cover) << "and before\n"
                                                               << listed(other->second));
  }
}

Names names_of(const auto& by_name) {
  Names names;
  for (const auto& [name, value] : by_name) names.push_back(name);
  return names;
}

}  // namespace

TEST_SUITE("target graph, random trees") {
  TEST_CASE("a hash differs exactly when something that it covers does, cached or not") {
    INFO("MERGEQ_SEED=", seed_of_test());
    RandomTrees random(seed_of_test());
    for (int round = 0; round < 60; ++round) {
      GraphWorld world;
      world.rules.rules = rules_of_test;
      world.rules.global_paths = global_of_test;
      std::vector<Look> looks;
      FlatTree files = random.start();
      for (int step = 0; step < 8; ++step) {
        const Oid tree = world.tree(files);
        Look now{files, tree, world.hashes(tree), Naive(files).covers(),
                 value_of(world.hasher.hashes(tree, world.rules))->graph};
        INFO("tree:\n", listed(files));
        REQUIRE(names_of(now.hashes) == names_of(now.covers));
        TargetHasher fresh = world.fresh();
        std::map<std::string, std::string> anew;
        for (auto& t : value_of(fresh.targets(tree, world.rules))) anew[t.target] = t.hash;
        CHECK(anew == now.hashes);
        for (const Look& before : looks) {
          check_against(before, now);
          Names expected;
          for (const auto& [name, hash] : now.hashes) {
            const auto old = before.hashes.find(name);
            if (old == before.hashes.end() || old->second != hash) expected.push_back(name);
          }
          for (const auto& [name, hash] : before.hashes) {
            if (!now.hashes.contains(name)) expected.push_back(name);
          }
          std::ranges::sort(expected);
          CHECK(world.changed(before.tree, tree) == expected);
        }
        looks.push_back(std::move(now));
        files = random.changed(files);
      }
    }
  }
}

}  // namespace mergeq::vcs
