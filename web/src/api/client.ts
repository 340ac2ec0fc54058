/** Calls of the REST API. Every failure comes out as an ApiError. */
import { ApiError, kindOfStatus } from "./error";

const time_limit_ms = 15_000;

/** A document, with what tells the server's time when it was made. */
export interface Answer<T> {
  readonly document: T;
  readonly received_at_ms: number; // this machine's clock
  readonly server_date_ms: number | undefined; // the Date header, whole seconds
}

/** Title and detail of an RFC 9457 document, or what else the body lets us say. */
async function explain(response: Response): Promise<string> {
  const fallback = `The server answered ${response.status}.`;
  try {
    const body: unknown = await response.json();
    if (typeof body !== "object" || body === null) return fallback;
    const { title, detail } = body as { title?: unknown; detail?: unknown };
    const words = [title, detail].filter((part) => typeof part === "string" && part !== "");
    return words.length > 0 ? words.join(": ") : fallback;
  } catch {
    return fallback; // not JSON: a proxy's page, say
  }
}

async function request(path: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(path, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.any([signal, AbortSignal.timeout(time_limit_ms)]),
    });
  } catch (error) {
    if (signal.aborted) throw error; // nobody waits for it any more
    throw new ApiError("unreachable", "The server could not be reached.");
  }
}

export async function get<T extends object>(path: string, signal: AbortSignal): Promise<Answer<T>> {
  const response = await request(path, signal);
  if (!response.ok) {
    throw new ApiError(kindOfStatus(response.status), await explain(response), response.status);
  }
  const date = Date.parse(response.headers.get("Date") ?? "");
  let body: unknown;
  try {
    body = await response.json();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError("nonsense", `Expected a JSON document from ${path}, got something else.`);
  }
  if (typeof body !== "object" || body === null) {
    throw new ApiError("nonsense", `Expected a JSON object from ${path}, got ${typeof body}.`);
  }
  return {
    document: body as T,
    received_at_ms: Date.now(),
    server_date_ms: Number.isNaN(date) ? undefined : date,
  };
}
