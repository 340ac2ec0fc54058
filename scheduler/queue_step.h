/// One apply() of the queue: the transitions, written as helpers that each do one thing. Private to
/// queue*.cpp.
///
///   queue.cpp           which event goes where, and what follows from all of them
///   queue_changes.cpp   changes come, are analysed, revised, leave; the trunk moves
///   queue_builds.cpp    paths are merged, builds run and end
///   queue_landing.cpp   who may land, who is to blame
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scheduler/queue.h"

namespace mergeq {

/// `upper` is stacked on `lower` or declares that it depends on it.
bool needs(const Change& upper, ChangeId lower);
/// Adds an analysed change; `uppers` are those in the graph that need it.
void add_to_graph(QueueState& state, const Change& change, std::span<const ChangeId> uppers);
/// The graph of the pending changes, made anew in the order in which they were analysed.
void build_graph(QueueState& state, const LandingRule& rule);

class Queue::Step {
 public:
  explicit Step(Queue& queue) : q_(queue), s_(queue.state_) {}
  std::vector<Effect> run(const Event& event);

 private:
  // One for each event.
  void on(const event::ChangeEnqueued&);
  void on(const event::ChangeAnalysed&);
  void on(const event::ChangeRefused&);
  void on(const event::ChangeRevised&);
  void on(const event::ChangeCancelled&);
  void on(const event::PathMerged&);
  void on(const event::PathConflicted&);
  void on(const event::BuildStarted&);
  void on(const event::CheckReported&);
  void on(const event::BuildFinished&);
  void on(const event::LandingPrepared&);
  void on(const event::LandingDone&);
  void on(const event::LandingRefused&);
  void on(const event::MergeBroken&);
  void on(const event::TrunkMoved&);
  void on(const event::PolicyChanged&);
  void on(const event::Paused&);
  void on(const event::Resumed&);
  void on(const event::BuildsHeld&);
  void on(const event::BuildsReleased&);
  void on(const event::Tick&);

  // What follows from any event.
  void settle();
  void carry_out(Plan plan);
  void update_states();

  // Changes.
  Change* live(ChangeId id, std::uint32_t revision);
  void enter_graph(const Change& change);
  void place(const Change& change, const std::vector<ChangeId>& uppers);
  void renumber();
  /// Ends a change that does not land, and whatever needs it.
  void close(ChangeId id, ChangeState state, Reason reason, std::string text);
  /// Of a pending change: nothing of it is left to land. What needs it has what it needs.
  void close_as_on_trunk(ChangeId id);
  /// Takes it out of graph, order, builds and other changes' evidence.
  void withdraw(ChangeId id, ChangeState as);
  void finish(Change& change, ChangeState state, Reason reason, std::string text);
  void reject_what_needs(ChangeId id);
  void landed_on(ChangeId neighbour, ChangeId landed, bool textual);
  void forget_failures_blaming(const Change& landed);
  void check_merges(const std::vector<ChangeId>& changes);
  void rebuild_graph();

  // Builds.
  void start(const WantedPath& path);
  void request(std::vector<Member> members, std::uint64_t base, CommitId base_commit,
               std::uint32_t attempt);
  bool may_start(WantedPath& path) const;
  bool is_running(const WantedPath& path) const;
  std::vector<CheckRun> checks_for(const Build& build) const;
  void conclude(BuildId id, Verdict verdict, Inconclusive why);
  void record(const Build& build);
  bool retry(const Build& build);
  void take_as_evidence(const Build& build, bool passed, bool textual);
  void back_off(const Build& build);
  void cancel(BuildId id, std::string why);
  void cancel_builds_with(ChangeId id, const std::string& why);
  void end(Build& build, BuildState state);
  void cancel_beyond_slots();

  // Landing.
  bool decide();
  bool decide(Change& change);
  bool may_land(const Change& change, const Evidence& evidence);
  bool covers(const Change& change, const std::vector<ChangeId>& rest) const;
  bool may_be_overtaken(ChangeId dependency) const;
  bool closed(const std::vector<ChangeId>& members) const;
  bool needs_queued(const Change& change, const std::vector<ChangeId>& members) const;
  void begin_landing(const std::vector<ChangeId>& members, BuildId build);
  std::optional<Certificate> certify(const TreeId& tree,
                                     const std::vector<TargetHash>& new_targets) const;
  void drop_evidence(ChangeId head, BuildId build);
  bool is_landing(ChangeId id) const;

  // Telling.
  void emit(Effect effect) { effects_.push_back(std::move(effect)); }
  void tell(ChangeId change, std::string kind, std::string text, BuildId build = {});
  void changed(ChangeId id) { updated_.insert(id); }
  void queue_changed() { queue_updated_ = true; }
  void replan() { replan_ = true; }
  std::string called(ChangeId id) const;

  Member member(ChangeId id) const;

  Queue& q_;
  QueueState& s_;
  std::vector<Effect> effects_;
  std::set<ChangeId> updated_;
  bool queue_updated_ = false;
  bool replan_ = false;
};

}  // namespace mergeq
