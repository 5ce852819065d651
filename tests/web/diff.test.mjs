// A draft is emptied: an editor sees what was lost, steps through the changes, and through fifty versions.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, until, World } from "./world.mjs";

let world, id, media_id, content;
before(async () => {
  world = await World.open();
  const draft = await until("drafts", async () => (await world.json("list").catch(() => [])).find(({ title }) => title.includes("菜市场")));
  ({ id, media_id } = draft);
  content = JSON.parse(await world.run("show", String(id), "--format", "json")).news_item[0].content;
  await world.order("edit", { media_id, index: 0, fields: { content: content.replace("很长的一声", "很短的一声").replace("许哥", "老许") } });
  await world.version(media_id, 2);
  await world.order("edit", { media_id, index: 0, fields: { content: "<p>待补</p>" } });
  await world.version(media_id, 3);
});
after(() => world.close());

const marks = (frame) => frame.locator("ins, del").evaluateAll((all) => all.map((node) => `${node.localName} ${node.textContent}`));
const article = async (page) => {
  await page.frameLocator("iframe").first().locator("body").waitFor();
  return page.frames().find((frame) => frame !== page.mainFrame());
};

test("a changed character is marked, not its paragraph; n steps from change to change", async () => {
  const { page, strange, context } = await world.editor({ viewport: PHONE });
  await page.goto(`${world.base}/d/${id}/1..2`);
  const found = await marks(await article(page));
  for (const mark of ["del 长", "ins 短"]) assert.ok(found.includes(mark), `${mark} of ${found}`);
  assert.ok(found.every((mark) => mark.length <= 8), String(found));
  await page.keyboard.press("n");
  await page.keyboard.press("n");
  assert.match(await page.locator("#place").innerText(), /^2 \/ \d+$/);
  assert.deepEqual(strange, []);
  await context.close();
});

test("from the list of drafts to what was lost: three taps, without JavaScript too", async () => {
  for (const javaScript of [true, false]) {
    const { page, context } = await world.editor({ viewport: PHONE, javaScript });
    await page.getByRole("link", { name: "mag" }).first().click();
    await page.getByRole("link", { name: /菜市场/ }).first().click();
    await page.getByRole("link", { name: "看改动" }).first().click();
    assert.match(page.url(), /\/2\.\.3$/);
    const frame = page.frameLocator("iframe").first();
    await frame.getByText("讨价还价").first().waitFor();
    assert.ok(await frame.locator("del, .dk-block-del").count() > 5);
    await context.close();
  }
});

test("the views of a comparison, by their links", async () => {
  const { page, context } = await world.editor();
  await page.goto(`${world.base}/d/${id}/2..3`);
  const views = await page.locator("a[data-view]").evaluateAll((all) => all.map((link) => link.href));
  assert.ok(views.length >= 4);
  for (const view of views) {
    const answer = await page.goto(view);
    assert.equal(answer.status(), 200, view);
  }
  await context.close();
});

test("fifty steps through versions, back and forth", { timeout: 170_000 }, async () => {
  for (let number = 4; number <= 12; number++) {
    await world.order("edit", { media_id, index: 0, fields: { content: content.replace("很长的一声", `第 ${number} 声`) } });
    await world.version(media_id, number);
  }
  const { page, strange, context } = await world.editor();
  await page.goto(`${world.base}/d/${id}/1`);
  for (let step = 0, at = 1, way = 1; step < 50; step++) {
    if (at + way > 12 || at + way < 1) way = -way;
    at += way;
    await page.keyboard.press(way > 0 ? "ArrowRight" : "ArrowLeft");
    await page.waitForURL(`${world.base}/d/${id}/${at}`);
  }
  assert.deepEqual(strange, []);
  await context.close();
});

test("on a wide screen both versions stand beside one another and scroll together", async () => {
  const { page, context } = await world.editor();
  await page.goto(`${world.base}/d/${id}/2..3`);
  await page.locator("a[data-view=sides]").click();
  const frame = await article(page);
  const [older, newer] = await frame.locator(".dk-columns > div").all();
  const [left, right] = [await older.boundingBox(), await newer.boundingBox()];
  assert.ok(left.y === right.y && left.x + left.width <= right.x && left.width > 400, JSON.stringify([left, right]));
  assert.match(await older.innerText(), /讨价还价/);
  assert.match(await newer.innerText(), /待补/);
  await page.setViewportSize(PHONE);
  await page.goto(`${world.base}/d/${id}/2..3`);
  assert.equal(await page.locator("a[data-view=sides]").isVisible(), false);
  await context.close();
});

test("a link that leads elsewhere is listed, and leads to its place; on a phone the sides have names", async () => {
  const linked = (target) => `<p>看<a href="https://mp.weixin.qq.com/s/${target}">这篇</a></p>`;
  const made = await world.order("create", { articles: [{ title: "链接", content: linked("a") }] });
  const number = await world.version(made.media_id, 1);
  await world.order("edit", { media_id: made.media_id, index: 0, fields: { content: linked("b") } });
  await world.version(made.media_id, 2);
  const { page, strange, context } = await world.editor({ viewport: PHONE });
  await page.goto(`${world.base}/d/${number}/1..2`);
  await page.getByRole("link", { name: "https://mp.weixin.qq.com/s/b" }).click();
  const frame = await article(page);
  await frame.waitForURL(/#dk-1$/);
  assert.equal(await frame.locator("#dk-1").innerText(), "这篇");
  await page.goto(`${world.base}/d/${number}/1..2?view=sides`);
  assert.deepEqual(await (await article(page)).locator(".dk-side").allInnerTexts(), ["第 1 版", "第 2 版"]);
  assert.deepEqual(strange, []);
  await context.close();
});
