// The code editor over the page's own text field: the field stays the form's data, CodeMirror shows it.
let cm = null;
let view = null;
let compartment = null;
let timer = 0;
let dirty = false;
let waiting = [];

const PAUSE = 110; // ms of quiet before a save asks for the forecast
const field = () => document.getElementById("source");
const form = () => document.getElementById("editor-form");
const plain = () => localStorage.getItem("plain-editor") === "1";

export async function mountEditor() {
  const area = field();
  view?.destroy();
  view = null;
  dirty = false;
  clearTimeout(timer);
  if (!area) return;
  area.addEventListener("input", () => changed());
  if (plain()) return;
  cm ??= await import("../vendor/codemirror/codemirror.js");
  if (area !== field()) return;
  const host = document.createElement("div");
  host.className = "cm-host";
  area.after(host);
  form().classList.add("enhanced");
  view = new cm.EditorView({ parent: host, state: state(area) });
  refreshForecast();
}

function state(area) {
  const nonce = document.querySelector("meta[name=csp-nonce]").content;
  forecastField ??= makeForecastField();
  compartment = new cm.Compartment();
  return cm.EditorState.create({
    doc: area.value,
    extensions: [
      cm.EditorView.cspNonce.of(nonce),
      theme(),
      forecastField,
      cm.lineNumbers(),
      cm.gutter({ class: "cm-verdicts", markers: (shown) => shown.state.field(forecastField).chips, initialSpacer: () => new Chip("miss", "● runs …") }),
      cm.EditorView.lineWrapping,
      cm.highlightSpecialChars(),
      cm.history(),
      cm.drawSelection(),
      cm.indentUnit.of("    "),
      cm.bracketMatching(),
      cm.closeBrackets(),
      cm.highlightActiveLine(),
      cm.highlightSelectionMatches(),
      cm.autocompletion({ override: isDockerfile(area.dataset.path) ? [completions] : null }),
      cm.syntaxHighlighting(colours()),
      language(area.dataset.path, area.value),
      cm.EditorState.readOnly.of(area.readOnly),
      cm.EditorView.contentAttributes.of({ "aria-label": document.querySelector("label[for=source]").textContent, id: "code", tabindex: "0" }),
      cm.keymap.of([...cm.closeBracketsKeymap, ...cm.defaultKeymap.filter((key) => key.key !== "Mod-Enter"), ...cm.searchKeymap, ...cm.historyKeymap, ...cm.completionKeymap, cm.indentWithTab]),
      cm.EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        field().value = update.state.doc.toString();
        changed();
      }),
    ],
  });
}

function theme() {
  return cm.EditorView.theme({
    "&": { color: "var(--ink)", backgroundColor: "var(--panel)" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "25.6px", overflow: "auto" },
    ".cm-content": { padding: "8px 0", caretColor: "var(--ink)" },
    ".cm-line": { padding: "0 10px 0 6px" },
    ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--ink2)", border: "0" },
    ".cm-lineNumbers .cm-gutterElement": { minWidth: "34px", padding: "0 8px 0 4px", fontSize: "12px" },
    ".cm-verdicts": { minWidth: "86px" },
    ".cm-verdicts .cm-gutterElement": { display: "flex", alignItems: "flex-start" },
    ".cm-verdicts .v": { marginTop: "3px" },
    ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--track) 45%, transparent)" },
    "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--focus) 26%, transparent) !important" },
    ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
    ".cm-selectionMatch": { backgroundColor: "var(--look)" },
    ".cm-matchingBracket": { backgroundColor: "var(--track) !important", outline: "1px solid var(--line)" },
    ".cm-cause": { backgroundColor: "var(--miss)" },
    ".cm-tooltip": { backgroundColor: "var(--panel)", border: "1px solid var(--edge)", borderRadius: "6px" },
    ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--own)", color: "var(--owne)" },
    ".cm-panels": { backgroundColor: "var(--track)", color: "var(--ink)" },
  });
}

function colours() {
  const { tags } = cm;
  return cm.HighlightStyle.define([
    { tag: tags.keyword, color: "var(--owne)", fontWeight: "700" },
    { tag: [tags.comment, tags.meta], color: "var(--ink2)" },
    { tag: [tags.string, tags.special(tags.string)], color: "var(--sharede)" },
    { tag: [tags.number, tags.bool, tags.atom, tags.null], color: "var(--newe)" },
    { tag: [tags.propertyName, tags.definition(tags.variableName)], color: "var(--owne)" },
    { tag: tags.invalid, color: "var(--gonee)" },
  ]);
}

const isDockerfile = (path) => /(^|\/)(dockerfile(\.[^/]*)?|[^/]*\.dockerfile)$/i.test(path);

function language(path, text) {
  const { StreamLanguage } = cm;
  if (isDockerfile(path)) return StreamLanguage.define(cm.dockerFile);
  if (/\.py$/.test(path)) return StreamLanguage.define(cm.python);
  if (/\.json$/.test(path)) return StreamLanguage.define(cm.json);
  if (/\.m?js$/.test(path)) return StreamLanguage.define(cm.javascript);
  if (/\.ya?ml$/.test(path)) return StreamLanguage.define(cm.yaml);
  if (/\.(sh|env)$|(^|\/)\.(dockerignore|gitignore|env)$/.test(path) || text.startsWith("#!")) return StreamLanguage.define(cm.shell);
  return [];
}

// ---------------------------------------------------------------- saving

function changed() {
  if (field().readOnly) return;
  dirty = true;
  document.getElementById("saved")?.classList.add("changed");
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

function save() {
  clearTimeout(timer);
  if (!dirty) return;
  dirty = false;
  window.htmx.trigger(form(), "lab:save");
}

// The text is on its way with another request: no save of its own is needed.
export function clean() {
  clearTimeout(timer);
  dirty = false;
}

// A promise when something still has to be saved, else null.
export function flush() {
  if (!dirty) return null;
  const done = new Promise((resolve) => waiting.push(resolve));
  save();
  return done;
}

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt?.id !== "editor-form") return;
  for (const resolve of waiting.splice(0)) resolve();
});

