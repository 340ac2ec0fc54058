/// A remote, as the `git` program reaches it from a bare repository on this machine.
///
/// TLS, proxies and ssh are git's and ssh's own; a child can be ended at a time limit. Secrets go
/// to the child's environment alone: they are in no argument, no file, and no text that is given
/// back.
///
/// Threads  One at a time.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/wire_names.h"
#include "vcs/git_program.h"
#include "vcs/remote_url.h"

namespace mergeq::vcs {

/// Whether a host whose key is not known yet is let in.
enum class HostKeys { strict, accept_new };

struct RemoteOptions {
  RemoteUrl url;
  std::string user;   // http(s): whose the token is
  std::string token;  // http(s): password or token; empty: none. Never shown
  std::string ssh_key_file;
  std::string known_hosts_file;  // empty: those of the user and the system
  HostKeys host_keys = HostKeys::strict;
  std::string ca_file;                                 // PEM; empty: those of the system
  Duration poll = std::chrono::seconds{10};            // how often the trunk is looked at
  Duration time_limit = std::chrono::minutes{5};       // of one transfer
  Duration first_time_limit = std::chrono::hours{24};  // of the first, with the whole history
};

/// What one ref is to become on the remote.
struct RefUpdate {
  std::string ref;
  std::string to;        // commit id; empty: it goes
  std::string expected;  // where it must be now; empty: it must not exist
};

struct PushAnswer {
  /// done: each ref is where it was to be. refused: the remote answered for the refs, and not all
  /// of them moved. not_sent: it never came to that (credentials, no way to it). unknown: nobody
  /// can tell; the refs must be read.
  enum class Kind { done, refused, not_sent, unknown };
  Kind kind = Kind::unknown;
  std::string words;       // the remote's and git's own, cut, without credentials
  bool no_atomic = false;  // not_sent: the remote cannot move several refs as one
};

class Transport {
 public:
  /// `directory`: the bare repository that objects go to and come from.
  Transport(RemoteOptions options, std::string directory, RunProcess run);

  const RemoteOptions& options() const { return options_; }

  /// not_found: the remote does not have one of these refs or commits, or does not give it away.
  /// unavailable: it could not be asked; the message says why.
  Result<> fetch(const std::vector<std::string>& refspecs, Duration time_limit);
  /// All or none of them, unless the remote cannot do that (no_atomic).
  PushAnswer push(const std::vector<RefUpdate>& updates);
  /// Refs that match (`refs/heads/*`) with their object ids; errors as for fetch.
  using Refs = std::vector<std::pair<std::string, std::string>>;
  Result<Refs> list(const std::vector<std::string>& patterns);

 private:
  GitEnd call(std::vector<std::string> arguments, Duration time_limit) const;
  std::vector<std::string> environment() const;
  Error error_of(const GitEnd& ended, Duration time_limit) const;

  RemoteOptions options_;
  std::string directory_;
  RunProcess run_;
};

/// What of git's output tells a person why: the remote's own lines and git's errors, at most 600
/// bytes, printable, without credentials.
std::string telling_words(const std::string& output);

}  // namespace mergeq::vcs

template <>
struct mergeq::WireNames<mergeq::vcs::HostKeys> {
  static constexpr std::array table{
      std::pair{mergeq::vcs::HostKeys::strict, std::string_view("strict")},
      std::pair{mergeq::vcs::HostKeys::accept_new, std::string_view("accept_new")},
  };
};
