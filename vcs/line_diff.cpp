#include "vcs/line_diff.h"

#include <git2.h>

#include <algorithm>
#include <string>

namespace mergeq::vcs {
namespace {

/// One byte for each line: it differs. A line more at both ends, which never does.
class Marks {
 public:
  explicit Marks(std::size_t lines) : marks_(lines + 2), lines_(lines) {}

  char& operator[](std::ptrdiff_t line) { return marks_[static_cast<std::size_t>(line + 1)]; }
  std::ptrdiff_t lines() const { return static_cast<std::ptrdiff_t>(lines_); }
  void set(std::size_t begin, std::size_t count) {
    std::fill_n(marks_.begin() + static_cast<std::ptrdiff_t>(begin) + 1, count, char{1});
  }

 private:
  std::vector<char> marks_;
  std::size_t lines_;
};

/// Lines [begin_a, end_a) of one text against [begin_b, end_b) of the other.
struct Region {
  std::size_t begin_a, end_a, begin_b, end_b;
};

class HistogramDiff {
 public:
  HistogramDiff(const LineTable& table, const Lines& a, const Lines& b, Marks& in_a, Marks& in_b)
      : a_(a),
        b_(b),
        in_a_(in_a),
        in_b_(in_b),
        first_(table.size(), none),
        count_(table.size()),
        next_(a.size(), none) {}

  void run() {
    std::vector<Region> open{{0, a_.size(), 0, b_.size()}};
    while (!open.empty()) {  // the order of the regions changes nothing
      const Region region = open.back();
      open.pop_back();
      if (region.begin_a == region.end_a || region.begin_b == region.end_b) {
        mark_all(region);
        continue;
      }
      const Found found = longest_rarest_run(region);
      if (found.is_all_too_frequent) {
        compare_otherwise(region);
      } else if (found.run.begin_a == found.run.end_a) {
        mark_all(region);
      } else {
        open.push_back({found.run.end_a, region.end_a, found.run.end_b, region.end_b});
        open.push_back({region.begin_a, found.run.begin_a, region.begin_b, found.run.begin_b});
      }
    }
  }

 private:
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);
  static constexpr std::uint32_t frequent = 64;

  struct Found {
    Region run{0, 0, 0, 0};
    std::uint32_t rarest = frequent + 1;  // how often the rarest line of the run stands in a
    bool has_common = false;
    bool is_all_too_frequent = false;
  };

  void mark_all(const Region& region) {
    in_a_.set(region.begin_a, region.end_a - region.begin_a);
    in_b_.set(region.begin_b, region.end_b - region.begin_b);
  }

  /// Chains the places of each line of a's part, first ones first.
  void index(const Region& region) {
    for (std::size_t i = region.end_a; i-- > region.begin_a;) {
      const std::uint32_t id = a_.ids[i];
      next_[i] = first_[id];
      first_[id] = static_cast<std::uint32_t>(i);
      ++count_[id];
    }
  }
  void forget(const Region& region) {
    for (std::size_t i = region.begin_a; i < region.end_a; ++i) {
      first_[a_.ids[i]] = none;
      count_[a_.ids[i]] = 0;
    }
  }

  Found longest_rarest_run(const Region& region) {
    index(region);
    Found found;
    for (std::size_t at = region.begin_b; at < region.end_b;) at = try_line(region, at, found);
    forget(region);
    found.is_all_too_frequent = found.has_common && found.rarest > frequent;
    return found;
  }

  /// Tries every run through line `at` of b; gives the next line that is worth a try.
  std::size_t try_line(const Region& region, std::size_t at, Found& found) {
    std::size_t next_at = at + 1;
    const std::uint32_t id = b_.ids[at];
    if (count_[id] == 0) return next_at;
    found.has_common = true;
    if (count_[id] > found.rarest) return next_at;
    for (std::uint32_t place = first_[id]; place != none;) {
      const Region run = grow(region, place, at);
      std::uint32_t rarest = count_[id];
      for (std::size_t i = run.begin_a; i < run.end_a && rarest > 1; ++i) {
        rarest = std::min(rarest, count_[a_.ids[i]]);
      }
      next_at = std::max(next_at, run.end_b);
      const bool is_longer = run.end_a - run.begin_a > found.run.end_a - found.run.begin_a;
      if (is_longer || rarest < found.rarest) {
        found.run = run;
        found.rarest = rarest;
      }
      while (place != none && place < run.end_a) place = next_[place];
    }
    return next_at;
  }

  Region grow(const Region& region, std::size_t in_a, std::size_t in_b) const {
    Region run{in_a, in_a + 1, in_b, in_b + 1};
    while (run.begin_a > region.begin_a && run.begin_b > region.begin_b &&
           a_.ids[run.begin_a - 1] == b_.ids[run.begin_b - 1]) {
      --run.begin_a;
      --run.begin_b;
    }
    while (run.end_a < region.end_a && run.end_b < region.end_b &&
           a_.ids[run.end_a] == b_.ids[run.end_b]) {
      ++run.end_a;
      ++run.end_b;
    }
    return run;
  }

  void compare_otherwise(const Region& region);

