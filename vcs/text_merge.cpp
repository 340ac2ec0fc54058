#include "vcs/text_merge.h"

#include <algorithm>
#include <vector>

#include "vcs/line_diff.h"

namespace mergeq::vcs {
namespace {

/// Lines [begin, begin + count).
struct Range {
  std::ptrdiff_t begin = 0;
  std::ptrdiff_t count = 0;

  std::ptrdiff_t end() const { return begin + count; }
};

/// A piece of the base that one side replaced, or both.
struct Piece {
  enum class By { ours, theirs, both };
  By by = By::both;
  Range base, ours, theirs;
};

struct Change {
  Range base, side;
};
std::vector<Change> changes_between(const LineTable& table, const Lines& base, const Lines& side) {
  std::vector<Change> changes;
  for (const LineChange& c : diff_lines(table, base, side)) {
    const auto range = [](std::size_t begin, std::size_t count) {
      return Range{static_cast<std::ptrdiff_t>(begin), static_cast<std::ptrdiff_t>(count)};
    };
    changes.push_back({range(c.begin_a, c.count_a), range(c.begin_b, c.count_b)});
  }
  return changes;
}

bool are_equal(const Lines& a, const Range& in_a, const Lines& b, const Range& in_b) {
  return in_a.count == in_b.count &&
         std::equal(a.ids.begin() + in_a.begin, a.ids.begin() + in_a.end(),
                    b.ids.begin() + in_b.begin);
}

class TextMerger {
 public:
  TextMerger(std::string_view base, std::string_view ours, std::string_view theirs)
      : base_(table_.read(base)), ours_(table_.read(ours)), theirs_(table_.read(theirs)) {}

  std::optional<std::string> merge() {
    join(changes_between(table_, base_, ours_), changes_between(table_, base_, theirs_));
    std::string text;
    std::ptrdiff_t at = 0;  // in ours
    for (const Piece& piece : pieces_) {
      if (piece.by == Piece::By::both) {
        // Both may have done the same in several steps; then it is in ours. (Where one of them has
        // nothing left, git does not look.)
        const bool is_empty = piece.ours.count == 0 || piece.theirs.count == 0;
        if (is_empty || !are_equal(ours_, piece.ours, theirs_, piece.theirs)) return std::nullopt;
        continue;
      }
      append(text, ours_, {at, piece.ours.begin - at});
      const bool is_ours = piece.by == Piece::By::ours;
      append(text, is_ours ? ours_ : theirs_, is_ours ? piece.ours : piece.theirs);
      at = piece.ours.end();
    }
    append(text, ours_, {at, static_cast<std::ptrdiff_t>(ours_.size()) - at});
    return text;
  }

 private:
  static void append(std::string& text, const Lines& lines, const Range& range) {
    for (std::ptrdiff_t i = range.begin; i < range.end(); ++i) {
      text += lines.text[static_cast<std::size_t>(i)];
    }
  }

  /// Both sides' changes in the order of the base; those that overlap or touch become one.
  void join(const std::vector<Change>& ours, const std::vector<Change>& theirs) {
    auto a = ours.begin();
    auto b = theirs.begin();
    std::ptrdiff_t shift_a = 0;
    std::ptrdiff_t shift_b = 0;
    while (a != ours.end() || b != theirs.end()) {
      if (b == theirs.end() || (a != ours.end() && a->base.end() < b->base.begin)) {
        add({Piece::By::ours, a->base, a->side, {a->base.begin + shift_b, a->base.count}});
        shift_a = shift_after(*a++);
      } else if (a == ours.end() || b->base.end() < a->base.begin) {
        add({Piece::By::theirs, b->base, {b->base.begin + shift_a, b->base.count}, b->side});
        shift_b = shift_after(*b++);
      } else {
        if (!is_same(*a, *b)) add(overlap(*a, *b));
        const std::ptrdiff_t end_a = a->base.end();
        const std::ptrdiff_t end_b = b->base.end();
        if (end_a >= end_b) shift_b = shift_after(*b++);
        if (end_b >= end_a) shift_a = shift_after(*a++);
      }
    }
  }

  /// How far the unchanged lines behind a change are from their place in the base.
  static std::ptrdiff_t shift_after(const Change& change) {
    return change.side.end() - change.base.end();
  }

  bool is_same(const Change& a, const Change& b) const {
    return a.base.begin == b.base.begin && a.base.count == b.base.count &&
           are_equal(ours_, a.side, theirs_, b.side);
  }

  /// From the first line that either changed to the last one, on all three.
  static Piece overlap(const Change& a, const Change& b) {
    const std::ptrdiff_t begin = std::min(a.base.begin, b.base.begin);
    const std::ptrdiff_t end = std::max(a.base.end(), b.base.end());
    const auto widened = [&](const Change& c) {
      const std::ptrdiff_t from = c.side.begin - (c.base.begin - begin);
      return Range{from, c.side.end() + (end - c.base.end()) - from};
    };
    return {Piece::By::both, {begin, end - begin}, widened(a), widened(b)};
  }

  /// A piece that touches the one before, on either side, becomes one with it.
  void add(const Piece& piece) {
    if (pieces_.empty() || (piece.ours.begin > pieces_.back().ours.end() &&
                            piece.theirs.begin > pieces_.back().theirs.end())) {
      pieces_.push_back(piece);
      return;
    }
    Piece& last = pieces_.back();
    if (last.by != piece.by) last.by = Piece::By::both;
    last.base.count = piece.base.end() - last.base.begin;
    last.ours.count = piece.ours.end() - last.ours.begin;
    last.theirs.count = piece.theirs.end() - last.theirs.begin;
  }

  LineTable table_;
  Lines base_, ours_, theirs_;
  std::vector<Piece> pieces_;
};

}  // namespace

std::optional<std::string> merge_text(std::string_view base, std::string_view ours,
                                      std::string_view theirs) {
  return TextMerger(base, ours, theirs).merge();
}

}  // namespace mergeq::vcs
