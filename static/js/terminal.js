// Keys of the terminal: history, search, completion, Ctrl-C and Ctrl-D, pastes of many lines.
import { flush } from "./editor.js";

const field = () => document.getElementById("line");
const listed = () => document.getElementById("completions");
const typed = [];
let position = 0;
let draft = "";
let leave = false;

const past = () => [...document.querySelectorAll("#history li")].map((item) => item.textContent).concat(typed);

export function focusPrompt(text) {
  const line = field();
  if (!line) return;
  if (text !== undefined) line.value = text;
  line.focus();
}

// New output: scroll to it.
export function appended() {
  const log = document.getElementById("log");
  if (log) log.scrollTop = log.scrollHeight;
  if (log?.querySelector(".entry")) log.querySelector(".first-words")?.remove();
}

export function listenToTerminal() {
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "line") key(event);
  });
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target.id !== "prompt") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const line = field();
      send(line.value, line.type === "text");
      line.value = "";
    },
    true,
  );
  document.addEventListener("paste", (event) => {
    if (event.target.id !== "line") return;
    const text = event.clipboardData.getData("text");
    if (!text.trimEnd().includes("\n")) return;
    event.preventDefault();
    const line = field();
    send(line.value + text, true);
    line.value = "";
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.elt.id === "prompt" && !field().value) field().value = sent;
  });
}

let queue = Promise.resolve();
let sent = "";

// One line after the other, however fast they are typed; what the editor shows is saved before.
function send(text, remember) {
  if (remember && text) typed.push(text);
  position = 0;
  close();
  queue = queue.then(flush).then(() => {
    const form = document.getElementById("prompt");
    sent = text;
    return window.htmx.ajax("POST", form.action, { source: form, target: "#transcript", swap: "beforeend", values: { line: text } });
  });
}

function key(event) {
  const { key: name, ctrlKey } = event;
  const line = field();
  if (name === "Escape") {
    leave = listed().hidden;
    close();
    return;
  }
  if (name === "Tab" && !event.shiftKey && !leave && line.value.trim() && line.type === "text") {
    event.preventDefault();
    listed().hidden ? complete() : choose(1);
    return;
  }
  leave = false;
  if (name === "Enter" && !listed().hidden && selected()) {
    event.preventDefault();
    close();
    return;
  }
  if (name === "ArrowUp" || name === "ArrowDown") {
    event.preventDefault();
    listed().hidden ? recall(name === "ArrowUp" ? 1 : -1) : choose(name === "ArrowUp" ? -1 : 1);
    return;
  }
  if (ctrlKey && name === "r") {
    event.preventDefault();
    search();
    return;
  }
  if (ctrlKey && name === "c" && line.selectionStart === line.selectionEnd) {
    event.preventDefault();
    line.value = "";
    document.getElementById("key-interrupt").click();
    return;
  }
  if (ctrlKey && name === "d" && !line.value) {
    event.preventDefault();
    document.getElementById("key-end").click();
    return;
  }
  if (ctrlKey && name === "l") {
    event.preventDefault();
    document.querySelector("[data-do=clear-terminal]").click();
    return;
  }
  if (name !== "Shift" && name !== "Control") close();
}

function put(text) {
  const line = field();
  line.value = text;
  line.setSelectionRange(text.length, text.length);
}

function recall(step) {
  const lines = past();
  if (position === 0) draft = field().value;
  position = Math.min(lines.length, Math.max(0, position + step));
  put(position === 0 ? draft : lines[lines.length - position]);
}

// Ctrl-R: the next earlier command that holds what was typed.
function search() {
  const lines = past();
  if (position === 0) draft = field().value;
  for (let next = position + 1; next <= lines.length; next += 1) {
    if (lines[lines.length - next].includes(draft)) {
      position = next;
      put(lines[lines.length - next]);
      return;
    }
  }
}

let start = 0;
let rest = "";

async function complete() {
  const line = field();
  const cursor = line.selectionStart;
  const asked = new URLSearchParams({ line: line.value, cursor });
  const answer = await fetch(`${line.dataset.complete}?${asked}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || field() !== line) return;
  const { start: from, words } = await answer.json();
  if (!words.length) return;
  start = from;
  rest = line.value.slice(cursor);
  let common = words[0];
  for (const word of words) while (!word.startsWith(common)) common = common.slice(0, -1);
  const end = words.length === 1 && !/[/=]$/.test(common) ? " " : "";
  insert(common.length >= cursor - start ? common + end : line.value.slice(start, cursor));
  if (words.length > 1) open(words);
}

function insert(word) {
  const line = field();
  line.value = line.value.slice(0, start) + word + rest;
  const at = start + word.length;
  line.setSelectionRange(at, at);
}

function open(words) {
  const list = listed();
  list.replaceChildren(
    ...words.map((word, index) => {
      const item = document.createElement("li");
      item.role = "option";
      item.id = `completion-${index}`;
      item.textContent = word;
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        insert(word);
        close();
      });
      return item;
    }),
  );
  list.hidden = false;
  field().setAttribute("aria-expanded", "true");
}

const selected = () => listed().querySelector("[aria-selected=true]");

function choose(step) {
  const items = [...listed().children];
  const next = (items.indexOf(selected()) + step + items.length) % items.length;
  items.forEach((item, index) => item.setAttribute("aria-selected", index === next));
  items[next].scrollIntoView({ block: "nearest" });
  field().setAttribute("aria-activedescendant", items[next].id);
  insert(items[next].textContent);
}

function close() {
  const list = listed();
  if (!list || list.hidden) return;
  list.hidden = true;
  field().setAttribute("aria-expanded", "false");
  field().removeAttribute("aria-activedescendant");
}
