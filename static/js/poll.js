// Keeps elements with data-poll fresh: asks with the tag it holds, and touches nothing when nothing changed.
const PAUSE_MS = 2000;

function keepFresh(box) {
  let tag = box.dataset.tag;

  async function ask() {
    if (!document.hidden) {
      try {
        const answer = await fetch(box.dataset.poll, { headers: { "If-None-Match": tag }, cache: "no-store" });
        if (answer.status === 200) {
          tag = answer.headers.get("ETag") ?? tag;
          const focused = box.contains(document.activeElement) ? document.activeElement.id : "";
          box.innerHTML = await answer.text();
          if (focused) document.getElementById(focused)?.focus();
        }
      } catch {
        // the network is away for a moment; the next question may get through
      }
    }
    setTimeout(ask, PAUSE_MS);
  }

  setTimeout(ask, PAUSE_MS);
}

document.querySelectorAll("[data-poll]").forEach(keepFresh);
