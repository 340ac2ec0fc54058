/// CMakeLists.txt and *.cmake.
///
/// One target for each directory, with the names of all that it defines. Variables are looked up
/// within the file alone, with every value that they are given there; what stays unknown may be
/// anything. A command that is no part of CMake defines what its first argument or NAME says, with
/// whatever the repository's function puts in front or behind ("*base", "base*"), and needs
/// whatever else it is given.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "vcs/git.h"
#include "vcs/manifests/cmake_commands.h"
#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t values_max = 64;        // of a variable
constexpr std::size_t value_bytes_max = 512;  // of a word with variables put in
constexpr std::size_t name_parts_max = 8;
constexpr std::size_t names_max = std::size_t{1} << 17U;  // of a file; with more it needs all

bool is_link_keyword(std::string_view word) {
  constexpr std::array words = std::to_array<std::string_view>(
      {"PUBLIC", "PRIVATE", "INTERFACE", "LINK_PUBLIC", "LINK_PRIVATE", "debug", "optimized",
       "general", "LINK_INTERFACE_LIBRARIES"});
  return std::ranges::find(words, word) != words.end();
}

/// The names within generator expressions and lists: "$<$<CONFIG:Debug>:a::b>;c" -> Debug, a::b, c.
Words names_in(std::string_view text) {
  Words names;
  std::string name;
  bool is_operator = false;  // what is in front of the first colon
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ';';
    const bool is_scope = text.substr(i).starts_with("::");
    if (is_scope) {
      name += "::";
      ++i;
    } else if (std::string_view("$<>:,; \t\r\n\"").find(c) == std::string_view::npos) {
      name += c;
    } else {
      if (!name.empty() && !(is_operator && c == ':')) names.push_back(name);
      name.clear();
      is_operator = c == '<';
    }
  }
  return names;
}

/// A name that a function of the repository may have made of a part of it: "absl::base_internal" ->
/// "*base_internal", "*internal", "absl*", "absl::base*".
void add_need(const std::string& name, ManifestTarget& target) {
  if (name.empty() || name[0] == '-' || name.size() > value_bytes_max) return;
  if (name.find('/') != std::string::npos || is_link_keyword(name)) return;
  if (target.needs.size() >= names_max) {
    target.needs_all = true;
    return;
  }
  target.needs.push_back(name);
  std::size_t parts = 0;
  for (std::size_t i = 1; i + 1 < name.size() && parts < name_parts_max; ++i) {
    if (name[i] != '_' && name[i] != ':' && name[i] != '-' && name[i] != '.') continue;
    if (name[i + 1] == ':') continue;
    const std::size_t end = name[i] == ':' ? i - 1 : i;
    if (end == 0) continue;
    ++parts;
    target.needs.push_back("*" + name.substr(i + 1));
    target.needs.push_back(name.substr(0, end) + "*");
  }
}

class Variables {
 public:
  void set(std::string_view name, const std::optional<Words>& values) {
    auto& known = values_[std::string(name)];
    if (!values || known.size() + values->size() > values_max) {
      unknown(name);
      return;
    }
    for (const std::string& value : *values) {
      if (std::ranges::find(known, value) == known.end()) known.push_back(value);
    }
  }
  void unknown(std::string_view name) { values_[std::string(name)] = {std::string(unknown_mark)}; }
  /// What others give it, and is no target of this repository.
  void set_external(std::string prefix) { externals_.insert(std::move(prefix)); }

  /// All that the text may be. Nothing where that is not known.
  std::optional<Words> expanded(std::string_view text) const {
    Words results{""};
    while (!text.empty()) {
      const std::string_view literal = before(text, "${");
      for (std::string& result : results) result += literal;
      text.remove_prefix(literal.size());
      if (text.empty()) break;
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos) return std::nullopt;
      // Of a condition only what it is for can be needed: $<$<BOOL:${x}>:lib>.
      const std::optional<Words> values =
          literal.ends_with("$<BOOL:") ? Words{""} : values_of(text.substr(2, end - 2));
      if (!values || results.size() * values->size() > values_max) return std::nullopt;
      Words next;
      for (const std::string& result : results) {
        for (const std::string& value : *values) {
          if (result.size() + value.size() > value_bytes_max) return std::nullopt;
          next.push_back(result + value);
        }
      }
      results = std::move(next);
      text.remove_prefix(end + 1);
    }
    return results;
  }

 private:
  static constexpr std::string_view unknown_mark = "${";

  std::optional<Words> values_of(std::string_view name) const {
    if (const auto found = values_.find(name); found != values_.end()) {
      const bool is_known = found->second.empty() || found->second[0] != unknown_mark;
      if (!is_known) return std::nullopt;
      return found->second.empty() ? Words{""} : found->second;
    }
    if (is_external(name) || name.starts_with("CMAKE_") || is_option(name)) return Words{""};
    return std::nullopt;
  }
  bool is_external(std::string_view name) const {
    for (std::size_t size = 1; size <= std::min(name.size(), value_bytes_max); ++size) {
      if (externals_.contains(name.substr(0, size))) return true;
    }
    return false;
  }
  static bool is_option(std::string_view name) {
    return name.ends_with("OPTS") || name.ends_with("FLAGS") || name.ends_with("OPTIONS");
  }

  std::map<std::string, Words, std::less<>> values_;
  std::set<std::string, std::less<>> externals_;
};

