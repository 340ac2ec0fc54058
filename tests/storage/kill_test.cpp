#include <doctest/doctest.h>
#include <sys/wait.h>

#include <csignal>
#include <thread>

#include "database.h"
#include "scheduler/rng.h"

using namespace mergeq;
using namespace mergeq::storage;

namespace {

constexpr std::uint64_t queues = 3;

std::string queue_name(std::uint64_t number) { return "q" + std::to_string(number); }

/// One step: everything of it carries the same number, so that a half of it would show.
Batch step(std::uint64_t queue, std::uint64_t number) {
  const std::string name = queue_name(queue);
  Batch batch;
  batch.journal = {record(name, 2 * number - 1), record(name, 2 * number)};
  batch.changes = {change_row(name, number)};
  batch.timeline = {{name + "-" + std::to_string(number), name, {}, "{}"}};
  batch.answers = {{"delivery", name + std::to_string(number), "", "{}", {}}};
  if (number % 5 == 0) batch.snapshot = Snapshot{name, 2 * number, "state"};
  return batch;
}

/// Writes without end and tells each acknowledged step through the pipe.
[[noreturn]] void write_until_killed(const Database& database, int pipe_end) {
  const auto store = open_store(database.location());
  if (!store) _exit(1);
  std::vector<std::thread> writers;
  for (std::uint64_t queue = 0; queue < queues; ++queue) {
    writers.emplace_back([&, queue] {
      std::uint64_t number = *(*store)->last_sequence(queue_name(queue)) / 2;
      while (true) {
        if (!(*store)->write(step(queue, ++number)).get()) _exit(2);
        const std::uint64_t told[2] = {queue, number};
        if (::write(pipe_end, told, sizeof told) != sizeof told) _exit(3);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  _exit(0);
}

void check_whole(Store& store, std::uint64_t queue, std::uint64_t acknowledged) {
  const std::string name = queue_name(queue);
  const auto journal = store.journal_after(name, 0, 1'000'000);
  REQUIRE(journal.has_value());
  CHECK(journal->size() % 2 == 0);
  const std::uint64_t steps = journal->size() / 2;
  CHECK(steps >= acknowledged);
  CHECK(steps <= acknowledged + 1);  // the one that was on its way
  const std::uint64_t first_looked_at = steps > 20 ? steps - 20 : 1;
  for (std::uint64_t i = first_looked_at; i <= steps + 2; ++i) {
    const bool is_there = i <= steps;
    const std::string id = name + "-" + std::to_string(i);
    CHECK(store.change(id)->has_value() == is_there);
    CHECK(store.timeline(id)->size() == (is_there ? 1 : 0));
    CHECK(store.answer("delivery", name + std::to_string(i))->has_value() == is_there);
  }
  if (steps >= 5) CHECK(store.latest_snapshot(name)->value().sequence == steps / 5 * 10);
}

}  // namespace

TEST_SUITE("being killed") {
  TEST_CASE(
      "killed at any moment, every acknowledged step is there whole, and no other is there half") {
    const Database database;
    Rng random(4711);
    std::vector<std::uint64_t> acknowledged(queues);
    for (int round = 0; round < 25; ++round) {
      int ends[2];
      REQUIRE(pipe(ends) == 0);
      const pid_t child = fork();
      if (child == 0) {
        close(ends[0]);
        write_until_killed(database, ends[1]);
      }
      close(ends[1]);
      const std::uint64_t steps_to_see = random.below(120);
      std::uint64_t told[2], seen = 0;
      while (seen < steps_to_see && read(ends[0], told, sizeof told) == sizeof told) {
        acknowledged[told[0]] = told[1];
        ++seen;
      }
      std::this_thread::sleep_for(std::chrono::microseconds{random.below(3'000)});
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
      while (read(ends[0], told, sizeof told) == sizeof told) acknowledged[told[0]] = told[1];
      close(ends[0]);
      const auto store = database.open();
      for (std::uint64_t queue = 0; queue < queues; ++queue) {
        check_whole(*store, queue, acknowledged[queue]);
        acknowledged[queue] = *store->last_sequence(queue_name(queue)) / 2;
      }
    }
  }
}
