/// Names that strangers give: refs or commit ids, never options, ranges or expressions.
#include <algorithm>

#include "vcs/git.h"
#include "vcs/repository.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t name_limit = 1'024;

bool is_control_or_space(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= ' ' || byte == 0x7f;
}

}  // namespace

Result<> validate_name(std::string_view name) {
  const auto wrong = [](const char* why) {
    return fail(
        ErrorCode::invalid,
        std::string("expected a branch, a full ref or a commit id of 40 digits, got ") + why);
  };
  if (name.empty()) return wrong("nothing");
  if (name.size() > name_limit) return wrong("a name of more than 1024 bytes");
  if (std::ranges::any_of(name, is_control_or_space)) {
    return wrong("a name with a space or control character");
  }
  if (parse_oid(name)) return {};
  const bool full = name.starts_with("refs/");
  if (name.front() == '-') return wrong("a name that begins with a dash");
  const std::string ref = (full ? "" : "refs/heads/") + std::string(name);
  int valid = 0;
  if (git_reference_name_is_valid(&valid, ref.c_str()) != 0 || valid == 0) {
    return wrong("something that is no name of a ref");
  }
  if (name.find_first_of(";&|$`<>(){}'\"!*?[\\") != std::string_view::npos) {
    return wrong("a name with characters that refs do not have here");
  }
  return {};
}

}  // namespace mergeq::vcs
