import { useEffect, useMemo } from "react";
import { logLink } from "../api/links";
import { type QueueView, useQueue, useQueues } from "../api/queries";
import { useLive } from "../api/use_live";
import { Builds } from "../components/Builds";
import { ChangeList } from "../components/ChangeList";
import { ConnectionBanner, ConnectionState } from "../components/Connection";
import { Loaded } from "../components/Loaded";
import { Masthead } from "../components/Masthead";
import { Notices } from "../components/Notices";
import { ClockOffset } from "../components/Now";
import { Overview } from "../components/Overview";
import { Recent } from "../components/Recent";
import { lookup, pageTitle } from "../lib/queue_view";
import type { ViewState } from "../lib/view_state";
import { useViewState } from "./use_view_state";

type ChangeView = (change: Partial<ViewState>) => void;

/** The whole page: one queue, live. */
export function QueuePage() {
  const { status, retry } = useLive();
  const [view, changeView] = useViewState();
  const queues = useQueues(status.state === "live");
  const name = view.queue ?? queues.data?.[0]?.name;
  const queue = useQueue(name, status.state === "live");
  const title = pageTitle(queue.data?.queue);
  useEffect(() => void (document.title = title), [title]);

  return (
    <>
      <Masthead
        queues={queues.data?.map((one) => one.name) ?? []}
        queue={name}
        onQueue={(chosen) => changeView({ queue: chosen, find: "" })}
      >
        <ConnectionState status={status} />
      </Masthead>
      <main>
        <ConnectionBanner
          status={status}
          refresh_error={queue.error}
          as_of_ms={queue.data?.as_of_ms}
          onRetry={retry}
        />
        {name === undefined ? (
          <Loaded query={queues} what="the queues">
            {() => <NoQueue />}
          </Loaded>
        ) : (
          <Loaded query={queue} what={`the queue ${name}`}>
            {(loaded) => <QueueParts loaded={loaded} view={view} changeView={changeView} />}
          </Loaded>
        )}
      </main>
    </>
  );
}

interface QueuePartsProps {
  loaded: QueueView;
  view: ViewState;
  changeView: ChangeView;
}

function QueueParts({ loaded, view, changeView }: QueuePartsProps) {
  const { queue, clock_offset_ms } = loaded;
  const known = useMemo(() => lookup(queue.changes, queue.recent), [queue.changes, queue.recent]);
  return (
    <ClockOffset value={clock_offset_ms}>
      <Notices queue={queue} />
      <Overview queue={queue} />
      <div className="columns">
        <ChangeList
          changes={queue.changes}
          known={known}
          find={view.find}
          rows={view.rows}
          onFind={(find) => changeView({ find })}
          onRows={(rows) => changeView({ rows })}
        />
        <div className="side">
          <Builds builds={queue.running_builds} known={known} logLink={logLink} />
          <Recent changes={queue.recent} logLink={logLink} />
        </div>
      </div>
    </ClockOffset>
  );
}

function NoQueue() {
  return (
    <section className="failure">
      <h1>No queue</h1>
      <p>The configuration has no queue, or none that you may read.</p>
    </section>
  );
}
