import type { ChangeSummary } from "../api/types";
import { changeLabel, decidingBuild } from "../lib/queue_view";
import { reasonWord } from "../lib/wording";
import { ChangeName } from "./ChangeName";
import { Foreign } from "./Foreign";
import { Ago } from "./Now";
import { StateChip } from "./StateChip";

type LogLink = (build_id: string) => string;
interface RecentProps {
  changes: readonly ChangeSummary[];
  logLink: LogLink;
}

/** What landed, and what did not and why, newest first. */
export function Recent({ changes, logLink }: RecentProps) {
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
              <Why change={change} logLink={logLink} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Why({ change, logLink }: { change: ChangeSummary; logLink: LogLink }) {
  if (change.state === "landed" || change.reason === null) return null;
  const text = change.reason_text ?? "";
  const build = decidingBuild(change);
  return (
    <p className="why">
      <strong>{reasonWord(change.reason)}</strong>
      {text !== "" && (
        <>
          {": "}
          <Foreign text={text} />
        </>
      )}
      {build !== undefined && (
        <>
          {" "}
          <a href={logLink(build)} aria-label={`Log of the build that rejected ${changeLabel(change)}`}>
            log
          </a>
        </>
      )}
    </p>
  );
}
