/// Who asks, and what he may do.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "api/server.h"

namespace mergeq::api {

/// Somebody with a token, or anybody without. A token never takes away what everybody may.
struct Caller {
  std::string name = "anonymous";
  Role anonymous = Role::none;      // what anybody may, in every queue
  Role role = Role::none;           // of the token
  std::vector<std::string> queues;  // of the token; empty: all
  bool has_token = false;

  bool may(Role needed, std::string_view queue) const;
  bool may_in_every_queue(Role needed) const;
  bool may_in_some_queue(Role needed) const;
};

/// Compares with every token, in constant time each. Nothing: a token was sent that nobody has, or
/// the header is not `Bearer <token>`.
std::optional<Caller> identify(const Request& request, std::span<const Token> tokens,
                               Role anonymous);

/// 401 for somebody without a token, 403 with one. What is asked about does not matter, so that the
/// answer does not tell whether it exists.
Response refusal(const Caller& caller, Role needed);

}  // namespace mergeq::api
