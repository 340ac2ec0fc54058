// Runs the tests of one folder. Random inputs have a fixed seed, or that of MERGEQ_SEED: a number
// or the id of a commit.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  const char* given = std::getenv("MERGEQ_SEED");
  const std::string seed = given != nullptr ? given : "1";
  const bool commit = seed.size() == 40;
  const auto number = std::strtoull(seed.substr(0, 15).c_str(), nullptr, commit ? 16 : 10);
  setenv("RC_PARAMS", ("seed=" + std::to_string(number)).c_str(), 0);  // what is set already stays
  return doctest::Context(argc, argv).run();
}
