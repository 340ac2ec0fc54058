/// build.gradle and other scripts, in Groovy and Kotlin, and the classes of buildSrc
/// (https://docs.gradle.org/current/userguide/declaring_dependencies.html).
///
/// Whatever looks like a project's path is needed. A script counts for all projects below, since
/// properties and the build script's classpath are inherited; what it says within allprojects,
/// subprojects, configure or project(...) {} is needed by all of them.
#include "vcs/manifests/gradle.h"

#include <algorithm>
#include <array>

#include "vcs/git.h"
#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

using Tokens = std::vector<CodeToken>;

/// How far back from its bracket a block's head is looked for, in tokens.
constexpr std::size_t block_head_max = 24;

bool is_project_path(std::string_view text) {
  if (text.size() < 2 || text[0] != ':') return false;
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '-' || c == '_' || c == '.';
  });
}

struct Script {
  const Tokens& tokens;
  ManifestTarget own;
  ManifestTarget below{.scope = Scope::below};
  bool has_shared_blocks = false;

  const CodeToken& at(std::size_t index) const { return token_at(tokens, index); }

  /// Whether the block that opens there is for other projects.
  bool is_shared_block(std::size_t open) const {
    constexpr std::array words = std::to_array<std::string_view>(
        {"allprojects", "subprojects", "configure", "project", "childProjects", "projectsEvaluated",
         "beforeProject", "afterProject", "lifecycle"});
    std::size_t i = open;
    for (std::size_t count = 0; i > 0 && count < block_head_max; ++count) {
      --i;
      if (tokens[i].kind == CodeToken::Kind::line_end || tokens[i].is_symbol('{')) return false;
      if (tokens[i].is_symbol('}')) i = tokens[i].partner;  // findAll {}.each {
      const bool is_call = tokens[i].is_word("project") && !at(i + 1).is_symbol('(');
      if (std::ranges::find(words, tokens[i].text) != words.end() && !is_call) return true;
    }
    return false;
  }

  /// Whose need it is that stands there.
  ManifestTarget& needing(std::size_t index) {
    for (std::uint32_t open = tokens[index].around; open != CodeToken::no_bracket;
         open = tokens[open].around) {
      if (tokens[open].is_symbol('{') && is_shared_block(open)) {
        has_shared_blocks = true;
        return below;
      }
    }
    return own;
  }

  static void add_project(std::string_view path, ManifestTarget& target) {
    target.needs.emplace_back(path);
    target.needs_directories.push_back("//" + project_directory(path));
  }

  /// `project(...)`, where there is no path in the brackets that could be read.
  void add_call(std::size_t i) {
    const std::size_t open = i + 1;
    const bool is_call = (at(i).is_word("project") || at(i).is_word("evaluationDependsOn") ||
                          at(i).is_word("findProject")) &&
                         at(open).is_symbol('(');
    if (!is_call || (i > 0 && (at(i - 1).is_word("fun") || at(i - 1).is_word("def")))) return;
    bool is_known = false;
    for (std::size_t inner = open + 1; inner < at(open).partner; ++inner) {
      if (!at(inner).is_string()) continue;
      const bool is_whole = !at(inner + 1).is_symbol('+') && !at(inner - 1).is_symbol('+');
      is_known = is_known || (at(inner).is_plain && is_whole);
      if (is_known && !at(inner).text.starts_with(':') && !at(inner - 1).is_symbol(':')) {
        add_directory(needing(i).needs_directories, project_directory(at(inner).text));
      }
      break;
    }
    if (!is_known && at(open).partner > open + 1) needing(i).needs_all = true;
  }

  /// projects.a.b, of which the end may be a property of the project.
  void add_accessor(std::size_t i) {
    if (!at(i).is_word("projects") || !at(i + 1).is_symbol('.')) return;
    std::string name = "projects";
    for (std::size_t part = i + 1; at(part).is_symbol('.'); part += 2) {
      if (at(part + 1).kind != CodeToken::Kind::word || name.size() > 200) break;
      name += "." + std::string(at(part + 1).text);
      needing(i).needs.push_back(name);
    }
  }

