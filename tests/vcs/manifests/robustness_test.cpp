/// What holds for all readers, whatever a manifest contains.
#include <algorithm>
#include <ctime>

#include "scheduler/rng.h"
#include "tests/vcs/manifests/facts.h"
#include "tests/vcs/manifests/samples.h"

namespace mergeq::vcs {
namespace {

/// The lists of what is read are in order, and paths are normalised.
void check_sound(const ManifestFacts& facts) {
  if (!facts.unreadable.empty()) CHECK(facts.targets.empty());
  for (const ManifestTarget& target : facts.targets) {
    CHECK(std::ranges::is_sorted(target.needs));
    CHECK(std::ranges::is_sorted(target.aliases));
    CHECK(std::ranges::is_sorted(target.needs_directories));
    CHECK(!target.directory.ends_with('/'));
    CHECK(!target.directory.starts_with('/'));
    CHECK(!target.directory.starts_with("./"));
  }
}

/// Of the processor: others may use the machine as well.
double seconds_for(const std::string& path, const std::string& content) {
  const std::clock_t begin = std::clock();
  check_sound(read_manifest(path, content));
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += piece;
  return text;
}

/// The sample and one thing again and again.
constexpr std::size_t many_bytes = std::size_t{1} << 16U;
constexpr std::size_t most_bytes = (std::size_t{4} << 20U) - 4096;
// Both take well under a second; quadratic time would take many minutes.
constexpr double seconds_max = 20;

}  // namespace

TEST_SUITE("all readers of manifests") {
  TEST_CASE("the samples are read") {
    for (const Sample& sample : manifest_samples()) {
      const ManifestFacts facts = read_manifest(sample.path, sample.content);
      CHECK_MESSAGE(facts.unreadable.empty(), sample.path, ": ", facts.unreadable);
      CHECK_MESSAGE(!facts.targets.empty(), sample.path);
    }
  }
  TEST_CASE("a manifest that is cut at any byte is read or unreadable, and nothing else happens") {
    for (const Sample& sample : manifest_samples()) {
      for (std::size_t size = 0; size <= sample.content.size(); ++size) {
        check_sound(read_manifest(sample.path, sample.content.substr(0, size)));
      }
    }
  }
  TEST_CASE("bytes may be deleted, doubled or overwritten anywhere") {
    Rng rng(20261125);
    for (const Sample& sample : manifest_samples()) {
      for (int round = 0; round < 300; ++round) {
        std::string text = sample.content;
        for (std::uint64_t change = 0; change <= rng.below(6) && !text.empty(); ++change) {
          const std::size_t at = rng.below(text.size());
          const std::size_t size = 1 + rng.below(12);
          switch (rng.below(3)) {
            case 0:
              text.erase(at, size);
              break;
            case 1:
              text.insert(at, text.substr(at, size));
              break;
            default:
              text[at] = static_cast<char>(rng.below(256));
          }
        }
        check_sound(read_manifest(sample.path, text));
      }
    }
  }
  TEST_CASE("a byte order mark and Windows' line ends change nothing") {
    for (const Sample& sample : manifest_samples()) {
      const Lines plain = lines_of(read_manifest(sample.path, sample.content));
      CHECK(lines_of(read_manifest(sample.path, "\xEF\xBB\xBF" + sample.content)) == plain);
      std::string windows;
      for (const char c : sample.content) windows += c == '\n' ? "\r\n" : std::string(1, c);
      CHECK_MESSAGE(lines_of(read_manifest(sample.path, windows)) == plain, sample.path);
    }
  }
  TEST_CASE("one thing again and again takes time that grows with the size alone") {
    using namespace std::string_literals;
    for (const Sample& sample : manifest_samples()) {
      for (const std::string& piece : {"\0"s,
                                       "\xff\xfe"s,
                                       "["s,
                                       "{"s,
                                       "("s,
                                       "<a>"s,
                                       "</"s,
                                       "[["s,
                                       "a."s,
                                       "a.b=1\n"s,
                                       "\""s,
                                       "'"s,
                                       "\"\"\""s,
                                       "\\"s,
                                       "/*"s,
                                       "#"s,
                                       "#[["s,
                                       "${"s,
                                       "\\("s,
                                       "- "s,
                                       "- a\n "s,
                                       "? "s,
                                       "&a *a "s,
                                       "\n"s,
                                       "x"s,
                                       "a b c "s,
                                       "f("s,
                                       "f(\"//a:b\")\n"s,
                                       "include(\":a\")\n"s,
                                       "<!--"s,
                                       "&lt;"s,
                                       "{\"a\":"s,
                                       ",\n"s,
                                       "=\n"s,
                                       "../"s,
                                       "dependencies {\n"s,
                                       "[a]\n"s,
                                       "require (\n"s,
                                       "a=a[0]\n"s,
                                       "set(a ${a}${a})\n"s}) {
        const std::string many = repeated(piece, many_bytes);
        CHECK_MESSAGE(seconds_for(sample.path, many) < seconds_max, sample.path, ": ", piece);
        CHECK_MESSAGE(seconds_for(sample.path, sample.content + many) < seconds_max, sample.path,
                      ": ", piece);
      }
    }
  }
  TEST_CASE("what makes a reader look twice takes no longer") {
    constexpr std::size_t bytes = std::size_t{1} << 20U;
    const auto is_quick = [](const std::string& path, const std::string& content) {
      CHECK_MESSAGE(seconds_for(path, content) < seconds_max, path, ": ", content.substr(0, 40));
    };
    is_quick("settings.gradle", repeated("include 'a',\n", bytes));
    is_quick("settings.gradle", repeated(".projectDir = file", bytes));
    is_quick("build.gradle", repeated("=/\\/", bytes));
    is_quick("build.gradle", repeated("../", bytes));
    is_quick("CMakeLists.txt",
             repeated("function(a)\nadd_library(x ${b})\nendfunction()\n", bytes));
    std::string prefixes;
    for (int i = 0; prefixes.size() < bytes; ++i) {
      prefixes += "find_package(P" + std::to_string(i) + ")\ntarget_link_libraries(a ${Q})\n";
    }
    is_quick("CMakeLists.txt", prefixes);
    std::string values = "set(A";
    for (int i = 0; i < 60; ++i) values += " v" + std::to_string(i);
    is_quick("CMakeLists.txt",
             values + ")\ntarget_link_libraries(x " + repeated("${A} ", bytes) + ")");
    std::string properties = "<project><artifactId>${a}</artifactId><properties>";
    for (char name = 'a'; name < 'h'; ++name) {
      properties += std::string("<") + name + ">" +
                    repeated(std::string("${") + static_cast<char>(name + 1) + "}", 900) + "</" +
                    name + ">";
    }
    is_quick("pom.xml", properties + "<h></h></properties></project>");
    is_quick("setup.py", "R = [" + repeated("'a',", bytes / 2) + "]\nsetup(" +
                             repeated("install_requires=R,", bytes / 2) + ")");
    is_quick("Package.swift",
             "let a = [" + repeated("x, ", bytes / 2) +
                 "]\nlet package = Package(targets: [.target(name: \"T\", dependencies: [" +
                 repeated("a, ", bytes / 2) + "])])");
  }
  TEST_CASE("so do 4 MiB of the manifest itself, and of anything at all") {
    Rng rng(4);
    std::string garbage(most_bytes, ' ');
    for (char& c : garbage) c = static_cast<char>(rng.below(256));
    for (const Sample& sample : manifest_samples()) {
      const std::string whole = repeated(sample.content, most_bytes - sample.content.size());
      CHECK_MESSAGE(seconds_for(sample.path, whole) < seconds_max, sample.path);
      CHECK_MESSAGE(seconds_for(sample.path, garbage) < seconds_max, sample.path);
    }
  }
}

}  // namespace mergeq::vcs
