import type { Queue } from "../api/types";
import { Foreign } from "./Foreign";
import { Elapsed } from "./Now";

/** What a person should look at: a pause, and whatever waits longer than its bound. */
export function Notices({ queue }: { queue: Pick<Queue, "paused" | "paused_reason" | "problems"> }) {
  return (
    <>
      {queue.paused && (
        <div className="banner banner-warn" role="status">
          <p>
            <strong>Paused.</strong> No builds start and nothing lands; running builds go on.
            {queue.paused_reason !== null && queue.paused_reason !== "" && (
              <>
                {" Reason: "}
                <Foreign text={queue.paused_reason} />
              </>
            )}
          </p>
        </div>
      )}
      {queue.problems.length > 0 && (
        <section className="banner banner-bad problems" aria-labelledby="problems">
          <h2 id="problems">Needs attention</h2>
          <ul>
            {queue.problems.map((problem, i) => (
              <li key={`${problem.kind} ${i}`}>
                <Foreign text={problem.text} />{" "}
                <span className="muted">
                  for <Elapsed since={problem.since} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
