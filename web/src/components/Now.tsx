import { createContext, useContext, useSyncExternalStore } from "react";
import { secondsSince } from "../lib/clock";
import { age, duration } from "../lib/duration";

/** How far the server's clock is ahead of ours, in milliseconds. */
export const ClockOffset = createContext(0);

const listeners = new Set<() => void>();
let second_ms = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    second_ms = Date.now();
    for (const tell of listeners) tell();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function localNow(): number {
  const now_ms = Date.now();
  if (Math.abs(now_ms - second_ms) > 1_100) second_ms = now_ms; // between ticks the snapshot stands still
  return second_ms;
}

/** This machine's clock, once a second; one timer for the whole page. */
export function useLocalNow(): number {
  return useSyncExternalStore(subscribe, localNow);
}

/** The server's clock, once a second. */
export function useServerNow(): number {
  return useLocalNow() + useContext(ClockOffset);
}

/** "1m 05s", counting. */
export function Elapsed({ since }: { since: string | null }) {
  const seconds = secondsSince(since, useServerNow());
  return <span className="figures">{seconds === undefined ? "–" : duration(seconds)}</span>;
}

/** "3m ago", with the exact time on hover. */
export function Ago({ time }: { time: string | null }) {
  const seconds = secondsSince(time, useServerNow());
  if (time === null || seconds === undefined) return <span>–</span>;
  return (
    <time className="figures" dateTime={time} title={time}>
      {age(seconds)}
    </time>
  );
}
