/// What a change touches, as a plain value. vcs/ finds it; the conflict graph compares it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mergeq {

struct LineRange {
  std::uint32_t first = 0;  // from 1
  std::uint32_t count = 0;  // 0: between two lines, after `first`

  friend bool operator==(const LineRange&, const LineRange&) = default;
};

struct TouchedPath {
  std::string path;  // bytes as git has them, on the head's side (the base's for a deletion)
  std::string renamed_from;  // empty unless renamed; that path counts as touched too
  std::string language;      // by extension: "Java", "Kotlin"...; empty for prose, data and unknown
  std::uint32_t lines_added = 0;
  std::uint32_t lines_deleted = 0;
  std::vector<LineRange> base_lines;
  std::vector<LineRange> head_lines;

  friend bool operator==(const TouchedPath&, const TouchedPath&) = default;
};

/// One target and the content hash that it has in some tree: its sources and everything it depends
/// on.
struct TargetHash {
  std::string target;
  std::string hash;

  friend auto operator<=>(const TargetHash&, const TargetHash&) = default;
};

struct Footprint {
  std::vector<TouchedPath> paths;  // ascending by path, no path twice
  /// Directories that the change takes away (everything in them deleted or moved, or a file in
  /// their place), without those inside of them; ascending.
  std::vector<std::string> gone_directories;
  std::vector<std::string> targets;  // affected targets, ascending, none twice
  bool alters_build_graph = false;   // a manifest, or what could not be read
  bool global = false;               // policy says that one of its paths touches everything
  std::uint32_t lines_added = 0;
  std::uint32_t lines_deleted = 0;
  std::vector<std::string> languages;  // ascending

  friend bool operator==(const Footprint&, const Footprint&) = default;
};

}  // namespace mergeq
