import type { BuildSummary } from "../api/types";
import { buildBase, labelOf, type Lookup } from "../lib/queue_view";
import { safeHref } from "../lib/safe";
import { BuildMeter } from "./BuildMeter";
import { ExternalLink, Foreign } from "./Foreign";

interface BuildsProps {
  builds: readonly BuildSummary[];
  known: Lookup;
  logLink: (build_id: string) => string;
}

/** The builds that hold a slot, oldest first. */
export function Builds({ builds, known, logLink }: BuildsProps) {
  return (
    <section className="panel" aria-labelledby="builds">
      <h2 id="builds">
        Running builds <span className="count">{builds.length}</span>
      </h2>
      {builds.length === 0 ? (
        <p className="empty">No build runs.</p>
      ) : (
        <ul className="builds">
          {builds.map((build) => (
            <BuildRow key={build.id} build={build} known={known} log={logLink(build.id)} />
          ))}
        </ul>
      )}
    </section>
  );
}

function BuildRow({ build, known, log }: { build: BuildSummary; known: Lookup; log: string }) {
  const label = labelOf(build.change, known);
  const title = known.get(build.change)?.title;
  return (
    <li>
      <div className="build-head">
        <strong>{label}</strong>
        {title !== undefined && (
          <span className="clip">
            <Foreign text={title} />
          </span>
        )}
        <span className="build-links">
          {safeHref(build.url) !== undefined && <ExternalLink href={build.url} text="CI" />}
          {build.has_log && (
            <a href={log} aria-label={`Log of the build of ${label}`}>
              log
            </a>
          )}
        </span>
      </div>
      <div className="muted build-base">
        {buildBase(build, known)}
        {build.attempt > 1 && `, attempt ${build.attempt}`}
      </div>
      <BuildMeter build={build} label={label} />
    </li>
  );
}
