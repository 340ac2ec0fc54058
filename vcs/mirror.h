/// A remote repository as a bare one on this machine, and the ways between the two.
///
///     DIRECTORY/repository.git   refs/heads/<trunk>, refs/notes/mergeq: as the remote has them
///                                refs/mergeq/...: mergeq's own (builds, the landing under way)
///     DIRECTORY/lock             held by the one process that transfers
///
/// Everything that needs no network (merging, footprints, hashes) is done in the mirror by another
/// LocalRepository; what it has made is visible here once a ref leads to it. Nothing in it is
/// thrown away. It may be deleted while nobody uses it: it is fetched anew.
///
/// Threads  A Mirror belongs to one thread at a time. Its calls last as long as the network does.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vcs/local_repository.h"
#include "vcs/transport.h"

namespace mergeq::vcs {

/// Whether an attempt of this landing may still move the remote's trunk: sent by this process or
/// one before it, and never answered.
enum class Sent { no, maybe };

class Mirror {
 public:
  /// Makes `directory` and the mirror if they are not there, without asking the remote.
  /// unavailable: another process holds it.
  static Result<std::unique_ptr<Mirror>> open(const std::string& directory, RemoteOptions options,
                                              RunProcess run);
  ~Mirror();
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  static std::string path_in(const std::string& directory) { return directory + "/repository.git"; }
  const RemoteOptions& options() const { return transport_.options(); }

  // Errors of all of these: not_found where the remote says that it has no such thing, unavailable
  // where it could not be asked.
  /// The mirror's branch becomes what the remote's is; a branch that the remote no longer has goes.
  Result<> fetch_trunk(const std::string& branch);
  /// The commit that `name` means on the remote now: a branch, a full ref, or a commit id (asked
  /// for only if the mirror does not have it). `elsewhere`: refs that may lead to a commit whose id
  /// the remote does not serve.
  Result<CommitId> fetch_head(const std::string& name,
                              const std::vector<std::string>& elsewhere = {});

  Result<bool> has_branch(const std::string& branch) const;
  /// Removes lock files of a process that was killed: whoever holds the mirror's lock is alone.
  Result<> clear_locks(const std::string& branch);

  /// Puts refs/mergeq/builds/<name> on the remote, all of them or none. Doing it again is harmless.
  using Build = std::pair<std::string, CommitId>;
  PushAnswer push_builds(const std::vector<Build>& builds);
  /// Whether it would take one: by a ref of this name, which is to be dropped afterwards.
  PushAnswer probe_builds(const std::string& name, const std::string& branch);
  /// Takes those of the refs away that the remote has.
  Result<> drop_builds(const std::vector<std::string>& names);
  /// Names of the remote's build refs that begin with `prefix`.
  Result<std::vector<std::string>> builds(const std::string& prefix);

  /// Moves the remote's trunk with its notes, as Repository::land does a local one, after looking
  /// where it is. `unknown`: call again later, with the same request. `refused`: nothing moved, and
  /// nothing of it is under way.
  LandOutcome land(const LandRequest& request, Sent& sent);

 private:
  Mirror(int lock, std::unique_ptr<LocalRepository> repository, Transport transport);
  Result<> fetch_trunk_and_notes(const std::string& branch, bool with_notes);
  Result<> fetch_all_heads();
  PushAnswer push_landing(const LandRequest& request);
  Result<std::string> ref_now(const std::string& ref) const;

  int lock_ = -1;
  std::unique_ptr<LocalRepository> repository_;
  Transport transport_;
  std::string remote_notes_;  // where the remote had refs/notes/mergeq when it was last asked
};

/// Whether the remote has the branch, without a mirror. `directory`: any that is there.
Result<bool> remote_has_branch(const RemoteOptions& options, const std::string& branch,
                               const std::string& directory, const RunProcess& run);

/// A bare repository in `directory` with the remote's branch and notes as they are now, which
/// borrows what the mirror at `borrowed` has (if there is one), and leaves it alone.
Result<> copy_for_reading(const std::string& directory, const std::string& borrowed,
                          const RemoteOptions& options, const std::string& branch,
                          const RunProcess& run);

}  // namespace mergeq::vcs
