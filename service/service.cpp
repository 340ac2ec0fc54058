#include "service/service.h"

#include <algorithm>
#include <filesystem>

#include "service/queue_thread.h"

namespace mergeq::service {

namespace {

nlohmann::json ignored(std::string why) {
  return webhook_answer("ignored", std::move(why), nullptr);
}

}  // namespace

struct Service::Impl {
  Options options;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<StreamHub> hub;
  std::map<std::string, std::unique_ptr<QueueThread>> queues;

  Result<QueueThread*> queue(const std::string& name) const {
    const auto it = queues.find(name);
    if (it == queues.end()) return fail(ErrorCode::not_found, "no queue \"" + shown(name) + "\"");
    return it->second.get();
  }
  /// The queue that a change's or build's name belongs to.
  Result<QueueThread*> owner(const std::string& id) const {
    const ParsedName parsed = parse_name(id);
    const auto it = queues.find(parsed.queue);
    if (it == queues.end()) return fail(ErrorCode::not_found, "there is no \"" + shown(id) + "\"");
    return it->second.get();
  }
  /// `command` on the thread of `queue`, on behalf of `actor`.
  template <class T>
  Result<T> ask(const Result<QueueThread*>& queue, const std::string& actor,
                std::function<Result<T>(QueueThread&, Round&)> command) const {
    if (!queue) return tl::unexpected(queue.error());
    QueueThread& thread = **queue;
    return thread.ask<T>([&thread, actor, command = std::move(command)](Round& round) {
      round.actor = actor;
      return command(thread, round);
    });
  }
  /// What `head` is to mean for the queue of a change: as given, or the commit that its remote has.
  Result<std::string> head_now(const std::string& id, const std::string& head) const;
  /// Gives `event` to each queue of its project, until one of them has a use for it.
  template <class Event>
  Result<nlohmann::json> deliver(const std::string& project, const Event& event,
                                 const std::string& delivery, const std::string& content_key,
                                 Result<nlohmann::json> (QueueThread::*take)(Round&,
                                                                             const Event&)) const;
};

template <class Event>
Result<nlohmann::json> Service::Impl::deliver(
    const std::string& project, const Event& event, const std::string& delivery,
    const std::string& content_key,
    Result<nlohmann::json> (QueueThread::*take)(Round&, const Event&)) const {
  nlohmann::json answer = ignored("no queue of this server lands changes of " + shown(project));
  for (const auto& [name, queue] : queues) {
    if (queue->config().forge_kind == "none" || queue->config().project != project) continue;
    auto taken = ask<nlohmann::json>(queue.get(), "", [&](QueueThread& q, Round& round) {
      return q.once(round, delivery, content_key, [&] { return (q.*take)(round, event); });
    });
    if (!taken) return taken;
    answer = std::move(*taken);
    if (answer.at("outcome") != "ignored") break;
  }
  return answer;
}

Service::Service(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Service::~Service() {
  close_streams();
  impl_->queues.clear();
}

Result<std::unique_ptr<Service>> Service::start(Options options,
                                                std::unique_ptr<storage::Store> store) {
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  impl->store = std::move(store);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(impl->options.data_directory) / "logs",
                                      error);
  if (error) {
    return fail(ErrorCode::io,
                "data directory " + impl->options.data_directory + ": " + error.message());
  }
  impl->hub = std::make_unique<StreamHub>(*impl->store);
  for (const QueueConfig& config : impl->options.queues) {
    auto queue = QueueThread::start(config, impl->options, *impl->store, *impl->hub);
    if (!queue) {
      return fail(queue.error().code, "queue " + config.name + ": " + queue.error().message);
    }
    impl->queues.emplace(config.name, std::move(*queue));
  }
  return std::unique_ptr<Service>(new Service(std::move(impl)));
}

const Options& Service::options() const { return impl_->options; }

nlohmann::json Service::queues() const {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [name, queue] : impl_->queues) list.push_back(queue->summary_document());
  return list;
}

Result<nlohmann::json> Service::queue(const std::string& name) const {
  const auto queue = impl_->queue(name);
  if (!queue) return tl::unexpected(queue.error());
  return (*queue)->queue_document();
}

Result<Page> Service::changes(const storage::ChangeFilter& filter,
                              const storage::PageRequest& request) const {
  const auto queue = impl_->queue(filter.queue);
  if (!queue) return tl::unexpected(queue.error());
  storage::PageRequest more = request;
  ++more.limit;
  auto rows = impl_->store->changes(filter, more);
  if (!rows) return tl::unexpected(rows.error());
  Page page;
  if (rows->size() > request.limit) {
    rows->resize(request.limit);
    page.next_before = rows->back().ordinal;
  }
  for (const storage::ChangeRow& row : *rows) {
    nlohmann::json document = nlohmann::json::parse(row.document);
    if (!row.terminal) (*queue)->refresh(document, ChangeId{row.ordinal});
    page.items.push_back(std::move(document));
  }
  return page;
}

