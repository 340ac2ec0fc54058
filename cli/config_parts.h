/// The parts of the configuration, one function each; errors go to the section's findings.
#pragma once

#include "cli/config.h"
#include "cli/toml_section.h"

namespace mergeq::cli {

/// [[queue]] and all below it.
std::vector<service::QueueConfig> read_queues(const Section& file,
                                              const Surroundings& surroundings);

/// tokens.toml: its own errors come with its own name and lines. `queues` are those that a token
/// may name.
tl::expected<std::vector<api::Token>, ConfigErrors> check_tokens(
    std::string_view text, const std::string& file, const std::vector<std::string>& queues);

/// A `repository` that is a URL, with [queue.remote].
void read_remote(const Section& queue_section, const std::string& location,
                 const Surroundings& surroundings, service::QueueConfig& queue);

enum class SecretNeed { required, optional };
/// The secret behind `<name>_env` or `<name>_file`; empty: there is none, and a finding if that is
/// wrong. Missing, unset, empty and blank are wrong; its text is in no message.
std::string read_secret(const Section& section, std::string_view name, SecretNeed need,
                        const Surroundings& surroundings);

/// `path` as an absolute one, without `.` and `..`.
std::string absolute_path(const std::string& path, const Surroundings& surroundings);

constexpr std::size_t config_file_limit_bytes = 1u << 20;

/// The whole of a file. too_large: over `limit_bytes`; io: the system's reason.
Result<std::string> read_file(const std::string& path, std::size_t limit_bytes);

}  // namespace mergeq::cli
