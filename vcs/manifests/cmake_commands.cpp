#include "vcs/manifests/cmake_commands.h"

#include <algorithm>
#include <array>
#include <optional>

#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

constexpr std::array builtin = std::to_array<std::string_view>({
    "add_compile_definitions",
    "add_compile_options",
    "add_custom_command",
    "add_custom_target",
    "add_definitions",
    "add_dependencies",
    "add_executable",
    "add_library",
    "add_link_options",
    "add_subdirectory",
    "add_test",
    "block",
    "break",
    "cmake_dependent_option",
    "cmake_host_system_information",
    "cmake_language",
    "cmake_minimum_required",
    "cmake_parse_arguments",
    "cmake_path",
    "cmake_policy",
    "configure_file",
    "configure_package_config_file",
    "continue",
    "define_property",
    "else",
    "elseif",
    "enable_language",
    "enable_testing",
    "endblock",
    "endforeach",
    "endfunction",
    "endif",
    "endmacro",
    "endwhile",
    "execute_process",
    "export",
    "fetchcontent_declare",
    "fetchcontent_makeavailable",
    "file",
    "find_file",
    "find_library",
    "find_package",
    "find_path",
    "find_program",
    "foreach",
    "function",
    "get_cmake_property",
    "get_directory_property",
    "get_filename_component",
    "get_property",
    "get_source_file_property",
    "get_target_property",
    "get_test_property",
    "gtest_discover_tests",
    "if",
    "include",
    "include_directories",
    "include_guard",
    "install",
    "link_directories",
    "link_libraries",
    "list",
    "macro",
    "mark_as_advanced",
    "math",
    "message",
    "option",
    "pkg_check_modules",
    "pkg_search_module",
    "project",
    "remove_definitions",
    "return",
    "separate_arguments",
    "set",
    "set_directory_properties",
    "set_property",
    "set_source_files_properties",
    "set_target_properties",
    "set_tests_properties",
    "site_name",
    "source_group",
    "string",
    "target_compile_definitions",
    "target_compile_features",
    "target_compile_options",
    "target_include_directories",
    "target_link_directories",
    "target_link_libraries",
    "target_link_options",
    "target_precompile_headers",
    "target_sources",
    "try_compile",
    "try_run",
    "unset",
    "variable_watch",
    "while",
    "write_basic_package_version_file",
});

/// "_" also begins the names of variables.
bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class Parser {
 public:
  explicit Parser(std::string_view code) : code_(code) {}

  tl::expected<std::vector<CMakeCommand>, std::string> parse() {
    while (!is_at_end() && wrong_.empty()) command();
    if (!wrong_.empty()) {
      const auto lines =
          std::count(code_.begin(), code_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
      return tl::unexpected("line " + std::to_string(lines + 1) + ": " + wrong_);
    }
    return std::move(commands_);
  }

 private:
  std::string_view rest() const { return code_.substr(at_); }

  /// Behind white space and comments.
  bool is_at_end() {
    while (at_ < code_.size()) {
      const char c = code_[at_];
      if (c == '#') {
        ++at_;
        if (!bracketed()) at_ = std::min(code_.find('\n', at_), code_.size());
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';') {
        ++at_;
      } else {
        break;
      }
    }
    return at_ >= code_.size();
  }

  /// [[x]], [==[x]==].
  std::optional<std::string_view> bracketed() {
    if (at_ >= code_.size() || code_[at_] != '[') return std::nullopt;
    std::size_t open = at_ + 1;
    while (open < code_.size() && code_[open] == '=') ++open;
    if (open >= code_.size() || code_[open] != '[') return std::nullopt;
    const std::string close = "]" + std::string(open - at_ - 1, '=') + "]";
    const std::size_t end = code_.find(close, open + 1);
    if (end == std::string_view::npos) {
      wrong_ = "expected \"" + close.substr(0, 20) + "\"";
      return std::string_view{};
    }
    at_ = end + close.size();
    return code_.substr(open + 1, end - open - 1);
  }

  std::string_view quoted() {
    const std::size_t begin = ++at_;
    while (at_ < code_.size() && code_[at_] != '"') at_ += code_[at_] == '\\' ? 2 : 1;
    if (at_ >= code_.size()) {
      at_ = begin;
      wrong_ = "expected a closing quote";
      return {};
    }
    return code_.substr(begin, at_++ - begin);
  }

  /// Old scripts have quotes within: -Dx="a b".
  std::string_view unquoted() {
    const std::size_t begin = at_;
    while (at_ < code_.size() && wrong_.empty()) {
      const char c = code_[at_];
      if (c == '"') {
        quoted();
      } else if (c == '\\') {
        at_ = std::min(at_ + 2, code_.size());
      } else if (std::string_view(" \t\r\n()#;").find(c) == std::string_view::npos) {
        ++at_;
      } else {
        break;
      }
    }
    return code_.substr(begin, std::max(at_, begin) - begin);
  }

  void command() {
    CMakeCommand command;
    while (at_ < code_.size() && is_name_char(code_[at_])) {
      const char c = code_[at_++];
      command.name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (command.name.empty() || is_at_end() || code_[at_] != '(') {
      if (wrong_.empty()) wrong_ = "expected a command and its brackets";
      return;
    }
    ++at_;
    arguments(command);
    commands_.push_back(std::move(command));
  }

  void arguments(CMakeCommand& command) {
    const std::size_t begin = at_;
    for (std::size_t depth = 1; depth > 0 && wrong_.empty();) {
      const bool is_cut = is_at_end();
      if (!wrong_.empty()) return;
      if (is_cut) {
        at_ = begin;
        wrong_ = "expected a closing bracket";
      } else if (code_[at_] == '(' || code_[at_] == ')') {
        depth = code_[at_++] == '(' ? depth + 1 : depth - 1;
      } else if (++count_ > cmake_arguments_max) {
        wrong_ = "expected at most a million arguments";
      } else if (const auto text = bracketed()) {
        command.arguments.push_back(*text);
      } else {
        command.arguments.push_back(code_[at_] == '"' ? quoted() : unquoted());
      }
    }
  }

  std::string_view code_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  std::vector<CMakeCommand> commands_;
  std::string wrong_;
};

}  // namespace

tl::expected<std::vector<CMakeCommand>, std::string> cmake_commands(std::string_view code) {
  return Parser(code).parse();
}

bool is_cmake_command(std::string_view name) { return std::ranges::binary_search(builtin, name); }

}  // namespace mergeq::vcs
