/** The event stream as the page sees it: its state, and what an event makes out of date. */
export type StreamStatus =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | {
      readonly state: "down"; // and tries again
      readonly since_ms: number;
      readonly retry_at_ms: number;
      readonly cause: string;
    }
  | { readonly state: "polling" }; // this browser cannot share a stream between its tabs

/** What an event is about; its document is not kept, for the page fetches a consistent whole. */
export interface LiveEvent {
  readonly type: "change" | "build" | "queue";
  readonly queue: string;
}

/** Reads one event of the stream; undefined where it says nothing that we know. */
export function readEvent(type: string | undefined, data: string): LiveEvent | undefined {
  if (type !== "change" && type !== "build" && type !== "queue") return undefined;
  let document: unknown;
  try {
    document = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof document !== "object" || document === null) return undefined;
  const fields = document as { readonly queue?: unknown; readonly name?: unknown };
  const queue = type === "queue" ? fields.name : fields.queue;
  return typeof queue === "string" ? { type, queue } : undefined;
}

/** What must be fetched anew. */
export interface Stale {
  readonly queues: ReadonlySet<string>; // whole documents, by name
  readonly list: boolean; // the list of queues
}
export const nothing_stale: Stale = { queues: new Set(), list: false };

export function addEvents(stale: Stale, events: readonly LiveEvent[]): Stale {
  if (events.length === 0) return stale;
  return {
    queues: new Set([...stale.queues, ...events.map((event) => event.queue)]),
    list: stale.list || events.some((event) => event.type === "queue"),
  };
}

const first_delay_ms = 500;
const longest_delay_ms = 15_000;

/** Before the n-th try in a row (from 1): doubling, with jitter so that browsers do not come back as one. */
export function retryDelay(attempt: number, random: number): number {
  const delay_ms = Math.min(longest_delay_ms, first_delay_ms * 2 ** Math.min(attempt - 1, 10));
  return Math.round(delay_ms * (0.75 + random * 0.5));
}
