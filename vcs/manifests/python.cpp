/// requirements.txt, setup.cfg and setup.py; pyproject.toml has its own file
/// (https://packaging.python.org/,
/// https://pip.pypa.io/en/stable/reference/requirements-file-format/).
///
/// Files of requirements count for all below their place: who installs them is not written there.
#include "vcs/manifests/python.h"

#include <algorithm>
#include <map>
#include <set>

#include "vcs/git.h"
#include "vcs/manifests/code_tokens.h"
#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

using Tokens = std::vector<CodeToken>;

/// Where a requirement comes from, if from a directory: "file:../x#egg=y", "../x[extra]".
void add_place(std::string_view place, ManifestTarget& target) {
  place = trimmed(before(before(before(place, ";"), "#"), "["));
  for (const std::string_view start :
       {"file:///", "file://", "file:", "${PROJECT_ROOT}/", "{root:uri}/", "{root}/"}) {
    if (place.starts_with(start)) place.remove_prefix(start.size());
  }
  const bool is_path =
      place == "." || place == ".." || place.starts_with("./") || place.starts_with("../");
  if (is_path) add_directory(target.needs_directories, place);
}

/// "-r file" and the like: the argument, where the line begins with one of the options.
std::optional<std::string_view> option(std::string_view line,
                                       std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (!line.starts_with(name)) continue;
    std::string_view rest = trimmed(line.substr(name.size()));
    if (rest.starts_with('=')) rest.remove_prefix(1);
    return trimmed(rest);
  }
  return std::nullopt;
}

ManifestFacts read_requirements(std::string_view place, std::string_view content) {
  ManifestTarget below{.scope = Scope::below};
  if (file_name_of(place) == "requirements") below.directory = "..";
  for (std::string_view line : lines_of(content)) {
    line = trimmed(line);
    if (line.starts_with('#')) continue;
    line = trimmed(before(line, " #"));
    if (line.ends_with('\\')) line.remove_suffix(1);
    if (const auto file = option(line, {"-r", "--requirement", "-c", "--constraint"})) {
      const std::string directory(directory_of(*file));
      if (!directory.empty()) add_directory(below.needs_directories, directory);
    } else {
      add_requirement(line, below);
    }
  }
  return {.targets = {below}};
}

/// Sections of "key = value" with values that go on in indented lines.
using Sections =
    std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>>;

Sections sections_of(std::string_view content) {
  Sections sections;
  std::string section;
  std::string* value = nullptr;
  for (const std::string_view line : lines_of(content)) {
    const std::string_view text = trimmed(line);
    if (text.empty() || text[0] == '#' || text[0] == ';') continue;
    const bool is_indented = line[0] == ' ' || line[0] == '\t';
    if (is_indented && value != nullptr) {
      *value += "\n";
      *value += text;
    } else if (text[0] == '[') {
      section = before(text.substr(1), "]");
      sections[section];
      value = nullptr;
    } else {
      const std::size_t end = text.find_first_of("=:");
      std::string key(trimmed(text.substr(0, end)));
      std::ranges::replace(key, '-', '_');
      value = &sections[section][key];
      if (end != std::string_view::npos) *value = trimmed(text.substr(end + 1));
    }
  }
  return sections;
}

void add_requirements(std::string_view lines, ManifestTarget& target) {
  for (const std::string_view line : lines_of(lines)) {
    if (const auto files = option(trimmed(line), {"file:"})) {
      add_directory(target.needs_directories, directory_of(before(*files, ",")));
    } else {
      add_requirement(line, target);
    }
  }
}

/// The call of setup() and what it is given.
class SetupCall {
 public:
  explicit SetupCall(const Tokens& tokens) : tokens_(tokens) {
    for (std::size_t i = 1; i < tokens.size(); ++i) {
      const bool is_top = tokens[i].around == CodeToken::no_bracket;
      if (tokens[i].is_symbol('(') && tokens[i - 1].is_word("setup") && call_ == 0) call_ = i;
      if (is_top && tokens[i].is_symbol('=') && !at(i + 1).is_symbol('=') &&
          tokens[i - 1].kind == CodeToken::Kind::word) {
        const auto added = constants_.try_emplace(std::string(tokens[i - 1].text), i + 1);
        if (!added.second) added.first->second = 0;  // twice: it depends
      }
    }
  }

  ManifestTarget target() const {
    ManifestTarget target;
    std::set<std::string_view> given;
    if (call_ == 0) {
      target.needs_all = true;
      return target;
    }
    for (std::size_t i = call_ + 1; i < tokens_[call_].partner; ++i) {
      if (tokens_[i].partner > i) {
        i = tokens_[i].partner;
      } else if (tokens_[i].is_symbol('*') && tokens_[i + 1].is_symbol('*')) {
        target.needs_all = true;
        target.aliases = {"*"};
      } else if (at(i + 1).is_symbol('=') && given.insert(tokens_[i].text).second) {
        argument(tokens_[i].text, i + 2, target);
      }
    }
    for (const CodeToken& token : tokens_) {
      if (token.is_string() && token.text.starts_with("../") && token.text.size() < 1000) {
        add_directory(target.needs_directories, token.text);
      }
    }
    return target;
  }

 private:
  const CodeToken& at(std::size_t index) const { return token_at(tokens_, index); }

