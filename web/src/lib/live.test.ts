import { describe, expect, test } from "vitest";
import { addEvents, nothing_stale, readEvent, retryDelay } from "./live";

describe("an event of the stream", () => {
  test("a change and a build name their queue, a queue names itself", () => {
    expect(readEvent("change", '{"id":"c1","queue":"main"}')).toEqual({ type: "change", queue: "main" });
    expect(readEvent("build", '{"queue":"main"}')).toEqual({ type: "build", queue: "main" });
    expect(readEvent("queue", '{"name":"main"}')).toEqual({ type: "queue", queue: "main" });
  });
  test.each([
    ["change", "not json"], ["change", "null"], ["change", "7"], ["change", '{"queue":7}'], ["queue", '{"queue":"main"}'],
    ["novelty", '{"queue":"main"}'], [undefined, '{"queue":"main"}'],
  ])("%s with %s says nothing and breaks nothing", (type, data) => {
    expect(readEvent(type, data)).toBeUndefined();
  });
});

describe("what events make out of date", () => {
  test("each queue once, however many events there are", () => {
    const stale = addEvents(nothing_stale, [
      { type: "change", queue: "main" }, { type: "build", queue: "main" }, { type: "change", queue: "mobile" },
    ]);
    expect([...stale.queues]).toEqual(["main", "mobile"]);
    expect(stale.list).toBe(false);
  });
  test("the list of queues by a queue's own event only, and it stays so", () => {
    const stale = addEvents(addEvents(nothing_stale, [{ type: "queue", queue: "a" }]), [{ type: "build", queue: "a" }]);
    expect(stale.list).toBe(true);
  });
  test("nothing is added in place", () => {
    addEvents(nothing_stale, [{ type: "queue", queue: "a" }]);
    expect(nothing_stale.queues.size).toBe(0);
  });
});

describe("the delay before trying again", () => {
  test("doubles up to its limit", () => {
    const delays = Array.from({ length: 12 }, (_, i) => retryDelay(i + 1, 0.5));
    expect(delays.slice(0, 6)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000]);
    expect(delays.at(-1)).toBe(15_000);
  });
  test("is spread by a quarter to both sides", () => {
    expect(retryDelay(1, 0)).toBe(375);
    expect(retryDelay(1, 0.999_999)).toBe(625);
  });
});
