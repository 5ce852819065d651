// The page of what was told: an emptied draft reaches one robot and is refused by another; what waits, waits.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DESK, PHONE, until, World } from "./world.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.DRAFTKEEP_SCREENSHOTS;
const KEY = /key=([-0-9a-f]+)/;

let world, key;
before(async () => {
  const notify = (robots) => {
    const address = robots.match(/^wecom +(.+)$/m)[1];
    key = address.match(KEY)[1];
    // A secret must not stand in the file, and any program may print it.
    const target = (name, url, more = "") =>
      `[[notify]]\nname = "${name}"\nto = { wecom = { command = ["printf", "%s", "${url}"] } }\n${more}\n`;
    return target("editors", address) + target("watch", address.replace(key, "0".repeat(36)))
      + target("daily", address, 'at_least = "info"\ndigest = "00:00"');
  };
  world = await World.open({ notify });
  const drafts = await until("drafts", async () => {
    const list = await world.json("list").catch(() => []);
    return list.length >= 8 && list;
  });
  await until("targets", async () => (await world.json("notify", "list")).every(({ state }) => state === "ok"));
  const { media_id } = drafts.find((draft) => draft.title.includes("菜市场"));
  await world.order("edit", { media_id, index: 0, fields: { title: "凌晨四点的菜市场<@all>", content: "<p>待补</p>" } });
  await world.version(media_id, 2);
  await until("a message and a refusal", async () => {
    const [editors, watch] = await world.json("notify", "list");
    return editors.last_sent_at && watch.parked_at;
  });
});
after(() => world.close());

for (const [size, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
  for (const scheme of ["light", "dark"]) {
    test(`what was told on a ${size}, ${scheme}`, { timeout: 120_000 }, async () => {
      const { page, strange, context } = await world.editor({ viewport, scheme });
      await page.locator("nav a", { hasText: "通知" }).click();
      await page.waitForURL(`${world.base}/told`);
      if (pictures) await page.screenshot({ path: join(pictures, `told-${size}-${scheme}.png`), fullPage: true });
      const text = await page.innerText("main");
      for (const part of ["editors（企业微信）", "正常", "对方拒收，从", "地址中的密钥不对", "等待对方恢复", "已送达"])
        assert.ok(text.includes(part), `${part}: ${text}`);
      assert.ok(!(await page.content()).includes(key), "the key of the address");
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} px wider than the screen`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document));
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes[0].html]), []);
      await page.locator("li a", { hasText: "被清空" }).first().click();
      await page.waitForURL(/\/d\/\d+\/1\.\.2$/);
      assert.match(await page.innerText("main"), /第 1 版 → 第 2 版/);
      assert.deepEqual(strange, []);
      await context.close();
    });
  }
}

test("the message leads to the same page, and nobody is rung by a title", () => {
  assert.match(world.printed, /wecom received:[^]*正文被清空[^]*\]\(http[^)]+\/d\/\d+\/1\.\.2\)/);
  assert.doesNotMatch(world.printed, /mentioned:/);
});

test("in English, by the browser's language", async () => {
  const { page, context } = await world.editor({ locale: "en-US" });
  await page.goto(`${world.base}/told`);
  const text = await page.innerText("main");
  for (const part of ["Who is told", "It refuses everything", "The key in the address is wrong", "delivered"])
    assert.ok(text.includes(part), `${part}: ${text}`);
  await context.close();
});
