#include "vcs/renames.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace mergeq::vcs {
namespace {

constexpr int score_max = 60'000;
constexpr int score_wanted = 30'000;
constexpr int score_wanted_of_same_name = 45'000;
constexpr std::size_t candidates_per_target = 4;
constexpr std::size_t similarity_size_max = 64U << 20U;  // larger files are renamed only unchanged

struct Candidate {
  std::string path;
  File file;
  bool is_taken = false;
};

/// Bytes of each distinct line (hashed), ascending by hash.
struct Content {
  std::size_t size = 0;
  bool is_read = false;
  std::vector<std::pair<std::uint32_t, std::size_t>> spans;
};

std::vector<std::pair<std::uint32_t, std::size_t>> spans_of(std::string_view content) {
  const bool is_text = !is_binary(content);
  std::vector<std::pair<std::uint32_t, std::size_t>> spans;
  std::uint32_t high = 0;
  std::uint32_t low = 0;
  std::size_t length = 0;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const char c = content[i];
    if (is_text && c == '\r' && i + 1 < content.size() && content[i + 1] == '\n') continue;
    const std::uint32_t before = high;
    high = (high << 7U) ^ (low >> 25U);
    low = (low << 7U) ^ (before >> 25U);
    high += static_cast<unsigned char>(c);
    if (++length < 64 && c != '\n') continue;
    spans.emplace_back((high + low * 0x61U) % 107'927U, length);
    length = 0;
    high = low = 0;
  }  // What follows the last newline does not count, as in git before 2.44.
  std::ranges::sort(spans);
  std::size_t kept = 0;
  for (const auto& span : spans) {
    if (kept > 0 && spans[kept - 1].first == span.first) {
      spans[kept - 1].second += span.second;
    } else {
      spans[kept++] = span;
    }
  }
  spans.resize(kept);
  return spans;
}

class Finder {
 public:
  Finder(ObjectStore& store, const RenameSearch& search) : store_(store), search_(search) {
    Oid empty;
    git_odb_hash(&empty.raw, "", 0, GIT_OBJECT_BLOB);
    for (const FileChange& change : search.changes) {
      if (change.before && !change.after && change.before->id != empty) {
        sources_.push_back({change.path, *change.before});
      } else if (change.after && !change.before && change.after->id != empty) {
        targets_.push_back({change.path, *change.after});
      }
    }
  }

  Result<std::vector<Rename>> find() {
    match_same_content();
    if (search_.side) MERGEQ_DO(guess_directories());
    MERGEQ_DO(match_same_names());
    std::erase_if(sources_, [&](const Candidate& s) { return !is_relevant(s); });
    forget_taken();
    if (sources_.size() * targets_.size() <= search_.pairs_max) MERGEQ_DO(match_similar());
    std::ranges::sort(renames_, {}, &Rename::to);
    return std::move(renames_);
  }

 private:
  void take(Candidate& source, Candidate& target) {
    renames_.push_back({source.path, target.path, source.file.id == target.file.id});
    source.is_taken = target.is_taken = true;
  }
  bool is_relevant(const Candidate& source) const {
    return search_.relevant == nullptr || search_.relevant->contains(source.path);
  }
  void forget_taken() {
    std::erase_if(sources_, [](const Candidate& c) { return c.is_taken; });
    std::erase_if(targets_, [](const Candidate& c) { return c.is_taken; });
  }

  void match_same_content() {
    std::map<Oid, std::vector<Candidate*>> by_content;
    for (Candidate& source : sources_) by_content[source.file.id].push_back(&source);
    for (Candidate& target : targets_) {
      Candidate* best = nullptr;
      const auto same = by_content.find(target.file.id);
      if (same == by_content.end()) continue;
      for (Candidate* source : same->second) {
        if (source->is_taken) continue;
        const bool are_regular = source->file.is_regular() && target.file.is_regular();
        if (!are_regular && source->file.mode != target.file.mode) continue;
        const bool is_same_name = file_name_of(source->path) == file_name_of(target.path);
        if (best == nullptr || is_same_name) best = source;
        if (is_same_name) break;
      }
      if (best != nullptr) take(*best, target);
    }
    forget_taken();
  }

  /// Where most of the unchanged files of a directory that is gone went to.
  Result<> guess_directories() {
    std::map<std::string_view, std::map<std::string_view, std::size_t>> counts;
    for (const Rename& rename : renames_) {
      ++counts[directory_of(rename.from)][directory_of(rename.to)];
    }
    for (const auto& [from, places] : counts) {
      MERGEQ_TRY(const std::optional<TreeEntry> there, store_.entry(search_.side, from));
      if (from.empty() || (there && there->is_tree())) continue;
      directories_[std::string(from)] = std::ranges::max_element(places, {}, [](const auto& place) {
                                          return place.second;
                                        })->first;
    }
    return {};
  }

