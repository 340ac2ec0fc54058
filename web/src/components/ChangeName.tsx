import type { ChangeSummary } from "../api/types";
import { changeLabel } from "../lib/queue_view";
import { ExternalLink, Foreign } from "./Foreign";

/** Number and title; a link where the change has an address. */
export function ChangeName({ change }: { change: ChangeSummary }) {
  const title = change.title === "" ? change.head.slice(0, 10) : change.title;
  return (
    <span className="change-name" title={change.id}>
      <ExternalLink className="number" href={change.url} text={changeLabel(change)} />{" "}
      <span className="title">
        <Foreign text={title} />
      </span>
    </span>
  );
}
