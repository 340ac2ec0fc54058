/// Remotes as commands of the command line reach them, without a service.
#pragma once

#include <memory>
#include <string>

#include "service/service.h"
#include "vcs/transport.h"

namespace mergeq::cli {

/// A folder that is gone when this is, with a way to run git in it.
class ScratchFolder {
 public:
  static Result<std::unique_ptr<ScratchFolder>> make();
  ~ScratchFolder();
  const std::string& path() const { return path_; }
  vcs::RunProcess git() const;

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// Whether the remote has this branch.
Result<bool> ask_remote(const vcs::RemoteOptions& remote, const std::string& branch);

/// What is to be read of a queue's repository: its path, or a copy of its remote as that is now.
struct ReadableRepository {
  std::unique_ptr<ScratchFolder> scratch;  // keeps the copy
  std::string path;
  std::string notice;  // the remote could not be asked: this is what the service saw last
};
Result<ReadableRepository> readable_repository(const service::QueueConfig& queue,
                                               const std::string& data_directory);

}  // namespace mergeq::cli
