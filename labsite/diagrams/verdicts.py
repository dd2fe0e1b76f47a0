"""What a build would do with a step, as glyph, word and sentence."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engine.analysis import BuildGraph, GraphStep
from labsite.diagrams import words
from labsite.diagrams.links import Links
from labsite.diagrams.outline import Item

LOOKS = {
    "HIT": ("✓", "hit", "hite"),
    "MISS": ("●", "miss", "misse"),
    "DEPENDS": ("?", "new", "newe"),
    "SKIPPED": ("–", "ghost", "ink2"),
    "METADATA": ("·", "panel", "ink2"),
}
"""Verdict -> glyph, tint, colour."""


def verdict_word(step: GraphStep) -> str:
    """The verdict in the reader's language."""
    return {
        "HIT": _("reused"),
        "MISS": _("runs"),
        "DEPENDS": _("depends on line %(line)d") % {"line": step.cause_line},
        "SKIPPED": _("skipped"),
        "METADATA": _("no layer"),
    }[step.verdict]


def verdict_state(step: GraphStep) -> str:
    """The state glyph of a slab for a step that makes a layer."""
    return {"HIT": "reused", "MISS": "rebuilt", "DEPENDS": "depends", "SKIPPED": "", "METADATA": ""}[
        step.verdict
    ]


def why(step: GraphStep) -> str:
    """The verdict and, in a few words, its reason."""
    word = verdict_word(step)
    reasons = {
        "new": _("never built here"),
        "command": _("command text changed"),
        "argument": _("a build argument changed"),
        "environment": _("a variable changed"),
        "content": _("copied files changed"),
        "option": _("the line changed"),
        "user": _("the user changed"),
        "workdir": _("the directory changed"),
        "order": _("steps above it changed"),
        "base": _("the base image changed"),
        "parent": _("line %(line)d above it runs") % {"line": step.cause_line},
        "no-cache": _("the cache is not used"),
    }
    reason = reasons.get(step.reason_kind, "")
    if not reason or step.verdict != "MISS":
        return word
    return _("%(word)s: %(reason)s") % {"word": word, "reason": reason}


def verdict_item(step: GraphStep, links: Links) -> Item:
    """A step as a line of the text equivalent."""
    glyph = LOOKS[step.verdict][0]
    detail = "" if step.size is None or not step.makes_layer else words.size(step.size)
    if detail and step.verdict != "HIT":
        detail = "≈ " + detail
    if step.reason:
        detail = f"{detail} · {step.reason}" if detail else step.reason
    return Item(step.text, detail, links.line(step.line), mark=f"{glyph} {why(step)}", code=True)


def build_summary(build: BuildGraph) -> str:
    """``2 reused, 2 run, ≈ 137 MB new``."""
    steps = [step for stage in build.stages for step in stage.steps]
    new = sum(step.size or 0 for step in steps if step.verdict in ("MISS", "DEPENDS") and step.makes_layer)
    reused = ngettext("%(count)d step reused", "%(count)d steps reused", build.reused) % {
        "count": build.reused
    }
    runs = ngettext("%(count)d step runs", "%(count)d steps run", build.runs) % {"count": build.runs}
    return f"{reused}, {runs}, " + _("≈ %(size)s new") % {"size": words.size(new)}
