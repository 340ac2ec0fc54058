import type { StreamStatus } from "../lib/live";
import { duration } from "../lib/duration";
import { useLocalNow } from "./Now";

const words: Record<StreamStatus["state"], string> = {
  connecting: "Connecting",
  live: "Live",
  down: "Disconnected",
  polling: "Polling",
};

/** A word in the header; told to screen readers when it changes. */
export function ConnectionState({ status }: { status: StreamStatus }) {
  return (
    <span className={`connection connection-${status.state}`} role="status">
      <span className="dot" aria-hidden="true" />
      {words[status.state]}
    </span>
  );
}

interface BannerProps {
  status: StreamStatus;
  refresh_error: Error | null; // the last try to fetch what is shown anew
  as_of_ms: number | undefined;
  onRetry: () => void;
}

/** What is lost while the stream is down or the page cannot be fetched anew, and how old it is. */
export function ConnectionBanner({ status, refresh_error, as_of_ms, onRetry }: BannerProps) {
  if (status.state !== "down" && (refresh_error === null || as_of_ms === undefined)) return null;
  return (
    <div className="banner banner-bad">
      <p>
        {status.state === "down" ? (
          <>
            <strong>Not live:</strong> {status.cause}. <Countdown retry_at_ms={status.retry_at_ms} />{" "}
          </>
        ) : (
          <>
            <strong>Out of date:</strong> {refresh_error?.message}{" "}
          </>
        )}
        {as_of_ms !== undefined && <>What you see is as of {clockTime(as_of_ms)}.</>}
      </p>
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}

function Countdown({ retry_at_ms }: { retry_at_ms: number }) {
  const left_s = (retry_at_ms - useLocalNow()) / 1_000;
  return <>{left_s > 0.5 ? `Next try in ${duration(Math.ceil(left_s))}.` : "Trying…"}</>;
}

function clockTime(at_ms: number): string {
  return new Date(at_ms).toLocaleTimeString();
}
