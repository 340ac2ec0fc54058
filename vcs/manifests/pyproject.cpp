/// pyproject.toml of setuptools, Hatch, Flit, Poetry, PDM, uv and Rye, and Pipfile
/// (https://packaging.python.org/en/latest/specifications/pyproject-toml/).
#include "vcs/manifests/python.h"
#include "vcs/manifests/reading.h"
#include "vcs/manifests/toml_text.h"

namespace mergeq::vcs {
namespace {

using Node = toml::node_view<const toml::node>;

void add_list(Node list, ManifestTarget& target) {
  for_each_string(list, [&](const std::string& text) { add_requirement(text, target); });
}

/// Lists by name: extras, groups.
void add_lists(Node table, ManifestTarget& target) {
  if (const toml::table* lists = table.as_table()) {
    for (const auto& [name, list] : *lists) add_list(Node(&list), target);
  }
}

void add_path(Node source, ManifestTarget& target) {
  for (const char* key : {"path", "file"}) {
    if (const auto path = source[key].value<std::string>()) {
      add_directory(target.needs_directories, *path);
    }
  }
}

enum class Names { needed, known };

/// name = "^1", name = { path = "../name" }, or a list of such.
void add_table(Node table, Names names, ManifestTarget& target) {
  const toml::table* dependencies = table.as_table();
  if (dependencies == nullptr) return;
  for (const auto& [name, value] : *dependencies) {
    if (name.str() == "python") continue;
    if (names == Names::needed) target.needs.push_back(python_name(name.str()));
    add_path(Node(&value), target);
    if (const toml::array* several = value.as_array()) {
      for (const toml::node& one : *several) add_path(Node(&one), target);
    }
  }
}

bool has_string(Node list, std::string_view wanted) {
  bool found = false;
  for_each_string(list, [&](const std::string& text) { found = found || text == wanted; });
  return found;
}

/// Whether the dependencies are left to code that is not read here. setuptools takes them from
/// setup.py or from files of requirements, which have readers.
bool are_computed(Node manifest) {
  if (!has_string(manifest["project"]["dynamic"], "dependencies")) return false;
  const Node tools = manifest["tool"];
  const std::string backend = string_at(manifest["build-system"]["build-backend"]);
  return !backend.starts_with("setuptools") && !backend.empty() &&
         !tools["poetry"]["dependencies"] && !tools["setuptools"]["dynamic"]["dependencies"] &&
         !tools["hatch"]["metadata"]["hooks"]["requirements_txt"];
}

void add_project(Node manifest, ManifestTarget& target) {
  const Node project = manifest["project"];
  add_list(project["dependencies"], target);
  add_lists(project["optional-dependencies"], target);
  add_lists(manifest["dependency-groups"], target);
  add_list(manifest["build-system"]["requires"], target);
  if (are_computed(manifest)) target.needs_all = true;
}

void add_poetry(Node poetry, ManifestTarget& target) {
  add_table(poetry["dependencies"], Names::needed, target);
  add_table(poetry["dev-dependencies"], Names::needed, target);
  for_each_table(poetry["group"], [&](std::string_view, const toml::table& group) {
    add_table(Node(&group)["dependencies"], Names::needed, target);
  });
}

void add_tools(Node tools, ManifestTarget& target) {
  add_poetry(tools["poetry"], target);
  add_table(tools["uv"]["sources"], Names::known, target);
  add_table(tools["pixi"]["pypi-dependencies"], Names::needed, target);
  for (const char* tool : {"uv", "rye"}) add_list(tools[tool]["dev-dependencies"], target);
  add_lists(tools["pdm"]["dev-dependencies"], target);
  add_list(tools["flit"]["metadata"]["requires"], target);
  for_each_table(tools["hatch"]["envs"], [&](std::string_view, const toml::table& environment) {
    add_list(Node(&environment)["dependencies"], target);
    add_list(Node(&environment)["extra-dependencies"], target);
  });
}

std::string name_of(Node manifest) {
  const Node tools = manifest["tool"];
  for (const Node name :
       {manifest["project"]["name"], tools["poetry"]["name"],
        tools["flit"]["metadata"]["dist-name"], tools["flit"]["metadata"]["module"]}) {
    if (const std::string text = string_at(name); !text.empty()) return python_name(text);
  }
  return "";
}

}  // namespace

ManifestFacts read_pyproject(std::string_view content) {
  const auto parsed = parse_toml(content);
  if (!parsed) return unreadable(parsed.error());
  const toml::table& table = *parsed;
  const Node manifest(&table);
  const Node tools = manifest["tool"];
  ManifestFacts facts{.is_root = tools["uv"]["workspace"] || tools["rye"]["workspace"]};
  ManifestTarget below{.scope = Scope::below};  // settings of tools
  if (facts.is_root) add_table(tools["uv"]["sources"], Names::known, below);
  ManifestTarget target{.name = name_of(manifest)};
  add_project(manifest, target);
  add_tools(tools, target);
  const bool is_package = manifest["project"] || tools["poetry"] || tools["flit"]["metadata"];
  if (is_package) {
    facts.targets.push_back(target);
  } else if (manifest["build-system"] || manifest["dependency-groups"]) {
    target.scope = Scope::nearest;  // setup.py beside it says what the package is
    facts.targets.push_back(target);
  }
  facts.targets.push_back(below);
  return facts;
}

ManifestFacts read_pipfile(std::string_view content) {
  const auto parsed = parse_toml(content);
  if (!parsed) return unreadable(parsed.error());
  ManifestTarget below{.scope = Scope::below};
  for (const auto& [section, packages] : *parsed) {
    if (section.str() != "source" && section.str() != "requires" && section.str() != "scripts") {
      add_table(Node(&packages), Names::needed, below);
    }
  }
  return {.targets = {below}};
}

}  // namespace mergeq::vcs
