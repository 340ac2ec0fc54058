import type { Dependency, QueueChange } from "../api/types";
import { labelOf, type Lookup } from "../lib/queue_view";
import { dependencyMeaning, edgeWord } from "../lib/wording";
import { BuildMeter } from "./BuildMeter";
import { Foreign } from "./Foreign";

const most_dependencies = 4;

/** Why this change has not landed: in a sentence, then what it hangs on. */
export function Waits({ change, known }: { change: QueueChange; known: Lookup }) {
  const shown = change.depends_on.slice(0, most_dependencies);
  const more = change.depends_on.length - shown.length;
  return (
    <div className="waits">
      <p>
        <Foreign text={change.summary} />
      </p>
      {change.depends_on.length > 0 && (
        <ul className="dependencies" aria-label="Depends on">
          {shown.map((dependency) => (
            <DependencyItem key={dependency.change} dependency={dependency} known={known} />
          ))}
          {more > 0 && <li className="muted">and {more} more</li>}
        </ul>
      )}
      {change.builds.map((build) => (
        <BuildMeter key={build.id} build={build} label={labelOf(build.change, known)} />
      ))}
    </div>
  );
}

function DependencyItem({ dependency, known }: { dependency: Dependency; known: Lookup }) {
  return (
    <li title={dependencyMeaning(dependency)}>
      {labelOf(dependency.change, known)} <span className="muted">{edgeWord(dependency.kind)}</span>
    </li>
  );
}
