// A server with the API's face and a switchable mood, for the states that a real one rarely shows.
//
//   node tests/browser/fake_server.mjs [PORT]     serves a lively queue, to look at while working on web/
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { lively, summary } from "./fixtures.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const dist = join(root, "build", "web", "dist");
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** The policy that the real server sends: it stands in web/assets.h. */
function contentSecurityPolicy() {
  const header = readFileSync(join(root, "web", "assets.h"), "utf8");
  const declaration = /content_security_policy =([^;]*(?:;[^"\n]*"[^;]*)*?)";/s.exec(header);
  const text = [...header.slice(declaration.index).split("\n\n")[0].matchAll(/"([^"]*)"/g)].map((m) => m[1]).join("");
  if (!text.startsWith("default-src 'none'")) throw new Error(`web/assets.h: no policy found, got "${text}"`);
  return text;
}

export class FakeServer {
  queues = [];               // whole documents
  kept_events = 1000;        // older ones are forgotten: then a client gets `reset`
  mood = {};                 // {queue_status, queues_status, events_status, hold}
  counts = { streams_opened: 0, queue_fetches: 0, resets: 0 };
  streams = new Set();
  last_ids = [];             // Last-Event-ID of each stream opened
  #events = [];
  #next_id = 1;
  #policy = contentSecurityPolicy();

  async start(port = 0) {
    this.http = createServer((request, response) => this.#answer(request, response));
    this.http.keepAliveTimeout = 60_000;
    await new Promise((resolve, reject) => {
      this.http.once("error", reject);
      this.http.listen(port, "127.0.0.1", resolve);
    });
    this.port = this.http.address().port;
    this.url = `http://127.0.0.1:${this.port}/`;
    return this;
  }

  /** Gone at once, as a killed process is; start(port) brings it back. */
  async stop() {
    const closed = new Promise((resolve) => this.http.close(resolve));
    this.http.closeAllConnections();
    this.streams.clear();
    await closed;
  }

  /** Forgets its events, as a restart with another database would. */
  forgetEvents(next_id = 1) {
    this.#events = [];
    this.#next_id = next_id;
  }

  /** Replaces a queue's document and tells the streams. */
  show(queue, type = "change") {
    this.queues = this.queues.some((one) => one.name === queue.name)
      ? this.queues.map((one) => (one.name === queue.name ? queue : one))
      : [...this.queues, queue];
    this.emit(type, type === "queue" ? summary(queue) : { queue: queue.name });
  }

  emit(type, document) {
    const event = { id: this.#next_id++, text: `event: ${type}\ndata: ${JSON.stringify(document)}\n\n` };
    this.#events = [...this.#events, event].slice(-this.kept_events);
    for (const stream of this.streams) stream.write(`id: ${event.id}\n${event.text}`);
  }

  dropStreams() {
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.url);
    if (this.mood.hold && url.pathname.startsWith("/api/")) await this.mood.hold;
    if (url.pathname === "/api/v1/events") return this.#stream(request, response);
    if (url.pathname === "/api/v1/queues") {
      return this.#json(response, this.mood.queues_status, { items: this.queues.map(summary), next_cursor: null });
    }
    const queue = /^\/api\/v1\/queues\/([^/]+)$/.exec(url.pathname);
    if (queue) {
      this.counts.queue_fetches += 1;
      const found = this.queues.find((one) => one.name === decodeURIComponent(queue[1]));
      return this.#json(response, this.mood.queue_status ?? (found ? 200 : 404), found);
    }
    return this.#file(url.pathname, response);
  }

  #json(response, status = 200, document = undefined) {
    const body = status < 400 ? document : { type: "about:blank", title: "Refused", status, detail: `the fake says ${status}` };
    response.writeHead(status, { "Content-Type": status < 400 ? "application/json" : "application/problem+json", "Cache-Control": "no-store" });
    response.end(JSON.stringify(body));
  }

  #stream(request, response) {
    if (this.mood.events_status) return this.#json(response, this.mood.events_status);
    this.counts.streams_opened += 1;
    const last_id = request.headers["last-event-id"];
    this.last_ids.push(last_id);
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write(": hello\n\n");
    this.#resume(response, last_id);
    this.streams.add(response);
    const beat = setInterval(() => response.write(": beat\n\n"), 10_000);
    response.on("close", () => {
      clearInterval(beat);
      this.streams.delete(response);
    });
  }

  #resume(response, last_id) {
    if (last_id === undefined) return;
    const newest = this.#next_id - 1;
    const oldest = this.#events[0]?.id ?? this.#next_id;
    const id = Number(last_id);
    if (!Number.isInteger(id) || id > newest || id + 1 < oldest) {
      this.counts.resets += 1;
      response.write(`id: ${newest}\nevent: reset\ndata: ${JSON.stringify({ newest: String(newest) })}\n\n`);
      return;
    }
    for (const event of this.#events) if (event.id > id) response.write(`id: ${event.id}\n${event.text}`);
  }

  #file(path, response) {
    const file = join(dist, normalize(path === "/" ? "/index.html" : path));
    if (!file.startsWith(dist) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "Content-Type": types[extname(file)] ?? "application/octet-stream",
      "Content-Security-Policy": this.#policy,
      "X-Content-Type-Options": "nosniff",
    });
    createReadStream(file).pipe(response);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = new FakeServer();
  server.queues = [lively()];
  await server.start(Number(process.argv[2] ?? 0));
  console.log(server.url);
}
