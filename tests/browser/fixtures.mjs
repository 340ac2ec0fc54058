// Documents in the shape of api/openapi.yaml, for the fake server.

const sha = (n) => (n * 2654435761 >>> 0).toString(16).padStart(8, "0").repeat(5);
export const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

let next_id = 1;

export function change(fields = {}) {
  const id = fields.id ?? `main-${next_id++}`;
  const n = Number(id.replace(/\D/g, "")) || 1;
  return {
    id, queue: "main", number: String(400 + n), title: `Change ${n}`, author: "mara", head: sha(n), revision: 1,
    state: "pending", reason: null, reason_text: null, priority: "normal", position: null, depends_on: [],
    enqueued_at: ago(120), finished_at: null, landed_commit: null, url: `https://forge.example/acme/pull/${400 + n}`,
    odds: 0.9, summary: "waits for a free slot", builds: [],
    ...fields,
  };
}

export function build(fields) {
  const started = fields.started_s ?? 42;
  const { started_s: _, ...rest } = fields;
  return {
    id: `main-b${next_id++}`, queue: "main", state: "running", changes: [fields.change], assumes: [], attempt: 1,
    requested_at: ago(started + 2), started_at: ago(started), elapsed_s: started, expected_s: 240, url: null, has_log: true,
    ...rest,
  };
}

export function queue(fields = {}) {
  const changes = (fields.changes ?? []).map((one, i) => ({
    ...one,
    position: one.state === "queued" ? null : i + 1,
  }));
  const running_builds = fields.running_builds ?? changes.flatMap((one) => one.builds);
  const count = (state) => changes.filter((one) => one.state === state).length;
  return {
    name: "main", repository: "/srv/git/monorepo.git", branch: "main",
    trunk: { commit: sha(77), tree: sha(78) }, paused: false, paused_reason: null,
    slots: { total: 8, used: running_builds.length }, problems: [],
    policy: {
      guarantee: "independent", order: "soft", every_commit_green: false, slot_minute_price: 0.2, merge_method: "merge",
      checks: [{ name: "unit", scope: "target" }],
    },
    recent: [], rates: { landed_last_hour: 31, rejected_last_hour: 4, turnaround_p50_s: 512 },
    ...fields,
    changes, running_builds,
    counts: Object.fromEntries(["queued", "pending", "building", "ready", "landing"].map((s) => [s, count(s)])),
  };
}

/** The list's view of a queue. */
export function summary(queue) {
  const { policy, changes, running_builds, recent, rates, ...rest } = queue;
  return rest;
}

