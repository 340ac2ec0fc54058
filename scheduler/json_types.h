/// How the core's values are written as JSON: one list of members for each struct. Private to the
/// sources that write journals and snapshots; the formats are docs/journal.md.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "scheduler/event.h"
#include "scheduler/rng.h"

namespace nlohmann {

template <class T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& j, const std::optional<T>& value) {
    j = value ? json(*value) : json(nullptr);
  }
  static void from_json(const json& j, std::optional<T>& value) {
    if (j.is_null()) {
      value.reset();
    } else {
      value = j.get<T>();
    }
  }
};

template <>
struct adl_serializer<mergeq::Duration> {
  static void to_json(json& j, mergeq::Duration d) { j = d.count(); }
  static void from_json(const json& j, mergeq::Duration& d) {
    d = mergeq::Duration(j.get<std::int64_t>());
  }
};

template <>
struct adl_serializer<mergeq::Instant> {
  static void to_json(json& j, mergeq::Instant at) { j = at.time_since_epoch().count(); }
  static void from_json(const json& j, mergeq::Instant& at) {
    at = mergeq::Instant(mergeq::Duration(j.get<std::int64_t>()));
  }
};

template <class Kind>
struct adl_serializer<mergeq::Id<Kind>> {
  static void to_json(json& j, mergeq::Id<Kind> id) { j = id.value; }
  static void from_json(const json& j, mergeq::Id<Kind>& id) { id.value = j.get<std::uint64_t>(); }
};

template <class Kind>
struct adl_serializer<mergeq::ObjectId<Kind>> {
  static void to_json(json& j, const mergeq::ObjectId<Kind>& id) { j = id.hex; }
  static void from_json(const json& j, mergeq::ObjectId<Kind>& id) { j.get_to(id.hex); }
};

/// Any enum with wire names: its exact spelling, or an exception of the library that names it.
template <class Enum>
requires requires { mergeq::WireNames<Enum>::table; }
struct adl_serializer<Enum> {
  static void to_json(json& j, Enum value) { j = mergeq::to_name(value); }
  static void from_json(const json& j, Enum& value) {
    const auto known = mergeq::from_name<Enum>(j.get_ref<const std::string&>());
    if (!known) {
      throw json::other_error::create(
          501,
          "expected one of " + mergeq::all_names<Enum>() + ", got \"" + j.get<std::string>() + "\"",
          &j);
    }
    value = *known;
  }
};

}  // namespace nlohmann

namespace mergeq {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LineRange, first, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TouchedPath, path, renamed_from, language, lines_added,
                                   lines_deleted, base_lines, head_lines)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TargetHash, target, hash)
// Journals of earlier versions lack what was added since.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Footprint, paths, gone_directories, targets,
                                                alters_build_graph, global, lines_added,
                                                lines_deleted, languages)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Prediction, success, build_time_s, build_time_spread, flake,
                                   conflict_path, conflict_target, conflict_build_graph,
                                   conflict_global)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Certificate, kind, tree, checks, builds, targets)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Proposal, head, head_ref, title, author, url, number, priority,
                                   depends_on)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Evidence, build, members, base, passed, textual)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LandedNeighbour, at, change, textual)
// Snapshots of earlier versions lack what was added since.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Change, id, revision, proposal, earlier_heads,
                                                state, reason, reason_text, enqueued_at, order_key,
                                                finished_at, footprint, prediction, stacked_on,
                                                textual, analysis, position, landed_neighbours,
                                                evidence, inconclusive_builds, build_not_before,
                                                landing_refusals, landing_refusal,
                                                landing_not_before, landed_commit, certificate)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CheckSpec, name, scope, retries)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CheckRun, name, scope, targets, verdict, reused)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Member, change, revision, head)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Build, id, members, assumed_not_landing, base, base_commit,
                                   attempt, state, tree, commit, new_targets, checks, expected,
                                   requested_at, started_at, finished_at, inconclusive, detail, url,
                                   reporter, blames_nobody)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Policy, slots, slot_minute_price, guarantee, order,
                                   every_commit_green, checks, inconclusive_limit, max_pending,
                                   head_start)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Trunk, commit, tree)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Landing, id, members, expected_trunk, base, build, decided_at,
                                   certificate)

namespace event {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ChangeEnqueued, proposal)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ChangeAnalysed, change, revision, footprint, prediction, textual,
                                   needs, needed_by)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ChangeRefused, change, revision, reason, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ChangeRevised, change, head, title)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ChangeCancelled, change, reason, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PathMerged, build, tree, commit, new_targets)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PathConflicted, build, culprit, paths)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BuildStarted, build)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CheckReported, build, check, verdict, inconclusive, detail, url,
                                   reporter)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BuildFinished, build, verdict, inconclusive, check, detail, url,
                                   reporter)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LandingPrepared, landing, tree, new_targets)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LandedMember, change, commit)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LandingDone, landing, members, trunk)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LandingRefused, landing, refusal, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MergeBroken, change, revision, trunk, paths)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TrunkMoved, trunk, footprint, fast_forward)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PolicyChanged, policy)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Paused, why)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BuildsHeld, build, why)

}  // namespace event

/// Strings that are not UTF-8 (paths, titles: git keeps bytes) cannot stand in JSON: each becomes
/// "\u0001hex:" and its bytes as hexadecimal, wherever it is. And back.
void escape_bytes(nlohmann::json& json);
void restore_bytes(nlohmann::json& json);

}  // namespace mergeq
