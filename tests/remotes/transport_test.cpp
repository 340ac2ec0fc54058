#include "vcs/transport.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

using namespace mergeq;
using namespace mergeq::vcs;

namespace {

/// A transport whose git is played by the test: what it was started with, and what it says.
struct Told {
  explicit Told(RemoteOptions options)
      : transport(std::move(options), "/mirror",
                  [this](const ProcessSpec& given, std::string& output) {
                    spec = given;
                    output = says;
                    return end;
                  }) {}
  bool in_command(const std::string& words) const {
    return std::ranges::any_of(spec.command, [&](const std::string& argument) {
      return argument.find(words) != std::string::npos;
    });
  }
  std::string variable(const std::string& name) const {
    for (const std::string& one : spec.environment) {
      if (one.starts_with(name + "=")) return one.substr(name.size() + 1);
    }
    return "";
  }
  PushAnswer push_main() {
    return transport.push(
        {{.ref = "refs/heads/main", .to = std::string(40, 'b'), .expected = std::string(40, 'a')}});
  }

  ProcessSpec spec;
  std::string says;
  ProcessEnd end{.kind = ProcessEnd::Kind::exited, .code = 0};
  Transport transport;
};

RemoteOptions https() {
  return {.url = *parse_remote("https://git.example/x.git"), .user = "robot", .token = "hunter2"};
}

}  // namespace

TEST_SUITE("transport") {
  TEST_CASE("the token is in the child's environment, for one origin, and nowhere else") {
    Told told(https());
    CHECK(told.transport.list({"refs/heads/*"}).has_value());
    CHECK(told.variable("MERGEQ_GIT_TOKEN") == "hunter2");
    CHECK_FALSE(told.in_command("hunter2"));
    CHECK(told.in_command("credential.https://git.example.helper="));
    told.says = "fatal: somebody echoes hunter2 and https://u:pw@host/\n";
    told.end.code = 128;
    const auto refused = told.transport.list({"refs/heads/*"});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.find("hunter2") == std::string::npos);
    CHECK(refused.error().message.find("pw@") == std::string::npos);
  }

  TEST_CASE("ssh asks nothing, trusts nobody new, and offers the one key") {
    RemoteOptions options{.url = *parse_remote("git@host:x.git"), .ssh_key_file = "/k's/key"};
    Told told(options);
    CHECK(told.transport.list({"refs/heads/*"}).has_value());
    const std::string ssh = told.variable("GIT_SSH_COMMAND");
    for (const char* part : {"-F /dev/null", "BatchMode=yes", "StrictHostKeyChecking=yes",
                             "IdentitiesOnly=yes", R"(-i '/k'\''s/key')"}) {
      CHECK_MESSAGE(ssh.find(part) != std::string::npos, ssh);
    }
  }

  TEST_CASE("names stand behind the end of the options") {
    Told told(https());
    CHECK(told.transport.fetch({"+refs/heads/a:refs/mergeq/fetched"}, std::chrono::seconds{1}));
    const auto& command = told.spec.command;
    const auto end = std::ranges::find(command, "--");
    REQUIRE(end != command.end());
    CHECK(*(end + 1) == "https://git.example/x.git");
    CHECK(*(end + 2) == "+refs/heads/a:refs/mergeq/fetched");
  }

  TEST_CASE("a push is done, refused, not sent or unknown by what was said of each ref") {
    using Kind = PushAnswer::Kind;
    Told told(https());
    const std::string ref = "bbbb:refs/heads/main";
    told.says = "To https://git.example/x.git\n \t" + ref + "\ta..b\nDone\n";
    CHECK(told.push_main().kind == Kind::done);
    told.says = "=\t" + ref + "\t[up to date]\nDone\n";
    CHECK(told.push_main().kind == Kind::done);
    told.says = "remote: frozen\n!\t" + ref + "\t[remote rejected] (pre-receive hook declined)\n";
    CHECK(told.push_main().kind == Kind::refused);
    CHECK(told.push_main().words.find("frozen") != std::string::npos);
    told.end.code = 1;
    told.says = "!\t" + ref + "\t[rejected] (stale info)\n";
    CHECK(told.push_main().kind == Kind::refused);
    for (const char* said :
         {"!\tbbbb:refs/heads/main\t[remote failure] (remote failed to report status)\n",
          "error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502\n",
          "error: RPC failed; HTTP 403 curl 22 The requested URL returned error: 403\n",
          "fatal: the remote end hung up unexpectedly\n", ""}) {
      told.says = said;
      CHECK_MESSAGE(told.push_main().kind == Kind::unknown, said);
    }
    for (const char* said : {"fatal: unable to access 'https://git.example/x.git/': 403\n",
                             "fatal: Authentication failed for 'https://git.example/x.git/'\n"}) {
      told.says = said;
      CHECK_MESSAGE(told.push_main().kind == Kind::not_sent, said);
    }
    told.says = "";
    told.end = {.kind = ProcessEnd::Kind::timed_out};
    CHECK(told.push_main().kind == Kind::unknown);
    CHECK(told.push_main().words.find("no answer within 300 s") != std::string::npos);
  }

  TEST_CASE("a push that says success and nothing about the ref is not believed") {
    Told told(https());
    told.says = "Everything up-to-date\n";
    CHECK(told.push_main().kind == PushAnswer::Kind::unknown);
    told.says = "*\tbbbb:refs/heads/other\t[new branch]\nDone\n";
    CHECK(told.push_main().kind == PushAnswer::Kind::unknown);
  }
}
