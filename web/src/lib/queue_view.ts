/** What the page derives from a queue's document. */
import type { BuildSummary, ChangeSummary, Dependency, QueueChange, QueueSummary } from "../api/types";
import { safeText } from "./safe";
import { plural } from "./wording";

/** "#12", or "c17" for a change without a number. */
export function changeLabel(change: Pick<ChangeSummary, "id" | "number">): string {
  return change.number ? `#${safeText(change.number)}` : safeText(change.id);
}

export type Lookup = ReadonlyMap<string, ChangeSummary>;

/** Every change that the document tells of, by id: dependencies and builds name only ids. */
export function lookup(changes: readonly ChangeSummary[], recent: readonly ChangeSummary[]): Lookup {
  return new Map([...recent, ...changes].map((change) => [change.id, change]));
}

/** The label of a change that is known by its id alone. */
export function labelOf(id: string, known: Lookup): string {
  const change = known.get(id);
  return change ? changeLabel(change) : safeText(id);
}

/**
 * The build that decided against a change, as its reason names it ("build 17 failed ..."). The document has
 * no field of its own for it; a reason in other words gives no link, which harms nothing.
 */
export function decidingBuild(change: Pick<ChangeSummary, "queue" | "reason" | "reason_text">): string | undefined {
  if (change.reason !== "build_failed") return undefined;
  const number = /^build (\d+) /.exec(change.reason_text ?? "")?.[1];
  return number === undefined ? undefined : `${change.queue}-b${number}`;
}

/** The server's sentence, which names changes by id and title, with the labels that the page uses for them. */
export function withLabels(text: string, depends_on: readonly Dependency[], known: Lookup): string {
  const labels = new Map<string, string>();
  let short = text;
  for (const { change } of depends_on) {
    const title = known.get(change)?.title ?? "";
    for (const name of [change, change.charAt(0).toUpperCase() + change.slice(1)]) { // as a sentence begins
      labels.set(name, labelOf(change, known));
      short = short.replaceAll(`${name} (${title})`, name); // the row of that change has its title
    }
  }
  return short.replace(/[\w.-]*\w/g, (word) => labels.get(word) ?? word);
}

/** Those in which every word of `text` occurs: in title, number, author, state or head. */
export function matching(changes: readonly QueueChange[], text: string): readonly QueueChange[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return changes;
  return changes.filter((change) => {
    const hay = `${changeLabel(change)} ${change.title} ${change.author} ${change.state} ${change.head}`.toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}

/** The base of a build in words: "trunk + #12 + #14, without #13". */
export function buildBase(build: BuildSummary, known: Lookup): string {
  const label = (id: string) => labelOf(id, known);
  const below = build.changes.filter((id) => id !== build.change);
  const without = build.assumes.filter((assumption) => !assumption.lands).map(({ change }) => label(change));
  const on = ["trunk", ...below.map(label)].join(" + ");
  return without.length > 0 ? `on ${on}, without ${without.join(", ")}` : `on ${on}`;
}

export type Progress =
  | { readonly kind: "waiting" }
  | { readonly kind: "elapsed"; readonly elapsed_s: number }
  | {
      readonly kind: "expected";
      readonly elapsed_s: number;
      readonly expected_s: number;
      readonly share: number; // of the expected time, at most 1
      readonly late: boolean; // well beyond what the prediction's spread explains
    };

const late_factor = 1.5;

/** How far a build is. */
export function buildProgress(elapsed_s: number | undefined, expected_s: number | null): Progress {
  if (elapsed_s === undefined) return { kind: "waiting" };
  if (expected_s === null || expected_s <= 0) return { kind: "elapsed", elapsed_s };
  return {
    kind: "expected",
    elapsed_s,
    expected_s,
    share: Math.min(1, elapsed_s / expected_s),
    late: elapsed_s > late_factor * expected_s,
  };
}

export function pageTitle(queue: QueueSummary | undefined): string {
  if (!queue) return "mergeq";
  const { queued, pending, building, ready, landing } = queue.counts;
  const live = queued + pending + building + ready + landing;
  const what = live === 0 ? "nothing waits" : plural(live, "change");
  return `${safeText(queue.name)}: ${queue.paused ? "paused, " : ""}${what} · mergeq`;
}
