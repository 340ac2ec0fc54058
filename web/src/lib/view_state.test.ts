import { expect, test } from "vitest";
import { readViewState, rows_at_first, writeViewState } from "./view_state";

test("a view survives the address", () => {
  for (const queue of [undefined, "main", "a b&c=d/é?"]) {
    for (const find of ["", "#12 mara", "a&b=c"]) {
      for (const rows of [rows_at_first, 600]) {
        const view = { queue, find, rows };
        expect(readViewState(writeViewState(view).slice(1))).toEqual(view);
      }
    }
  }
});

test("nonsense in the address gives the view as at first", () => {
  expect(readViewState("?rows=many").rows).toBe(rows_at_first);
  expect(readViewState("?rows=-5").rows).toBe(rows_at_first);
  expect(readViewState("?rows=99999999").rows).toBe(5_000);
  expect(readViewState(`?find=${"x".repeat(500)}`).find).toHaveLength(200);
});
