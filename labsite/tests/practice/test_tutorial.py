"""The tutorial's lesson is written from the tutorial's own text, previewed, and checked."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from labsite import lessons

TUTORIAL = Path(lessons.__file__).with_name("TUTORIAL.md")


def boxes() -> list[tuple[str, str]]:
    """Every box that names a file: (name, text)."""
    found = []
    for part in TUTORIAL.read_text("utf-8").split("\n```")[1::2]:
        kind, _newline, text = part.partition("\n")
        first, _newline, rest = text.partition("\n")
        if kind in ("yaml", "markdown"):
            found.append((first.removeprefix("# ").removesuffix(", continued"), rest))
    return found


def written(folder: Path, most: int) -> Path:
    """The lesson as it stands after the tutorial's first ``most`` boxes."""
    texts: dict[str, str] = {}
    for name, text in boxes()[:most]:
        texts[name] = f"{texts[name]}\n{text}" if name in texts else text
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder / "moved-twice"


def said(*words: str) -> str:
    out = StringIO()
    call_command("lesson", *words, stdout=out)
    return out.getvalue()


def test_the_preview_prints_what_the_tutorial_shows(tmp_path: Path) -> None:
    shown = said("preview", str(written(tmp_path, 2)))
    for line in ("## How big do the layers get? [predict]", "  [ ] 0", "  [ ] 3", "  [x] 6 6MB"):
        assert line in TUTORIAL.read_text("utf-8")
        assert line in shown


def test_the_finished_lesson_is_sound(tmp_path: Path) -> None:
    folder = written(tmp_path, 4)
    assert "✓ moved-twice" in said("check", str(folder))
    assert "Store it once" in said("preview", str(folder / "lesson.yaml"))


def test_a_lesson_broken_on_purpose_is_told(tmp_path: Path) -> None:
    folder = written(tmp_path, 4)
    source = folder / "lesson.yaml"
    source.write_text(source.read_text("utf-8").replace("at_most_mb: 3.1", "at_most_mb: 1"), "utf-8")
    with pytest.raises(CommandError, match="own-bytes"):
        said("check", str(folder))
