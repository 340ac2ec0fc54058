#include "api/access.h"

#include <strings.h>

#include <algorithm>

#include "api/problem.h"
#include "api/text.h"
#include "forges/hash.h"

namespace mergeq::api {

bool Caller::may(Role needed, std::string_view queue) const {
  if (anonymous >= needed) return true;
  const bool covered =
      queues.empty() || std::find(queues.begin(), queues.end(), queue) != queues.end();
  return role >= needed && covered;
}

bool Caller::may_in_every_queue(Role needed) const {
  return anonymous >= needed || (role >= needed && queues.empty());
}

bool Caller::may_in_some_queue(Role needed) const { return std::max(anonymous, role) >= needed; }

std::optional<Caller> identify(const Request& request, std::span<const Token> tokens,
                               Role anonymous) {
  Caller caller;
  caller.anonymous = anonymous;
  const std::size_t sent = request.header_count("Authorization");
  if (sent == 0) return caller;
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view header = request.header("Authorization");
  if (sent > 1 || header.size() <= scheme.size() ||
      ::strncasecmp(header.data(), scheme.data(), scheme.size()) != 0) {
    return std::nullopt;
  }
  const std::string digest = forges::sha256_hex(header.substr(scheme.size()));
  const Token* found = nullptr;
  for (const Token& token : tokens) {
    if (equal_in_constant_time(token.sha256, digest)) found = &token;
  }
  if (found == nullptr) return std::nullopt;
  caller.name = found->name;
  caller.role = found->role;
  caller.queues = found->queues;
  caller.has_token = true;
  return caller;
}

Response refusal(const Caller& caller, Role needed) {
  const std::string role(to_name(needed));
  if (!caller.has_token) {
    return problem(401, "This needs a token with the role " + role +
                            ", sent as \"Authorization: Bearer <token>\".");
  }
  return problem(403, "The token does not hold the role " + role + " here.");
}

}  // namespace mergeq::api
