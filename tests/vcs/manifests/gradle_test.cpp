#include "tests/vcs/manifests/facts.h"

namespace mergeq::vcs {

TEST_SUITE("build.gradle and settings.gradle manifests") {
  TEST_CASE("a project needs the projects that its build file names") {
    CHECK(read("app/build.gradle", R"(
plugins { id 'java' }  // :not:this
dependencies {
    implementation project(':core')
    api project(path: ":lib:net", configuration: 'shadow')
    testImplementation 'org.junit:junit:4.13'
}
tasks.named('test') { dependsOn ':docs:check' }
)") == Lines{"own . aka: projects.app needs: :core :docs :docs:check :lib :lib:net dirs: //core "
             "//docs/check //lib/net",
             "below ."});
    CHECK(read("app/ui/build.gradle.kts", R"(
dependencies {
    implementation(project(":core"))
    implementation(projects.libNet.http)
    "custom"(project("child"))
}
)") == Lines{"own . aka: projects.app.ui projects.ui needs: :core projects.libNet "
             "projects.libNet.http dirs: //core child",
             "below ."});
  }
  TEST_CASE("what is said for other projects is needed by all below") {
    CHECK(read("build.gradle", R"(
subprojects { p ->
    dependencies { testImplementation project(':testing') }
}
allprojects.findAll { it.name != 'x' }.each {
    apply from: "$rootDir/config/style.gradle"
}
dependencies { aggregate project(':core') }
)") == Lines{"own . needs: :core dirs: //core",
             "below . needs: :testing dirs: //config //testing"});
    CHECK(read("build.gradle.kts",
               R"(project(":a") { dependencies { add("api", project(":b")) } })") ==
          Lines{"own . needs: :a dirs: //a", "below . needs: :b dirs: //b"});
  }
  TEST_CASE("projects whose path is computed may be any") {
    CHECK(read("build.gradle", "dependencies { api project(\":lib:$name\") }")[0] == "own . all");
    CHECK(
        read("build.gradle", "dependencies { api project(':lib:' + name) }")[0].ends_with(" all"));
    CHECK(read("build.gradle.kts", "dependencies { api(project(path)) }")[0] == "own . all");
    CHECK(read("build.gradle.kts", "val x = project.name; fun project(a: Int) = a")[0] == "own .");
  }
  TEST_CASE(
      "a build file may be called like its directory; other scripts belong to who is around") {
    CHECK(read("core/core.gradle", "api project(':a')")[0] ==
          "own . aka: projects.core needs: :a dirs: //a");
    CHECK(read("config/style.gradle", "api project(':a')") ==
          Lines{"nearest . needs: :a dirs: //a"});
    CHECK(read("x/config/all.gradle", "subprojects { api project(':a') }") ==
          Lines{"below ../.. needs: :a dirs: //a"});
    CHECK(read("x/src/test/resources/all.gradle", "subprojects { api project(':a') }") ==
          Lines{"nearest ."});
    CHECK(read("gradle/publish.gradle", "api project(':a')") ==
          Lines{"below .. needs: :a dirs: //a"});
  }
  TEST_CASE("what buildSrc does, in scripts or classes, it does for all around it") {
    CHECK(read("x/buildSrc/src/main/kotlin/java.gradle.kts",
               "dependencies { api(project(\":p\")) }") ==
          Lines{"below ../../../.. needs: :p dirs: //p"});
    CHECK(read("buildSrc/src/main/java/P.java",
               "class P { void apply() { x(Map.of(\"path\", \":a:b\")); char c = '\"'; } }") ==
          Lines{"below ../../../.. needs: :a :a:b dirs: //a/b"});
  }
  TEST_CASE("settings say which directories are projects") {
    CHECK(read("settings.gradle", R"(
rootProject.name = 'acme'
include ':core', 'lib:net',
        ':lib:foo-bar'
include('docs')
includeFlat 'sibling'
includeBuild '../tools'
project(':core').projectDir = file('modules/core')
project(':docs').projectDir = new File(settingsDir, '../docs')
project(':lib:net').projectDir = "$rootDir/net" as File
)") == Lines{"root", "own . as :", "below . dirs: ../tools/**",
             "own modules/core as :core aka: projects.core",
             "own ../docs as :docs aka: projects.docs", "own lib as :lib aka: projects.lib",
             "own lib/foo-bar as :lib:foo-bar aka: projects.lib.fooBar",
             "own net as :lib:net aka: projects.lib.net",
             "own ../sibling as :sibling aka: projects.sibling"});
    CHECK(read("settings.gradle.kts", R"(
pluginManagement { includeBuild("build-logic") }
include(
    ":a",  // one
    ":b",
)
)") == Lines{"root", "own . as :", "below . dirs: build-logic/**", "own a as :a aka: projects.a",
             "own b as :b aka: projects.b"});
  }
  TEST_CASE("a project that gets another name has both") {
    CHECK(read("settings.gradle.kts", "include(\":lib:a\")\nproject(\":lib:a\").name = \"b\"\n") ==
          Lines{"root", "own . as :", "below .", "own lib as :lib aka: projects.lib",
                "own lib/a as :lib:a aka: projects.lib.a",
                "own lib/a as :lib:b aka: projects.lib.b"});
  }
  TEST_CASE("settings that compute are found by directories, or widen where these may be moved") {
    CHECK(read("settings.gradle", "file('modules').eachDir { include \"modules:${it.name}\" }") ==
          Lines{"root", "own . as :", "below ."});
    CHECK(read("settings.gradle", "rootProject.children.each { it.projectDir = file('x') }") ==
          Lines{"root", "own . as :", "below . all"});
    CHECK(read("settings.gradle", "includeBuild(path)")[2] == "below . all");
  }
  TEST_CASE("strings, comments and regular expressions hide nothing") {
    CHECK(read("build.gradle", R"(
def a = x =~ /it's "quoted"/
def b = 1 / 2 // it's
/* it's */ def c = '''many
lines' '''
def d = "${map["key"]} and ${x}"
api project(':a')
)")[0] == "own . needs: :a dirs: //a");
    CHECK(read("build.gradle.kts",
               "/* a /* nested */ : */ val x = \"\"\"\"\"\"\napi(project(\":a\"))")[0] ==
          "own . needs: :a dirs: //a");
    CHECK(read("build.gradle", "\n'a") == Lines{"unreadable: line 2: expected a closing quote"});
    CHECK(read("build.gradle", "/* a") == Lines{"unreadable: line 1: expected the comment's end"});
  }
}

}  // namespace mergeq::vcs
