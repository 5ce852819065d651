// What every page must be, in both sizes and both colour schemes: no serious finding of axe, nothing wider than the screen, small.
// DRAFTKEEP_SCREENSHOTS=DIR keeps a picture of each.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { DESK, PHONE, until, World } from "./world.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.DRAFTKEEP_SCREENSHOTS;

/// Of pages that tell what is not there.
const STATUS = { "/d/99999": 404 };

let world, pages, shared;
before(async () => {
  world = await World.open({ web: 'link_ttl = "72h"' });
  const list = await until("drafts", async () => {
    const list = await world.json("list").catch(() => []);
    return list.length >= 8 && list;
  });
  const { media_id, id } = list.find((draft) => draft.title.includes("菜市场"));
  const content = JSON.parse(await world.run("show", String(id), "--format", "json")).news_item[0].content;
  const edited = content.replace("很长的一声", "短短的一声").replace("许哥", "老许");
  await world.order("edit", { media_id, index: 0, fields: { title: "凌晨四点的菜市场", content: edited } });
  await world.version(media_id, 2);
  await world.order("edit", { media_id, index: 0, fields: { content: "<p>待补</p>" } });
  await world.version(media_id, 3);
  pages = { start: "/", account: "/a/mag", draft: `/d/${id}`, version: `/d/${id}/1`, edited: `/d/${id}/1..2`,
    emptied: `/d/${id}/2..3`, changes: `/d/${id}/1..2?view=changes`, sides: `/d/${id}/1..2?view=sides`, text: `/d/${id}/1..2?view=text`,
    search: `/search?q=${encodeURIComponent("凌晨 菜市场")}`, "search-lost": `/search?q=${encodeURIComponent("很长的一声")}&show=lost`,
    when: `/d/${id}/when?q=${encodeURIComponent("很长的一声")}`, lost: "/a/mag?show=lost", unknown: "/d/99999", logout: "/logout" };
  shared = new URL(await world.run("web", "link", "--draft", `mag/${id}@2`)).pathname;
});
after(() => world.close());

/// Opens a page, which must be the one that is meant.
async function open(page, path) {
  const answer = await page.goto(world.base + path, { waitUntil: "networkidle" });
  assert.equal(page.url(), world.base + path);
  assert.equal(answer.status(), STATUS[path] ?? (path === `${shared}x` ? 403 : 200), path);
  return answer;
}

/// Opens a page; it must be small, no wider than the screen, and without serious findings.
async function look(page, name, path) {
  const answer = await open(page, path);
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${name} is ${wide} px wider than the screen`);
  const bytes = gzipSync(await answer.body()).length;
  assert.ok(bytes <= 30_000, `${name} has ${bytes} bytes`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { iframes: false }));
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  assert.deepEqual(serious.map(({ id, nodes }) => [id, nodes[0].html]), [], name);
}

for (const [size, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
  for (const scheme of ["light", "dark"]) {
    test(`pages on a ${size}, ${scheme}`, { timeout: 120_000 }, async () => {
      const { page, strange, context } = await world.editor({ viewport, scheme });
      for (const [name, path] of Object.entries(pages)) await look(page, `${name}-${size}-${scheme}`, path);
      assert.deepEqual(strange, []);
      await context.close();
    });

    test(`pages that need no login, on a ${size}, ${scheme}`, async () => {
      const { page, strange, context } = await world.visitor({ viewport, scheme });
      const { pathname, search } = new URL(await world.run("web", "link"));
      const open = { login: "/login", link: pathname + search, shared, over: `${shared}x` };
      for (const [name, path] of Object.entries(open)) await look(page, `${name}-${size}-${scheme}`, path);
      assert.deepEqual(strange, []);
      await context.close();
    });
  }
}

test("in English, by the browser's language", async () => {
  const { page, context } = await world.editor({ locale: "en-US" });
  for (const path of Object.values(pages)) {
    await open(page, path);
    assert.equal(await page.evaluate(() => document.documentElement.lang), "en", path);
    assert.doesNotMatch(await page.innerText("body"), /版本|改动|恢复|登录|快捷键|新增|草稿箱/, path);
  }
  await context.close();
});
