import { expect, test } from "vitest";
import { age, duration } from "./duration";

test.each([
  [0, "0s"],
  [59.9, "59s"],
  [60, "1m 00s"],
  [3_599, "59m 59s"],
  [3_600, "1h 00m"],
  [86_399, "23h 59m"],
  [90_000, "1d 01h"],
  [-3, "0s"],
  [Number.NaN, "–"],
])("a duration of %d seconds reads %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  [0, "now"],
  [5, "5s ago"],
  [119, "1m ago"],
  [7_200, "2h ago"],
  [200_000, "2d ago"],
])("an age of %d seconds reads %s", (seconds, text) => {
  expect(age(seconds)).toBe(text);
});

test("a duration never grows shorter as time goes on, digit for digit", () => {
  const unit = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
  const read = (text: string) =>
    [...text.matchAll(/(\d+)([smhd])/g)].reduce((sum, [, n, u]) => sum + Number(n) * unit[u as keyof typeof unit], 0);
  let before = -1;
  for (let s = 0; s < 200_000; s += 7) {
    const value = read(duration(s));
    expect(value).toBeGreaterThanOrEqual(before);
    expect(value).toBeLessThanOrEqual(s);
    before = value;
  }
});
