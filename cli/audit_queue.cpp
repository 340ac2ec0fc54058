#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <thread>
#include <type_traits>

#include "cli/audit.h"
#include "cli/audit_note.h"
#include "scheduler/journal_format.h"
#include "scheduler/planners.h"
#include "scheduler/queue.h"

namespace mergeq::cli {
namespace {

constexpr std::size_t journal_chunk = 1000;
constexpr unsigned page_limit = 100;
/// A running service moves on while one reads: so often it is looked at again.
constexpr int tries = 20;
constexpr std::chrono::milliseconds between_tries{150};

/// One step of the trunk, as the journal has it.
struct Step {
  std::uint64_t sequence = 0;
  Trunk trunk;
  std::vector<event::LandedMember> members;  // empty: somebody else pushed
  bool fast_forward = true;
};

struct Journal {
  std::uint64_t records = 0;
  std::uint64_t enqueued = 0;
  std::vector<Step> steps;
  std::map<ChangeId, std::vector<CommitId>> landed;
};

class Audit {
 public:
  Audit(const service::QueueConfig& config, storage::Store& store, vcs::Repository& repository)
      : config_(config), store_(store), repository_(repository) {
    report_.queue = config.name;
  }

  /// Nothing: the service moved on meanwhile, and what was found may be due to that.
  Result<std::optional<AuditReport>> run();

 private:
  template <class... Args>
  void find(fmt::format_string<Args...> text, Args&&... args) {
    report_.findings.push_back(fmt::format(text, std::forward<Args>(args)...));
  }
  Result<> read_rows();
  Result<> read_journal();
  void take_in(std::uint64_t sequence, const Event& event);
  Result<> check_trunk();
  Result<> check_landing(const Step& step, const std::optional<CommitId>& before);
  Result<> check_foreign_push(const Step& step, const std::optional<CommitId>& before);
  Result<> check_tip();
  Result<> check_changes();
  Result<> check_live_changes();
  Result<std::unique_ptr<Queue>> replayed();

