/** What the address says about the view: which queue, what is looked for, how many rows. */
export interface ViewState {
  readonly queue: string | undefined; // none: the first one
  readonly find: string;
  readonly rows: number;
}

export const rows_at_first = 200;

export function readViewState(search: string): ViewState {
  const query = new URLSearchParams(search);
  const rows = Number.parseInt(query.get("rows") ?? "", 10);
  return {
    queue: query.get("queue") ?? undefined,
    find: (query.get("find") ?? "").slice(0, 200),
    rows: Number.isFinite(rows) ? Math.min(Math.max(rows, rows_at_first), 5_000) : rows_at_first,
  };
}

/** The address's query for a view; what is as at first is left out. */
export function writeViewState(view: ViewState): string {
  const query = new URLSearchParams();
  if (view.queue !== undefined) query.set("queue", view.queue);
  if (view.find !== "") query.set("find", view.find);
  if (view.rows !== rows_at_first) query.set("rows", String(view.rows));
  const text = query.toString();
  return text === "" ? "/" : `/?${text}`;
}
