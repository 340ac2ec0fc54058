#include <doctest/doctest.h>

#include "tests/cli/configured.h"

namespace mergeq::cli {
namespace {

std::string queue_at(std::string_view repository, std::string_view remote) {
  return "[[queue]]\nname = \"main\"\nrepository = \"" + std::string(repository) +
         "\"\ncheck = [{name = \"u\", command = [\"true\"]}]\n[queue.remote]\n" +
         std::string(remote);
}

const std::string first_key = "mergeq.toml:6: queue.remote.";

}  // namespace

TEST_SUITE("configuration of a remote") {
  TEST_CASE("https: user and token, the token from a variable") {
    const Configured configured{.variables = {{"TOKEN", "hunter2"}}};
    const auto result = configured(
        queue_at("https://git.example/x.git",
                 "user = \"bot\"\ntoken_env = \"TOKEN\"\npoll = \"3s\"\ntime_limit = \"1m\"\n"));
    REQUIRE(result);
    const service::QueueConfig& queue = result->service.queues.at(0);
    REQUIRE(queue.remote);
    CHECK(queue.repository == "https://git.example/x.git");
    CHECK(queue.remote->user == "bot");
    CHECK(queue.remote->token == "hunter2");
    CHECK(queue.remote->poll == std::chrono::seconds{3});
    CHECK(queue.remote->time_limit == std::chrono::minutes{1});
  }

  TEST_CASE("ssh: strict about hosts unless told otherwise, files relative to the configuration") {
    const auto result = Configured{}(queue_at("git@host:x.git", "ssh_key_file = \"key\"\n"));
    REQUIRE(result);
    const vcs::RemoteOptions& remote = *result->service.queues.at(0).remote;
    CHECK(remote.host_keys == vcs::HostKeys::strict);
    CHECK(remote.ssh_key_file == "/srv/mergeq/key");
    CHECK(Configured{}.errors(queue_at("ssh://host/x", "host_keys = \"accept_new\"\n")).empty());
  }

  TEST_CASE("a remote needs no table, and is not asked") {
    Configured configured;
    configured.repository = [](const std::string&, const std::string&) -> Result<> {
      return fail(ErrorCode::io, "asked");
    };
    CHECK(configured
              .errors("[[queue]]\nname = \"main\"\nrepository = \"file:///srv/x.git\"\n"
                      "check = [{name = \"u\", command = [\"true\"]}]\n")
              .empty());
  }

  TEST_CASE("plain http is for this machine, or for who insists") {
    CHECK(Configured{}.errors(queue_at("http://127.0.0.1:80/x", "")).empty());
    CHECK(Configured{}
              .errors(queue_at("http://host/x", ""))
              .find("queue.repository: expected "
                    "https://") != std::string::npos);
    CHECK(Configured{}.errors(queue_at("http://host/x", "allow_plain_http = true\n")).empty());
  }

  TEST_CASE("a password in the URL is refused and not repeated") {
    const std::string errors = Configured{}.errors(queue_at("https://u:hunter2@host/x", ""));
    CHECK(errors.find("token_env") != std::string::npos);
    CHECK(errors.find("hunter2") == std::string::npos);
  }

  TEST_CASE("keys that do not go together are named") {
    CHECK(Configured{}
              .errors(queue_at("https://h/x", "ssh_key_file = \"k\"\n"))
              .starts_with(first_key + "ssh_key_file: expected only for a repository by ssh"));
    CHECK(Configured{}
              .errors(queue_at("ssh://h/x", "user = \"u\"\n"))
              .starts_with(first_key + "user: expected only for a repository by https"));
    CHECK(Configured{}
              .errors(queue_at("https://h/x", "user = \"u\"\n"))
              .starts_with(first_key + "user: expected token_env or token_file beside it"));
    CHECK(Configured{}
              .errors(queue_at("https://h/x", "token_env = \"NONE\"\n"))
              .starts_with(first_key + "token_env: expected the name of a variable that is set"));
    CHECK(Configured{}
              .errors(queue_at("/srv/x.git", "poll = \"3s\"\n"))
              .find("queue.remote: expected none, since the repository is a path") !=
          std::string::npos);
    CHECK(Configured{}
              .errors(queue_at("ssh://h/x", "host_keys = \"no\"\n"))
              .starts_with(first_key + "host_keys: expected"));
  }
}

}  // namespace mergeq::cli
