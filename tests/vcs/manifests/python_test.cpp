#include "tests/vcs/manifests/facts.h"

namespace mergeq::vcs {

TEST_SUITE("pyproject.toml, setup.py and requirements.txt manifests") {
  TEST_CASE("a project needs its dependencies, extras and groups, by normalised names") {
    CHECK(read("pyproject.toml", R"TOML(
[project]
name = "Acme.Core_lib"
dependencies = ["Foo_Bar[x,y]>=1.0; python_version < '3.9'", "baz (>=2)", "near @ file:../near"]
[project.optional-dependencies]
fast = ["quick~=1.0"]
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
[build-system]
requires = ["setuptools>=61"]
[tool.hatch.envs.test]
dependencies = ["cov"]
[tool.pdm.dev-dependencies]
dev = ["-e file:///${PROJECT_ROOT}/../other#egg=other"]
)TOML") == Lines{"own . as acme-core-lib needs: baz cov foo-bar near other pytest quick "
                 "setuptools dirs: ../near ../other",
                 "below ."});
  }
  TEST_CASE("Poetry's tables and groups are read, with paths") {
    CHECK(read("pyproject.toml", R"(
[tool.poetry]
name = "app"
[tool.poetry.dependencies]
python = "^3.11"
Lib_A = "^1"
lib-b = { path = "../lib-b", develop = true }
lib-c = [{ version = "1", python = "<3" }, { path = "../lib-c" }]
[tool.poetry.group.test.dependencies]
pytest = "*"
)")[0] == "own . as app needs: lib-a lib-b lib-c pytest dirs: ../lib-b ../lib-c");
  }
  TEST_CASE("uv's workspace is a root, and its sources count for all of it") {
    CHECK(read("pyproject.toml", R"(
[project]
name = "root"
dependencies = ["a", "b"]
[tool.uv.workspace]
members = ["packages/*"]
[tool.uv.sources]
a = { workspace = true }
b = { path = "vendor/b" }
)") == Lines{"root", "own . as root needs: a b dirs: vendor/b", "below . dirs: vendor/b"});
  }
  TEST_CASE("a pyproject.toml without a project is about tools, or about the setup.py beside it") {
    CHECK(read("pyproject.toml", "[tool.ruff]\n") == Lines{"below ."});
    CHECK(read("pyproject.toml", "[build-system]\nrequires = ['wheel']\n") ==
          Lines{"nearest . needs: wheel", "below ."});
  }
  TEST_CASE("dependencies that a build backend computes may be any") {
    const std::string dynamic = "[project]\nname = 'a'\ndynamic = ['dependencies']\n";
    CHECK(read("pyproject.toml", dynamic + "[build-system]\nbuild-backend = 'custom'\n")[0] ==
          "own . as a all");
    CHECK(read("pyproject.toml",
               dynamic + "[build-system]\nbuild-backend = 'setuptools.build_meta'\n")[0] ==
          "own . as a");
  }
  TEST_CASE("setup.cfg names the package and what it requires") {
    CHECK(read("setup.cfg", R"([metadata]
name = Acme_App
version: 1
[options]
install-requires =
    requests>=2  ; python_version > "3"
    # a comment
    lib.x
setup_requires = file: ../shared/requirements.txt
[options.extras_require]
dev = black; flake
)") == Lines{"own . as acme-app needs: black lib-x requests dirs: ../shared", "below ."});
    CHECK(read("setup.cfg", "[flake8]\nmax-line-length = 100\n") == Lines{"below ."});
  }
  TEST_CASE("setup.py is read where it is literal") {
    CHECK(read("setup.py", R"(
from setuptools import setup, find_packages
NAME = "Acme_App"
REQUIRES = ["a>=1", 'b']
setup(
    name=NAME,
    install_requires=REQUIRES,
    extras_require={"x": ["c"], "y": ["d[e]"]},
    package_dir={"": "../src"},
)
)") == Lines{"own . as acme-app needs: a b c d dirs: ../src"});
    CHECK(read("setup.py", "import setuptools\nsetuptools.setup()\n") == Lines{"own ."});
  }
  TEST_CASE("what setup.py computes may be anything") {
    CHECK(read("setup.py", "setup(name='a', install_requires=read('x'))") ==
          Lines{"own . as a all"});
    CHECK(read("setup.py", "setup(name='a', install_requires=['b'] + more)") ==
          Lines{"own . as a all"});
    CHECK(read("setup.py", "setup(name='a', install_requires=[f'b{x}'])") ==
          Lines{"own . as a all"});
    CHECK(read("setup.py", "R = ['a']\nR = ['b']\nsetup(name='a', install_requires=R)") ==
          Lines{"own . as a all"});
    CHECK(read("setup.py", "setup(name=get_name())") == Lines{"own . aka: *"});
    CHECK(read("setup.py", "setup(**arguments)") == Lines{"own . aka: * all"});
    CHECK(read("setup.py", "print(1)") == Lines{"own . all"});
  }
  TEST_CASE("files of requirements count for all below") {
    CHECK(read("a/requirements-dev.txt", R"(# tools
-r requirements.txt
-c ../constraints.txt
--index-url https://example.org/simple
-e ../lib[extra]
./local
near @ file:../near
git+https://example.org/x.git@v1#egg=From_Git
Foo.Bar==1.0 \
    --hash=sha256:abc
)") == Lines{"below . needs: foo-bar from-git near dirs: .. ../lib ../near local"});
    CHECK(read("requirements/dev.txt", "a\n") == Lines{"below .. needs: a"});
    CHECK(read("Pipfile", "[packages]\nA_b = '*'\nc = {path = '../c', editable = true}\n") ==
          Lines{"below . needs: a-b c dirs: ../c"});
  }
}

}  // namespace mergeq::vcs
