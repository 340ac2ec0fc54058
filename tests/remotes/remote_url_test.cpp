#include "vcs/remote_url.h"

#include <doctest/doctest.h>

using namespace mergeq;
using namespace mergeq::vcs;

TEST_SUITE("remote URL") {
  TEST_CASE("a location is a remote where git takes it for one") {
    for (const char* remote : {"https://h/x.git", "ssh://git@h:22/x", "file:///srv/x.git",
                               "git@host:team/x.git", "host:x", "git://h/x"}) {
      CHECK_MESSAGE(is_remote(remote), remote);
    }
    for (const char* path : {"/srv/x.git", "x.git", "./a:b", "../x", "dir/a:b"}) {
      CHECK_MESSAGE(!is_remote(path), path);
    }
  }

  TEST_CASE("each kind is taken apart") {
    const auto https = parse_remote("https://alice@git.example:8443/team/x.git");
    REQUIRE(https.has_value());
    CHECK(https->user == "alice");
    CHECK(https->text == "https://git.example:8443/team/x.git");
    CHECK(https->origin() == "https://git.example:8443");
    const auto ssh = parse_remote("ssh://git@[::1]:2222/srv/x.git");
    REQUIRE(ssh.has_value());
    CHECK(ssh->text == "ssh://git@[::1]:2222/srv/x.git");
    CHECK(ssh->host == "[::1]:2222");
    const auto scp = parse_remote("git@host:team/x.git");
    REQUIRE(scp.has_value());
    CHECK(scp->scheme == RemoteUrl::Scheme::ssh);
    CHECK(scp->host == "host");
    CHECK(parse_remote("file:///srv/x.git")->scheme == RemoteUrl::Scheme::file);
  }

  TEST_CASE("a password in it is refused, and is not in the words that say so") {
    for (const char* url : {"https://u:hunter2@h/x.git", "ssh://u:hunter2@h/x"}) {
      const auto parsed = parse_remote(url);
      REQUIRE_FALSE(parsed.has_value());
      CHECK(parsed.error().message.find("hunter2") == std::string::npos);
      CHECK(parsed.error().message.find("token_env") != std::string::npos);
    }
  }

  TEST_CASE("what could become an option, a command or another transport is refused") {
    for (const char* url :
         {"ssh://-oProxyCommand=x/y", "-x@host:y", "host:-x", "ext::sh -c true", "ext::x",
          "https:///x", "https://host", "https://host/", "https://h/x?token=1", "https://h/x#a",
          "file://other/x", "file://", "ftp://h/x", "git://h/x", "https://h:x/y", "https://[g]/x",
          "https://h/x\ny", "https://a b/x", "ssh://u;x@h/y"}) {
      CHECK_MESSAGE(!parse_remote(url).has_value(), url);
    }
  }

  TEST_CASE("loopback is told from all other hosts") {
    for (const char* host :
         {"localhost", "localhost:8080", "127.0.0.1", "127.1.2.3:80", "[::1]:1"}) {
      CHECK_MESSAGE(is_loopback(host), host);
    }
    for (const char* host : {"localhost.example", "127.0.0.1.example", "127.evil.0.1", "10.0.0.1",
                             "[::2]", "128.0.0.1"}) {
      CHECK_MESSAGE(!is_loopback(host), host);
    }
  }
}
