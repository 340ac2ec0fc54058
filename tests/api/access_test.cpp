/// Who may do what: tokens and roles over HTTP (O-27), Host and Origin (O-31).
#include <doctest/doctest.h>

#include <set>

#include "api/routes.h"
#include "forges/hash.h"
#include "tests/api/fixture.h"

using namespace mergeq;
using namespace mergeq::test;
using api::Role;

namespace {

api::Token token(const std::string& name, Role role, std::vector<std::string> queues = {}) {
  return {.name = name,
          .sha256 = forges::sha256_hex("token of " + name),
          .role = role,
          .queues = std::move(queues)};
}
Headers bearer(const std::string& name) { return {{"Authorization", "Bearer token of " + name}}; }

Fixture::Setup with_tokens(Role anonymous) {
  return {.server = {.port = 0,
                     .anonymous = anonymous,
                     .tokens = {token("reader", Role::read), token("author", Role::submit),
                                token("ci", Role::ci), token("operator", Role::operate),
                                token("release-ci", Role::ci, {"release"})}},
          .more_queues = {"release"}};
}

}  // namespace

TEST_SUITE("access") {
  TEST_CASE("the routes and their roles are those of the description") {
    std::set<std::string> described;
    for (const auto& [path, item] : description().document().at("paths").items()) {
      for (const auto& [method, operation] : item.items()) {
        if (method == "parameters") continue;
        std::string role = operation.at("x-role").get<std::string>();
        if (role == "signature") role = "none";
        described.insert(method + " " + path + " " + role);
      }
    }
    std::set<std::string> routed;
    for (const api::Route& route : api::routes()) {
      std::string method;
      for (const char c : route.method) method += static_cast<char>(c - 'A' + 'a');
      routed.insert(method + " " + std::string(route.pattern) + " " +
                    std::string(to_name(route.role)));
    }
    CHECK(routed == described);
  }

  TEST_CASE("a result needs a token with the role ci for that very queue, and says who gave it") {
    Fixture server(with_tokens(Role::none));
    const auto report = [&](const std::string& build, const Headers& headers) {
      return server.post("/api/v1/builds/" + build + "/result", {{"verdict", "passed"}}, headers)
          .status;
    };
    REQUIRE(server.repository().commit("a", {{"a", "1"}}).size() == 40);
    const Answer change =
        server.post("/api/v1/queues/main/changes", {{"head", "a"}}, bearer("author"));
    REQUIRE(change.status == 201);
    std::string build;
    CHECK(eventually([&] {
      const auto items = server
                             .send({.target = "/api/v1/queues/main/builds?state=requested",
                                    .headers = bearer("reader")})
                             .json()
                             .at("items");
      if (!items.empty()) build = items[0].at("id").get<std::string>();
      return !build.empty();
    }));
    for (const std::string& id : {build, std::string("main-b99"), std::string("nonsense")}) {
      CAPTURE(id);  // the same answer whether it exists or not
      CHECK(report(id, {}) == 401);
      CHECK(report(id, bearer("nobody")) == 401);
      CHECK(report(id, bearer("reader")) == 403);
      CHECK(report(id, bearer("author")) == 403);
      CHECK(report(id, bearer("release-ci")) == 403);
    }
    CHECK(report("main-b99", bearer("ci")) == 404);
    CHECK(report(build, bearer("ci")) == 200);
    const Answer built =
        server.send({.target = "/api/v1/builds/" + build, .headers = bearer("reader")});
    CHECK(built.json().at("reporter") == "ci");
  }

  TEST_CASE("who may do nothing learns nothing, and a list shows only what its reader may read") {
    Fixture server(with_tokens(Role::none));
    for (const char* path :
         {"/api/v1/queues", "/api/v1/queues/main", "/api/v1/queues/none", "/api/v1/changes/main-1",
          "/api/v1/builds/x/log", "/metrics", "/api/v1/events"}) {
      CAPTURE(path);
      const Answer answer = server.get(path);
      CHECK(answer.status == 401);
      CHECK(answer.header("WWW-Authenticate") == "Bearer");
    }
    CHECK(server.get("/healthz").status == 200);
    CHECK(server.get("/readyz").json().at("problems").empty());
    const auto seen =
        server.send({.target = "/api/v1/queues", .headers = bearer("release-ci")}).json();
    REQUIRE(seen.at("items").size() == 1);
    CHECK(seen.at("items")[0].at("name") == "release");
    CHECK(server.send({.target = "/metrics", .headers = bearer("release-ci")}).status == 403);
    CHECK(server.send({.target = "/metrics", .headers = bearer("reader")}).status == 200);
  }

  TEST_CASE("a wrong token is refused even where none is needed, and a token takes nothing away") {
    Fixture server(with_tokens(Role::read));
    CHECK(server.get("/api/v1/queues/main").status == 200);
    CHECK(server.send({.target = "/api/v1/queues/main", .headers = bearer("nobody")}).status ==
          401);
    CHECK(server.send({.target = "/api/v1/queues/main", .headers = bearer("release-ci")}).status ==
          200);
    CHECK(
        server.send({.target = "/api/v1/queues/main", .headers = {{"Authorization", "Basic eA=="}}})
            .status == 401);
    CHECK(server.post("/api/v1/queues/main/pause", nlohmann::json::object(), bearer("author"))
              .status == 403);
    CHECK(server.post("/api/v1/queues/main/pause", nlohmann::json::object(), bearer("operator"))
              .status == 200);
    CHECK(server.post("/api/v1/queues/main/resume", nlohmann::json::object()).status == 401);
  }

  TEST_CASE("a page of somebody else can neither write nor read") {
    Fixture server;
    server.branch("a");
    const std::string changes = "/api/v1/queues/main/changes";
    const std::string body = R"({"head":"a"})";
    for (const std::string& path : {changes, std::string("/api/v1/queues/main/pause"),
                                    std::string("/api/v1/builds/main-b1/result")}) {
      CAPTURE(path);
      CHECK(server
                .send({.method = "POST",
                       .target = path,
                       .headers = {{"Content-Type", "text/plain"}},
                       .body = body})
                .status == 415);
      CHECK(server.send({.method = "POST", .target = path, .body = body}).status == 415);
      for (const char* origin : {"http://evil.example", "http://localhost.evil.example", "null"}) {
        CHECK(server
                  .send({.method = "POST",
                         .target = path,
                         .headers = {{"Content-Type", "application/json"}, {"Origin", origin}},
                         .body = body})
                  .status == 403);
      }
    }
    const std::string evil = "evil.example:" + std::to_string(server.port());
    CHECK(server.send({.target = "/api/v1/queues", .headers = {{"Host", evil}}}).status == 421);
    CHECK(server.get(changes).json().at("items").empty());
    CHECK(server.get("/api/v1/queues/main").json().at("paused") == false);
    const std::string own = "http://127.0.0.1:" + std::to_string(server.port());
    CHECK(server.post(changes, {{"head", "a"}}, {{"Origin", own}}).status == 201);
  }
}
