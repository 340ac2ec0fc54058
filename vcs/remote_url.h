/// Where a repository is: a path on this machine, or a remote that git's transport reaches.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scheduler/result.h"

namespace mergeq::vcs {

struct RemoteUrl {
  enum class Scheme { https, http, ssh, file };
  Scheme scheme = Scheme::https;
  std::string user;  // ssh: to log in as; http(s): of the credentials; empty: not given
  std::string host;  // empty for file
  std::string text;  // what git is given; never with a password, and with a user only for ssh

  /// "https://host:port", what the credentials are for.
  std::string origin() const;
  bool is_http() const { return scheme == Scheme::https || scheme == Scheme::http; }
};

/// A URL, or `user@host:path`: as git itself decides. Anything else is a path.
bool is_remote(std::string_view location);

/// invalid: a password, query or fragment in it, a host or path that could be an option, and what
/// is no URL; unsupported: other schemes than https, http, ssh and file.
Result<RemoteUrl> parse_remote(std::string_view location);

/// Names of the machine itself: "localhost", 127.x.x.x, [::1].
bool is_loopback(std::string_view host);

}  // namespace mergeq::vcs
