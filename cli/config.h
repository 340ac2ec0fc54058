/// The configuration: one TOML file, checked as a whole (docs/configuration.md).
///
/// Every error comes with its file, line and key, with what was expected and what was met, all of
/// them at once. An unknown key is an error; a setting that guards something has no lax default.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "api/server.h"
#include "service/service.h"

namespace mergeq::cli {

struct Configuration {
  service::Options service;
  api::ServerOptions server;
  std::string database;  // "sqlite:/absolute/path"
};

/// One line for each error: "mergeq.toml:14: queue.slots: expected ..., got ...".
using ConfigErrors = std::vector<std::string>;

/// What a configuration refers to outside of its file.
struct Surroundings {
  std::string directory;  // relative paths begin here
  /// Of the environment; nothing: not set.
  std::function<std::optional<std::string>(const std::string&)> variable;
  /// Is there a repository with this branch? An empty function asks nobody.
  std::function<Result<>(const std::string& repository, const std::string& branch)> repository;
  /// skipped: for commands that need none of them, wherever they run; secrets and tokens stay
  /// empty.
  enum class Secrets { required, skipped } secrets = Secrets::required;
};

/// `file` is what errors begin with.
tl::expected<Configuration, ConfigErrors> check_configuration(std::string_view text,
                                                              const std::string& file,
                                                              const Surroundings& surroundings);

/// Reads `path`, at most 1 MiB, with this process' environment and the repositories that it names.
tl::expected<Configuration, ConfigErrors> load_configuration(const std::string& path,
                                                             Surroundings::Secrets secrets);

}  // namespace mergeq::cli
