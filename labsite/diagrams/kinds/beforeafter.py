"""Before and after: two images, builds or moments, step beside step."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from engine.analysis import Comparison, LayerRow, Pair
from labsite.diagrams import parts, words
from labsite.diagrams.links import Links
from labsite.diagrams.markup import Markup, cell, cut, cut_step, lines, row, table, text
from labsite.diagrams.outline import Item, Outline
from labsite.diagrams.registry import Drawing, diagram
from labsite.diagrams.scene import Focus, Scene

WIDTH = 250
MOST_ROWS = 16
"""Pairs drawn one by one; a longer run of reused layers is folded."""


@diagram("beforeafter", "daemon.images", "daemon.tags", "daemon.containers")
def draw_before_after(scene: Scene, focus: Focus, links: Links) -> Drawing:
    """The comparison in ``focus.comparison``."""
    drawing = parts.graph("beforeafter")
    comparison = focus.comparison
    if comparison is None:
        sentence = _("Nothing to compare yet: build twice, or choose two images.")
        parts.add(drawing, "empty", table([row(cell(text(sentence, 13, "ink2"), cellpadding=12))]))
        return Drawing(drawing, Outline(sentence, ()))
    rows = [_heads(comparison)]
    for item in reversed(_folded(comparison.pairs, focus)):
        if isinstance(item, Pair):
            rows.append(_pair(item, comparison, links))
        else:
            rows.append(_run(item, links))
    parts.add(drawing, "t", table(rows, cellspacing=4, cellpadding=2))
    return Drawing(drawing, _outline(comparison, links))


def _heads(comparison: Comparison) -> Markup:
    def head(word: str, name: str, size: int) -> Markup:
        content = (
            text(word + "  ", 11, "ink2")
            + text(cut(name, 20), 13, mono=True, bold=True)
            + text("  " + words.size(size), 11, "ink2")
        )
        return cell(lines(Markup(content)), align="LEFT")

    before, after = comparison.before, comparison.after
    return row(head(_("before"), before.name, before.size), cell(), head(_("after"), after.name, after.size))


def _folded(pairs: Sequence[Pair], focus: Focus) -> list[Pair | tuple[Pair, ...]]:
    """The pairs, bottom first, with long runs of reused ones folded (all but the lowest and highest)."""
    if len(pairs) <= MOST_ROWS or "*" in focus.unfolded:
        return list(pairs)
    answer: list[Pair | tuple[Pair, ...]] = []
    group: list[Pair] = []
    for pair in [*pairs, None]:
        if pair is not None and pair.state == "reused":
            group.append(pair)
            continue
        second = group[1].after if len(group) > 4 else None
        if second is not None and not {second.chain_id, second.short_chain} & focus.unfolded:
            answer += [group[0], tuple(group[1:-1]), group[-1]]
        else:
            answer += group
        group = []
        if pair is not None:
            answer.append(pair)
    return answer


def _run(pairs: tuple[Pair, ...], links: Links) -> Markup:
    rows = [pair.after for pair in pairs if pair.after is not None]
    said = words.more_layers(len(rows), sum(layer.size for layer in rows))
    href = links.unfold(rows[0].chain_id)
    look: dict[str, object] = {"href": href, "title": _("Show %(what)s") % {"what": said}} if href else {}
    content = text(f"⋮  {said} · ✓ {parts.state_word('reused')}", 11, "sharede", bold=True)
    return row(
        cell(
            content, colspan=3, border=1, color="sharede", bgcolor="shared", style="dotted", height=24, **look
        )
    )


def _pair(pair: Pair, comparison: Comparison, links: Links) -> Markup:
    return row(
        _side(pair.before, pair, len(comparison.before.rows), links, is_before=True),
        _verdict(pair),
        _side(pair.after, pair, len(comparison.after.rows), links, is_before=False),
    )


def _side(layer: LayerRow | None, pair: Pair, count: int, links: Links, *, is_before: bool) -> Markup:
    if layer is None:
        return cell(
            text(_("no such step"), 11, "ink2", italic=True),
            border=1,
            color="line",
            style="dashed",
            bgcolor="ghost",
            width=WIDTH,
            height=42,
        )
    gone = pair.state == "gone"
    edge = "gonee" if gone else parts.ROLE_EDGE[layer.role]
    tint = "gone" if gone else parts.ROLE_FILL[layer.role]
    if pair.state != "reused" and not gone:
        edge, tint = ("owne", "own") if layer.role != "base" else (edge, tint)
    inner = table(
        [
            row(
                cell(rowspan=2, fixedsize=True, width=6, height=42, cellpadding=0, bgcolor=edge),
                cell(
                    text(
                        cut_step(layer.step or _("no command recorded"), 24),
                        11,
                        mono=True,
                        bold=True,
                        struck=gone,
                    ),
                    align="LEFT",
                    width=172,
                    height=21,
                ),
                cell(text(words.size(layer.size), 11, bold=True), align="RIGHT", width=64),
            ),
            row(cell(lines(text(layer.short_id, 10, "ink2", mono=True)), align="LEFT", colspan=2, height=18)),
        ],
        cellpadding=3,
    )
    href = "" if gone and is_before else links.layer(layer.chain_id)
    word = _("before") if is_before else _("after")
    said = f"{parts.layer_name(layer, count)}, {parts.state_word(pair.state)}"
    name = _("%(word)s: %(reason)s") % {"word": word, "reason": said}
    look: dict[str, object] = {"href": href, "title": name} if href else {}
    return cell(inner, border=1, color=edge, bgcolor=tint, width=WIDTH, height=42, cellpadding=0, **look)


def _verdict(pair: Pair) -> Markup:
    glyph, tint, edge = parts.STATES[pair.state]
    word = f"{glyph}  {parts.state_word(pair.state).upper()}"
    inner = table(
        [
            row(cell(text(word, 12, edge, bold=True), width=122)),
            row(cell(text(cut(reason(pair), 22), 10))),
        ],
        border=1,
        color=edge,
        bgcolor=tint,
        style="rounded",
        cellpadding=2,
    )
    return cell(inner, width=134)


def reason(pair: Pair) -> str:
    """Why a pair is in its state, in a few words."""
    return {
        "same_base": _("same base"),
        "same_inputs": _("same inputs"),
        "same_content": _("same content"),
        "text_changed": _("text changed"),
        "parent_changed": _("a step below changed"),
        "content_changed": _("other content"),
        "base_changed": _("other base image"),
        "moved": _("moved"),
        "added": _("line added"),
        "removed": _("line removed"),
    }[pair.reason]


def _outline(comparison: Comparison, links: Links) -> Outline:
    facts = {
        "before": comparison.before.name,
        "after": comparison.after.name,
        "reused": words.size(comparison.reused),
        "new": words.size(comparison.new),
        "gone": words.size(comparison.gone),
    }
    label = _("Before %(before)s, after %(after)s: %(reused)s reused, %(new)s new, %(gone)s gone") % facts
    items = []
    for pair in reversed(comparison.pairs):
        layer = pair.after or pair.before
        assert layer is not None
        detail = words.size(layer.size)
        if pair.before and pair.after and pair.state == "rebuilt":
            detail = f"{words.size(pair.before.size)} → {words.size(pair.after.size)}"
            if pair.before.step != pair.after.step:
                detail += " · " + _("it was %(step)s") % {"step": pair.before.step}
        glyph = parts.STATES[pair.state][0]
        mark = f"{glyph} {parts.state_word(pair.state)}: {reason(pair)}"
        href = links.layer(layer.chain_id) if pair.after else ""
        items.append(Item(layer.step or _("no command recorded"), detail, href, mark=mark, code=True))
    return Outline(label, tuple(items))
