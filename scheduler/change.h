/// A change: a proposed head commit for the trunk, its state, and why it is in it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/footprint.h"
#include "scheduler/id.h"
#include "scheduler/time.h"
#include "scheduler/wire_names.h"

namespace mergeq {

/// queued (accepted, not yet analysed) -> pending (in the graph) -> building -> ready (verdict in,
/// waits for a dependency) -> landing -> landed; or rejected, cancelled, superseded. The last four
/// are terminal and never change.
enum class ChangeState {
  queued,
  pending,
  building,
  ready,
  landing,
  landed,
  rejected,
  cancelled,
  superseded,
};
template <>
struct WireNames<ChangeState> {
  static constexpr std::array table{
      std::pair{ChangeState::queued, std::string_view("queued")},
      std::pair{ChangeState::pending, std::string_view("pending")},
      std::pair{ChangeState::building, std::string_view("building")},
      std::pair{ChangeState::ready, std::string_view("ready")},
      std::pair{ChangeState::landing, std::string_view("landing")},
      std::pair{ChangeState::landed, std::string_view("landed")},
      std::pair{ChangeState::rejected, std::string_view("rejected")},
      std::pair{ChangeState::cancelled, std::string_view("cancelled")},
      std::pair{ChangeState::superseded, std::string_view("superseded")},
  };
};
constexpr bool is_terminal(ChangeState state) { return state >= ChangeState::landed; }

/// Why a change was rejected or withdrawn; `none` while it lives and when it landed.
enum class Reason {
  none,
  merge_conflict,         // does not merge with the trunk as it was when the change came
  build_failed,           // failed on a tree whose other members are known good
  conflicts_with_landed,  // does not merge with what has landed since it came
  dependency_rejected,    // a change that it needs (stack, depends_on) will not land
  stale_base,             // it contains an earlier revision of a change that is still pending
  build_timeout,          // its builds ran into the time limit, as often as the limit allows
  build_error,            // its builds stayed inconclusive, as often as the limit allows
  commit_unavailable,     // the repository never had its head commit
  policy,                 // the queue's policy does not take it (already on the trunk, empty, ...)
  withdrawn,              // cancelled by its author or an operator
  retargeted,             // its pull request was switched to another branch
  closed,                 // its pull request was closed
};
template <>
struct WireNames<Reason> {
  static constexpr std::array table{
      std::pair{Reason::none, std::string_view("none")},
      std::pair{Reason::merge_conflict, std::string_view("merge_conflict")},
      std::pair{Reason::build_failed, std::string_view("build_failed")},
      std::pair{Reason::conflicts_with_landed, std::string_view("conflicts_with_landed")},
      std::pair{Reason::dependency_rejected, std::string_view("dependency_rejected")},
      std::pair{Reason::stale_base, std::string_view("stale_base")},
      std::pair{Reason::build_timeout, std::string_view("build_timeout")},
      std::pair{Reason::build_error, std::string_view("build_error")},
      std::pair{Reason::commit_unavailable, std::string_view("commit_unavailable")},
      std::pair{Reason::policy, std::string_view("policy")},
      std::pair{Reason::withdrawn, std::string_view("withdrawn")},
      std::pair{Reason::retargeted, std::string_view("retargeted")},
      std::pair{Reason::closed, std::string_view("closed")},
  };
};

/// A head start in the order of the queue, worth `Policy::head_start` a step. Since the order is by
/// (arrival - head start), whoever waits longer than the difference is never overtaken: ageing.
enum class Priority { low, normal, high, urgent };
template <>
struct WireNames<Priority> {
  static constexpr std::array table{
      std::pair{Priority::low, std::string_view("low")},
      std::pair{Priority::normal, std::string_view("normal")},
      std::pair{Priority::high, std::string_view("high")},
      std::pair{Priority::urgent, std::string_view("urgent")},
  };
};

/// What is predicted of a change when it is analysed, from what was known then. Advice only: no
/// number here can make a landing legal.
struct Prediction {
  double success = 0.9;            // P(it passes on its own), in (0, 1)
  double build_time_s = 60.0;      // median of one build's time, > 0
  double build_time_spread = 0.5;  // standard deviation of the time's logarithm
  double flake = 0.0;              // P(a failed verdict would pass if run again)
  // P(it breaks together with another although each passes alone), by kind of edge.
  double conflict_path = 0.05;
  double conflict_target = 0.02;
  double conflict_build_graph = 0.02;
  double conflict_global = 0.02;

