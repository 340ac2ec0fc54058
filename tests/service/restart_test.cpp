#include <poll.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <set>

#include "scheduler/rng.h"
#include "world.h"

using namespace mergeq;
using namespace mergeq::service;
using namespace std::chrono_literals;

TEST_SUITE("restarting") {
  TEST_CASE("O-16: an outside build goes on across a restart, and its report counts") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    const std::string build = world.await_build(a);
    const nlohmann::json before = world.change(a);
    world.restart();
    CHECK(world.change(a) == before);
    CHECK(world.open_build(a) == build);
    CHECK(world.report(build, Verdict::passed) == ReportAnswer::accepted);
    REQUIRE(world.becomes(a, "landed"));
    world.restart();
    CHECK(world.state(a) == "landed");
    CHECK(world.service().queue("main")->at("recent")[0].at("id") == a);
  }

  TEST_CASE("O-16: a report that was lost while the service was down ends in a new build") {
    World world;
    world.queue().checks.front().timeout = 30s;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    const std::string lost = world.await_build(a);
    world.restart();
    world.pass_time(31s);
    REQUIRE(eventually([&] { return world.service().build(lost)->at("state") == "error"; }));
    world.passes(a);
    CHECK(world.becomes(a, "landed"));
  }

  TEST_CASE("O-16: a local build that was cut off is run again, once") {
    World world;
    const std::string marks = (world.repository.folder() / "marks").string();
    std::filesystem::create_directory(marks);
    world.run_locally("echo >> " + marks + "/ran; test -e " + marks + "/go || sleep 3600");
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    REQUIRE(eventually([&] {
      std::error_code not_yet;
      return std::filesystem::file_size(marks + "/ran", not_yet) > 0 && !not_yet;
    }));
    world.stop();
    std::ofstream(marks + "/go") << "";
    world.start();
    REQUIRE(world.becomes(a, "landed"));
    std::ifstream file(marks + "/ran");
    CHECK(std::count(std::istreambuf_iterator<char>(file), {}, '\n') == 2);
  }

  TEST_CASE("a graceful stop takes less than five seconds, with builds that would take an hour") {
    World world;
    world.run_locally("trap '' TERM; sleep 3600");
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    REQUIRE(eventually([&] { return world.state(a) == "building"; }));
    const auto begin = std::chrono::steady_clock::now();
    world.stop();
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    world.start();
    CHECK(world.state(a) == "building");
  }

  TEST_CASE(
      "a policy changed while running outlives a restart, until the configuration changes it") {
    World world;
    QueuePatch patch;
    patch.slots = 9;
    CHECK(world.service().patch("main", patch, "tester").has_value());
    world.restart();
    CHECK(world.service().queue("main")->at("slots").at("total") == 9);
    world.stop();
    world.queue().policy.slots = 3;
    world.start();
    CHECK(world.service().queue("main")->at("slots").at("total") == 3);
  }

  TEST_CASE("refs of builds that nobody knows are dropped at the start, others are left alone") {
    World world;
    world.service();
    world.stop();
    for (const char* name : {"main-b77", "release-b1"}) {
      world.repository.git("update-ref refs/mergeq/builds/" + std::string(name) + " main");
    }
    world.start();
    CHECK(world.repository.git("for-each-ref --format='%(refname)' refs/mergeq/builds") ==
          "refs/mergeq/builds/release-b1");
  }

  TEST_CASE("a journal that was tampered with is refused, with the record named") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    world.enqueue("a");
    world.stop();
    const std::string location = "sqlite:" + (world.repository.folder() / "mergeq.db").string();
    {
      auto store = storage::open_store(location);
      REQUIRE(store.has_value());
      storage::Batch batch;
      const std::uint64_t last = *(*store)->last_sequence("main");
      batch.journal = {{"main", last + 1, Instant{}, "{\"type\":\"nonsense\"}"}};
      REQUIRE((*store)->write(batch).get().has_value());
      auto started = Service::start(world.options, std::move(*store));
      REQUIRE_FALSE(started.has_value());
      CHECK(started.error().code == ErrorCode::corrupt);
      CHECK(started.error().message.find("record " + std::to_string(last + 1)) !=
            std::string::npos);
    }
  }

  TEST_CASE("O-01: killed at any moment, each change lands once and none is lost") {
    World world;
    world.run_locally("test ! -e bad.txt");
    constexpr int changes = 12;
    for (int i = 0; i < changes; ++i) {
      const std::string name = "x" + std::to_string(i);
      world.repository.commit(name, {{i % 4 == 3 ? "bad.txt" : name + ".txt", name + "\n"}});
    }
    const std::string before = world.trunk();
    Rng random(7);
    for (int round = 0; round < 12; ++round) {
      int ends[2];
      REQUIRE(pipe(ends) == 0);
      std::fflush(nullptr);
      const pid_t child = fork();
      if (child == 0) {  // the service, killed while it works
        auto store =
            storage::open_store("sqlite:" + (world.repository.folder() / "mergeq.db").string());
        if (!store) _exit(1);
        auto service = Service::start(world.options, std::move(*store));
        if (!service) _exit(2);
        for (int i = round == 0 ? 0 : changes; i < changes; ++i) {
          EnqueueRequest request;
          request.head = "x" + std::to_string(i);
          if (!(*service)->enqueue("main", request, "tester")) _exit(3);
        }
        if (write(ends[1], "r", 1) != 1) _exit(4);
        pause();
      }
      char byte = 0;
      CHECK(read(ends[0], &byte, 1) == 1);
      poll(nullptr, 0,
           static_cast<int>(random.below(250)));  // a random moment, not a wait for something
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
      close(ends[0]);
      close(ends[1]);
    }
    std::set<std::string> landed;
    for (int i = 1; i <= changes; ++i) {
      const std::string id = "main-" + std::to_string(i);
      REQUIRE(eventually([&] { return is_terminal(*from_name<ChangeState>(world.state(id))); }));
      CHECK(world.state(id) == (i % 4 == 0 ? "rejected" : "landed"));
      if (world.state(id) == "landed") landed.insert(world.change(id).at("landed_commit"));
    }
    CHECK(landed.size() == changes - changes / 4);
    CHECK(world.merges_since(before) == landed.size());
    for (const std::string& commit : landed) {
      CHECK(world.repository.try_git("merge-base --is-ancestor " + commit + " main").code == 0);
      CHECK(world.repository.try_git("notes --ref=mergeq show " + commit).code == 0);
    }
    CHECK_FALSE(world.on_trunk("bad.txt"));
  }
}
