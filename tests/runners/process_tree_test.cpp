#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "fixture.h"
#include "runners/leftovers.h"

namespace mergeq::runners {
namespace {

/// A number of seconds to sleep that no other process sleeps: by it a process is found again.
std::string unique_sleep() {
  static int count = 0;
  return std::to_string(1'000'000 + getpid()) + "." + std::to_string(100 + ++count);
}

struct Tree {
  const char* what;
  const char* script;  // N: the unique sleep
};

}  // namespace

TEST_SUITE("process tree") {
  TEST_CASE("O-46: no process of a build is left after a timeout, a cancel or a stop") {
    const Tree trees[] = {
        {"a child in the background", "sleep N & sleep N"},
        {"a child in a session of its own", "setsid sleep N & sleep N"},
        {"a grandchild that lost its parent", "(setsid sh -c 'sleep N & sleep N' &) ; sleep N"},
        {"one that ignores TERM", "trap '' TERM; sleep N"},
        {"all of them ignore TERM",
         "trap '' TERM; setsid sh -c 'sleep N; sleep N' & sleep N; sleep N"},
    };
    for (const Tree& tree : trees) {
      for (const std::string way : {"timeout", "cancel", "stop"}) {
        CAPTURE(tree.what);
        CAPTURE(way);
        LocalRunnerFixture fixture;
        const std::string sleep = unique_sleep();
        std::string script = tree.script;
        for (std::size_t at; (at = script.find('N')) != std::string::npos;)
          script.replace(at, 1, sleep);
        auto request = fixture.request({{"bash", "-c", script}});
        if (way == "timeout") request.checks[0].timeout = std::chrono::milliseconds{300};
        fixture.build(request);
        CHECK(soon([&] { return !processes_with(sleep).empty(); }));
        if (way == "timeout")
          CHECK(fixture.result(request.id).inconclusive == Inconclusive::timeout);
        if (way == "cancel") fixture.runner->cancel(request.id);
        if (way == "stop") fixture.runner->stop();
        if (way == "cancel") {
          CHECK(soon([&] { return processes_with(sleep).empty(); }));
        } else {
          CHECK(processes_with(sleep).empty());
        }
      }
    }
  }

  TEST_CASE(
      "O-46: a command that ends while a child holds its output passes at once, the child is "
      "ended") {
    LocalRunnerFixture fixture;
    const std::string sleep = unique_sleep();
    const auto began = std::chrono::steady_clock::now();
    const BuildId id = fixture.build(
        {{"bash", "-c", "setsid sleep " + sleep + " & sleep " + sleep + " & echo done"}});
    CHECK(fixture.result(id).verdict == Verdict::passed);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{3});
    CHECK(processes_with(sleep).empty());
    CHECK(fixture.log(id).find("done\n") != std::string::npos);
  }

  TEST_CASE("a build in which hundreds of processes fork on and on is ended as a whole") {
    LocalRunnerFixture fixture;
    const std::string mark = unique_sleep();
    auto request = fixture.request(
        {{"bash", "-c",
          "for i in $(seq 100); do (trap '' TERM; for j in $(seq 1000); do setsid sleep 0.01 " +
              mark + "; done) & done; wait"}});
    request.checks[0].timeout = std::chrono::milliseconds{500};
    CHECK(fixture.result(fixture.build(request)).inconclusive == Inconclusive::timeout);
    CHECK(processes_with(mark).empty());
  }

  TEST_CASE("no zombie of a build is left") {
    LocalRunnerFixture fixture;
    fixture.result(fixture.shell("true & true & (true &)"));
    const std::string children =
        run("ps -o stat= --ppid " + std::to_string(getpid()) + " | grep -c ^Z || true");
    CHECK(children == "0");
  }

  TEST_CASE(
      "O-16: KILL of the service leaves no process of a build, and the next instance starts "
      "clean") {
    TemporaryFolder folder;
    TestRepository repository(folder / "repository.git");
    const TreeId tree = repository.tree({{"a", "a\n"}});
    const CommitId commit = repository.commit(tree);
    LocalRunnerOptions options;
    options.repository = repository.path();
    options.work_directory = folder / "work";
    options.log_directory = folder / "logs";
    options.slots = 4;
    const std::string sleep = unique_sleep();
    const std::string script =
        "trap '' TERM; setsid sleep " + sleep + " & sleep " + sleep + "; sleep " + sleep;

    const pid_t service = fork();
    if (service == 0) {
      auto runner = make_local_runner(options, [](const Report&) {});
      for (std::uint64_t i = 1; runner && i <= 4; ++i) {
        (*runner)->start(
            {.id = BuildId{i},
             .name = "b" + std::to_string(i),
             .tree = tree,
             .commit = commit,
             .ref = "",
             .checks = {{.name = "c", .command = {"bash", "-c", script}, .targets = {}}}});
      }
      for (;;) pause();
    }
    CHECK(soon(
        [&] { return processes_with("sleep").size() >= 8 && processes_with(sleep).size() >= 12; }));
    kill(service, SIGKILL);
    waitpid(service, nullptr, 0);
    {
      const auto next = make_local_runner(options, [](const Report&) {});
      REQUIRE(next.has_value());
      CHECK(processes_with(sleep).empty());
    }
  }

  TEST_CASE("a supervisor that is killed makes its build inconclusive, and what it left is ended") {
    LocalRunnerFixture fixture;
    const std::string sleep = unique_sleep();
    const BuildId id =
        fixture.build({{"bash", "-c", "setsid sleep " + sleep + " & sleep " + sleep}});
    // The supervisor has the whole command in its own command line, too.
    CHECK(soon([&] { return processes_with(sleep).size() == 4; }));
    for (const int pid : processes_with("/bin/supervise")) {
      if (contents("/proc/" + std::to_string(pid) + "/cmdline").find(sleep) != std::string::npos)
        kill(pid, SIGKILL);
    }
    const Report report = fixture.result(id);
    CHECK(report.verdict == Verdict::inconclusive);
    CHECK(report.inconclusive == Inconclusive::error);
    CHECK(processes_with(sleep).empty());
  }

  TEST_CASE("a registry entry of a pid that somebody else has now does that process no harm") {
    TemporaryFolder folder;
    const Registry registry(folder / "running");
    registry.add(getpid());
    run("echo -n 12345 > '" + (folder / ("running/" + std::to_string(getpid()))) + "'");
    run("echo x > '" + (folder / "running/not-a-pid") + "'");
    CHECK(registry.end_all(std::chrono::milliseconds{50}).has_value());
    CHECK(std::filesystem::is_empty(folder / "running"));
    CHECK(start_time(getpid()).has_value());
    CHECK_FALSE(start_time(0x3fffffff).has_value());
  }
}

}  // namespace mergeq::runners
