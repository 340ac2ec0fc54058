/// Every call of the description, made at least once; the fixture holds each answer against it.
#include <doctest/doctest.h>

#include <fstream>
#include <set>

#include "tests/api/fixture.h"

using namespace mergeq;
using namespace mergeq::test;
using nlohmann::json;

namespace {

/// All calls in one life of a queue. Gives the operations that were made.
std::set<std::string> make_all_calls(Fixture& server) {
  std::set<std::string> made;
  const auto call = [&](const std::string& method, const std::string& target, int expected,
                        const std::string& body = "") {
    Headers headers;
    if (method != "GET") headers.emplace_back("Content-Type", "application/json");
    const Answer answer =
        server.send({.method = method, .target = target, .headers = headers, .body = body});
    CHECK_MESSAGE(answer.status == expected, method << " " << target << ": " << answer.body);
    made.insert(description().operation(method, target));
    return answer;
  };
  const std::string queue = "/api/v1/queues/main";
  call("GET", "/api/v1/queues", 200);
  server.branch("a");
  server.branch("b");
  const json a =
      call("POST", queue + "/changes", 201, R"({"head":"a","author":"ann","number":7})").json();
  const json b = call("POST", queue + "/changes", 201, R"({"head":"b","priority":"high"})").json();
  const std::string change_a = "/api/v1/changes/" + a.at("id").get<std::string>();
  const std::string change_b = "/api/v1/changes/" + b.at("id").get<std::string>();
  const std::string build = "/api/v1/builds/" + server.requested_build();
  for (const char* part :
       {"", "/graph", "/plan", "/changes", "/changes?state=landed,rejected&author=ann", "/builds",
        "/builds?state=requested&limit=1"}) {
    call("GET", queue + part, 200);
  }
  for (const char* part : {"", "/timeline", "/explanation", "/footprint"}) {
    call("GET", change_a + part, 200);
  }
  const std::string a_and = queue + "/conflicts?a=" + a.at("id").get<std::string>();
  const std::string a_and_b = a_and + "&b=" + b.at("id").get<std::string>();
  REQUIRE(eventually([&] { return server.get(a_and_b).status == 200; }));  // both are analysed
  const json between = call("GET", a_and_b, 200).json();
  CHECK(between.at("conflict") == true);  // both are files of one directory
  CHECK(between.at("kind") == "target");
  call("GET", a_and, 422);
  call("GET", a_and + "&b=" + a.at("id").get<std::string>(), 422);
  call("GET", a_and + "&b=main-999", 404);
  call("GET", build, 200);
  call("GET", build + "/log", 404);
  call("POST", build + "/start", 200, "{}");
  call("POST", build + "/result", 200, R"({"verdict":"passed","url":"https://ci.example/1"})");
  call("GET", build, 200);
  server.repository().commit("b", {{"b", "2"}});
  call("PATCH", change_b, 200, R"({"head":"b"})");
  call("PATCH", queue, 200, R"({"slots":3,"order":"strict"})");
  call("POST", queue + "/pause", 200, R"({"reason":"a test"})");
  call("GET", queue, 200);
  call("POST", queue + "/resume", 200, "{}");
  call("DELETE", change_b, 200);
  for (const char* part : {"", "/timeline", "/explanation", "/footprint"}) {
    call("GET", change_b + part, 200);
  }
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"}) {
    call("GET", path, 200);
  }
  call("POST", "/webhooks/github", 401, "{}");
  call("POST", "/webhooks/generic", 401, "{}");
  Connection stream(server.port());
  stream.send(request_text({.target = "/api/v1/events"}, server.port()));
  CHECK(description().faults("GET", "/api/v1/events", stream.read_answer()).empty());
  made.insert("streamEvents");
  return made;
}

}  // namespace

