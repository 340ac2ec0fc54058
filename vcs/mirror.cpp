#include "vcs/mirror.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "vcs/names.h"

namespace mergeq::vcs {
namespace {

namespace fs = std::filesystem;
constexpr const char* fetched_ref = "refs/mergeq/fetched";
constexpr std::string_view builds_prefix = "refs/mergeq/builds/";
constexpr int lock_attempts_max = 40;
constexpr std::chrono::milliseconds lock_pause{50};

Result<> make_directory(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (!error) fs::permissions(directory, fs::perms::owner_all, error);
  if (error) return fail(ErrorCode::io, directory + ": cannot be made: " + error.message());
  return {};
}

Result<int> take_lock(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return fail(ErrorCode::io, path + ": " + std::strerror(errno));
  // A process that was killed while it started another leaves that one with the file, for a moment.
  for (int attempt = 0; attempt < lock_attempts_max; ++attempt) {
    if (flock(file, LOCK_EX | LOCK_NB) == 0) return file;
    std::this_thread::sleep_for(lock_pause);
  }
  ::close(file);
  return fail(ErrorCode::unavailable, path + ": another process uses this copy of the remote");
}

/// Nothing of the remote's address stands in its configuration.
Result<> make_bare(const std::string& path) {
  start_libgit2();
  git_repository* made = nullptr;
  git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
  const int code = git_repository_init_ext(&made, path.c_str(), &options);
  const RepositoryHandle handle(made);
  if (code != 0) return git_failure(code, path + " cannot be made");
  return {};
}

std::string fetched_into(const std::string& source, const std::string& target) {
  return "+" + source + ":" + target;
}

}  // namespace

Mirror::Mirror(int lock, std::unique_ptr<LocalRepository> repository, Transport transport)
    : lock_(lock), repository_(std::move(repository)), transport_(std::move(transport)) {}

Mirror::~Mirror() { ::close(lock_); }

Result<std::unique_ptr<Mirror>> Mirror::open(const std::string& directory, RemoteOptions options,
                                             RunProcess run) {
  MERGEQ_DO(make_directory(directory));
  MERGEQ_TRY(const int lock, take_lock(directory + "/lock"));
  const std::string path = path_in(directory);
  // Made under another name first: half a repository would never be completed.
  const std::string unfinished = path + ".new";
  std::error_code error;
  if (!fs::exists(path, error)) {
    fs::remove_all(unfinished, error);
    Result<> made = make_bare(unfinished);
    if (made) fs::rename(unfinished, path, error);
    if (made && error) made = fail(ErrorCode::io, path + ": " + error.message());
    if (!made) {
      ::close(lock);
      return tl::unexpected(made.error());
    }
  }
  auto repository = open_local_repository(path);
  if (!repository) {
    ::close(lock);
    return tl::unexpected(repository.error());
  }
  Transport transport(std::move(options), path, std::move(run));
  return std::unique_ptr<Mirror>(new Mirror(lock, std::move(*repository), std::move(transport)));
}

Result<> Mirror::fetch_trunk(const std::string& branch) {
  return fetch_trunk_and_notes(branch, false);
}

Result<> Mirror::fetch_trunk_and_notes(const std::string& branch, bool with_notes) {
  MERGEQ_TRY(const std::string ref, branch_ref(branch));
  MERGEQ_TRY(const std::optional<CommitId> known, repository_->branch_tip(branch));
  std::vector<std::string> refspecs{fetched_into(ref, ref)};
  // As a pattern, since there may be none yet; what the remote does not have goes here as well.
  if (with_notes) refspecs.push_back(fetched_into("refs/notes/mergeq*", "refs/notes/mergeq*"));
  const Duration limit = known ? options().time_limit : options().first_time_limit;
  const Result<> fetched = transport_.fetch(refspecs, limit);
  if (!fetched && fetched.error().code == ErrorCode::not_found) {
    return repository_->drop_branch(branch);
  }
  if (fetched && with_notes) {
    MERGEQ_TRY(remote_notes_, ref_now("refs/notes/mergeq"));
  }
  return fetched;
}

Result<> Mirror::fetch_all_heads() {
  return transport_.fetch({fetched_into("refs/heads/*", "refs/mergeq/remote/*")},
                          options().first_time_limit);
}

Result<CommitId> Mirror::fetch_head(const std::string& name,
                                    const std::vector<std::string>& elsewhere) {
  MERGEQ_DO(validate_name(name));
  if (!parse_oid(name)) {
    std::string ref = name;
    if (!name.starts_with("refs/")) {
      MERGEQ_TRY(ref, branch_ref(name));
    }
    const Result<> fetched =
        transport_.fetch({fetched_into(ref, fetched_ref)}, options().time_limit);
    if (!fetched && fetched.error().code == ErrorCode::not_found) {
      return fail(ErrorCode::not_found, "the remote has no ref " + shown(ref));
    }
    if (!fetched) return tl::unexpected(fetched.error());
    return repository_->resolve(fetched_ref);
  }
  const CommitId id{name};
  if (repository_->has_commit(id)) return id;
  Result<> fetched = transport_.fetch({fetched_into(name, fetched_ref)}, options().time_limit);
  for (const std::string& ref : elsewhere) {
    if (fetched || fetched.error().code != ErrorCode::not_found) break;
    fetched = transport_.fetch({fetched_into(ref, fetched_ref)}, options().time_limit);
    if (fetched && !repository_->has_commit(id)) {
      fetched = fail(ErrorCode::not_found, "");
    }
  }
  if (!fetched && fetched.error().code == ErrorCode::not_found) fetched = fetch_all_heads();
  if (!fetched) return tl::unexpected(fetched.error());
  if (repository_->has_commit(id)) return id;
  return fail(ErrorCode::not_found,
              "the remote has no commit " + id.hex + ", or none that a branch leads to");
}

Result<bool> Mirror::has_branch(const std::string& branch) const {
  MERGEQ_TRY(const std::optional<CommitId> tip, repository_->branch_tip(branch));
  return tip.has_value();
}

Result<> Mirror::clear_locks(const std::string& branch) {
  MERGEQ_DO(repository_->clear_stale_locks(branch, std::chrono::seconds{0}));
  return {};
}

PushAnswer Mirror::push_builds(const std::vector<Build>& builds) {
  std::vector<RefUpdate> updates;
  for (const auto& [name, commit] : builds) {
    const Result<std::string> ref = build_ref(name);
    if (!ref) return {.kind = PushAnswer::Kind::not_sent, .words = ref.error().message};
    updates.push_back({.ref = *ref, .to = commit.hex, .expected = ""});
  }
  PushAnswer answer = transport_.push(updates);
  if (!answer.no_atomic) return answer;
  for (const RefUpdate& update : updates) {
    answer = transport_.push({update});
    if (answer.kind != PushAnswer::Kind::done) break;
  }
  return answer;
}

PushAnswer Mirror::probe_builds(const std::string& name, const std::string& branch) {
  const Result<std::optional<CommitId>> tip = repository_->branch_tip(branch);
  if (!tip || !*tip) {
    return {.kind = PushAnswer::Kind::not_sent,
            .words = tip ? "there is no trunk" : tip.error().message};
  }
  // One of an earlier try may be there, at another commit.
  if (const Result<> dropped = drop_builds({name}); !dropped) {
    return {.kind = PushAnswer::Kind::not_sent, .words = dropped.error().message};
  }
  return push_builds({{name, **tip}});
}

Result<std::vector<std::string>> Mirror::builds(const std::string& prefix) {
  MERGEQ_TRY(const Transport::Refs refs,
             transport_.list({std::string(builds_prefix) + prefix + "*"}));
  std::vector<std::string> names;
  for (const auto& [ref, id] : refs) {
    if (ref.starts_with(builds_prefix)) names.push_back(ref.substr(builds_prefix.size()));
  }
  return names;
}

Result<> Mirror::drop_builds(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  MERGEQ_TRY(const Transport::Refs refs, transport_.list({std::string(builds_prefix) + "*"}));
  std::vector<RefUpdate> updates;
  for (const auto& [ref, id] : refs) {
    if (!ref.starts_with(builds_prefix)) continue;
    const std::string name = ref.substr(builds_prefix.size());
    if (std::ranges::find(names, name) == names.end()) continue;
    updates.push_back({.ref = ref, .to = "", .expected = id});
  }
  if (updates.empty()) return {};
  const PushAnswer answer = transport_.push(updates);
  if (answer.kind == PushAnswer::Kind::done) return {};
  return fail(ErrorCode::unavailable, answer.words);
}

Result<bool> remote_has_branch(const RemoteOptions& options, const std::string& branch,
                               const std::string& directory, const RunProcess& run) {
  MERGEQ_TRY(const std::string ref, branch_ref(branch));
  MERGEQ_TRY(const Transport::Refs refs, Transport(options, directory, run).list({ref}));
  return std::ranges::find(refs, ref, &Transport::Refs::value_type::first) != refs.end();
}

Result<> copy_for_reading(const std::string& directory, const std::string& borrowed,
                          const RemoteOptions& options, const std::string& branch,
                          const RunProcess& run) {
  MERGEQ_DO(make_bare(directory));
  std::error_code error;
  if (fs::is_directory(borrowed + "/objects", error)) {
    std::ofstream alternates(directory + "/objects/info/alternates");
    alternates << fs::absolute(borrowed, error).string() << "/objects\n";
    alternates.close();
    if (!alternates) return fail(ErrorCode::io, directory + ": cannot be written");
  }
  MERGEQ_TRY(const std::string ref, branch_ref(branch));
  return Transport(options, directory, run)
      .fetch({fetched_into(ref, ref), fetched_into("refs/notes/mergeq*", "refs/notes/mergeq*")},
             options.first_time_limit);
}

}  // namespace mergeq::vcs
