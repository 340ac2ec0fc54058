import type { ReactNode } from "react";
import { safeText } from "../lib/safe";
import { BrandIcon } from "./Icon";

interface MastheadProps {
  queues: readonly string[];
  queue: string | undefined;
  onQueue: (name: string) => void;
  children: ReactNode; // at its right end
}

export function Masthead({ queues, queue, onQueue, children }: MastheadProps) {
  return (
    <header className="masthead">
      <a className="brand" href="/" aria-label="mergeq, first queue">
        <BrandIcon />
        <span>mergeq</span>
      </a>
      {queues.length > 1 && queue !== undefined && (
        <label className="queue-selector">
          <span>Queue</span>
          <select value={queue} onChange={(event) => onQueue(event.target.value)}>
            {(queues.includes(queue) ? queues : [queue, ...queues]).map((name) => (
              <option key={name} value={name}>
                {safeText(name)}
              </option>
            ))}
          </select>
        </label>
      )}
      <div className="masthead-end">{children}</div>
    </header>
  );
}
