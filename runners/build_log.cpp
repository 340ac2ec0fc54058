#include "runners/build_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace mergeq::runners {

Result<BuildLog> BuildLog::open(const std::string& path, std::uint64_t limit_bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) return fail(ErrorCode::io, path + ": " + std::strerror(errno));
  return BuildLog(fd, limit_bytes);
}

BuildLog::BuildLog(BuildLog&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      left_bytes_(other.left_bytes_),
      limit_bytes_(other.limit_bytes_),
      cut_(other.cut_),
      in_line_(other.in_line_),
      trouble_(std::move(other.trouble_)) {}

BuildLog::~BuildLog() {
  if (fd_ >= 0) close(fd_);
}

void BuildLog::write(std::string_view output) {
  if (cut_) return;
  const std::string_view kept = output.substr(0, left_bytes_);
  put(kept);
  left_bytes_ -= kept.size();
  if (kept.size() == output.size()) return;
  cut_ = true;
  note("the log is cut here: over its limit of " + std::to_string(limit_bytes_) + " bytes");
}

void BuildLog::note(std::string_view text) {
  std::string line = in_line_ ? "\n== " : "== ";
  line += text;
  line += '\n';
  put(line);
}

void BuildLog::put(std::string_view bytes) {
  if (!bytes.empty()) in_line_ = bytes.back() != '\n';
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      if (trouble_.empty()) trouble_ = std::string("the log lost output: ") + std::strerror(errno);
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace mergeq::runners