  const Lines& a_;
  const Lines& b_;
  Marks& in_a_;
  Marks& in_b_;
  std::vector<std::uint32_t> first_;  // by line id: its first place in a's part
  std::vector<std::uint32_t> count_;
  std::vector<std::uint32_t> next_;  // by place in a: the next one of the same line
};

std::string_view part(const Lines& lines, std::size_t begin, std::size_t end) {
  const char* from = lines.text[begin].data();
  const std::string_view last = lines.text[end - 1];
  return {from, static_cast<std::size_t>(last.data() + last.size() - from)};
}

void HistogramDiff::compare_otherwise(const Region& region) {
  const std::string_view a = part(a_, region.begin_a, region.end_a);
  const std::string_view b = part(b_, region.begin_b, region.end_b);
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.context_lines = 0;
  options.flags = GIT_DIFF_FORCE_TEXT;
  git_patch* patch = nullptr;
  if (git_patch_from_buffers(&patch, a.data(), a.size(), nullptr, b.data(), b.size(), nullptr,
                             &options) != 0) {
    return mark_all(region);
  }
  for (std::size_t i = 0; i < git_patch_num_hunks(patch); ++i) {
    const git_diff_hunk* hunk = nullptr;
    git_patch_get_hunk(&hunk, nullptr, patch, i);
    // From 1; of no lines, the line before.
    const auto set = [](Marks& marks, std::size_t begin, int start, int count) {
      if (count > 0) {
        marks.set(begin + static_cast<std::size_t>(start - 1), static_cast<std::size_t>(count));
      }
    };
    set(in_a_, region.begin_a, hunk->old_start, hunk->old_lines);
    set(in_b_, region.begin_b, hunk->new_start, hunk->new_lines);
  }
  git_patch_free(patch);
}

/// The changed lines [start, end) between two unchanged ones; may be empty.
class Group {
 public:
  Group(Marks& marks, const Lines& lines) : marks_(marks), lines_(lines) { find_end(); }

  std::ptrdiff_t start() const { return start_; }
  std::ptrdiff_t end() const { return end_; }
  bool is_empty() const { return start_ == end_; }

  bool next() {
    if (end_ == marks_.lines()) return false;
    start_ = end_ = end_ + 1;
    find_end();
    return true;
  }
  bool previous() {
    if (start_ == 0) return false;
    start_ = end_ = start_ - 1;
    find_start();
    return true;
  }
  /// One line towards the end, where the line behind equals the first; groups that meet become one.
  bool slide_down() {
    if (end_ == marks_.lines() || id(start_) != id(end_)) return false;
    marks_[start_++] = 0;
    marks_[end_++] = 1;
    find_end();
    return true;
  }
  bool slide_up() {
    if (start_ == 0 || id(start_ - 1) != id(end_ - 1)) return false;
    marks_[--start_] = 1;
    marks_[--end_] = 0;
    find_start();
    return true;
  }

 private:
  void find_end() {
    while (marks_[end_] != 0) ++end_;
  }
  void find_start() {
    while (marks_[start_ - 1] != 0) --start_;
  }
  std::uint32_t id(std::ptrdiff_t line) const { return lines_.ids[static_cast<std::size_t>(line)]; }

  Marks& marks_;
  const Lines& lines_;
  std::ptrdiff_t start_ = 0;
  std::ptrdiff_t end_ = 0;
};

/// Slides each group of `a` as far down as it goes, but back up to where it last stood beside a
/// group of `b`.
void slide_together(Marks& in_a, const Lines& a, Marks& in_b, const Lines& b) {
  Group group(in_a, a);
  Group beside(in_b, b);
  do {
    if (group.is_empty()) continue;
    std::ptrdiff_t size = 0;
    std::ptrdiff_t highest_end = 0;
    bool has_matched = false;
    do {
      size = group.end() - group.start();
      has_matched = false;
      while (group.slide_up()) beside.previous();
      highest_end = group.end();
      has_matched = !beside.is_empty();
      while (group.slide_down()) {
        beside.next();
        has_matched = has_matched || !beside.is_empty();
      }
    } while (size != group.end() - group.start());
    if (group.end() == highest_end || !has_matched) continue;
    while (beside.is_empty() && group.slide_up()) beside.previous();
  } while (group.next() && beside.next());
}

std::vector<LineChange> changes_of(Marks& in_a, Marks& in_b) {
  std::vector<LineChange> changes;
  std::ptrdiff_t i = 0;
  std::ptrdiff_t j = 0;
  while (i < in_a.lines() || j < in_b.lines()) {
    if (in_a[i] == 0 && in_b[j] == 0) {
      ++i;
      ++j;
      continue;
    }
    LineChange change{.begin_a = static_cast<std::size_t>(i),
                      .begin_b = static_cast<std::size_t>(j)};
    for (; in_a[i] != 0; ++i) ++change.count_a;
    for (; in_b[j] != 0; ++j) ++change.count_b;
    changes.push_back(change);
  }
  return changes;
}

}  // namespace

Lines LineTable::read(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n') + 1);
    lines.text.push_back(line.empty() ? text : line);  // without a newline: all that is left
    text.remove_prefix(lines.text.back().size());
    lines.ids.push_back(numbers_.try_emplace(lines.text.back(), size()).first->second);
  }
  return lines;
}

std::vector<LineChange> diff_lines(const LineTable& table, const Lines& a, const Lines& b) {
  Marks in_a(a.size());
  Marks in_b(b.size());
  HistogramDiff(table, a, b, in_a, in_b).run();
  slide_together(in_a, a, in_b, b);
  slide_together(in_b, b, in_a, a);
  return changes_of(in_a, in_b);
}

}  // namespace mergeq::vcs
