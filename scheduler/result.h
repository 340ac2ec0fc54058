/// What can fail in the world returns a Result; nothing of ours throws.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace mergeq {

/// What kind of failure it was, for those who must decide what to do (the API maps it to a status).
enum class ErrorCode {
  invalid,      // the input is wrong; the message says where, what was wrong, what was expected
  not_found,    // what was named does not exist
  conflict,     // it contradicts what is already so
  forbidden,    // the caller may not do that
  too_large,    // over a stated limit
  unavailable,  // not now: try again later
  corrupt,      // stored state does not hold together
  unsupported,  // a version or feature that this program does not know
  io,           // the system refused
};

struct Error {
  ErrorCode code = ErrorCode::invalid;
  std::string message;  // one sentence: where, what was wrong, what was expected

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T = void>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorCode::not_found, "...")` in a function that returns a Result.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace mergeq
