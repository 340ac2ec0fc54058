/// BUILD, BUCK and TARGETS files, .bzl files, WORKSPACE and MODULE.bazel
/// (https://bazel.build/concepts/labels, https://buck2.build/docs/concepts/target_pattern/).
///
/// Nothing is run: whatever looks like a label is needed, be it a dependency, a file, a `load` or a
/// default within a macro. A package needs the packages of the .bzl files that it loads, and these
/// need what their labels name: so that what a macro adds is covered.
#include <map>

#include "vcs/git.h"
#include "vcs/manifests/code_tokens.h"
#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

using Tokens = std::vector<CodeToken>;

/// "//a/b:c", "@repo//a:c", "@repo", "cell//a" as its parts.
struct Label {
  std::string_view repository;  // with "@"; "" for the own one, and for Buck's cells
  std::string_view package;
  std::string_view target;  // "" where it is left out
  bool has_target = false;
};

bool is_name(std::string_view text) {
  return text.find_first_of(" \t\r\n:/\\\"'()[],;<>=|&") == std::string_view::npos;
}

std::optional<Label> label_of(std::string_view text) {
  const std::size_t slashes = text.find("//");
  if (text.find_first_of(" \t\r\n\\\"'()<>|&;") != std::string_view::npos) return std::nullopt;
  if (slashes == std::string_view::npos) {
    if (text.size() < 2 || text[0] != '@' || !is_name(text)) return std::nullopt;
    return Label{.repository = text};
  }
  Label label{.repository = text.substr(0, slashes)};
  if (!is_name(label.repository)) return std::nullopt;
  const std::string_view rest = text.substr(slashes + 2);
  if (rest.find("//") != std::string_view::npos) return std::nullopt;
  const std::size_t colon = rest.find(':');
  label.package = rest.substr(0, colon);
  label.has_target = colon != std::string_view::npos;
  if (label.has_target) label.target = rest.substr(colon + 1);
  if (label.repository.starts_with("@@")) label.repository.remove_prefix(1);
  if (label.repository == "@" || !label.repository.starts_with('@')) label.repository = {};
  return label;
}

/// Labels that name no package, or only say who may see.
bool means_nothing(const Label& label) {
  for (const std::string_view package :
       {"visibility", "conditions", "external", "command_line_option"}) {
    if (label.repository.empty() && label.package == package) return true;
  }
  return label.target == "__pkg__" || label.target == "__subpackages__";
}

bool has_placeholder(std::string_view text) {
  return text.find('%') != std::string_view::npos || text.find('{') != std::string_view::npos;
}

void add_label(const Label& label, ManifestTarget& target) {
  const std::string root = std::string(label.repository) + "//";
  std::string_view package = label.package;
  while (package.ends_with('/')) package.remove_suffix(1);
  if (package == "..." || package.ends_with("/...")) {
    package.remove_suffix(package == "..." ? 3 : 4);
    target.needs_directories.push_back(root + std::string(package) +
                                       (package.empty() ? "**" : "/**"));
    return;
  }
  target.needs_directories.push_back(root + std::string(package));
  const std::string_view below = directory_of(label.target);  // a file in a subdirectory
  if (below.empty() || has_placeholder(below)) return;
  target.needs_directories.push_back(root + std::string(package) + (package.empty() ? "" : "/") +
                                     std::string(below));
}

/// "//a/b%s", "@x//" + y: everything below what is known of the package.
void add_open_label(const Label& label, ManifestTarget& target) {
  if (has_placeholder(label.repository)) {
    target.needs_all = true;
    return;
  }
  const std::string_view known = label.package.substr(0, label.package.find_first_of("%{"));
  const std::string_view directory = directory_of(known);
  if (directory.empty() && label.repository.empty()) {
    target.needs_all = true;
  } else {
    target.needs_directories.push_back(std::string(label.repository) + "//" +
                                       std::string(directory) + (directory.empty() ? "**" : "/**"));
  }
}

class StarlarkFile {
 public:
  StarlarkFile(const Tokens& tokens, std::string_view name)
      : tokens_(tokens), is_build_file_(!name.ends_with(".bzl")) {}

