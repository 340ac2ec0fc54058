#include <doctest/doctest.h>

#include "tests/cli/configured.h"

namespace mergeq::cli {
namespace {

struct Case {
  const char* what;
  std::string text;
  std::string errors;  // all of them, each ended by a newline
};

void check(const std::vector<Case>& cases, const Configured& configured = {}) {
  for (const Case& one : cases) {
    INFO(one.what);
    CHECK(configured.errors(one.text) == one.errors);
  }
}

std::string queue_with(std::string_view rest) {
  return "[[queue]]\nname = \"main\"\nrepository = \"r\"\n" + std::string(rest);
}
const std::string good_check = "check = [{name = \"u\", command = [\"true\"]}]\n";

constexpr const char* no_check =
    "queue.check: expected at least one [[queue.check]]: without a check everything would land, "
    "got ";
constexpr const char* no_command =
    "queue.check.command: expected a program and its arguments ([\"make\", \"test\"]): runner "
    "`local` has to run something, got ";

TEST_SUITE("configuration errors") {
  TEST_CASE("nothing to check is an error, never \"merge at once\" (public report O-13)") {
    const std::string at = "mergeq.toml:";
    check({
        {"no check at all", queue_with(""), at + "1: " + no_check + "nothing\n"},
        {"an empty list of checks", queue_with("check = []\n"), at + "4: " + no_check + "[]\n"},
        {"an external runner without checks", queue_with("[queue.runner]\nkind = \"external\"\n"),
         at + "1: " + no_check + "nothing\n"},
        {"an empty command", queue_with("[[queue.check]]\nname = \"unit\"\ncommand = []\n"),
         at + "6: " + no_command + "[]\n"},
        {"no command", queue_with("[[queue.check]]\nname = \"unit\"\n"),
         at + "4: " + no_command + "nothing\n"},
        {"another word", queue_with("checks = []\n"),
         at + "1: " + no_check + "nothing\n" + at +
             "4: queue.checks: expected a key of [[queue]] (did you mean \"check\"?), got an "
             "unknown one\n"},
        {"a command that is a shell line",
         queue_with("[[queue.check]]\nname = \"unit\"\ncommand = \"make test\"\n"),
         at + "6: queue.check.command: expected an array of texts, none of them empty, got "
              "\"make test\"\n"},
        {"no queue", "", at + "1: queue: expected at least one [[queue]], got nothing\n"},
    });
  }

  TEST_CASE("readers and the program of the target graph are checked") {
    const std::string at = "mergeq.toml:";
    check({
        {"an unknown reader", queue_with(good_check + "manifests = [\"cargo\", \"sbt\"]\n"),
         at + "5: queue.manifests: expected names out of bazel, cargo, cmake, go, gradle, maven, "
              "npm, python, swift, got \"sbt\"\n"},
        {"no program", queue_with(good_check + "targets_command = []\n"),
         at + "5: queue.targets_command: expected a program and its arguments "
              "([\"./ci/targets\"]), got []\n"},
        {"a limit for nothing", queue_with(good_check + "targets_timeout = \"5m\"\n"),
         at + "5: queue.targets_timeout: expected targets_command beside it\n"},
        {"directories only", queue_with(good_check + "manifests = []\n"), ""},
    });
  }

  TEST_CASE("a secret that is missing, unset, empty or blank is refused (public report O-25)") {
    const std::string forge = "[queue.forge]\nkind = \"github\"\nproject = \"acme/mono\"\n";
    const std::string at = "mergeq.toml:";
    const std::string missing =
        at +
        "9: queue.forge.webhook_secret_env: expected the name of a variable that holds the secret, "
        "or a file by webhook_secret_file, got nothing\n";
    const std::string nothing_in_it = " with nothing in it: anybody could sign\n";
    check(
        {
            {"missing", with_one_queue(forge), missing},
            {"unset", with_one_queue(forge + "webhook_secret_env = \"UNSET\"\n"),
             at + "12: queue.forge.webhook_secret_env: expected the name of a variable that is "
                  "set, got \"UNSET\", which is not\n"},
            {"empty", with_one_queue(forge + "webhook_secret_env = \"EMPTY\"\n"),
             at + "12: queue.forge.webhook_secret_env: expected a secret, got the variable EMPTY" +
                 nothing_in_it},
            {"blank", with_one_queue(forge + "webhook_secret_env = \"BLANK\"\n"),
             at + "12: queue.forge.webhook_secret_env: expected a secret, got the variable BLANK" +
                 nothing_in_it},
            {"no name", with_one_queue(forge + "webhook_secret_env = \"\"\n"),
             at + "12: queue.forge.webhook_secret_env: expected a text that is not empty and has "
                  "no control characters, got \"\"\n"},
            {"the secret itself", with_one_queue(forge + "webhook_secret = \"abc\"\n"),
             missing + at +
                 "12: queue.forge.webhook_secret: expected a key of [queue.forge] (did you mean "
                 "\"webhook_secret_env\"?), got an unknown one\n"},
            {"an empty file", with_one_queue(forge + "webhook_secret_file = \"/dev/null\"\n"),
             at + "12: queue.forge.webhook_secret_file: expected a secret, got the file /dev/null" +
                 nothing_in_it},
            {"both",
             with_one_queue(forge + "webhook_secret_env = \"GOOD\"\nwebhook_secret_file = \"x\"\n"),
             at + "13: queue.forge.webhook_secret_file: expected either webhook_secret_env or "
                  "webhook_secret_file, got both\n"},
            {"generic, blank", with_one_queue("[webhooks]\ngeneric_secret_env = \"BLANK\"\n"),
             at + "10: webhooks.generic_secret_env: expected a secret, got the variable BLANK" +
                 nothing_in_it},
            {"generic, missing", with_one_queue("[webhooks]\n"),
             at + "9: webhooks.generic_secret_env: expected the name of a variable that holds the "
                  "secret, or a file by generic_secret_file, got nothing\n"},
            {"good", with_one_queue(forge + "webhook_secret_env = \"GOOD\"\n"), ""},
        },
        Configured{.variables = {{"EMPTY", ""}, {"BLANK", " \t\n"}, {"GOOD", "s3cret"}}});
  }

  TEST_CASE("a misspelt or misplaced setting is an error with its line (public report O-48)") {
    const std::string at = "mergeq.toml:";
    const std::string time =
        "queue.check.timeout: expected a time from 1s to 168h with its unit (\"90s\", \"30m\", "
        "\"2h\"), got ";
    check({
        {"key", queue_with("guarentee = \"exact\"\n" + good_check),
         at + "4: queue.guarentee: expected a key of [[queue]] (did you mean \"guarantee\"?), got "
              "an unknown one\n"},
        {"value", queue_with("guarantee = \"Exact\"\n" + good_check),
         at + "4: queue.guarantee: expected one of independent, exact, got \"Exact\"\n"},
        {"table", with_one_queue("[queue.runer]\nkind = \"external\"\n"),
         at + "9: queue.runer: expected a key of [[queue]] (did you mean \"runner\"?), got an "
              "unknown one\n"},
        {"a number as text", queue_with("slots = \"8\"\n" + good_check),
         at + "4: queue.slots: expected a whole number from 1 to 4096, got \"8\"\n"},
        {"no slots", queue_with("slots = 0\n" + good_check),
         at + "4: queue.slots: expected a whole number from 1 to 4096, got 0\n"},
        {"a time without unit", with_one_queue("timeout = \"30\"\n"),
         at + "9: " + time + "\"30\"\n"},
        {"no time at all", with_one_queue("timeout = \"0s\"\n"), at + "9: " + time + "\"0s\"\n"},
        {"after the wrong header", with_one_queue("order = \"strict\"\n"),
         at + "9: queue.check.order: expected a key of [[queue.check]] (\"order\" belongs to "
              "[[queue]]), got an unknown one\n"},
        {"another database", with_one_queue("[server]\ndatabase = \"sqlite://x\"\n"),
         at + "10: server.database: expected \"sqlite:PATH\", the only kind of database of this "
              "version, got \"sqlite://x\"\n"},
        {"two of one name",
         with_one_queue("[[queue]]\nname = \"main\"\nrepository = \"other\"\n" + good_check),
         at + "10: queue.name: expected a name that no other queue has, got that of line 2\n"},
        {"two on one branch",
         with_one_queue(
             "[[queue]]\nname = \"other\"\nbranch = \"main\"\nrepository = \"./repo.git\"\n" +
             good_check),
         at + "11: queue.branch: expected a repository and branch that no other queue has, got "
              "that of line 3\n"},
    });
  }

  TEST_CASE("everything that is wrong comes at once, in the order of lines") {
    const std::string at = "mergeq.toml:";
    CHECK(
        Configured{}.errors("[server]\n"
                            "listen = \"8080\"\n"
                            "public_url = \"queue.example\"\n"
                            "[auth]\n"
                            "anonymous = \"everyone\"\n"
                            "[[queue]]\n"
                            "name = \"a b\"\n"
                            "repository = \"ftp://host/r.git\"\n"
                            "slots = 5000\n"
                            "slot_minute_price = -1\n"
                            "merge_method = \"octopus\"\n"
                            "every_commit_green = \"yes\"\n"
                            "[[queue.check]]\n"
                            "name = \"unit\"\n"
                            "command = [\"run\", \"--t={targets}\"]\n"
                            "scope = \"target\"\n"
                            "retries = 11\n"
                            "[[queue.check]]\n"
                            "name = \"unit\"\n"
                            "command = [\"\"]\n"
                            "[queue.runner]\n"
                            "kind = \"jenkins\"\n"
                            "log_limit = \"16\"\n") ==
        at +
            "2: server.listen: expected \"HOST:PORT\" (\"127.0.0.1:8080\", \"[::1]:8080\"), got "
            "\"8080\"\n" +
            at +
            "3: server.public_url: expected an http or https URL (\"https://queue.example\"), "
            "got \"queue.example\"\n" +
            at + "5: auth.anonymous: expected one of none, read, admin, got \"everyone\"\n" + at +
            "7: queue.name: expected 1 to 64 letters, digits, \"-\", \"_\", \".\", beginning with "
            "a letter or digit, got \"a b\"\n" +
            at +
            "8: queue.repository: \"ftp://host/r.git\": expected a path, https://, http://, "
            "ssh://, file:// or user@host:path\n" +
            at + "9: queue.slots: expected a whole number from 1 to 4096, got 5000\n" + at +
            "10: queue.slot_minute_price: expected a number from 0 to 1000, got -1\n" + at +
            "11: queue.merge_method: expected one of merge, squash, rebase, fast-forward, got "
            "\"octopus\"\n" +
            at + "12: queue.every_commit_green: expected true or false, got \"yes\"\n" + at +
            "15: queue.check.command: expected {targets} as an argument of its own, since it "
            "becomes one argument for each target, got \"--t={targets}\"\n" +
            at + "17: queue.check.retries: expected a whole number from 0 to 10, got 11\n" + at +
            "19: queue.check.name: expected a name that no other check of this queue has (line "
            "14 has it), got \"unit\"\n" +
            at +
            "20: queue.check.command: expected an array of texts, none of them empty, got an "
            "array\n" +
            at + "22: queue.runner.kind: expected one of local, external, got \"jenkins\"\n" + at +
            "23: queue.runner.log_limit: expected a size from 4KiB to 1024MiB with its unit "
            "(\"512KiB\", \"16MiB\"), got \"16\"\n");
  }

  TEST_CASE("everybody may be admin only where nobody else can reach the server") {
    check({
        {"loopback", with_one_queue("[auth]\nanonymous = \"admin\"\n"), ""},
        {"beyond",
         with_one_queue("[server]\nlisten = \"0.0.0.0:80\"\n[auth]\nanonymous = \"admin\"\n"),
         "mergeq.toml:12: auth.anonymous: expected none or read while listening on \"0.0.0.0\", "
         "which others can reach (admin: on loopback only), got \"admin\"\n"},
    });
  }

  TEST_CASE("targets need names and paths of their own, and no circle") {
    check({
        {"circle",
         with_one_queue("[[queue.target]]\nname = \"a\"\npaths = [\"a/**\"]\ndepends_on = [\"b\"]\n"
                        "[[queue.target]]\nname = \"b\"\npaths = [\"b/**\"]\ndepends_on = "
                        "[\"a\"]\n"),
         "mergeq.toml:9: queue.target: expected depends_on without a circle, got one through "
         "\"a\"\n"},
        {"no paths", with_one_queue("[[queue.target]]\nname = \"a\"\npaths = []\n"),
         "mergeq.toml:11: queue.target.paths: expected at least one path pattern, got []\n"},
        {"on a directory",
         with_one_queue(
             "[[queue.target]]\nname = \"a\"\npaths = [\"a/**\"]\ndepends_on = [\"lib\"]\n"),
         ""},
    });
  }

  TEST_CASE("what is no TOML is said with its line") {
    const std::string expected = ": expected TOML, got: ";
    CHECK(Configured{}.errors("[server\nlisten = 1\n").starts_with("mergeq.toml:1" + expected));
    CHECK(Configured{}.errors("a = 1\na = 2\n").starts_with("mergeq.toml:2" + expected));
    CHECK(Configured{}.errors("a = \"\xff\"\n").starts_with("mergeq.toml:1" + expected));
  }

  TEST_CASE("a key's odd bytes do not reach the terminal") {
    const std::string errors = Configured{}.errors(with_one_queue("\"\\u001b[2J\" = 1\n"));
    CHECK(errors.find('\x1b') == std::string::npos);
    CHECK(errors.find("\\x1b[2J") != std::string::npos);
  }
}

}  // namespace
}  // namespace mergeq::cli
