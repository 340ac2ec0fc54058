import type { QueueSummary } from "../api/types";

const most_cells = 24;

/** One cell for each slot, or a bar where there are many; the figures stand beside it. */
export function Slots({ slots }: { slots: QueueSummary["slots"] }) {
  const { total, used } = slots;
  return (
    <span className="slots">
      <span className="figures">
        {used} of {total} in use
      </span>
      {total <= most_cells ? (
        <span className="cells" aria-hidden="true">
          {Array.from({ length: total }, (_, i) => (
            <span key={i} className={i < used ? "cell cell-used" : "cell"} />
          ))}
        </span>
      ) : (
        <meter className="slot-meter" min={0} max={total} value={used} aria-hidden="true" />
      )}
    </span>
  );
}
