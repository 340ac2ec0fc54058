#include "tests/vcs/manifests/facts.h"

namespace mergeq::vcs {

TEST_SUITE("pom.xml manifests") {
  TEST_CASE("a module inherits its group and needs its parent, dependencies and plugins") {
    CHECK(read("core/pom.xml", R"(<?xml version="1.0"?>
<!-- A module. -->
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent><groupId>org.acme</groupId><artifactId>parent</artifactId><version>1</version></parent>
  <artifactId>core</artifactId>
  <dependencies>
    <dependency><groupId>${project.groupId}</groupId><artifactId>api</artifactId></dependency>
    <dependency><groupId>${inherited}</groupId><artifactId>util</artifactId>
      <exclusions>
        <exclusion><groupId>x</groupId><artifactId>kept-out</artifactId></exclusion>
      </exclusions>
    </dependency>
  </dependencies>
  <build><plugins>
    <plugin><artifactId>maven-surefire-plugin</artifactId>
      <dependencies>
        <dependency><groupId>org.acme</groupId><artifactId>rules</artifactId></dependency>
      </dependencies>
    </plugin>
  </plugins></build>
  <profiles><profile><id>p</id><dependencies>
    <dependency><groupId>org.acme</groupId><artifactId>only-in-profile</artifactId></dependency>
  </dependencies></profile></profiles>
</project>)") == Lines{"own . as org.acme:core aka: *:core needs: *:util org.acme:api "
                       "org.acme:only-in-profile org.acme:parent org.acme:rules "
                       "org.apache.maven.plugins:maven-surefire-plugin dirs: .."});
  }
  TEST_CASE("an aggregator does not need its modules, and managed versions only when imported") {
    CHECK(read("pom.xml", R"(<project>
  <groupId>g</groupId><artifactId>root</artifactId><packaging>pom</packaging>
  <modules><module>core</module></modules>
  <dependencyManagement><dependencies>
    <dependency><groupId>g</groupId><artifactId>core</artifactId></dependency>
    <dependency><groupId>g</groupId><artifactId>bom</artifactId><scope>import</scope></dependency>
  </dependencies></dependencyManagement>
</project>)") == Lines{"root", "own . as g:root aka: *:root needs: g:bom"});
  }
  TEST_CASE("the parent's place may be given, or be no place at all") {
    const auto with = [](const std::string& place) {
      return read("pom.xml", "<project><parent><groupId>g</groupId><artifactId>p</artifactId>" +
                                 place +
                                 "</parent><artifactId>a</artifactId><profiles><profile><modules/>"
                                 "</profile></profiles></project>");
    };
    const std::string start = "own . as g:a aka: *:a needs: g:p";
    CHECK(with("") == Lines{start + " dirs: .."});
    CHECK(with("<relativePath>../build/parent/pom.xml</relativePath>") ==
          Lines{start + " dirs: ../build/parent"});
    CHECK(with("<relativePath>../parent</relativePath>") == Lines{start + " dirs: ../parent"});
    CHECK(with("<relativePath/>") == Lines{"root", start});
  }
  TEST_CASE("properties of the file are put in; without them an artifact may be anything") {
    CHECK(read("pom.xml", R"(<project><groupId>${g}</groupId><artifactId>a${s}</artifactId>
  <properties><g>org.${h}</g><h>acme</h><s>_2.13</s><loop>${loop}</loop></properties>
  <dependencies>
    <dependency><groupId>${g}</groupId><artifactId>b${s}</artifactId></dependency>
    <dependency><groupId>${loop}</groupId><artifactId>c</artifactId></dependency>
  </dependencies></project>)") ==
          Lines{"own . as org.acme:a_2.13 aka: *:a_2.13 needs: *:c org.acme:b_2.13"});
    CHECK(read("pom.xml", R"(<project><groupId>g</groupId><artifactId>a</artifactId><dependencies>
    <dependency><groupId>g</groupId><artifactId>b${unknown}</artifactId></dependency>
  </dependencies></project>)") == Lines{"own . as g:a aka: *:a all"});
    CHECK(read("pom.xml", "<project><groupId>${u}</groupId><artifactId>a</artifactId></project>") ==
          Lines{"own . as ${u}:a aka: * *:a"});
  }
  TEST_CASE("files elsewhere are needed") {
    CHECK(read("pom.xml", R"(<project><groupId>g</groupId><artifactId>a</artifactId><build>
  <sourceDirectory>../shared/src</sourceDirectory>
  <resources><resource><directory>${project.basedir}/../res/</directory></resource></resources>
  <config>${maven.multiModuleProjectDirectory}/etc/style.xml</config></build></project>)") ==
          Lines{"own . as g:a aka: *:a dirs: ../res ../shared/src //etc/style.xml"});
  }
  TEST_CASE("what is no pom is unreadable") {
    CHECK(read("pom.xml", "<project><artifactId>a")[0].starts_with("unreadable: byte "));
    CHECK(read("pom.xml", "<settings/>") == Lines{"unreadable: expected the element <project>"});
    CHECK(read("pom.xml", "<project/>") ==
          Lines{"unreadable: project.artifactId: expected the artifact's name"});
    std::string open = "<project><artifactId>a</artifactId>";
    std::string close;
    for (int i = 0; i < 1000; ++i) {
      open += "<x>";
      close += "</x>";
    }
    CHECK(read("pom.xml", open + close + "</project>") ==
          Lines{"unreadable: expected elements at most 200 deep"});
  }
}

}  // namespace mergeq::vcs
