import type { Dependency, QueueChange } from "../api/types";
import { buildBase, labelOf, type Lookup, withLabels } from "../lib/queue_view";
import { safeText } from "../lib/safe";
import { dependencyMeaning, edgeWord } from "../lib/wording";
import { BuildMeter } from "./BuildMeter";
import { Foreign } from "./Foreign";

const most_dependencies = 4;

/**
 * Why this change has not landed, then what it hangs on. While builds of it run they say it themselves, with
 * a time that counts; the server's sentence would stand still.
 */
export function Waits({ change, known }: { change: QueueChange; known: Lookup }) {
  const shown = change.depends_on.slice(0, most_dependencies);
  const more = change.depends_on.length - shown.length;
  const builds = change.state === "landing" ? [] : change.builds;
  return (
    <div className="waits">
      <span className="hidden">Waits for: </span>
      {builds.length === 0 && (
        <p>
          <Foreign text={withLabels(change.summary, change.depends_on, known)} />
        </p>
      )}
      {builds.map((build) => (
        <div key={build.id} className="waits-build">
          <span>Build {buildBase(build, known)}</span>
          <BuildMeter build={build} label={labelOf(build.change, known)} />
        </div>
      ))}
      {change.depends_on.length > 0 && (
        <ul className="dependencies" aria-label="Depends on">
          {shown.map((dependency) => (
            <DependencyItem key={dependency.change} dependency={dependency} known={known} />
          ))}
          {more > 0 && <li className="muted">and {more} more</li>}
        </ul>
      )}
    </div>
  );
}

function DependencyItem({ dependency, known }: { dependency: Dependency; known: Lookup }) {
  const title = known.get(dependency.change)?.title ?? "";
  return (
    <li title={`${safeText(title)}\n${dependencyMeaning(dependency)}`.trim()}>
      {labelOf(dependency.change, known)} <span className="muted">{edgeWord(dependency.kind)}</span>
    </li>
  );
}
