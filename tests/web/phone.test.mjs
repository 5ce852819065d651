// The whole way on a phone of the middle class in a mobile network: a draft was emptied; an editor finds it, sees what was lost, brings it
// back and undoes that. Five seconds until what was lost is seen, a minute until it is back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, until, World } from "./world.mjs";

// Kilobits a second and milliseconds, as Lighthouse takes them for slow 4G; and a processor a quarter as fast.
const NETWORK = { offline: false, latency: 150, downloadThroughput: (1_638 * 1_024) / 8, uploadThroughput: (750 * 1_024) / 8 };
const SLOWER = 4;

let world, media_id;
before(async () => {
  world = await World.open({ web: "allow_restore = true" });
  const draft = await until("drafts", async () => (await world.json("list").catch(() => [])).find(({ title }) => title.includes("菜市场")));
  ({ media_id } = draft);
  await world.order("edit", { media_id, index: 0, fields: { content: "<p>待补</p>" } });
  await world.version(media_id, 2);
});
after(() => world.close());

test("seen within five seconds, back within a minute, undone", async (story) => {
  const { page, context } = await world.editor({ viewport: PHONE });
  const device = await context.newCDPSession(page);
  await device.send("Network.enable");
  await device.send("Network.emulateNetworkConditions", NETWORK);
  await device.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  const start = performance.now();
  const passed = () => (performance.now() - start) / 1_000;
  await page.goto(`${world.base}/`);
  for (const name of ["mag", /菜市场/, "看改动"]) await page.getByRole("link", { name }).first().click();
  await page.frameLocator("iframe").first().getByText("讨价还价").first().waitFor();
  const seen = passed();
  await page.getByRole("link", { name: "恢复第 1 版" }).first().click();
  await page.getByRole("button", { name: "恢复为新草稿" }).click();
  await page.waitForURL(/\/restores\/\d+$/);
  await page.getByText(/恢复好了/).first().waitFor();
  const back = passed();
  await page.getByRole("button", { name: "撤销" }).click();
  await page.getByText(/已撤销/).first().waitFor();
  story.diagnostic(`seen after ${seen.toFixed(1)} s, back after ${back.toFixed(1)} s, undone after ${passed().toFixed(1)} s`);
  assert.ok(seen <= 5, `what was lost was seen after ${seen} s`);
  assert.ok(back <= 60, `it was back after ${back} s`);
  await context.close();
});
