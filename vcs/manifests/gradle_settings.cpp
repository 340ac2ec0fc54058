/// settings.gradle: which directories are projects, and what they are called.
///
/// What is included by code (a loop, a file tree) is not seen; such projects are known by their
/// build files and are found by their directories.
#include <algorithm>
#include <array>
#include <map>

#include "vcs/git.h"
#include "vcs/manifests/gradle.h"
#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

using Tokens = std::vector<CodeToken>;

class Settings {
 public:
  explicit Settings(const Tokens& tokens) : tokens_(tokens) {}

  ManifestFacts facts() {
    below_.scope = Scope::below;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].is_word("include")) include(i, "");
      if (tokens_[i].is_word("includeFlat")) include(i, "../");
      if (tokens_[i].is_word("includeBuild")) include_build(i);
      if (tokens_[i].is_word("projectDir") || tokens_[i].is_word("name")) assignment(i);
      if (tokens_[i].is_string()) add_applied_script(tokens_, i, below_);
    }
    ManifestFacts facts{.targets = {{.name = ":"}, below_}, .is_root = true};
    for (const auto& [path, directory] : projects_) {
      facts.targets.push_back(
          {.directory = directory, .name = path, .aliases = {project_accessor(path)}});
    }
    return facts;
  }

 private:
  const CodeToken& at(std::size_t index) const { return token_at(tokens_, index); }

  /// The plain strings given to a call, with or without brackets; what is computed is left out.
  std::vector<std::string_view> arguments(std::size_t call) const {
    std::vector<std::string_view> strings;
    std::size_t i = call + 1;
    const bool has_brackets = at(i).is_symbol('(');
    const std::size_t end = has_brackets ? at(i).partner : tokens_.size();
    for (i += has_brackets ? 1 : 0; i < end; ++i) {
      const bool is_after_comma = at(i - 1).is_symbol(',');
      if (at(i).kind == CodeToken::Kind::line_end) {
        if (!has_brackets && !is_after_comma && !is_next_comma(i)) break;
      } else if (at(i).is_string() && at(i).is_plain && !at(i + 1).is_symbol('+') &&
                 !at(i - 1).is_symbol('+')) {
        strings.push_back(at(i).text);
      } else if (!has_brackets && (at(i).is_symbol('{') || at(i).is_symbol('}') ||
                                   at(i).text.starts_with("include"))) {
        break;
      }
    }
    return strings;
  }
  bool is_next_comma(std::size_t i) const {
    return at(i + 1).is_symbol(',') ||
           (at(i - 1).kind == CodeToken::Kind::line_end && at(i - 2).is_symbol(','));
  }

  void include(std::size_t call, std::string_view base) {
    for (const std::string_view given : arguments(call)) {
      std::string path = given.starts_with(':') ? "" : ":";
      path += given;
      // Those above it are projects as well.
      for (std::size_t end = path.find(':', 1);; end = path.find(':', end + 1)) {
        add_project(path.substr(0, end), base);
        if (end == std::string::npos) break;
      }
    }
  }

  void add_project(const std::string& path, std::string_view base) {
    const auto directory = normalised_path(std::string(base) + project_directory(path));
    if (path.size() > 1 && directory && !directory->empty())
      projects_.try_emplace(path, *directory);
  }

  void include_build(std::size_t call) {
    const std::vector<std::string_view> given = arguments(call);
    if (given.empty()) below_.needs_all = true;
    for (const std::string_view path : given) {
      const auto directory = normalised_path(path);
      if (directory && !directory->empty()) below_.needs_directories.push_back(*directory + "/**");
      break;  // the rest configures it
    }
  }

  /// project(':a').projectDir = file('x'), project(':a').name = 'b'; any other assignment may mean
  /// any project.
  void assignment(std::size_t word) {
    const bool is_assigned = at(word + 1).is_symbol('=') && !at(word + 2).is_symbol('=');
    if (word < 2 || !is_assigned || !at(word - 1).is_symbol('.')) return;
    if (at(word - 2).is_word("rootProject")) return;
    const bool is_project = word >= 5 && at(word - 2).is_symbol(')') && at(word - 3).is_string() &&
                            at(word - 3).is_plain && at(word - 4).is_symbol('(') &&
                            at(word - 5).is_word("project");
    const std::optional<std::string> directory = assigned_directory(word + 2);
    const std::string path(at(word - 3).text);
    if (is_project && at(word).is_word("name") && at(word + 2).is_string() &&
        at(word + 2).is_plain && projects_.contains(path)) {
      const std::string renamed =
          path.substr(0, path.rfind(':') + 1) + std::string(at(word + 2).text);
      projects_.try_emplace(renamed, projects_[path]);
    } else if (is_project && at(word).is_word("projectDir") && directory) {
      projects_[path] = *directory;
    } else {
      below_.needs_all = true;
    }
  }

  /// file('x'), new File(settingsDir, "x"), File("$rootDir/x"), "$rootDir/x" as File.
  std::optional<std::string> assigned_directory(std::size_t i) const {
    constexpr std::array words =
        std::to_array<std::string_view>({"as", "file", "new", "File", "settingsDir", "rootDir",
                                         "rootProject", "projectDir", "settings"});
    std::optional<ScriptPath> found;
    constexpr std::size_t value_tokens_max = 40;
    const std::size_t end = std::min(i + value_tokens_max, tokens_.size());
    for (; i < end && at(i).kind != CodeToken::Kind::line_end; ++i) {
      if (at(i).is_string()) {
        if (found) return std::nullopt;
        found = script_path(at(i));
        if (!found) return std::nullopt;
      } else if (at(i).kind == CodeToken::Kind::word) {
        if (std::ranges::find(words, at(i).text) == words.end()) return std::nullopt;
      } else if (at(i).is_symbol('+')) {
        return std::nullopt;
      }
    }
    const bool is_whole = at(i).kind == CodeToken::Kind::line_end;
    return found && is_whole ? normalised_path(found->path) : std::nullopt;
  }

  const Tokens& tokens_;
  ManifestTarget below_;
  std::map<std::string, std::string> projects_;  // directory by path
};

}  // namespace

