#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "forges/forge.h"
#include "scheduler/rng.h"

using namespace mergeq;
using namespace mergeq::forges;
using nlohmann::json;

namespace {

const std::string sha(40, 'a');

json pull(const std::string& action) {
  return {{"action", action},
          {"repository", {{"full_name", "acme/monorepo"}}},
          {"pull_request",
           {{"number", 7},
            {"title", "Fix it"},
            {"state", "open"},
            {"draft", false},
            {"html_url", "https://example.invalid/7"},
            {"user", {{"login", "ana"}}},
            {"labels", {{{"name", "merge"}}, {{"name", "docs"}}}},
            {"head", {{"sha", sha}, {"ref", "fix"}, {"repo", nullptr}}},
            {"base", {{"ref", "main"}}}}}};
}

json check_run(const json& conclusion) {
  return {{"action", "completed"},
          {"repository", {{"full_name", "acme/monorepo"}}},
          {"check_run",
           {{"id", 1},
            {"head_sha", sha},
            {"name", "unit"},
            {"status", "completed"},
            {"conclusion", conclusion},
            {"app", {{"slug", "ci"}}}}}};
}

PullRequestEvent read_pull(const json& body) {
  const auto event = parse_github("pull_request", body.dump());
  REQUIRE_MESSAGE(event.has_value(), (event ? "" : event.error().message));
  return std::get<PullRequestEvent>(*event);
}
CheckEvent read_check(const json& body) {
  const auto event = parse_github("check_run", body.dump());
  REQUIRE(event.has_value());
  return std::get<CheckEvent>(*event);
}

}  // namespace

TEST_SUITE("github") {
  TEST_CASE("a pull request is read as it is now") {
    const PullRequest p = read_pull(pull("labeled")).pull;
    CHECK(p.project == "acme/monorepo");
    CHECK(p.number == "7");
    CHECK(p.head == CommitId{sha});
    CHECK(p.base_ref == "main");
    CHECK(p.labels == std::vector<std::string>{"merge", "docs"});
    CHECK(p.open);
  }
  TEST_CASE("O-23: what was deleted or never set is empty, not an error") {
    json body = pull("opened");
    body["pull_request"]["user"] = nullptr;
    body["pull_request"]["title"] = nullptr;
    const PullRequest p = read_pull(body).pull;
    CHECK(p.author.empty());
    CHECK(p.title.empty());
  }
  TEST_CASE("O-26: a title comes back exactly, and an endless one is cut between two characters") {
    json body = pull("opened");
    body["pull_request"]["title"] = "\u00e7 \U0001F600\r\n";
    CHECK(read_pull(body).pull.title == "\u00e7 \U0001F600\r\n");
    std::string endless = "x";
    while (endless.size() < 5'000) endless += "\U0001F600";
    body["pull_request"]["title"] = endless;
    const std::string cut = read_pull(body).pull.title;
    CHECK(cut == endless.substr(0, 997));
  }
  TEST_CASE("O-23: a number beyond 2^53 stays exact, and one that is none is an error") {
    json body = pull("opened");
    body["pull_request"]["number"] = 9007199254740993;
    CHECK(read_pull(body).pull.number == "9007199254740993");
    body["pull_request"]["number"] = 18446744073709551615U;
    CHECK(read_pull(body).pull.number == "18446744073709551615");
    body["pull_request"]["number"] = "42";
    CHECK(read_pull(body).pull.number == "42");
    for (const json& wrong : {json(1.5), json(-1), json("x"), json(nullptr), json(1e300)}) {
      body["pull_request"]["number"] = wrong;
      CHECK_FALSE(parse_github("pull_request", body.dump()).has_value());
    }
  }
  TEST_CASE("O-08: a switched base names the branch that it was switched from") {
    json body = pull("edited");
    CHECK_FALSE(read_pull(body).previous_base_ref);
    body["changes"] = {{"base", {{"ref", {{"from", "release"}}}}}};
    CHECK(read_pull(body).previous_base_ref == "release");
  }
  TEST_CASE("a closed one is not open, whatever its state says") {
    CHECK_FALSE(read_pull(pull("closed")).pull.open);
  }
  TEST_CASE("O-12: only the exact word for success passes") {
    CHECK(read_check(check_run("success")).verdict == Verdict::passed);
    CHECK(read_check(check_run("failure")).verdict == Verdict::failed);
    for (const json& word :
         {json("Success"), json("skipped"), json("neutral"), json("cancelled"), json("stale"),
          json("timed_out"), json("action_required"), json(nullptr), json(""), json(1)}) {
      CHECK(read_check(check_run(word)).verdict == Verdict::inconclusive);
    }
  }
  TEST_CASE("a check that has not ended has no verdict") {
    json body = check_run("success");
    body["check_run"]["status"] = "in_progress";
    CHECK_FALSE(read_check(body).verdict);
  }
  TEST_CASE("a push names the ref that moved") {
    const auto pushed = parse_github(
        "push", R"({"ref":"refs/heads/main","repository":{"full_name":"acme/monorepo"}})");
    REQUIRE(pushed.has_value());
    const auto* push = std::get_if<PushEvent>(&*pushed);
    REQUIRE(push != nullptr);
    CHECK(push->ref == "refs/heads/main");
    CHECK(push->project == "acme/monorepo");
    CHECK_FALSE(parse_github("push", R"({"ref":7,"repository":{"full_name":"a/b"}})").has_value());
  }
  TEST_CASE("events that mean nothing here are ignored, broken ones say what they lack") {
    CHECK(std::holds_alternative<Ignored>(*parse_github("ping", "{}")));
    json body = pull("opened");
    body.erase("pull_request");
    const auto lacking = parse_github("pull_request", body.dump());
    REQUIRE_FALSE(lacking.has_value());
    CHECK(lacking.error().message.find("pull_request") != std::string::npos);
    CHECK_FALSE(parse_github("pull_request", "{").has_value());
    CHECK_FALSE(parse_github("pull_request", std::string(100'000, '[')).has_value());
  }
  TEST_CASE("O-21: deliveries of one happening have one content key, others have another") {
    const json a = pull("labeled");
    json b = a;
    b["pull_request"]["updated_at"] = "later";
    CHECK(content_key("pull_request", a.dump()) == content_key("pull_request", a.dump(2)));
    CHECK(content_key("pull_request", a.dump()) != content_key("pull_request", b.dump()));
    CHECK(content_key("pull_request", a.dump()) != content_key("check_run", a.dump()));
  }
  TEST_CASE("mutilated payloads give an answer or an error, and never end the process") {
    Rng rng(1);
    const std::string bodies[] = {pull("opened").dump(), check_run("success").dump()};
    for (int i = 0; i < 20'000; ++i) {
      std::string body = bodies[rng.below(2)];
      for (std::uint64_t cuts = 1 + rng.below(4); cuts > 0; --cuts) {
        const std::size_t at = rng.below(body.size());
        if (rng.chance(0.5)) {
          body[at] = static_cast<char>(rng.bits());
        } else {
          body.erase(at, rng.below(20));
        }
        if (body.empty()) body = "{}";
      }
      static_cast<void>(parse_github("pull_request", body));
      static_cast<void>(parse_github("check_run", body));
      static_cast<void>(content_key("pull_request", body));
    }
  }
}
