/// The remote repository of a queue, as the queue sees it: transfers are asked for, and answered
/// later from a thread of their own. However long the network takes, nobody else waits.
///
/// A remote that cannot be reached is tried again with growing pauses, up to a minute; what waits
/// for it is told as a problem for as long as that lasts:
///
///   remote            it cannot be reached, or refuses the credentials
///   landing_unknown   a push was not answered; whether the trunk moved is to be found out
///   build_refs        it does not take refs of builds
///   build_refs_left   it does not let go of those that are over
///
/// Threads  Everything may be called from any thread. Answers come on the transfer thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runners/process_runner.h"
#include "service/transfers.h"
#include "vcs/mirror.h"

namespace mergeq::service {

class Remote {
 public:
  /// A problem of this kind, as it is now; an empty text: it is over.
  using Tell = std::function<void(const std::string& kind, const std::string& text)>;
  struct Setup {
    std::string queue, branch;
    vcs::RemoteOptions options;
    std::string directory;  // of the mirror
    Tell tell;
  };

  /// Opens the mirror. If it does not have the trunk yet, that is fetched before this returns; else
  /// the remote may be away.
  static Result<std::unique_ptr<Remote>> open(Setup setup);
  ~Remote();

  std::string mirror_path() const { return vcs::Mirror::path_in(setup_.directory); }

  /// Begins to look at the trunk regularly.
  void start();
  void look_at_trunk();
  /// Mirror::fetch_head, ahead of what else is due.
  void fetch_head(const std::string& name, const std::vector<std::string>& elsewhere,
                  std::function<void(Result<CommitId>)> answer);
  /// How many wait for an answer of fetch_head.
  unsigned waiting_heads() const { return waiting_heads_; }

  /// Puts the ref of a build on the remote; why not, where that fails. From a failure on nothing is
  /// tried but a ref of mergeq's own; when the remote takes that, `released` is called.
  void push_build(const std::string& name, const CommitId& commit,
                  std::function<void(Result<>)> answer);
  void on_released(std::function<void()> released) { released_ = std::move(released); }
  /// As after a failure of push_build: an earlier instance met it.
  void hold_builds(const std::string& why);
  /// Together with others, soon.
  void drop_build(const std::string& name);
  /// Names of the queue's refs that the remote has; asked for until it answers.
  void list_builds(std::function<void(std::vector<std::string>)> answer);

  /// Mirror::land until the outcome is known: never `unknown`.
  void land(vcs::LandRequest request, vcs::Sent sent, std::function<void(vcs::LandOutcome)> answer);

  /// No answer comes any more.
  void stop();

 private:
  struct PendingBuild {
    std::string name;
    CommitId commit;
    std::function<void(Result<>)> answer;
  };
  struct Landing;

  explicit Remote(Setup setup) : setup_(std::move(setup)) {}
  // On the transfer thread.
  void watch_trunk();
  void look();
  void push_builds();
  void fail_builds(const std::string& why);
  void probe_builds();
  void drop_builds();
  void try_landing(const std::shared_ptr<Landing>& landing);
  /// Keeps the problem `remote` in line with what a transfer came to.
  void note(const Result<>& outcome);
  void note(const vcs::PushAnswer& answer);

  const Setup setup_;
  std::unique_ptr<runners::ProcessRunner> runner_;
  std::unique_ptr<vcs::Mirror> mirror_;
  std::function<void()> released_;
  std::atomic<bool> look_is_due_ = false;
  std::atomic<unsigned> waiting_heads_ = 0;

  // The transfer thread's.
  unsigned failures_ = 0;  // in a row, of any transfer
  std::vector<PendingBuild> builds_;
  std::string held_;  // why builds are held
  unsigned probes_ = 0;
  std::vector<std::string> over_;  // names of builds whose refs are to go
  bool drop_is_due_ = false;
  unsigned drop_failures_ = 0;

  std::unique_ptr<Transfers> transfers_;  // last: ends before what it works on
};

}  // namespace mergeq::service