Result<nlohmann::json> Service::change(const std::string& id) const {
  const auto queue = impl_->owner(id);
  if (!queue) return tl::unexpected(queue.error());
  const ChangeId change = parse_name(id).change;
  if (auto live = (*queue)->live_change(change)) return std::move(*live);
  const auto row = impl_->store->change(id);
  if (!row) return tl::unexpected(row.error());
  if (!change || !*row)
    return fail(ErrorCode::not_found, "there is no change \"" + shown(id) + "\"");
  return nlohmann::json::parse((*row)->document);
}

Result<nlohmann::json> Service::timeline(const std::string& id) const {
  if (auto known = change(id); !known) return tl::unexpected(known.error());
  const auto rows = impl_->store->timeline(id);
  if (!rows) return tl::unexpected(rows.error());
  nlohmann::json items = nlohmann::json::array();
  for (const storage::TimelineRow& row : *rows)
    items.push_back(nlohmann::json::parse(row.document));
  return items;
}

Result<nlohmann::json> Service::explanation(const std::string& id) const {
  const auto queue = impl_->owner(id);
  if (!queue) return tl::unexpected(queue.error());
  if (auto live = (*queue)->live_explanation(parse_name(id).change)) return std::move(*live);
  auto known = change(id);
  if (!known) return tl::unexpected(known.error());
  return terminal_explanation(*known);
}

Result<nlohmann::json> Service::footprint(const std::string& id) const {
  const auto queue = impl_->owner(id);
  if (!queue) return tl::unexpected(queue.error());
  const auto known = change(id);
  if (!known) return tl::unexpected(known.error());
  return (*queue)->footprint(*known);
}

Result<nlohmann::json> Service::graph(const std::string& name) const {
  const auto queue = impl_->queue(name);
  if (!queue) return tl::unexpected(queue.error());
  return (*queue)->graph();
}

Result<nlohmann::json> Service::plan(const std::string& name) const {
  const auto queue = impl_->queue(name);
  if (!queue) return tl::unexpected(queue.error());
  return (*queue)->plan();
}

Result<Page> Service::builds(const std::string& name, const std::string& state,
                             const storage::PageRequest& request) const {
  const auto queue = impl_->queue(name);
  if (!queue) return tl::unexpected(queue.error());
  storage::PageRequest more = request;
  ++more.limit;
  auto rows = impl_->store->builds(name, state, more);
  if (!rows) return tl::unexpected(rows.error());
  Page page;
  if (rows->size() > request.limit) {
    rows->resize(request.limit);
    page.next_before = rows->back().ordinal;
  }
  for (const storage::BuildRow& row : *rows)
    page.items.push_back(nlohmann::json::parse(row.document));
  return page;
}

Result<nlohmann::json> Service::build(const std::string& id) const {
  const auto queue = impl_->owner(id);
  if (!queue) return tl::unexpected(queue.error());
  const BuildId build = parse_name(id).build;
  if (auto live = (*queue)->live_build(build)) return std::move(*live);
  const auto row = impl_->store->build(id);
  if (!row) return tl::unexpected(row.error());
  if (!build || !*row) return fail(ErrorCode::not_found, "there is no build \"" + shown(id) + "\"");
  return nlohmann::json::parse((*row)->document);
}

Result<std::string> Service::log_path(const std::string& build_id) const {
  if (auto known = build(build_id); !known) return tl::unexpected(known.error());
  std::string path =
      impl_->queues.at(parse_name(build_id).queue)->log_path(parse_name(build_id).build);
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return fail(ErrorCode::not_found, "build " + build_id + " has no log");
  }
  return path;
}

std::string Service::queue_of(const std::string& id) const { return parse_name(id).queue; }

Result<EnqueueAnswer> Service::enqueue(const std::string& queue, const EnqueueRequest& request,
                                       const std::string& actor) {
  const auto thread = impl_->queue(queue);
  EnqueueRequest whole = request;
  if (thread && (*thread)->config().remote) {
    // A repeated request is answered whether the remote answers or not.
    const auto before = impl_->ask<std::optional<EnqueueAnswer>>(
        thread, actor,
        [request](QueueThread& q, Round& round) { return q.answered(round, request); });
    if (!before) return tl::unexpected(before.error());
    if (*before) return **before;
    const auto head = (*thread)->fetched(request.head);
    if (!head) return tl::unexpected(head.error());
    whole.fetched = *head;
  }
  return impl_->ask<EnqueueAnswer>(
      thread, actor, [whole](QueueThread& q, Round& round) { return q.enqueue(round, whole); });
}

Result<std::string> Service::Impl::head_now(const std::string& id, const std::string& head) const {
  const auto queue = owner(id);
  if (!queue) return tl::unexpected(queue.error());
  const auto fetched = (*queue)->fetched(head);
  if (!fetched) return tl::unexpected(fetched.error());
  return *fetched ? (*fetched)->hex : head;
}

