#include "service/remote.h"

#include <algorithm>

namespace mergeq::service {
namespace {

using namespace std::chrono_literals;
using Kind = vcs::PushAnswer::Kind;

constexpr auto drop_pause = 2s;           // builds that end together go in one push
constexpr auto ahead = -1h;               // of all else that is due: somebody waits
constexpr std::size_t over_max = 10'000;  // beyond it the next start looks for them
constexpr std::size_t drop_batch = 100;

/// 1 s, 2 s, 4 s ... 60 s.
Transfers::Clock::duration back_off(unsigned times) {
  return std::min<Transfers::Clock::duration>(60s, 1s * (1 << std::min(times, 6u)));
}

std::string seconds_text(Transfers::Clock::duration pause) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(pause).count()) + " s";
}

}  // namespace

struct Remote::Landing {
  vcs::LandRequest request;
  vcs::Sent sent;
  std::function<void(vcs::LandOutcome)> answer;
  unsigned times = 0;
};

Result<std::unique_ptr<Remote>> Remote::open(Setup setup) {
  std::unique_ptr<Remote> remote(new Remote(std::move(setup)));
  const Setup& s = remote->setup_;
  auto runner = runners::ProcessRunner::make(s.directory);
  if (!runner) return tl::unexpected(runner.error());
  remote->runner_ = std::move(*runner);
  auto mirror = vcs::Mirror::open(s.directory, s.options, remote->runner_->callable());
  if (!mirror) return tl::unexpected(mirror.error());
  remote->mirror_ = std::move(*mirror);
  if (auto cleared = remote->mirror_->clear_locks(s.branch); !cleared) {
    return tl::unexpected(cleared.error());
  }
  const auto has_trunk = remote->mirror_->has_branch(s.branch);
  if (!has_trunk) return tl::unexpected(has_trunk.error());
  if (!*has_trunk) {
    if (const auto fetched = remote->mirror_->fetch_trunk(s.branch); !fetched) {
      return tl::unexpected(fetched.error());
    }
  }
  remote->transfers_ = std::make_unique<Transfers>();
  return remote;
}

Remote::~Remote() { stop(); }

void Remote::stop() {
  if (runner_) runner_->end();
  if (transfers_) transfers_->stop();
}

void Remote::note(const Result<>& outcome) {
  const bool is_away = !outcome && outcome.error().code != ErrorCode::not_found;
  if (!is_away) {
    if (failures_ > 0) setup_.tell("remote", "");
    failures_ = 0;
    return;
  }
  ++failures_;
  setup_.tell("remote", "the remote cannot be asked: " + outcome.error().message);
}

void Remote::note(const vcs::PushAnswer& answer) {
  const bool has_answered = answer.kind == Kind::done || answer.kind == Kind::refused;
  if (has_answered) return note(Result<>{});
  note(Result<>(fail(ErrorCode::unavailable, answer.words)));
}

void Remote::start() {
  transfers_->post([this] { watch_trunk(); });
}

void Remote::watch_trunk() {
  look();
  const Transfers::Clock::duration poll = setup_.options.poll;
  transfers_->post([this] { watch_trunk(); },
                   failures_ == 0 ? poll : std::max(poll, back_off(failures_ - 1)));
}

void Remote::look_at_trunk() {
  if (!look_is_due_.exchange(true)) transfers_->post([this] { look(); });
}

void Remote::look() {
  look_is_due_ = false;
  note(mirror_->fetch_trunk(setup_.branch));
}

void Remote::fetch_head(const std::string& name, const std::vector<std::string>& elsewhere,
                        std::function<void(Result<CommitId>)> answer) {
  ++waiting_heads_;
  transfers_->post(
      [this, name, elsewhere, answer = std::move(answer)] {
        auto head = mirror_->fetch_head(name, elsewhere);
        if (head || head.error().code != ErrorCode::invalid) {
          note(head ? Result<>() : Result<>(tl::unexpected(head.error())));
        }
        --waiting_heads_;
        answer(std::move(head));
      },
      ahead);
}

void Remote::push_build(const std::string& name, const CommitId& commit,
                        std::function<void(Result<>)> answer) {
  transfers_->post([this, build = PendingBuild{name, commit, std::move(answer)}] {
    builds_.push_back(build);
    if (builds_.size() == 1) transfers_->post([this] { push_builds(); });
  });
}

