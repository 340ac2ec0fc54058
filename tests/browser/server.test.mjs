// The page against the real server: a change comes, builds and lands while somebody looks.
//
//   MERGEQ=build/dev/mergeq node --test tests/browser/server.test.mjs
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { resolve } from "node:path";
import { axeFindings, eventually, openBrowser, openPage } from "./browser.mjs";
import { image, script } from "./fixtures.mjs";
import { RealServer } from "./real_server.mjs";

let browser;
let server;
let page;
before(async () => {
  server = new RealServer(resolve(process.env.MERGEQ ?? "build/dev/mergeq"));
  await server.prepare();
  for (const name of ["one", "two", "three"]) server.branch(name, "good");
  server.branch("broken", "bad");
  await server.start();
  browser = await openBrowser();
  page = await openPage(browser.context, server.url);
});
after(async () => {
  await browser?.close();
  await server?.remove();
});

const waits = async (title) => (await page.locator(".changes > li", { hasText: title }).innerText()).replace(/\s+/g, " ");
const decided = (title) => page.locator(".recent > li", { hasText: title });
const isIn = (state) => eventually(async () => (await page.locator(".connection").innerText()) === state, state, 25_000);

describe("the dashboard on the real server", () => {
  test("an empty queue is there, live, by the server's own files and policy", async () => {
    await page.getByText("Nothing waits.").waitFor();
    await isIn("Live");
    const answer = await page.request.get(server.url);
    assert.match(answer.headers()["content-security-policy"], /default-src 'none'/);
    assert.doesNotMatch(answer.headers()["content-security-policy"], /unsafe/);
    assert.equal(answer.headers()["x-content-type-options"], "nosniff");
    const sent = await page.evaluate(() =>
      [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .filter((entry) => !entry.name.includes("/api/"))
        .reduce((sum, entry) => sum + entry.encodedBodySize, 0));
    assert.ok(sent < 250 * 1024, `${sent} bytes for the first view`);
  });

  test("a change appears, builds and lands on the page without a reload", async () => {
    await page.evaluate(() => (globalThis.not_reloaded = true));
    await server.enqueue("one", { number: 41 });
    await eventually(async () => /Building/.test(await waits("Add one")), "it builds");
    await eventually(async () => /Build on trunk/.test(await waits("Add one")), "what it waits for");
    await page.locator(".builds a", { hasText: "log" }).waitFor();
    assert.match(await page.locator(".facts").innerText(), /1 of 2 in use/);
    assert.deepEqual(await axeFindings(page), []);
    server.open("one");
    await decided("Add one").getByText("Landed").waitFor();
    await page.getByText("Nothing waits.").waitFor();
    assert.equal(await page.evaluate(() => globalThis.not_reloaded), true);
  });

  test("a change whose build fails is there with the reason and its log as plain text", async () => {
    server.open("broken");
    await server.enqueue("broken");
    await decided("Add broken").getByText("Rejected").waitFor();
    assert.match(await decided("Add broken").innerText(), /build failed/);
    const log = await page.request.get(await decided("Add broken").getByText("log").evaluate((link) => link.href));
    assert.equal(log.status(), 200);
    assert.match(log.headers()["content-type"], /^text\/plain/);
    assert.equal(log.headers()["x-content-type-options"], "nosniff");
  });

  test("hostile titles and authors are shown as text", async () => {
    const two = await server.enqueue("two", { title: `Add two ${script}${image}`, author: `${image}\u202Ex` });
    await eventually(async () => (await waits("Add two")).includes(script), "the title, literally");
    assert.ok((await waits("Add two")).includes("‹U+202E›"));
    assert.equal(await page.evaluate(() => globalThis.x), undefined);
    assert.ok(two.id);
  });

  test("after the server was killed and started again the page catches up by itself", async () => {
    await server.stop("SIGKILL");
    await isIn("Disconnected");
    await page.locator(".banner-bad").waitFor();
    await server.start();
    await server.enqueue("three");
    await isIn("Live");
    await eventually(async () => /Add three/.test(await page.locator("main").innerText()), "what came meanwhile");
    server.open("two");
    server.open("three");
    await decided("Add two").getByText("Landed").waitFor();
    await decided("Add three").getByText("Landed").waitFor();
    await page.getByText("Nothing waits.").waitFor();
    assert.deepEqual(page.complaints, []);
  });
});