export function saved({ path, base, digest }) {
  const area = field();
  if (!area || area.dataset.path !== path) return;
  form().elements.base.value = base;
  document.getElementById("panel-editor").dataset.digest = digest;
  if (!dirty) document.getElementById("saved")?.classList.remove("changed");
}

// ---------------------------------------------------------------- forecast beside and under the lines

let forecastField = null;
let setForecast = null;
let Chip = null;
let Reason = null;

function makeForecastField() {
  setForecast = cm.StateEffect.define();
  Chip = class extends cm.GutterMarker {
    constructor(verdict, words) {
      super();
      this.verdict = verdict;
      this.words = words;
    }
    eq(other) {
      return other.verdict === this.verdict && other.words === this.words;
    }
    toDOM() {
      const chip = document.createElement("span");
      chip.className = `v ${this.verdict}`;
      chip.textContent = this.words;
      return chip;
    }
  };
  Reason = class extends cm.WidgetType {
    constructor(kind, words, cause) {
      super();
      this.kind = kind;
      this.words = words;
      this.cause = cause;
    }
    eq(other) {
      return other.kind === this.kind && other.words === this.words && other.cause === this.cause;
    }
    toDOM(shown) {
      const box = document.createElement("div");
      box.className = "cm-why";
      const line = document.createElement("div");
      line.className = `why ${this.kind}`;
      box.append(line);
      line.textContent = this.words;
      if (this.cause) {
        const go = document.createElement("button");
        go.type = "button";
        go.className = "quiet cause";
        go.tabIndex = -1;
        go.textContent = `↑ ${this.cause}`;
        go.addEventListener("click", () => {
          const at = shown.state.doc.line(Math.min(this.cause, shown.state.doc.lines));
          shown.dispatch({ selection: { anchor: at.from, head: at.to }, scrollIntoView: true });
          shown.focus();
        });
        line.append(" ", go);
      }
      return box;
    }
    ignoreEvent() {
      return true;
    }
  };
  const none = { chips: cm.RangeSet.empty, reasons: cm.Decoration.none };
  return cm.StateField.define({
    create: () => none,
    update(value, transaction) {
      for (const effect of transaction.effects) if (effect.is(setForecast)) return effect.value;
      if (!transaction.docChanged) return value;
      return { chips: value.chips.map(transaction.changes), reasons: value.reasons.map(transaction.changes) };
    },
    provide: (self) => cm.EditorView.decorations.from(self, (value) => value.reasons),
  });
}

export function refreshForecast() {
  if (!view) return;
  const list = document.getElementById("forecast");
  const doc = view.state.doc;
  const chips = [];
  const reasons = [];
  if (list && list.dataset.path === field().dataset.path) {
    for (const item of list.children) {
      const number = Number(item.dataset.line);
      if (!number || number > doc.lines) continue;
      const end = doc.line(Math.min(Math.max(number, Number(item.dataset.end) || number), doc.lines));
      if (item.dataset.verdict) chips.push(new Chip(item.dataset.verdict, item.dataset.chip).range(doc.line(number).from));
      const why = item.querySelector(".why");
      if (why) {
        const kind = item.dataset.note || item.dataset.verdict;
        const cause = Number(item.dataset.cause) || 0;
        const widget = new Reason(kind, why.textContent, cause === number ? 0 : cause);
        reasons.push(cm.Decoration.widget({ widget, block: true, side: item.dataset.note ? 2 : 1 }).range(end.to));
      }
    }
  }
  view.dispatch({
    effects: setForecast.of({ chips: cm.RangeSet.of(chips, true), reasons: cm.Decoration.set(reasons, true) }),
  });
}

// ---------------------------------------------------------------- completion

const INSTRUCTIONS = "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split(" ");
const FLAGS = {
  ADD: ["--chown=", "--chmod=", "--checksum=", "--exclude=", "--keep-git-dir", "--link"],
  COPY: ["--from=", "--chown=", "--chmod=", "--exclude=", "--link", "--parents"],
  FROM: ["--platform="],
  RUN: ["--mount=type=cache,target=", "--mount=type=bind,target=", "--mount=type=secret,id=", "--network=", "--security="],
  HEALTHCHECK: ["--interval=", "--timeout=", "--start-period=", "--retries="],
};

function completions(context) {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const word = context.matchBefore(/[\w./:=-]*/);
  const instruction = /^\s*([a-zA-Z]+)\s+(.*)$/.exec(before);
  const offer = (labels, type) => ({ from: word.from, options: labels.map((label) => ({ label, type })) });
  if (!instruction) return /^\s*[a-zA-Z]+$/.test(before) || context.explicit ? offer(INSTRUCTIONS, "keyword") : null;
  if (word.from === word.to && !context.explicit) return null;
  const name = instruction[1].toUpperCase();
  if (word.text.startsWith("--from=")) return { from: word.from + 7, options: stages(context).map((label) => ({ label, type: "namespace" })) };
  if (word.text.startsWith("--")) return offer(FLAGS[name] || [], "property");
  if (name === "FROM") return offer([...listed("images"), ...stages(context)], "class");
  if (name === "COPY" || name === "ADD") return offer(listed("paths"), "variable");
  return null;
}

const listed = (name) => (field().dataset[name] || "").split("\n").filter(Boolean);

function stages(context) {
  return [...context.state.doc.toString().matchAll(/^\s*FROM\s+\S+\s+AS\s+(\S+)/gim)].map((match) => match[1]);
}
