#include <fmt/format.h>

#include <memory>

#include "cli/client.h"

namespace mergeq::cli {
namespace {

struct CancelOptions : ClientOptions {
  std::string change;
};

Exit cancel(const CancelOptions& options) {
  auto client = Client::make(options);
  if (!client) return failed(client.error());
  const Answer change = client->remove("/api/v1/changes/" + segment(options.change));
  if (!change) return failed(change.error());
  const std::string state = change->value("state", "?");
  if (options.json) {
    print_json(*change);
  } else {
    print(for_terminal(fmt::format("{}: {}", options.change, state)) + "\n");
    if (state != "cancelled")
      complain(fmt::format("it was too late to cancel: the change is {}", for_terminal(state)));
  }
  return state == "cancelled" ? Exit::done : Exit::bad;
}

}  // namespace

void add_cancel(CLI::App& app, Chosen& chosen) {
  CLI::App* command = add_command(
      app, "cancel", "Take a change out of the queue (exit code 1: too late, it says what it is)",
      "  mergeq cancel main-7");
  const auto options = std::make_shared<CancelOptions>();
  add_client_options(*command, *options);
  command->add_option("change", options->change, "The change's id")->required();
  command->callback([=, &chosen] { chosen = [=] { return cancel(*options); }; });
}

}  // namespace mergeq::cli
