/// A database in a folder of its own that goes away with it, and batches to write into it.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "storage/journal.h"

namespace mergeq::storage {

class Database {
 public:
  Database() {
    std::string name = (std::filesystem::temp_directory_path() / "mergeq-storage-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  const std::filesystem::path& folder() const { return folder_; }
  std::string path() const { return (folder_ / "mergeq.db").string(); }
  std::string location() const { return "sqlite:" + path(); }

  std::unique_ptr<Store> open() const {
    auto store = open_store(location());
    REQUIRE_MESSAGE(store.has_value(), (store ? "" : store.error().message));
    return std::move(*store);
  }

 private:
  std::filesystem::path folder_;
};

inline JournalRecord record(std::string queue, std::uint64_t sequence, std::string payload = "{}") {
  return {std::move(queue), sequence, Instant{Duration{1'000 + static_cast<long>(sequence)}},
          std::move(payload)};
}

inline ChangeRow change_row(const std::string& queue, std::uint64_t ordinal,
                            std::string state = "queued", std::string author = "ann") {
  return {.id = queue + "-" + std::to_string(ordinal),
          .queue = queue,
          .state = std::move(state),
          .author = std::move(author),
          .number = "",
          .head = "",
          .ordinal = ordinal,
          .terminal = false,
          .document = "{\"ordinal\":" + std::to_string(ordinal) + "}"};
}

inline BuildRow build_row(const std::string& queue, std::uint64_t ordinal,
                          std::string state = "running") {
  return {.id = queue + "-b" + std::to_string(ordinal),
          .queue = queue,
          .state = std::move(state),
          .commit = "c" + std::to_string(ordinal),
          .change = queue + "-1",
          .ordinal = ordinal,
          .document = "{}"};
}

inline std::vector<std::uint64_t> written(Store& store, Batch batch) {
  auto outcome = store.write(std::move(batch)).get();
  REQUIRE_MESSAGE(outcome.has_value(), (outcome ? "" : outcome.error().message));
  return *outcome;
}

inline Error refused(Store& store, Batch batch) {
  auto outcome = store.write(std::move(batch)).get();
  REQUIRE_FALSE(outcome.has_value());
  return outcome.error();
}

}  // namespace mergeq::storage