  /// Adds what the labels of the file name.
  void add_needs(ManifestTarget& target) const {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].is_symbol('[') || tokens_[i].is_symbol('(')) {
        if (is_about_visibility(i)) i = tokens_[i].partner;
      } else if (tokens_[i].is_string() && !is_keyword_value(i, "visibility")) {
        add_string(i, target);
      }
    }
  }

  /// "@name" of repositories that are directories of this one.
  std::vector<RootName> root_names() const {
    std::vector<RootName> roots;
    std::map<std::string, std::string, std::less<>> repository_of_module;
    for (std::size_t i = 1; i < tokens_.size(); ++i) {
      if (!tokens_[i].is_symbol('(')) continue;
      const std::string_view rule = tokens_[i - 1].text;
      if (rule == "module" || rule == "workspace") {
        for (const char* key : {"name", "repo_name"}) add_root(roots, argument(i, key), ".");
      } else if (rule == "bazel_dep") {
        repository_of_module[std::string(argument(i, "name"))] = argument(i, "repo_name");
      } else if (rule == "local_repository" || rule == "new_local_repository") {
        add_root(roots, argument(i, "name"), argument(i, "path"));
      } else if (rule == "local_path_override") {
        const std::string_view module = argument(i, "module_name");
        add_root(roots, module, argument(i, "path"));
        const auto renamed = repository_of_module.find(module);
        if (renamed != repository_of_module.end()) {
          add_root(roots, renamed->second, argument(i, "path"));
        }
      }
    }
    return roots;
  }

 private:
  static void add_root(std::vector<RootName>& roots, std::string_view name, std::string_view path) {
    const auto directory = normalised_path(path);
    if (!name.empty() && !path.empty() && directory) {
      roots.push_back({std::string(name), *directory});
    }
  }

  const CodeToken& at(std::size_t index) const { return token_at(tokens_, index); }

  /// The string given for a keyword in the brackets that open at `open`.
  std::string_view argument(std::size_t open, std::string_view key) const {
    for (std::size_t i = open + 1; i < tokens_[open].partner; ++i) {
      if (tokens_[i].partner > i) i = tokens_[i].partner;  // what is within is others'
      if (at(i).is_word(key) && at(i + 1).is_symbol('=') && at(i + 2).is_string()) {
        return at(i + 2).text;
      }
    }
    return {};
  }

  bool is_keyword_value(std::size_t i, std::string_view ending) const {
    return i >= 2 && at(i - 1).is_symbol('=') && at(i - 2).text.ends_with(ending);
  }
  bool is_about_visibility(std::size_t open) const {
    return is_keyword_value(open, "visibility") ||
           (open >= 1 && at(open - 1).is_word("package_group"));
  }

  /// `+ package_name()`, `% (native.package_name(), x)`, `.format(native.package_name())`: the
  /// package itself.
  bool is_own_package(std::size_t i) const {
    for (std::size_t ahead = i + 1; ahead < i + 8; ++ahead) {
      if (at(ahead).is_word("package_name")) return true;
      const bool may_stand =
          at(ahead).is_word("native") || at(ahead).is_word("format") ||
          (at(ahead).kind == CodeToken::Kind::symbol && !at(ahead).is_symbol(','));
      if (!may_stand) return false;
    }
    return false;
  }

  bool is_computed(std::size_t i) const {
    return at(i + 1).is_symbol('+') || at(i + 1).is_symbol('%') ||
           (at(i + 1).is_symbol('.') && at(i + 2).is_word("format"));
  }

  /// The end of a label whose beginning is elsewhere: root + "/lib:x", "%s:x" % root. In .bzl
  /// files, where paths are put together all the time, only with a colon.
  bool is_part_of_label(std::size_t i) const {
    const std::string_view text = tokens_[i].text;
    if (text.find_first_of(" \t\r\n=\\\"'*.()") != std::string_view::npos) return false;
    const bool has_target = text.find(':') != std::string_view::npos;
    if (i >= 1 && at(i - 1).is_symbol('+') && text.starts_with('/') && text.size() > 1) {
      return has_target || is_build_file_;
    }
    return is_computed(i) && has_target && (text.starts_with("%s") || text.starts_with('{'));
  }

  void add_string(std::size_t i, ManifestTarget& target) const {
    const std::string_view text = tokens_[i].text;
    const std::optional<Label> label = label_of(text);
    if (!label) {
      if (is_part_of_label(i) && !is_own_package(i)) target.needs_all = true;
      return;
    }
    if (means_nothing(*label)) return;
    const bool is_open = has_placeholder(label->package) || has_placeholder(label->repository) ||
                         (is_computed(i) && !label->has_target && !label->package.empty()) ||
                         (is_computed(i) && text == "//");
    if (!is_open) {
      add_label(*label, target);
    } else if (!is_own_package(i)) {
      add_open_label(*label, target);
    }
  }

  const Tokens& tokens_;
  bool is_build_file_;
};

}  // namespace

ManifestFacts read_bazel(std::string_view path, std::string_view content) {
  const auto tokens = code_tokens(content, CodeLanguage::starlark);
  if (!tokens) return unreadable(tokens.error());
  const std::string_view name = file_name_of(path);
  const StarlarkFile file(*tokens, name);
  ManifestTarget target;
  file.add_needs(target);
  if (name.ends_with(".bzl")) {
    target.scope = Scope::nearest;
    return {.targets = {target}};
  }
  const bool is_module = name.ends_with("MODULE.bazel");
  if (!is_module && !name.starts_with("WORKSPACE")) return {.targets = {target}};
  target.scope = Scope::below;
  return {.targets = {target},
          .is_root = !is_module || name == "MODULE.bazel",
          .root_names = file.root_names()};
}

}  // namespace mergeq::vcs