Result<nlohmann::json> Service::revise(const std::string& id, const std::string& given,
                                       const std::string& actor) {
  if (auto known = change(id); !known) return tl::unexpected(known.error());
  const auto head = impl_->head_now(id, given);
  if (!head) return tl::unexpected(head.error());
  return impl_->ask<nlohmann::json>(impl_->owner(id), actor,
                                    [id, head = *head](QueueThread& q, Round& round) {
                                      return q.revise(round, parse_name(id).change, head);
                                    });
}

Result<nlohmann::json> Service::revise_once(const std::string& id, const std::string& given,
                                            const std::string& delivery, const std::string& actor) {
  if (auto known = change(id); !known) return tl::unexpected(known.error());
  const auto head = impl_->head_now(id, given);
  if (!head) return tl::unexpected(head.error());
  const auto command = [id, head = *head, delivery](QueueThread& q, Round& round) {
    return q.once(round, "generic " + delivery, "", [&]() -> Result<nlohmann::json> {
      const auto revised = q.revise(round, parse_name(id).change, head);
      if (!revised) return tl::unexpected(revised.error());
      return webhook_answer("revised", "its head is " + revised->at("head").get<std::string>(), id);
    });
  };
  return impl_->ask<nlohmann::json>(impl_->owner(id), actor, command);
}

Result<nlohmann::json> Service::cancel(const std::string& id, Reason reason,
                                       const std::string& text, const std::string& actor) {
  if (auto known = change(id); !known) return tl::unexpected(known.error());
  return impl_->ask<nlohmann::json>(impl_->owner(id), actor,
                                    [id, reason, text](QueueThread& q, Round& round) {
                                      return q.cancel(round, parse_name(id).change, reason, text);
                                    });
}

Result<nlohmann::json> Service::conflict(const std::string& queue, const std::string& a,
                                         const std::string& b) {
  return impl_->ask<nlohmann::json>(impl_->queue(queue), "",
                                    [a, b](QueueThread& q, Round&) { return q.conflict(a, b); });
}
Result<nlohmann::json> Service::pause(const std::string& queue, const std::string& why,
                                      const std::string& actor) {
  return impl_->ask<nlohmann::json>(
      impl_->queue(queue), actor,
      [why](QueueThread& q, Round& round) { return q.pause(round, why); });
}

Result<nlohmann::json> Service::resume(const std::string& queue, const std::string& actor) {
  return impl_->ask<nlohmann::json>(impl_->queue(queue), actor,
                                    [](QueueThread& q, Round& round) { return q.resume(round); });
}

Result<nlohmann::json> Service::patch(const std::string& queue, const QueuePatch& patch,
                                      const std::string& actor) {
  return impl_->ask<nlohmann::json>(
      impl_->queue(queue), actor,
      [patch](QueueThread& q, Round& round) { return q.patch(round, patch); });
}

Result<nlohmann::json> Service::build_started(const std::string& id, const std::string& actor) {
  return impl_->ask<nlohmann::json>(impl_->owner(id), actor, [id](QueueThread& q, Round& round) {
    return q.build_started(round, parse_name(id).build);
  });
}

Result<ReportAnswer> Service::report(const std::string& id, const BuildReport& report) {
  return impl_->ask<ReportAnswer>(impl_->owner(id), report.reporter,
                                  [id, report](QueueThread& q, Round& round) {
                                    return q.report(round, parse_name(id).build, report);
                                  });
}

Result<nlohmann::json> Service::forge_event(const forges::ForgeEvent& event,
                                            const std::string& delivery,
                                            const std::string& content_key) {
  if (const auto* pull = std::get_if<forges::PullRequestEvent>(&event)) {
    return impl_->deliver(pull->pull.project, *pull, delivery, content_key,
                          &QueueThread::pull_request);
  }
  if (const auto* push = std::get_if<forges::PushEvent>(&event)) {
    for (const auto& [name, queue] : impl_->queues) {
      const QueueConfig& config = queue->config();
      if (config.project == push->project && "refs/heads/" + config.branch == push->ref) {
        queue->look_at_trunk();
      }
    }
    return ignored("noted: the trunk is looked at");
  }
  if (const auto* check = std::get_if<forges::CheckEvent>(&event)) {
    return impl_->deliver(check->project, *check, delivery, content_key, &QueueThread::check);
  }
  return ignored(std::get<forges::Ignored>(event).why);
}

Service::StreamChunk Service::stream_after(std::optional<std::uint64_t> id,
                                           std::chrono::milliseconds wait) const {
  return impl_->hub->after(id, wait);
}

void Service::close_streams() { impl_->hub->close(); }

std::vector<Problem> Service::problems() const {
  std::vector<Problem> all;
  for (const auto& [name, queue] : impl_->queues) {
    for (Problem& p : queue->problems()) all.push_back(std::move(p));
  }
  return all;
}

bool Service::ready() const {
  return std::ranges::all_of(impl_->queues, [](const auto& item) { return item.second->alive(); });
}

storage::Store::Figures Service::storage_figures() const { return impl_->store->figures(); }

}  // namespace mergeq::service
