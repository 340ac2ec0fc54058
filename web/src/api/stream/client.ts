/** A tab's end of the browser's one event stream. */
import type { FromWorker, ToWorker } from "./messages";

export interface StreamClient {
  /** Tries at once instead of waiting out the back-off. */
  readonly retry: () => void;
  readonly close: () => void;
}

/** Without SharedWorker (Chrome on Android, some locked-down browsers) the answer is to poll. */
export function openStream(hear: (message: FromWorker) => void): StreamClient {
  const worker = startWorker();
  if (!worker) {
    hear({ kind: "status", status: { state: "polling" } });
    return { retry: () => undefined, close: () => undefined };
  }
  const say = (message: ToWorker) => worker.port.postMessage(message);
  const hello = () => say({ kind: "hello" });
  const bye = () => say({ kind: "bye" });
  worker.onerror = () => hear({ kind: "status", status: { state: "polling" } });
  worker.port.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data);
  window.addEventListener("pagehide", bye);
  const back = (event: PageTransitionEvent) => event.persisted && hello(); // out of the back-forward cache
  window.addEventListener("pageshow", back);
  hello();
  return {
    retry: () => say({ kind: "retry" }),
    close: () => {
      bye();
      window.removeEventListener("pagehide", bye);
      window.removeEventListener("pageshow", back);
      worker.port.close();
    },
  };
}

function startWorker(): SharedWorker | undefined {
  if (typeof SharedWorker === "undefined") return undefined;
  try {
    return new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "mergeq events" });
  } catch {
    return undefined;
  }
}
