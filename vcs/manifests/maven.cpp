/// pom.xml (https://maven.apache.org/pom.html).
///
/// Whatever names an artifact is needed: dependencies, plugins and theirs, extensions, processors,
/// in profiles too. Two things are not: a managed dependency only fixes a version for those who
/// name it themselves (unless it is imported), and an aggregator does not need its modules.
#include <pugixml.hpp>

#include <map>
#include <optional>

#include "vcs/git.h"
#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t property_uses_max = 50;  // for one name
constexpr std::size_t property_bytes_max = 1000;

std::string text_of(pugi::xml_node node, const char* child) {
  return std::string(trimmed(node.child(child).text().get()));
}

class Pom {
 public:
  explicit Pom(pugi::xml_node project) : project_(project), parent_(project.child("parent")) {
    for (const pugi::xml_node property : project.child("properties")) {
      properties_[property.name()] = trimmed(property.text().get());
    }
    artifact_ = text_of(project, "artifactId");
    group_ = text_of(project, "groupId");
    if (group_.empty()) group_ = text_of(parent_, "groupId");
    for (const std::string prefix : {"", "project.", "pom."}) {
      properties_[prefix + "groupId"] = group_;
      properties_[prefix + "artifactId"] = artifact_;
      properties_[prefix + "parent.groupId"] = text_of(parent_, "groupId");
      properties_[prefix + "parent.artifactId"] = text_of(parent_, "artifactId");
    }
  }

  ManifestFacts facts() const {
    if (artifact_.empty()) return unreadable("project.artifactId: expected the artifact's name");
    ManifestTarget target;
    const std::string group = resolved(group_);
    const std::string artifact = resolved(artifact_);
    target.name = group + ":" + artifact;
    target.aliases = {is_open(artifact) ? "*" : "*:" + artifact};
    if (is_open(group)) target.aliases.push_back("*");
    add_parent(target);
    if (!add_below(project_, target)) return unreadable("expected elements at most 200 deep");
    return {.targets = {target}, .is_root = is_root()};
  }

 private:
  static bool is_open(std::string_view text) { return text.find("${") != std::string_view::npos; }

  /// With properties of this file put in; what is inherited stays as it is.
  std::string resolved(const std::string& text) const {
    std::size_t uses = 0;
    return resolved(text, uses);
  }
  std::string resolved(const std::string& text, std::size_t& uses) const {
    std::string result;
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::string_view literal = before(rest, "${");
      result += literal;
      rest.remove_prefix(literal.size());
      if (rest.empty()) break;
      const std::size_t end = rest.find('}');
      const auto found = end == std::string_view::npos ? properties_.end()
                                                       : properties_.find(rest.substr(2, end - 2));
      if (found == properties_.end() || ++uses > property_uses_max ||
          result.size() > property_bytes_max || rest.size() > property_bytes_max) {
        result += rest;
        break;
      }
      result += resolved(found->second.substr(0, property_bytes_max), uses);
      rest.remove_prefix(end + 1);
    }
    return result;
  }

  void add_parent(ManifestTarget& target) const {
    if (!parent_) return;
    const pugi::xml_node place = parent_.child("relativePath");
    if (place && trimmed(place.text().get()).empty()) return;  // from a repository, it says
    std::string_view path = place ? trimmed(place.text().get()) : "..";
    if (path.ends_with(".xml")) path = directory_of(path);
    add_directory(target.needs_directories, path);
  }

  /// A managed version, or what is kept out: not needed by being named.
  static bool is_not_needed(pugi::xml_node node) {
    const std::string_view name = node.name();
    if (name == "exclusion" || name == "exclude") return true;
    const std::string_view holder = node.parent().parent().name();
    return name == "dependency" && holder == "dependencyManagement" &&
           text_of(node, "scope") != "import";
  }

  void add_artifact(pugi::xml_node node, ManifestTarget& target) const {
    const std::string artifact = resolved(text_of(node, "artifactId"));
    std::string group = resolved(text_of(node, "groupId"));
    if (artifact.empty()) return;
    if (is_open(artifact)) {
      target.needs_all = true;
      return;
    }
    if (group.empty() && std::string_view(node.name()) == "plugin") {
      group = "org.apache.maven.plugins";
    }
    const bool is_known = !group.empty() && !is_open(group);
    target.needs.push_back((is_known ? group : "*") + ":" + artifact);
  }

  /// Sources, resources and settings outside of the project's directory.
  static void add_outside(std::string_view text, ManifestTarget& target) {
    text = trimmed(text);
    for (const std::string_view root :
         {"${maven.multiModuleProjectDirectory}/", "${session.executionRootDirectory}/"}) {
      if (!text.starts_with(root)) continue;
      if (const auto path = normalised_path(text.substr(root.size()))) {
        target.needs_directories.push_back("//" + *path);
      }
    }
    for (const std::string_view own : {"${project.basedir}/", "${basedir}/"}) {
      if (text.starts_with(own)) text.remove_prefix(own.size());
    }
    if (text.starts_with("../") && text.size() < property_bytes_max) {
      add_directory(target.needs_directories, before(before(text, "*"), "${"));
    }
  }

  /// All elements in the order of the file. False where they are too deep.
  bool add_below(pugi::xml_node top, ManifestTarget& target) const {
    std::size_t depth = 0;
    pugi::xml_node node = top.first_child();
    while (node) {
      const bool is_skipped = depth == 0 && std::string_view(node.name()) == "properties";
      const std::string_view holder = node.parent().name();
      if (node.type() == pugi::node_pcdata && holder != "relativePath" && holder != "module") {
        add_outside(node.value(), target);
      }
      const bool enters = node.first_child() && !is_skipped && !is_not_needed(node);
      if (enters) {
        if (node.child("artifactId")) add_artifact(node, target);
        if (++depth > manifest_depth_max) return false;
        node = node.first_child();
        continue;
      }
      while (node != top && !node.next_sibling()) {
        node = node.parent();
        if (node != top) --depth;
      }
      if (node == top) break;
      node = node.next_sibling();
    }
    return true;
  }

  /// An aggregator whose parent is not in this repository as far as it says.
  bool is_root() const {
    bool has_modules = !!project_.child("modules");
    for (const pugi::xml_node profile : project_.child("profiles")) {
      has_modules = has_modules || profile.child("modules");
    }
    const pugi::xml_node place = parent_.child("relativePath");
    const bool is_top = !parent_ || (place && trimmed(place.text().get()).empty());
    return has_modules && is_top;
  }

  pugi::xml_node project_;
  pugi::xml_node parent_;
  std::string group_;
  std::string artifact_;
  std::map<std::string, std::string, std::less<>> properties_;
};

}  // namespace

ManifestFacts read_maven(std::string_view /*path*/, std::string_view content) {
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_buffer(content.data(), content.size());
  if (!result) {
    return unreadable("byte " + std::to_string(result.offset) + ": " + result.description());
  }
  const pugi::xml_node project = document.child("project");
  if (!project) return unreadable("expected the element <project>");
  return Pom(project).facts();
}

}  // namespace mergeq::vcs
