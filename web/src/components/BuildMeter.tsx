import type { BuildSummary } from "../api/types";
import { secondsSince } from "../lib/clock";
import { duration } from "../lib/duration";
import { buildProgress } from "../lib/queue_view";
import { buildWord } from "../lib/wording";
import { useServerNow } from "./Now";

/** Elapsed against expected time, counting. */
export function BuildMeter({ build, label }: { build: BuildSummary; label: string }) {
  const progress = buildProgress(secondsSince(build.started_at, useServerNow()), build.expected_s);
  switch (progress.kind) {
    case "waiting":
      return <span className="build-meter muted">{buildWord(build.state)}</span>;
    case "elapsed":
      return <span className="build-meter figures">{duration(progress.elapsed_s)}</span>;
    case "expected":
      return (
        <span className="build-meter">
          <progress max={1} value={progress.share} aria-label={`${label}: share of the expected time`} />
          <span className="figures">
            {duration(progress.elapsed_s)} <span className="muted">of ~{duration(progress.expected_s)}</span>
            {progress.late && <strong className="late"> late</strong>}
          </span>
        </span>
      );
    default:
      return progress satisfies never;
  }
}