  /// The candidates of one file name.
  using ByName = std::map<std::string_view, std::vector<Candidate*>>;
  static ByName by_name(std::vector<Candidate>& candidates) {
    ByName found;
    for (Candidate& candidate : candidates) {
      found[file_name_of(candidate.path)].push_back(&candidate);
    }
    return found;
  }

  /// The only one of that name on both sides, or the one where its directory went.
  Candidate* same_name(const Candidate& source, const ByName& sources,
                       const ByName& targets) const {
    const std::string_view name = file_name_of(source.path);
    const auto there = targets.find(name);
    if (there == targets.end()) return nullptr;
    if (sources.at(name).size() == 1 && there->second.size() == 1) return there->second.front();
    const auto guess = directories_.find(directory_of(source.path));
    if (guess == directories_.end()) return nullptr;
    const std::string path = join_path(guess->second, name);
    const auto found = std::ranges::find(there->second, path, &Candidate::path);
    return found == there->second.end() ? nullptr : *found;
  }

  Result<> match_same_names() {
    const ByName sources = by_name(sources_);
    const ByName targets = by_name(targets_);
    for (Candidate& source : sources_) {
      if (!is_relevant(source)) continue;
      Candidate* target = same_name(source, sources, targets);
      if (target == nullptr || target->is_taken) continue;
      MERGEQ_TRY(const int score, similarity(source, *target));
      if (score >= score_wanted_of_same_name) take(source, *target);
    }
    return {};
  }

  struct Pair {
    int score = -1;
    bool is_same_name = false;
    Candidate* source = nullptr;
    Candidate* target = nullptr;

    friend bool operator<(const Pair& a, const Pair& b) {  // better first
      if (a.score != b.score) return a.score > b.score;
      return a.is_same_name && !b.is_same_name;
    }
  };
  Result<> match_similar() {
    std::vector<Pair> pairs;
    for (Candidate& target : targets_) {
      std::array<Pair, candidates_per_target> best{};
      for (Candidate& source : sources_) {
        MERGEQ_TRY(const int score, similarity(source, target));
        if (score < score_wanted) continue;
        const Pair pair{score, file_name_of(source.path) == file_name_of(target.path), &source,
                        &target};
        const auto worst = std::max_element(best.begin(), best.end());
        if (pair < *worst) *worst = pair;
      }
      for (const Pair& pair : best) {
        if (pair.source != nullptr) pairs.push_back(pair);
      }
    }
    std::ranges::stable_sort(pairs, [](const Pair& a, const Pair& b) { return a < b; });
    for (const Pair& pair : pairs) {
      if (!pair.source->is_taken && !pair.target->is_taken) take(*pair.source, *pair.target);
    }
    forget_taken();
    return {};
  }

  Result<int> similarity(const Candidate& source, const Candidate& target) {
    if (!source.file.is_regular() || !target.file.is_regular()) return 0;
    MERGEQ_TRY(Content * from, content(source.file.id));
    MERGEQ_TRY(Content * to, content(target.file.id));
    const std::size_t larger = std::max(from->size, to->size);
    const std::size_t delta = larger - std::min(from->size, to->size);
    if (larger > similarity_size_max) return 0;
    if (larger * (score_max - score_wanted) < delta * score_max || to->size == 0) return 0;
    MERGEQ_DO(read(source.file.id, *from));
    MERGEQ_DO(read(target.file.id, *to));
    std::size_t copied = 0;
    auto other = to->spans.begin();
    for (const auto& [hash, bytes] : from->spans) {
      while (other != to->spans.end() && other->first < hash) ++other;
      if (other == to->spans.end()) break;
      if (other->first == hash) copied += std::min(bytes, other->second);
    }
    return static_cast<int>(copied * score_max / larger);
  }
  Result<Content*> content(const Oid& id) {
    const auto [found, is_new] = contents_.try_emplace(id);
    if (is_new) {
      MERGEQ_TRY(found->second.size, store_.blob_size(id));
    }
    return &found->second;
  }
  Result<> read(const Oid& id, Content& content) {
    if (content.is_read) return {};
    MERGEQ_TRY(const std::string text, store_.blob(id));
    content.spans = spans_of(text);
    content.is_read = true;
    return {};
  }

  ObjectStore& store_;
  const RenameSearch& search_;
  std::map<std::string, std::string, std::less<>> directories_;  // guessed: old place, new place
  std::vector<Candidate> sources_;
  std::vector<Candidate> targets_;
  std::vector<Rename> renames_;
  std::unordered_map<Oid, Content, OidHash> contents_;
};

}  // namespace

Result<std::vector<Rename>> find_renames(ObjectStore& store, const RenameSearch& search) {
  return Finder(store, search).find();
}

}  // namespace mergeq::vcs
