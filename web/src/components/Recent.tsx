import type { ChangeSummary } from "../api/types";
import { reasonWord } from "../lib/wording";
import { ChangeName } from "./ChangeName";
import { Foreign } from "./Foreign";
import { Ago } from "./Now";
import { StateChip } from "./StateChip";

/** What landed, and what did not and why, newest first. */
export function Recent({ changes }: { changes: readonly ChangeSummary[] }) {
  return (
    <section className="panel" aria-labelledby="recent">
      <h2 id="recent">Recently decided</h2>
      {changes.length === 0 ? (
        <p className="empty">Nothing has landed or been rejected yet.</p>
      ) : (
        <ul className="recent">
          {changes.map((change) => (
            <li key={change.id} data-change={change.id}>
              <div className="recent-head">
                <StateChip state={change.state} />
                <span className="muted">
                  {change.landed_commit !== null && (
                    <code title={change.landed_commit}>{change.landed_commit.slice(0, 10)}</code>
                  )}{" "}
                  <Ago time={change.finished_at} />
                </span>
              </div>
              <div className="clip">
                <ChangeName change={change} />
              </div>
              <Why change={change} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Why({ change }: { change: ChangeSummary }) {
  if (change.state === "landed" || change.reason === null) return null;
  const text = change.reason_text ?? "";
  return (
    <p className="why">
      <strong>{reasonWord(change.reason)}</strong>
      {text !== "" && (
        <>
          {": "}
          <Foreign text={text} />
        </>
      )}
    </p>
  );
}
