/// Bad input: bodies, heads, verdicts, settings (O-12, O-13, O-14, O-29, O-42).
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/api/fixture.h"

using namespace mergeq;
using namespace mergeq::test;
using nlohmann::json;

namespace {

const std::string changes = "/api/v1/queues/main/changes";
const Headers is_json = {{"Content-Type", "application/json"}};

}  // namespace

TEST_SUITE("bad input") {
  TEST_CASE(
      "bodies that are not JSON are 400, of a wrong shape 422, too large 413, of another type "
      "415") {
    Fixture server;
    const auto post = [&](const std::string& body) {
      return server.send({.method = "POST", .target = changes, .headers = is_json, .body = body});
    };
    for (const std::string& body :
         {std::string("{"), std::string("nonsense"), std::string(1, '\0'),
          std::string("{\"head\":\"\xff\"}"), std::string("{\"head\":1e999}"),
          std::string(1000, '['), std::string("")}) {
      CAPTURE(body);
      CHECK(post(body).status == 400);
    }
    for (const char* body :
         {"[]", "null", "\"a\"", "{}", R"({"head":1})", R"({"head":""})", R"({"head":null})",
          R"({"head":"main","priority":"HIGH"})", R"({"head":"main","number":-1})",
          R"({"head":"main","number":1.5})", R"({"head":"main","number":"x"})",
          R"({"head":"main","url":"javascript:x"})", R"({"head":"main","depends_on":"x"})",
          R"({"head":"main","depends_on":["none-1"]})", R"({"head":"main","titel":"x"})",
          R"({"head":"main","title":"a\u0000b"})"}) {
      CAPTURE(body);
      const Answer answer = post(body);
      CHECK(answer.status == 422);
    }
    CHECK(post("{\"title\":\"" + std::string(1 << 20, 'x') + "\"}").status == 413);
    CHECK(server
              .send({.method = "POST",
                     .target = changes,
                     .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                     .body = "head=main"})
              .status == 415);
    CHECK(server.get(changes).json().at("items").empty());
  }

  TEST_CASE("heads that are no plain refs or commit ids are 422 and never reach git as options") {
    Fixture server;
    const std::string mark = (server.repository().folder() / "pwn").string();
    const std::string odd = server.branch("--x");
    for (const std::string& head :
         {"--upload-pack=touch " + mark, std::string("-c=core.sshCommand=x"),
          std::string("refs/heads/--output=x"), std::string("a b"), std::string("a;id"),
          std::string("$(id)"), std::string("../../x"), std::string("a\0b", 3),
          std::string("main..a"), std::string("main@{1}"), std::string(":/fix"),
          std::string(10'000, 'x'), std::string("unknown"), std::string(40, 'a')}) {
      CAPTURE(head);
      CHECK(server.post(changes, {{"head", head}}).status == 422);
    }
    CHECK(!std::filesystem::exists(mark));
    const Answer answer = server.post(changes, {{"head", "refs/heads/--x"}});
    CHECK(answer.status == 201);
    CHECK(answer.json().at("head") == odd);
  }

  TEST_CASE("only the exact words are verdicts, and a wrong report leaves room for the right one") {
    Fixture server;
    const std::string change = server.enqueue("a");
    const std::string build = server.requested_build();
    const std::string target = "/api/v1/builds/" + build + "/result";
    for (const char* word : {"skipped", "neutral", "cancelled", "stale", "timed_out", "PASSED", "",
                             "passed ", "success", "inconclusive"}) {
      CAPTURE(word);
      CHECK(server.report(build, word).status == 422);
    }
    for (const char* body :
         {R"({})", R"({"verdict":null})", R"({"verdict":true})", R"({"verdict":["passed"]})",
          R"({"verdict":"passed","duration_s":-1})", R"({"verdict":"passed","duration_s":1e308})",
          R"({"verdict":"passed","duration_s":"1"})", R"({"verdict":"passed","url":"ftp://x/y"})",
          R"({"verdict":"passed","url":7})", R"({"verdict":"passed","check":"no such check"})"}) {
      CAPTURE(body);
      const Answer answer =
          server.send({.method = "POST", .target = target, .headers = is_json, .body = body});
      CHECK(answer.status == 422);
    }
    const std::string long_url = "https://" + std::string(900'000, 'x');
    CHECK(server.post(target, {{"verdict", "passed"}, {"url", long_url}}).status == 422);
    const json good{{"verdict", "passed"}, {"url", nullptr}, {"duration_s", nullptr}, {"more", 1}};
    CHECK(server.post(target, good).status == 200);
    CHECK(server.post(target, good).status == 200);
    CHECK(server.report(build, "failed").status == 409);
    CHECK(server.reaches(change, "landed"));
  }

  TEST_CASE(
      "an error is no verdict about the change, which is built again and lands only when passed") {
    Fixture server;
    const std::string change = server.enqueue("a");
    const std::string build = server.requested_build();
    CHECK(server.report(build, "error").status == 200);
    CHECK(server.get("/api/v1/builds/" + build).json().at("state") == "error");
    CHECK(server.get("/api/v1/changes/" + change).json().at("state") != "landed");
    CHECK(server.report(build, "passed").status == 409);
    CHECK(server.lands(change));
  }

  TEST_CASE("settings that are wrong change nothing, least of all the list of checks") {
    Fixture server;
    server.enqueue("a");
    const json before = server.get("/api/v1/queues/main").json().at("policy");
    for (const char* body :
         {R"({"checks":[]})", R"({"checks":null})", R"({"checks":["none"]})",
          R"({"checks":["unit","unit"]})", R"({"checks":"unit"})", R"({"slots":0})",
          R"({"slots":4097})", R"({"slots":"8"})", R"({"slots":1.5})", R"({"order":"Strict"})",
          R"({"guarantee":"none"})", R"({"guarentee":"exact"})", R"({"slot_minute_price":-1})",
          R"({})", R"({"slots":5,"order":"x"})"}) {
      CAPTURE(body);
      const Answer answer = server.send(
          {.method = "PATCH", .target = "/api/v1/queues/main", .headers = is_json, .body = body});
      CHECK(answer.status == 422);
    }
    const json after = server.get("/api/v1/queues/main").json();
    CHECK(after.at("policy") == before);
    CHECK(after.at("slots").at("total") == 2);
  }

  TEST_CASE("bytes of a commit that are not UTF-8 are shown as valid text, and land as they are") {
    Fixture server;
    const std::string head =
        server.repository().commit("latin", {{"n\xff\xfe.txt", "x\n"}}, "r\xe9sum\xe9");
    const Answer answer = server.post(changes, {{"head", head}});
    CHECK(answer.status == 201);
    CHECK(answer.json().at("title").get<std::string>().find("sum") != std::string::npos);
    CHECK(server.lands(answer.json().at("id").get<std::string>()));
    CHECK(server.repository().read("main", "n\xff\xfe.txt") == "x\n");
    CHECK(server.get("/api/v1/queues/%ff").status == 400);
    CHECK(server.get(changes + "?author=%c3%28").status == 400);
  }

  TEST_CASE("whatever bytes come as a request, the server answers the next one") {
    Fixture server;
    CHECK(rc::check([&](const std::string& bytes) {
      Connection connection(server.port());
      connection.send(bytes + "\r\n\r\n");
      connection.end_sending();
      const Answer answer = connection.read_answer();
      RC_ASSERT(answer.status == 0 || (answer.status >= 400 && answer.status < 510));
      RC_ASSERT(answer.status != 500);
    }));
    CHECK(server.get("/healthz").status == 200);
  }
}