  /// Where the value begins, of a name where it is given.
  std::size_t value_of(std::size_t i) const {
    const bool is_name = at(i).kind == CodeToken::Kind::word &&
                         (at(i + 1).is_symbol(',') || at(i + 1).is_symbol(')'));
    if (!is_name) return i;
    const auto found = constants_.find(at(i).text);
    return found == constants_.end() || found->second == 0 ? i : found->second;
  }

  /// A string, and nothing that is done with it.
  bool is_literal(std::size_t i) const {
    return at(i).is_string() && at(i).is_plain &&
           (at(i + 1).kind == CodeToken::Kind::line_end || at(i + 1).is_symbol(',') ||
            at(i + 1).is_symbol(')') || at(i + 1).is_symbol(']') || at(i + 1).is_symbol('}') ||
            at(i + 1).is_symbol(':') || at(i + 1).is_string());
  }

  void argument(std::string_view key, std::size_t begin, ManifestTarget& target) const {
    const std::size_t value = value_of(begin);
    if (key == "name") {
      if (is_literal(value)) {
        target.name = python_name(at(value).text);
      } else {
        target.aliases = {"*"};
      }
    } else if (key == "install_requires" || key == "extras_require" || key == "setup_requires" ||
               key == "tests_require") {
      if (!add_literals(value, target)) target.needs_all = true;
    }
  }

  /// Strings within brackets. False where there is anything else.
  bool add_literals(std::size_t open, ManifestTarget& target) const {
    if (is_literal(open)) {
      add_requirements(at(open).text, target);
      return true;
    }
    if (!at(open).is_symbol('[') && !at(open).is_symbol('{') && !at(open).is_symbol('('))
      return false;
    const std::size_t end = at(open).partner;
    if (at(end + 1).is_symbol('+') || at(end + 1).is_symbol('.')) return false;
    for (std::size_t i = open + 1; i < end; ++i) {
      if (at(i).is_string()) {
        if (!is_literal(i)) return false;
        if (!at(i + 1).is_symbol(':')) add_requirement(at(i).text, target);  // no extra's name
      } else if (at(i).kind == CodeToken::Kind::word || at(i).is_symbol('*')) {
        return false;
      }
    }
    return true;
  }

  const Tokens& tokens_;
  std::size_t call_ = 0;                                       // its bracket
  std::map<std::string, std::size_t, std::less<>> constants_;  // where their value begins
};

}  // namespace

std::string python_name(std::string_view name) {
  std::string result;
  for (const char c : trimmed(name)) {
    if (c == '-' || c == '_' || c == '.') {
      if (!result.ends_with('-')) result += '-';
    } else {
      result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return result;
}

void add_requirement(std::string_view text, ManifestTarget& target) {
  text = trimmed(text);
  if (const auto editable = option(text, {"-e", "--editable"})) text = *editable;
  if (text.empty() || text[0] == '-') return;
  const std::string_view name = text.substr(0, text.find_first_of(" \t<>=!~;[(@,:/\\"));
  const std::string_view rest = trimmed(text.substr(name.size()));
  if (name.empty() || name[0] == '.' || rest.starts_with(':') || rest.starts_with('/')) {
    add_place(text, target);
    const std::string_view egg = after(text, "#egg=");
    if (!egg.empty()) target.needs.push_back(python_name(egg.substr(0, egg.find_first_of("&["))));
    return;
  }
  target.needs.push_back(python_name(name));
  if (const std::size_t url = text.find('@'); url != std::string_view::npos) {
    add_place(trimmed(text.substr(url + 1)), target);
  }
}

ManifestFacts read_setup_cfg(std::string_view content) {
  const Sections sections = sections_of(content);
  const ManifestTarget below{.scope = Scope::below};  // settings of tools
  const auto metadata = sections.find("metadata");
  const auto options = sections.find("options");
  if (metadata == sections.end() && options == sections.end()) return {.targets = {below}};
  ManifestTarget target;
  if (metadata != sections.end()) {
    const auto name = metadata->second.find("name");
    if (name != metadata->second.end()) target.name = python_name(name->second);
  }
  if (options != sections.end()) {
    for (const char* key : {"install_requires", "setup_requires", "tests_require"}) {
      const auto found = options->second.find(key);
      if (found != options->second.end()) add_requirements(found->second, target);
    }
  }
  if (const auto extras = sections.find("options.extras_require"); extras != sections.end()) {
    for (const auto& [extra, lines] : extras->second) add_requirements(lines, target);
  }
  return {.targets = {target, below}};
}

ManifestFacts read_setup_py(std::string_view content) {
  const auto tokens = code_tokens(content, CodeLanguage::starlark);
  if (!tokens) return unreadable(tokens.error());
  return {.targets = {SetupCall(*tokens).target()}};
}

ManifestFacts read_python(std::string_view path, std::string_view content) {
  const std::string_view name = file_name_of(path);
  if (name == "pyproject.toml") return read_pyproject(content);
  if (name == "Pipfile") return read_pipfile(content);
  if (name == "setup.cfg") return read_setup_cfg(content);
  if (name == "setup.py") return read_setup_py(content);
  return read_requirements(directory_of(path), content);
}

}  // namespace mergeq::vcs
