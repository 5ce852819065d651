// Who may look: a link for one login, its end, and a page of another site.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, World } from "./world.mjs";

let world;
before(async () => { world = await World.open(); });
after(() => world.close());

test("nobody sees a draft without a login; after it, the page that was asked for is there", async () => {
  const { page, context } = await world.visitor({ viewport: PHONE });
  await page.goto(`${world.base}/a/mag`);
  assert.match(page.url(), /\/login\?next=/);
  await page.getByText("draftkeep web link").waitFor();
  assert.equal(await page.getByText("菜市场").count(), 0);
  await page.goto(await world.run("web", "link"));
  await page.locator("main form button").first().click();
  await page.waitForURL(`${world.base}/a/mag`);
  await page.getByText("菜市场").first().waitFor();
  await context.close();
});

test("a link opens once, and opening its address is not yet a login: chats fetch what is sent in them", async () => {
  const link = await world.run("web", "link");
  const preview = await fetch(link);
  assert.equal(preview.headers.get("set-cookie"), null);
  const first = await world.visitor();
  await first.page.goto(link);
  await first.page.locator("main form button").first().click();
  await first.page.waitForURL(`${world.base}/`);
  const second = await world.visitor();
  await second.page.goto(link);
  const button = second.page.locator("main form button").first();
  if (await button.count()) await button.click();
  await second.page.goto(`${world.base}/a/mag`);
  assert.match(second.page.url(), /\/login/);
});

test("scripts cannot read the session, and an operator ends all of them", async () => {
  const { page } = await world.editor();
  assert.equal(await page.evaluate(() => document.cookie.includes("dk")), false);
  await world.run("web", "logout", "--all");
  await page.goto(`${world.base}/a/mag`);
  assert.match(page.url(), /\/login/);
});

test("log out is a button, and ends the session", async () => {
  const { page } = await world.editor();
  await page.goto(`${world.base}/logout`);
  await page.locator("main form button").first().click();
  await page.goto(`${world.base}/a/mag`);
  assert.match(page.url(), /\/login/);
});
