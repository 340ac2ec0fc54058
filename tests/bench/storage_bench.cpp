/// What durability costs: batches that are on disk when write() answers, alone and in company.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "storage/journal.h"

namespace mergeq::storage {
namespace {

/// So many writers' batches wait for one commit.
void BM_write(benchmark::State& state) {
  std::string folder = (std::filesystem::temp_directory_path() / "mergeq-bench-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return state.SkipWithError("no temporary folder");
  auto opened = open_store("sqlite:" + folder + "/mergeq.db");
  if (!opened) return state.SkipWithError(opened.error().message.c_str());
  std::unique_ptr<Store> store = std::move(*opened);
  const auto together = static_cast<std::size_t>(state.range(0));
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    std::vector<decltype(store->write({}))> answers;
    for (std::size_t i = 0; i < together; ++i) {
      Batch batch;
      ++sequence;
      batch.journal = {{"main", sequence, Instant{}, std::string(400, 'x')}};
      answers.push_back(store->write(std::move(batch)));
    }
    for (auto& answer : answers) {
      if (!answer.get()) state.SkipWithError("not written");
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(sequence));
  store.reset();
  std::filesystem::remove_all(folder);
}
BENCHMARK(BM_write)->Arg(1)->Arg(100)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mergeq::storage
