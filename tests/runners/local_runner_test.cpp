#include <doctest/doctest.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "fixture.h"

namespace mergeq::runners {
namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_SUITE("local runner") {
  TEST_CASE(
      "a build passes only if every check exits with 0, and ends at the first that does not") {
    LocalRunnerFixture fixture;
    const Report passed = fixture.result(fixture.build({{"true"}, {"sh", "-c", "exit 0"}}));
    CHECK(passed.verdict == Verdict::passed);
    CHECK(passed.inconclusive == Inconclusive::none);
    CHECK(passed.detail == "");

    const BuildId id = fixture.build({{"echo", "one"}, {"sh", "-c", "exit 3"}, {"echo", "three"}});
    const Report failed = fixture.result(id);
    CHECK(failed.verdict == Verdict::failed);
    CHECK(failed.detail == "check check-2: exit code 3");
    CHECK(failed.check == "check-2");
    CHECK(fixture.log(id).find("one\n") != std::string::npos);
    CHECK(fixture.log(id).find("three") == std::string::npos);
  }

  TEST_CASE("commands run in the build's own tree") {
    LocalRunnerFixture fixture;
    const auto request = fixture.request(
        {{"./ci/check", "{tree}", "{commit}"}},
        {{"ci/check", "#!/bin/sh\necho \"$1 $2\"; git rev-parse HEAD 'HEAD^{tree}'; cat x\n"},
         {"x", "text of x"}});
    const BuildId id = fixture.build(request);
    CHECK(fixture.result(id).verdict == Verdict::passed);
    CHECK(fixture.log(id).find(request.tree.hex + " " + request.commit.hex + "\n" +
                               request.commit.hex + "\n" + request.tree.hex + "\ntext of x") !=
          std::string::npos);
  }

  TEST_CASE("death by a signal of its own is a failure, by KILL from outside it is inconclusive") {
    LocalRunnerFixture fixture;
    const Report own = fixture.result(fixture.shell("kill -SEGV $$"));
    CHECK(own.verdict == Verdict::failed);
    CHECK(own.detail == "check check-1: ended by signal 11 (Segmentation fault)");
    const Report outside = fixture.result(fixture.shell("kill -KILL $$"));
    CHECK(outside.verdict == Verdict::inconclusive);
    CHECK(outside.inconclusive == Inconclusive::error);
    CHECK(outside.detail.find("signal 9") != std::string::npos);
  }

  TEST_CASE("a command that cannot be started is an error that names it") {
    LocalRunnerFixture fixture;
    const Report missing = fixture.result(fixture.build({{"no-such-command"}}));
    CHECK(missing.verdict == Verdict::inconclusive);
    CHECK(missing.inconclusive == Inconclusive::error);
    CHECK(missing.detail ==
          "check check-1: \"no-such-command\" cannot be started: No such file or directory");
    const Report not_executable = fixture.result(fixture.build({{"./a"}}));
    CHECK(not_executable.detail == "check check-1: \"./a\" cannot be started: Permission denied");
  }

  TEST_CASE("a tree that does not exist, or what is no tree or name, is an error and no crash") {
    LocalRunnerFixture fixture;
    auto unknown = fixture.request({{"true"}});
    unknown.tree.hex = std::string(40, '0');
    CHECK(fixture.result(fixture.build(unknown)).detail.find("checkout of tree") == 0);
    auto option = fixture.request({{"true"}});
    option.tree.hex = "--upload-pack=x";
    CHECK(fixture.result(fixture.build(option)).detail ==
          "tree: expected an object id, got \"--upload-pack=x\"");
    auto escape = fixture.request({{"true"}});
    escape.name = "../../x";
    CHECK(fixture.result(fixture.build(escape)).inconclusive == Inconclusive::error);
    auto empty = fixture.request({});
    CHECK(fixture.result(fixture.build(empty)).verdict == Verdict::inconclusive);
  }

  TEST_CASE("O-29: odd names reach the command as one argument each and no shell") {
    LocalRunnerFixture fixture;
    auto request = fixture.request({{"printf", "<%s>", "--", "{targets}", "{build}"}});
    request.checks[0].targets = {"a b", "$(touch pwn)", ";id", "--upload-pack=x", ""};
    const BuildId id = fixture.build(request);
    CHECK(fixture.result(id).verdict == Verdict::passed);
    CHECK(fixture.log(id).find("<a b><$(touch pwn)><;id><--upload-pack=x><><" + request.name +
                               ">") != std::string::npos);
    CHECK_FALSE(fs::exists(fixture.workspace(1) + "/pwn"));
  }

  TEST_CASE("O-32: a build sees neither variables nor descriptors of the service") {
    setenv("MERGEQ_WEBHOOK_SECRET", "s3cr3t-value", 1);
    setenv("PGPASSWORD", "s3cr3t-value", 1);
    LocalRunnerFixture fixture;
    const BuildId id = fixture.build(
        {{"env"},
         {"sh", "-c", "tr '\\0' '\\n' < /proc/$PPID/environ"},
         {"sh", "-c", "ls /proc/$PPID/fd | tr '\\n' ' '"},
         {"sh", "-c", "echo; echo fds:; for f in /proc/self/fd/*; do echo ${f##*/}; done"}});
    CHECK(fixture.result(id).verdict == Verdict::passed);
    const std::string log = fixture.log(id);
    CHECK(log.find("s3cr3t-value") == std::string::npos);
    CHECK(log.find("MERGEQ_CHECK=check-1\n") != std::string::npos);
    CHECK(log.find("HOME=" + fixture.options.work_directory) != std::string::npos);
    // The supervisor: /dev/null, the control socket, the signal descriptor.
    CHECK(log.find("\n0 3 4 \n") != std::string::npos);
    // The shell itself: its three, and the one with which it reads the directory or none.
    const std::string own = log.substr(log.rfind("fds:\n"));
    CHECK((own.starts_with("fds:\n0\n1\n2\n3\n==") || own.starts_with("fds:\n0\n1\n2\n==")));
    unsetenv("MERGEQ_WEBHOOK_SECRET");
    unsetenv("PGPASSWORD");
  }

  TEST_CASE("standard input is empty, HOME and TMPDIR are the build's own and start empty") {
    LocalRunnerFixture fixture([](LocalRunnerOptions& o) { o.slots = 1; });
    const std::string script =
        "cat; test -z \"$(ls -A $HOME $TMPDIR | grep -v :)\" && touch $HOME/left $TMPDIR/left";
    CHECK(fixture.result(fixture.shell(script)).verdict == Verdict::passed);
    CHECK(fixture.result(fixture.shell(script)).verdict == Verdict::passed);
  }

  TEST_CASE(
      "O-15: a check over its time limit is inconclusive, says the limit, and frees its slot") {
    LocalRunnerFixture fixture;
    auto request = fixture.request({{"sleep", "3600"}});
    request.checks[0].timeout = std::chrono::milliseconds{250};
    const Report report = fixture.result(fixture.build(request));
    CHECK(report.verdict == Verdict::inconclusive);
    CHECK(report.inconclusive == Inconclusive::timeout);
    CHECK(report.detail == "check check-1: over its time limit of 0.25 s");
    CHECK(fixture.result(fixture.shell("true")).verdict == Verdict::passed);
  }

  TEST_CASE(
      "O-47: output without end is capped on disk, bounded in memory, and alters no verdict") {
    LocalRunnerFixture fixture([](LocalRunnerOptions& o) { o.log_limit_bytes = 1u << 20; });
    rusage before{};
    getrusage(RUSAGE_SELF, &before);
    const BuildId id = fixture.shell("head -c 400M /dev/zero | tr '\\0' x");
    CHECK(fixture.result(id, std::chrono::seconds{60}).verdict == Verdict::passed);
    rusage after{};
    getrusage(RUSAGE_SELF, &after);
    CHECK(after.ru_maxrss - before.ru_maxrss < 50 * 1024);
    const std::string log = fixture.log(id);
    CHECK(log.size() < (1u << 20) + 500);
    CHECK(log.find("\n== the log is cut here: over its limit of 1048576 bytes\n") !=
          std::string::npos);
    CHECK(log.find("\n== check check-1: passed, after ") != std::string::npos);
  }

  TEST_CASE("the log grows while the build runs, byte for byte also where it is not text") {
    LocalRunnerFixture fixture;
    const BuildId id =
        fixture.shell("printf 'a\\000\\377\\303\\050'; while ! test -e go; do sleep 0.01; done");
    const std::string bytes("a\0\xff\xc3(", 5);
    CHECK(soon([&] { return fixture.log(id).find(bytes) != std::string::npos; }));
    CHECK_FALSE(fixture.result_so_far(id).has_value());
    run("touch '" + fixture.workspace(1) + "/go'");
    CHECK(fixture.result(id).verdict == Verdict::passed);
  }

  TEST_CASE(
      "never more builds at once than slots, each in a workspace of its own, and all get their "
      "turn") {
    LocalRunnerFixture fixture([](LocalRunnerOptions& o) { o.slots = 3; });
    // Each holds a mark in a shared folder while it runs; more than three marks fail the build.
    run("mkdir '" + (fixture.folder / "marks") + "'");
    const std::string gate = fixture.folder / "gate";
    const std::string script =
        "until test -e " + gate + "; do sleep 0.02; done; m=" + (fixture.folder / "marks") +
        "; mkdir mine && touch $m/$MERGEQ_BUILD && test $(ls $m | wc -l) -le 3 && sleep 0.05; "
        "r=$?; rm $m/$MERGEQ_BUILD; exit $r";
    std::vector<BuildId> ids;
    for (int i = 0; i < 12; ++i) ids.push_back(fixture.shell(script));
    run("touch '" + gate + "'");
    for (const BuildId id : ids) CHECK(fixture.result(id).verdict == Verdict::passed);
    CHECK(fs::exists(fixture.workspace(3)));
    CHECK_FALSE(fs::exists(fixture.workspace(4)));
  }

  TEST_CASE("more slots are used at once, and fewer when what runs has ended") {
    LocalRunnerFixture fixture([](LocalRunnerOptions& o) { o.slots = 1; });
    const std::string gate = fixture.folder / "gate";
    const std::string script = "until test -e " + gate + "; do sleep 0.02; done";
    const BuildId first = fixture.shell(script);
    const BuildId second = fixture.shell(script);
    CHECK(soon([&] { return fixture.has_started(first); }));
    CHECK_FALSE(fixture.has_started(second));
    fixture.runner->set_slots(2);
    CHECK(soon([&] { return fixture.has_started(second); }));
    fixture.runner->set_slots(1);
    const BuildId third = fixture.shell("test ! -e " + (fixture.folder / "busy"));
    const BuildId fourth = fixture.shell("touch " + (fixture.folder / "busy"));
    CHECK_FALSE(fixture.has_started(third));
    run("touch '" + gate + "'");
    for (const BuildId id : {first, second, third, fourth}) {
      CHECK(fixture.result(id).verdict == Verdict::passed);
    }
  }

  TEST_CASE("a build that the runner already has is no new one") {
    LocalRunnerFixture fixture([](LocalRunnerOptions& o) { o.slots = 2; });
    const auto request = fixture.request({{"sh", "-c", "echo run >> ../runs; sleep 0.1"}});
    for (int i = 0; i < 3; ++i) fixture.runner->start(request);
    CHECK(fixture.result(request.id).verdict == Verdict::passed);
    CHECK(contents(fixture.options.work_directory + "/slot-1/runs") == "run\n");
  }

  TEST_CASE("a cancelled build is never reported, whether it waits or runs") {
    LocalRunnerFixture fixture([](LocalRunnerOptions& o) { o.slots = 1; });
    const BuildId running = fixture.shell("sleep 300.1");
    const BuildId waiting = fixture.shell("true");
    const BuildId last = fixture.shell("true");
    CHECK(soon([&] { return fixture.has_started(running); }));
    fixture.runner->cancel(waiting);
    fixture.runner->cancel(running);
    fixture.runner->cancel(running);
    fixture.runner->cancel(BuildId{4711});
    CHECK(fixture.result(last).verdict == Verdict::passed);
    CHECK_FALSE(fixture.result_so_far(running).has_value());
    CHECK_FALSE(fixture.result_so_far(waiting).has_value());
    CHECK_FALSE(fixture.has_started(waiting));
  }

  TEST_CASE("no report comes after cancel has returned, at whatever moment it is called") {
    TemporaryFolder folder;
    TestRepository repository(folder / "repository.git");
    const TreeId tree = repository.tree({{"a", "a\n"}});
    const CommitId commit = repository.commit(tree);
    std::array<std::atomic<bool>, 101> cancelled{};
    std::atomic<int> late = 0;
    LocalRunnerOptions options;
    options.repository = repository.path();
    options.work_directory = folder / "work";
    options.log_directory = folder / "logs";
    options.slots = 2;
    auto runner = make_local_runner(options, [&](const Report& report) {
      if (cancelled[report.build.value]) ++late;
    });
    REQUIRE(runner.has_value());
    for (std::uint64_t i = 1; i <= 100; ++i) {
      (*runner)->start({.id = BuildId{i},
                        .name = "b" + std::to_string(i),
                        .tree = tree,
                        .commit = commit,
                        .ref = "",
                        .checks = {{.name = "c", .command = {"true"}, .targets = {}}}});
      std::this_thread::sleep_for(std::chrono::microseconds{i * 397 % 30'000});
      (*runner)->cancel(BuildId{i});
      cancelled[i] = true;
    }
    (*runner)->stop();
    CHECK(late == 0);
  }

  TEST_CASE("a work directory belongs to one runner at a time") {
    LocalRunnerFixture fixture;
    const auto second = make_local_runner(fixture.options, [](const Report&) {});
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == ErrorCode::conflict);
    fixture.restart();
    CHECK(fixture.result(fixture.shell("true")).verdict == Verdict::passed);
  }

  TEST_CASE("a repository that is none is refused at once") {
    TemporaryFolder folder;
    LocalRunnerOptions options;
    options.work_directory = folder / "work";
    options.log_directory = folder / "logs";
    options.repository = folder / "nothing";
    CHECK(make_local_runner(options, [](const Report&) {}).error().code == ErrorCode::not_found);
    options.repository = folder / "work";
    CHECK(make_local_runner(options, [](const Report&) {}).error().code == ErrorCode::io);
  }

  TEST_CASE("an external runner starts nothing and survives a restart") {
    const auto runner = make_external_runner();
    CHECK(runner->survives_restart());
    LocalRunnerFixture fixture;
    CHECK_FALSE(fixture.runner->survives_restart());
  }
}

}  // namespace mergeq::runners
