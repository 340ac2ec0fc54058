/**
 * The SharedWorker that holds the one event stream of this browser. HTTP/1.1 allows six connections to
 * a server: a stream for each tab would leave none for the seventh (docs/decisions/0070).
 */
import { StreamConnection } from "./connection";
import type { StreamStatus } from "../../lib/live";
import type { FromWorker, ToWorker } from "./messages";

interface SharedScope {
  onconnect: ((event: MessageEvent) => void) | null;
}

const ports = new Set<MessagePort>();
let status: StreamStatus = { state: "connecting" };
let connection: StreamConnection | undefined;

function tell(message: FromWorker): void {
  for (const port of ports) port.postMessage(message);
}

function open(): StreamConnection {
  const opened = new StreamConnection("/api/v1/events", {
    status: (now) => {
      status = now;
      tell({ kind: "status", status });
    },
    events: (events) => tell({ kind: "events", events }),
    reset: () => tell({ kind: "reset" }),
  });
  void opened.run();
  return opened;
}

function hear(port: MessagePort, message: ToWorker): void {
  switch (message.kind) {
    case "hello":
      ports.add(port);
      connection ??= open();
      port.postMessage({ kind: "status", status } satisfies FromWorker);
      return;
    case "bye":
      ports.delete(port);
      if (ports.size > 0) return;
      connection?.stop(); // nobody is listening
      connection = undefined;
      status = { state: "connecting" };
      return;
    case "retry":
      connection?.retry();
      return;
    default:
      message satisfies never;
  }
}

(globalThis as unknown as SharedScope).onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  port.onmessage = ({ data }: MessageEvent<ToWorker>) => hear(port, data);
};
