/// Connections that are idle, slow, broken or many do not keep others from being answered.
#include <doctest/doctest.h>

#include <fstream>

#include "tests/api/fixture.h"

using namespace mergeq;
using namespace mergeq::test;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

namespace {

/// How long a call takes.
milliseconds time_of_call(Fixture& server) {
  const auto began = std::chrono::steady_clock::now();
  CHECK(server.get("/healthz").status == 200);
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
}
std::string kept_alive(const std::string& target, std::uint16_t port) {
  return request_text({.target = target, .headers = {{"Connection", "keep-alive"}}}, port);
}

}  // namespace

TEST_SUITE("connections") {
  TEST_CASE("one connection serves many requests, also when they come at once") {
    Fixture server;
    Connection connection(server.port());
    for (int i = 0; i < 20; ++i) {
      connection.send(kept_alive("/healthz", server.port()));
      CHECK(connection.read_answer().status == 200);
    }
    std::string three;
    for (const char* target : {"/healthz", "/api/v1/queues/none", "/readyz"}) {
      three += kept_alive(target, server.port());
    }
    connection.send(three);
    CHECK(connection.read_answer().status == 200);
    CHECK(connection.read_answer().status == 404);
    CHECK(connection.read_answer().json().at("ready") == true);
  }

  TEST_CASE("hundreds of idle and half-sent connections leave each call answered at once") {
    Fixture server({.server = {.port = 0, .anonymous = api::Role::admin, .call_threads = 4}});
    std::vector<std::unique_ptr<Connection>> idle;
    for (int i = 0; i < 150; ++i) {
      idle.push_back(std::make_unique<Connection>(server.port()));
      if (i % 3 == 1) {
        idle.back()->send(kept_alive("/healthz", server.port()));
        CHECK(idle.back()->read_answer().status == 200);
      }
      if (i % 3 == 2) idle.back()->send("POST /api/v1/queues/main/changes HTTP/1.1\r\nHost: loc");
    }
    CHECK(time_of_call(server) < 1s);
  }

  TEST_CASE(
      "bodies that never come and answers that are not read leave each call answered at once") {
    Fixture server({.server = {.port = 0, .anonymous = api::Role::admin, .call_threads = 2}});
    server.enqueue("a");
    const std::string build = server.requested_build();
    std::ofstream(server.log_directory() + "/" + build + ".log") << std::string(8 << 20, 'x');
    std::vector<std::unique_ptr<Connection>> slow;
    for (int i = 0; i < 20; ++i) {
      slow.push_back(std::make_unique<Connection>(server.port()));
      slow.back()->send(
          i % 2 == 0 ? request_text({.method = "POST",
                                     .target = "/api/v1/queues/main/changes",
                                     .headers = {{"Content-Type", "application/json"},
                                                 {"Content-Length", "100"}}},
                                    server.port())
                     : request_text({.target = "/api/v1/builds/" + build + "/log"}, server.port()));
    }
    CHECK(time_of_call(server) < 1s);
    for (const auto& connection : slow) connection->reset();
    CHECK(time_of_call(server) < 1s);
  }

  TEST_CASE("a body in chunks is read as one, and one beyond the limit is refused") {
    Fixture server;
    server.branch("a");
    const auto post = [&](const std::string& body) {
      return server.send(
          {.method = "POST",
           .target = "/api/v1/queues/main/changes",
           .headers = {{"Content-Type", "application/json"}, {"Transfer-Encoding", "chunked"}},
           .body = body});
    };
    CHECK(post("5\r\n{\"hea\r\n7\r\nd\":\"a\"}\r\n0\r\n\r\n").status == 201);
    const std::string chunk = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
    std::string large;
    for (int i = 0; i < 20; ++i) large += chunk;
    CHECK(post(large + "0\r\n\r\n").status == 413);
    CHECK(post("zz\r\n").status == 400);
  }

  TEST_CASE("a body beyond the limit is refused before it is sent") {
    Fixture server;
    Connection connection(server.port());
    connection.send(request_text(
        {.method = "POST",
         .target = "/api/v1/queues/main/changes",
         .headers = {{"Content-Type", "application/json"}, {"Content-Length", "99999999999"}}},
        server.port()));
    const Answer answer = connection.read_answer();
    CHECK(answer.status == 413);
    CHECK(answer.header("Connection") == "close");
  }

  TEST_CASE("a delete without a length is answered at once") {
    Fixture server;
    Connection connection(server.port());
    connection.send("DELETE /api/v1/changes/main-1 HTTP/1.1\r\nHost: localhost:" +
                    std::to_string(server.port()) + "\r\n\r\n");
    CHECK(connection.read_answer().status == 404);
  }

  TEST_CASE("a log that shrinks while it is sent ends that connection and no other") {
    Fixture server;
    server.enqueue("a");
    const std::string build = server.requested_build();
    const std::string path = server.log_directory() + "/" + build + ".log";
    std::ofstream(path) << std::string(32 << 20, 'x');
    Connection connection(server.port());
    connection.send(request_text({.target = "/api/v1/builds/" + build + "/log"}, server.port()));
    REQUIRE(!connection.read_until("\r\n\r\n", 10s).empty());
    std::filesystem::resize_file(path, 0);
    CHECK(connection.read_answer().status == 0);
    CHECK(connection.peer_closed_within(10s));
    CHECK(server.get("/healthz").status == 200);
  }

  TEST_CASE("a port that is taken is told, and so is an open door beyond loopback") {
    Fixture server;
    const auto again = api::Server::start({.port = server.port()}, server.service());
    REQUIRE(!again);
    CHECK(again.error().code == ErrorCode::io);
    CHECK(again.error().message.find("in use") != std::string::npos);
    const auto open = api::Server::start(
        {.host = "0.0.0.0", .port = 0, .anonymous = api::Role::admin}, server.service());
    REQUIRE(!open);
    CHECK(open.error().code == ErrorCode::invalid);
  }
}
