/// CMakeLists.txt and *.cmake as a list of commands with their arguments, nothing run
/// (https://cmake.org/cmake/help/latest/manual/cmake-language.7.html). Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace mergeq::vcs {

constexpr std::size_t cmake_arguments_max = std::size_t{1} << 20U;

struct CMakeCommand {
  std::string name;                         // in small letters
  std::vector<std::string_view> arguments;  // without quotes and brackets around them
};

/// The commands in order; or what was wrong and in which line. Brackets within a command's are
/// left out, their content is part of its arguments.
tl::expected<std::vector<CMakeCommand>, std::string> cmake_commands(std::string_view code);

/// Part of CMake itself, so that what it does is known.
bool is_cmake_command(std::string_view name);

}  // namespace mergeq::vcs