  const service::QueueConfig& config_;
  storage::Store& store_;
  vcs::Repository& repository_;
  AuditReport report_;
  CommitId tip_;
  Journal journal_;
  std::map<std::uint64_t, storage::ChangeRow> rows_;  // by ordinal
};

Result<std::optional<AuditReport>> Audit::run() {
  const auto before = store_.last_sequence(config_.name);
  if (!before) return tl::unexpected(before.error());
  // Trunk and rows first: whatever they say, the journal said it before.
  const auto tip = repository_.branch_tip(config_.branch);
  if (!tip) return tl::unexpected(tip.error());
  if (!*tip)
    return fail(ErrorCode::not_found, fmt::format("{}: expected a branch \"{}\", it is gone",
                                                  config_.repository, config_.branch));
  tip_ = **tip;
  for (const auto step : {&Audit::read_rows, &Audit::read_journal, &Audit::check_trunk,
                          &Audit::check_tip, &Audit::check_changes, &Audit::check_live_changes}) {
    auto done = (this->*step)();
    if (done) continue;
    if (done.error().code != ErrorCode::corrupt) return tl::unexpected(done.error());
    find("{}", done.error().message);
    break;  // what follows would rest on what cannot be trusted
  }
  const auto after = store_.last_sequence(config_.name);
  if (after && *after != *before && !report_.findings.empty()) return std::nullopt;
  return report_;
}

Result<> Audit::read_rows() {
  storage::PageRequest page{.limit = page_limit};
  for (;;) {
    auto rows = store_.changes({.queue = config_.name}, page);
    if (!rows) return tl::unexpected(rows.error());
    if (rows->empty()) return {};
    page.before = rows->back().ordinal;
    for (storage::ChangeRow& row : *rows) {
      const std::uint64_t ordinal = row.ordinal;
      if (!rows_.emplace(ordinal, std::move(row)).second)
        find("change {} is in the read model twice", ordinal);
    }
  }
}

void Audit::take_in(std::uint64_t sequence, const Event& event) {
  if (std::holds_alternative<event::ChangeEnqueued>(event.what)) ++journal_.enqueued;
  if (const auto* done = std::get_if<event::LandingDone>(&event.what)) {
    journal_.steps.push_back({sequence, done->trunk, done->members, true});
    for (const auto& member : done->members)
      journal_.landed[member.change].push_back(member.commit);
  }
  if (const auto* moved = std::get_if<event::TrunkMoved>(&event.what))
    journal_.steps.push_back({sequence, moved->trunk, {}, moved->fast_forward});
}

Result<> Audit::read_journal() {
  std::uint64_t sequence = 0;
  for (;;) {
    const auto records = store_.journal_after(config_.name, sequence, journal_chunk);
    if (!records) return tl::unexpected(records.error());
    if (records->empty()) break;
    for (const storage::JournalRecord& record : *records) {
      if (record.sequence != sequence + 1)
        return fail(ErrorCode::corrupt,
                    fmt::format("the journal has record {} after {}", record.sequence, sequence));
      sequence = record.sequence;
      const auto event = event_from_json(nlohmann::json::parse(record.payload, nullptr, false));
      if (!event)
        return fail(ErrorCode::corrupt,
                    fmt::format("journal record {}: {}", sequence, event.error().message));
      take_in(sequence, *event);
    }
  }
  report_.records = sequence;
  report_.changes = journal_.enqueued;
  return {};
}

Result<> Audit::check_trunk() {
  std::optional<CommitId> before;  // not known for the first step: mergeq began somewhere
  for (const Step& step : journal_.steps) {
    auto checked =
        step.members.empty() ? check_foreign_push(step, before) : check_landing(step, before);
    if (!checked) return checked;
    before = step.trunk.commit;
  }
  return {};
}

/// The commits between two trunks are those of the landing, in their order, each with its note.
Result<> Audit::check_landing(const Step& step, const std::optional<CommitId>& before) {
  ++report_.landings;
  report_.landed_changes += step.members.size();
  const auto tree = repository_.tree_of(step.trunk.commit);
  if (!tree) {
    find("record {}: landed {}, which the repository does not have", step.sequence,
         step.trunk.commit.hex);
    return {};
  }
  if (*tree != step.trunk.tree || step.members.back().commit != step.trunk.commit)
    find("record {}: what landed at {} is not what the journal says", step.sequence,
         step.trunk.commit.hex);
  NoteCheck notes(config_.name, store_, repository_, report_.findings);
  notes.check(step.members, *tree, before);

  const bool one_commit_each = config_.merge_method == vcs::MergeMethod::merge ||
                               config_.merge_method == vcs::MergeMethod::squash;
  const CommitId& from = before ? *before : step.members.front().commit;
  const auto forward = repository_.is_ancestor(from, step.trunk.commit);
  if (!forward) return tl::unexpected(forward.error());
  if (!*forward)
    find("record {}: {} is not on top of {}", step.sequence, step.trunk.commit.hex, from.hex);
  // Other methods put the change's own commits on the line; the policy of then is not known now.
  if (!*forward || !one_commit_each) return {};
  const auto line = repository_.first_parents(from, step.trunk.commit);
  if (!line) return tl::unexpected(line.error());
  std::set<CommitId> expected;
  for (const auto& member : step.members) expected.insert(member.commit);
  for (const CommitId& commit : *line) {
    if (!expected.contains(commit))
      find("commit {} came onto the trunk with landing record {}, and is of none of its changes",
           commit.hex, step.sequence);
  }
  return {};
}

/// A commit that carries a note came from mergeq: then the journal must know its landing.
Result<> Audit::check_foreign_push(const Step& step, const std::optional<CommitId>& before) {
  ++report_.foreign_pushes;
  if (!before || !step.fast_forward) return {};
  const auto line = repository_.first_parents(*before, step.trunk.commit);
  if (!line) return {};  // the old trunk came in as a second parent: nothing to walk along
  for (const CommitId& commit : *line) {
    const auto note = repository_.note(commit);
    if (note && *note)
      find("commit {} carries a certificate, but the journal takes it for a push by somebody else",
           commit.hex);
  }
  return {};
}

Result<> Audit::check_tip() {
  if (journal_.steps.empty()) return {};
  const CommitId& known = journal_.steps.back().trunk.commit;
  if (known == tip_) return {};
  find(
      "the trunk is at {}, the journal's last word is {}: pushed by somebody else without the "
      "service seeing it, or a landing that is just being written down",
      tip_.hex, known.hex);
  return {};
}

Result<> Audit::check_changes() {
  for (const auto& [change, commits] : journal_.landed) {
    const std::string id = fmt::format("{}-{}", config_.name, change.value);
    if (commits.size() > 1) find("change {} landed {} times", id, commits.size());
    const bool rewritten =
        std::ranges::any_of(journal_.steps, [](const Step& step) { return !step.fast_forward; });
    const auto reachable = repository_.is_ancestor(commits.back(), tip_);
    if (!reachable) return tl::unexpected(reachable.error());
    if (!*reachable && !rewritten)
      find("change {} landed as {}, which the trunk does not contain", id, commits.back().hex);
    const auto row = rows_.find(change.value);
    if (row == rows_.end() || row->second.state != "landed")
      find("change {} landed in the journal, the read model calls it {}", id,
           row == rows_.end() ? "nothing" : row->second.state);
  }
  for (std::uint64_t ordinal = 1; ordinal <= journal_.enqueued; ++ordinal) {
    if (!rows_.contains(ordinal))
      find("change {}-{} was acknowledged and is not in the read model", config_.name, ordinal);
  }
  for (const auto& [ordinal, row] : rows_) {
    const auto state = from_name<ChangeState>(row.state);
    if (ordinal > journal_.enqueued)
      find("change {} is in the read model and not in the journal", row.id);
    if (!state || is_terminal(*state) != row.terminal)
      find("change {} has the state \"{}\", which does not fit the rest of its row", row.id,
           row.state);
    if (row.state == "landed" && !journal_.landed.contains(ChangeId{ordinal}))
      find("change {} is landed in the read model and not in the journal", row.id);
    const auto document = nlohmann::json::parse(row.document, nullptr, false);
    if (!document.is_object() || document.value("state", "") != row.state)
      find("change {} has a document that contradicts its row", row.id);
  }
  return {};
}

Result<std::unique_ptr<Queue>> Audit::replayed() {
  const auto snapshot = store_.latest_snapshot(config_.name);
  if (!snapshot) return tl::unexpected(snapshot.error());
  if (!*snapshot) return nullptr;
  const auto payload = nlohmann::json::parse((*snapshot)->payload, nullptr, false);
  if (!payload.is_object() || !payload.contains("queue"))
    return fail(ErrorCode::corrupt, "the last snapshot is not what a service writes");
  auto queue = Queue::restore(payload["queue"], make_value_planner());
  if (!queue) return tl::unexpected(queue.error());
  auto restored = std::make_unique<Queue>(std::move(*queue));
  for (std::uint64_t sequence = (*snapshot)->sequence;;) {
    const auto records = store_.journal_after(config_.name, sequence, journal_chunk);
    if (!records) return tl::unexpected(records.error());
    if (records->empty()) return restored;
    for (const storage::JournalRecord& record : *records) {
      const auto event = event_from_json(nlohmann::json::parse(record.payload, nullptr, false));
      if (!event) return tl::unexpected(event.error());
      restored->apply(*event);
      sequence = record.sequence;
    }
  }
}

/// Each change is alive in the replayed core, or terminal in the read model, and never both.
Result<> Audit::check_live_changes() {
  const auto queue = replayed();
  if (!queue) return tl::unexpected(queue.error());
  if (!*queue) return {};
  const auto& alive = (*queue)->state().changes;
  for (const auto& [ordinal, row] : rows_) {
    const auto it = alive.find(ChangeId{ordinal});
    if (row.terminal == (it == alive.end())) continue;
    find("change {} is {} in the read model and {} in the replayed journal", row.id, row.state,
         it == alive.end() ? "over" : to_name(it->second.state));
  }
  return {};
}

}  // namespace

Result<AuditReport> audit_queue(const service::QueueConfig& queue, storage::Store& store,
                                const std::string& repository_path) {
  const auto repository = vcs::open_repository(repository_path);
  if (!repository) return tl::unexpected(repository.error());
  for (int i = 0; i < tries; ++i) {
    auto report = Audit(queue, store, **repository).run();
    if (!report) return tl::unexpected(report.error());
    // A landing is on the trunk a moment before it is in the journal.
    const bool settled = *report && (*report)->findings.empty();
    if (settled || (*report && i + 1 >= 5)) return std::move(**report);
    std::this_thread::sleep_for(between_tries);
  }
  return fail(ErrorCode::unavailable,
              fmt::format("queue {}: the service moves on faster than this can read; pause the "
                          "queue, then try again",
                          queue.name));
}

}  // namespace mergeq::cli
