#include "api/request_head.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace mergeq::api;

namespace {

int status_of(const std::string& head) {
  const auto parsed = parse_head(head);
  return parsed ? 200 : parsed.error().status;
}
std::string with(const std::string& headers) { return "GET / HTTP/1.1\r\n" + headers + "\r\n"; }

}  // namespace

TEST_SUITE("request head") {
  TEST_CASE("whatever bytes come, they are a head or a fault with a status of 4xx or 5xx") {
    CHECK(rc::check([](const std::string& bytes) {
      const auto parsed = parse_head(bytes + "\r\n\r\n");
      if (!parsed) RC_ASSERT(parsed.error().status >= 400 && parsed.error().status < 600);
    }));
  }
  TEST_CASE("path segments and query are decoded one by one") {
    const auto head = parse_head("GET /a/b%2Fc/?x=1%2B1&y=a+b&z HTTP/1.1\r\n\r\n");
    REQUIRE(head);
    CHECK(head->request.segments == std::vector<std::string>{"a", "b/c"});
    CHECK(head->request.query == Pairs{{"x", "1+1"}, {"y", "a b"}, {"z", ""}});
  }
  TEST_CASE("bytes that are not UTF-8 are refused in path, query and header") {
    CHECK(status_of("GET /%ff HTTP/1.1\r\n\r\n") == 400);
    CHECK(status_of("GET /?x=%c3%28 HTTP/1.1\r\n\r\n") == 400);
    CHECK(status_of("GET /\xff HTTP/1.1\r\n\r\n") == 400);
    CHECK(status_of(with("X: \xe9\r\n")) == 400);
    CHECK(status_of("GET /%C3%A9 HTTP/1.1\r\n\r\n") == 200);
  }
  TEST_CASE("control characters are refused, also when they are escaped") {
    CHECK(status_of("GET /a%00b HTTP/1.1\r\n\r\n") == 400);
    CHECK(status_of("GET /a%0ab HTTP/1.1\r\n\r\n") == 400);
    CHECK(status_of(with("X: a\x01"
                         "b\r\n")) == 400);
    CHECK(status_of(with("X: a\r\n folded\r\n")) == 400);
  }
  TEST_CASE("a body's length that could be read in two ways is refused") {
    CHECK(status_of(with("Content-Length: 3\r\nContent-Length: 3\r\n")) == 400);
    CHECK(status_of(with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(status_of(with("Content-Length: +3\r\n")) == 400);
    CHECK(status_of(with("Content-Length: 99999999999999999999\r\n")) == 400);
    CHECK(status_of(with("Transfer-Encoding: gzip\r\n")) == 501);
    CHECK(status_of(with("Content-Encoding: gzip\r\n")) == 415);
  }
  TEST_CASE("the library sees no Range and no Accept-Encoding, and always a length") {
    const auto head = parse_head(with("Range: bytes=0-,0-,0-\r\nAccept-Encoding: br\r\nX: 1\r\n"));
    REQUIRE(head);
    CHECK(head->text == "GET / HTTP/1.1\r\nX: 1\r\nContent-Length: 0\r\n\r\n");
    CHECK(head->request.header("range") == "bytes=0-,0-,0-");
  }
  TEST_CASE("more headers, longer targets and other versions than stated are refused") {
    std::string many;
    for (std::size_t i = 0; i <= header_limit; ++i) many += "X: 1\r\n";
    CHECK(status_of(with(many)) == 431);
    CHECK(status_of("GET /" + std::string(target_limit_bytes, 'a') + " HTTP/1.1\r\n\r\n") == 414);
    CHECK(status_of("GET / HTTP/2.0\r\n\r\n") == 505);
    CHECK(status_of("BREW / HTTP/1.1\r\n\r\n") == 501);
    CHECK(status_of("GET http://other.example/ HTTP/1.1\r\n\r\n") == 400);
  }
}
