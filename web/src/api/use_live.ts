/** Keeps the queries up to date by the event stream. Used once, at the top of the page. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { addEvents, nothing_stale, type Stale, type StreamStatus } from "../lib/live";
import { Refresher } from "../lib/refresher";
import { keys } from "./queries";
import { openStream, type StreamClient } from "./stream/client";
import type { FromWorker } from "./stream/messages";

const pause_ms = { visible: 500, hidden: 5_000 } as const;

async function fetchAnew(client: QueryClient, stale: Stale | "everything"): Promise<void> {
  if (stale === "everything") return client.invalidateQueries();
  const queues = [...stale.queues].map((name) => client.invalidateQueries({ queryKey: keys.queue(name) }));
  const list = stale.list ? [client.invalidateQueries({ queryKey: keys.queues, exact: true })] : [];
  await Promise.all([...queues, ...list]);
}

/** Collects what is stale and has it fetched anew, at a bounded rate. */
function makeUpdater(client: QueryClient) {
  let stale: Stale | "everything" = nothing_stale;
  const refresher = new Refresher({
    refresh: () => {
      const now = stale;
      stale = nothing_stale;
      return fetchAnew(client, now);
    },
    pause_ms: () => (document.visibilityState === "visible" ? pause_ms.visible : pause_ms.hidden),
    now_ms: () => performance.now(),
  });
  return {
    add: (more: FromWorker) => {
      if (more.kind !== "events") stale = "everything";
      else if (stale !== "everything") stale = addEvents(stale, more.events);
      refresher.request();
    },
    hurry: () => refresher.hurry(),
    stop: () => refresher.stop(),
  };
}

export interface Live {
  readonly status: StreamStatus;
  readonly retry: () => void;
}

export function useLive(): Live {
  const client = useQueryClient();
  const [status, setStatus] = useState<StreamStatus>({ state: "connecting" });
  const stream = useRef<StreamClient | undefined>(undefined);

  useEffect(() => {
    const updater = makeUpdater(client);
    const opened = openStream((message) => {
      if (message.kind === "status") setStatus(message.status);
      // Live again, or for the first time: something may have happened before we listened.
      if (message.kind !== "status" || message.status.state === "live") updater.add(message);
    });
    stream.current = opened;
    const seen = () => document.visibilityState === "visible" && updater.hurry();
    document.addEventListener("visibilitychange", seen);
    window.addEventListener("online", opened.retry);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      window.removeEventListener("online", opened.retry);
      updater.stop();
      opened.close();
    };
  }, [client]);

  return {
    status,
    retry: () => {
      stream.current?.retry();
      void client.invalidateQueries();
    },
  };
}
