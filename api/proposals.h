/// Bodies that enqueue a change or report a build: the same from REST and from webhooks.
#pragma once

#include "api/fields.h"
#include "service/service.h"

namespace mergeq::api {

inline constexpr TextLimit head_limit{.bytes_max = 1024};
inline constexpr TextLimit id_limit{.bytes_max = 200};

/// head, title, author, url, number, priority, depends_on.
service::EnqueueRequest read_proposal(Fields& fields);
/// verdict, check, url, duration_s, detail.
service::BuildReport read_report(Fields& fields);

/// An idempotency key as it is stored: keys of different clients do not meet, and have one length.
std::string stored_key(std::string_view client, std::string_view key);

}  // namespace mergeq::api
