"""The editor's forecast: what a build would do now, line by line."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from engine import session
from engine.analysis import BuildGraph
from engine.machine import Machine
from labsite.playground.engine_words import localised
from labsite.web.templatetags.lab import bytes_human
from labsite.workspaces.services import text_digest
from labsite.workspaces.store import DatabaseStore

MOST_LINES = 400
"""Instructions that are told one by one; no image has half as many layers."""
MOST_DRAWN = 130
"""Instructions of a build that is drawn; docker stops at 127 layers."""
MOST_NOTES = 100
LONGEST_WORDS = 400
"""Characters of one instruction, reason or finding."""
VERDICTS = ("hit", "miss", "depends", "skipped", "meta", "error")


@dataclass(frozen=True, slots=True)
class Line:
    """One instruction of the Dockerfile and what a build would do with it."""

    number: int
    end: int
    text: str
    verdict: str
    """One of VERDICTS; ``meta`` makes no layer."""
    reason: str
    cause: int
    """Line of the step that is the reason, 0 = none."""
    size: int | None
    """Estimated bytes of a layer that would be made anew."""

    @property
    def chip(self) -> str:
        """Glyph and word of the verdict."""
        return {
            "hit": _("✓ cached"),
            "miss": _("● runs"),
            "depends": _("◐ depends"),
            "skipped": _("– skipped"),
            "meta": _("no layer"),
            "error": _("✕ error"),
        }[self.verdict]


@dataclass(frozen=True, slots=True)
class Note:
    """A finding or an error, under the line it is about."""

    line: int
    kind: str
    """``tip`` or ``error``."""
    rule: str
    text: str
    about: str = ""
    """What the rule is about, in general."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the editor shows beside and under the text."""

    lines: tuple[Line, ...]
    notes: tuple[Note, ...]
    reused: int
    runs: int
    new_bytes: int
    failed: str = ""
    """Why no build would start, in Docker's words."""
    graph: BuildGraph | None = None
    """The same verdicts as stages and what they need; None when there is too much to draw."""
    left_out: int = 0
    """Instructions after the MOST_LINES that are told one by one."""

    def key(self) -> Any:
        """Everything the panel shows."""
        return [
            [
                (line.number, line.end, line.text, line.verdict, line.reason, line.cause, line.size)
                for line in self.lines
            ],
            [(note.line, note.kind, note.rule, note.text) for note in self.notes],
            self.reused,
            self.runs,
            self.new_bytes,
            self.failed,
            self.left_out,
        ]

    @property
    def sentence(self) -> str:
        """``2 reused, 2 run, ≈ 137MB new`` for the live region."""
        if self.failed:
            return _("A build would stop: %(why)s") % {"why": self.failed}
        reused = ngettext("%(n)d reused", "%(n)d reused", self.reused) % {"n": self.reused}
        runs = ngettext("%(n)d runs", "%(n)d run", self.runs) % {"n": self.runs}
        return _("If you build now: %(reused)s, %(runs)s, about %(size)s new.") % {
            "reused": reused,
            "runs": runs,
            "size": bytes_human(self.new_bytes),
        }


def cut(text: str) -> str:
    """``text`` at a length that can be read beside a line."""
    return text if len(text) <= LONGEST_WORDS else text[:LONGEST_WORDS] + "…"


def forecast_of(machine: Machine, store: DatabaseStore, path: str, text: str) -> Forecast:
    """The forecast for one Dockerfile of the machine; the same machine is only asked once."""
    return _forecast(_Question(machine, store, path, text))


class _Question:
    """Hashable by what the answer depends on."""

    __slots__ = ("key", "machine", "path", "store", "text")

    def __init__(self, machine: Machine, store: DatabaseStore, path: str, text: str) -> None:
        digests = machine.part_digests
        parts = (digests[name] for name in sorted(digests) if name != "terminal")
        self.key = (get_language() or "", path, text_digest(text), *parts)
        self.machine = machine
        self.store = store
        self.path = path
        self.text = text

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Question) and self.key == other.key


def _note(finding: session.FindingNote) -> Note:
    text = cut(localised(finding.message))
    if finding.stored:
        text += " · " + _("%(size)s stored for nothing") % {"size": bytes_human(finding.stored)}
    return Note(finding.line, "tip", finding.rule, text, cut(finding.description))


@lru_cache(maxsize=64)
def _forecast(question: _Question) -> Forecast:
    raw = session.forecast(question.machine, question.store, question.path)
    source = question.text.split("\n")
    lines = tuple(
        Line(
            number=item.line,
            end=item.end_line,
            text=cut(item.step or (source[item.line - 1].strip() if 0 < item.line <= len(source) else "")),
            verdict=str(item.verdict).lower() if str(item.verdict).lower() in VERDICTS else "meta",
            reason=cut(localised(item.reason)),
            cause=item.cause_line or 0,
            size=item.size_estimate,
        )
        for item in raw.lines[:MOST_LINES]
    )
    notes = [Note(error.line, "error", "", cut(error.message)) for error in raw.errors[:MOST_NOTES]]
    notes += [_note(finding) for finding in raw.findings[:MOST_NOTES]]
    return Forecast(
        lines=lines,
        notes=tuple(notes),
        reused=raw.reused,
        runs=raw.runs,
        new_bytes=raw.new_bytes,
        failed=cut(raw.errors[0].message) if raw.errors else "",
        graph=raw.graph if len(raw.lines) <= MOST_DRAWN else None,
        left_out=max(0, len(raw.lines) - MOST_LINES),
    )
