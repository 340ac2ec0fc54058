#include "sim/trace.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>

#include "tests/sim/fixtures.h"

using namespace mergeq;
using namespace mergeq::sim;

namespace {

const std::string good_line = R"({"created_at":1,"landed_at":2,"files":[["a/b",1,0]]})";

std::string packed(const std::string& text) {
  namespace io = boost::iostreams;
  std::string result;
  io::filtering_ostream out;
  out.push(io::gzip_compressor());
  out.push(io::back_inserter(result));
  out << text;
  out.reset();
  return result;
}

/// The error without the file's name.
std::string error_of(std::string_view content) {
  const TemporaryFile file(content, ".jsonl");
  const auto trace = read_trace(file.path());
  if (trace) return "no error";
  CHECK(trace.error().message.starts_with(file.path()));
  return trace.error().message.substr(file.path().size());
}

}  // namespace

TEST_SUITE("trace") {
  TEST_CASE("changes come when they were created, but at most a day before they landed") {
    const auto trace = read_trace(SAMPLES "/four.jsonl.gz");
    REQUIRE(trace.has_value());
    CHECK(trace->name == "four");
    CHECK(trace->names->targets == std::vector<std::string>{".", "app/main", "lib"});
    CHECK(trace->names->paths == std::vector<std::string>{"README.md", "app/main/m.java",
                                                          "app/main/n.c", "lib/a.java",
                                                          "lib/b.java"});
    const std::vector<TraceChange> expected{
        {1000, {.targets = {0, 2}, .paths = {0, 3}}},
        {4600, {.targets = {1, 2}, .paths = {1, 3, 4}}},
        {8200, {.targets = {}, .paths = {}}},
        {8200, {.targets = {1}, .paths = {2}}},
    };
    CHECK(trace->changes == expected);
  }

  TEST_CASE("times are stretched to the rate, and who came with whom stays") {
    const auto trace = read_trace(SAMPLES "/four.jsonl.gz");
    REQUIRE(trace.has_value());
    const Scenario scenario = make_scenario(*trace, trace_outcome_model(), 30.0, 100, 1);
    std::vector<double> at_min;
    for (const auto& change : scenario.changes) {
      at_min.push_back(minutes(change.arrives.time_since_epoch()));
    }
    CHECK(at_min == std::vector<double>{0.0, 3.0, 6.0, 6.0});
  }

  TEST_CASE("the first so many changes are a trace of their own") {
    const auto trace = read_trace(SAMPLES "/four.jsonl.gz");
    REQUIRE(trace.has_value());
    CHECK(make_scenario(*trace, trace_outcome_model(), 30.0, 2, 1).changes.size() == 2);
    CHECK(make_scenario(*trace, trace_outcome_model(), 30.0, 1, 1).changes.size() == 1);
  }

  TEST_CASE("a trace may be packed or plain, with or without a last newline") {
    const std::string text = good_line + "\n" + good_line;
    for (const std::string& content : {text, text + "\n", packed(text), packed(text + "\n")}) {
      const TemporaryFile file(content, ".jsonl");
      const auto trace = read_trace(file.path());
      REQUIRE(trace.has_value());
      CHECK(trace->changes.size() == 2);
    }
  }

  TEST_CASE("members that are not needed may say anything") {
    CHECK(error_of(R"({"created_at":1,"landed_at":2,"files":[],"id":{},"new":[1]})") == "no error");
  }

  TEST_CASE("a malformed line is named with its number and what was expected") {
    const auto second = [](const std::string& line) { return error_of(good_line + "\n" + line); };
    CHECK(second("nonsense") == ":2: expected one JSON object, got no JSON");
    CHECK(second("[1]") == ":2: expected one JSON object, got [1]");
    CHECK(error_of("\n" + good_line) == ":1: expected one JSON object, got no JSON");
    CHECK(second(R"({"landed_at":2,"files":[]})") ==
          ":2: created_at: expected seconds since 1970, got nothing");
    CHECK(second(R"({"created_at":1,"landed_at":"soon","files":[]})") ==
          ":2: landed_at: expected seconds since 1970, a whole number from 0 to 100000000000, got "
          "\"soon\"");
    CHECK(second(R"({"created_at":-1,"landed_at":2,"files":[]})") ==
          ":2: created_at: expected seconds since 1970, a whole number from 0 to 100000000000, got "
          "-1");
    CHECK(second(R"({"created_at":1.5,"landed_at":2,"files":[]})") ==
          ":2: created_at: expected seconds since 1970, a whole number from 0 to 100000000000, got "
          "1.5");
    CHECK(second(R"({"created_at":18446744073709551615,"landed_at":2,"files":[]})") ==
          ":2: created_at: expected seconds since 1970, a whole number from 0 to 100000000000, got "
          "18446744073709551615");
    CHECK(second(R"({"created_at":3,"landed_at":2,"files":[]})") ==
          ":2: landed_at: expected a time not before created_at (3), got 2");
    CHECK(second(R"({"created_at":1,"landed_at":2})") ==
          ":2: files: expected an array, got nothing");
    CHECK(second(R"({"created_at":1,"landed_at":2,"files":[["a",1]]})") ==
          ":2: files: expected [path, lines added, lines deleted], got [\"a\",1]");
    CHECK(second(R"({"created_at":1,"landed_at":2,"files":[["",1,1]]})") ==
          ":2: files: expected [path, lines added, lines deleted], got [\"\",1,1]");
    CHECK(second(R"({"created_at":1,"landed_at":2,"files":[["a",1,-1]]})") ==
          ":2: files: expected [path, lines added, lines deleted], got [\"a\",1,-1]");
  }

  TEST_CASE("an empty file is an error, packed or not") {
    CHECK(error_of("") == ":1: expected at least one change, got an empty file");
    CHECK(error_of(packed("")) == ":1: expected at least one change, got an empty file");
  }

  TEST_CASE("packed data that is cut off or damaged is an error") {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += good_line + "\n";
    const std::string whole = packed(text);
    for (const std::size_t size :
         {whole.size() - 1, whole.size() - 8, whole.size() / 2, std::size_t{12}, std::size_t{2}}) {
      CAPTURE(size);
      CHECK(error_of(whole.substr(0, size)).find("expected whole gzip data") != std::string::npos);
    }
    std::string damaged = whole;
    damaged[damaged.size() / 2] = static_cast<char>(~damaged[damaged.size() / 2]);
    CHECK(error_of(damaged) != "no error");
  }

  TEST_CASE("a line of more than 16 MiB is refused without being held") {
    CHECK(error_of(std::string((std::size_t{16} << 20) + 1, ' ')) ==
          ":1: expected a line of at most 16777216 bytes");
  }

  TEST_CASE("a trace that is not there, or is a folder, is an error that names it") {
    CHECK(read_trace("/nowhere/t.jsonl.gz").error().message ==
          "/nowhere/t.jsonl.gz: cannot be opened");
    CHECK(read_trace("/").error().message == "/: expected a trace file, got a directory");
  }

  TEST_CASE("any bytes give a trace or an error that names the file") {
    CHECK(rc::check([](const std::string& content) {
      const TemporaryFile file(content, ".jsonl");
      const auto trace = read_trace(file.path());
      if (!trace) RC_ASSERT(trace.error().message.starts_with(file.path()));
    }));
  }
}
