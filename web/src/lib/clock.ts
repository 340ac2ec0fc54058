/** How far the server's clock is ahead of this machine's, so that elapsed times are the server's. */

interface Received {
  readonly received_at_ms: number;
  readonly server_date_ms: number | undefined;
}
interface Running {
  readonly started_at: string | null;
  readonly elapsed_s: number | null;
}

const jitter_ms = 1_500; // what a slow answer or a whole-second header can be off by

/**
 * In milliseconds. A running build tells the server's time exactly (start plus elapsed), the Date header
 * to the second. A new estimate within the jitter of the one before changes nothing, or the seconds on
 * the page would hop; without any evidence the clocks are taken to agree.
 */
export function clockOffset(answer: Received, running: readonly Running[], before = 0): number {
  const server_ms = serverTime(answer, running);
  if (server_ms === undefined) return before;
  const offset = server_ms - answer.received_at_ms;
  return Math.abs(offset - before) <= jitter_ms ? before : offset;
}

function serverTime(answer: Received, running: readonly Running[]): number | undefined {
  for (const { started_at, elapsed_s } of running) {
    const started = Date.parse(started_at ?? "");
    if (elapsed_s !== null && !Number.isNaN(started)) return started + elapsed_s * 1_000;
  }
  return answer.server_date_ms === undefined ? undefined : answer.server_date_ms + 500;
}

/** Seconds from an RFC 3339 time to `now_ms`; never negative; undefined where it is no time. */
export function secondsSince(time: string | null, now_ms: number): number | undefined {
  const at = Date.parse(time ?? "");
  return Number.isNaN(at) ? undefined : Math.max(0, (now_ms - at) / 1_000);
}
