import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import type { LiveEvent, StreamStatus } from "../../lib/live";
import { StreamConnection } from "./connection";

let server: Server | undefined;
let connection: StreamConnection | undefined;
afterEach(() => {
  connection?.stop();
  server?.closeAllConnections();
  server?.close();
});

/** A connection to a real server on loopback that answers by `answer`; and what was heard. */
async function connected(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const heard = { states: [] as StreamStatus["state"][], events: [] as LiveEvent[], resets: 0 };
  const made = createServer(answer);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  connection = new StreamConnection(`http://127.0.0.1:${(made.address() as AddressInfo).port}/`, {
    status: (status) => heard.states.push(status.state),
    events: (events) => heard.events.push(...events),
    reset: () => (heard.resets += 1),
  });
  void connection.run();
  return heard;
}
const change = (id: number, queue: string) => `id: ${id}\nevent: change\ndata: {"queue":"${queue}"}\n\n`;

test("events come through, also when they arrive in pieces", async () => {
  const heard = await connected((_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const bytes = Buffer.from(`: hello\n\n${change(1, "é")}${change(2, "b")}`);
    for (const byte of bytes) response.write(Buffer.from([byte]));
  });
  await vi.waitFor(() => expect(heard.events.map((event) => event.queue)).toEqual(["é", "b"]));
  expect(heard.states).toEqual(["connecting", "live"]);
});

test("after a loss it resumes behind the last event that it has", async () => {
  const asked: unknown[] = [];
  const heard = await connected((request, response) => {
    asked.push(request.headers["last-event-id"]);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    if (asked.length === 1) response.end(change(7, "a"));
    else response.write(change(8, "b"));
  });
  await vi.waitFor(() => expect(heard.events).toHaveLength(2), 5_000);
  expect(asked).toEqual([undefined, "7"]);
  expect(heard.states).toEqual(["connecting", "live", "down", "live"]);
});

test("a reset is told once, and its id is where the next try goes on", async () => {
  const asked: unknown[] = [];
  const heard = await connected((request, response) => {
    asked.push(request.headers["last-event-id"]);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    if (asked.length === 1) response.end('id: 90\nevent: reset\ndata: {"newest":"90"}\n\n');
    else response.write(": quiet\n\n");
  });
  await vi.waitFor(() => expect(asked).toEqual([undefined, "90"]), 5_000);
  expect(heard.resets).toBe(1);
  expect(heard.events).toEqual([]);
});

test("a refusal is no end: it is named, and tried again on demand", async () => {
  let refusing = true;
  const heard = await connected((_, response) => {
    response.writeHead(refusing ? 503 : 200, { "Content-Type": "text/event-stream" });
    if (refusing) response.end();
    else response.write(": quiet\n\n");
  });
  await vi.waitFor(() => expect(heard.states.filter((state) => state === "down").length).toBeGreaterThan(1), 5_000);
  refusing = false;
  connection?.retry();
  await vi.waitFor(() => expect(heard.states.at(-1)).toBe("live"), 5_000);
});
