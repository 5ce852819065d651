// wenyan's client for the platform uploads a cover and makes a draft through the gate.
//
// usage: node gate_wenyan.mjs MODULE BASE_URL APPID GATE_TOKEN SEEN
import { appendFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module, base, appid, secret, seen] = process.argv.slice(2);
const { createWechatClient } = await import(pathToFileURL(module));

// All that a publisher changes: the address.
const client = createWechatClient({
  async fetch(url, options) {
    const answer = await fetch(url.replace("https://api.weixin.qq.com", base), options);
    appendFileSync(seen, await answer.clone().text());
    return answer;
  },
  createMultipart(field, file, name) {
    const body = new FormData();
    body.append(field, file, name);
    return { body };
  },
});

const { access_token } = await client.fetchAccessToken(appid, secret);
if (access_token !== secret) throw new Error("the gate gave another token");
const png = Buffer.from("89504e470d0a1a0a", "hex");
const cover = await client.uploadMaterial("image", new Blob([png], { type: "image/png" }), "cover.png", access_token);
const made = await client.publishArticle(access_token, {
  title: "文颜发的",
  content: "<p>正文</p>",
  thumb_media_id: cover.media_id,
});
if (!made.media_id || !made.undo) throw new Error(JSON.stringify(made));
console.log(`gate: wenyan uploaded a cover and made a draft, which undo ${made.undo} takes back`);