/// All that were asked for meanwhile, in one push.
void Remote::push_builds() {
  if (!held_.empty()) return fail_builds(held_);
  std::vector<std::pair<std::string, CommitId>> named;
  for (const PendingBuild& build : builds_) named.emplace_back(build.name, build.commit);
  const vcs::PushAnswer answer = mirror_->push_builds(named);
  note(answer);
  if (answer.kind != Kind::done) {
    std::string why =
        "the remote did not take refs/mergeq/builds/" + named.front().first + ": " + answer.words;
    fail_builds(why);
    return hold_builds(why);
  }
  for (const PendingBuild& build : std::exchange(builds_, {})) build.answer({});
}

void Remote::fail_builds(const std::string& why) {
  for (const PendingBuild& build : std::exchange(builds_, {})) {
    build.answer(fail(ErrorCode::unavailable, why));
  }
}

void Remote::hold_builds(const std::string& why) {
  transfers_->post([this, why] {
    if (!held_.empty()) return;
    held_ = why;
    probes_ = 0;
    setup_.tell("build_refs", why + "; no build can be requested until it does");
    transfers_->post([this] { probe_builds(); }, back_off(0));
  });
}

void Remote::probe_builds() {
  const std::string name = setup_.queue + "-probe";
  const vcs::PushAnswer answer = mirror_->probe_builds(name, setup_.branch);
  note(answer);
  if (answer.kind == Kind::done) {
    held_.clear();
    setup_.tell("build_refs", "");
    drop_build(name);
    if (released_) released_();
    return;
  }
  const auto pause = back_off(++probes_);
  setup_.tell("build_refs", held_ + "; no build can be requested until it does; tried again in " +
                                seconds_text(pause));
  transfers_->post([this] { probe_builds(); }, pause);
}

void Remote::drop_build(const std::string& name) {
  transfers_->post([this, name] {
    if (over_.size() < over_max) over_.push_back(name);
    if (std::exchange(drop_is_due_, true)) return;
    transfers_->post([this] { drop_builds(); }, drop_pause);
  });
}

void Remote::drop_builds() {
  const std::size_t count = std::min(over_.size(), drop_batch);
  const std::vector<std::string> batch(over_.begin(),
                                       over_.begin() + static_cast<std::ptrdiff_t>(count));
  const Result<> dropped = mirror_->drop_builds(batch);
  auto pause = Transfers::Clock::duration{};
  if (dropped) {
    over_.erase(over_.begin(), over_.begin() + static_cast<std::ptrdiff_t>(count));
    if (std::exchange(drop_failures_, 0u) > 0) setup_.tell("build_refs_left", "");
  } else {
    pause = back_off(drop_failures_++);
    setup_.tell("build_refs_left",
                "refs of " + std::to_string(over_.size()) +
                    " builds that are over are still on the remote: " + dropped.error().message);
  }
  drop_is_due_ = !over_.empty();
  if (drop_is_due_) transfers_->post([this] { drop_builds(); }, pause);
}

void Remote::list_builds(std::function<void(std::vector<std::string>)> answer) {
  transfers_->post([this, answer = std::move(answer)] {
    auto names = mirror_->builds(setup_.queue + "-");
    note(names ? Result<>() : Result<>(tl::unexpected(names.error())));
    if (names) return answer(std::move(*names));
    transfers_->post([this, answer] { list_builds(answer); }, back_off(failures_));
  });
}

void Remote::land(vcs::LandRequest request, vcs::Sent sent,
                  std::function<void(vcs::LandOutcome)> answer) {
  auto landing = std::make_shared<Landing>(Landing{std::move(request), sent, std::move(answer)});
  transfers_->post([this, landing] { try_landing(landing); });
}

void Remote::try_landing(const std::shared_ptr<Landing>& landing) {
  vcs::LandOutcome outcome = mirror_->land(landing->request, landing->sent);
  if (outcome.result != vcs::LandResult::unknown) {
    if (landing->times > 0) setup_.tell("landing_unknown", "");
    return landing->answer(std::move(outcome));
  }
  const auto pause = back_off(landing->times++);
  setup_.tell("landing_unknown", "a landing waits: the remote has not said what became of it: " +
                                     outcome.text + "; asked again in " + seconds_text(pause));
  transfers_->post([this, landing] { try_landing(landing); }, pause);
}

}  // namespace mergeq::service
