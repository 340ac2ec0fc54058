#include "vcs/names.h"

#include <algorithm>
#include <filesystem>

#include "vcs/git.h"
#include "vcs/remote_url.h"
#include "vcs/repository.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t name_size_max = 1'024;
constexpr std::size_t shown_size_max = 80;

Result<> check_ref(const std::string& ref, std::string_view given) {
  start_libgit2();
  int is_valid = 0;
  if (given.find('\0') != std::string_view::npos ||
      git_reference_name_is_valid(&is_valid, ref.c_str()) != 0 || is_valid == 0) {
    return fail(ErrorCode::invalid, shown(given) +
                                        " is not a name that git takes: expected a branch, a "
                                        "full ref (refs/heads/...) or a commit id of 40 digits");
  }
  return {};
}

}  // namespace

std::string shown(std::string_view name) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : name.substr(0, shown_size_max)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '"' || c == '\\') {
      text.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    } else {
      text += c;
    }
  }
  return text.append(name.size() > shown_size_max ? "...\"" : "\"");
}

Result<> validate_name(std::string_view name) {
  if (name.empty()) {
    return fail(ErrorCode::invalid,
                "the name is empty: expected a branch, a full ref or a commit id");
  }
  if (name.size() > name_size_max) {
    return fail(ErrorCode::invalid, "the name is longer than 1,024 bytes");
  }
  if (name.front() == '-') {
    return fail(ErrorCode::invalid, shown(name) +
                                        " looks like an option: expected a branch, a full ref "
                                        "(refs/heads/...) or a commit id of 40 digits");
  }
  // Legal in git, but no plain name: a shell, a page or a log may take them for something else.
  if (name.find_first_of(";&|$`<>'\"\\!") != std::string_view::npos) {
    return fail(ErrorCode::invalid, shown(name) +
                                        " has one of ; & | $ ` < > ' \" \\ ! in it: expected a "
                                        "plain branch, a full ref or a commit id of 40 digits");
  }
  if (name.starts_with("refs/")) return check_ref(std::string(name), name);
  return check_ref("refs/heads/" + std::string(name), name);
}

Result<std::string> branch_ref(std::string_view branch) {
  MERGEQ_DO(validate_name(branch));
  std::string ref = "refs/heads/" + std::string(branch);
  MERGEQ_DO(check_ref(ref, branch));
  return ref;
}

Result<std::string> build_ref(std::string_view build_name) {
  MERGEQ_DO(validate_name(build_name));
  std::string ref = "refs/mergeq/builds/" + std::string(build_name);
  MERGEQ_DO(check_ref(ref, build_name));
  return ref;
}

Result<std::string> local_path(const std::string& location) {
  std::error_code ignored;
  if (!is_remote(location) || std::filesystem::exists(location, ignored)) return location;
  return fail(ErrorCode::unsupported, shown(without_credentials(location)) +
                                          " is not on this machine: expected a path to a local "
                                          "repository");
}

}  // namespace mergeq::vcs
