import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ApiError } from "../api/error";

interface LoadedProps<T> {
  query: UseQueryResult<T>;
  what: string; // "the queue main"
  children: (data: T) => ReactNode;
}

/** Loading, failed or there. What is there stays while a later try fails: the banner tells of that. */
export function Loaded<T>({ query, what, children }: LoadedProps<T>) {
  // A query forgets its error while it tries again; the page does not, or it would flicker.
  const [failure, setFailure] = useState<{ what: string; error: Error }>();
  if (query.error !== null && (query.error !== failure?.error || failure.what !== what)) {
    setFailure({ what, error: query.error });
  }
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (failure?.what === what) {
    return <Failure what={what} error={failure.error} busy={query.isFetching} onRetry={() => void query.refetch()} />;
  }
  return <Skeleton what={what} />;
}

function Skeleton({ what }: { what: string }) {
  return (
    <div className="skeleton" role="status">
      <h1 className="hidden">Loading {what}</h1>
      <span className="bone bone-wide" />
      <span className="bone" />
      <span className="bone" />
      <span className="bone bone-short" />
    </div>
  );
}

interface FailureProps {
  what: string;
  error: Error;
  busy: boolean;
  onRetry: () => void;
}

export function Failure({ what, error, busy, onRetry }: FailureProps) {
  return (
    <section className="failure" role="alert">
      <h1>Could not load {what}</h1>
      <p>{error.message}</p>
      <p className="muted">{advice(error)}</p>
      <button type="button" onClick={onRetry} disabled={busy}>
        {busy ? "Trying…" : "Try again"}
      </button>
    </section>
  );
}

function advice(error: Error): string {
  if (!(error instanceof ApiError)) return "The browser's console says more.";
  switch (error.kind) {
    case "unreachable":
      return "Is the server running? This page tries again every few seconds.";
    case "unauthorized":
      return "Reading needs a token here: set auth.anonymous = \"read\" to open the dashboard to everyone.";
    case "not_found":
      return "It may have been renamed or removed from the configuration.";
    case "refused":
    case "nonsense":
      return "The server's log says more. This page tries again every few seconds.";
    default:
      return error.kind satisfies never;
  }
}
