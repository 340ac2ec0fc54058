#include "vcs/remote_url.h"

#include <algorithm>
#include <array>
#include <utility>

#include "vcs/git.h"
#include "vcs/names.h"

namespace mergeq::vcs {
namespace {

using Scheme = RemoteUrl::Scheme;
constexpr std::array schemes{
    std::pair{std::string_view("https"), Scheme::https},
    std::pair{std::string_view("http"), Scheme::http},
    std::pair{std::string_view("ssh"), Scheme::ssh},
    std::pair{std::string_view("file"), Scheme::file},
};
constexpr std::size_t url_size_max = 2'048;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

tl::unexpected<Error> wrong(std::string_view location, const std::string& why) {
  return fail(ErrorCode::invalid,
              shown(without_credentials(std::string(location))) + ": expected " + why);
}

/// "host", "host:22", "[::1]:22".
bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    const bool is_address = end != std::string_view::npos && end > 1 &&
                            host.substr(1, end - 1).find_first_not_of("0123456789abcdefABCDEF:.") ==
                                std::string_view::npos;
    if (!is_address) return false;
    host.remove_prefix(end + 1);
    if (host.empty()) return true;
    if (host.front() != ':') return false;
  }
  const std::size_t colon = host.find(':');
  const std::string_view name = host.substr(0, colon);
  const auto is_part = [](char c) { return is_word(c) || c == '.' || c == '-' || c == '_'; };
  if (!std::ranges::all_of(name, is_part) || name.starts_with('-')) return false;
  if (colon == std::string_view::npos) return !name.empty();
  const std::string_view port = host.substr(colon + 1);
  return !port.empty() && port.size() <= 5 &&
         port.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_user(std::string_view user) {
  return !user.empty() && user.front() != '-' && std::ranges::all_of(user, [](char c) {
    return is_word(c) || c == '.' || c == '-' || c == '_' || c == '+';
  });
}

/// Splits "user@" off; a password in it is refused.
Result<std::string> take_user(std::string_view location, std::string_view& authority) {
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return std::string();
  const std::string_view user = authority.substr(0, at);
  authority.remove_prefix(at + 1);
  if (user.find(':') != std::string_view::npos) {
    return wrong(location,
                 "a URL without a password: name the user by `user`, and the variable or file "
                 "that holds the secret by `token_env` or `token_file`");
  }
  if (!is_user(user))
    return wrong(location, "a user of letters, digits, \".\", \"-\", \"_\", \"+\"");
  return std::string(user);
}

Result<RemoteUrl> parse_scp(std::string_view location) {
  const std::size_t colon = location.find(':');
  std::string_view host = location.substr(0, colon);
  const std::string_view path = location.substr(colon + 1);
  RemoteUrl url{.scheme = Scheme::ssh, .text = std::string(location)};
  MERGEQ_TRY(url.user, take_user(location, host));
  if (!is_host(host)) return wrong(location, "user@host:path");
  if (path.empty() || path.front() == '-' || path.front() == ':') {
    return wrong(location, "the path of a repository behind the colon (user@host:path)");
  }
  url.host = host;
  return url;
}

}  // namespace

std::string RemoteUrl::origin() const {
  const std::size_t begin = text.find("://") + 3;
  return text.substr(0, text.find('/', begin));
}

bool is_remote(std::string_view location) {
  if (location.find("://") != std::string_view::npos) return true;
  const std::size_t colon = location.find(':');
  return colon != std::string_view::npos && colon < location.find('/');
}

Result<RemoteUrl> parse_remote(std::string_view location) {
  const bool is_plain = std::ranges::all_of(location, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!is_plain) return wrong(location, "a URL without blanks, control or non-ASCII characters");
  if (location.size() > url_size_max) return wrong(location, "a URL of at most 2,048 bytes");
  if (location.find("://") == std::string_view::npos) return parse_scp(location);

  const std::string_view name = location.substr(0, location.find("://"));
  const auto* const known =
      std::ranges::find(schemes, name, &std::pair<std::string_view, Scheme>::first);
  if (known == schemes.end()) {
    return fail(ErrorCode::unsupported,
                shown(without_credentials(std::string(location))) +
                    ": expected a path, https://, http://, ssh://, file:// or user@host:path");
  }
  std::string_view rest = location.substr(name.size() + 3);
  std::string_view authority = rest.substr(0, rest.find('/'));
  const std::string_view path = rest.substr(authority.size());
  RemoteUrl url{.scheme = known->second};
  MERGEQ_TRY(url.user, take_user(location, authority));
  url.host = authority;
  if (path.find_first_of("?#") != std::string_view::npos ||
      authority.find_first_of("?#") != std::string_view::npos) {
    return wrong(location, "a URL without a query or fragment");
  }
  if (path.size() < 2) return wrong(location, "the path of a repository behind the host");
  if (url.scheme == Scheme::file) {
    if (!authority.empty() || !url.user.empty()) {
      return wrong(location, "file:// and an absolute path (file:///srv/git/x.git)");
    }
  } else if (!is_host(authority)) {
    return wrong(location, "the name or address of a host behind ://");
  }
  const bool keeps_user = url.scheme == Scheme::ssh && !url.user.empty();
  url.text =
      std::string(name) + "://" + (keeps_user ? url.user + "@" : "") + url.host + std::string(path);
  return url;
}

bool is_loopback(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1) == "[::1]";
  const std::string_view name = host.substr(0, host.find(':'));
  if (name == "localhost") return true;
  return name.starts_with("127.") && std::ranges::count(name, '.') == 3 &&
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace mergeq::vcs
