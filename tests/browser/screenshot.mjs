// Makes docs/dashboard.png from the demo on the real server, or from any page that shows a queue.
//
//   node tests/browser/screenshot.mjs --mergeq build/dev/mergeq
//   node tests/browser/screenshot.mjs --url http://127.0.0.1:8080/
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { eventually, openBrowser } from "./browser.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const size_limit_bytes = 400 * 1024;
const { values } = parseArgs({
  options: {
    mergeq: { type: "string" },
    url: { type: "string" },
    out: { type: "string", default: join(root, "docs", "dashboard.png") },
  },
});

/** Starts the demo; its dashboard's address, and how to end it. */
async function startDemo(mergeq) {
  // Slow checks, so that several builds run when the picture is taken.
  const run = spawn("python3", [join(root, "tests/demo/run.py"), "--mergeq", mergeq, "--pace", "6", "--slots", "6"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => run.once("exit", resolve));
  const lines = createInterface({ input: run.stdout });
  const url = await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      const found = /The dashboard: (http:\S+)/.exec(line);
      if (found) resolve(found[1]);
    });
    void ended.then((code) => reject(new Error(`the demo ended with ${code}`)));
  });
  return {
    url,
    end: async () => {
      run.kill("SIGTERM");
      await ended;
    },
  };
}

/** A picture that tells something: work of several kinds, and decisions of more than one. */
async function lively(page) {
  const count = (selector) => page.locator(selector).count();
  return (await count(".changes > li")) >= 7 && (await count(".builds > li")) >= 3 && (await count(".recent > li")) >= 4
    && (await count(".recent .state-rejected")) >= 1 && (await count(".dependencies")) >= 2;
}

if (!values.url && !values.mergeq) throw new Error("expected --mergeq EXECUTABLE or --url ADDRESS");
const demo = values.url ? { url: values.url, end: () => undefined } : await startDemo(values.mergeq);
const browser = await openBrowser();
try {
  const page = await browser.context.newPage();
  await page.goto(demo.url);
  await eventually(() => lively(page), "a lively queue", 300_000);
  await page.screenshot({ path: values.out });
} finally {
  await browser.close();
  await demo.end();
}
const bytes = statSync(values.out).size;
if (bytes > size_limit_bytes) throw new Error(`${values.out}: ${bytes} bytes, at most ${size_limit_bytes} are allowed`);
console.log(`${values.out}: ${bytes} bytes`);
