/// Webhooks in: signatures (O-25, O-26), odd payloads (O-23), the whole way by webhooks alone.
/// GitHub's own example payloads are sent by tests/webhooks.
#include <doctest/doctest.h>

#include "tests/api/fixture.h"
#include "tests/api/signature.h"

using namespace mergeq;
using namespace mergeq::test;
using nlohmann::json;

namespace {

const std::string project = "Codertocat/Hello-World";

json pull_request(const std::string& action, std::uint64_t number, const std::string& head,
                  const std::string& title = "A change") {
  return {{"action", action},
          {"number", number},
          {"repository", {{"full_name", project}}},
          {"pull_request",
           {{"number", number},
            {"state", "open"},
            {"title", title},
            {"user", {{"login", "ann"}}},
            {"html_url", "https://github.com/Codertocat/Hello-World/pull/2"},
            {"draft", false},
            {"merged", false},
            {"labels", json::array()},
            {"head", {{"ref", "a"}, {"sha", head}, {"repo", {{"full_name", project}}}}},
            {"base", {{"ref", "main"}, {"sha", std::string(40, '0')}}}}}};
}

json check_run(const std::string& commit, const std::string& conclusion) {
  return {{"action", "completed"},
          {"repository", {{"full_name", project}}},
          {"check_run",
           {{"id", std::hash<std::string>{}(commit + conclusion)},
            {"name", "unit"},
            {"head_sha", commit},
            {"status", "completed"},
            {"conclusion", conclusion.empty() ? json(nullptr) : json(conclusion)},
            {"html_url", "https://github.com/Codertocat/Hello-World/runs/1"},
            {"app", {{"slug", "actions"}}}}}};
}

/// A delivery with a header of the test's choice.
Answer deliver(Fixture& server, const std::string& body, const std::string& signed_with,
               const std::string& delivery = "1") {
  Headers headers{{"Content-Type", "application/json"},
                  {"X-GitHub-Event", "pull_request"},
                  {"X-GitHub-Delivery", delivery}};
  if (!signed_with.empty()) headers.emplace_back("X-Hub-Signature-256", signed_with);
  return server.send(
      {.method = "POST", .target = "/webhooks/github", .headers = headers, .body = body});
}

std::size_t changes_of(Fixture& server) {
  return server.get("/api/v1/queues/main/changes").json().at("items").size();
}

}  // namespace

