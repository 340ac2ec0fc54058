#include <fmt/format.h>

#include <array>
#include <chrono>
#include <memory>
#include <random>
#include <thread>

#include "cli/client.h"

namespace mergeq::cli {
namespace {

struct EnqueueOptions : ClientOptions {
  std::string head, queue, title, author, url, number, priority, key;
  std::vector<std::string> depends_on;
  bool wait = false;
};

/// A server that is away for longer than this while one waits is given up.
constexpr std::chrono::seconds patience{60};

/// So that trying again after a broken connection cannot enqueue twice.
std::string random_key() {
  std::random_device device;
  std::string key = "cli-";
  for (int i = 0; i < 4; ++i) key += fmt::format("{:08x}", device());
  return key;
}

nlohmann::json request_of(const EnqueueOptions& options) {
  nlohmann::json request{{"head", options.head}};
  const std::array<std::pair<const char*, const std::string*>, 5> texts{{
      {"title", &options.title},
      {"author", &options.author},
      {"url", &options.url},
      {"number", &options.number},
      {"priority", &options.priority},
  }};
  for (const auto& [name, value] : texts) {
    if (!value->empty()) request[name] = *value;
  }
  if (!options.depends_on.empty()) request["depends_on"] = options.depends_on;
  return request;
}

bool is_over(const nlohmann::json& change) {
  const auto state = from_name<ChangeState>(change.value("state", ""));
  return state && is_terminal(*state);
}

std::string described(const nlohmann::json& change) {
  std::string line = fmt::format("{}: {}", change.value("id", "?"), change.value("state", "?"));
  if (change.contains("reason") && change["reason"].is_string())
    line += fmt::format(" ({})", change["reason"].get<std::string>());
  if (change.contains("reason_text") && change["reason_text"].is_string())
    line += ": " + change["reason_text"].get<std::string>();
  if (change.contains("landed_commit") && change["landed_commit"].is_string())
    line += " as " + change["landed_commit"].get<std::string>();
  return for_terminal(line, 2000) + "\n";
}

/// Follows the change until it is terminal; says each new state on standard error.
Answer follow(Client& client, nlohmann::json change) {
  using Clock = std::chrono::steady_clock;
  const std::string path = "/api/v1/changes/" + segment(change.value("id", ""));
  auto heard = Clock::now();
  std::string last;
  while (!is_over(change)) {
    const std::string state = change.value("state", "");
    if (state != last) complain(fmt::format("{} is {}", change.value("id", ""), state));
    last = state;
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    Answer answer = client.get(path);
    if (answer) {
      change = std::move(*answer);
      heard = Clock::now();
    } else if ((answer.error().status != 0 && answer.error().status != 503) ||
               Clock::now() - heard > patience) {
      return answer;
    }
  }
  return change;
}

Exit enqueue(const EnqueueOptions& options) {
  auto client = Client::make(options);
  if (!client) return failed(client.error());
  const auto queue = client->queue_or_only(options.queue);
  if (!queue) return failed(queue.error());
  const std::string path = fmt::format("/api/v1/queues/{}/changes", segment(*queue));
  const std::string key = options.key.empty() ? random_key() : options.key;
  Answer change = client->post(path, request_of(options), key);
  // The answer may have been lost on its way; under the same key asking again is harmless.
  if (!change && change.error().status == 0) change = client->post(path, request_of(options), key);
  if (!change) return failed(change.error());
  if (options.wait) change = follow(*client, std::move(*change));
  if (!change) return failed(change.error());
  if (options.json) {
    print_json(*change);
  } else {
    print(described(*change));
  }
  const bool lost = is_over(*change) && change->value("state", "") != "landed";
  return lost ? Exit::bad : Exit::done;
}

}  // namespace

void add_enqueue(CLI::App& app, Chosen& chosen) {
  CLI::App* command = add_command(
      app, "enqueue", "Hand a change to the queue: a branch, ref or commit",
      "  mergeq enqueue feature/login                    # accepted: prints its id\n"
      "  mergeq enqueue feature/login --wait             # until landed (0) or not (1)\n"
      "  mergeq enqueue 3f2a...40 digits --priority high --title 'Fix the login'\n"
      "  mergeq enqueue part-2 --depends-on main-7       # only after that change");
  const auto options = std::make_shared<EnqueueOptions>();
  add_client_options(*command, *options);
  command->add_option("head", options->head, "Branch, full ref or commit id; the repository has it")
      ->required();
  command->add_option("--queue", options->queue, "Name of the queue (default: the only one)");
  command->add_option("--title", options->title, "Default: the commit's first line");
  command->add_option("--author", options->author, "Default: the commit's author");
  command->add_option("--url", options->url, "Where it is discussed");
  command->add_option("--number", options->number, "Number of its pull request");
  command->add_option("--priority", options->priority, "A head start in the queue")
      ->check(CLI::IsMember({"low", "normal", "high", "urgent"}));
  command
      ->add_option("--depends-on", options->depends_on,
                   "Id of a change that must land first; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--key", options->key,
                      "Idempotency key: the same key again gives the same change");
  command->add_flag("--wait", options->wait, "Follow it until it has landed, or will not");
  command->callback([=, &chosen] { chosen = [=] { return enqueue(*options); }; });
}

}  // namespace mergeq::cli
