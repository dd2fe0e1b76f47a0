"""Reads a lesson's Markdown file into its parts."""

import re

from labsite.lessons.lesson import LessonText, StepText

_STEP = re.compile(r"^## ([a-z0-9-]+):\s*(.+)$")
_PART = re.compile(r"^### (\w+)\s*$")
_LABEL = re.compile(r"^`(.+?)`:\s*(.+)$")
PARTS = ("after", "goals", "hints", "labels")


class BadText(ValueError):
    """A lesson's Markdown is not in the documented form; the message names the place."""


def read_text(source: str, where: str) -> LessonText:
    """The words in ``source``; ``where`` names the file in messages. Raises BadText."""
    title, summary, keep = "", [], []
    steps: dict[str, StepText] = {}
    lines = source.splitlines()
    index = 0
    while index < len(lines) and not lines[index].startswith("## "):
        line = lines[index]
        if line.startswith("# "):
            title = line[2:].strip()
        elif line.startswith(">"):
            keep.append(line[1:].strip())
        elif line.strip():
            summary.append(line.strip())
        index += 1
    while index < len(lines):
        match = _STEP.match(lines[index])
        if match is None:
            raise BadText(f"{where}:{index + 1}: a step's heading is '## its-id: Its title'")
        end = next((i for i in range(index + 1, len(lines)) if lines[i].startswith("## ")), len(lines))
        steps[match[1]] = _step(match[2].strip(), lines[index + 1 : end], f"{where}, step {match[1]}")
        index = end
    if not title or not summary or not keep:
        raise BadText(f"{where}: a title (# …), a summary and a sentence to keep (> …) come first")
    return LessonText(title, " ".join(summary), " ".join(keep), steps)


def _step(title: str, lines: list[str], where: str) -> StepText:
    parts: dict[str, list[str]] = {"body": []}
    current = "body"
    fenced = False
    for line in lines:
        fenced ^= line.startswith("```")
        match = None if fenced else _PART.match(line)
        if match is None:
            parts[current].append(line)
        elif match[1] not in PARTS:
            raise BadText(f"{where}: ### {match[1]} is none of {', '.join(PARTS)}")
        else:
            current = match[1]
            parts[current] = []
    labels = {}
    for item in _items(parts.get("labels", [])):
        match = _LABEL.match(item)
        if match is None:
            raise BadText(f"{where}: a label is '- `candidate`: its words'")
        labels[match[1]] = match[2]
    return StepText(
        title=title,
        body="\n".join(parts["body"]).strip(),
        hints=tuple(_items(parts.get("hints", []))),
        after="\n".join(parts.get("after", [])).strip(),
        goals=tuple(_items(parts.get("goals", []))),
        labels=labels,
    )


def _items(lines: list[str]) -> list[str]:
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:].strip())
        elif line.strip() and items:
            items[-1] += " " + line.strip()
    return items
