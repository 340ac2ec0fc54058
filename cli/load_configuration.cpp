#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "cli/config_parts.h"
#include "vcs/repository.h"

namespace mergeq::cli {
namespace {

std::optional<std::string> variable_of_process(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

Result<> ask_repository(const std::string& location, const std::string& branch) {
  const auto repository = vcs::open_repository(location);
  if (!repository) return tl::unexpected(repository.error());
  const auto tip = (*repository)->branch_tip(branch);
  if (!tip) return tl::unexpected(tip.error());
  if (!*tip) return fail(ErrorCode::not_found, fmt::format("no branch {}", in_quotes(branch)));
  return {};
}

}  // namespace

tl::expected<Configuration, ConfigErrors> load_configuration(const std::string& path,
                                                             Surroundings::Secrets secrets) {
  const auto text = read_file(path, config_file_limit_bytes);
  if (!text)
    return tl::unexpected(ConfigErrors{fmt::format(
        "{}; expected a configuration file: `mergeq init` writes one, --config names another",
        text.error().message)});
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  Surroundings surroundings{.directory = absolute.parent_path().string(),
                            .variable = variable_of_process,
                            .repository = ask_repository,
                            .secrets = secrets};
  return check_configuration(*text, path, surroundings);
}

}  // namespace mergeq::cli
