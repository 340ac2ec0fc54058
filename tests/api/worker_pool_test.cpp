#include "api/worker_pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>

#include "tests/api/client.h"

using namespace mergeq::api;
using mergeq::test::eventually;

TEST_SUITE("worker pool") {
  TEST_CASE("every job that was taken is done once, by no more threads than stated") {
    std::atomic<int> done = 0;
    std::atomic<int> at_once = 0;
    std::atomic<int> most = 0;
    WorkerPool pool({.workers = 3, .away = 0, .waiting = 1000});
    for (int i = 0; i < 500; ++i) {
      REQUIRE(pool.submit([&] {
        const int now = ++at_once;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        ++done;
        --at_once;
      }));
    }
    CHECK(eventually([&] { return done == 500; }));
    CHECK(most <= 3);
  }
  TEST_CASE("calls that are away do not keep others from being answered") {
    std::promise<void> back;
    const std::shared_future<void> is_back = back.get_future().share();
    std::atomic<int> away = 0;
    WorkerPool pool({.workers = 2, .away = 20, .waiting = 1000});
    for (int i = 0; i < 20; ++i) {
      REQUIRE(pool.submit([&, is_back] {
        const WorkerPool::Away waiting(pool);
        ++away;
        is_back.wait();
      }));
    }
    CHECK(eventually([&] { return away == 20; }));
    std::promise<void> answered;
    REQUIRE(pool.submit([&] { answered.set_value(); }));
    CHECK(answered.get_future().wait_for(std::chrono::seconds{10}) == std::future_status::ready);
    back.set_value();
    // And when all are back, work goes on with those that stay.
    std::atomic<int> done = 0;
    for (int i = 0; i < 100; ++i) REQUIRE(pool.submit([&] { ++done; }));
    CHECK(eventually([&] { return done == 100; }));
  }
  TEST_CASE("more calls than may be away are told so, and jobs beyond the limit are refused") {
    std::promise<void> end;
    const std::shared_future<void> ended = end.get_future().share();
    std::atomic<bool> busy = false;
    std::atomic<int> refused = 0;
    WorkerPool pool({.workers = 1, .away = 1, .waiting = 1});
    REQUIRE(pool.submit([&, ended] {
      const WorkerPool::Away first(pool);
      const WorkerPool::Away second(pool);
      if (!second.granted()) ++refused;
      busy = true;
      ended.wait();
    }));
    CHECK(eventually([&] { return busy.load(); }));
    CHECK(refused == 1);
    std::atomic<bool> stands_in = false;
    REQUIRE(pool.submit([&, ended] {
      stands_in = true;
      ended.wait();
    }));
    CHECK(eventually([&] { return stands_in.load(); }));
    CHECK(pool.submit([] {}));
    CHECK(!pool.submit([] {}));
    end.set_value();
  }
  TEST_CASE("stopping lets what runs finish and drops what waits") {
    std::promise<void> end;
    std::atomic<bool> began = false;
    std::atomic<bool> finished = false;
    std::atomic<bool> ran = false;
    WorkerPool pool({.workers = 1, .away = 0, .waiting = 10});
    pool.submit([&, ended = end.get_future().share()] {
      began = true;
      ended.wait();
      finished = true;
    });
    CHECK(eventually([&] { return began.load(); }));
    pool.submit([&] { ran = true; });
    std::thread stopping([&] { pool.stop(); });
    CHECK(eventually([&] { return !pool.submit([] {}); }));
    end.set_value();
    stopping.join();
    CHECK(finished);
    CHECK(!ran);
  }
}
