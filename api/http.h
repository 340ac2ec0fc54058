/// A request and its answer, as the routes see them: no socket, no library.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mergeq::api {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::vector<std::string> segments;  // of the path, percent-decoded one by one; "/" has none
  std::string path;                   // as it was sent, without the query
  Pairs query;                        // decoded, in order
  Pairs headers;
  std::string body;                  // empty until it was read
  std::uint64_t content_length = 0;  // as declared
  bool has_body = false;             // one is declared or comes in chunks

  /// Without regard to case; the first if there are several; empty if there is none.
  std::string_view header(std::string_view name) const;
  std::size_t header_count(std::string_view name) const;
};

/// Fills path, segments and query from a request target. False for what is not a path, broken
/// percent escapes, control characters, or bytes that are not UTF-8.
bool parse_target(std::string_view target, Request& request);

/// An open file to be sent whole; closed with the last copy.
class OpenFile {
 public:
  OpenFile(int descriptor, std::uint64_t size_bytes) : fd_(descriptor), size_bytes_(size_bytes) {}
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int descriptor() const { return fd_; }
  std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  int fd_;
  std::uint64_t size_bytes_;
};

/// The answer goes on as an event stream, which is given the socket.
struct StreamStart {
  std::vector<std::string> queues;           // only events of these; empty: of all
  std::optional<std::string> last_event_id;  // as sent, whatever it is
};

struct Response {
  int status = 200;
  std::string content_type;
  std::string body;
  Pairs headers;
  std::shared_ptr<OpenFile> file;     // instead of a body
  std::optional<StreamStart> stream;  // instead of a body
};

/// What every answer carries: no sniffing, no framing, nothing from elsewhere.
const Pairs& security_headers();

/// "OK", "Not Found"...
std::string_view status_text(int status);

}  // namespace mergeq::api
