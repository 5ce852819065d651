// A world for a story: the simulator, the daemon on its default schedule with pages, and a browser.
import { spawn, execFile } from "node:child_process";
import { mkdtemp, writeFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const PROGRAM = process.env.DRAFTKEEP;
// Chromium asks its maker's hosts for updates and lists; without these, that would look like requests of our pages.
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
  "--disable-gpu", "--disable-quic", "--disable-features=Translate,OptimizationHints"];

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 800 };

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/// Waits until `probe` gives something, for a quarter of a minute at most.
export async function until(what, probe) {
  const end = Date.now() + 15_000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within 15 seconds`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

export class World {
  /// `web` and `account` are further lines of these sections. `notify` makes further sections of what the simulator prints of its robots.
  static async open({ web = "", account = "", notify = () => "" } = {}) {
    const world = new World();
    world.directory = await mkdtemp(join(tmpdir(), "draftkeep-web-"));
    world.simulator = spawn(PROGRAM, ["simulate", "--robots"], { stdio: ["ignore", "pipe", "inherit"] });
    // The simulator prints its keys, the addresses of its robots, and what they receive.
    world.printed = "";
    createInterface(world.simulator.stdout).on("line", (line) => (world.printed += `${line}\n`));
    const robots = await until("the addresses of the robots", () => world.printed.includes("\nping") && world.printed);
    const { base_url, appid, secret } = JSON.parse(robots.split("\n")[0]);
    Object.assign(world, { platform: base_url, appid });
    // So many calls a day that the plan looks at the box every few seconds.
    for (const called of ["draft/batchget", "draft/get", "draft/count"])
      await world.order("quota", { interface: called, daily: 1_000_000 });
    world.port = await freePort();
    world.base = `http://127.0.0.1:${world.port}`;
    await writeFile(join(world.directory, "mag.secret"), secret, { mode: 0o600 });
    await writeFile(join(world.directory, "config.toml"), `archive = "archive.db"
[web]
listen = "127.0.0.1:${world.port}"
${web}
[[account]]
name = "mag"
appid = "${appid}"
secret = { file = "mag.secret" }
api_base = "${base_url}"
image_base = "${base_url}"
${account}
${notify(robots)}`, { mode: 0o600 });
    await world.start();
    return world;
  }

  async start() {
    this.log = "";
    this.daemon = spawn(PROGRAM, ["--config", join(this.directory, "config.toml"), "run"], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.daemon.stdout, this.daemon.stderr]) stream.on("data", (text) => (this.log += text));
    await until(`pages at ${this.base}`, () => fetch(this.base, { redirect: "manual" }).then(() => true, () => false));
  }

  async kill(signal = "SIGKILL") {
    const ended = new Promise((done) => this.daemon.once("exit", done));
    this.daemon.kill(signal);
    await ended;
  }

  async close() {
    await this.browser?.close();
    await this.kill("SIGTERM");
    this.simulator.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  /// Gives the simulator an order, as `draftkeep simulate --help` lists them.
  async order(name, body) {
    const answer = await fetch(`${this.platform}/simulator/${name}`, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${name}: ${await answer.text()}`);
    return answer.json();
  }

  /// Runs draftkeep and returns what it prints.
  async run(...args) {
    const { stdout } = await promisify(execFile)(PROGRAM, ["--config", join(this.directory, "config.toml"), ...args]);
    return stdout.trim();
  }

  async json(...args) {
    return JSON.parse(await this.run("--json", ...args));
  }

  /// Logs in without a browser; returns the cookie of the session.
  async cookie() {
    const link = new URL(await this.run("web", "link")).searchParams.get("link");
    const answer = await fetch(`${this.base}/login`, { method: "POST", redirect: "manual", body: new URLSearchParams({ link }),
      headers: { "sec-fetch-site": "same-origin" } });
    return answer.headers.get("set-cookie").split(";")[0];
  }

  /// Waits until a draft has a version with this number, and returns the draft's number.
  async version(media_id, number) {
    return until(`version ${number} of ${media_id}`, async () => {
      const drafts = await this.json("list").catch(() => []);
      const draft = drafts.find((draft) => draft.media_id === media_id);
      return draft && draft.versions >= number && draft.id;
    });
  }

  /// Opens a browser that notes every request which leaves for another host, and every dialog.
  async visitor({ viewport = DESK, scheme = "light", locale = "zh-CN", javaScript = true } = {}) {
    this.browser ??= await chromium.launch({ executablePath: "/usr/bin/chromium", args: QUIET, chromiumSandbox: false });
    const context = await this.browser.newContext({ viewport, colorScheme: scheme, locale, javaScriptEnabled: javaScript });
    const strange = [];
    context.on("request", (request) => {
      const { protocol, host } = new URL(request.url());
      if (!["data:", "blob:"].includes(protocol) && host !== new URL(this.base).host) strange.push(request.url());
    });
    context.on("dialog", (dialog) => { strange.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    const page = await context.newPage();
    return { context, page, strange };
  }

  /// A visitor who has logged in by a one-time link.
  async editor(options) {
    const visitor = await this.visitor(options);
    await visitor.page.goto(await this.run("web", "link"));
    await visitor.page.locator("main form button").first().click();
    await visitor.page.waitForURL(`${this.base}/`);
    return visitor;
  }
}
