// A sentence went: an editor searches for it, is led to the change that took it away, and asks of what is selected there when it went.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DESK, PHONE, until, World } from "./world.mjs";

const pictures = process.env.DRAFTKEEP_SCREENSHOTS;
const WENT = "很长的一声";

let world, id, mediaId;
before(async () => {
  world = await World.open();
  const list = await until("drafts", async () => {
    const list = await world.json("list").catch(() => []);
    return list.length >= 8 && list;
  });
  const draft = list.find((draft) => draft.title.includes("菜市场"));
  id = draft.id;
  mediaId = draft.media_id;
  const content = JSON.parse(await world.run("show", String(id), "--format", "json")).news_item[0].content;
  await world.order("edit", { media_id: draft.media_id, index: 0, fields: { content: content.replace(WENT, "短短的一声") } });
  await world.version(draft.media_id, 2);
});
after(() => world.close());

/// Selects what went, up to the end of its sentence, where the text of a comparison stands.
function selectWhatWent() {
  const removed = [...document.querySelectorAll(".text del")].find((each) => each.textContent.includes("长"));
  let last = removed;
  while (last.nextSibling.nodeType === Node.ELEMENT_NODE) last = last.nextSibling;
  removed.scrollIntoView({ block: "center" });
  getSelection().setBaseAndExtent(removed.firstChild, 0, last.nextSibling, "的一声".length);
}

for (const [size, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
  test(`from the search to when it went, on a ${size}`, { timeout: 120_000 }, async () => {
    const { page, strange, context } = await world.editor({ viewport });
    const picture = async (name) => pictures && page.screenshot({ path: join(pictures, `${name}-${size}.png`) });
    await page.goto(world.base);
    await page.fill("nav input[name=q]", WENT);
    await page.press("nav input[name=q]", "Enter");
    await page.waitForURL(/\/search\?q=/);
    const card = page.locator("main .item", { hasText: WENT });
    assert.equal(await card.locator("mark").first().innerText(), WENT);
    assert.match(await card.innerText(), /现在没有了，最后在第 1 版/);
    await picture("search-hit");
    await card.locator("a", { hasText: "第 1 版" }).click();
    await page.waitForURL(`${world.base}/d/${id}/1..2`);
    await page.frameLocator("iframe").locator("del", { hasText: "长" }).first().waitFor();
    await page.locator("a[data-view=text]").click();
    await page.evaluate(selectWhatWent);
    const asked = page.locator("form.when input");
    await until("the sentence", async () => (await asked.inputValue()) === WENT);
    const box = await page.locator("form.when").boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height <= viewport.height, `in view: ${JSON.stringify(box)}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} px wider than the screen`);
    await picture("search-selected");
    await page.locator("form.when button").click();
    await page.waitForURL(/\/when\?q=/);
    const told = await page.innerText("main");
    assert.match(told, /第 1 版开始有/);
    assert.match(told, /第 2 版没有了/);
    await picture("search-when");
    await page.locator("main a", { hasText: "第 2 版没有了" }).click();
    await page.waitForURL(`${world.base}/d/${id}/1..2`);
    assert.deepEqual(strange, []);
    await context.close();
  });
}

test("what is still there is marked in its version, and the page shows its place", async () => {
  const long = "<p>很多人。</p>".repeat(200);
  const there = "<p>价格是早上五点定的。</p>";
  const content = `<p>价格先不说。</p>${long}<p>早上<b>五点</b>以前的价格，没有人知道。</p>${long}${there}`;
  await world.order("edit", { media_id: mediaId, index: 0, fields: { content } });
  await world.version(mediaId, 3);
  for (const [javaScript, sought] of [[true, "早上五点 价格"], [false, "早上五点"]]) {
    const { page, context, strange } = await world.editor({ viewport: PHONE, javaScript });
    await page.goto(`${world.base}/search?q=${encodeURIComponent(sought)}`);
    const card = page.locator("main .item", { hasText: "早上五点" });
    for (const passage of ["没有人知道", "定的"]) {
      await page.goto(`${world.base}/search?q=${encodeURIComponent(sought)}`);
      await card.locator("p", { hasText: passage }).locator("a").click();
      await page.waitForURL(/\/d\/\d+\/3\?find=/);
      const place = page.frameLocator("iframe").locator("#dk-found");
      await place.waitFor();
      assert.match(await place.locator("..").innerText(), new RegExp(passage));
      const box = await place.boundingBox();
      assert.ok(box.y >= 0 && box.y + box.height <= PHONE.height, `in view: ${JSON.stringify(box)}`);
    }
    if (pictures && javaScript) await page.screenshot({ path: join(pictures, "search-place-phone.png") });
    assert.deepEqual(strange, []);
    await context.close();
  }
});

test("without JavaScript it is typed, on the page of a version and of a comparison too", async () => {
  const { page, context } = await world.editor({ javaScript: false });
  for (const path of [`/d/${id}`, `/d/${id}/1`, `/d/${id}/1..2`, `/d/${id}/1..2?view=text`]) {
    await page.goto(world.base + path);
    await page.fill("form.when input", WENT);
    await page.click("form.when button");
    assert.match(await page.innerText("main"), /第 2 版没有了/, path);
  }
  await context.close();
});
