import type { ChangeState } from "../api/types";
import { stateMeaning, stateWord } from "../lib/wording";
import { StateIcon } from "./Icon";

export function StateChip({ state }: { state: ChangeState }) {
  return (
    <span className={`state state-${state}`} title={stateMeaning(state)}>
      <StateIcon state={state} />
      {stateWord(state)}
    </span>
  );
}
