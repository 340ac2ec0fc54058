#include <fmt/format.h>

#include <memory>

#include "cli/client.h"

namespace mergeq::cli {
namespace {

struct ExplainOptions : ClientOptions {
  std::string change;
};

std::string listed(const nlohmann::json& ids) {
  std::string text;
  for (const auto& id : ids) text += (text.empty() ? "" : ", ") + id.get<std::string>();
  return text;
}

std::string path_line(const nlohmann::json& path) {
  std::string line = "  " + listed(path.at("members"));
  line += path.at("members").empty() ? "on the trunk alone" : " landing before it";
  if (!path.at("without").empty()) line += ", without " + listed(path.at("without"));
  line += fmt::format(": needed with {:.0f} %", 100 * path.at("needed").get<double>());
  if (path.at("funded").get<bool>())
    line += path.at("build").is_string() ? ", builds as " + path.at("build").get<std::string>()
                                         : ", has a slot";
  return line + "\n";
}

std::string in_words(const nlohmann::json& e) {
  std::string text =
      fmt::format("{} is {}. {}\n", e.at("change").get<std::string>(),
                  e.at("state").get<std::string>(), e.at("summary").get<std::string>());
  if (!e.at("waits_for").empty()) text += "\nIt waits for:\n";
  for (const auto& one : e.at("waits_for")) {
    text += "  " + one.at("text").get<std::string>();
    if (one.contains("since")) text += fmt::format(" (since {})", one["since"].get<std::string>());
    text += "\n";
  }
  if (e.at("odds").is_number())
    text += fmt::format("\nOdds that it lands: {:.0f} %.\n", 100 * e["odds"].get<double>());
  if (e.at("eta").is_object())
    text +=
        fmt::format("If it lands: as likely as not by {}, with 9 in 10 by {}.\n",
                    e["eta"].at("p50").get<std::string>(), e["eta"].at("p90").get<std::string>());
  if (!e.at("paths").empty()) text += "\nPaths that the planner sees for it, best first:\n";
  constexpr std::size_t paths_shown = 8;
  std::size_t shown = 0;
  for (const auto& path : e.at("paths")) {
    if (++shown > paths_shown) break;
    text += path_line(path);
  }
  if (e.at("paths").size() > paths_shown)
    text += fmt::format("  and {} more (--json shows them)\n", e.at("paths").size() - paths_shown);
  return text;
}

Exit explain(const ExplainOptions& options) {
  auto client = Client::make(options);
  if (!client) return failed(client.error());
  const Answer answer =
      client->get(fmt::format("/api/v1/changes/{}/explanation", segment(options.change)));
  if (!answer) return failed(answer.error());
  if (options.json) {
    print_json(*answer);
    return Exit::done;
  }
  try {
    print(for_terminal(in_words(*answer), 20'000));
  } catch (const nlohmann::json::exception& error) {
    return failed({Exit::unreachable,
                   fmt::format("the server's answer is not what version 1 of the API promises: {}",
                               error.what()),
                   0});
  }
  return Exit::done;
}

}  // namespace

void add_explain(CLI::App& app, Chosen& chosen) {
  CLI::App* command =
      add_command(app, "explain", "Say why a change waits, for what, and when it will land",
                  "  mergeq explain main-7\n  mergeq explain main-7 --json | jq .eta");
  const auto options = std::make_shared<ExplainOptions>();
  add_client_options(*command, *options);
  command->add_option("change", options->change, "The change's id")->required();
  command->callback([=, &chosen] { chosen = [=] { return explain(*options); }; });
}

}  // namespace mergeq::cli
