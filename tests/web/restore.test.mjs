// A draft is emptied: an editor sees what was lost, brings it back as a new draft or over the current one, and undoes it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DESK, PHONE, until, World } from "./world.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.DRAFTKEEP_SCREENSHOTS;

let world, media_id, id, content;
before(async () => {
  world = await World.open({ web: "allow_restore = true" });
  const draft = await until("drafts", async () => (await world.json("list").catch(() => [])).find(({ title }) => title.includes("菜市场")));
  ({ id, media_id } = draft);
  content = JSON.parse(await world.run("show", String(id), "--format", "json")).news_item[0].content;
  await save("<p>待补</p>");
  await world.version(media_id, 2);
});
after(() => world.close());

const save = (content) => world.order("edit", { media_id, index: 0, fields: { content } });

/// The contents of the drafts in the box.
const box = async () => {
  const { accounts } = await (await fetch(`${world.platform}/simulator/state`)).json();
  return accounts.flatMap(({ drafts }) => drafts.map(({ media_id }) => media_id));
};

/// The page has no serious finding of axe, and is not wider than the screen.
async function fits(page, name) {
  const { width } = page.viewportSize();
  if (pictures) await page.screenshot({ path: join(pictures, `${name}-${width < 800 ? "phone" : "desk"}.png`), fullPage: true });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the screen`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { iframes: false }));
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  assert.deepEqual(serious.map(({ id, nodes }) => [id, nodes[0].html]), [], name);
}

/// Waits until the page of a restore says how it ended.
const ended = (page) => page.getByText(/恢复好了|已撤销|✓|⚠/).first().waitFor();

for (const [size, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
  test(`from the comparison to a new draft and back, on a ${size}`, async () => {
    const { page, strange, context } = await world.editor({ viewport });
    const drafts = await box();
    await page.goto(`${world.base}/d/${id}/1..2`);
    await page.getByRole("link", { name: "恢复第 1 版" }).first().click();
    await fits(page, "plan");
    await page.getByRole("button", { name: "恢复为新草稿" }).click();
    await page.waitForURL(/\/restores\/\d+$/);
    await ended(page);
    await fits(page, "restored");
    const made = (await box()).filter((it) => !drafts.includes(it));
    assert.equal(made.length, 1);
    await page.getByRole("button", { name: "撤销" }).click();
    await page.waitForURL(/\/restores\/\d+$/);
    await ended(page);
    await fits(page, "undone");
    assert.deepEqual(await box(), drafts);
    assert.deepEqual(strange, []);
    await context.close();
  });
}

for (const [size, viewport] of Object.entries({ phone: PHONE, desk: DESK })) test(`whoever saves between plan and restore loses nothing, on a ${size}`, async () => {
  const { page, context } = await world.editor({ viewport });
  await page.goto(`${world.base}/d/${id}/1/restore`);
  await page.getByRole("button", { name: /读取现在/ }).click();
  await fits(page, "in-place");
  await save(`<p>同事刚写的，${size}</p>`);
  await page.getByRole("button", { name: /覆盖/ }).click();
  await page.getByText("又改了").first().waitFor();
  await fits(page, "changed");
  await page.getByRole("button", { name: /再看/ }).click();
  await fits(page, "in-place-again");
  await page.getByRole("button", { name: /覆盖/ }).click();
  await page.waitForURL(/\/restores\/\d+$/);
  await ended(page);
  await page.getByRole("button", { name: "撤销" }).click();
  await page.waitForURL(/\/restores\/\d+$/);
  await ended(page);
  const now = JSON.parse(await world.run("show", String(id), "--format", "json")).news_item[0].content;
  assert.ok(now.includes(`同事刚写的，${size}`), now);
  await context.close();
});

test("two tabs and a double click restore once each plan", async () => {
  const { page, context } = await world.editor();
  const drafts = await box();
  await page.goto(`${world.base}/d/${id}/1/restore`);
  await page.getByRole("button", { name: "恢复为新草稿" }).dblclick();
  // The second click may abort the navigation that the first began, which waitForURL takes for a failure.
  await page.waitForFunction(() => /\/restores\/\d+$/.test(location.pathname));
  await ended(page);
  assert.equal((await box()).length, drafts.length + 1);
  const other = await context.newPage();
  await other.goto(`${world.base}/d/${id}/1/restore`);
  await other.getByText(/已经恢复过/).first().waitFor();
  await context.close();
});
