// The dashboard's files as the server finds them.
#include "web/assets.h"

#include <doctest/doctest.h>

#include <string>

using mergeq::web::find;

TEST_SUITE("embedded dashboard") {
  TEST_CASE("the root is the page itself, and is asked for anew each time") {
    const auto page = find("/");
    REQUIRE(page);
    CHECK(page->content_type == "text/html; charset=utf-8");
    CHECK(page->bytes.starts_with("<!doctype html>"));
    CHECK_FALSE(page->immutable);
    CHECK(find("/index.html")->etag == page->etag);
  }

  TEST_CASE("every file that the page names is there, compressed and kept for ever") {
    const std::string page{find("/")->bytes};
    std::size_t files = 0;
    for (std::size_t at = page.find("\"/assets/"); at != std::string::npos;
         at = page.find("\"/assets/", at + 1)) {
      const std::string path = page.substr(at + 1, page.find('"', at + 1) - at - 1);
      CAPTURE(path);
      const auto file = find(path);
      REQUIRE(file);
      CHECK(file->immutable);
      CHECK(file->gzip.starts_with("\x1f\x8b"));
      CHECK(file->gzip.size() < file->bytes.size());
      CHECK(file->etag.size() > 10);
      ++files;
    }
    CHECK(files >= 3);  // script, style, icon
  }

  TEST_CASE("the page has nothing inline, which its own policy would refuse") {
    const std::string_view page = find("/")->bytes;
    CHECK(page.find("<style") == std::string_view::npos);
    CHECK(page.find(" style=") == std::string_view::npos);
    CHECK(page.find("<script>") == std::string_view::npos);
    CHECK(mergeq::web::content_security_policy.find("unsafe") == std::string_view::npos);
  }

  TEST_CASE("nothing else is found, however it is spelled") {
    for (const char* path : {"", "index.html", "/assets", "/assets/", "/../web/index.html",
                             "//index.html", "/index.html/", "/index.html?x", "/INDEX.HTML"}) {
      CAPTURE(path);
      CHECK_FALSE(find(path));
    }
  }
}