class CMakeFile {
 public:
  explicit CMakeFile(const std::vector<CMakeCommand>& commands) {
    for (const CMakeCommand& command : commands) {
      remember(command);
      read(command);
    }
  }

  ManifestTarget own;
  ManifestTarget below{.scope = Scope::below};
  /// What is set for the directory above.
  bool sets_for_parent = false;

 private:
  using Arguments = std::vector<std::string_view>;

  static std::string_view first(const CMakeCommand& command) {
    return command.arguments.empty() ? std::string_view{} : command.arguments[0];
  }

  bool in_function() const { return function_depth_ > 0; }
  /// What a function links is needed by whoever calls it, anywhere below.
  ManifestTarget& needing() { return in_function() ? below : own; }

  std::optional<Words> expanded(const Arguments& arguments, std::size_t begin) const {
    Words all;
    for (std::size_t i = begin; i < arguments.size(); ++i) {
      const std::optional<Words> words = variables_.expanded(arguments[i]);
      if (!words || all.size() + words->size() > values_max) return std::nullopt;
      for (const std::string& word : *words) {
        for (std::string& name : names_in(word)) all.push_back(std::move(name));
      }
    }
    return all;
  }

  /// Variables, and where functions begin and end.
  void remember(const CMakeCommand& command) {
    const Arguments& arguments = command.arguments;
    const std::string_view name = first(command);
    if (command.name == "function" || command.name == "macro") {
      ++function_depth_;
      for (const char* given : {"ARGN", "ARGV", "ARGS"}) variables_.set_external(given);
      // Arguments of the caller, who needs all that is given.
      for (std::size_t i = 1; i < arguments.size(); ++i) variables_.set(arguments[i], Words{});
    } else if (command.name == "endfunction" || command.name == "endmacro") {
      if (function_depth_ > 0) --function_depth_;
    } else if (command.name == "cmake_parse_arguments") {
      const bool is_parsed_argv = name == "PARSE_ARGV" && arguments.size() > 2;
      variables_.set_external(std::string(is_parsed_argv ? arguments[2] : name) + "_");
    } else if (command.name == "project") {
      variables_.set("PROJECT_NAME", Words{std::string(name)});
    } else if (command.name == "set" && !name.empty()) {
      set(arguments);
    } else if (command.name == "foreach" && !name.empty()) {
      foreach (arguments)
        ;
    } else if (command.name == "list" && name == "APPEND" && arguments.size() > 1) {
      append(arguments);
    } else if (command.name == "find_package" || command.name == "find_library" ||
               command.name.starts_with("pkg_")) {
      std::string upper(name);
      std::ranges::transform(upper, upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      });
      if (name.empty()) return;
      variables_.set_external(std::string(name));
      variables_.set_external(upper);
    }
  }

  void set(const Arguments& arguments) {
    if (arguments.back() == "PARENT_SCOPE") sets_for_parent = true;
    Arguments values = arguments;
    const auto end = std::ranges::find_if(
        values, [](std::string_view word) { return word == "CACHE" || word == "PARENT_SCOPE"; });
    values.erase(end, values.end());
    if (values.empty()) return;
    variables_.set(arguments[0], expanded(values, 1));
    set_here_.insert_or_assign(std::string(arguments[0]), true);
  }

  void append(const Arguments& arguments) {
    if (!set_here_.contains(arguments[1])) {
      variables_.unknown(arguments[1]);  // the rest of it is from above
    } else {
      variables_.set(arguments[1], expanded(arguments, 2));
    }
  }

  void foreach (const Arguments& arguments) {
    std::optional<Words> values = Words{};
    bool are_lists = false;
    for (std::size_t i = 1; i < arguments.size() && values; ++i) {
      if (arguments[i] == "IN" || arguments[i] == "ITEMS" || arguments[i] == "LISTS") {
        are_lists = arguments[i] == "LISTS";
        continue;
      }
      const std::string list = "${" + std::string(arguments[i]) + "}";
      const auto more = variables_.expanded(are_lists ? std::string_view(list) : arguments[i]);
      if (!more || values->size() + more->size() > values_max) {
        values = std::nullopt;
      } else {
        values->insert(values->end(), more->begin(), more->end());
      }
    }
    variables_.set(arguments[0], values);
  }

  void read(const CMakeCommand& command) {
    const std::string& name = command.name;
    const Arguments& arguments = command.arguments;
    if (arguments.empty()) return;
    if (name == "add_library" || name == "add_executable" || name == "add_custom_target") {
      define(arguments[0]);
      const bool is_alias = arguments.size() == 3 && arguments[1] == "ALIAS";
      need(arguments, is_alias ? 2 : 1,
           is_alias                      ? Unknown::may_be_all
           : name == "add_custom_target" ? Unknown::is_file
                                         : Unknown::is_source);
    } else if (name == "target_link_libraries" || name == "add_dependencies") {
      need(arguments, 0, Unknown::may_be_all);
    } else if (name == "link_libraries") {
      need_below(arguments);
    } else if (name == "include") {
      include(arguments[0]);
    } else if (name == "find_package") {
      own.needs.push_back("Find" + std::string(arguments[0]) + ".cmake");
    } else if (name == "add_custom_command" || name == "add_test" ||
               name == "set_target_properties" || name == "set_property" ||
               name == "target_precompile_headers" || name == "target_include_directories") {
      need(arguments, 0, Unknown::is_file);
    } else if (name == "target_sources") {
      need(arguments, 1, Unknown::is_source);
    } else if (!is_cmake_command(name) && !in_function()) {
      call(arguments);
    }
    add_files(arguments);
  }

  void define(std::string_view name) {
    if (in_function()) return;  // its callers say how it is called
    const std::optional<Words> names = variables_.expanded(name);
    if (!names || own.aliases.size() >= names_max) {
      own.aliases.emplace_back("*");
      return;
    }
    own.aliases.insert(own.aliases.end(), names->begin(), names->end());
  }

  /// What an argument is whose variables are not known: a library, a file, or a source, which names
  /// targets in generator expressions only.
  enum class Unknown { may_be_all, is_file, is_source };

  void need(const Arguments& arguments, std::size_t begin, Unknown unknown) {
    for (std::size_t i = begin; i < arguments.size(); ++i) {
      const std::optional<Words> words = variables_.expanded(arguments[i]);
      if (!words) {
        // The first is the one that needs; a function's own variables come from its arguments.
        const bool is_own = in_function() && arguments[i].starts_with("${_");
        if (unknown == Unknown::may_be_all && i > 0 && !is_own) needing().needs_all = true;
        continue;
      }
      for (const std::string& word : *words) {
        if (unknown == Unknown::is_source && word.find("$<") == std::string::npos) continue;
        for (const std::string& name : names_in(word)) {
          const bool is_file =
              unknown != Unknown::may_be_all && name.find('.') != std::string::npos;
          if (!is_file) add_need(name, needing());
        }
      }
    }
  }

  void need_below(const Arguments& arguments) {
    const std::optional<Words> names = expanded(arguments, 0);
    if (!names) below.needs_all = true;
    for (const std::string& name : names.value_or(Words{})) add_need(name, below);
  }

  /// A function of the repository.
  void call(const Arguments& arguments) {
    need(arguments, 0, Unknown::may_be_all);
    if (!variables_.expanded(arguments[0])) own.needs_all = true;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const bool is_keyword = arguments[i] == "NAME" || arguments[i] == "TARGET";
      const bool is_name = i == 0 || arguments[i - 1] == "NAME" || arguments[i - 1] == "TARGET";
      if (!is_name || is_keyword) continue;
      if (own.aliases.size() >= names_max) {
        own.aliases.emplace_back("*");
        return;
      }
      for (const std::string& name : variables_.expanded(arguments[i]).value_or(Words{"*"})) {
        own.aliases.push_back(name);
        if (name == "*") continue;
        own.aliases.push_back("*" + name);
        own.aliases.push_back(name + "*");
      }
    }
  }

  /// A directory as an argument names it: "../x", "${CMAKE_SOURCE_DIR}/x" as "//x".
  static std::optional<std::string> place(std::string_view text) {
    for (const std::string_view own :
         {"${CMAKE_CURRENT_SOURCE_DIR}/", "${CMAKE_CURRENT_LIST_DIR}/"}) {
      if (text.starts_with(own)) return normalised_path(before(text.substr(own.size()), "${"));
    }
    for (const std::string_view root : {"${CMAKE_SOURCE_DIR}/", "${PROJECT_SOURCE_DIR}/"}) {
      if (!text.starts_with(root)) continue;
      const auto path = normalised_path(before(text.substr(root.size()), "${"));
      return path ? std::optional("//" + *path) : std::nullopt;
    }
    return normalised_path(before(text, "${"));
  }

  /// Sources and headers of other directories.
  void add_files(const Arguments& arguments) {
    for (const std::string_view argument : arguments) {
      if (argument.size() > value_bytes_max) continue;
      const bool may_leave =
          argument.starts_with("../") || argument.find("_DIR}/") != std::string_view::npos;
      if (!may_leave) continue;
      const auto directory = place(argument);
      if (!directory || is_module_place(*directory)) continue;
      if (directory->starts_with("..") || directory->starts_with("//")) {
        needing().needs_directories.push_back(*directory);
      }
    }
  }

  /// In "cmake" of a directory above: such files count for all below that.
  static bool is_module_place(std::string_view path) {
    while (path.starts_with("../")) path.remove_prefix(3);
    if (path.starts_with("//")) path.remove_prefix(2);
    std::string name(before(path, "/"));
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return name == "cmake";
  }

  /// By path or by name; what is included here is known below as well.
  void include(std::string_view module) {
    if (module.find('/') == std::string_view::npos && !module.ends_with(".cmake")) {
      own.needs.push_back(std::string(module) + ".cmake");
      below.needs.push_back(std::string(module) + ".cmake");
      return;
    }
    const auto path = place(module);
    if (!path || is_module_place(*path)) return;
    own.needs_directories.emplace_back(
        path->starts_with("//") && directory_of(*path) == "/" ? "//" : directory_of(*path));
    below.needs_directories.push_back(own.needs_directories.back());
  }

  Variables variables_;
  std::map<std::string, bool, std::less<>> set_here_;
  std::size_t function_depth_ = 0;
};

