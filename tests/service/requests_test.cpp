#include <set>

#include "world.h"

using namespace mergeq;
using namespace mergeq::service;
using namespace std::chrono_literals;

namespace {

EnqueueRequest request_for(const std::string& head) {
  EnqueueRequest request;
  request.head = head;
  return request;
}

EnqueueRequest keyed(const std::string& head, const std::string& key) {
  EnqueueRequest request = request_for(head);
  request.idempotency_key = key;
  request.fingerprint = "POST changes " + head;
  return request;
}

bool is_invalid(const Result<EnqueueAnswer>& answer, const std::string& field) {
  return !answer && answer.error().code == ErrorCode::invalid &&
         answer.error().message.find(field) != std::string::npos;
}

}  // namespace

TEST_SUITE("requests") {
  TEST_CASE("O-38: fifty equal requests with one key at a time make one change") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    world.repository.commit("b", {{"b.txt", "1\n"}});
    world.service();
    std::vector<std::string> ids(50);
    std::atomic<int> made = 0;
    {
      std::vector<std::jthread> callers;
      for (std::string& id : ids) {
        callers.emplace_back([&] {
          const auto answer = world.try_enqueue(keyed("a", "k1"));
          if (!answer) return;
          id = answer->change.at("id");
          if (answer->created) ++made;
        });
      }
    }
    CHECK(made == 1);
    CHECK(std::set<std::string>(ids.begin(), ids.end()) == std::set<std::string>{"main-1"});
    CHECK(world.try_enqueue(keyed("b", "k1")).error().code == ErrorCode::conflict);
    world.restart();
    const auto again = world.try_enqueue(keyed("a", "k1"));
    CHECK(again->change.at("id") == "main-1");
    CHECK_FALSE(again->created);
    CHECK(world.try_enqueue(keyed("b", "k1")).error().code == ErrorCode::conflict);
    CHECK(world.try_enqueue(keyed("b", "k2"))->created);
  }

  TEST_CASE("O-38: the key's change is given again also when it is long over") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.try_enqueue(keyed("a", "k"))->change.at("id");
    world.passes(a);
    REQUIRE(world.becomes(a, "landed"));
    const auto again = world.try_enqueue(keyed("a", "k"));
    REQUIRE(again.has_value());
    CHECK(again->change.at("id") == a);
    CHECK(again->change.at("state") == "landed");
  }

  TEST_CASE("without a key, the head of a live change gives that change and no twin") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const auto first = world.try_enqueue(request_for("a"));
    const auto second = world.try_enqueue(request_for("refs/heads/a"));
    CHECK(first->created);
    CHECK_FALSE(second->created);
    CHECK(first->change.at("id") == second->change.at("id"));
  }

  TEST_CASE("requests that cannot be right are refused, with the field that is wrong") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    for (const char* head : {"nowhere", "--upload-pack=touch x", "main..a", "main@{1}", ":/fix",
                             "a b", "", "0123456789012345678901234567890123456789"}) {
      INFO(head);
      CHECK(is_invalid(world.try_enqueue(request_for(head)), "head"));
    }
    EnqueueRequest request = request_for("a");
    request.title = std::string(1'001, 'x');
    CHECK(is_invalid(world.try_enqueue(request), "title"));
    request = request_for("a");
    request.url = "javascript:alert(1)";
    CHECK(is_invalid(world.try_enqueue(request), "url"));
    request = request_for("a");
    request.number = "12a";
    CHECK(is_invalid(world.try_enqueue(request), "number"));
    for (const char* dependency : {"main-77", "other-1", "nonsense", "main-b1"}) {
      request = request_for("a");
      request.depends_on = {dependency};
      CHECK(is_invalid(world.try_enqueue(request), "depends_on"));
    }
    CHECK(world.service().enqueue("none", request_for("a"), "").error().code ==
          ErrorCode::not_found);
    CHECK(world.service()
              .changes({.queue = "main", .states = {}, .author = {}}, {std::nullopt, 9})
              ->items.empty());
  }

  TEST_CASE("a change may depend on one that lives or has landed, and waits for the former") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    world.repository.commit("b", {{"b.txt", "1\n"}});
    world.repository.commit("c", {{"c.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    EnqueueRequest request = request_for("b");
    request.depends_on = {a};
    const std::string b = world.try_enqueue(request)->change.at("id");
    REQUIRE(eventually([&] { return world.change(b).at("depends_on").size() == 1; }));
    CHECK(world.change(b).at("depends_on")[0].at("kind") == "declared");
    world.passes(a, 1);
    REQUIRE(world.becomes(a, "landed"));
    request = request_for("c");
    request.depends_on = {a};
    CHECK(world.try_enqueue(request).has_value());
  }

  TEST_CASE("a full queue refuses more for now, and takes them when there is room") {
    World world;
    world.queue().policy.max_pending = 2;
    for (const std::string name : {"a", "b", "c"}) {
      world.repository.commit(name, {{name + ".txt", "1\n"}});
    }
    const std::string a = world.enqueue("a");
    world.enqueue("b");
    CHECK(world.try_enqueue(request_for("c")).error().code == ErrorCode::unavailable);
    CHECK(world.service().cancel(a, Reason::withdrawn, "no", "tester").has_value());
    CHECK(world.try_enqueue(request_for("c")).has_value());
  }

  TEST_CASE("a cancel that loses the race against the landing tells that it landed") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    world.passes(a);
    REQUIRE(world.becomes(a, "landed"));
    CHECK(world.service().cancel(a, Reason::withdrawn, "late", "tester")->at("state") == "landed");
    CHECK(world.service().revise(a, "a", "tester").error().code == ErrorCode::conflict);
    CHECK(world.service().cancel("main-9", Reason::withdrawn, "", "").error().code ==
          ErrorCode::not_found);
  }

  TEST_CASE("a patch is taken as a whole or not at all") {
    World world;
    QueuePatch patch;
    patch.slots = 2;
    patch.checks = std::vector<std::string>{};
    CHECK(world.service().patch("main", patch, "").error().code == ErrorCode::invalid);
    patch.checks = {"unknown"};
    CHECK(world.service().patch("main", patch, "").error().code == ErrorCode::invalid);
    CHECK(world.service().queue("main")->at("slots").at("total") == 4);
    for (const std::uint32_t slots : {0u, 4'097u}) {
      QueuePatch wrong;
      wrong.slots = slots;
      CHECK(world.service().patch("main", wrong, "").error().code == ErrorCode::invalid);
    }
  }

  TEST_CASE("O-42: bytes that are not UTF-8 land as they are and are shown replaced") {
    World world;
    world.repository.commit("a", {{"\xff\xfe.txt", "\xe9\n"}});
    EnqueueRequest request = request_for("a");
    request.title = "caf\xe9 <script>";
    const std::string a = world.try_enqueue(request)->change.at("id");
    world.passes(a);
    REQUIRE(world.becomes(a, "landed"));
    const nlohmann::json document = world.change(a);
    CHECK(document.at("title") == "caf\xef\xbf\xbd <script>");
    CHECK_NOTHROW((void)document.dump());
    CHECK_NOTHROW((void)world.service().queue("main")->dump());
    CHECK(world.repository.read("main", "\xff\xfe.txt") == "\xe9\n");
  }

  TEST_CASE("readers that never rest keep nobody from writing") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    world.enqueue("a");
    std::atomic<bool> done = false;
    std::vector<std::jthread> readers;
    for (int i = 0; i < 8; ++i) {
      readers.emplace_back([&] {
        while (!done) {
          (void)world.service().queues();
          (void)world.service().graph("main");
        }
      });
    }
    const auto begin = std::chrono::steady_clock::now();
    CHECK(world.service().pause("main", "a freeze", "tester")->at("paused") == true);
    CHECK(world.service().queue("main")->at("paused") == true);
    CHECK(world.service().resume("main", "tester")->at("paused") == false);
    std::string endless = "x";
    while (endless.size() < 1'500) endless += "\u00e7";  // two bytes: cut between two of them
    CHECK(world.service().pause("main", endless, "tester")->at("paused_reason") ==
          endless.substr(0, 999));
    CHECK(world.service().resume("main", "tester")->at("paused") == false);
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    done = true;
  }

  TEST_CASE("O-39: pages of changes hold each id once, newest first") {
    World world;
    std::set<std::string> expected;
    for (int i = 0; i < 15; ++i) {
      const std::string name = "x" + std::to_string(i);
      world.repository.commit(name, {{name, "1\n"}});
      expected.insert(world.enqueue(name));
    }
    std::vector<std::string> seen;
    storage::PageRequest page{std::nullopt, 4};
    while (true) {
      const auto found =
          world.service().changes({.queue = "main", .states = {}, .author = {}}, page);
      REQUIRE(found.has_value());
      for (const auto& change : found->items) seen.push_back(change.at("id"));
      if (!found->next_before) break;
      page.before = found->next_before;
    }
    CHECK(seen.size() == 15);
    CHECK(seen.front() == "main-15");
    CHECK(std::set<std::string>(seen.begin(), seen.end()) == expected);
  }
}
