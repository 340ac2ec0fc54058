/// GitHub's webhooks: pull_request, check_run, status, push; everything else is ignored.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "forges/forge.h"
#include "forges/hash.h"
#include "scheduler/text.h"

namespace mergeq::forges {
namespace {

using nlohmann::json;

constexpr std::size_t number_limit = 20;
constexpr std::size_t text_limit = 1'000;
constexpr int depth_limit = 64;

/// What a payload lacks: raised and caught within this file.
struct Lacks {
  std::string what;
};

const json& member(const json& object, const char* name) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto it = object.find(name);
  return it == object.end() ? nothing : *it;
}

/// Empty where it is absent or null: a deleted account, a title that was never set.
std::string text(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_string() ? cut(value.get_ref<const std::string&>(), text_limit) : std::string();
}

std::string needed(const json& object, const char* name, const char* where) {
  const json& value = member(object, name);
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
    throw Lacks{std::string(where) + "." + name + ": expected a text"};
  }
  return value.get<std::string>();
}

CommitId commit(const json& object, const char* name, const char* where) {
  std::string hex = needed(object, name, where);
  const bool digits = std::ranges::all_of(
      hex, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (hex.size() != 40 || !digits) {
    throw Lacks{std::string(where) + "." + name + ": expected a commit id of 40 digits"};
  }
  return {std::move(hex)};
}

/// A number exactly as it was sent: 64-bit integers, or digits in a text.
std::string number(const json& object, const char* name, const char* where) {
  const json& value = member(object, name);
  std::string digits;
  if (value.is_number_unsigned()) digits = std::to_string(value.get<std::uint64_t>());
  if (value.is_string()) digits = value.get<std::string>();
  const bool plain = !digits.empty() && digits.size() <= number_limit &&
                     std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (!plain) {
    throw Lacks{std::string(where) + "." + name + ": expected a whole number of at most 20 digits"};
  }
  return digits;
}

std::string project_of(const json& body) {
  return needed(member(body, "repository"), "full_name", "repository");
}

ForgeEvent pull_request(const json& body) {
  const json& pull = member(body, "pull_request");
  if (!pull.is_object()) throw Lacks{"pull_request: expected an object"};
  const json& head = member(pull, "head");
  const json& base = member(pull, "base");
  PullRequestEvent event;
  event.action = needed(body, "action", "body");
  PullRequest& p = event.pull;
  p.project = project_of(body);
  p.number = number(pull, "number", "pull_request");
  p.head = commit(head, "sha", "pull_request.head");
  p.head_ref = text(head, "ref");
  p.base_ref = needed(base, "ref", "pull_request.base");
  p.title = text(pull, "title");
  p.author = text(member(pull, "user"), "login");
  p.url = text(pull, "html_url");
  const json& labels = member(pull, "labels");
  if (labels.is_array()) {
    for (const json& label : labels) p.labels.push_back(text(label, "name"));
  }
  p.open = text(pull, "state") != "closed" && event.action != "closed";
  p.draft = member(pull, "draft").is_boolean() && member(pull, "draft").get<bool>();
  p.merged = member(pull, "merged").is_boolean() && member(pull, "merged").get<bool>();
  const json& before = member(member(member(body, "changes"), "base"), "ref");
  const std::string from = text(before, "from");
  if (event.action == "edited" && !from.empty() && from != p.base_ref) {
    event.previous_base_ref = from;
  }
  return event;
}

/// Only the exact word for success passes. What says nothing about the change is inconclusive.
void conclude(CheckEvent& event, const std::string& conclusion) {
  if (conclusion == "success") {
    event.verdict = Verdict::passed;
  } else if (conclusion == "failure") {
    event.verdict = Verdict::failed;
  } else {
    event.verdict = Verdict::inconclusive;
    event.inconclusive = conclusion == "timed_out"   ? Inconclusive::timeout
                         : conclusion == "cancelled" ? Inconclusive::cancelled
                                                     : Inconclusive::error;
  }
}

ForgeEvent check_run(const json& body) {
  const json& run = member(body, "check_run");
  if (!run.is_object()) throw Lacks{"check_run: expected an object"};
  CheckEvent event;
  event.project = project_of(body);
  event.commit = commit(run, "head_sha", "check_run");
  event.check = needed(run, "name", "check_run");
  event.url = text(run, "html_url");
  event.reporter = text(member(run, "app"), "slug");
  if (text(run, "status") == "completed") conclude(event, text(run, "conclusion"));
  return event;
}

ForgeEvent status(const json& body) {
  CheckEvent event;
  event.project = project_of(body);
  event.commit = commit(body, "sha", "body");
  event.check = needed(body, "context", "body");
  event.url = text(body, "target_url");
  event.reporter = text(member(body, "sender"), "login");
  const std::string state = text(body, "state");
  if (state != "pending") conclude(event, state);
  return event;
}

ForgeEvent push(const json& body) {
  return PushEvent{project_of(body), needed(body, "ref", "body")};
}

/// Parses with a bound on nesting: a stranger's body must not exhaust the stack.
json parse(std::string_view body) {
  const auto shallow = [](int depth, json::parse_event_t, json&) {
    if (depth > depth_limit) throw Lacks{"body: nested deeper than 64"};
    return true;
  };
  return json::parse(body, shallow);
}

}  // namespace

Result<ForgeEvent> parse_github(std::string_view event, std::string_view body) {
  try {
    const json parsed = parse(body);
    if (!parsed.is_object()) return fail(ErrorCode::invalid, "body: expected a JSON object");
    if (event == "pull_request") return pull_request(parsed);
    if (event == "check_run") return check_run(parsed);
    if (event == "status") return status(parsed);
    if (event == "push") return push(parsed);
    return ForgeEvent(Ignored{"event " + std::string(event.substr(0, 64)) + " means nothing here"});
  } catch (const Lacks& lacks) {
    return fail(ErrorCode::invalid, lacks.what);
  } catch (const json::exception& e) {
    return fail(ErrorCode::invalid, std::string("body: not JSON: ") + e.what());
  }
}

std::string content_key(std::string_view event, std::string_view body) {
  std::string told(event);
  const auto add = [&told](const json& value) {
    told += '\n';
    told += value.dump(-1, ' ', false, json::error_handler_t::replace);
  };
  try {
    const json parsed = parse(body);
    for (const char* name : {"action", "sha", "state", "context", "label", "changes"}) {
      add(member(parsed, name));
    }
    add(member(member(parsed, "repository"), "full_name"));
    const json& pull = member(parsed, "pull_request");
    for (const char* name : {"number", "state", "updated_at", "labels", "title", "draft"}) {
      add(member(pull, name));
    }
    add(member(member(pull, "head"), "sha"));
    add(member(member(pull, "base"), "ref"));
    const json& run = member(parsed, "check_run");
    for (const char* name : {"id", "name", "head_sha", "status", "conclusion", "completed_at"}) {
      add(member(run, name));
    }
    add(member(parsed, "id"));
  } catch (const Lacks&) {
    told += body;
  } catch (const json::exception&) {
    told += body;
  }
  return sha256_hex(told);
}

}  // namespace mergeq::forges
