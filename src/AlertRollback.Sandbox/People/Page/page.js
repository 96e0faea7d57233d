// Draws the view again when it changed; the server does the rest.
const view = document.getElementById("view");
const live = document.getElementById("live");
let shown = null;

async function look() {
  try {
    const answer = await fetch("view", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const html = await answer.text();
    if (html !== shown) view.innerHTML = shown = html;
    live.textContent = "live";
    live.className = "on";
  } catch {
    live.textContent = "the sandbox has ended";
    live.className = "off";
  }
  setTimeout(look, 1000);
}

look();
