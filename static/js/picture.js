// The diagrams: zoom and pan by keyboard, wheel and touch; what is new slides in; PNG from the page's own SVG.
const canvas = () => document.getElementById("canvas");
const scales = new Map();
let before = null;

const picture = () => document.querySelector("#canvas .picture");
const kind = () => picture()?.dataset.kind;

// Before a panel is replaced: where it was scrolled to and which slabs it showed.
export function remember(panel) {
  if (panel?.id !== "panel-layers") return;
  const box = canvas();
  before = box && { kind: kind(), left: box.scrollLeft, top: box.scrollTop, slabs: new Set(slabs(panel).map((slab) => slab.dataset.key)) };
}

const slabs = (panel) => [...panel.querySelectorAll(".picture svg [data-key]")];

export function arrive(panel) {
  zoom(scales.get(kind()) ?? 0);
  if (!before || before.kind !== kind()) return;
  canvas().scrollTo(before.left, before.top);
  for (const slab of slabs(panel)) if (!before.slabs.has(slab.dataset.key)) slab.classList.add("arrived");
}

// 0 = fit: as wide as the canvas, within what is pleasant to read.
function zoom(scale) {
  const svg = picture()?.querySelector("svg");
  if (!svg) return;
  const drawn = svg.viewBox.baseVal;
  const natural = drawn.width;
  const room = canvas().clientWidth - 28;
  const fit = Math.max(0.7, Math.min(1.2, room / natural));
  svg.style.width = `${natural * (scale || fit)}px`;
  svg.style.height = "auto";
  svg.dataset.scale = scale || fit;
  scales.set(kind(), scale);
}

const now = () => Number(picture()?.querySelector("svg")?.dataset.scale || 1);
const step = (factor) => zoom(Math.min(4, Math.max(0.25, now() * factor)));

export function listenToPicture() {
  zoom(0);
  document.addEventListener("click", (event) => {
    const what = event.target.closest("[data-do]")?.dataset.do;
    if (what === "zoom-in") step(1.2);
    if (what === "zoom-out") step(1 / 1.2);
    if (what === "zoom-fit") zoom(0);
    if (what === "save-png") savePng();
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("#canvas") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") step(1.2);
    if (event.key === "-") step(1 / 1.2);
    if (event.key === "0") zoom(0);
  });
  document.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey || !event.target.closest?.("#canvas")) return;
      event.preventDefault();
      step(event.deltaY < 0 ? 1.08 : 1 / 1.08);
    },
    { passive: false },
  );
  pinch();
  addEventListener("resize", () => zoom(scales.get(kind()) ?? 0));
}

function pinch() {
  const fingers = new Map();
  let distance = 0;
  const apart = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };
  document.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch" || !event.target.closest?.("#canvas")) return;
    fingers.set(event.pointerId, event);
    if (fingers.size === 2) distance = apart();
  });
  document.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event);
    if (fingers.size !== 2) return;
    step(apart() / distance);
    distance = apart();
  });
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, (event) => fingers.delete(event.pointerId));
}

function savePng() {
  const svg = picture().querySelector("svg");
  const copy = svg.cloneNode(true);
  const { width, height } = svg.viewBox.baseVal;
  copy.setAttribute("width", width * 2);
  copy.setAttribute("height", height * 2);
  copy.removeAttribute("style");
  const style = getComputedStyle(document.documentElement);
  const text = new XMLSerializer().serializeToString(copy).replace(/var\((--[\w-]+)(,[^()]*)?\)/g, (whole, name) => resolved(style, name) || whole);
  const image = new Image();
  image.onload = () => {
    const paper = document.createElement("canvas");
    paper.width = width * 2;
    paper.height = height * 2;
    const pen = paper.getContext("2d");
    pen.fillStyle = resolved(style, "--panel");
    pen.fillRect(0, 0, paper.width, paper.height);
    pen.drawImage(image, 0, 0);
    paper.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${kind()}.png`;
      link.click();
      URL.revokeObjectURL(link.href);
    });
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

// The colour a token has in the present theme.
function resolved(style, name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
