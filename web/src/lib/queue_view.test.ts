import { describe, expect, test } from "vitest";
import type { BuildSummary, QueueChange } from "../api/types";
import { buildBase, buildProgress, changeLabel, decidingBuild, lookup, matching, withLabels } from "./queue_view";

function change(id: string, fields: Partial<QueueChange> = {}): QueueChange {
  return {
    id, queue: "main", number: id.slice(1), title: `Title of ${id}`, author: "mara", head: "a".repeat(40), revision: 1,
    state: "pending", reason: null, reason_text: null, priority: "normal", position: 1, depends_on: [],
    enqueued_at: "2026-03-01T12:00:00.000Z", finished_at: null, landed_commit: null, url: null, odds: 0.9,
    summary: "", builds: [],
    ...fields,
  };
}
const build: BuildSummary = {
  id: "b1", queue: "main", state: "running", change: "c3", changes: ["c1", "c3"],
  assumes: [{ change: "c1", lands: true }, { change: "c2", lands: false }], attempt: 1,
  requested_at: "2026-03-01T12:00:00.000Z", started_at: null, elapsed_s: null, expected_s: 60, url: null,
  has_log: false,
};

describe("names", () => {
  test("a change goes by its number, or by its id without one", () => {
    expect(changeLabel(change("c7"))).toBe("#7");
    expect(changeLabel(change("c7", { number: null }))).toBe("c7");
  });
  test("a build tells what it stands on and what it leaves out", () => {
    const known = lookup([change("c1"), change("c3")], []);
    expect(buildBase(build, known)).toBe("on trunk + #1, without c2");
    expect(buildBase({ ...build, changes: ["c3"], assumes: [] }, known)).toBe("on trunk");
  });
});

describe("the build that decided", () => {
  const rejected = { queue: "main", reason: "build_failed", reason_text: "build 17 failed on its own" } as const;
  test("is found where the reason begins with it", () => {
    expect(decidingBuild(rejected)).toBe("main-b17");
  });
  test("is not made up from other reasons and words", () => {
    expect(decidingBuild({ ...rejected, reason: "policy" })).toBeUndefined();
    expect(decidingBuild({ ...rejected, reason_text: "the build 17 failed" })).toBeUndefined();
    expect(decidingBuild({ ...rejected, reason_text: "build 17/../x failed" })).toBeUndefined();
    expect(decidingBuild({ ...rejected, reason_text: null })).toBeUndefined();
  });
});

describe("the server's sentence", () => {
  const known = lookup([change("main-4", { number: "404" }), change("main-41", { number: null })], []);
  const on = (id: string) => ({ change: id, kind: "path", probability: 0.1, needed: false }) as const;
  test("names changes as the page does, whole words only", () => {
    expect(withLabels("main-4 (T) is ahead of main-41, not main-42.", [on("main-4"), on("main-41")], known)).toBe(
      "#404 (T) is ahead of main-41, not main-42.",
    );
  });
  test("leaves out a title that the page shows anyway", () => {
    expect(withLabels("main-4 (Title of main-4) is ahead.", [on("main-4")], known)).toBe("#404 is ahead.");
    expect(withLabels("Main-4 (Title of main-4) is ahead.", [on("main-4")], known)).toBe("#404 is ahead.");
  });
  test("is left alone where it names nothing that the change depends on", () => {
    expect(withLabels("main-4 was rejected.", [], known)).toBe("main-4 was rejected.");
  });
});

describe("finding", () => {
  const changes = [change("c1", { title: "Fix login" }), change("c2", { author: "jonas", title: "Fix logout" })];
  test("every word must occur, in any field and any case", () => {
    expect(matching(changes, "FIX jonas").map((c) => c.id)).toEqual(["c2"]);
    expect(matching(changes, "#1").map((c) => c.id)).toEqual(["c1"]);
    expect(matching(changes, "fix nobody")).toEqual([]);
  });
  test("nothing looked for finds all", () => {
    expect(matching(changes, "  ")).toBe(changes);
  });
});

describe("progress of a build", () => {
  test("is a share of the expected time, full when that is over", () => {
    expect(buildProgress(30, 60)).toMatchObject({ kind: "expected", share: 0.5, late: false });
    expect(buildProgress(600, 60)).toMatchObject({ kind: "expected", share: 1, late: true });
  });
  test("without an expectation there is only the time, before the start nothing", () => {
    expect(buildProgress(30, null)).toEqual({ kind: "elapsed", elapsed_s: 30 });
    expect(buildProgress(30, 0)).toEqual({ kind: "elapsed", elapsed_s: 30 });
    expect(buildProgress(undefined, 60)).toEqual({ kind: "waiting" });
  });
});
