"""Shell patterns (POSIX 2.13): matching, trimming and pathname expansion, in linear time.

A pattern is matched by stepping a set of positions, kept as the bits of one int, over the text: no
backtracking, whatever the learner wrote. Extended patterns (``@(a|b)``) go to google-re2.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import re2

from engine.budget import Budget
from engine.fs import Files, FsError

Segment = tuple[str, bool]
"""Text, and whether it is quoted (then nothing in it is special)."""

_CLASSES = {
    "alpha": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "digit": "0123456789",
    "alnum": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "lower": "abcdefghijklmnopqrstuvwxyz",
    "space": " \t\n\r\v\f",
    "blank": " \t",
    "punct": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "xdigit": "0123456789abcdefABCDEF",
    "cntrl": "".join(map(chr, range(32))) + "\x7f",
    "print": "".join(map(chr, range(32, 127))),
    "graph": "".join(map(chr, range(33, 127))),
}
_CHARACTERS_PER_STEP = 8


class _Class(NamedTuple):
    """One bracket expression."""

    negated: bool
    characters: frozenset[str]
    ranges: tuple[tuple[str, str], ...]

    def accepts(self, character: str) -> bool:
        found = character in self.characters or any(low <= character <= high for low, high in self.ranges)
        return found != self.negated


_STAR, _ANY = "*", "?"
_Element = tuple[str, str | _Class]


class Pattern:
    """A compiled pattern. ``literal`` is its text when nothing in it is special."""

    __slots__ = ("_accepting", "_elements", "_masks", "_stars", "literal")

    def __init__(self, elements: tuple[_Element, ...]) -> None:
        self._elements = elements
        self.literal: str | None = None
        if all(kind == "c" for kind, _ in elements):
            self.literal = "".join(value for _, value in elements if isinstance(value, str))
        self._stars = sum(1 << index for index, (kind, _) in enumerate(elements) if kind == _STAR)
        self._accepting = 1 << len(elements)
        self._masks: dict[str, int] = {}

    def matches(self, text: str) -> bool:
        """Whether the whole of ``text`` fits."""
        if self.literal is not None:
            return text == self.literal
        if len(self._elements) == 1 and self._stars:
            return True
        states = self._start()
        for character in text:
            states = self._step(states, character)
            if not states:
                return False
        return bool(states & self._accepting)

    @property
    def may_be_long(self) -> bool:
        """Whether one match can reach over any length of text."""
        return bool(self._stars)

    def prefix(self, text: str, longest: bool, start: int = 0) -> int | None:
        """The length of the shortest or longest prefix of ``text[start:]`` that fits, or None."""
        if self.literal is not None:
            return len(self.literal) if text.startswith(self.literal, start) else None
        states = self._start()
        found = 0 if states & self._accepting else None
        for index, position in enumerate(range(start, len(text)), 1):
            character = text[position]
            if found is not None and not longest:
                return found
            states = self._step(states, character)
            if not states:
                break
            if states & self._accepting:
                found = index
        return found

    def suffix(self, text: str, longest: bool) -> int | None:
        """Where the shortest or longest suffix that fits begins, or None."""
        length = Pattern(self._elements[::-1]).prefix(text[::-1], longest)
        return None if length is None else len(text) - length

    def _start(self) -> int:
        return 1 | ((1 & self._stars) << 1)

    def _step(self, states: int, character: str) -> int:
        mask = self._masks.get(character)
        if mask is None:
            mask = self._masks[character] = self._mask(character)
        staying = states & self._stars
        moved = ((states & mask) << 1) | staying
        return moved | ((moved & self._stars) << 1)

    def _mask(self, character: str) -> int:
        mask = 0
        for index, (kind, value) in enumerate(self._elements):
            if (
                kind == _ANY
                or (kind == "c" and value == character)
                or (kind == "[" and isinstance(value, _Class) and value.accepts(character))
            ):
                mask |= 1 << index
        return mask


class _Extended(Pattern):
    """A pattern with ``@(…)`` groups, matched by google-re2."""

    __slots__ = ("_negated", "_regex")

    def __init__(self, expression: str, negated: bool) -> None:
        super().__init__((("?", ""),))
        self._regex = re2.compile(f"(?s)(?:{expression})")
        self._negated = negated

    def matches(self, text: str) -> bool:
        return (self._regex.fullmatch(_clean(text)) is not None) != self._negated

    @property
    def may_be_long(self) -> bool:
        return True

    def prefix(self, text: str, longest: bool, start: int = 0) -> int | None:
        rest = text[start:]
        lengths = range(len(rest), -1, -1) if longest else range(len(rest) + 1)
        return next((n for n in lengths if self.matches(rest[:n])), None)

    def suffix(self, text: str, longest: bool) -> int | None:
        starts = range(len(text) + 1) if longest else range(len(text), -1, -1)
        return next((n for n in starts if self.matches(text[n:])), None)


def _clean(text: str) -> str:
    """``text`` without lone surrogates, which google-re2 cannot take."""
    return text.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=1024)
def compile_pattern(segments: tuple[Segment, ...], extended: bool = False) -> Pattern:
    """The pattern that ``segments`` spell; ``extended`` also understands ``@(…)`` and its kin."""
    characters = [(character, quoted) for text, quoted in segments for character in text]
    if extended and any(
        character == "(" and not quoted and index and characters[index - 1][0] in "@?*+!"
        for index, (character, quoted) in enumerate(characters)
    ):
        found = _extended(characters)
        if found is not None:
            return found
    elements: list[_Element] = []
    index = 0
    while index < len(characters):
        character, quoted = characters[index]
        index += 1
        if quoted:
            elements.append(("c", character))
        elif character == "*":
            if not elements or elements[-1][0] != _STAR:
                elements.append((_STAR, ""))
        elif character == "?":
            elements.append((_ANY, ""))
        elif character == "\\" and index < len(characters):
            elements.append(("c", characters[index][0]))
            index += 1
        elif character == "[":
            parsed = _bracket(characters, index)
            if parsed is None:
                elements.append(("c", character))
            else:
                bracket, index = parsed
                elements.append(("[", bracket))
        else:
            elements.append(("c", character))
    return Pattern(tuple(elements))


def _bracket(characters: Sequence[Segment], index: int) -> tuple[_Class, int] | None:
    """A bracket expression after its ``[``, and the index after its ``]``; None when it does not end."""
    negated = index < len(characters) and characters[index] in (("!", False), ("^", False))
    if negated:
        index += 1
    first = index
    single: set[str] = set()
    ranges: list[tuple[str, str]] = []
    while index < len(characters):
        character, quoted = characters[index]
        if character == "]" and not quoted and index > first:
            return _Class(negated, frozenset(single), tuple(ranges)), index + 1
        if (
            character == "["
            and not quoted
            and index + 1 < len(characters)
            and characters[index + 1][0] == ":"
        ):
            end = index + 2
            while end < len(characters) and characters[end][0].isalpha():
                end += 1
            name = "".join(c for c, _ in characters[index + 2 : end])
            if name in _CLASSES and [c for c, _ in characters[end : end + 2]] == [":", "]"]:
                single.update(_CLASSES[name])
                index = end + 2
                continue
        if character == "\\" and not quoted and index + 1 < len(characters):
            index += 1
            character, quoted = characters[index]
        follows = characters[index + 1 : index + 3]
        if len(follows) == 2 and follows[0] == ("-", False) and follows[1] != ("]", False):
            ranges.append((character, follows[1][0]))
            index += 3
            continue
        single.add(character)
        index += 1
    return None


def _extended(characters: Sequence[Segment]) -> Pattern | None:
    """An extended pattern as a regular expression; None when its brackets do not pair."""
    negated = characters[:2] == [("!", False), ("(", False)] and characters[-1] == (")", False)
    if negated:
        characters = [("@", False), *characters[1:]]
    pieces: list[str] = []
    closers: list[str] = []
    index = 0
    while index < len(characters):
        character, quoted = characters[index]
        index += 1
        opens = index < len(characters) and characters[index] == ("(", False)
        if not quoted and opens and character in "@?*+":
            pieces.append("(?:")
            closers.append({"@": ")", "?": ")?", "*": ")*", "+": ")+"}[character])
            index += 1
        elif not quoted and opens and character == "!":
            return None
        elif not quoted and character == ")" and closers:
            pieces.append(closers.pop())
        elif not quoted and character == "|" and closers:
            pieces.append("|")
        elif not quoted and character == "*":
            pieces.append(".*")
        elif not quoted and character == "?":
            pieces.append(".")
        elif not quoted and character == "[" and (parsed := _bracket(characters, index)) is not None:
            bracket, index = parsed
            inside = "".join(re2.escape(c) for c in sorted(bracket.characters))
            inside += "".join(f"{re2.escape(a)}-{re2.escape(b)}" for a, b in bracket.ranges if a <= b)
            pieces.append(f"[{'^' if bracket.negated else ''}{inside}]" if inside else "[^\\x00-\\x{10FFFF}]")
        else:
            pieces.append(re2.escape(_clean(character)))
    if closers:
        return None
    try:
        return _Extended("".join(pieces), negated)
    except re2.error:
        return None


def matching_cost(text: str) -> int:
    """Budget steps that matching ``text`` takes."""
    return 1 + len(text) // _CHARACTERS_PER_STEP


def is_magic(segments: Sequence[Segment]) -> bool:
    """Whether pathname expansion may apply."""
    return any(not quoted and ("*" in text or "?" in text or "[" in text) for text, quoted in segments)


def expand_pathnames(
    files: Files, budget: Budget, segments: Sequence[Segment], hidden: bool = False, extended: bool = False
) -> list[str]:
    """The sorted paths that fit; empty when none does. ``hidden`` lets ``*`` match a leading dot."""
    components: list[list[Segment]] = [[]]
    for text, quoted in segments:
        pieces = text.split("/")
        components[-1].append((pieces[0], quoted))
        for piece in pieces[1:]:
            components.append([(piece, quoted)])
    paths = [""]
    last = len(components) - 1
    for index, component in enumerate(components):
        text = "".join(piece for piece, _ in component)
        if not is_magic(component):
            literal = compile_pattern(tuple(component)).literal
            text = text if literal is None else literal
            tail = text if index == last else text + "/"
            paths = [path + tail for path in paths]
            continue
        pattern = compile_pattern(tuple(component), extended)
        dotted = text.startswith(".") or hidden
        found: list[str] = []
        for path in paths:
            budget.step()
            if path and index and not files.is_dir(path):
                continue
            try:
                names = files.names(path or ".")
            except FsError:
                continue
            candidates = [".", "..", *names] if text.startswith(".") else names
            budget.step(1 + len(candidates) // 4)
            found += [
                path + name
                for name in candidates
                if (dotted or name[0] != ".") and name and pattern.matches(name)
            ]
        if index < last:
            found = [path + "/" for path in found if files.is_dir(path)]
        paths = found
        budget.allocate(sum(map(len, paths)))
        if not paths:
            return []
    if not is_magic(components[-1]):
        paths = [path for path in paths if files.find(path, follow=False) is not None]
    return sorted(paths)
