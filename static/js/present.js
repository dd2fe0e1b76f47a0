// Keys of the presenter's page: → or space goes on (or reveals), ← goes back, a number jumps, N notes, F fills
// the screen. With ten scenes or more a second digit may follow within half a second.
const SECOND_DIGIT_MS = 500;
let pressed = false;
let digits = "";
let waiting = 0;

function press(element) {
  if (!element || element.disabled || pressed) return;
  pressed = element.tagName === "BUTTON"; // the page is on its way: a second key must not go two scenes
  element.click();
}

function jump() {
  const scene = Number(digits) - 1;
  digits = "";
  press(document.querySelector(`[data-scene="${scene}"]`));
}

const byId = (id) => document.getElementById(id);
const keys = {
  ArrowRight: () => press(byId("reveal") ?? byId("next")),
  PageDown: () => press(byId("reveal") ?? byId("next")),
  " ": () => press(byId("reveal") ?? byId("next")),
  ArrowLeft: () => press(byId("previous")),
  PageUp: () => press(byId("previous")),
  n: () => press(document.querySelector('a[target="notes"]')),
  f: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, textarea, select, details[open]")) return;
  if (event.key === " " && event.target.closest("button, a, summary")) return;
  if (/^[0-9]$/.test(event.key)) {
    clearTimeout(waiting);
    digits += event.key;
    const more = document.querySelectorAll("[data-scene]").length > 9 && digits.length < 2;
    if (more) waiting = setTimeout(jump, SECOND_DIGIT_MS);
    else jump();
    return;
  }
  const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

addEventListener("pageshow", () => { pressed = false; });