  void add_string(std::size_t i) {
    const CodeToken& string = at(i);
    if (is_project_path(string.text)) {
      ManifestTarget& target = needing(i);
      add_project(string.text, target);
      // It may be a task's path, ":a:b:jar".
      const std::size_t colon = string.text.rfind(':');
      if (colon > 0) target.needs.emplace_back(string.text.substr(0, colon));
    } else if (!string.is_plain && string.text.starts_with(':') &&
               string.text.find(' ') == std::string_view::npos) {
      needing(i).needs_all = true;
    }
    add_applied_script(tokens, i, needing(i));
  }

  void read() {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i].is_string()) {
        add_string(i);
      } else if (tokens[i].kind == CodeToken::Kind::word) {
        add_call(i);
        add_accessor(i);
      }
    }
  }
};

/// "x/y/z" -> "projects.z", "projects.y.z", "projects.x.y.z": the settings may be in any directory
/// above.
std::vector<std::string> accessors(std::string_view directory) {
  std::vector<std::string> names;
  std::string path;
  while (!directory.empty() && names.size() < 10) {
    const std::string_view name = file_name_of(directory);
    path = ":" + std::string(name) + path;
    names.push_back(project_accessor(path));
    directory = directory_of(directory);
  }
  return names;
}

/// From `place` up to the directory that holds buildSrc or build-logic.
std::optional<std::string> up_to_holder(std::string_view place) {
  std::string up = "..";
  for (; !place.empty(); place = directory_of(place), up += "/..") {
    const std::string_view name = file_name_of(place);
    if (name == "buildSrc" || name == "build-logic") return up;
  }
  return std::nullopt;
}

std::string up_to_top(std::string_view place) {
  std::string up;
  for (; !place.empty(); place = directory_of(place)) up += up.empty() ? ".." : "/..";
  return up;
}

/// Everything that a script needs, for all below a directory.
ManifestFacts for_all_below(Script& script, std::string directory) {
  ManifestTarget all = script.own;
  all.scope = Scope::below;
  all.directory = std::move(directory);
  all.needs_all = script.own.needs_all || script.below.needs_all;
  all.needs.insert(all.needs.end(), script.below.needs.begin(), script.below.needs.end());
  all.needs_directories.insert(all.needs_directories.end(), script.below.needs_directories.begin(),
                               script.below.needs_directories.end());
  return {.targets = {all}};
}

}  // namespace

ManifestFacts read_gradle(std::string_view path, std::string_view content) {
  const std::string_view name = file_name_of(path);
  const std::string_view place = directory_of(path);
  const bool is_kotlin = name.ends_with(".kts") || name.ends_with(".kt");
  const auto tokens = code_tokens(content, is_kotlin ? CodeLanguage::kotlin : CodeLanguage::groovy);
  if (!tokens) return unreadable(tokens.error());
  const auto holder = up_to_holder(place);
  if (!holder && name.starts_with("settings.gradle")) return read_gradle_settings(*tokens);
  Script script{.tokens = *tokens};
  script.read();
  if (holder) return for_all_below(script, *holder);
  if (file_name_of(place) == "gradle") return for_all_below(script, "..");
  const std::string_view stem = before(name, ".gradle");
  if (stem != "build" && stem != file_name_of(place)) {  // applied by others, or by its own name
    // Among sources it is an example, or a test's.
    const bool is_source =
        (std::string("/") + std::string(path)).find("/src/") != std::string::npos;
    if (script.has_shared_blocks && !is_source) return for_all_below(script, up_to_top(place));
    script.own.scope = Scope::nearest;
    return {.targets = {script.own}};
  }
  script.own.aliases = accessors(place);
  return {.targets = {script.own, script.below}};
}

}  // namespace mergeq::vcs
