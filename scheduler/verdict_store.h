/// Verdicts by what they judged: (check, tree) or (check, target, content hash). A key with a
/// verdict is never built again; a passing verdict of a hash is what `independent` certificates
/// rest on.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <tuple>

#include "scheduler/build.h"

namespace mergeq {

class VerdictStore {
 public:
  struct Entry {
    bool passed = false;
    BuildId build;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  /// Of a `tree` check on this very tree.
  std::optional<Entry> of_tree(const std::string& check, const TreeId& tree) const;
  /// A passing verdict of this check for this hash, from whatever build.
  std::optional<Entry> of_target(const std::string& check, const TargetHash& target) const;
  /// A failing verdict of a `target` check for exactly this set of hashes.
  std::optional<Entry> of_targets(const std::string& check,
                                  std::span<const TargetHash> targets) const;

  /// Conclusive verdicts only. A passed `tree` check passes `new_targets` too: the tree has them,
  /// and its base was green already.
  void record_tree(const std::string& check, const TreeId& tree,
                   std::span<const TargetHash> new_targets, Entry entry);
  void record_targets(const std::string& check, std::span<const TargetHash> targets, Entry entry);

  /// Keeps at most `limit` keys, the newest builds' ones.
  void trim(std::size_t limit);
  std::size_t size() const;

  nlohmann::json save() const;
  void load(const nlohmann::json& saved);
  friend bool operator==(const VerdictStore&, const VerdictStore&) = default;

 private:
  std::map<std::pair<std::string, std::string>, Entry> trees_;
  std::map<std::tuple<std::string, std::string, std::string>, Entry> targets_;
  std::map<std::pair<std::string, std::string>, Entry> failed_sets_;  // (check, hashes joined)
};

}  // namespace mergeq
