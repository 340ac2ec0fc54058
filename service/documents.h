/// The core's values as JSON documents, in the shape of api/openapi.yaml. Pure: state in, document
/// out.
///
/// Foreign bytes that are not UTF-8 are shown as U+FFFD: every document can be dumped.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/queue.h"

namespace mergeq::service {

/// How ids of one queue are spelled outside: `<queue>-<n>` for changes, `<queue>-b<n>` for builds.
std::string change_name(std::string_view queue, ChangeId id);
std::string build_name(std::string_view queue, BuildId id);
/// The queue and number in such a name; an id of 0 if it is none.
struct ParsedName {
  std::string queue;
  ChangeId change;
  BuildId build;
};
ParsedName parse_name(std::string_view name);

/// RFC 3339 in UTC with milliseconds.
std::string to_rfc3339(Instant at);
/// Valid UTF-8, foreign bytes replaced.
std::string shown(std::string_view bytes);

/// What documents need beside the core.
struct QueueNames {
  std::string name;
  std::string repository;  // without credentials
  std::string branch;
  std::string merge_method;
  bool keeps_logs = false;  // its builds run here
};

/// A change as a whole. With `live` (the queue that it is in) the parts that move with others are
/// filled in: position, depends_on, odds. Without, they are null or empty: it is terminal.
nlohmann::json change_document(const std::string& queue, const Change& change, const Queue* live);
/// A stored document of a live change, with its moving parts as they are now.
void refresh_change_document(nlohmann::json& document, const std::string& queue, ChangeId id,
                             const Queue& live);
nlohmann::json build_document(const QueueNames& names, const Build& build);
nlohmann::json build_summary(const QueueNames& names, const Build& build, Instant now);
/// What a webhook is answered: what came of it, in words, and for what.
nlohmann::json webhook_answer(std::string_view outcome, std::string text, nlohmann::json change,
                              nlohmann::json build = nullptr);
nlohmann::json timeline_document(const std::string& queue, Instant at, const effect::Happened& what,
                                 const std::string& actor);

/// The QueueSummary part of a queue's document; `problems` and the members that come from the read
/// model (`recent`, `rates`) are the caller's.
nlohmann::json queue_summary(const QueueNames& names, const Queue& queue);
/// `policy`, `changes` and `running_builds`, to be merged into the summary.
nlohmann::json queue_details(const QueueNames& names, const Queue& queue, Instant now);
nlohmann::json graph_document(const std::string& queue, const Queue& live);
nlohmann::json plan_document(const std::string& queue, const Queue& live);

/// Why a live change waits, for what, and when it will land (service/explanation.cpp).
nlohmann::json explanation_document(const std::string& queue, ChangeId id, const Queue& live,
                                    Instant now);
/// The same for a terminal one, from its stored document.
nlohmann::json terminal_explanation(const nlohmann::json& change_document);
/// The explanation's one sentence.
std::string waiting_summary(const std::string& queue, const Change& change, const Queue& live,
                            Instant now);

}  // namespace mergeq::service
