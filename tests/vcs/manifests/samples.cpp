#include "tests/vcs/manifests/samples.h"

namespace mergeq::vcs {

std::vector<Sample> manifest_samples() {
  return {
      {"Cargo.toml", R"([workspace]
members = ["crates/*", "tools/xtask"]
exclude = ["fuzz"]

[workspace.dependencies]
util = { path = "crates/util", version = "0.3" }
short = { package = "a-long-name", path = "crates/long" }

[package]
name = "front"
version.workspace = true

[[bin]]
name = "front"
path = "../shared/main.rs"

[dependencies]
util.workspace = true
serde = { version = "1", features = ["derive"] }
wire = { package = "front-wire", path = "crates/wire" }

[target.'cfg(unix)'.dev-dependencies]
posix = { path = "../posix" }

[patch.crates-io]
serde = { path = "vendor/serde" }
)"},
  };
}

}  // namespace mergeq::vcs
