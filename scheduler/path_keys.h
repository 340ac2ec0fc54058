/// The paths and directories by which changes find one another (scheduler/conflict_graph.h says
/// what for). Private to the conflict graph.
///
/// A change *claims* what it touches: its paths, both sides of a rename, and the directories that
/// are gone after it. It stands *under* every directory around these. Two changes share a path
/// where one claims what the other claims, or what the other stands under.
///
/// A footprint of more than keys_max paths and directories claims directories instead of what is in
/// them: as deep ones as the limit allows, "" (everything) at worst. It then shares a path with
/// whatever is touched below them, which errs on the safe side.
///
/// Cost  O(n log n) comparisons for n paths.
#pragma once

#include <string_view>
#include <vector>

#include "scheduler/footprint.h"

namespace mergeq {

constexpr std::size_t keys_max = 20'000;

/// Views into the footprint. Both ascending, none twice; empty if it touches nothing.
struct PathKeys {
  std::vector<std::string_view> claimed;
  std::vector<std::string_view> under;  // "" for the root

  /// What was there before goes; its memory is used again.
  void take(const Footprint& footprint);

 private:
  void find_directories();
  void coarsen();
};

}  // namespace mergeq
