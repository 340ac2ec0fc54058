#include "tests/vcs/manifests/facts.h"

namespace mergeq::vcs {
namespace {

std::string package(const std::string& targets, const std::string& products = "") {
  return "// swift-tools-version:5.9\nimport PackageDescription\nlet package = Package(\n  name: "
         "\"acme\",\n"
         "  products: [" +
         products +
         "],\n  dependencies: [.package(path: \"../core\")],\n"
         "  targets: [" +
         targets + "])\n";
}

}  // namespace

TEST_SUITE("Package.swift manifests") {
  TEST_CASE("targets need their dependencies and plugins, and are where SwiftPM would look") {
    CHECK(read("Package.swift", package(R"(
      .target(name: "App", dependencies: ["Core", .target(name: "Net"), .byName(name: "Log"),
        .product(name: "Http", package: "core", condition: .when(platforms: [.linux]))],
        plugins: [.plugin(name: "Gen")]),
      .target(name: "Net", path: "Net/Code"),
      .testTarget(name: "AppTests", dependencies: ["App"], path: "Tests"),
      .plugin(name: "Gen", capability: .buildTool(), dependencies: ["Net"]))")) ==
          Lines{"own Sources/App as App needs: Core Gen Http Log Net core",
                "own Source/App as App needs: Core Gen Http Log Net core",
                "own src/App as App needs: Core Gen Http Log Net core",
                "own srcs/App as App needs: Core Gen Http Log Net core", "own Net/Code as Net",
                "own Tests as AppTests needs: App", "own Plugins/Gen as Gen needs: Net",
                "own Plugins as Gen needs: Net", "below ."});
  }
  TEST_CASE("a product is another name of its targets") {
    CHECK(read("Package.swift",
               package(".target(name: \"A\", path: \"a\"), .target(name: \"B\", path: \"b\")",
                       ".library(name: \"AB\", targets: [\"A\", \"B\"])")) ==
          Lines{"own a as A aka: AB", "own b as B aka: AB", "below ."});
  }
  TEST_CASE("the only target may have Sources to itself") {
    CHECK(read("Package.swift", package(".executableTarget(name: \"tool\")"))[4] ==
          "own Sources as tool");
  }
  TEST_CASE("constants of the file are looked up") {
    CHECK(read("Package.swift", R"(import PackageDescription
let log: Target.Dependency = .product(name: "Log", package: "core")
let shared: [Target.Dependency] = [
  "A", log,
]
let package = Package(name: "x", targets: [
  .target(name: "T", dependencies: shared + ["B"], path: "t", swiftSettings: settings)]))")[0] ==
          "own t as T needs: A B Log core");
  }
  TEST_CASE("what is computed may be anything") {
    CHECK(read("Package.swift",
               package(".target(name: \"T\", dependencies: other, path: \"t\")"))[0] ==
          "own t as T all");
    CHECK(read("Package.swift",
               package(".target(name: \"T\", dependencies: [\"A\\(x)\"], path: \"t\")"))[0]
              .ends_with(" all"));
    CHECK(read("Package.swift", package("names.map { .target(name: $0) }")) ==
          Lines{"own . aka: * all", "below ."});
    CHECK(read("Package.swift", package(".target(name: \"T\", path: \"t\")") +
                                    "for t in package.targets { t.dependencies.append(\"X\") }") ==
          Lines{"own t as T all", "below ."});
    CHECK(read("Package.swift", package(".target(name: \"T\", path: \"t\")") +
                                    "package.dependencies.append(.package(path: \"../x\"))")[0] ==
          "own t as T");
  }
  TEST_CASE("strings and comments of Swift are understood") {
    CHECK(read("Package.swift",
               "/* a /* nested */ \" */ let x = #\"a \"quoted\" word\"#\n"
               "let y = \"\"\"\n\"two\" \\(f(\"x\"))\n\"\"\"\n" +
                   package(".target(name: \"T\", path: \"t\")"))[0] == "own t as T");
    CHECK(read("Package.swift", "let x = 1") == Lines{"unreadable: expected Package(...)"});
    CHECK(read("Package.swift", "Package(\n\"a") ==
          Lines{"unreadable: line 2: expected a closing quote"});
  }
}

}  // namespace mergeq::vcs
