#include "cli/remote_access.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "runners/process_runner.h"
#include "vcs/mirror.h"

namespace mergeq::cli {

namespace fs = std::filesystem;

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::make() {
  std::error_code error;
  std::string path = (fs::temp_directory_path(error) / "mergeq-XXXXXX").string();
  if (error || mkdtemp(path.data()) == nullptr)
    return fail(ErrorCode::io, path + ": a temporary folder cannot be made");
  return std::unique_ptr<ScratchFolder>(new ScratchFolder(std::move(path)));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

vcs::RunProcess ScratchFolder::git() const {
  return [path = path_](const vcs::ProcessSpec& spec, std::string& output) -> vcs::ProcessEnd {
    const auto runner = runners::ProcessRunner::make(path + "/bin");
    if (!runner) {
      output += runner.error().message;
      return {};
    }
    return (*runner)->run(spec, output);
  };
}

Result<bool> ask_remote(const vcs::RemoteOptions& remote, const std::string& branch) {
  const auto scratch = ScratchFolder::make();
  if (!scratch) return tl::unexpected(scratch.error());
  return vcs::remote_has_branch(remote, branch, (*scratch)->path(), (*scratch)->git());
}

Result<ReadableRepository> readable_repository(const service::QueueConfig& queue,
                                               const std::string& data_directory) {
  if (!queue.remote) return ReadableRepository{.path = queue.repository};
  auto scratch = ScratchFolder::make();
  if (!scratch) return tl::unexpected(scratch.error());
  const std::string mirror =
      vcs::Mirror::path_in((fs::path(data_directory) / "mirrors" / queue.name).string());
  const std::string copy = (*scratch)->path() + "/repository.git";
  const auto copied =
      vcs::copy_for_reading(copy, mirror, *queue.remote, queue.branch, (*scratch)->git());
  if (copied) return ReadableRepository{.scratch = std::move(*scratch), .path = copy};
  std::error_code error;
  if (!fs::exists(mirror, error)) return tl::unexpected(copied.error());
  return ReadableRepository{
      .path = mirror,
      .notice = fmt::format("queue {}: {}; what follows is about the remote as the service saw it "
                            "last",
                            queue.name, copied.error().message)};
}

}  // namespace mergeq::cli
