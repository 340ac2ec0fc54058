import { memo } from "react";
import type { QueueChange } from "../api/types";
import type { Lookup } from "../lib/queue_view";
import { percent } from "../lib/wording";
import { ChangeName } from "./ChangeName";
import { Foreign } from "./Foreign";
import { Ago } from "./Now";
import { StateChip } from "./StateChip";
import { Waits } from "./Waits";

/** One change of the queue. Drawn anew only when the change, or one that it depends on, is another. */
export const ChangeRow = memo(
  function ChangeRow({ change, known }: { change: QueueChange; known: Lookup }) {
    return (
      <li className="change" data-change={change.id}>
        <span className="position figures">
          {change.position === null ? "–" : <><span className="hidden">Position </span>{change.position}</>}
        </span>
        <StateChip state={change.state} />
        <div className="what">
          <ChangeName change={change} />
          <p className="muted by">
            <Foreign text={change.author === "" ? "unknown author" : change.author} />, <Ago time={change.enqueued_at} />
            {change.revision > 1 && `, revision ${change.revision}`}
            {change.priority !== "normal" && <span className="priority">{change.priority} priority</span>}
          </p>
        </div>
        <Waits change={change} known={known} />
        <Odds odds={change.odds} />
      </li>
    );
  },
  (before, after) =>
    before.change === after.change &&
    after.change.depends_on.every(({ change }) => before.known.get(change) === after.known.get(change)),
);

function Odds({ odds }: { odds: number | null }) {
  if (odds === null) return <span className="odds" />;
  return (
    <span className="odds figures" title="Odds that it lands in the end">
      <span className="hidden">Odds that it lands: </span>
      {percent(odds)}
      <span className="odds-words" aria-hidden="true">
        {" "}
        to land
      </span>
    </span>
  );
}
