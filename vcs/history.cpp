#include "vcs/history.h"

#include <algorithm>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>

namespace mergeq::vcs {
namespace {

// What reaches a commit. `stale`: an ancestor of a common ancestor, which tells nothing new.
constexpr unsigned from_a = 1;
constexpr unsigned from_b = 2;
constexpr unsigned stale = 4;

/// One walk: newest commits first, each with what reaches it.
class Painting {
 public:
  void add(const Oid& id, std::int64_t time, unsigned colours) {
    Mark& mark = marks_[id];
    if ((mark.paint & colours) == colours) return;
    const bool was_stale = is_stale(mark);
    mark.paint |= colours;
    if (!was_stale && is_stale(mark)) telling_ -= mark.open;
    ++mark.open;
    if (!is_stale(mark)) ++telling_;
    open_.push({time, arrivals_++, id});
  }
  /// Nothing once only what is stale is left.
  std::optional<std::pair<Oid, unsigned>> next() {
    if (telling_ == 0) return std::nullopt;
    const Oid id = open_.top().id;
    open_.pop();
    Mark& mark = marks_[id];
    --mark.open;
    if (!is_stale(mark)) --telling_;
    return std::pair(id, mark.paint);
  }
  bool is_stale(const Oid& id) const { return is_stale(marks_.at(id)); }

 private:
  struct Mark {
    unsigned paint = 0;
    std::size_t open = 0;  // how often it stands in open_
  };
  struct Place {
    std::int64_t time;
    std::size_t arrival;
    Oid id;

    friend bool operator<(const Place& a, const Place& b) {
      return a.time != b.time ? a.time < b.time : a.arrival > b.arrival;
    }
  };
  static bool is_stale(const Mark& mark) { return (mark.paint & stale) != 0; }

  std::priority_queue<Place> open_;
  std::unordered_map<Oid, Mark, OidHash> marks_;
  std::size_t telling_ = 0;  // places in open_ that are not stale
  std::size_t arrivals_ = 0;
};

Result<std::vector<Oid>> common_ancestors(ObjectStore& store, const Oid& a, const Oid& b) {
  if (a == b) return std::vector<Oid>{a};
  Painting painting;
  MERGEQ_TRY(const auto first, store.links(a));
  painting.add(a, first->time, from_a);
  MERGEQ_TRY(const auto second, store.links(b));
  painting.add(b, second->time, from_b);
  std::vector<Oid> found;
  while (const auto next = painting.next()) {
    auto [id, paint] = *next;
    if (paint == (from_a | from_b)) {
      if (std::ranges::find(found, id) == found.end()) found.push_back(id);
      paint |= stale;
    }
    MERGEQ_TRY(const auto at, store.links(id));
    for (const Oid& parent : at->parents) {
      MERGEQ_TRY(const auto above, store.links(parent));
      painting.add(parent, above->time, paint);
    }
  }
  std::erase_if(found, [&](const Oid& id) { return painting.is_stale(id); });
  return found;
}

}  // namespace

Result<bool> reaches(ObjectStore& store, const Oid& descendant, const Oid& ancestor) {
  MERGEQ_TRY(const std::vector<Oid> found, common_ancestors(store, descendant, ancestor));
  return std::ranges::find(found, ancestor) != found.end();
}

Result<std::vector<Oid>> merge_bases(ObjectStore& store, const Oid& a, const Oid& b) {
  MERGEQ_TRY(std::vector<Oid> found, common_ancestors(store, a, b));
  // Clocks may be wrong: one of them may be an ancestor of another all the same.
  for (std::size_t i = 0; i < found.size() && found.size() > 1;) {
    bool is_reached = false;
    for (std::size_t j = 0; j < found.size() && !is_reached; ++j) {
      if (i == j) continue;
      MERGEQ_TRY(is_reached, reaches(store, found[j], found[i]));
    }
    is_reached ? void(found.erase(found.begin() + static_cast<std::ptrdiff_t>(i))) : void(++i);
  }
  std::vector<std::pair<std::int64_t, Oid>> dated;
  for (const Oid& id : found) {
    MERGEQ_TRY(const auto each, store.links(id));
    dated.emplace_back(each->time, id);
  }
  std::ranges::sort(dated);
  std::vector<Oid> bases;
  for (const auto& [time, id] : dated) bases.push_back(id);
  return bases;
}

}  // namespace mergeq::vcs
