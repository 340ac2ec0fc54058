#include "tests/vcs/manifests/facts.h"

namespace mergeq::vcs {

TEST_SUITE("CMakeLists.txt manifests") {
  TEST_CASE("a directory has the names of its targets and needs what they link") {
    CHECK(read("net/CMakeLists.txt", R"(
# A library.
add_library(net STATIC http.cpp "tls client.cpp" $<TARGET_OBJECTS:objects>)
add_library(Net::net ALIAS net)
Target_Link_Libraries(net PUBLIC core PRIVATE $<$<CONFIG:Debug>:log> -lm)
add_executable(tool tool.cpp)
add_dependencies(tool gen) #[[ not
target_link_libraries(tool this) ]]
add_test(NAME t COMMAND runner --in "a.txt")
)") == Lines{
           "own . aka: Net::net net tool needs: COMMAND Debug NAME core gen log net objects runner "
           "t tool",
           "below ."});
  }
  TEST_CASE("variables of the file are put in, with all their values") {
    CHECK(read("a/CMakeLists.txt", R"(
project(front)
set(LIBS core)
if(WIN32)
  list(APPEND LIBS "win;sock")
endif()
add_library(${PROJECT_NAME} x.cpp ${SOURCES})
target_link_libraries(${PROJECT_NAME} ${LIBS} ${CMAKE_DL_LIBS})
foreach(kind IN ITEMS fast slow)
  add_executable(test-${kind} t.cpp)
endforeach()
find_package(Boost)
target_link_libraries(test-fast ${Boost_LIBRARIES})
)") == Lines{"own . aka: front test-fast test-slow needs: *fast FindBoost.cmake core front sock "
             "test* test-fast win",
             "below ."});
  }
  TEST_CASE("what is not known of a variable may be anything") {
    CHECK(read("a/CMakeLists.txt", "add_library(a)\ntarget_link_libraries(a ${DEPS})")[0] ==
          "own . aka: a needs: a all");
    CHECK(read("a/CMakeLists.txt",
               "list(APPEND D b)\nadd_library(a)\ntarget_link_libraries(a ${D})")[0] ==
          "own . aka: a needs: a all");
    CHECK(read("a/CMakeLists.txt", "add_library(${prefix}a)")[0] == "own . aka: *");
    CHECK(read("a/CMakeLists.txt", "target_link_libraries(${name} b $<$<BOOL:${WIN}>:c>)")[0] ==
          "own . needs: b c");
    CHECK(read("a/CMakeLists.txt", "acme_library(${name})")[0] == "own . aka: * all");
  }
  TEST_CASE("what a function of the repository makes may have more to its name") {
    CHECK(
        read("a/CMakeLists.txt", "acme_library(NAME net LINKS acme::core_x)")[0] ==
        "own . aka: *net net net* needs: *core_x *x LINKS NAME acme* acme::core* acme::core_x net");
    CHECK(read("a/CMakeLists.txt", "acme_library(net ${more})")[0] ==
          "own . aka: *net net net* needs: net all");
  }
  TEST_CASE("what a function links is needed by all below, its callers give the rest") {
    CHECK(read("cmake/acme.cmake", R"(
function(acme_library name)
  cmake_parse_arguments(ARG "" "NAME" "LINKS" ${ARGN})
  add_library(${name} ${ARG_SOURCES})
  acme_resolve(OUTPUT _links)
  target_link_libraries(${name} PUBLIC ${ARG_LINKS} ${_links} PRIVATE warnings)
endfunction()
)") == Lines{"below .. needs: warnings"});
    CHECK(read("a/CMakeLists.txt", "link_libraries(base)") ==
          Lines{"own .", "below . needs: base"});
  }
  TEST_CASE("modules count for the directory that holds cmake, or for who is around") {
    CHECK(read("x/cmake/modules/FindY.cmake", "") == Lines{"below ../.."});
    CHECK(read("x/tools/helpers.cmake", "") == Lines{"nearest . aka: helpers.cmake"});
    CHECK(read("x/arm/toolchain-arm.cmake", "") == Lines{"below ../.."});
    CHECK(read("a/CMakeLists.txt", R"(
include(helpers)
include(../build/rules.cmake)
include(cmake/own.cmake)
include(${CMAKE_SOURCE_DIR}/tools/x.cmake)
)") == Lines{
           "own . needs: helpers.cmake dirs: ../build ../build/rules.cmake //tools //tools/x.cmake",
           "below . needs: helpers.cmake dirs: ../build //tools"});
  }
  TEST_CASE("sources elsewhere are needed, and what is set for the directory above it needs") {
    CHECK(read("a/CMakeLists.txt", R"(
add_library(a ../b/b.cpp ${CMAKE_CURRENT_SOURCE_DIR}/../c/c.cpp ${CMAKE_SOURCE_DIR}/d/d.cpp)
set(A_SOURCES a.cpp PARENT_SCOPE)
)") == Lines{"own . aka: a dirs: ../b/b.cpp ../c/c.cpp //d/d.cpp", "below .", "below .. dirs: ."});
  }
  TEST_CASE("the top of the tree is the root") {
    CHECK(read("CMakeLists.txt", "project(x)") == Lines{"root", "own .", "below ."});
  }
  TEST_CASE("what is cut says in which line") {
    CHECK(read("CMakeLists.txt", "\nset(a") ==
          Lines{"unreadable: line 2: expected a closing bracket"});
    CHECK(read("CMakeLists.txt", "set(\"a") ==
          Lines{"unreadable: line 1: expected a closing quote"});
    CHECK(read("CMakeLists.txt", "#[==[ a ]=]") == Lines{"unreadable: line 1: expected \"]==]\""});
    CHECK(read("CMakeLists.txt", "set a") ==
          Lines{"unreadable: line 1: expected a command and its brackets"});
  }
}

}  // namespace mergeq::vcs
