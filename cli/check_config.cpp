#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"

namespace mergeq::cli {
namespace {

Exit check_config(const CommonOptions& options) {
  const auto loaded = load_configuration(options.config, Surroundings::Secrets::required);
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
      add_command(app, "check-config", "Check the configuration as a whole, and do nothing else",
                  "  mergeq check-config\n  mergeq check-config --config /etc/mergeq/mergeq.toml");
  const auto options = std::make_shared<CommonOptions>();
  add_common(*command, *options);
  command->callback([=, &chosen] { chosen = [=] { return check_config(*options); }; });
}

}  // namespace mergeq::cli
