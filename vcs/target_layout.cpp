#include "vcs/target_layout.h"

#include <algorithm>

namespace mergeq::vcs {
namespace {

bool is_literal(std::string_view name) {
  return name.find_first_of("*?") == std::string_view::npos;
}

/// Something strictly below `directory`.
template <class Ordered>
bool has_below(const Ordered& ordered, const std::string& directory) {
  if (directory.empty()) return !ordered.empty();
  const auto found = ordered.lower_bound(directory + '/');
  if (found == ordered.end()) return false;
  if constexpr (requires { found->first; }) {
    return found->first.starts_with(directory + '/');
  } else {
    return found->starts_with(directory + '/');
  }
}

}  // namespace

Oid hash_of(std::string_view text) {
  Oid hash;
  git_odb_hash(&hash.raw, text.data(), text.size(), GIT_OBJECT_BLOB);
  return hash;
}

void append_field(std::string& text, std::string_view field) {
  text.append(std::to_string(field.size())).append(1, ':').append(field);
}

bool is_within(std::string_view path, std::string_view directory) {
  return directory.empty() || path == directory ||
         (path.starts_with(directory) && path[directory.size()] == '/');
}

std::uint32_t TargetLayout::add_pattern(std::string_view text, Tier tier) {
  std::string anchor;
  std::string_view rest = text;
  while (true) {
    while (rest.starts_with('/')) rest.remove_prefix(1);
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos || !is_literal(rest.substr(0, slash))) break;
    anchor = join_path(anchor, rest.substr(0, slash));
    rest.remove_prefix(slash + 1);
  }
  if (rest.empty() && text.ends_with('/')) rest = "**";
  Glob glob(rest);
  const bool is_whole = glob.takes_all_below(glob.start());
  anchors_[anchor].push_back(static_cast<std::uint32_t>(patterns_.size()));
  patterns_.push_back({std::move(anchor), std::move(glob), tier, is_whole});
  digest_ = hash_of(digest_.hex() + std::to_string(static_cast<int>(tier)) + std::string(text));
  return static_cast<std::uint32_t>(patterns_.size() - 1);
}

void TargetLayout::seal() {
  std::string text = digest_.hex();
  for (const std::string& place : places_) append_field(text, place);
  text += '|';
  for (const std::string& path : shared_) append_field(text, path);
  digest_ = hash_of(text);
}

TargetLayout::States TargetLayout::enter(const States& states, std::string_view name,
                                         const std::string& path) const {
  States next;
  for (const Active& active : states) {
    const Glob::State state = patterns_[active.pattern].rest.advance(active.state, name);
    if (state != 0) next.push_back({active.pattern, state});
  }
  const auto begins = anchors_.find(path);
  if (begins == anchors_.end()) return next;
  for (const std::uint32_t pattern : begins->second) {
    next.push_back({pattern, patterns_[pattern].rest.start()});
  }
  std::ranges::sort(next, {}, &Active::pattern);
  return next;
}

TargetLayout::States TargetLayout::states_at(std::string_view directory) const {
  States states = enter({}, "", "");
  for (std::size_t begin = 0; begin < directory.size();) {
    const std::size_t end = std::min(directory.find('/', begin), directory.size());
    states =
        enter(states, directory.substr(begin, end - begin), std::string(directory.substr(0, end)));
    begin = end + 1;
  }
  return states;
}

std::vector<std::uint32_t> TargetLayout::matching(const States& states,
                                                  std::string_view name) const {
  std::vector<std::uint32_t> found;
  for (const Active& active : states) {
    const Glob& glob = patterns_[active.pattern].rest;
    if (glob.is_match(glob.advance(active.state, name))) found.push_back(active.pattern);
  }
  leave_to_rules(found);
  return found;
}

std::vector<std::uint32_t> TargetLayout::taking_all(const States& states) const {
  std::vector<std::uint32_t> found;
  for (const Active& active : states) found.push_back(active.pattern);
  leave_to_rules(found);
  return found;
}

void TargetLayout::leave_to_rules(std::vector<std::uint32_t>& found) const {
  const auto is_in = [&](Tier tier) {
    return [this, tier](std::uint32_t pattern) { return patterns_[pattern].tier == tier; };
  };
  if (std::ranges::any_of(found, is_in(Tier::rule))) std::erase_if(found, is_in(Tier::outside));
}

std::vector<std::uint32_t> TargetLayout::matching(std::string_view path) const {
  return matching(states_at(directory_of(path)), file_name_of(path));
}

const std::string* TargetLayout::nearest_place(std::string_view directory) const {
  if (places_.empty()) return nullptr;
  while (true) {
    if (const auto found = places_.find(directory); found != places_.end()) return &*found;
    if (directory.empty()) return nullptr;
    directory = directory_of(directory);
  }
}

bool TargetLayout::are_patterns_uniform(const std::string& directory, const States& states) const {
  return !has_below(anchors_, directory) && std::ranges::all_of(states, [&](const Active& active) {
    return patterns_[active.pattern].rest.takes_all_below(active.state);
  });
}

bool TargetLayout::has_place_below(const std::string& directory) const {
  return has_below(places_, directory);
}

}  // namespace mergeq::vcs