std::string project_directory(std::string_view project_path) {
  std::string directory(project_path.starts_with(':') ? project_path.substr(1) : project_path);
  std::ranges::replace(directory, ':', '/');
  return normalised_path(directory).value_or("");
}

std::string project_accessor(std::string_view project_path) {
  std::string accessor = "projects";
  bool is_upper = false;
  for (const char c : project_path) {
    if (c == ':') {
      accessor += '.';
      is_upper = false;
    } else if (c == '-' || c == '_' || c == '.') {
      is_upper = true;
    } else {
      accessor += is_upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      is_upper = false;
    }
  }
  return accessor;
}

std::optional<ScriptPath> script_path(const CodeToken& string) {
  ScriptPath result{.path = string.text};
  for (const std::string_view root :
       {"$rootDir/", "${rootDir}/", "${rootProject.projectDir}/", "$rootProject.projectDir/",
        "${rootProject.rootDir}/", "${settingsDir}/", "$settingsDir/", "${project.rootDir}/"}) {
    if (string.text.starts_with(root)) {
      result = {ScriptPath::Base::root, string.text.substr(root.size())};
    }
  }
  for (const std::string_view own : {"$projectDir/", "${projectDir}/", "${project.projectDir}/"}) {
    if (string.text.starts_with(own)) result.path = string.text.substr(own.size());
  }
  if (result.path.find('$') != std::string_view::npos) return std::nullopt;
  return result;
}

void add_applied_script(const Tokens& tokens, std::size_t index, ManifestTarget& target) {
  const CodeToken& string = tokens[index];
  const bool is_script = string.text.ends_with(".gradle") || string.text.ends_with(".gradle.kts");
  if (!is_script || string.text.find("://") != std::string_view::npos) return;
  std::optional<ScriptPath> script = script_path(string);
  if (!script) {
    target.needs_all = true;
    return;
  }
  // rootProject.file("x.gradle")
  const bool is_of_root =
      index >= 4 && tokens[index - 2].is_word("file") && (tokens[index - 4].is_word("rootProject"));
  if (is_of_root) script->base = ScriptPath::Base::root;
  const auto path = normalised_path(script->path);
  // Scripts in "gradle" count for all below the directory that holds it.
  if (!path || file_name_of(directory_of(*path)) == "gradle") return;
  const std::string root = script->base == ScriptPath::Base::root ? "//" : "";
  target.needs_directories.push_back(root + std::string(directory_of(*path)));
}

ManifestFacts read_gradle_settings(const Tokens& tokens) { return Settings(tokens).facts(); }

}  // namespace mergeq::vcs
