/** What the API's words are called on the page. A word that is new to us is shown as it came. */
import type { BuildState, ChangeState, Dependency, EdgeKind, Policy, ReasonCode } from "../api/types";

const state_words: Record<ChangeState, string> = {
  queued: "Queued",
  pending: "Pending",
  building: "Building",
  ready: "Ready",
  landing: "Landing",
  landed: "Landed",
  rejected: "Rejected",
  cancelled: "Cancelled",
  superseded: "Superseded",
};
const state_meanings: Record<ChangeState, string> = {
  queued: "accepted, not yet analysed",
  pending: "analysed, waits for a build",
  building: "a build that can decide it is running",
  ready: "verdict in, waits for a dependency",
  landing: "the trunk is being moved to it",
  landed: "on the trunk",
  rejected: "will not land",
  cancelled: "withdrawn",
  superseded: "another change took its place",
};
const reason_words: Record<ReasonCode, string> = {
  merge_conflict: "merge conflict",
  build_failed: "build failed",
  conflicts_with_landed: "conflicts with what landed",
  dependency_rejected: "a change it needs was rejected",
  stale_base: "base too old",
  build_timeout: "build timed out",
  build_error: "build could not run",
  commit_unavailable: "commit not found",
  policy: "policy",
  withdrawn: "withdrawn",
  retargeted: "retargeted",
  closed: "closed",
};
const edge_words: Record<EdgeKind, string> = {
  order: "in order",
  global: "touches everything",
  build_graph: "build graph",
  target: "same target",
  path: "same file",
  textual: "merge conflict",
  declared: "declared",
  stack: "stacked on",
};
const build_words: Record<BuildState, string> = {
  merging: "merging",
  requested: "waiting for the runner",
  running: "running",
  passed: "passed",
  failed: "failed",
  error: "broke",
  cancelled: "cancelled",
};

function word<K extends string>(words: Record<K, string>, key: K): string {
  return Object.hasOwn(words, key) ? words[key] : key;
}

export const stateWord = (state: ChangeState): string => word(state_words, state);
export const stateMeaning = (state: ChangeState): string => word(state_meanings, state);
export const reasonWord = (reason: ReasonCode): string => word(reason_words, reason);
export const edgeWord = (kind: EdgeKind): string => word(edge_words, kind);
export const buildWord = (state: BuildState): string => word(build_words, state);

/** 0.874 as "87%". Never "0%" or "100%" for what is not certain. */
export function percent(probability: number): string {
  if (probability <= 0) return "0%";
  if (probability >= 1) return "100%";
  if (probability < 0.01) return "<1%";
  if (probability > 0.99) return ">99%";
  return `${Math.round(probability * 100)}%`;
}

/** How a dependency binds, for the tooltip of its link. */
export function dependencyMeaning({ kind, probability, needed }: Dependency): string {
  if (needed) return kind === "stack" ? "contains its commits: lands only after it" : "declared: lands only after it";
  switch (kind) {
    case "textual":
      return "does not merge with it: only one of them can land as it is";
    case "order":
      return "lands in order";
    default:
      return `${edgeWord(kind)}: ${percent(probability)} to break together`;
  }
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function policyWords(policy: Policy): string {
  const checks = policy.checks.map((check) => check.name).join(", ");
  return `${policy.order} order, ${policy.guarantee} guarantee, ${policy.merge_method}; checks: ${checks}`;
}
