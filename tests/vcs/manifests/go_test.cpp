#include "tests/vcs/manifests/facts.h"

namespace mergeq::vcs {

TEST_SUITE("go.mod and go.work manifests") {
  TEST_CASE("a module needs what it requires, and what stands in for that") {
    CHECK(read("sdk/go.mod", R"(// The SDK.
module "example.org/team/sdk/v2" // quoted

go 1.22
toolchain go1.22.1

require example.org/team/log v1.0.0
require (
	example.org/team/api v1.2.3 // indirect
	"golang.org/x/sync" v0.1.0
)
exclude example.org/old v1.0.0
retract [v1.0.0, v1.1.0]
replace example.org/team/api => ../api
replace (
	example.org/a v1.0.0 => ./third_party/a
	example.org/b => example.org/fork/b v1.0.1
)
)") == Lines{"own . as example.org/team/sdk/v2 needs: example.org/fork/b example.org/team/api "
             "example.org/team/log golang.org/x/sync dirs: ../api third_party/a"});
  }
  TEST_CASE("a workspace is a root, and what it replaces is replaced for all below") {
    CHECK(
        read("go.work", "go 1.22\nuse (\n\t.\n\t./sdk\n)\nreplace example.org/x => ./forks/x\n") ==
        Lines{"root", "below . dirs: forks/x"});
  }
  TEST_CASE("an empty go.mod keeps its directory out of the module around it") {
    CHECK(read("tests/go.mod", "\n") == Lines{"own ."});
  }
  TEST_CASE("what is cut or without a module says so") {
    CHECK(read("go.mod", "go 1.22\n") == Lines{"unreadable: expected a line \"module <path>\""});
    CHECK(read("go.mod", "module a\nrequire (\nb v1\n") ==
          Lines{"unreadable: line 3: expected \")\""});
    CHECK(read("go.mod", "module a\n)\n") ==
          Lines{"unreadable: line 2: expected no \")\" outside of a block"});
    CHECK(read("go.mod", "module \"a\n") == Lines{"unreadable: line 1: expected a closing quote"});
  }
}

}  // namespace mergeq::vcs
