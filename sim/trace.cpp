#include "sim/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/iostreams/device/file.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "sim/workload.h"

namespace mergeq::sim {

namespace {

namespace io = boost::iostreams;
using nlohmann::json;

constexpr std::int64_t pending_at_most_s = 24 * 3600;
constexpr std::int64_t time_s_max = 100'000'000'000;  // the year 5138

/// The lines of a file that may be packed with gzip. Never holds more than one line.
class Lines {
 public:
  explicit Lines(std::string path) : path_(std::move(path)) {}

  Result<> open() {
    std::error_code failed;
    if (std::filesystem::is_directory(path_, failed)) {
      return fail(ErrorCode::io, path_ + ": expected a trace file, got a directory");
    }
    std::ifstream probe(path_, std::ios::binary);
    if (!probe) return fail(ErrorCode::io, path_ + ": cannot be opened");
    const bool packed = probe.get() == 0x1f && probe.get() == 0x8b;
    try {
      if (packed) buffer_.push(io::gzip_decompressor());
      buffer_.push(io::file_source(path_, std::ios::binary));
    } catch (const std::exception& e) {
      return fail(ErrorCode::io, fmt::format("{}: {}", path_, e.what()));
    }
    return {};
  }

  /// False at the end of the file.
  Result<bool> next(std::string& line) {
    ++number_;
    line.clear();
    try {
      for (int c = buffer_.sbumpc(); c != EOF; c = buffer_.sbumpc()) {
        if (++bytes_ > trace_bytes_max) {
          return broken(fmt::format("expected at most {} bytes unpacked", trace_bytes_max));
        }
        if (c == '\n') return true;
        if (line.size() >= trace_line_bytes_max) {
          return broken(fmt::format("expected a line of at most {} bytes", trace_line_bytes_max));
        }
        line.push_back(static_cast<char>(c));
      }
    } catch (const std::exception& e) {
      return broken(fmt::format("expected whole gzip data: {}", e.what()));
    }
    return !line.empty();
  }

  std::uint64_t number() const { return number_; }
  tl::unexpected<Error> broken(const std::string& text) const {
    return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", path_, number_, text));
  }

 private:
  std::string path_;
  io::filtering_streambuf<io::input> buffer_;
  std::uint64_t number_ = 0;
  std::uint64_t bytes_ = 0;
};

/// Gives each name a number; in the end the numbers become places in the ascending list of names.
class Interner {
 public:
  std::uint32_t number(std::string_view name) {
    const auto next = static_cast<std::uint32_t>(numbers_.size());
    return numbers_.emplace(name, next).first->second;
  }
  /// By number: its place among the names in ascending order, which go into `names`.
  std::vector<std::uint32_t> places(std::vector<std::string>& names) const {
    std::vector<std::pair<std::string, std::uint32_t>> sorted(numbers_.begin(), numbers_.end());
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::uint32_t> places(sorted.size());
    for (std::uint32_t place = 0; place < sorted.size(); ++place) {
      places[sorted[place].second] = place;
      names.push_back(std::move(sorted[place].first));
    }
    return places;
  }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

void to_places(std::vector<std::uint32_t>& numbers, const std::vector<std::uint32_t>& places) {
  for (std::uint32_t& number : numbers) number = places[number];
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

std::string_view directory_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view(".") : path.substr(0, slash);
}

/// A short form of what stands where something else was expected.
std::string got(const json& value) {
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 60) + "...";
  return text;
}

class Reader {
 public:
  /// One line, or a sentence that says what was expected.
  tl::expected<TraceChange, std::string> change(const std::string& line);
  std::shared_ptr<const Names> finish(std::vector<TraceChange>& changes) const;

 private:
  static tl::expected<std::int64_t, std::string> time(const json& object, const char* key);
  std::optional<std::string> touch(const json& file, Touched& touched);

