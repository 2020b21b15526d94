// Copying a citation needs a script; nothing else does. The buttons stay hidden without one.
"use strict";
const announcement = document.getElementById("page-copied");
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const address = new URL(button.dataset.link, location.href).href;
    await copy(`${button.dataset.copy}\n${address}`);
    announcement.textContent = button.dataset.done;
    const label = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => {
      button.textContent = label;
      announcement.textContent = "";
    }, 2500);
  });
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http on another host than localhost has no clipboard object.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
