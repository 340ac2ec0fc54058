#include "cli/client.h"

#include <fmt/format.h>
#include <httplib.h>

#include <filesystem>

#include "cli/config_parts.h"

namespace mergeq::cli {
namespace {

constexpr const char* default_server = "http://127.0.0.1:8080";
constexpr std::size_t answer_limit_bytes = 64u << 20;

/// What stands in the configuration, if there is one that is good; it may belong to another
/// machine.
std::string configured_server(const std::string& config) {
  std::error_code error;
  if (!std::filesystem::exists(config, error)) return default_server;
  const auto loaded = load_configuration(config, Surroundings::Secrets::skipped);
  if (!loaded) return default_server;
  const auto& server = loaded->server;
  // Where it listens is nearer than its public name.
  std::string host = server.host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("http://{}:{}", host, server.port);
}

Result<std::string> token_in(const std::string& path) {
  if (path.empty()) return std::string();
  const auto text = read_file(path, 4096);
  if (!text) return tl::unexpected(text.error());
  const std::size_t begin = text->find_first_not_of(" \t\r\n");
  if (begin == std::string::npos)
    return fail(ErrorCode::invalid, fmt::format("{}: expected a token, got nothing", path));
  const std::size_t end = text->find_first_of(" \t\r\n", begin);
  return text->substr(begin, end == std::string::npos ? end : end - begin);
}

tl::unexpected<Trouble> misused(std::string message) {
  return tl::unexpected(Trouble{Exit::usage, std::move(message), 0});
}

/// A problem document in one sentence; foreign answers (of a proxy, say) by their status alone.
Trouble refusal(int status, const std::string& body) {
  std::string text = fmt::format("the server refused ({})", status);
  const auto problem = nlohmann::json::parse(body, nullptr, false);
  if (problem.is_object()) {
    if (problem.contains("detail") && problem["detail"].is_string())
      text += ": " + problem["detail"].get<std::string>();
    if (problem.contains("errors") && problem["errors"].is_array()) {
      for (const auto& one : problem["errors"]) {
        if (one.is_object())
          text += fmt::format("\n  {}: {}", one.value("field", ""), one.value("message", ""));
      }
    }
  }
  if (status == 401) text += "; name a token by --token-file (`mergeq token` makes one)";
  return {Exit::unreachable, text, status};
}

}  // namespace

struct Client::Impl {
  std::string server;
  httplib::Client http;
  httplib::Headers headers;

  explicit Impl(const std::string& url) : server(url), http(url) {
    http.set_connection_timeout(5);
    http.set_read_timeout(60);
    http.set_write_timeout(10);
  }
  Answer answer(const httplib::Result& result) const {
    if (!result)
      return tl::unexpected(
          Trouble{Exit::unreachable,
                  fmt::format("no server at {} ({}); start it with `mergeq serve`, or name another "
                              "by --server",
                              server, httplib::to_string(result.error())),
                  0});
    if (result->status / 100 != 2) return tl::unexpected(refusal(result->status, result->body));
    if (result->body.size() > answer_limit_bytes)
      return tl::unexpected(Trouble{Exit::unreachable, "the answer is larger than 64 MiB", 0});
    auto document = nlohmann::json::parse(result->body, nullptr, false);
    if (document.is_discarded())
      return tl::unexpected(
          Trouble{Exit::unreachable,
                  fmt::format("{} answers, but not as mergeq does; expected JSON", server), 0});
    return document;
  }
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client::~Client() = default;

tl::expected<Client, Trouble> Client::make(const ClientOptions& options) {
  const auto token = token_in(options.token_file);
  if (!token) return misused(token.error().message);
  std::string url = options.server.empty() ? configured_server(options.config) : options.server;
  while (url.ends_with('/')) url.pop_back();
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    return misused(
        fmt::format("--server: expected http://HOST:PORT or https://HOST, got \"{}\"", url));
  auto impl = std::make_unique<Impl>(url);
  if (!impl->http.is_valid())
    return misused(fmt::format("--server: expected a URL, got \"{}\"", url));
  if (!token->empty()) impl->headers.emplace("Authorization", "Bearer " + *token);
  return Client(std::move(impl));
}

Answer Client::get(const std::string& path) {
  return impl_->answer(impl_->http.Get(path, impl_->headers));
}

Answer Client::post(const std::string& path, const nlohmann::json& body,
                    const std::string& idempotency_key) {
  httplib::Headers headers = impl_->headers;
  if (!idempotency_key.empty()) headers.emplace("Idempotency-Key", idempotency_key);
  const std::string text = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return impl_->answer(impl_->http.Post(path, headers, text, "application/json"));
}

Answer Client::remove(const std::string& path) {
  // With a type, since the server asks it of all writes.
  return impl_->answer(impl_->http.Delete(path, impl_->headers, "", "application/json"));
}

tl::expected<std::string, Trouble> Client::queue_or_only(const std::string& name) {
  if (!name.empty()) return name;
  const auto queues = get("/api/v1/queues");
  if (!queues) return tl::unexpected(queues.error());
  std::vector<std::string> names;
  for (const auto& queue : queues->value("items", nlohmann::json::array()))
    names.push_back(queue.value("name", ""));
  if (names.size() == 1) return names.front();
  return misused(fmt::format(
      "name a queue by --queue; the server has {}",
      names.empty() ? "none that you may see" : fmt::format("{}", fmt::join(names, ", "))));
}

void add_client_options(CLI::App& command, ClientOptions& options) {
  add_common(command, options);
  command
      .add_option("--server", options.server,
                  "Where the server is (default: where the configuration says that it listens)")
      ->type_name("URL");
  command.add_option("--token-file", options.token_file, "A file that holds the token to show")
      ->type_name("FILE");
}

std::string segment(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

Exit failed(const Trouble& trouble) {
  complain(for_terminal(trouble.message, 4000));
  return trouble.exit;
}

std::string for_terminal(std::string_view text, std::size_t width_max) {
  std::string out;
  std::size_t width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80 && ++width > width_max) return out + "...";
    // C1 controls come as C2 80..9F in UTF-8; terminals obey them too.
    const bool c1 = byte >= 0x80 && byte < 0xA0 && !out.empty() &&
                    static_cast<unsigned char>(out.back()) == 0xC2;
    if (c1) {
      out.back() = '?';
    } else {
      out += (byte < ' ' && c != '\n') || byte == 127 ? '?' : c;
    }
  }
  return out;
}

}  // namespace mergeq::cli
