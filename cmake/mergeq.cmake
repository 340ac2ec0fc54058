# The two functions that every folder uses, and the flags that hold everywhere.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

find_program(MERGEQ_CCACHE ccache)
if(MERGEQ_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${MERGEQ_CCACHE}")
endif()

# What a folder shows in its headers must be known to those who link it.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

add_library(mergeq_warnings INTERFACE)
target_compile_options(mergeq_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  # Values are built by designated initialisers that leave out what keeps its default.
  -Wno-missing-field-initializers)
target_include_directories(mergeq_warnings INTERFACE "${CMAKE_SOURCE_DIR}")

# mergeq_library(NAME SOURCES file... [LINKS target...] [PRIVATE_LINKS target...])
# One static library for a folder. LINKS are what its headers show, PRIVATE_LINKS stay in its sources.
function(mergeq_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_LINKS} PRIVATE mergeq_warnings ${ARG_PRIVATE_LINKS})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
endfunction()

# The main() of all tests, compiled once.
add_library(test_main OBJECT EXCLUDE_FROM_ALL "${CMAKE_SOURCE_DIR}/tests/main.cpp")
target_link_libraries(test_main PRIVATE mergeq_warnings)

# mergeq_test(FOLDER SOURCES file... [LINKS target...])
# The tests of one folder as one doctest executable, test_FOLDER, run by ctest as one test.
function(mergeq_test folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(test_${folder} $<TARGET_OBJECTS:test_main> ${ARG_SOURCES})
  target_link_libraries(test_${folder} PRIVATE mergeq_warnings ${ARG_LINKS})
  add_test(NAME ${folder} COMMAND test_${folder})
  set_tests_properties(${folder} PROPERTIES TIMEOUT 900)
endfunction()

# mergeq_bench(AREA SOURCES file... [LINKS target...])
# The benchmarks of one area as one executable, build/<preset>/bench_AREA; built and run by `dev bench` only.
add_custom_target(bench)
function(mergeq_bench area)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(bench_${area} EXCLUDE_FROM_ALL ${ARG_SOURCES})
  target_link_libraries(bench_${area} PRIVATE mergeq_warnings benchmark benchmark_main ${ARG_LINKS})
  set_target_properties(bench_${area} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
  add_dependencies(bench bench_${area})
endfunction()
