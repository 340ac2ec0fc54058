import type { QueueChange } from "../api/types";
import { type Lookup, matching } from "../lib/queue_view";
import { plural } from "../lib/wording";
import { ChangeRow } from "./ChangeRow";

const more_rows = 400;

interface ChangeListProps {
  changes: readonly QueueChange[];
  known: Lookup;
  find: string;
  rows: number;
  onFind: (text: string) => void;
  onRows: (rows: number) => void;
}

/** The queue in its order. Long ones come in parts, so that the page stays quick. */
export function ChangeList({ changes, known, find, rows, onFind, onRows }: ChangeListProps) {
  const found = matching(changes, find);
  const shown = found.slice(0, rows);
  return (
    <section className="panel queue" aria-labelledby="queue">
      <div className="panel-head">
        <h2 id="queue">
          Queue <span className="count">{changes.length}</span>
        </h2>
        {(changes.length > 0 || find !== "") && (
          <label className="find">
            <span className="hidden">Find changes</span>
            <input
              type="search"
              placeholder="Find by number, title, author"
              value={find}
              maxLength={200}
              onChange={(event) => onFind(event.target.value)}
            />
          </label>
        )}
      </div>
      {changes.length === 0 && <NothingWaits />}
      {changes.length > 0 && found.length === 0 && (
        <p className="empty">None of {plural(changes.length, "change")} matches.</p>
      )}
      {shown.length > 0 && <Heads />}
      <ol className="changes">
        {shown.map((change) => (
          <ChangeRow key={change.id} change={change} known={known} />
        ))}
      </ol>
      {found.length > shown.length && (
        <div className="more">
          <span className="muted">
            {shown.length} of {plural(found.length, "change")}
          </span>
          <button type="button" onClick={() => onRows(rows + more_rows)}>
            Show {Math.min(more_rows, found.length - shown.length)} more
          </button>
        </div>
      )}
    </section>
  );
}

/** For the eye; each row says the same to screen readers. */
function Heads() {
  return (
    <div className="heads" aria-hidden="true">
      <span />
      <span>State</span>
      <span>Change</span>
      <span>Waits for</span>
      <span className="odds">Odds</span>
    </div>
  );
}

function NothingWaits() {
  return (
    <div className="empty">
      <p>Nothing waits. Every change that was sent is decided.</p>
      <p className="muted">
        Send a change with <code>mergeq enqueue BRANCH</code>, or let your forge do it.
      </p>
    </div>
  );
}
