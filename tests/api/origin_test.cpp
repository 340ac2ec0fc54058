#include "api/origin.h"

#include <doctest/doctest.h>

using namespace mergeq::api;

namespace {

const Site loopback{.loopback_only = true, .port = 8080, .public_url = ""};
const Site published{.loopback_only = true, .port = 8080, .public_url = "https://queue.example/q"};
const Site anywhere{.loopback_only = false, .port = 8080, .public_url = ""};

bool host_is_known(const Site& site, const std::string& host) {
  Request request;
  request.headers = {{"Host", host}};
  return !refuse_host(site, request);
}
bool may_write(const Site& site, const std::string& host, const std::string& origin) {
  Request request;
  request.headers = {{"Host", host}, {"Origin", origin}};
  return !refuse_origin(site, request);
}

}  // namespace

TEST_SUITE("host and origin") {
  TEST_CASE("bound to loopback, only its own names with the port are known") {
    for (const char* host : {"localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:8080"}) {
      CHECK(host_is_known(loopback, host));
    }
    for (const char* host :
         {"evil.example:8080", "localhost", "localhost:81", "127.0.0.1.evil.example",
          "localhost.evil.example:8080", "queue.example", "", "a b"}) {
      CAPTURE(host);
      CHECK(!host_is_known(loopback, host));
    }
  }
  TEST_CASE("the host of public_url is known too, with its own port or none") {
    CHECK(host_is_known(published, "queue.example"));
    CHECK(host_is_known(published, "Queue.Example"));
    CHECK(!host_is_known(published, "evil.example"));
  }
  TEST_CASE("two Host headers are refused, whatever they say") {
    Request request;
    request.headers = {{"Host", "localhost:8080"}, {"host", "localhost:8080"}};
    CHECK(refuse_host(loopback, request)->status == 400);
    CHECK(refuse_host(anywhere, request)->status == 400);
  }
  TEST_CASE("only pages of this very server may write") {
    CHECK(may_write(loopback, "localhost:8080", "http://localhost:8080"));
    CHECK(may_write(published, "queue.example", "https://queue.example"));
    for (const char* origin : {"http://evil.example", "null", "http://localhost.evil.example",
                               "http://localhost:81", "https://queue.example", ""}) {
      CAPTURE(origin);
      CHECK(!may_write(loopback, "localhost:8080", origin));
    }
    CHECK(!may_write(published, "queue.example", "http://queue.example.evil"));
  }
  TEST_CASE("a browser that tells another site without an origin is refused") {
    Request request;
    request.headers = {{"Host", "localhost:8080"}, {"Sec-Fetch-Site", "cross-site"}};
    CHECK(refuse_origin(loopback, request)->status == 403);
    request.headers[1].second = "same-origin";
    CHECK(!refuse_origin(loopback, request));
  }
}