/// From the directory of a module up to the one that holds "cmake"; nothing where none does.
std::optional<std::string> up_to_holder(std::string_view place) {
  std::optional<std::string> found;
  std::string up = "..";
  for (; !place.empty(); place = directory_of(place), up += "/..") {
    const std::string_view name = file_name_of(place);
    if (name == "cmake" || name == "CMake" || name == "Cmake") found = up;
  }
  return found;
}

void add_all(const ManifestTarget& from, ManifestTarget& to) {
  to.needs.insert(to.needs.end(), from.needs.begin(), from.needs.end());
  to.needs_directories.insert(to.needs_directories.end(), from.needs_directories.begin(),
                              from.needs_directories.end());
  to.needs_all = to.needs_all || from.needs_all;
}

/// A module: its place decides for whom it counts.
ManifestFacts module_facts(std::string_view path, const CMakeFile& file) {
  const std::string_view name = file_name_of(path);
  ManifestTarget target = file.own;
  add_all(file.below, target);
  const std::optional<std::string> holder = up_to_holder(directory_of(path));
  if (holder || name.find("oolchain") != std::string_view::npos) {
    ManifestTarget below{.scope = Scope::below, .directory = holder.value_or("")};
    if (!holder) {  // a toolchain: chosen from outside
      for (std::string_view place = directory_of(path); !place.empty();
           place = directory_of(place)) {
        below.directory += below.directory.empty() ? ".." : "/..";
      }
    }
    // Relative paths in it mean the includer's directory, or its own; its names are nobody's.
    add_all(target, below);
    std::erase_if(below.needs_directories, [](const std::string& d) { return d.empty(); });
    return {.targets = {below}};
  }
  target.scope = Scope::nearest;
  target.aliases.emplace_back(name);
  return {.targets = {target}};
}

}  // namespace

ManifestFacts read_cmake(std::string_view path, std::string_view content) {
  const auto commands = cmake_commands(content);
  if (!commands) return unreadable(commands.error());
  CMakeFile file(*commands);
  if (file_name_of(path) != "CMakeLists.txt") return module_facts(path, file);
  ManifestFacts facts{.targets = {file.own, file.below}, .is_root = directory_of(path).empty()};
  if (file.sets_for_parent) {
    facts.targets.push_back({.scope = Scope::below, .directory = "..", .needs_directories = {""}});
  }
  return facts;
}

}  // namespace mergeq::vcs
