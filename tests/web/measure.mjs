// Measures what the pages cost: processor time of the daemon for a request, bytes, memory.
// Run by hand: DRAFTKEEP=target/release/draftkeep node tests/web/measure.mjs
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { longBody } from "./long.mjs";
import { World } from "./world.mjs";

const TICK = 10; // Milliseconds of a tick of /proc/PID/stat.

// What polls cost is measured elsewhere.
const world = await World.open({ account: 'schedule = "0 3 * * *"' });
const { pid } = world.daemon;
const cpu = async () => {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK;
};
const memory = async (name) => Math.round(Number((await readFile(`/proc/${pid}/status`, "utf8")).match(new RegExp(`${name}:\\s+(\\d+)`))[1]) / 1024);

console.log(`memory: ${await memory("VmRSS")} MB with eight drafts, before the first page`);

const { media_id } = await world.order("create", { articles: [{ title: "长文", content: longBody("旧") }] });
for (let number = 0; number < 1000; number++)
  await world.order("create", { articles: [{ title: `草稿 ${number}`, content: `<p>第 ${number} 篇</p>` }] });
await world.run("poll");
await world.order("edit", { media_id, index: 0, fields: { content: longBody("新") } });
await world.run("poll");
const id = await world.version(media_id, 2);

const cookie = await world.cookie();
const get = (path) => fetch(world.base + path, { headers: { cookie } });

for (const [what, path] of Object.entries({
  "1,000 drafts": "/a/mag", "a timeline of two versions of 170 KB": `/d/${id}`, "the two compared": `/d/${id}/1..2`, "their frame": `/d/${id}/1..2/frame?view=merged&older=0&newer=0`,
  "a plan to restore 170 KB": `/d/${id}/1/restore`,
})) {
  await (await get(path)).text();
  const before = await cpu();
  const times = 20;
  let bytes;
  for (let time = 0; time < times; time++) bytes = await (await get(path)).arrayBuffer();
  console.log(`${what}: ${((await cpu()) - before) / times} ms CPU, ${bytes.byteLength} bytes, ${gzipSync(bytes).length} gzipped`);
}

console.log(`memory: ${await memory("VmRSS")} MB after these pages, ${await memory("VmHWM")} MB at most`);
await world.close();
