/// The event stream: many readers (O-40), those that break off (O-41), resuming (O-43).
#include <doctest/doctest.h>

#include "tests/api/fixture.h"

using namespace mergeq;
using namespace mergeq::test;
using nlohmann::json;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

namespace {

struct StreamedEvent {
  std::string id, type;
  json data;
};

class Reader {
 public:
  explicit Reader(std::uint16_t port, const std::string& query = "", Headers headers = {})
      : connection_(port) {
    connection_.send(
        request_text({.target = "/api/v1/events" + query, .headers = std::move(headers)}, port));
    head = connection_.read_answer();
  }
  /// The next event that has data.
  StreamedEvent next(milliseconds limit = 20s) {
    StreamedEvent event;
    const auto end = std::chrono::steady_clock::now() + limit;
    while (event.data.is_null() && std::chrono::steady_clock::now() < end) {
      const std::string all = connection_.read_until("\n\n", milliseconds{100}).substr(read_);
      const std::size_t stop = all.find("\n\n");
      if (stop == std::string::npos) {
        connection_.read_until("\n\n\n\n\n", milliseconds{50});  // whatever comes
        continue;
      }
      read_ += stop + 2;
      event = parsed(all.substr(0, stop + 1));
    }
    return event;
  }
  Connection& connection() { return connection_; }
  Answer head;

 private:
  static StreamedEvent parsed(const std::string& text) {
    StreamedEvent event;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      const std::string line = text.substr(at, end - at);
      if (line.starts_with("id: ")) event.id = line.substr(4);
      if (line.starts_with("event: ")) event.type = line.substr(7);
      if (line.starts_with("data: ")) event.data = json::parse(line.substr(6), nullptr, false);
      at = end + 1;
    }
    return event;
  }

  Connection connection_;
  std::size_t read_ = 0;
};

/// Reads until the change is there, checking each event against the description.
std::vector<StreamedEvent> events_until(Reader& reader, const std::string& change,
                                        const char* state) {
  std::vector<StreamedEvent> events;
  while (true) {
    events.push_back(reader.next());
    const StreamedEvent& e = events.back();
    REQUIRE_MESSAGE(!e.data.is_null(), "no event came");
    const char* schema = e.type == "change"  ? "Change"
                         : e.type == "build" ? "Build"
                                             : "QueueSummary";
    for (const auto& fault : description().faults_of(schema, e.data)) FAIL_CHECK(fault);
    if (e.type == "change" && e.data.at("id") == change && e.data.at("state") == state)
      return events;
  }
}

milliseconds time_of(const std::function<void()>& act) {
  const auto began = std::chrono::steady_clock::now();
  act();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
}

}  // namespace

TEST_SUITE("event stream") {
  TEST_CASE("a landing is told step by step, each event as described and with a higher id") {
    Fixture server;
    Reader reader(server.port());
    CHECK(reader.head.status == 200);
    CHECK(reader.head.header("Content-Type") == "text/event-stream");
    const std::string change = server.enqueue("a");
    CHECK(server.lands(change));
    std::uint64_t last = 0;
    for (const StreamedEvent& e : events_until(reader, change, "landed")) {
      const std::uint64_t id = std::stoull(e.id);
      CHECK(id > last);
      last = id;
    }
  }

  TEST_CASE("after a break the rest follows without gap or repetition, also over a restart") {
    Fixture server;
    Reader first(server.port());
    const std::string change = server.enqueue("a");
    CHECK(server.lands(change));
    const auto all = events_until(first, change, "landed");
    for (const std::size_t cut : {std::size_t{0}, all.size() / 2, all.size() - 2}) {
      Reader again(server.port(), "", {{"Last-Event-ID", all[cut].id}});
      for (std::size_t i = cut + 1; i < all.size(); ++i) CHECK(again.next().id == all[i].id);
    }
    Reader by_query(server.port(), "?last_event_id=" + all[0].id);
    CHECK(by_query.next().id == all[1].id);
    server.restart();
    Reader after(server.port(), "", {{"Last-Event-ID", all[0].id}});
    CHECK(after.next().id == all[1].id);
  }

  TEST_CASE("an id from the future or without sense gives a reset at once, and then what happens") {
    Fixture server;
    CHECK(server.lands(server.enqueue("a")));
    for (const char* id : {"999999", "abc", "-1", "99999999999999999999999", "1x"}) {
      CAPTURE(id);
      Reader reader(server.port(), "", {{"Last-Event-ID", id}});
      const StreamedEvent reset = reader.next(5s);
      CHECK(reset.type == "reset");
      CHECK(description().faults_of("StreamReset", reset.data).empty());
      CHECK(reset.data.at("newest") == reset.id);
    }
    Reader reader(server.port(), "", {{"Last-Event-ID", "999999"}});
    reader.next();
    const std::string change = server.enqueue("b");
    CHECK(events_until(reader, change, "queued").back().data.at("id") == change);
  }

  TEST_CASE("a stream of one queue tells nothing of another") {
    Fixture server({.more_queues = {"release"}});
    CHECK(server.get("/api/v1/events?queue=none").status == 404);
    Reader release(server.port(), "?queue=release");
    Reader main(server.port(), "?queue=main");
    const std::string change = server.enqueue("a");
    CHECK(server.lands(change));
    events_until(main, change, "landed");
    server.post("/api/v1/queues/release/pause", json::object());
    const StreamedEvent event = release.next();
    CHECK(event.type == "queue");
    CHECK(event.data.at("name") == "release");
  }

  TEST_CASE(
      "64 open streams, half of them unread and a third broken off, leave calls quick and the stop "
      "too") {
    Fixture server({.server = {.port = 0, .anonymous = api::Role::admin, .call_threads = 4}});
    std::vector<std::unique_ptr<Reader>> readers;
    for (int i = 0; i < 64; ++i) readers.push_back(std::make_unique<Reader>(server.port()));
    for (const auto& reader : readers) CHECK(reader->head.status == 200);
    for (std::size_t i = 0; i < readers.size(); i += 3) readers[i]->connection().reset();
    const auto streams = [&] {
      const std::string metrics = server.get("/metrics").body;
      const std::size_t at = metrics.find("\nmergeq_event_streams ");
      return std::stoi(metrics.substr(at + 22));
    };
    std::string change;
    CHECK(time_of([&] { CHECK(server.get("/healthz").status == 200); }) < 1s);
    server.branch("a");
    CHECK(time_of([&] { change = server.enqueue("a"); }) < 1s);
    CHECK(time_of([&] { server.webhook("ping", "{}"); }) < 1s);
    const std::string build = server.requested_build();
    CHECK(time_of([&] { server.report(build, "passed"); }) < 1s);
    CHECK(server.reaches(change, "landed"));
    events_until(*readers[1], change, "landed");
    CHECK(eventually([&] { return streams() == 42; }, 11s));
    CHECK(time_of([&] { server.server().stop(); }) < 5s);
    CHECK(readers[2]->connection().peer_closed_within(5s));
  }

  TEST_CASE("more streams than the limit are told so by 503, and one that ends makes room") {
    Fixture server({.server = {.port = 0, .anonymous = api::Role::admin, .stream_limit = 2}});
    Reader one(server.port());
    auto two = std::make_unique<Reader>(server.port());
    CHECK(eventually([&] { return server.get("/api/v1/events").status == 503; }));
    const Answer refused = server.get("/api/v1/events");
    CHECK(refused.header("Retry-After") == "2");
    two.reset();
    CHECK(eventually([&] { return Reader(server.port()).head.status == 200; }, 11s));
  }
}
