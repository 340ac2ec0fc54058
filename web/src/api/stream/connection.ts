/**
 * One connection to the event stream, kept up: it resumes by Last-Event-ID, backs off, and notices a
 * silent death (the server sends a comment at least every 10 s). fetch instead of EventSource, which
 * gives up for good on any status but 200 and then forgets the id.
 */
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { type LiveEvent, readEvent, retryDelay, type StreamStatus } from "../../lib/live";
import { explainFailure } from "./failure";

const silence_limit_ms = 30_000;

export interface ConnectionListener {
  readonly status: (status: StreamStatus) => void;
  readonly events: (events: readonly LiveEvent[]) => void;
  readonly reset: () => void;
}

export class StreamConnection {
  private last_id: string | undefined;
  private attempt = 0;
  private down_since_ms: number | undefined;
  private stopped = false;
  private abort = new AbortController();
  private wake: (() => void) | undefined;

  constructor(
    private readonly url: string,
    private readonly listener: ConnectionListener,
  ) {}

  async run(): Promise<void> {
    this.listener.status({ state: "connecting" });
    while (!this.stopped) {
      const cause = await this.connect().catch(explainFailure);
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- stop() came meanwhile
      if (!this.stopped) await this.backOff(cause);
    }
  }

  /** Tries at once instead of waiting out the back-off. */
  retry(): void {
    this.wake?.();
  }

  stop(): void {
    this.stopped = true;
    this.abort.abort();
    this.wake?.();
  }

  /** Until the stream ends; says why it did. */
  private async connect(): Promise<string> {
    this.abort = new AbortController();
    const response = await fetch(this.url, {
      headers: {
        Accept: "text/event-stream",
        ...(this.last_id === undefined ? {} : { "Last-Event-ID": this.last_id }),
      },
      cache: "no-store",
      signal: this.abort.signal,
    });
    if (!response.ok || !response.body) return `the server answered ${response.status}`;
    this.down_since_ms = undefined;
    this.listener.status({ state: "live" });
    await this.read(response.body);
    return "the server ended the stream";
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    let batch: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => batch.push(message) });
    const text = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const silence = setTimeout(() => this.abort.abort(new Error("silent")), silence_limit_ms);
      const chunk = await reader.read().finally(() => clearTimeout(silence));
      if (chunk.done) return;
      this.attempt = 0;
      parser.feed(text.decode(chunk.value, { stream: true }));
      this.hand(batch);
      batch = [];
    }
  }

  private hand(messages: readonly EventSourceMessage[]): void {
    for (const message of messages) this.last_id = message.id ?? this.last_id;
    if (messages.some((message) => message.event === "reset")) {
      this.listener.reset();
      return; // everything is fetched anew: what came with it is in that
    }
    const events = messages.flatMap(({ event, data }) => readEvent(event, data) ?? []);
    if (events.length > 0) this.listener.events(events);
  }

  private async backOff(cause: string): Promise<void> {
    this.attempt += 1;
    const now_ms = Date.now();
    const delay_ms = retryDelay(this.attempt, Math.random());
    this.down_since_ms ??= now_ms;
    this.listener.status({
      state: "down",
      since_ms: this.down_since_ms,
      retry_at_ms: now_ms + delay_ms,
      cause,
    });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delay_ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}
