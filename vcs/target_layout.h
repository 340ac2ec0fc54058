/// Whose a file is, by its path alone: the patterns of rules and the places of targets.
///
/// In this order: the rules of the configuration whose patterns match (all of them); the targets of
/// a graph from outside whose patterns match (all of them); the targets of the nearest place around
/// it; its directory.
///
/// A walk carries States along. A pattern begins where its names stop being literal (its anchor),
/// so that a thousand patterns cost what those cost that can match where one is.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "vcs/git.h"
#include "vcs/glob.h"

namespace mergeq::vcs {

class TargetLayout {
 public:
  enum class Tier : std::uint8_t {
    rule,     // owns what it matches
    outside,  // owns what it matches and no rule does
    global,   // everybody uses what it matches; owns nothing
  };
  struct Pattern {
    std::string anchor;  // the directory where it begins
    Glob rest;           // from there on
    Tier tier;
    bool is_whole;  // all of the anchor and below
  };
  struct Active {
    std::uint32_t pattern;
    Glob::State state;
  };
  using States = std::vector<Active>;  // of the patterns that may match below, ascending

  /// Gives the pattern's number.
  std::uint32_t add_pattern(std::string_view text, Tier tier);
  /// A directory that has targets.
  void add_place(std::string directory) { places_.insert(std::move(directory)); }
  /// A file that belongs to those who use it, and not to its directory.
  void add_shared(std::string path) { shared_.insert(std::move(path)); }
  /// To be called once, after the last add: makes the digest.
  void seal();

  const std::vector<Pattern>& patterns() const { return patterns_; }
  /// Equal layouts give all files the same owners.
  const Oid& digest() const { return digest_; }

  /// Inside `directory`.
  States states_at(std::string_view directory) const;
  /// Inside of the subdirectory `name`, whose path is `path`.
  States enter(const States& states, std::string_view name, const std::string& path) const;
  /// The patterns that match a file `name`, ascending.
  std::vector<std::uint32_t> matching(const States& states, std::string_view name) const;
  std::vector<std::uint32_t> matching(std::string_view path) const;
  /// The patterns that match all files below a directory that are_patterns_uniform() is true for.
  std::vector<std::uint32_t> taking_all(const States& states) const;
  bool is_owner(std::uint32_t pattern) const { return patterns_[pattern].tier != Tier::global; }

  bool is_place(const std::string& directory) const { return places_.contains(directory); }
  bool is_shared(const std::string& path) const { return shared_.contains(path); }
  /// The place that owns what is directly in `directory`, or nothing.
  const std::string* nearest_place(std::string_view directory) const;
  /// Each pattern that may match below matches everything: one needs not look.
  bool are_patterns_uniform(const std::string& directory, const States& states) const;
  bool has_place_below(const std::string& directory) const;

 private:
  /// What a rule owns is no target's from outside.
  void leave_to_rules(std::vector<std::uint32_t>& found) const;

  std::vector<Pattern> patterns_;
  std::map<std::string, std::vector<std::uint32_t>, std::less<>> anchors_;
  std::set<std::string, std::less<>> places_;
  std::set<std::string, std::less<>> shared_;
  Oid digest_;
};

Oid hash_of(std::string_view text);
/// "<length>:<field>": what follows cannot be taken for part of it.
void append_field(std::string& text, std::string_view field);
/// `path` is `directory` or below it.
bool is_within(std::string_view path, std::string_view directory);

}  // namespace mergeq::vcs
