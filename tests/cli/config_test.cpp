#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "cli/config_parts.h"
#include "cli/config_schema.h"
#include "tests/cli/configured.h"

namespace mergeq::cli {
namespace {

constexpr std::string_view everything = R"(
[server]
listen     = "0.0.0.0:9000"
database   = "sqlite:state/mergeq.db"
data_directory = "work"
public_url = "https://queue.example/"

[auth]
anonymous   = "read"

[webhooks]
generic_secret_env = "GENERIC"

[[queue]]
name         = "main"
repository   = "/srv/git/monorepo.git"
branch       = "trunk"
slots        = 12
slot_minute_price = 1
merge_method = "fast-forward"
guarantee    = "exact"
order        = "strict"
every_commit_green = true
head_start = "30m"
inconclusive_limit = 5
max_pending = 77
global_paths = ["tools/**"]
manifests = ["cargo", "npm"]
targets_command = ["./ci/targets", "--all"]
targets_timeout = "5m"

[[queue.check]]
name    = "unit"
scope   = "target"
command = ["./ci/unit", "{targets}"]
timeout = "10m"
retries = 1

[[queue.check]]
name    = "whole"
command = ["./ci/all"]

[[queue.target]]
name  = "payments"
paths = ["services/payments/**"]
depends_on = ["lib"]

[[queue.target]]
name  = "lib"
paths = ["lib/**"]

[queue.runner]
kind = "local"
pass_environment = ["PATH"]
log_limit = "1MiB"

[queue.forge]
kind = "github"
project = "acme/monorepo"
label = "queue"
webhook_secret_env = "GITHUB"
)";

TEST_SUITE("configuration") {
  TEST_CASE("every setting reaches the service and the server") {
    const Configured configured{.variables = {{"GITHUB", "s3cret"}, {"GENERIC", "other"}}};
    const auto result = configured(everything);
    REQUIRE_MESSAGE(result, configured.errors(everything));

    CHECK(result->server.host == "0.0.0.0");
    CHECK(result->server.port == 9000);
    CHECK(result->server.public_url == "https://queue.example");
    CHECK(result->server.anonymous == api::Role::read);
    CHECK(result->database == "sqlite:/srv/mergeq/state/mergeq.db");
    CHECK(result->service.data_directory == "/srv/mergeq/work");
    CHECK(result->service.public_url == "https://queue.example");
    CHECK(result->service.generic_webhook_secret == "other");

    REQUIRE(result->service.queues.size() == 1);
    const service::QueueConfig& queue = result->service.queues.front();
    CHECK(queue.name == "main");
    CHECK(queue.repository == "/srv/git/monorepo.git");
    CHECK(queue.branch == "trunk");
    CHECK(queue.merge_method == vcs::MergeMethod::fast_forward);
    CHECK(queue.policy.slots == 12);
    CHECK(queue.policy.slot_minute_price == 1.0);
    CHECK(queue.policy.guarantee == Guarantee::exact);
    CHECK(queue.policy.order == Order::strict);
    CHECK(queue.policy.every_commit_green);
    CHECK(queue.policy.head_start == std::chrono::minutes{30});
    CHECK(queue.policy.inconclusive_limit == 5);
    CHECK(queue.policy.max_pending == 77);
    CHECK(queue.policy.checks ==
          std::vector<CheckSpec>{{"unit", CheckScope::target, 1}, {"whole", CheckScope::tree, 0}});
    CHECK(queue.checks.at(0).command == std::vector<std::string>{"./ci/unit", "{targets}"});
    CHECK(queue.checks.at(0).timeout == std::chrono::minutes{10});
    CHECK(queue.targets.rules.size() == 2);
    CHECK(queue.targets.global_paths == std::vector<std::string>{"tools/**"});
    CHECK(queue.runner == service::RunnerKind::local);
    CHECK(queue.pass_environment == std::vector<std::string>{"PATH"});
    CHECK(queue.log_limit_bytes == 1u << 20);
    CHECK(queue.forge_kind == "github");
    CHECK(queue.project == "acme/monorepo");
    CHECK(queue.label == "queue");
    CHECK(queue.webhook_secret == "s3cret");
  }

  TEST_CASE("six lines are enough for a first queue, and its defaults are the strict ones") {
    const auto result = Configured{}(
        "[[queue]]\n"
        "name = \"main\"\n"
        "repository = \".\"\n"
        "[[queue.check]]\n"
        "name = \"test\"\n"
        "command = [\"make\", \"test\"]\n");
    REQUIRE(result);
    const service::QueueConfig& queue = result->service.queues.at(0);
    CHECK(queue.branch == "main");
    CHECK(queue.repository == "/srv/mergeq/");
    CHECK(queue.runner == service::RunnerKind::local);
    CHECK(queue.policy.checks.at(0).scope == CheckScope::tree);
    CHECK(result->server.host == "127.0.0.1");
    CHECK(result->server.public_url == "http://127.0.0.1:8080");
    CHECK(result->server.anonymous == api::Role::read);
    CHECK(result->service.generic_webhook_secret.empty());
    CHECK(result->service.data_directory == "/srv/mergeq/mergeq-data");
  }

  TEST_CASE("beyond loopback nobody sees anything without a token unless it says so") {
    const auto result = Configured{}(with_one_queue("[server]\nlisten = \"10.0.0.1:80\"\n"));
    REQUIRE(result);
    CHECK(result->server.anonymous == api::Role::none);
  }

  TEST_CASE("a byte order mark and Windows line ends change nothing") {
    std::string text = "\xEF\xBB\xBF";
    for (const char c : with_one_queue("")) text += c == '\n' ? "\r\n" : std::string(1, c);
    CHECK(Configured{}.errors(text).empty());
    CHECK(Configured{}.errors(text + "slots = 0\r\n") ==
          "mergeq.toml:9: queue.check.slots: expected a key of [[queue.check]] (\"slots\" belongs "
          "to [[queue]]), got an unknown one\n");
  }

  TEST_CASE("a repository that is none is named with its line and the reason") {
    Configured configured;
    configured.repository = [](const std::string& path, const std::string& branch) -> Result<> {
      return fail(ErrorCode::not_found, path + " has nothing called " + branch);
    };
    CHECK(configured.errors(with_one_queue("")) ==
          "mergeq.toml:3: queue.repository: expected a git repository with the branch \"main\", "
          "got: /srv/mergeq/repo.git has nothing called main\n");
  }

  TEST_CASE("commands that need no secrets read a configuration whose secrets are elsewhere") {
    const Configured configured{.secrets = Surroundings::Secrets::skipped};
    CHECK(configured.errors(everything).empty());
  }

  TEST_CASE("every key is documented in docs/configuration.md") {
    std::ifstream in(std::string(MERGEQ_SOURCE_DIRECTORY) + "/docs/configuration.md");
    std::stringstream page;
    page << in.rdbuf();
    for (const TableKeys& table : configuration_keys()) {
      for (const std::string_view key : table.keys) {
        INFO(table.header, " ", key);
        CHECK(page.str().find("`" + std::string(key) + "`") != std::string::npos);
      }
    }
  }
}

TEST_SUITE("tokens file") {
  const std::string hash(64, 'a');

  TEST_CASE("a token has a name, a hash, a role, and the queues that it is for") {
    const auto tokens = check_tokens(
        "[[token]]\nname = \"ci\"\nsha256 = \"" + hash + "\"\nrole = \"ci\"\nqueues = [\"main\"]\n",
        "tokens.toml", {"main"});
    REQUIRE(tokens);
    CHECK(tokens->at(0).name == "ci");
    CHECK(tokens->at(0).sha256 == hash);
    CHECK(tokens->at(0).role == api::Role::ci);
    CHECK(tokens->at(0).queues == std::vector<std::string>{"main"});
  }

  TEST_CASE("what is wrong with tokens has its line, and shows no hash") {
    const auto tokens = check_tokens(
        "[[token]]\nname = \"a\"\nsha256 = \"the token itself\"\nrole = \"root\"\nexpires = 1\n"
        "[[token]]\nname = \"b\"\nsha256 = \"" +
            hash +
            "\"\nrole = \"none\"\nqueues = [\"mian\"]\n"
            "[[token]]\nname = \"c\"\nsha256 = \"" +
            hash + "\"\n",
        "tokens.toml", {"main"});
    REQUIRE(!tokens);
    CHECK(tokens.error() ==
          ConfigErrors{
              "tokens.toml:3: token.sha256: expected 64 hexadecimal digits as `mergeq token` "
              "prints them",
              "tokens.toml:4: token.role: expected one of none, read, submit, ci, operate, admin, "
              "got \"root\"",
              "tokens.toml:5: token.expires: expected name, sha256, role or queues, got an unknown "
              "key",
              "tokens.toml:9: token.role: expected one of read, submit, ci, operate, admin, got "
              "\"none\"",
              "tokens.toml:10: token.queues: expected names of queues of the configuration, got "
              "\"mian\"",
              "tokens.toml:11: token.role: expected one of read, submit, ci, operate, admin, got "
              "nothing",
              "tokens.toml:13: token.sha256: expected a token of its own, got that of line 8",
          });
  }
}

}  // namespace
}  // namespace mergeq::cli
