#include "tests/api/fixture.h"

#include <doctest/doctest.h>

#include "tests/api/signature.h"

namespace mergeq::test {

using nlohmann::json;

const Description& description() {
  static const Description instance;
  return instance;
}

Fixture::Fixture(Setup setup)
    : data_directory_((repository_.folder() / "data").string()), setup_(std::move(setup)) {
  for (const std::string& name : setup_.more_queues) repository_.branch(name, "main");
  start();
}

Fixture::~Fixture() {
  server_.reset();
  service_.reset();
}

void Fixture::start() {
  service::Options options{.data_directory = data_directory_,
                           .generic_webhook_secret = setup_.generic_webhook_secret};
  std::vector<std::string> names = setup_.more_queues;
  names.insert(names.begin(), "main");
  for (const std::string& name : names) {
    service::QueueConfig queue{.name = name, .repository = repository_.path(), .branch = name};
    queue.checks = {{.spec = {.name = "unit", .scope = CheckScope::tree}}};
    queue.policy.slots = 2;
    queue.policy.guarantee = Guarantee::exact;
    queue.policy.checks = {queue.checks.front().spec};
    queue.forge_kind = "github";
    queue.project = "Codertocat/Hello-World";
    queue.webhook_secret = setup_.webhook_secret;
    options.queues.push_back(std::move(queue));
  }
  std::filesystem::create_directories(data_directory_);
  auto store = storage::open_store("sqlite:" + data_directory_ + "/mergeq.db");
  REQUIRE_MESSAGE(store, store.error().message);
  auto started = service::Service::start(std::move(options), std::move(*store));
  REQUIRE_MESSAGE(started, started.error().message);
  service_ = std::move(*started);
  auto server = api::Server::start(setup_.server, *service_);
  REQUIRE_MESSAGE(server, server.error().message);
  server_ = std::move(*server);
}

void Fixture::restart() {
  server_.reset();
  service_.reset();
  start();
}

Answer Fixture::send(const Sent& sent) {
  Answer answer = exchange(sent, port());
  REQUIRE_MESSAGE(answer.status != 0, sent.method << " " << sent.target << ": no answer");
  for (const std::string& fault : description().faults(sent.method, sent.target, answer)) {
    FAIL_CHECK(fault);
  }
  CHECK(answer.header("X-Content-Type-Options") == "nosniff");
  CHECK(answer.header("Access-Control-Allow-Origin").empty());
  return answer;
}

Answer Fixture::post(const std::string& target, const json& body, Headers headers) {
  headers.emplace_back("Content-Type", "application/json");
  return send({.method = "POST", .target = target, .headers = headers, .body = body.dump()});
}

Answer Fixture::webhook(const std::string& event, const std::string& body) {
  static int delivery = 0;
  return send({.method = "POST",
               .target = "/webhooks/github",
               .headers = {{"Content-Type", "application/json"},
                           {"X-GitHub-Event", event},
                           {"X-GitHub-Delivery", std::to_string(++delivery)},
                           {"X-Hub-Signature-256", signature(github_secret, body)}},
               .body = body});
}

Answer Fixture::generic(const json& body, const std::string& delivery) {
  const std::string text = body.dump();
  return send({.method = "POST",
               .target = "/webhooks/generic",
               .headers = {{"Content-Type", "application/json"},
                           {"X-Mergeq-Delivery", delivery},
                           {"X-Mergeq-Signature-256", signature(generic_secret, text)}},
               .body = text});
}

std::string Fixture::branch(const std::string& name) {
  return repository_.commit(name, {{"src/" + name + ".txt", "by " + name + "\n"}});
}

std::string Fixture::enqueue(const std::string& branch) {
  if (!repository_.tip(branch)) this->branch(branch);
  const Answer answer = post("/api/v1/queues/main/changes", {{"head", branch}});
  REQUIRE_MESSAGE(answer.status == 201, answer.body);
  return answer.json().at("id").get<std::string>();
}

std::string Fixture::requested_build() {
  std::string id;
  eventually([&] {
    const json items = get("/api/v1/queues/main/builds?state=requested").json().at("items");
    if (!items.empty()) id = items.back().at("id").get<std::string>();
    return !id.empty();
  });
  return id;
}

Answer Fixture::report(const std::string& build, const std::string& verdict) {
  return post("/api/v1/builds/" + build + "/result", {{"verdict", verdict}});
}

bool Fixture::reaches(const std::string& change, const std::string& state) {
  return eventually([&] { return get("/api/v1/changes/" + change).json().at("state") == state; });
}

bool Fixture::lands(const std::string& change) {
  return eventually([&] {
    const json page = get("/api/v1/queues/main/builds?state=requested").json();
    for (const json& build : page.at("items")) {
      report(build.at("id").get<std::string>(), "passed");
    }
    return get("/api/v1/changes/" + change).json().at("state") == "landed";
  });
}

}  // namespace mergeq::test