  Interner targets_;
  Interner paths_;
};

tl::expected<std::int64_t, std::string> Reader::time(const json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end()) {
    return tl::unexpected(fmt::format("{}: expected seconds since 1970, got nothing", key));
  }
  if (!it->is_number_integer() || it->get<std::int64_t>() < 0 ||
      it->get<std::int64_t>() > time_s_max) {
    return tl::unexpected(
        fmt::format("{}: expected seconds since 1970, a whole number from 0 to {}, got {}", key,
                    time_s_max, got(*it)));
  }
  return it->get<std::int64_t>();
}

std::optional<std::string> Reader::touch(const json& file, Touched& touched) {
  const auto is_count = [](const json& value) {
    return value.is_number_unsigned() ||
           (value.is_number_integer() && value.get<std::int64_t>() >= 0);
  };
  if (!file.is_array() || file.size() != 3 || !file[0].is_string() ||
      file[0].get_ref<const std::string&>().empty() || !is_count(file[1]) || !is_count(file[2])) {
    return "files: expected [path, lines added, lines deleted], got " + got(file);
  }
  const std::string& path = file[0].get_ref<const std::string&>();
  touched.paths.push_back(paths_.number(path));
  touched.targets.push_back(targets_.number(directory_of(path)));
  return std::nullopt;
}

tl::expected<TraceChange, std::string> Reader::change(const std::string& line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) {
    return tl::unexpected(fmt::format("expected one JSON object, got {}",
                                      object.is_discarded() ? "no JSON" : got(object)));
  }
  const auto created_at = time(object, "created_at");
  if (!created_at) return tl::unexpected(created_at.error());
  const auto landed_at = time(object, "landed_at");
  if (!landed_at) return tl::unexpected(landed_at.error());
  if (*landed_at < *created_at) {
    return tl::unexpected(fmt::format(
        "landed_at: expected a time not before created_at ({}), got {}", *created_at, *landed_at));
  }
  const auto files = object.find("files");
  if (files == object.end() || !files->is_array()) {
    return tl::unexpected(fmt::format("files: expected an array, got {}",
                                      files == object.end() ? "nothing" : got(*files)));
  }
  TraceChange change;
  change.came_at_s = std::max(*created_at, *landed_at - pending_at_most_s);
  for (const json& file : *files) {
    if (auto wrong = touch(file, change.touched)) return tl::unexpected(*std::move(wrong));
  }
  return change;
}

std::shared_ptr<const Names> Reader::finish(std::vector<TraceChange>& changes) const {
  auto names = std::make_shared<Names>();
  const auto targets = targets_.places(names->targets);
  const auto paths = paths_.places(names->paths);
  for (TraceChange& change : changes) {
    to_places(change.touched.targets, targets);
    to_places(change.touched.paths, paths);
  }
  std::stable_sort(changes.begin(), changes.end(), [](const TraceChange& a, const TraceChange& b) {
    return a.came_at_s < b.came_at_s;
  });
  return names;
}

std::string name_of(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  for (const std::string_view ending : {".gz", ".jsonl"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      name.resize(name.size() - ending.size());
    }
  }
  return name;
}

}  // namespace

Result<Trace> read_trace(const std::string& path) {
  Lines lines(path);
  if (auto opened = lines.open(); !opened) return tl::unexpected(opened.error());
  Reader reader;
  Trace trace{.name = name_of(path), .names = nullptr, .changes = {}};
  std::string line;
  while (true) {
    const auto more = lines.next(line);
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    if (trace.changes.size() == changes_max) {
      return lines.broken(fmt::format("expected at most {} changes", changes_max));
    }
    auto change = reader.change(line);
    if (!change) return lines.broken(change.error());
    trace.changes.push_back(*std::move(change));
  }
  if (trace.changes.empty()) {
    return fail(ErrorCode::invalid, path + ":1: expected at least one change, got an empty file");
  }
  trace.names = reader.finish(trace.changes);
  return trace;
}

OutcomeModel trace_outcome_model() {
  OutcomeModel model;
  model.conflict = {
      .real_target = 0.005, .real_path = 0.02, .believed_target = 0.005, .believed_path = 0.02};
  return model;
}

Scenario make_scenario(const Trace& trace, const OutcomeModel& model, double rate_per_hour,
                       std::uint64_t changes, std::uint64_t seed) {
  const std::size_t count = std::min<std::uint64_t>(changes, trace.changes.size());
  Scenario scenario{.name = trace.name,
                    .rate_per_hour = rate_per_hour,
                    .seed = seed,
                    .names = trace.names,
                    .changes = {},
                    .conflict = model.conflict};
  if (count == 0) return scenario;
  const std::int64_t first_s = trace.changes.front().came_at_s;
  const auto span_s = static_cast<double>(trace.changes[count - 1].came_at_s - first_s);
  const double wanted_span_min = static_cast<double>(count - 1) * 60.0 / rate_per_hour;
  Rng rng(seed);
  const OutcomeDraw outcomes(model);
  scenario.changes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto since_s = static_cast<double>(trace.changes[i].came_at_s - first_s);
    ScenarioChange change;
    change.arrives = Instant{from_minutes(span_s > 0.0 ? since_s / span_s * wanted_span_min : 0.0)};
    change.outcome = outcomes.draw(rng);
    change.touched = trace.changes[i].touched;
    scenario.changes.push_back(std::move(change));
  }
  return scenario;
}

}  // namespace mergeq::sim
