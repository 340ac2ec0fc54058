#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/command.h"
#include "cli/version.h"

namespace mergeq::cli {
namespace {

struct ServeOptions : CommonOptions {
  std::string log_level = "info";
};

/// A graceful stop takes no longer than this; the journal makes the other kind safe too.
constexpr timespec stop_limit{5, 0};

/// The signals that ask for an end. Blocked before the first thread starts, so that only sigwait
/// sees them.
sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

/// Logs go to standard error, which keeps standard output for the answer.
void set_up_logs(const std::string& level) {
  auto logger = spdlog::stderr_color_mt("mergeq");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

Result<> make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return fail(ErrorCode::io, fmt::format("{}: cannot be made: {}", path, error.message()));
  return {};
}

Result<> make_directories(const Configuration& configuration) {
  const std::filesystem::path database(configuration.database.substr(std::strlen("sqlite:")));
  if (auto made = make_directory(database.parent_path().string()); !made) return made;
  return make_directory(configuration.service.data_directory);
}

std::string url_of(const api::Server& server, const std::string& host) {
  const bool v6 = host.find(':') != std::string::npos;
  const std::string name = host == "0.0.0.0" ? "127.0.0.1"
                           : host == "::"    ? "[::1]"
                           : v6              ? "[" + host + "]"
                                             : host;
  return fmt::format("http://{}:{}/", name, server.port());
}

/// Ends the process when stopping takes too long or is asked for once more.
void end_anyhow(const sigset_t& signals) {
  std::thread([signals] {
    siginfo_t received{};
    sigtimedwait(&signals, &received, &stop_limit);
    spdlog::warn("stopping takes too long: leaving now, the journal goes on from here");
    spdlog::default_logger()->flush();
    _exit(static_cast<int>(Exit::done));
  }).detach();
}

Exit serve(const ServeOptions& options) {
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  set_up_logs(options.log_level);

  auto configuration = configuration_or_complain(options.config, Surroundings::Secrets::required);
  if (!configuration) return Exit::usage;
  const auto refused = [](const Error& error) {
    complain(error.message);
    return Exit::usage;
  };
  if (const auto made = make_directories(*configuration); !made) return refused(made.error());
  auto store = storage::open_store(configuration->database);
  if (!store) return refused(store.error());
  auto service = service::Service::start(std::move(configuration->service), std::move(*store));
  if (!service) return refused(service.error());
  const std::string host = configuration->server.host;
  auto server = api::Server::start(std::move(configuration->server), **service);
  if (!server) return refused(server.error());

  const std::string url = url_of(**server, host);
  if (options.json) {
    print_json({{"url", url}, {"port", (*server)->port()}, {"pid", getpid()}});
  } else {
    print(fmt::format("mergeq {} serves {}\n", version, url));
  }
  std::fflush(stdout);

  int received = 0;
  sigwait(&signals, &received);
  spdlog::info("stopping: signal {}", strsignal(received));
  end_anyhow(signals);
  (*service)->close_streams();
  (*server)->stop();
  server->reset();
  service->reset();
  spdlog::info("stopped");
  spdlog::default_logger()->flush();
  // The watch above may be about to speak: leave without giving it the time.
  _exit(static_cast<int>(Exit::done));
}

}  // namespace

void add_serve(CLI::App& app, Chosen& chosen) {
  CLI::App* command = add_command(
      app, "serve", "Start the queues, the API and the dashboard; SIGTERM or Ctrl-C stops them",
      "  mergeq serve\n"
      "  mergeq serve --config /etc/mergeq/mergeq.toml\n"
      "  mergeq serve --json | head -1      # {\"url\": ..., \"port\": ..., \"pid\": ...}");
  const auto options = std::make_shared<ServeOptions>();
  add_common(*command, *options);
  command->add_option("--log-level", options->log_level, "How much is logged to standard error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  command->callback([=, &chosen] { chosen = [=] { return serve(*options); }; });
}

}  // namespace mergeq::cli
