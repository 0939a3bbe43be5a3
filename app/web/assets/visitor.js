import { Live } from "./live.js";

const figure = document.querySelector("#picture");
const status = figure.querySelector(".status");
const live = new Live("/live", figure.querySelector("canvas"));
const say = (text) => {
  if (status.textContent !== text) status.textContent = text;
};
let worn = true;

say(status.dataset.waiting);
live.addEventListener("lost", () => say(status.dataset.lost));
live.addEventListener("picture", () => say(worn ? "" : status.dataset.unworn));
live.addEventListener("state", ({ detail: state }) => {
  worn = state.worn;
  const shares = new Map(state.plain ? [] : state.style);
  document.querySelector("#plain").hidden = !state.plain;
  for (const article of document.querySelectorAll("article[data-style]")) {
    const share = shares.get(article.dataset.style);
    article.hidden = share === undefined;
    article.querySelector(".share").textContent = share < 1 ? `${Math.round(100 * share)} %` : "";
  }
});

for (const choice of document.querySelectorAll("input[name=view]")) {
  choice.addEventListener("change", () => {
    figure.dataset.view = choice.value;
    live.show(choice.value);
  });
  if (choice.checked) live.view = figure.dataset.view = choice.value; // as the browser remembers it
}
const full = document.querySelector("#full");
full.hidden = !document.fullscreenEnabled;
full.addEventListener("click", () => figure.requestFullscreen());