/** A lively queue: every state, every kind of wait. */
export function lively() {
  next_id = 1;
  const on = (change, kind, probability, needed = false) => ({ change, kind, probability, needed });
  const b = (id, below, assumes, started_s, expected_s = 240) =>
    build({ change: id, changes: [...below, id], assumes, started_s, expected_s });
  const titles = [
    ["Retry payment captures with an idempotency key", "mara", "landing", "The trunk is being moved to it.", []],
    ["Move the receipt renderer to the shared library", "jonas", "building", "Its build runs.", []],
    ["Swift: show refunds in the order history", "ilse", "building", "Its build runs.", [on("main-2", "target", 0.04)]],
    ["API schema: add currency to every price", "teo", "building", "Its build runs.", [on("main-2", "global", 0.06)]],
    ["Regenerate clients after the price change", "teo", "building", "Its build runs.", [on("main-4", "stack", 0, true), on("main-2", "target", 0.03)]],
    ["Kotlin: drop the old checkout flow", "nadia", "ready", "It has passed, and waits: main-2 (Move the receipt renderer to the shared library) is ahead and building: both touch a file; it lands with a chance of 93 %.", [on("main-2", "path", 0.05)]],
    ["Python: nightly report of failed captures", "ravi", "pending", "A slot: all 8 are taken by builds that are worth more.", []],
    ["Rename PaymentResult to CaptureResult", "ilse", "pending", "main-3 (Swift: show refunds in the order history) is ahead and building: their texts do not merge (and 1 more).", [on("main-3", "textual", 1), on("main-4", "target", 0.02)]],
    ["Bump the formatter and reformat services/", "bot-deps", "pending", "A build of it is not worth a slot until more is known about those ahead (and 5 more).", [on("main-2", "global", 0.02), on("main-3", "global", 0.02), on("main-4", "global", 0.02), on("main-5", "global", 0.02), on("main-6", "global", 0.02)]],
    ["Java: cache exchange rates for a minute", "mara", "queued", "What it touches is being found out.", []],
  ];
  const changes = titles.map(([title, author, state, text, depends_on], i) =>
    change({ title, author, state, summary: text, depends_on, odds: state === "queued" ? null : [0.998, 0.93, 0.88, 0.91, 0.8, 0.95, 0.9, 0.41, 0.76][i], enqueued_at: ago(600 - i * 55), revision: i === 2 ? 2 : 1, priority: i === 0 ? "high" : i === 8 ? "low" : "normal" }));
  changes[1].builds = [b("main-2", [], [], 131)];
  changes[2].builds = [b("main-3", ["main-2"], [{ change: "main-2", lands: true }], 96, 300)];
  changes[3].builds = [b("main-4", ["main-2"], [{ change: "main-2", lands: true }], 80), b("main-4", [], [{ change: "main-2", lands: false }], 31)];
  changes[4].builds = [b("main-5", ["main-2", "main-4"], [{ change: "main-2", lands: true }, { change: "main-4", lands: true }], 260)];
  const done = (id, title, author, state, finished, more = {}) =>
    change({ id, title, author, state, finished_at: ago(finished), odds: null, landed_commit: state === "landed" ? sha(finished) : null, ...more });
  return queue({
    changes,
    recent: [
      done("main-90", "Go through the new rate limiter in checkout", "nadia", "landed", 22),
      done("main-91", "Delete the unused ledger tables", "ravi", "rejected", 75, { reason: "build_failed", reason_text: "build 88 failed with nothing but this change on a green trunk" }),
      done("main-92", "Kotlin: one date format everywhere", "jonas", "landed", 140),
      done("main-93", "Swift: larger tap targets", "ilse", "rejected", 200, { reason: "merge_conflict", reason_text: "apps/ios/Order.swift conflicts with 1f3c09a2be on the trunk" }),
      done("main-94", "Try the faster JSON parser", "teo", "cancelled", 260, { reason: "withdrawn", reason_text: "cancelled by teo" }),
      done("main-95", "Share the retry policy between services", "mara", "landed", 330),
    ],
  });
}

export function many(count) {
  next_id = 1;
  const changes = Array.from({ length: count }, (_, i) =>
    change({ title: `Change number ${i + 1} of a long queue`, author: ["mara", "jonas", "bot-deps"][i % 3], state: i < 8 ? "building" : "pending" }));
  for (const one of changes.slice(0, 8)) one.builds = [build({ change: one.id })];
  return queue({ changes });
}

export const script = "<script>window.x=1</script>";
export const image = "<img src=x onerror=window.x=1>";

/** Every foreign string is an attack. */
export function hostile() {
  next_id = 1;
  const evil = `${script}${image}\u202Egnp.exe\u001b]8;;javascript:window.x=1\u0007link`;
  const one = change({
    id: `main-1"><script>window.x=1</script>`, title: evil, author: evil, number: null, state: "building", summary: evil,
    url: "javascript:window.x=1", depends_on: [{ change: evil, kind: "path", probability: 0.5, needed: false }],
  });
  one.builds = [build({ change: one.id, id: "../../x?y=<script>", url: "data:text/html,<script>window.x=1</script>" })];
  return queue({
    changes: [one], branch: evil, repository: evil, paused: true, paused_reason: evil,
    problems: [{ kind: "check", text: evil, since: ago(900) }],
    recent: [change({ title: evil, author: evil, state: "rejected", reason: "policy", reason_text: evil, finished_at: ago(5), url: "http://user:pw@evil.example/" })],
  });
}
