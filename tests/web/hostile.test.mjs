// Drafts that attack their reader. Nothing leaves for another host, nothing runs, nothing covers the page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BODIES, TITLES } from "./hostile.mjs";
import { World } from "./world.mjs";

let world, drafts;
before(async () => {
  world = await World.open();
  const cover = (await world.order("picture", {})).media_id;
  const made = [];
  for (const [at, body] of BODIES.entries()) {
    const article = { title: TITLES[at] ?? `第 ${at} 篇`, content: body, thumb_media_id: cover };
    const { media_id } = await world.order("create", { articles: [article] });
    made.push(media_id);
  }
  drafts = [];
  for (const [at, media_id] of made.entries()) {
    drafts.push(await world.version(media_id, 1));
    await world.order("edit", { media_id, index: 0, fields: { content: `<p>前面</p>${BODIES[at]}<p>后面</p>` } });
  }
  for (const media_id of made) await world.version(media_id, 2);
});
after(() => world.close());

test("every page of every hostile draft stays inert", { timeout: 170_000 }, async () => {
  const { page, strange, context } = await world.editor();
  await page.addInitScript(() => { globalThis.alert = globalThis.__was_called = () => { globalThis.__ran = true; }; });
  for (const [at, id] of drafts.entries()) {
    for (const path of [`/d/${id}`, `/d/${id}/1`, `/d/${id}/1..2`]) {
      const address = world.base + path;
      const answer = await page.goto(address, { waitUntil: "load" });
      assert.equal(page.url(), address, BODIES[at]);
      assert.equal(answer.status(), 200, BODIES[at]);
      assert.equal(await page.evaluate(() => globalThis.__ran), undefined, BODIES[at]);
      // Nothing of a draft stands in the page itself.
      assert.equal(await page.locator("body svg, body object, body embed, body video, body math").count(), 0, BODIES[at]);
      const frames = page.frames().slice(1);
      // A draft stands in a frame; the list of its versions has none.
      assert.equal(frames.length > 0, path !== `/d/${id}`, `${path}: ${BODIES[at]}`);
      for (const frame of frames) {
        assert.equal(await frame.evaluate(() => globalThis.__ran), undefined, BODIES[at]);
        assert.equal(new URL(frame.url()).host, new URL(world.base).host, BODIES[at]);
        const left = await frame.locator("script, form, input, iframe, object, embed, meta[http-equiv=refresh], base, link").count();
        assert.equal(left, 0, `${path}: ${BODIES[at]}`);
      }
    }
  }
  await page.goto(`${world.base}/a/mag`);
  await page.getByText(TITLES[0]).first().waitFor();
  assert.deepEqual(strange, []);
  await context.close();
});

test("a frame's address that somebody opens by itself is as inert", async () => {
  const { page, strange, context } = await world.editor();
  for (const id of drafts) {
    await page.goto(`${world.base}/d/${id}/1`);
    const frame = await page.locator("iframe").first().getAttribute("src");
    const answer = await page.goto(new URL(frame, world.base).href);
    assert.match(answer.headers()["content-security-policy"], /default-src 'none'.*sandbox/);
  }
  assert.deepEqual(strange, []);
  await context.close();
});
