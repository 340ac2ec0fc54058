#include <set>

#include "world.h"

using namespace mergeq;
using namespace mergeq::service;
using namespace std::chrono_literals;

namespace {

/// Follows the stream from `id` until `done` says so of an event.
template <class Done>
std::vector<StreamEvent> follow(Service& service, std::uint64_t id, Done done) {
  std::vector<StreamEvent> seen;
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < deadline) {
    const Service::StreamChunk chunk = service.stream_after(id, 100ms);
    REQUIRE_FALSE(chunk.reset);
    for (const StreamEvent& event : chunk.events) {
      seen.push_back(event);
      id = event.id;
      if (done(event)) return seen;
    }
  }
  FAIL("the stream never told it");
  return seen;
}

bool tells_state(const StreamEvent& event, const std::string& change, const std::string& state) {
  if (event.type != "change") return false;
  const auto document = nlohmann::json::parse(event.document);
  return document.at("id") == change && document.at("state") == state;
}

}  // namespace

TEST_SUITE("event stream") {
  TEST_CASE("two queues at work: every follower sees every id once and in order") {
    World world;
    QueueConfig other = world.queue();
    other.name = "release";
    other.branch = "release";
    world.repository.branch("release", "main");
    world.options.queues.push_back(other);
    for (int i = 0; i < 8; ++i) {
      const std::string name = "x" + std::to_string(i);
      world.repository.commit(name, {{name, "1\n"}});
    }
    Service& service = world.service();
    const std::uint64_t from = service.stream_after(std::nullopt, 0ms).newest;
    std::vector<std::vector<StreamEvent>> seen(3);
    {
      std::vector<std::jthread> threads;
      for (auto& mine : seen) {
        threads.emplace_back([&] {
          std::set<std::string> last;
          mine = follow(service, from, [&](const StreamEvent& event) {
            if (event.type == "change") {
              last.insert(nlohmann::json::parse(event.document).at("id").get<std::string>());
            }
            return last.size() == 16;
          });
        });
      }
      for (const std::string queue : {"main", "release"}) {
        threads.emplace_back([&, queue] {
          for (int i = 0; i < 8; ++i) {
            EnqueueRequest request;
            request.head = "x" + std::to_string(i);
            (void)service.enqueue(queue, request, "");
          }
        });
      }
    }
    for (const auto& mine : seen) {
      std::uint64_t expected = from;
      for (const StreamEvent& event : mine) CHECK(event.id == ++expected);
    }
  }

  TEST_CASE("O-43: after a restart the stream goes on at the id that was seen last") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::uint64_t from = world.service().stream_after(std::nullopt, 0ms).newest;
    const std::string a = world.enqueue("a");
    const auto seen = follow(world.service(), from, [&](const StreamEvent& event) {
      return tells_state(event, a, "building");
    });
    world.restart();
    world.passes(a);
    const auto rest = follow(world.service(), seen.back().id, [&](const StreamEvent& event) {
      return tells_state(event, a, "landed");
    });
    CHECK(rest.front().id == seen.back().id + 1);
  }

  TEST_CASE("O-43: an id from the future is a reset, not an endless wait") {
    World world;
    const auto newest = world.service().stream_after(std::nullopt, 0ms).newest;
    const auto chunk = world.service().stream_after(newest + 1'000, 10s);
    CHECK(chunk.reset);
    CHECK(chunk.newest == newest);
  }

  TEST_CASE("closing the streams wakes who waits") {
    World world;
    Service& service = world.service();
    const auto newest = service.stream_after(std::nullopt, 0ms).newest;
    std::jthread waiting([&] { (void)service.stream_after(newest, 60s); });
    service.close_streams();
    waiting.join();
    CHECK(service.stream_after(newest, 60s).events.empty());
  }

  TEST_CASE("the queue's events name its problems, as its document does") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const auto from = world.service().stream_after(std::nullopt, 0ms).newest;
    CHECK(world.service().pause("main", "a freeze", "tester").has_value());
    const auto seen = follow(world.service(), from,
                             [](const StreamEvent& event) { return event.type == "queue"; });
    CHECK(nlohmann::json::parse(seen.back().document).at("problems")[0].at("kind") == "paused");
    CHECK(world.service().queue("main")->at("problems")[0].at("kind") == "paused");
  }
}
