// An agent asks for another title: an editor is led there from the first page, sees what would change, and says yes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { DESK, PHONE, until, World } from "./world.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.DRAFTKEEP_SCREENSHOTS;

let world, id, media_id;
before(async () => {
  world = await World.open({ web: "allow_restore = true", account: 'gate = { allow = ["update"], approve = ["update"] }' });
  const draft = await until("drafts", async () => (await world.json("list").catch(() => [])).find(({ title }) => title.includes("菜市场")));
  ({ id, media_id } = draft);
  // Its cover is sent again with the new title.
  await until("pictures", async () => (await world.json("assets", String(id))).every(({ held }) => held));
});
after(() => world.close());

/// Asks for another title of the draft, as an agent does; returns what it is told.
async function ask(title) {
  const agent = spawn(process.env.DRAFTKEEP, ["--config", join(world.directory, "config.toml"), "mcp"], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface(agent.stdout)[Symbol.asyncIterator]();
  const say = (message) => agent.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const request = async (number, method, params) => {
    say({ id: number, method, params });
    return JSON.parse((await answers.next()).value);
  };
  await request(1, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "claude-code", version: "1" } });
  say({ method: "notifications/initialized" });
  const [{ hash }] = await world.json("log", String(id));
  const wanted = { media_id, expected_hash: hash, note: "换成夏季价格", patch: [{ fields: { title } }] };
  const { result } = await request(2, "tools/call", { name: "update_draft", arguments: wanted });
  agent.stdin.end();
  return result.content.map(({ text }) => text).join("\n");
}

/// The title that the draft has in the box: what was written is read back.
const title = async () => (await world.json("list")).find((draft) => draft.media_id === media_id).title;

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

for (const [size, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
  test(`an editor says yes, on a ${size}`, async () => {
    const wanted = `夏季的菜市场（${size}）`;
    assert.match(await ask(wanted), /waits until somebody says yes/);
    const { page, strange, context } = await world.editor({ viewport });
    await page.goto(`${world.base}/`);
    await page.getByRole("link", { name: "有 1 个写入等待同意" }).click();
    await fits(page, "writes");
    await page.getByRole("link", { name: /claude-code/ }).click();
    await page.getByText("换成夏季价格").waitFor();
    await page.locator("ins", { hasText: wanted }).waitFor();
    await fits(page, "write");
    assert.notEqual(await title(), wanted);
    await page.getByRole("button", { name: "同意，现在写入" }).click();
    await page.getByText("✓ 已写入").waitFor();
    await fits(page, "written");
    assert.equal(await title(), wanted);
    await page.getByRole("link", { name: "看改动" }).click();
    await page.waitForURL(/\/d\/\d+\/\d+\.\.\d+/);
    assert.deepEqual(strange, []);
    await context.close();
  });
}
