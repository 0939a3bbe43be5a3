import { Live } from "./live.js";

const KEPT = 120; // figures in a plot, two a second
const status = document.querySelector("header .status");
const main = document.querySelector("main");
const enter = document.querySelector("#enter");
const series = new Map([...document.querySelectorAll("[data-plot]")].map((canvas) => [canvas.dataset.plot, []]));
let live;

function start(token) {
  sessionStorage.setItem("token", token);
  enter.hidden = true;
  main.hidden = false;
  live = new Live("/desk", document.querySelector("#picture canvas"), { token });
  live.addEventListener("lost", () => (status.textContent = "connection lost, trying again …"));
  live.addEventListener("state", ({ detail }) => show(detail));
  live.addEventListener("closed", ({ detail: code }) => {
    if (code !== 4401) return;
    sessionStorage.removeItem("token");
    ask("this is not the token of the running session");
  });
}

function ask(text) {
  status.textContent = text;
  main.hidden = true;
  enter.hidden = false;
  enter.elements.token.focus();
}

function show(state) {
  status.textContent = state.worn ? "connected" : "connected; nobody wears the headset";
  document.querySelector("#said").textContent = state.said;
  const shares = new Map(state.style);
  for (const button of document.querySelectorAll("[data-do]")) {
    const style = button.dataset.style;
    const on = style ? shares.has(style) : state.on.includes(button.dataset.do);
    if (style || on || button.ariaPressed) button.ariaPressed = String(on);
  }
  for (const slider of document.querySelectorAll("[data-set]")) {
    if (Date.now() - (slider.moved ?? 0) < 1000 || !(slider.dataset.set in state.values)) continue;
    slider.value = state.values[slider.dataset.set];
    tell(slider);
  }
  const kept = document.querySelector("#kept");
  if (state.kept && kept.dataset.name !== state.kept) {
    kept.dataset.name = state.kept;
    kept.href = `/p/${encodeURIComponent(state.kept)}`;
    kept.firstElementChild.src = `${kept.href}/code.svg`;
    kept.hidden = false;
  }
  const notes = Object.entries(state.notes).flatMap(([name, text]) => [made("dt", name), made("dd", text)]);
  document.querySelector(".notes").replaceChildren(...notes);
  for (const [name, values] of series) {
    values.push(state[name] ?? NaN);
    if (values.length > KEPT) values.shift();
    const last = values.at(-1);
    document.querySelector(`[data-figure=${name}]`).textContent = Number.isFinite(last) ? last.toFixed(last < 20 ? 1 : 0) : "–";
    plot(document.querySelector(`[data-plot=${name}]`), values);
  }
}

function made(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function plot(canvas, values) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  const most = Math.max(1, ...values.filter(Number.isFinite)) * 1.15;
  context.clearRect(0, 0, width, height);
  context.strokeStyle = getComputedStyle(canvas).color;
  context.lineWidth = 2;
  context.beginPath();
  values.forEach((value, i) => {
    if (Number.isFinite(value)) context.lineTo(width - (values.length - 1 - i) * (width / KEPT), height - (value / most) * (height - 4) - 2);
  });
  context.stroke();
}

function tell(slider) {
  slider.closest("label").querySelector("output").textContent = Number(slider.value);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-do]");
  if (!button || (button.dataset.do === "quit" && !confirm("End the session?"))) return;
  const argument = button.dataset.argument;
  live.send({ do: button.dataset.do, ...(argument && { argument: Number(argument) }) });
});
document.addEventListener("input", ({ target }) => {
  if (!target.dataset.set) return;
  target.moved = Date.now();
  tell(target);
  clearTimeout(target.timer); // a dragged slider sends ten values a second
  target.timer = setTimeout(() => live.send({ do: target.dataset.set, argument: Number(target.value) }), 100);
});
enter.addEventListener("submit", (event) => {
  event.preventDefault();
  start(enter.elements.token.value.trim());
});

const given = location.hash.slice(1);
if (given) history.replaceState(null, "", location.pathname); // not on a projector, and in no bookmark
const token = given || sessionStorage.getItem("token");
if (token) start(token);
else ask("open the address that was printed at the start, or give its token");
