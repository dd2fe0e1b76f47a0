// The workbench's glue: which panels we hold, where the focus and the scroll positions stay, shortcuts, panes.
import { clean, flush, mountEditor, refreshForecast, saved } from "./editor.js";
import { appended, focusPrompt, listenToTerminal } from "./terminal.js";
import { arrive, listenToPicture, remember } from "./picture.js";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// ---------------------------------------------------------------- panels

document.addEventListener("htmx:configRequest", (event) => {
  const held = $$("[data-panel]").map((panel) => `${panel.dataset.panel}=${panel.dataset.digest}`);
  event.detail.headers["Lab-Panels"] = held.join(",");
});

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  remember(event.detail.target);
});

document.addEventListener("htmx:oobAfterSwap", (event) => {
  const name = event.detail.target.id;
  if (name === "panel-editor") mountEditor();
  if (name === "panel-forecast") refreshForecast();
  if (name === "panel-layers") arrive($("#panel-layers"));
  if (name === "panel-terminal") appended();
});

document.addEventListener("htmx:afterSettle", (event) => {
  for (const entry of $$("[data-digest-of]")) {
    const panel = $(`#panel-${entry.dataset.digestOf}`);
    if (panel) panel.dataset.digest = entry.dataset.digest;
    entry.removeAttribute("data-digest-of");
  }
  if (event.detail.target?.id === "transcript") appended();
  if (event.detail.target?.id === "dialog" && !$("#dialog").open) $("#dialog").showModal();
  keepFocus();
});

let lastFocus = null;
document.addEventListener("focusin", (event) => {
  lastFocus = { id: event.target.id, pane: event.target.closest("section[id]")?.id };
});

// After a swap the focus stays where the person was: on the same control, else in the same pane.
function keepFocus() {
  if (document.activeElement && document.activeElement !== document.body) return;
  const same = lastFocus?.id && document.getElementById(lastFocus.id);
  if (same && !same.disabled) {
    same.focus({ preventScroll: true });
    return;
  }
  const pane = lastFocus?.pane && document.getElementById(lastFocus.pane);
  if (pane) {
    pane.tabIndex = -1;
    pane.focus({ preventScroll: true });
  }
}

document.addEventListener("lab:saved", (event) => saved(event.detail));

document.addEventListener("htmx:responseError", () => {
  $("#notice .notice")?.scrollIntoView({ block: "nearest" });
});
document.addEventListener("htmx:sendError", () => say($("#offline-words").textContent, true));

// One sentence for everybody; errors also stay in view.
export function say(text, stays = false) {
  $("#live").textContent = text;
  if (!stays) return;
  const notice = document.createElement("div");
  notice.className = "notice error";
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.do = "close-notice";
  close.textContent = "✕";
  close.setAttribute("aria-label", $("#offline-words").dataset.close);
  notice.append(words, close);
  $("#notice").replaceChildren(notice);
}

// A typed command runs on what the editor shows: unsaved text is saved first.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.id === "editor-form") clean();
    if (form.closest(".bench, .top") === null || form.id === "editor-form" || form.dataset.flushed) {
      delete form.dataset.flushed;
      return;
    }
    const pending = flush();
    if (!pending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    pending.then(() => {
      form.dataset.flushed = "1";
      form.requestSubmit(button);
    });
  },
  true,
);

// ---------------------------------------------------------------- buttons

const actions = {
  "close-notice": (button) => button.closest(".notice").remove(),
  "close-notice-after": (button) => setTimeout(() => button.closest(".notice")?.remove(), 400),
  help: () => $("#help").showModal(),
  "toggle-forecast": () => {
    const shown = $("#pane-editor").classList.toggle("as-list");
    $("[data-do=toggle-forecast]").setAttribute("aria-expanded", shown);
  },
  "copy-terminal": () => copy($("#transcript").innerText),
  "clear-terminal": () => {
    for (const entry of $$("#transcript > .entry")) entry.hidden = true;
    focusPrompt();
  },
  "plain-editor": (link, event) => {
    event.preventDefault();
    const plain = localStorage.getItem("plain-editor") === "1";
    localStorage.setItem("plain-editor", plain ? "0" : "1");
    location.reload();
  },
};

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-do], [data-copy], [data-type]");
  if (control?.dataset.do) actions[control.dataset.do]?.(control, event);
  if (control?.dataset.copy) copy(document.getElementById(control.dataset.copy).value);
  if (control?.dataset.type) focusPrompt(control.dataset.type);
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

async function copy(text) {
  await navigator.clipboard.writeText(text);
  $("#live").textContent = $("#offline-words").dataset.copied;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of $$("details.menu[open]")) {
      menu.open = false;
      $("summary", menu).focus();
    }
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    $(".build")?.click();
  }
  if (event.altKey && !event.ctrlKey && !event.metaKey) {
    const pane = { 1: "editor", 2: "layers", 3: "terminal", 4: "timeline" }[event.code.replace("Digit", "")];
    if (pane) {
      event.preventDefault();
      goTo(pane);
    }
    if (event.code === "KeyZ" || event.code === "KeyY") {
      event.preventDefault();
      $(event.code === "KeyZ" ? "#undo" : "#redo")?.click();
    }
  }
  const typing = event.target.closest("input, textarea, select, .cm-editor, dialog");
  if (event.key === "?" && !typing) $("#help").showModal();
});

function goTo(pane) {
  if (pane === "terminal") return focusPrompt();
  if (pane === "editor") return ($(".cm-content") || $("#source"))?.focus();
  const target = $(`#pane-${pane}`);
  const inside = $("[aria-current], a, button", target);
  (inside || target).focus();
  return undefined;
}

// ---------------------------------------------------------------- panes

const limits = { x: [22, 70], y: [14, 70] };

function setSplit(split, percent) {
  const axis = split.dataset.split;
  const [least, most] = limits[axis];
  const value = Math.round(Math.min(most, Math.max(least, percent)));
  document.body.style.setProperty(`--${axis}`, axis === "x" ? `${value}%` : `${value}vh`);
  split.setAttribute("aria-valuenow", value);
  localStorage.setItem(`split-${axis}`, value);
}

for (const split of $$("[data-split]")) {
  const axis = split.dataset.split;
  const kept = Number(localStorage.getItem(`split-${axis}`));
  if (kept) setSplit(split, kept);
  split.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -2, ArrowRight: 2, ArrowUp: 2, ArrowDown: -2 }[event.key];
    if (!step) return;
    event.preventDefault();
    setSplit(split, Number(split.getAttribute("aria-valuenow")) + step);
  });
  split.addEventListener("pointerdown", (event) => {
    split.setPointerCapture(event.pointerId);
    const move = (at) => {
      const box = $(".bench").getBoundingClientRect();
      setSplit(split, axis === "x" ? ((at.clientX - box.left) / box.width) * 100 : ((box.bottom - 70 - at.clientY) / innerHeight) * 100);
    };
    split.addEventListener("pointermove", move);
    split.addEventListener("pointerup", () => split.removeEventListener("pointermove", move), { once: true });
  });
}

mountEditor();
listenToTerminal();
listenToPicture();
appended();
