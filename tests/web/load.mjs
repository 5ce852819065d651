// Measures whether pages hold up polls: a poll is due each second, and meanwhile the pages get 200 requests a second.
// Run by hand: DRAFTKEEP=target/release/draftkeep node tests/web/load.mjs
import { readFile } from "node:fs/promises";
import { setMaxListeners } from "node:events";
import { Agent, get } from "node:http";
import { longBody } from "./long.mjs";
import { World } from "./world.mjs";

const REQUESTS = 200; // A second.
const SECONDS = 30;

const world = await World.open({ account: 'schedule = "* * * * * *"' });
const { media_id } = await world.order("create", { articles: [{ title: "长文", content: longBody("旧") }] });
await world.version(media_id, 1);
await world.order("edit", { media_id, index: 0, fields: { content: longBody("新") } });
const id = await world.version(media_id, 2);
const cookie = await world.cookie();
const agent = new Agent({ keepAlive: true, maxSockets: 200 });

const quantile = (values, share) => Math.round(values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN);
const told = (values) => `median ${quantile(values, 0.5)}, 95 % ${quantile(values, 0.95)}, most ${quantile(values, 1)} ms`;

const request = (path, answers, signal) => new Promise((done) => {
  const start = performance.now();
  const end = (code) => { answers.push({ code, time: performance.now() - start }); done(); };
  const failed = (error) => end(error.code ?? "failed");
  get(world.base + path, { agent, signal, headers: { cookie } }, (answer) => answer.resume().on("end", () => end(answer.statusCode)).on("error", failed)).on("error", failed);
});

/// Sends requests at their times, whether or not earlier ones were answered; in the end, takes back those that were not.
async function load(paths) {
  const [begin, end] = [performance.now(), new AbortController()];
  setMaxListeners(0, end.signal);
  const [answers, all] = [[], []];
  const passed = () => (performance.now() - begin) / 1000;
  while (passed() < SECONDS) {
    while (all.length < REQUESTS * passed()) all.push(request(paths[all.length % paths.length], answers, end.signal));
    await new Promise((done) => setTimeout(done, 5));
  }
  const answered = [...answers];
  end.abort();
  await Promise.all(all);
  const failed = answered.filter(({ code }) => code !== 200).length;
  return `${Math.round(answered.length / SECONDS)} answered a second, ${failed} not with 200; ${told(answered.map(({ time }) => time))}`;
}

for (const [what, paths] of Object.entries({
  "no requests": [],
  "small pages": ["/", "/a/mag", `/d/${id - 1}`],
  "a timeline of two versions of 170 KB": [`/d/${id}`],
  "comparisons of 170 KB and their frames": [`/d/${id}/1..2`, `/d/${id}/1..2/frame?view=merged&older=0&newer=0`],
})) {
  const from = new Date();
  const pages = paths.length ? await load(paths) : await new Promise((done) => setTimeout(done, SECONDS * 1000));
  const until = new Date();
  const polls = (await world.json("sql", `SELECT started_at, finished_at FROM poll_view WHERE started_at BETWEEN '${from.toISOString()}' AND '${until.toISOString()}'`))
    .map(({ started_at, finished_at }) => [new Date(started_at), new Date(finished_at)]);
  // A poll is due at each whole second.
  console.log(`${what}: ${polls.length} polls in ${Math.round((until - from) / 1000)} s, late by ${told(polls.map(([start]) => start.getMilliseconds()))}, taking ${told(polls.map(([start, end]) => end - start))}`);
  if (pages) console.log(`  pages: ${pages}`);
  const memory = (await readFile(`/proc/${world.daemon.pid}/status`, "utf8")).match(/VmRSS:\s+(\d+)/)[1];
  console.log(`  memory: ${Math.round(memory / 1024)} MB`);
  // What was begun ends.
  await new Promise((done) => setTimeout(done, 5_000));
}
await world.close();
