"""Playground presets: one TOML file each, with its words in every language of the site and its files."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "presets"


@dataclass(frozen=True, slots=True)
class Preset:
    """A start: files in the project and a first command worth trying."""

    slug: str
    order: int
    command: str
    """What the Build button says at first; "" = the default."""
    titles: Mapping[str, str]
    summaries: Mapping[str, str]
    files: Mapping[str, str]

    def title(self, language: str) -> str:
        """The name in ``language``."""
        return self.titles.get(language, self.titles["en"])

    def summary(self, language: str) -> str:
        """One sentence that says what there is to see."""
        return self.summaries.get(language, self.summaries["en"])


def _read(path: Path) -> Preset:
    value = tomllib.loads(path.read_text())
    return Preset(
        slug=path.stem,
        order=value["order"],
        command=value.get("command", ""),
        titles=value["title"],
        summaries=value["summary"],
        files=value["files"],
    )


@cache
def presets() -> tuple[Preset, ...]:
    """All presets in the order of the start page."""
    return tuple(sorted((_read(path) for path in FOLDER.glob("*.toml")), key=lambda preset: preset.order))


def find_preset(slug: str) -> Preset | None:
    """The preset of that name."""
    return next((preset for preset in presets() if preset.slug == slug), None)
