"use strict";
const rich = async (node) => {
  if (!navigator.clipboard || !window.ClipboardItem) return false;
  const of = (type, text) => new Blob([text], { type });
  try {
    await navigator.clipboard.write([new ClipboardItem({
      "text/html": of("text/html", node.innerHTML),
      "text/plain": of("text/plain", node.innerText),
    })]);
    return true;
  } catch {
    return false;
  }
};
const selected = (node) => {
  const range = document.createRange();
  range.selectNodeContents(node);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  const copied = document.execCommand("copy");
  if (copied) selection.removeAllRanges();
  return copied;
};
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const node = document.getElementById(button.dataset.copy);
  const copied = (node.dataset.rich === "1" && await rich(node)) || selected(node);
  const was = button.textContent;
  button.textContent = copied ? "已复制 ✓" : "请按 Ctrl+C";
  setTimeout(() => { button.textContent = was; }, 2000);
});
