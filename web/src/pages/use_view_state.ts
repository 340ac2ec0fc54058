import { useCallback, useEffect, useState } from "react";
import { readViewState, type ViewState, writeViewState } from "../lib/view_state";

/** The view's state, kept in the address. Another queue is a new entry of the history, the rest is not. */
export function useViewState(): [ViewState, (change: Partial<ViewState>) => void] {
  const [view, setView] = useState(() => readViewState(window.location.search));
  useEffect(() => {
    const back = () => setView(readViewState(window.location.search));
    window.addEventListener("popstate", back);
    return () => window.removeEventListener("popstate", back);
  }, []);
  const change = useCallback((part: Partial<ViewState>) => {
    const next = { ...readViewState(window.location.search), ...part };
    const address = writeViewState(next);
    if (part.queue === undefined) window.history.replaceState(null, "", address);
    else window.history.pushState(null, "", address);
    setView(next);
  }, []);
  return [view, change];
}
