// Starts Chromium, and what every browser test needs of it.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** A browser with a profile of its own; close() removes it. */
export async function openBrowser(options = {}) {
  const profile = mkdtempSync(join(tmpdir(), "mergeq-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: flags,
    viewport: { width: 1280, height: 800 },
    ...options,
  });
  context.setDefaultTimeout(10_000);
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** A page whose errors, refused policies and requests to elsewhere are kept in `page.complaints`. */
export async function openPage(context, url) {
  const page = await context.newPage();
  const origin = new URL(url).origin;
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A request that fails is logged by the browser itself; tests of lost servers make many.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) page.complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) page.complaints.push(`left the server: ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

/** Violations of accessibility rules as lines of text; none is an empty list. */
export async function axeFindings(page) {
  // Through the debugger, not as a script of the page: its policy would (rightly) refuse that.
  await page.evaluate(require("node:fs").readFileSync(axe, "utf8") + ";undefined");
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

/** Waits until `claim` holds; no sleeping beyond that. */
export async function eventually(claim, what, limit_ms = 10_000) {
  const deadline = Date.now() + limit_ms;
  for (;;) {
    if (await claim()) return;
    if (Date.now() > deadline) throw new Error(`not within ${limit_ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
