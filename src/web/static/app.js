"use strict";
// Keys for what the links on a page do. Everything else works without this file.
(() => {
  const changes = [...document.querySelectorAll(".text ins, .text del, .changes a")];
  const items = [...document.querySelectorAll(".item a, .items a")].filter((link) => link.closest("h2, p:first-child"));
  let change = -1;
  let item = -1;

  // A step to another version keeps how far down the page one was.
  const KEY = "draftkeep-scroll";
  const height = () => document.documentElement.scrollHeight - innerHeight;
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (kept !== null) addEventListener("load", () => scrollTo(0, Number(kept) * height()));

  const follow = (rel) => {
    const link = document.querySelector(`a[rel=${rel}]`);
    if (!link) return false;
    sessionStorage.setItem(KEY, String(height() > 0 ? scrollY / height() : 0));
    location.href = link.href;
    return true;
  };

  const goTo = (step) => {
    // The list of a drawn article is folded; its links lead into the article's frame.
    const shown = changes.filter((each) => each.matches("a") || each.offsetParent !== null);
    if (shown.length === 0) return false;
    document.querySelector(".here")?.classList.remove("here");
    change = (change + step + shown.length) % shown.length;
    const here = shown[change];
    here.classList.add("here");
    if (here.matches("a")) {
      here.click();
      here.closest("section").querySelector("iframe").scrollIntoView({ block: "nearest" });
    } else {
      here.scrollIntoView({ block: "center" });
    }
    const place = document.getElementById("place");
    if (place) place.textContent = `${change + 1} / ${shown.length}`;
    return true;
  };

  const focus = (step) => {
    if (items.length === 0) return false;
    item = Math.min(Math.max(item + step, 0), items.length - 1);
    items[item].focus();
    return true;
  };

  const turn = () => {
    const current = document.querySelector("a[data-view][aria-current]")?.dataset.view;
    if (!current || changes.length === 0) return false;
    if (current !== "text") {
      const next = { merged: "newer", newer: "older" }[current] ?? "merged";
      location.replace(document.querySelector(`a[data-view=${next}]`).href);
      return true;
    }
    const body = document.body.classList;
    const next = body.contains("new") ? "old" : body.contains("old") ? "" : "new";
    body.remove("new", "old");
    if (next) body.add(next);
    return true;
  };

  // Returns the sentence that is selected. One stands within a line; of a change, it is what was there before.
  const selected = () => {
    const selection = getSelection();
    if (selection.rangeCount === 0) return "";
    const part = selection.getRangeAt(0).cloneContents();
    const isChange = part.querySelector("del") && part.querySelector("ins");
    if (isChange) part.querySelectorAll("ins").forEach((added) => added.remove());
    const lines = (isChange ? part.textContent : String(selection)).split("\n").map((line) => line.trim());
    return lines.reduce((longest, line) => (line.length > longest.length ? line : longest), "").slice(0, 300);
  };

  // "When did this go?" is asked of it, and comes into view for that.
  const when = document.querySelector("form.when");
  if (when) document.addEventListener("selectionchange", () => {
    if (when.contains(document.activeElement)) return;
    const sentence = selected();
    if (sentence) when.q.value = sentence;
    when.classList.toggle("filled", sentence !== "");
  });

  const help = () => {
    const keys = document.getElementById("keys");
    if (!keys) return false;
    keys.open = !keys.open;
    keys.scrollIntoView();
    return true;
  };

  const keys = {
    ArrowLeft: () => follow("prev"),
    ArrowRight: () => follow("next"),
    n: () => goTo(1),
    p: () => goTo(change < 0 ? 0 : -1),
    j: () => focus(1),
    k: () => focus(-1),
    " ": turn,
    "?": help,
  };
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select");
    const isPressing = event.key === " " && event.target.closest("a, button, summary");
    if (isTyping || isPressing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (Object.hasOwn(keys, event.key) && keys[event.key]()) event.preventDefault();
  });
})();
