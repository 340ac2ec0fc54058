/// A server over a real service: a git repository, SQLite and the runner `external`, all in a
/// temporary folder and on loopback. Every answer is held against api/openapi.yaml.
///
///     Fixture server;
///     const std::string change = server.enqueue("a");     // branch "a", made off main
///     server.report(server.requested_build(), "passed");
///     CHECK(server.reaches(change, "landed"));
#pragma once

#include <memory>
#include <string>

#include "api/server.h"
#include "service/service.h"
#include "tests/api/client.h"
#include "tests/api/description.h"
#include "tests/vcs/test_repository.h"

namespace mergeq::test {

inline const std::string github_secret = "a secret of github";
inline const std::string generic_secret = "a secret of anybody";

class Fixture {
 public:
  struct Setup {
    api::ServerOptions server = {.port = 0, .anonymous = api::Role::admin};
    std::vector<std::string> more_queues = {};  // beside "main": branches of their names
    std::string webhook_secret = github_secret;
    std::string generic_webhook_secret = generic_secret;
  };
  Fixture() : Fixture(Setup{}) {}
  explicit Fixture(Setup setup);
  ~Fixture();

  std::uint16_t port() const { return server_->port(); }
  TestRepository& repository() { return repository_; }
  service::Service& service() { return *service_; }
  api::Server& server() { return *server_; }
  /// Stops server and service and starts both over the same database; the port changes.
  void restart();

  // Requests, each held against the description.
  Answer send(const Sent& sent);
  Answer get(const std::string& target) { return send({.target = target}); }
  Answer post(const std::string& target, const nlohmann::json& body, Headers headers = {});
  Answer webhook(const std::string& event, const std::string& body);
  Answer generic(const nlohmann::json& body, const std::string& delivery);

  // What people and CI do.
  /// A branch with one commit that edits a file of its own, without enqueuing it. Gives the commit.
  std::string branch(const std::string& name);
  /// The branch (made if it is not there) into the queue; gives the change's id.
  std::string enqueue(const std::string& branch);
  /// Waits for a build that has been handed out; gives its id, empty if none comes.
  std::string requested_build();
  Answer report(const std::string& build, const std::string& verdict);
  /// Passes every build that comes, until the change is there.
  bool lands(const std::string& change);
  bool reaches(const std::string& change, const std::string& state);
  std::string log_directory() const { return data_directory_ + "/logs"; }

 private:
  void start();

  TestRepository repository_;
  std::string data_directory_;
  Setup setup_;
  std::unique_ptr<service::Service> service_;
  std::unique_ptr<api::Server> server_;
};

const Description& description();

}  // namespace mergeq::test