  friend bool operator==(const Prediction&, const Prediction&) = default;
};

/// The certificate of a landing: the recorded reason why it was safe.
enum class CertificateKind { exact, independent };
template <>
struct WireNames<CertificateKind> {
  static constexpr std::array table{
      std::pair{CertificateKind::exact, std::string_view("exact")},
      std::pair{CertificateKind::independent, std::string_view("independent")},
  };
};

struct Certificate {
  CertificateKind kind = CertificateKind::exact;
  TreeId tree;                      // what lands
  std::vector<std::string> checks;  // that passed, by name
  std::vector<BuildId> builds;      // whose verdicts were used, ascending
  std::vector<TargetHash> targets;  // `independent`: new hashes, each with a passing verdict

  friend bool operator==(const Certificate&, const Certificate&) = default;
};

/// What a client says of a change.
struct Proposal {
  CommitId head;
  std::string head_ref;  // as it was given; empty if a commit id was
  std::string title;
  std::string author;
  std::string url;
  std::string number;  // of the pull request, digits; empty if none
  Priority priority = Priority::normal;
  std::vector<ChangeId> depends_on;  // declared by the author

  friend bool operator==(const Proposal&, const Proposal&) = default;
};

/// One build's verdict as evidence about its head (scheduler/evidence.h tells what it still says).
struct Evidence {
  BuildId build;
  std::vector<ChangeId> members;  // assumed to land before the head, in order; without the head
  std::uint64_t base = 0;         // QueueState::landed_count when the build was made
  bool passed = false;
  bool textual = false;  // it failed because the head does not merge with the members

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// Something in conflict with this change landed (or was pushed by somebody else) while it was
/// pending.
struct LandedNeighbour {
  std::uint64_t at = 0;  // the landing's number: landed_count before it landed
  ChangeId change;       // 0: a foreign push
  bool textual = false;

  friend bool operator==(const LandedNeighbour&, const LandedNeighbour&) = default;
};

struct Change {
  ChangeId id;
  std::uint32_t revision = 1;
  Proposal proposal;
  std::vector<CommitId> earlier_heads;  // of its last revisions before this one, oldest first
  ChangeState state = ChangeState::queued;
  Reason reason = Reason::none;
  std::string reason_text;  // a sentence for people
  Instant enqueued_at{};
  Instant order_key{};  // enqueued_at less the head start of its priority
  std::optional<Instant> finished_at;

  // From its analysis; empty while queued.
  Footprint footprint;
  Prediction prediction;
  std::vector<ChangeId> stacked_on;  // changes whose commits its head contains, ascending
  std::vector<ChangeId> textual;     // changes whose heads do not merge with it, ascending
  std::uint64_t analysis = 0;        // the how-manieth analysis of this queue; 0: not analysed
  std::uint32_t position = 0;        // in QueueState::order, from 0

  std::vector<LandedNeighbour> landed_neighbours;  // ascending by `at`
  std::vector<Evidence> evidence;                  // in the order of the verdicts
  std::uint32_t inconclusive_builds = 0;           // in a row, as head, with nobody undecided
  Instant build_not_before{};                      // backing off after an inconclusive build
  std::uint32_t landing_refusals = 0;              // in a row, as head of a landing
  std::string landing_refusal;                     // in the words of whoever refused
  Instant landing_not_before{};                    // backing off after a refused landing

  CommitId landed_commit;
  std::optional<Certificate> certificate;

  friend bool operator==(const Change&, const Change&) = default;
};

}  // namespace mergeq
