/// A set of slots: the pending changes that name one path, directory or target.
///
/// Most are tiny (a path is touched by one change, or a handful): up to seven slots stand in the
/// object itself, more go into a Roaring bitmap (docs/decisions/0092). Private to the conflict
/// graph: CRoaring is seen by nobody else.
#pragma once

#include <roaring/roaring.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace mergeq {

/// The small number of a pending change; free ones are used again.
using Slot = std::uint32_t;

class Posting {
 public:
  static constexpr std::uint32_t inline_max = 7;

  Posting() = default;
  Posting(Posting&& other) noexcept { swap(other); }
  Posting& operator=(Posting&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Posting() {
    if (many_ != nullptr) roaring_bitmap_free(many_);
  }

  bool empty() const { return count_ == 0; }
  std::uint32_t size() const { return count_; }

  /// No effect if it is in it.
  void insert(Slot slot) {
    if (many_ != nullptr) {
      count_ += roaring_bitmap_add_checked(many_, slot) ? 1 : 0;
      return;
    }
    const auto end = few_.begin() + count_;
    if (std::find(few_.begin(), end, slot) != end) return;
    if (count_ == inline_max) {
      many_ = roaring_bitmap_of_ptr(count_, few_.data());
      insert(slot);
      return;
    }
    few_[count_++] = slot;
  }

  /// No effect if it is not in it.
  void erase(Slot slot) {
    if (many_ != nullptr) {
      count_ -= roaring_bitmap_remove_checked(many_, slot) ? 1 : 0;
      if (count_ <= inline_max / 2) shrink();
      return;
    }
    const auto end = few_.begin() + count_;
    const auto at = std::find(few_.begin(), end, slot);
    if (at == end) return;
    *at = few_[--count_];
  }

  /// In any order.
  template <class Visit>
  void for_each(Visit visit) const {
    if (many_ == nullptr) {
      for (std::uint32_t i = 0; i < count_; ++i) visit(few_[i]);
      return;
    }
    roaring_uint32_iterator_t at;
    roaring_init_iterator(many_, &at);
    std::array<std::uint32_t, 256> chunk;
    while (const std::uint32_t read = roaring_read_uint32_iterator(&at, chunk.data(), 256)) {
      for (std::uint32_t i = 0; i < read; ++i) visit(chunk[i]);
    }
  }

 private:
  void shrink() {
    roaring_bitmap_to_uint32_array(many_, few_.data());
    roaring_bitmap_free(many_);
    many_ = nullptr;
  }
  void swap(Posting& other) {
    std::swap(few_, other.few_);
    std::swap(count_, other.count_);
    std::swap(many_, other.many_);
  }

  std::array<Slot, inline_max> few_{};
  std::uint32_t count_ = 0;
  roaring_bitmap_t* many_ = nullptr;  // owned; all of them, if there is one
};

}  // namespace mergeq
