// The event stream in a real Chromium against the fake server: live, lost, resumed, reset, eight tabs.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { axeFindings, eventually, openBrowser, openPage } from "./browser.mjs";
import { FakeServer } from "./fake_server.mjs";
import { change, queue } from "./fixtures.mjs";

let browser;
let server;
const pages = [];
before(async () => void (browser = await openBrowser()));
after(() => browser.close());
beforeEach(async () => {
  server = new FakeServer();
  server.queues = [holding("First")];
  await server.start();
});
afterEach(async () => {
  for (const page of pages.splice(0)) await page.close();
  await server.stop();
});

const holding = (...titles) => queue({ changes: titles.map((title, i) => change({ id: `main-${i + 1}`, title })) });
async function visit() {
  const page = await openPage(browser.context, server.url);
  pages.push(page);
  return page;
}
const shows = (page, title, limit_ms) =>
  eventually(async () => (await page.locator("main").innerText()).includes(title), `the page shows ${title}`, limit_ms);
const isIn = (page, state) =>
  eventually(async () => (await page.locator(".connection").innerText()) === state, `connection: ${state}`, 20_000);

describe("the event stream", () => {
  test("what happens on the server is on the page within a second, without a reload", async () => {
    const page = await visit();
    await isIn(page, "Live");
    server.show(holding("First", "Second"));
    await shows(page, "Second", 1_500);
    assert.deepEqual(page.complaints, []);
  });

  test("a lost server is told with a way to try again; when it is back everything catches up", async () => {
    const page = await visit();
    await isIn(page, "Live");
    server.emit("change", { queue: "main" });
    const port = server.port;
    await server.stop();
    await page.locator(".banner-bad").waitFor();
    await isIn(page, "Disconnected");
    await shows(page, "First");
    assert.match(await page.locator(".banner-bad").innerText(), /Not live: .*What you see is as of/s);
    assert.deepEqual(await axeFindings(page), []);
    server.queues = [holding("First", "While away")];
    // Long before the page tries by itself, so that it is the button that does it.
    await page.getByText(/Next try in ([5-9]|1\d)s/).waitFor({ timeout: 30_000 });
    await server.start(port);
    await page.getByRole("button", { name: "Try now" }).click();
    await isIn(page, "Live");
    await shows(page, "While away");
    await eventually(async () => (await page.locator(".banner-bad").count()) === 0, "the banner goes");
  });

  test("it comes back by itself and resumes behind the last event that it saw", async () => {
    const page = await visit();
    await isIn(page, "Live");
    server.show(holding("First", "Seen"));
    await shows(page, "Seen");
    server.dropStreams();
    await eventually(() => server.counts.streams_opened >= 2, "a second stream", 5_000);
    assert.equal(server.last_ids.at(-1), "1");
    assert.equal(server.counts.resets, 0);
  });

  test("events that are gone give a reset, and the page fetches anew", async () => {
    const page = await visit();
    await isIn(page, "Live");
    server.show(holding("First", "Seen"));
    await shows(page, "Seen");
    server.queues = [holding("First", "Seen", "Unheard")]; // without an event
    server.forgetEvents(50);
    server.dropStreams();
    await shows(page, "Unheard");
    await eventually(() => server.counts.resets === 1, "one reset");
  });

  test("while the stream is refused the page polls, and says that it is not live", async () => {
    server.mood.events_status = 503;
    const page = await visit();
    await isIn(page, "Disconnected");
    server.queues = [holding("First", "By polling")];
    await shows(page, "By polling", 8_000);
  });

  test("a browser that cannot share a stream polls", async () => {
    await browser.context.addInitScript(() => {
      if (globalThis.sessionStorage?.getItem("no-worker") === "yes") delete globalThis.SharedWorker;
    });
    const page = await visit();
    await page.evaluate(() => sessionStorage.setItem("no-worker", "yes"));
    await page.reload();
    await isIn(page, "Polling");
    server.queues = [holding("First", "By polling")];
    await shows(page, "By polling", 8_000);
  });
});

describe("eight tabs", () => {
  test("each loads within 3 s, is live by one stream, and catches up after a restart", async () => {
    for (let i = 0; i < 8; i += 1) {
      const began = Date.now();
      const page = await visit();
      await shows(page, "First", 3_000);
      assert.ok(Date.now() - began < 3_000, `tab ${i + 1} took ${Date.now() - began} ms`);
      await isIn(page, "Live");
    }
    assert.equal(server.streams.size, 1);
    server.show(holding("First", "To all"));
    for (const page of pages) await shows(page, "To all");

    const port = server.port;
    await server.stop();
    for (const page of pages) await isIn(page, "Disconnected");
    server.queues = [holding("First", "To all", "After the restart")];
    server.forgetEvents();
    await server.start(port);
    for (const page of pages) await shows(page, "After the restart", 25_000);
    for (const page of pages) await isIn(page, "Live");
    assert.equal(server.streams.size, 1);
  });

  test("the stream lives on when the tab that opened it goes, and ends with the last", async () => {
    const first = await visit();
    await isIn(first, "Live");
    const second = await visit();
    await isIn(second, "Live");
    await pages.shift().close();
    server.show(holding("First", "For the one that stays"));
    await shows(second, "For the one that stays");
    await second.goto("about:blank");
    await eventually(() => server.streams.size === 0, "the stream ends");
  });
});
