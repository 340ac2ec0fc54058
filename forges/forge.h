/// What a forge's webhooks mean, in mergeq's own words. Pure: bytes in, meaning out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "scheduler/build.h"
#include "scheduler/result.h"

namespace mergeq::forges {

/// A pull request as it is now. It belongs in the queue if it is open, not a draft, and carries the
/// label.
struct PullRequest {
  std::string project;  // "acme/monorepo"
  std::string number;   // digits, exactly as sent
  CommitId head;
  std::string head_ref;
  std::string base_ref;  // branch it wants to land on
  std::string title;     // empty if null
  std::string author;    // empty if the account is gone
  std::string url;
  std::vector<std::string> labels;
  bool open = true;
  bool draft = false;
  bool merged = false;
};

/// opened, labelled, unlabelled, pushed, closed, edited...: what the sender says happened to it.
struct PullRequestEvent {
  std::string action;
  PullRequest pull;
  std::optional<std::string> previous_base_ref;  // it was switched from this branch
};
/// A result for an `external` build: matched by commit and check name.
struct CheckEvent {
  std::string project;
  CommitId commit;
  std::string check;
  std::optional<Verdict> verdict;  // none: it is only queued or running
  Inconclusive inconclusive = Inconclusive::none;
  std::string url;
  std::string reporter;  // app or account that reported it
};
/// A ref was pushed, made or deleted: "refs/heads/main".
struct PushEvent {
  std::string project;
  std::string ref;
};
struct Ignored {
  std::string why;
};
using ForgeEvent = std::variant<PullRequestEvent, CheckEvent, PushEvent, Ignored>;

/// One delivery of GitHub: `event` is the X-GitHub-Event header. `invalid`: not JSON, or it lacks
/// what its event always has. Unknown events and actions are Ignored.
Result<ForgeEvent> parse_github(std::string_view event, std::string_view body);

/// Identity of what happened, whatever delivery id it came under: equal for repeated deliveries.
std::string content_key(std::string_view event, std::string_view body);

/// `header` is X-Hub-Signature-256 ("sha256=<hex>", any case) over the raw bytes. False for an
/// empty secret, always. Compared in constant time.
bool signature_is_valid(std::string_view secret, std::string_view body, std::string_view header);

}  // namespace mergeq::forges
