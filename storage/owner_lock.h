/// One process owns a database: a lock on a file beside it, which the system releases when its
/// holder ends, however it ends.
#pragma once

#include <string>

#include "scheduler/result.h"

namespace mergeq::storage {

class OwnerLock {
 public:
  /// conflict: somebody holds it; the message says who ("process 4711 on host since ..."). io: the
  /// file cannot be made.
  static Result<OwnerLock> take(const std::string& path);

  OwnerLock(OwnerLock&& other) noexcept;
  OwnerLock& operator=(OwnerLock&& other) noexcept;
  ~OwnerLock();

 private:
  explicit OwnerLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace mergeq::storage
