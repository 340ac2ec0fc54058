/// What the readers of Gradle's build and settings files share. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vcs/manifests/code_tokens.h"
#include "vcs/manifests/manifest.h"

namespace mergeq::vcs {

/// ":a:b" -> "a/b"; "a:b" too.
std::string project_directory(std::string_view project_path);

/// ":foo-bar:baz" -> "projects.fooBar.baz", as type-safe accessors spell it.
std::string project_accessor(std::string_view project_path);

/// A path in a script without the directory that it begins with: "$rootDir/x", "${projectDir}/x".
struct ScriptPath {
  enum class Base { script, root };
  Base base = Base::script;
  std::string_view path;
};
/// Nothing where more than that is put in.
std::optional<ScriptPath> script_path(const CodeToken& string);

/// Adds what the scripts need that are applied by name ("x.gradle").
void add_applied_script(const std::vector<CodeToken>& tokens, std::size_t index,
                        ManifestTarget& target);

ManifestFacts read_gradle_settings(const std::vector<CodeToken>& tokens);

}  // namespace mergeq::vcs
