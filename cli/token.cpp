#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/toml_section.h"

namespace mergeq::cli {
namespace {

struct TokenOptions : CommonOptions {
  std::string name;
  std::string role = "submit";
  std::vector<std::string> queues;
};

template <std::size_t N>
std::string hexadecimal(const std::array<unsigned char, N>& bytes) {
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

Exit make_token(const TokenOptions& options) {
  std::array<unsigned char, 32> secret{}, hash{};
  if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
    complain("the system has no random bytes to give; try again");
    return Exit::bad;
  }
  const std::string token = "mq_" + hexadecimal(secret);
  unsigned length = 0;
  if (EVP_Digest(token.data(), token.size(), hash.data(), &length, EVP_sha256(), nullptr) != 1) {
    complain("OpenSSL has no SHA-256 here, which tokens need");
    return Exit::bad;
  }
  if (options.json) {
    print_json({{"token", token},
                {"name", options.name},
                {"role", options.role},
                {"queues", options.queues},
                {"sha256", hexadecimal(hash)}});
    return Exit::done;
  }
  std::string lines = fmt::format("[[token]]\nname = {}\nsha256 = \"{}\"\nrole = \"{}\"\n",
                                  in_quotes(options.name), hexadecimal(hash), options.role);
  if (!options.queues.empty())
    lines += fmt::format("queues = [\"{}\"]\n", fmt::join(options.queues, "\", \""));
  // The token alone goes to standard output, so that it can be kept by redirection.
  std::fputs(
      ("Add these lines to the tokens file ([auth] tokens_file), then restart the server:\n\n" +
       lines + "\nThe token itself, shown once only:\n")
          .c_str(),
      stderr);
  print(token + "\n");
  return Exit::done;
}

}  // namespace

void add_token(CLI::App& app, Chosen& chosen) {
  CLI::App* command = add_command(
      app, "token", "Make a token: itself for its holder, its hash for the server's tokens file",
      "  mergeq token --name alice > alice.token           # the lines for tokens.toml are shown\n"
      "  mergeq token --name ci --role ci --queue main     # for one queue only\n"
      "  mergeq enqueue my-branch --token-file alice.token");
  const auto options = std::make_shared<TokenOptions>();
  add_common(*command, *options);
  command->add_option("--name", options->name, "Who it stands for, in timelines and logs")
      ->required()
      ->check([](const std::string& name) {
        return name.find_first_of("\n\r\t\"\\") == std::string::npos
                   ? ""
                   : "expected a name without quotes and control characters";
      });
  command->add_option("--role", options->role, "read < submit < ci < operate < admin")
      ->check(CLI::IsMember({"read", "submit", "ci", "operate", "admin"}))
      ->capture_default_str();
  command
      ->add_option("--queue", options->queues,
                   "A queue that it is for; may be repeated (default: all)")
      ->allow_extra_args(false);
  command->callback([=, &chosen] { chosen = [=] { return make_token(*options); }; });
}

}  // namespace mergeq::cli
