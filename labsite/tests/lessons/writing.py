"""Small lessons written for a test."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

STEP: Mapping[str, Any] = {
    "id": "make",
    "kind": "do",
    "goals": [{"file-exists": {"path": "note"}}],
    "solution": [{"run": "touch note"}],
}
HINTS = "### hints\n- idea\n- place\n- almost\n"
MARKDOWN = f"# Title\n\nSummary.\n\n> Keep.\n\n## make: Make it\n\nBody.\n\n### goals\n- a note\n\n{HINTS}"


def write_lesson(folder: Path, data: Any, en: str | None = MARKDOWN, fr: str | None = None) -> Path:
    """A lesson's folder with these contents; a text of None is not written."""
    folder.mkdir(exist_ok=True)
    source = data if isinstance(data, str) else yaml.safe_dump(data)
    (folder / "lesson.yaml").write_text(source, "utf-8")
    for language, text in (("en", en), ("fr", fr)):
        if text is not None:
            (folder / f"{language}.md").write_text(text, "utf-8")
    return folder


def lesson_data(**step: Any) -> dict[str, Any]:
    """A lesson of one step: a ``do`` step, changed as said."""
    return {"minutes": 5, "steps": [{**STEP, **step}]}
