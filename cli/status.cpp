#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "cli/client.h"

namespace mergeq::cli {
namespace {

struct StatusOptions : ClientOptions {
  std::string name;  // a queue or a change; empty: all queues
};

using Row = std::array<std::string, 5>;

/// Columns by characters, not bytes.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string table_of(const std::vector<Row>& rows) {
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line = "  ";
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - width(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

Row change_row(const nlohmann::json& change, const std::string& last) {
  return {for_terminal(change.at("id").get<std::string>(), 30),
          change.at("state").get<std::string>(),
          for_terminal(change.at("author").get<std::string>(), 20),
          for_terminal(change.at("title").get<std::string>(), 50), for_terminal(last, 80)};
}

std::string outcome(const nlohmann::json& change) {
  if (change.at("landed_commit").is_string())
    return change["landed_commit"].get<std::string>().substr(0, 12);
  return change.at("reason").is_string() ? change["reason"].get<std::string>() : "";
}

std::string queue_text(const nlohmann::json& queue) {
  const auto& slots = queue.at("slots");
  std::string text = fmt::format(
      "queue {}: branch {} at {}, {} of {} slots in use, {} landed in the last hour\n",
      queue.at("name").get<std::string>(), queue.at("branch").get<std::string>(),
      queue.at("trunk").at("commit").get<std::string>().substr(0, 12), slots.at("used").dump(),
      slots.at("total").dump(), queue.at("rates").at("landed_last_hour").dump());
  if (queue.at("paused").get<bool>())
    text += fmt::format("paused: {}\n", queue.at("paused_reason").is_string()
                                            ? queue["paused_reason"].get<std::string>()
                                            : "no reason given");
  for (const auto& problem : queue.at("problems"))
    text += fmt::format("PROBLEM since {}: {}\n", problem.at("since").get<std::string>(),
                        problem.at("text").get<std::string>());
  text = for_terminal(text, 4000);
  std::vector<Row> rows;
  for (const auto& change : queue.at("changes"))
    rows.push_back(change_row(change, change.at("summary").get<std::string>()));
  text += rows.empty() ? "\nnothing waits\n" : "\nin the queue\n" + table_of(rows);
  rows.clear();
  for (const auto& change : queue.at("recent")) rows.push_back(change_row(change, outcome(change)));
  if (!rows.empty()) text += "\nlately\n" + table_of(rows);
  return text;
}

std::string change_text(const nlohmann::json& change) {
  return table_of({change_row(change, outcome(change))}) +
         (change.at("reason_text").is_string()
              ? "  " + for_terminal(change["reason_text"].get<std::string>(), 2000) + "\n"
              : "");
}

/// The documents asked for: one change, one queue, or all queues.
tl::expected<std::vector<nlohmann::json>, Trouble> asked_for(Client& client,
                                                             const std::string& name) {
  std::vector<std::string> names{name};
  if (name.empty()) {
    const Answer queues = client.get("/api/v1/queues");
    if (!queues) return tl::unexpected(queues.error());
    names.clear();
    for (const auto& queue : queues->value("items", nlohmann::json::array()))
      names.push_back(queue.value("name", ""));
  }
  std::vector<nlohmann::json> found;
  for (const std::string& one : names) {
    Answer answer = client.get("/api/v1/queues/" + segment(one));
    if (!answer && answer.error().status == 404)
      answer = client.get("/api/v1/changes/" + segment(one));
    if (!answer) return tl::unexpected(answer.error());
    found.push_back(std::move(*answer));
  }
  return found;
}

/// A change that was asked for by its id and did not make it is bad.
Exit exit_of(const std::vector<nlohmann::json>& found) {
  return found.size() == 1 && found.front().value("state", "") == "rejected" ? Exit::bad
                                                                             : Exit::done;
}

Exit status(const StatusOptions& options) {
  auto client = Client::make(options);
  if (!client) return failed(client.error());
  const auto found = asked_for(*client, options.name);
  if (!found) return failed(found.error());
  if (options.json) {
    print_json(options.name.empty() ? nlohmann::json(*found) : found->front());
    return exit_of(*found);
  }
  try {
    std::string text;
    for (const auto& one : *found)
      text +=
          (text.empty() ? "" : "\n") + (one.contains("state") ? change_text(one) : queue_text(one));
    print(text.empty() ? "no queue that you may see\n" : text);
  } catch (const nlohmann::json::exception& error) {
    return failed({Exit::unreachable,
                   fmt::format("the server's answer is not what version 1 of the API promises: {}",
                               error.what()),
                   0});
  }
  return exit_of(*found);
}

}  // namespace

void add_status(CLI::App& app, Chosen& chosen) {
  CLI::App* command = add_command(
      app, "status", "Show all queues, one queue, or one change (exit code 1: it was rejected)",
      "  mergeq status                 # all queues\n"
      "  mergeq status main            # one queue\n"
      "  mergeq status main-7          # one change\n"
      "  watch mergeq status");
  const auto options = std::make_shared<StatusOptions>();
  add_client_options(*command, *options);
  command->add_option("name", options->name, "A queue or a change (default: all queues)");
  command->callback([=, &chosen] { chosen = [=] { return status(*options); }; });
}

}  // namespace mergeq::cli
