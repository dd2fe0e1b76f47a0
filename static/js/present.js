// Keys of the presenter's page: → or space goes on (or reveals), ← goes back, a number jumps.
const press = (id) => document.getElementById(id)?.click();

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, details[open]")) return;
  if (event.target.closest("button, a, summary") && (event.key === " " || event.key === "Enter")) return;
  if (event.key === "ArrowRight" || event.key === " " || event.key === "PageDown") {
    event.preventDefault();
    press(document.getElementById("reveal") ? "reveal" : "next");
  } else if (event.key === "ArrowLeft" || event.key === "PageUp") {
    event.preventDefault();
    press("previous");
  } else if (/^[1-9]$/.test(event.key)) {
    document.querySelector(`[data-scene="${Number(event.key) - 1}"]`)?.click();
  }
});
