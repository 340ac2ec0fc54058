/** The server's documents as queries. What is on the page stays there while it is fetched anew. */
import { QueryClient, useQuery } from "@tanstack/react-query";
import { clockOffset } from "../lib/clock";
import { get } from "./client";
import { ApiError } from "./error";
import type { Queue, QueueList } from "./types";

/** How often to ask beside the event stream: rarely where all is well, else this is what brings us back. */
const poll_ms = { well: 60_000, otherwise: 5_000 } as const;
const pollAs = (live: boolean) => (query: { readonly state: { readonly error: Error | null } }) =>
  live && query.state.error === null ? poll_ms.well : poll_ms.otherwise;

export const keys = {
  queues: ["queues"] as const,
  queue: (name: string) => ["queue", name] as const,
};

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: "always", // the server may be on this very machine
        retry: (failures, error) => failures < 1 && error instanceof ApiError && error.kind === "unreachable",
        retryDelay: 500,
        staleTime: Infinity, // the event stream says when something is out of date
        refetchOnWindowFocus: false,
        refetchOnReconnect: "always",
        refetchIntervalInBackground: true,
      },
    },
  });
}

export function useQueues(live: boolean) {
  return useQuery({
    queryKey: keys.queues,
    queryFn: async ({ signal }) => (await get<QueueList>("/api/v1/queues", signal)).document.items,
    refetchInterval: pollAs(live),
  });
}

/** A queue, and how far the server's clock is ahead of ours. */
export interface QueueView {
  readonly queue: Queue;
  readonly clock_offset_ms: number;
  readonly as_of_ms: number; // this machine's clock
}

export function useQueue(name: string | undefined, live: boolean) {
  return useQuery({
    queryKey: keys.queue(name ?? ""),
    enabled: name !== undefined,
    queryFn: async ({ signal, client, queryKey }): Promise<QueueView> => {
      const path = `/api/v1/queues/${encodeURIComponent(name ?? "")}`;
      const answer = await get<Queue>(path, signal);
      const before = client.getQueryData<QueueView>(queryKey)?.clock_offset_ms;
      return {
        queue: answer.document,
        clock_offset_ms: clockOffset(answer, answer.document.running_builds, before),
        as_of_ms: answer.received_at_ms,
      };
    },
    refetchInterval: pollAs(live),
  });
}
