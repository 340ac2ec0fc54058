/// A list whose first element goes without moving the others: the oldest change is the first to
/// leave, and each move of a list is a line of memory for each of its neighbours. Private to the
/// conflict graph.
#pragma once

#include <span>
#include <vector>

namespace mergeq {

template <class T>
class QueueList {
 public:
  using value_type = T;
  using iterator = typename std::vector<T>::const_iterator;
  using const_iterator = iterator;

  iterator begin() const { return all_.begin() + gone_; }
  iterator end() const { return all_.end(); }
  std::ptrdiff_t size() const { return std::ssize(all_) - gone_; }
  std::span<const T> view() const { return {begin(), end()}; }

  void push_back(const T& value) { all_.push_back(value); }
  void insert(std::ptrdiff_t place, const T& value) {
    all_.insert(all_.begin() + gone_ + place, value);
  }
  /// Constant for the first (counting what it saves later), linear for others.
  void erase(std::ptrdiff_t place) {
    if (place > 0) {
      all_.erase(all_.begin() + gone_ + place);
    } else if (2 * ++gone_ > std::ssize(all_)) {
      all_.erase(all_.begin(), all_.begin() + gone_);
      gone_ = 0;
    }
  }
  /// Keeps its memory if that is enough for `kept_max` at most.
  void clear(std::size_t kept_max) {
    all_.clear();
    gone_ = 0;
    if (all_.capacity() > kept_max) all_.shrink_to_fit();
  }

 private:
  std::vector<T> all_;
  std::ptrdiff_t gone_ = 0;  // so many at the beginning
};

}  // namespace mergeq
