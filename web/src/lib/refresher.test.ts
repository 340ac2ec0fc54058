import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Refresher } from "./refresher";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A refresher whose refreshes take `took_ms` each; `began` has the times at which they began. */
function counting(took_ms: number) {
  const began: number[] = [];
  const start = Date.now();
  let running = 0;
  const refresher = new Refresher({
    refresh: async () => {
      running += 1;
      expect(running).toBe(1);
      began.push(Date.now() - start);
      await new Promise((resolve) => setTimeout(resolve, took_ms));
      running -= 1;
    },
    pause_ms: () => 500,
    now_ms: () => Date.now(),
  });
  return { refresher, began };
}

describe("refresher", () => {
  test("the first request is answered at once", async () => {
    const { refresher, began } = counting(10);
    refresher.request();
    await vi.advanceTimersByTimeAsync(0);
    expect(began).toEqual([0]);
  });
  test("a flood for ten seconds makes at most two refreshes a second, and the last request is not lost", async () => {
    const { refresher, began } = counting(10);
    for (let t = 0; t < 10_000; t += 20) {
      refresher.request();
      await vi.advanceTimersByTimeAsync(20);
    }
    refresher.request();
    const last_request = 10_000;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(began.length).toBeLessThanOrEqual(21);
    expect(began.at(-1)).toBeGreaterThanOrEqual(last_request);
  });
  test("slow refreshes never overlap and leave the server two thirds of the time", async () => {
    const { refresher, began } = counting(2_000);
    for (let t = 0; t < 29_000; t += 100) {
      refresher.request();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(began).toEqual([0, 6_000, 12_000, 18_000, 24_000]);
  });
  test("without requests there are no refreshes", async () => {
    const { refresher, began } = counting(10);
    refresher.request();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(began).toHaveLength(1);
  });
  test("hurrying ends the pause when something is wanted", async () => {
    const { refresher, began } = counting(0);
    refresher.request();
    await vi.advanceTimersByTimeAsync(100);
    refresher.request();
    refresher.hurry();
    await vi.advanceTimersByTimeAsync(0);
    expect(began).toEqual([0, 100]);
  });
});