TEST_SUITE("calls") {
  TEST_CASE("every call of the description is there and answers as described") {
    Fixture server;
    const std::set<std::string> made = make_all_calls(server);
    for (const auto& [path, item] : description().document().at("paths").items()) {
      for (const auto& [method, operation] : item.items()) {
        if (method == "parameters") continue;
        CHECK_MESSAGE(made.contains(operation.at("operationId").get<std::string>()),
                      method << " " << path << " was not tried");
      }
    }
  }

  TEST_CASE("the description is served as it was written") {
    Fixture server;
    CHECK(server.get("/api/v1/openapi.json").json() == description().document());
    CHECK(description().document().at("openapi") == "3.1.0");
  }

  TEST_CASE("a change that lands tells its certificate, its landing and its history") {
    Fixture server;
    const std::string change = server.enqueue("a");
    CHECK(server.lands(change));
    const json landed = server.get("/api/v1/changes/" + change).json();
    CHECK(landed.at("landed_commit") == *server.repository().tip("main"));
    CHECK(landed.at("certificate").at("kind") == "exact");
    CHECK(landed.at("reason").is_null());
    const json timeline = server.get("/api/v1/changes/" + change + "/timeline").json().at("items");
    CHECK(timeline.front().at("kind") == "enqueued");
    CHECK(timeline.front().at("actor") == "anonymous");
    const json queue = server.get("/api/v1/queues/main").json();
    CHECK(queue.at("recent")[0].at("id") == change);
    CHECK(queue.at("rates").at("landed_last_hour") == 1);
    const Answer cancelled =
        server.send({.method = "DELETE", .target = "/api/v1/changes/" + change});
    CHECK(cancelled.status == 200);
    CHECK(cancelled.json().at("state") == "landed");
  }

  TEST_CASE("what does not exist is 404, and what a path does not take is 405 with what it takes") {
    Fixture server;
    for (const char* path : {"/api/v1/queues/none", "/api/v1/changes/main-9", "/api/v1/changes/x",
                             "/api/v1/builds/main-b9", "/api/v1/builds/main-b9/log", "/api/v1/none",
                             "/api/v1", "/api/v1/queues//changes", "/webhooks/none",
                             "/api/v1/queues/none/changes", "/assets/none.js"}) {
      CAPTURE(path);
      CHECK(server.get(path).status == 404);
    }
    const Answer wrong = server.send({.method = "PUT", .target = "/api/v1/queues/main"});
    CHECK(wrong.status == 405);
    CHECK(wrong.header("Allow") == "OPTIONS, GET, HEAD, PATCH");
    Connection options(server.port());
    options.send(request_text({.method = "OPTIONS", .target = "/api/v1/queues"}, server.port()));
    const Answer allowed = options.read_answer();
    CHECK(allowed.status == 204);
    CHECK(allowed.header("Allow") == "OPTIONS, GET, HEAD");
    CHECK(allowed.header("Access-Control-Allow-Origin").empty());
  }

  TEST_CASE("HEAD answers as GET does, without the body") {
    Fixture server;
    const Answer head = server.send({.method = "HEAD", .target = "/api/v1/openapi.json"});
    const Answer get = server.get("/api/v1/openapi.json");
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    CHECK(head.header("Content-Length") == std::to_string(get.body.size()));
  }

  TEST_CASE("a log is plain text, whole whatever ranges are asked for, and gone when it is gone") {
    Fixture server;
    server.enqueue("a");
    const std::string build = server.requested_build();
    const std::string path = server.log_directory() + "/" + build + ".log";
    const std::string text = "<script>window.x=1</script>\n\xc3\x28" + std::string(300'000, 'x');
    std::ofstream(path) << text;
    const std::string target = "/api/v1/builds/" + build + "/log";
    std::string ranges = "bytes=0-";
    for (int i = 0; i < 400; ++i) ranges += ",0-";
    for (const Headers& headers :
         {Headers{}, Headers{{"Range", ranges}}, Headers{{"Range", "x"}}}) {
      const Answer answer = server.send({.target = target, .headers = headers});
      CHECK(answer.status == 200);
      CHECK(answer.header("Content-Type") == "text/plain; charset=utf-8");
      CHECK(answer.header("X-Content-Type-Options") == "nosniff");
      CHECK(answer.body == text);
    }
    std::filesystem::remove(path);
    CHECK(server.get(target).status == 404);
    std::filesystem::create_symlink("/etc/passwd", path);
    CHECK(server.get(target).status == 404);
  }

  TEST_CASE("the dashboard is served with a policy that runs no script but its own") {
    Fixture server;
    const Answer page = server.get("/");
    CHECK(page.status == 200);
    CHECK(page.header("Content-Type").starts_with("text/html"));
    CHECK(page.header("Content-Security-Policy").find("unsafe-inline") == std::string::npos);
    CHECK(page.header("Content-Security-Policy").find("frame-ancestors 'none'") !=
          std::string::npos);
    CHECK(server.get("/queues/main").body == page.body);
    const Answer again = exchange(
        {.target = "/", .headers = {{"If-None-Match", page.header("ETag")}}}, server.port());
    CHECK(again.status == 304);
    CHECK(again.body.empty());
  }

  TEST_CASE("metrics tell queues, requests, landings and builds") {
    Fixture server;
    CHECK(server.lands(server.enqueue("a")));
    const auto has = [&](const char* line) {
      return server.get("/metrics").body.find(line) != std::string::npos;
    };
    CHECK(has("mergeq_slots{queue=\"main\"} 2"));
    CHECK(
        has("mergeq_http_requests_total{method=\"POST\",route=\"/api/v1/queues/{queue}/changes\","
            "status=\"201\"} 1"));
    CHECK(eventually([&] {
      return has("mergeq_changes_finished_total{queue=\"main\",reason=\"\",state=\"landed\"} 1") ||
             has("mergeq_changes_finished_total{queue=\"main\",state=\"landed\",reason=\"\"} 1");
    }));
    CHECK(has("mergeq_turnaround_seconds_count{queue=\"main\"} 1"));
    CHECK(has("mergeq_ready 1"));
  }
}