TEST_SUITE("webhooks") {
  TEST_CASE("a pull request goes from opened to landed by webhooks alone") {
    Fixture server;
    const std::string head = server.branch("a");
    const Answer opened = server.webhook("pull_request", pull_request("opened", 2, head).dump());
    CHECK(opened.status == 200);
    REQUIRE(opened.json().at("outcome") == "enqueued");
    const std::string change = opened.json().at("change").get<std::string>();
    const std::string build = server.requested_build();
    const std::string commit =
        server.get("/api/v1/builds/" + build).json().at("commit").get<std::string>();
    for (const char* word : {"skipped", "neutral", "stale", "action_required"}) {
      // Of another commit: means nothing here.
      CHECK(server.webhook("check_run", check_run(std::string(40, 'b'), word).dump())
                .json()
                .at("outcome") == "ignored");
    }
    const Answer reported = server.webhook("check_run", check_run(commit, "success").dump());
    CHECK(reported.json().at("outcome") == "reported");
    CHECK(server.reaches(change, "landed"));
    CHECK(server.get("/api/v1/builds/" + build).json().at("reporter") == "actions");
    CHECK(server.get("/api/v1/changes/" + change).json().at("number") == "2");
  }

  TEST_CASE("conclusions other than success never land a change") {
    Fixture server;
    const std::string head = server.branch("a");
    const std::string change =
        server.webhook("pull_request", pull_request("opened", 2, head).dump())
            .json()
            .at("change")
            .get<std::string>();
    for (const char* word : {"skipped", "cancelled"}) {
      const std::string build = server.requested_build();
      const std::string commit =
          server.get("/api/v1/builds/" + build).json().at("commit").get<std::string>();
      CHECK(server.webhook("check_run", check_run(commit, word).dump()).status == 200);
      CHECK(eventually([&] {
        return server.get("/api/v1/builds/" + build).json().at("state") == "error" ||
               server.get("/api/v1/builds/" + build).json().at("state") == "cancelled";
      }));
      CHECK(server.get("/api/v1/changes/" + change).json().at("state") != "landed");
    }
    CHECK(server.lands(change));
  }

  TEST_CASE("a delivery that comes again, under whatever id, changes nothing") {
    Fixture server;
    const std::string body = pull_request("opened", 2, server.branch("a")).dump();
    const json first = server.webhook("pull_request", body).json();
    CHECK(server.webhook("pull_request", body).json() == first);
    server.restart();
    CHECK(server.webhook("pull_request", body).json() == first);
    CHECK(changes_of(server) == 1);
  }

  TEST_CASE("without the right signature nothing happens, and nobody learns why") {
    Fixture server;
    const std::string body = pull_request("opened", 2, server.branch("a")).dump();
    json other = json::parse(body);
    other["repository"]["full_name"] = "Codertocat/Other-World";
    const std::string foreign = other.dump();
    const Answer refused = deliver(server, body, signature("another secret", body));
    for (const std::string& header :
         {std::string(), signature("", body), std::string("sha256="),
          std::string("sha1=") + std::string(40, 'a'), signature(github_secret, body + " "),
          signature(github_secret, body).substr(0, 60)}) {
      const Answer answer = deliver(server, body, header);
      CHECK(answer.status == 401);
      CHECK(answer.body == refused.body);
    }
    CHECK(deliver(server, foreign, signature(github_secret, foreign)).body == refused.body);
    CHECK(changes_of(server) == 0);
  }

  TEST_CASE("no secret, or one of blanks, accepts nothing") {
    for (const char* secret : {"", "   "}) {
      Fixture server({.webhook_secret = secret, .generic_webhook_secret = secret});
      const std::string body = pull_request("opened", 2, server.branch("a")).dump();
      CHECK(deliver(server, body, signature(secret, body)).status == 401);
      CHECK(server.generic({{"action", "enqueue"}, {"queue", "main"}, {"head", "a"}}, "1").status ==
            404);
      CHECK(changes_of(server) == 0);
    }
  }

  TEST_CASE("the signature counts over the raw bytes, and titles come back exactly") {
    Fixture server;
    int number = 10;
    const auto twice = [&](const std::string& body, const std::string& title) {
      const std::string delivery = std::to_string(number);
      const Answer answer = deliver(server, body, signature(github_secret, body), delivery);
      CHECK(answer.status == 200);
      REQUIRE(answer.json().at("change").is_string());
      const std::string id = answer.json().at("change").get<std::string>();
      CHECK(server.get("/api/v1/changes/" + id).json().at("title") == title);
      std::string flipped = body;
      flipped[flipped.size() / 2] ^= 1;
      CHECK(deliver(server, flipped, signature(github_secret, body), delivery + "x").status == 401);
    };
    for (const char* title : {"Fran\xc3\xa7"
                              "ais",
                              "\xf0\x9f\x98\x80", "tab\tand \"quotes\""}) {
      const std::string head = server.branch("t" + std::to_string(++number));
      const json payload = pull_request("opened", static_cast<std::uint64_t>(number), head, title);
      twice(payload.dump(2) + "\r\n", title);
    }
    const std::string head = server.branch("escaped");
    std::string body = pull_request("opened", 99, head, "TITLE").dump();
    body.replace(body.find("TITLE"), 5, "\\ud83d\\ude00");
    std::string upper = signature(github_secret, body);
    for (char& c : upper) {
      if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
    }
    upper.replace(0, 7, "sha256=");
    CHECK(deliver(server, body, upper, "upper").status == 200);
  }

  TEST_CASE(
      "nulls and numbers where nobody expects them are taken or refused, never a fault of the "
      "server") {
    Fixture server;
    const std::string head = server.branch("a");
    const auto send = [&](const json& body) {
      return server.webhook("pull_request", body.dump()).status;
    };
    json no_repo = pull_request("opened", 1, head);
    no_repo["pull_request"]["head"]["repo"] = nullptr;
    no_repo["pull_request"]["user"] = nullptr;
    no_repo["pull_request"]["title"] = nullptr;
    CHECK(send(no_repo) == 200);
    CHECK(send(pull_request("opened", 9007199254740993, server.branch("b"))) == 200);
    const json newest = server.get("/api/v1/queues/main/changes").json().at("items")[0];
    CHECK(newest.at("number") == "9007199254740993");
    for (const char* path : {"/pull_request", "/pull_request/head", "/pull_request/head/sha",
                             "/pull_request/base", "/pull_request/number", "/action"}) {
      json broken = pull_request("opened", 3, head);
      broken[json::json_pointer(path)] = nullptr;
      CAPTURE(path);
      CHECK(send(broken) == 422);
    }
    const std::string bytes = "{\"x\":\"\xff\"}";
    CHECK(server.webhook("pull_request", bytes).status == 400);
    CHECK(server.webhook("pull_request", "[]").status == 422);
    CHECK(server.webhook("", "{}").status == 422);
    CHECK(changes_of(server) == 2);
  }

  TEST_CASE("a pull request whose commit is not there yet waits for it") {
    Fixture server;
    TestRepository other;
    const std::string unseen = other.commit("late", {{"late.txt", "x\n"}});
    const json answer =
        server.webhook("pull_request", pull_request("opened", 5, unseen).dump()).json();
    REQUIRE(answer.at("outcome") == "enqueued");
    const std::string change = answer.at("change").get<std::string>();
    CHECK(server.get("/api/v1/changes/" + change).json().at("state") == "queued");
    server.repository().git("fetch -q " + TestRepository::quoted(other.path()) + " late:late");
    CHECK(server.lands(change));
    CHECK(server.post("/api/v1/queues/main/changes", {{"head", std::string(40, 'c')}}).status ==
          422);
  }

  TEST_CASE("the generic webhook enqueues, revises, cancels and reports, each delivery once") {
    Fixture server;
    server.branch("a");
    const json enqueue{{"action", "enqueue"}, {"queue", "main"}, {"head", "a"}, {"number", 4}};
    const json first = server.generic(enqueue, "d1").json();
    CHECK(first.at("outcome") == "enqueued");
    const std::string change = first.at("change").get<std::string>();
    CHECK(server.generic(enqueue, "d1").json().at("outcome") == "unchanged");
    CHECK(
        server.generic({{"action", "enqueue"}, {"queue", "main"}, {"head", "main"}}, "d1").status ==
        409);
    const auto revise = [&](const std::string& head, const char* delivery) {
      return server.generic({{"action", "revise"}, {"change", change}, {"head", head}}, delivery);
    };
    const std::string second = server.repository().commit("a", {{"a2", "2"}});
    const std::string third = server.repository().commit("a", {{"a3", "3"}});
    const Answer revised = revise(second, "d2");
    CHECK(revised.json().at("outcome") == "revised");
    CHECK(revise(third, "d2b").status == 200);
    CHECK(revise(second, "d2").body == revised.body);  // late, again
    CHECK(server.get("/api/v1/changes/" + change).json().at("head") == third);
    CHECK(server.get("/api/v1/changes/" + change).json().at("revision") == 3);
    std::string build;
    CHECK(eventually([&] {
      build = server.requested_build();
      return server.generic({{"action", "result"}, {"build", build}, {"verdict", "passed"}}, "d3")
                 .status == 200;
    }));
    CHECK(server.reaches(change, "landed"));
    CHECK(server.generic({{"action", "cancel"}, {"change", change}}, "d4").json().at("outcome") ==
          "unchanged");
    for (const json& bad :
         {json{{"action", "ENQUEUE"}}, json::object(), json{{"action", "enqueue"}},
          json{{"action", "result"}, {"build", build}, {"verdict", "skipped"}}}) {
      CHECK(server.generic(bad, "d5").status == 422);
    }
    CHECK(server.generic({{"action", "cancel"}, {"change", "main-99"}}, "d6").status == 404);
    CHECK(server.generic(enqueue, "").status == 422);
  }
}
