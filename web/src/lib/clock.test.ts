import { describe, expect, test } from "vitest";
import { clockOffset, secondsSince } from "./clock";

const at = (text: string) => Date.parse(text);
const noon = "2026-03-01T12:00:00.000Z";

describe("clock offset", () => {
  const received = { received_at_ms: at(noon), server_date_ms: undefined };

  test("a running build tells the server's time: its start plus what has elapsed", () => {
    const build = { started_at: "2026-03-01T11:59:00.000Z", elapsed_s: 90 };
    expect(clockOffset(received, [build])).toBe(30_000);
  });
  test("a build that has not started says nothing", () => {
    expect(clockOffset(received, [{ started_at: null, elapsed_s: null }])).toBe(0);
  });
  test("the Date header counts where no build runs, taken in the middle of its second", () => {
    expect(clockOffset({ ...received, server_date_ms: at(noon) - 60_000 }, [])).toBe(-59_500);
  });
  test("an estimate within the jitter of the one before changes nothing", () => {
    expect(clockOffset({ ...received, server_date_ms: at(noon) + 30_000 }, [], 30_100)).toBe(30_100);
    expect(clockOffset({ ...received, server_date_ms: at(noon) + 30_000 }, [], 20_000)).toBe(30_500);
  });
});

describe("seconds since", () => {
  test("counts from a time, and is never negative", () => {
    expect(secondsSince(noon, at(noon) + 61_000)).toBe(61);
    expect(secondsSince(noon, at(noon) - 5_000)).toBe(0);
  });
  test("nothing and nonsense give nothing", () => {
    expect(secondsSince(null, 0)).toBeUndefined();
    expect(secondsSince("soon", 0)).toBeUndefined();
  });
});
