/// The log of one build: streamed to disk as it comes, and never larger than its limit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scheduler/result.h"

namespace mergeq::runners {

/// Bytes are kept as the commands wrote them (they need not be text). Over the limit one line marks
/// the cut and the rest is thrown away; notes are written all the same. A full disk loses log,
/// never the build: trouble() then says why.
class BuildLog {
 public:
  /// Replaces what an earlier run of the same build left.
  static Result<BuildLog> open(const std::string& path, std::uint64_t limit_bytes);
  BuildLog(BuildLog&& other) noexcept;
  BuildLog& operator=(BuildLog&&) = delete;
  ~BuildLog();

  void write(std::string_view output);
  /// A line of mergeq's own: "== text", on a line by itself.
  void note(std::string_view text);
  /// Why something could not be written; empty if all was.
  const std::string& trouble() const { return trouble_; }

 private:
  BuildLog(int fd, std::uint64_t limit_bytes)
      : fd_(fd), left_bytes_(limit_bytes), limit_bytes_(limit_bytes) {}
  void put(std::string_view bytes);

  int fd_;
  std::uint64_t left_bytes_;
  std::uint64_t limit_bytes_;
  bool cut_ = false;
  bool in_line_ = false;
  std::string trouble_;
};

}  // namespace mergeq::runners
