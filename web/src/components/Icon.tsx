import type { ReactNode } from "react";
import type { ChangeState } from "../api/types";

/** One shape for each state, so that none is told by colour alone. Drawn in a box of 16. */
const shapes: Record<ChangeState, ReactNode> = {
  queued: <circle cx="8" cy="8" r="5.5" strokeDasharray="2 2.3" />,
  pending: <circle cx="8" cy="8" r="5.5" />,
  building: (
    <>
      <circle cx="8" cy="8" r="5.5" opacity=".3" />
      <path className="spin" d="M8 2.5A5.5 5.5 0 0 1 13.5 8" />
    </>
  ),
  ready: <path d="M8 2.5a5.5 5.5 0 1 0 5.5 5.5M5.5 7.6 8 10l5.5-6" />,
  landing: <path d="M8 2.5v8M4.5 7 8 10.5 11.5 7M3 13.5h10" />,
  landed: (
    <>
      <circle cx="8" cy="8" r="6.5" fill="currentColor" stroke="none" />
      <path d="m5 8.2 2.1 2.1L11 6.2" stroke="var(--surface)" />
    </>
  ),
  rejected: (
    <>
      <circle cx="8" cy="8" r="6.5" fill="currentColor" stroke="none" />
      <path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" stroke="var(--surface)" />
    </>
  ),
  cancelled: <path d="M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM4.2 4.2l7.6 7.6" />,
  superseded: <path d="m3.5 4 4 4-4 4M8.5 4l4 4-4 4" />,
};

export function StateIcon({ state }: { state: ChangeState }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {shapes[state]}
    </svg>
  );
}

export function BrandIcon() {
  return (
    <svg className="brand-icon" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M4 8h6c6 0 5 8 11 8h6M4 24h6c6 0 5-8 11-8" />
      <circle cx="27" cy="16" r="2.4" />
    </svg>
  );
}
