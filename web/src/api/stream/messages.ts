/** What the tabs and the worker that holds the browser's one event stream say to each other. */
import type { LiveEvent, StreamStatus } from "../../lib/live";

export type ToWorker = { readonly kind: "hello" } | { readonly kind: "bye" } | { readonly kind: "retry" };

export type FromWorker =
  | { readonly kind: "status"; readonly status: StreamStatus }
  | { readonly kind: "events"; readonly events: readonly LiveEvent[] }
  | { readonly kind: "reset" }; // there is a hole: fetch everything anew
