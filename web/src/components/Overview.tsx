import type { Queue } from "../api/types";
import { duration } from "../lib/duration";
import { plural, policyWords } from "../lib/wording";
import { Foreign } from "./Foreign";
import { Slots } from "./Slots";

/** What the queue is, where its trunk stands, how it goes. */
export function Overview({ queue }: { queue: Queue }) {
  const { rates, trunk } = queue;
  return (
    <section className="overview" aria-label="Overview">
      <div className="overview-name">
        <h1>
          <Foreign text={queue.name} />
        </h1>
        <p className="muted" title={policyWords(queue.policy)}>
          <Foreign text={queue.repository} />
        </p>
      </div>
      <dl className="facts">
        <div>
          <dt>
            Trunk <Foreign text={queue.branch} />
          </dt>
          <dd>
            <code title={trunk.commit}>{trunk.commit.slice(0, 10)}</code>
          </dd>
        </div>
        <div>
          <dt>In the queue</dt>
          <dd>{plural(queue.changes.length, "change")}</dd>
        </div>
        <div>
          <dt>Last hour</dt>
          <dd>
            {rates.landed_last_hour} landed, {rates.rejected_last_hour} rejected
          </dd>
        </div>
        <div>
          <dt>To land, median</dt>
          <dd>{rates.turnaround_p50_s === null ? "–" : duration(rates.turnaround_p50_s)}</dd>
        </div>
        <div>
          <dt>Slots</dt>
          <dd>
            <Slots slots={queue.slots} />
          </dd>
        </div>
      </dl>
    </section>
  );
}
