/// With whom a change is in conflict: found when it is analysed, and told when somebody asks.
#include <algorithm>

#include "service/conflict_document.h"
#include "service/queue_thread.h"

namespace mergeq::service {

/// Whose text does not merge with it, of the changes in the graph that are not of its stack.
Result<> QueueThread::compare(const effect::Analyse& e, event::ChangeAnalysed& found) {
  const QueueState& s = queue_->state();
  for (ChangeId other : s.graph.sharing_path(found.footprint)) {
    const bool stacked = std::ranges::find(found.needs, other) != found.needs.end() ||
                         std::ranges::find(found.needed_by, other) != found.needed_by.end();
    if (stacked) continue;
    const auto clash = repository_->heads_conflict(s.change(other).proposal.head, e.head);
    if (!clash) return tl::unexpected(clash.error());
    if (*clash) found.textual.push_back(other);
  }
  return {};
}

/// A change that is in the graph, by its name.
Result<const Change*> QueueThread::pending_change(const std::string& name) const {
  const QueueState& s = queue_->state();
  const ParsedName parsed = parse_name(name);
  const auto it = s.changes.find(parsed.change);
  if (parsed.queue != config_.name || it == s.changes.end()) {
    return fail(ErrorCode::not_found, "queue " + config_.name + " has no live change \"" +
                                          shown(name).substr(0, 80) + "\"");
  }
  if (!s.is_pending(parsed.change)) {
    return fail(ErrorCode::conflict, "change " + name + " is still being analysed");
  }
  return &it->second;
}

Result<nlohmann::json> QueueThread::conflict(const std::string& a, const std::string& b) {
  if (a == b) return fail(ErrorCode::invalid, "a, b: expected two changes, got one twice");
  const auto first = pending_change(a), second = pending_change(b);
  if (!first) return tl::unexpected(first.error());
  if (!second) return tl::unexpected(second.error());
  const Change &one = **first, &other = **second;
  Conflict conflict;
  if (const auto edge = queue_->state().graph.between(one.id, other.id)) {
    conflict.kind = edge->kind;
    conflict.probability = edge->probability;
    if (is_directed(edge->kind)) {
      conflict.needs_other = edge->upper == one.id ? Side::a : Side::b;
    }
    if (edge->kind == EdgeKind::textual) {
      const auto merged =
          repository_->merge({.base = one.proposal.head,
                              .members = {{other.id, other.revision, other.proposal.head}}});
      if (!merged) return tl::unexpected(merged.error());
      if (merged->conflict) conflict.textual_paths = merged->conflict->paths;
    }
  }
  return conflict_document(config_.name, {a, one.footprint}, {b, other.footprint}, conflict);
}

}  // namespace mergeq::service
