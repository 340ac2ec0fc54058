import { describe, expect, test } from "vitest";
import type { ChangeState, EdgeKind } from "../api/types";
import { dependencyMeaning, edgeWord, percent, plural, stateWord } from "./wording";

describe("odds", () => {
  test("certainty is only said of what is certain", () => {
    expect([0, 0.004, 0.01, 0.874, 0.996, 1].map(percent)).toEqual(["0%", "<1%", "1%", "87%", ">99%", "100%"]);
  });
});

describe("words", () => {
  test("what a newer server says is shown as it came", () => {
    expect(stateWord("postponed" as ChangeState)).toBe("postponed");
    expect(edgeWord("constructor" as EdgeKind)).toBe("constructor");
  });
  test("a dependency tells how it binds", () => {
    const dependency = { change: "c1", kind: "target", probability: 0.04, needed: false } as const;
    expect(dependencyMeaning(dependency)).toBe("same target: 4% to break together");
    expect(dependencyMeaning({ ...dependency, kind: "stack", needed: true })).toContain("lands only after it");
    expect(dependencyMeaning({ ...dependency, kind: "textual" })).toContain("does not merge");
  });
  test("one is singular", () => {
    expect(plural(1, "change")).toBe("1 change");
    expect(plural(0, "change")).toBe("0 changes");
  });
});
