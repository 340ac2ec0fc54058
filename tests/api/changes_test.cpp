/// Enqueuing twice (O-38) and paging (O-39).
#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

#include "tests/api/fixture.h"

using namespace mergeq;
using namespace mergeq::test;
using nlohmann::json;

namespace {

const std::string changes = "/api/v1/queues/main/changes";

Headers with_key(const std::string& key) {
  return {{"Content-Type", "application/json"}, {"Idempotency-Key", key}};
}

/// All items of a list by its pages of `limit`; `between` happens after each page.
template <class Between>
std::vector<std::string> all_pages(Fixture& server, const std::string& filter, int limit,
                                   Between between) {
  std::vector<std::string> ids;
  std::string cursor;
  do {
    const json page =
        server.get(changes + "?limit=" + std::to_string(limit) + filter + cursor).json();
    for (const json& item : page.at("items")) ids.push_back(item.at("id").get<std::string>());
    const json& next = page.at("next_cursor");
    cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
    between();
  } while (!cursor.empty());
  return ids;
}

}  // namespace

TEST_SUITE("enqueuing") {
  TEST_CASE("fifty equal requests at once with one key make one change") {
    Fixture server;
    server.branch("a");
    const std::string text = request_text(
        {.method = "POST", .target = changes, .headers = with_key("k1"), .body = R"({"head":"a"})"},
        server.port());
    std::vector<std::unique_ptr<Connection>> connections;
    for (int i = 0; i < 50; ++i) connections.push_back(std::make_unique<Connection>(server.port()));
    for (const auto& connection : connections) connection->send(text);
    std::set<std::string> ids;
    int created = 0;
    for (const auto& connection : connections) {
      const Answer answer = connection->read_answer();
      CHECK((answer.status == 201 || answer.status == 200));
      created += answer.status == 201 ? 1 : 0;
      ids.insert(answer.json().at("id").get<std::string>());
    }
    CHECK(created == 1);
    CHECK(ids.size() == 1);
    CHECK(server.get(changes).json().at("items").size() == 1);
  }

  TEST_CASE(
      "a key stands for one request: another body or path under it is refused, a restart changes "
      "nothing") {
    Fixture server({.more_queues = {"release"}});
    server.branch("a");
    server.branch("b");
    const auto enqueue = [&](const std::string& path, const std::string& body,
                             const std::string& key) {
      return server.send(
          {.method = "POST", .target = path, .headers = with_key(key), .body = body});
    };
    const Answer first = enqueue(changes, R"({"head":"a"})", "k1");
    CHECK(first.status == 201);
    CHECK(first.header("Location") ==
          "/api/v1/changes/" + first.json().at("id").get<std::string>());
    CHECK(enqueue(changes, R"({"head":"b"})", "k1").status == 409);
    server.restart();
    const Answer again = enqueue(changes, R"({"head":"a"})", "k1");
    CHECK(again.status == 200);
    CHECK(again.json().at("id") == first.json().at("id"));
    // Without a key, and under another one, an equal head of a live change is that change.
    CHECK(server.post(changes, {{"head", "a"}}).json().at("id") == first.json().at("id"));
    CHECK(enqueue(changes, R"({"head":"a"})", "k2").json().at("id") == first.json().at("id"));
    for (const std::string& bad : {std::string(256, 'k'), std::string("\xc3\xa9")}) {
      CHECK(enqueue(changes, R"({"head":"b"})", bad).status == 422);
    }
    CHECK(enqueue(changes, R"({"head":"b"})", std::string(255, 'k')).status == 201);
  }
}

TEST_SUITE("paging") {
  TEST_CASE("the pages hold every change exactly once, though changes come and go meanwhile") {
    Fixture server;
    std::set<std::string> expected;
    const auto main = *server.repository().tip("main");
    const std::string tree = server.repository().tree("main");
    for (int i = 0; i < 24; ++i) {
      const std::string name = "b" + std::to_string(i);
      server.repository().commit_of_tree(name, tree, {main});
    }
    server.post("/api/v1/queues/main/pause", json::object());
    std::vector<std::thread> clients;
    std::array<std::vector<std::string>, 4> ids;
    for (std::size_t c = 0; c < ids.size(); ++c) {
      clients.emplace_back([&, c] {
        for (int i = 0; i < 6; ++i) {
          const std::string head = "b" + std::to_string(c * 6 + static_cast<std::size_t>(i));
          const Answer answer = exchange({.method = "POST",
                                          .target = changes,
                                          .headers = {{"Content-Type", "application/json"}},
                                          .body = json{{"head", head}}.dump()},
                                         server.port());
          if (answer.status == 201) ids[c].push_back(answer.json().at("id").get<std::string>());
        }
      });
    }
    for (std::thread& t : clients) t.join();
    for (const auto& some : ids) expected.insert(some.begin(), some.end());
    REQUIRE(expected.size() == 24);
    const std::vector<std::string> listed = all_pages(server, "", 7, [] {});
    CHECK(listed.size() == 24);
    CHECK(std::set<std::string>(listed.begin(), listed.end()) == expected);
    int extra = 0;
    const auto moving = all_pages(server, "", 7, [&] {
      if (extra < 3) server.enqueue("late" + std::to_string(extra++));
    });
    std::set<std::string> seen(moving.begin(), moving.end());
    CHECK(seen.size() == moving.size());
    for (const std::string& id : expected) CHECK(seen.contains(id));
    const auto cancelled = all_pages(server, "&state=cancelled&state=landed", 100, [] {});
    CHECK(cancelled.empty());
  }

  TEST_CASE("limits and cursors that are none are 422 and named") {
    Fixture server({.more_queues = {"release"}});
    for (const char* name : {"a", "b", "c"}) server.enqueue(name);
    for (const char* limit :
         {"0", "-1", "1000000000", "101", "abc", "", "1.5", "99999999999999999999"}) {
      const Answer answer = server.get(changes + "?limit=" + limit);
      CHECK(answer.status == 422);
      CHECK(answer.json().at("errors")[0].at("field") == "limit");
    }
    const std::string cursor =
        server.get(changes + "?limit=1").json().at("next_cursor").get<std::string>();
    CHECK(server.get(changes + "?limit=1&cursor=" + cursor).status == 200);
    for (const std::string& target :
         {changes + "?cursor=" + cursor.substr(0, cursor.size() - 2),
          changes + "?cursor=" + (cursor[0] == 'A' ? "B" : "A") + cursor.substr(1),
          changes + "?cursor=abc", changes + "?cursor=", changes + "?state=queued&cursor=" + cursor,
          "/api/v1/queues/release/changes?cursor=" + cursor,
          "/api/v1/queues/main/builds?cursor=" + cursor,
          changes + "?cursor=" + cursor + "&cursor=" + cursor}) {
      CAPTURE(target);
      CHECK(server.get(target).status == 422);
    }
    CHECK(server.get(changes + "?state=none").status == 422);
    CHECK(server.get("/api/v1/queues/main/builds?state=none").status == 422);
  }
}
