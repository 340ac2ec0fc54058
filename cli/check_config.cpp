#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/remote_access.h"
#include "cli/toml_section.h"

namespace mergeq::cli {
namespace {

/// Remotes are asked here alone: a service must start while one of them is away.
tl::expected<Configuration, ConfigErrors> with_remotes_asked(
    tl::expected<Configuration, ConfigErrors> loaded, const std::string& file) {
  if (!loaded) return loaded;
  ConfigErrors errors;
  for (const service::QueueConfig& queue : loaded->service.queues) {
    if (!queue.remote) continue;
    const auto has_branch = ask_remote(*queue.remote, queue.branch);
    if (has_branch && *has_branch) continue;
    errors.push_back(
        fmt::format("{}: queue.repository: queue {}: expected a repository with the "
                    "branch {}, got: {}",
                    file, queue.name, in_quotes(queue.branch),
                    has_branch ? "one without it" : has_branch.error().message));
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return loaded;
}

Exit check_config(const CommonOptions& options) {
  const auto loaded = with_remotes_asked(
      load_configuration(options.config, Surroundings::Secrets::required), options.config);
  const bool good = loaded.has_value();
  if (options.json) {
    print_json({{"ok", good},
                {"errors", good ? nlohmann::json::array() : nlohmann::json(loaded.error())}});
    return good ? Exit::done : Exit::usage;
  }
  if (!good) {
    for (const std::string& line : loaded.error()) complain(line);
    return Exit::usage;
  }
  print(fmt::format("{} is good: {} queue(s), listening on {} port {}\n", options.config,
                    loaded->service.queues.size(), loaded->server.host, loaded->server.port));
  for (const auto& queue : loaded->service.queues) {
    print(fmt::format("  {}: branch {} of {}, {} slots, {} check(s), runner {}\n", queue.name,
                      queue.branch, queue.repository, queue.policy.slots, queue.checks.size(),
                      to_name(queue.runner)));
  }
  return Exit::done;
}

}  // namespace

void add_check_config(CLI::App& app, Chosen& chosen) {
  CLI::App* command =
      add_command(app, "check-config",
                  "Check the configuration as a whole, ask its remotes, and do nothing else",
                  "  mergeq check-config\n  mergeq check-config --config /etc/mergeq/mergeq.toml");
  const auto options = std::make_shared<CommonOptions>();
  add_common(*command, *options);
  command->callback([=, &chosen] { chosen = [=] { return check_config(*options); }; });
}

}  // namespace mergeq::cli
