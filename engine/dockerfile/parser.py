"""Dockerfile text to a list of nodes, one for each instruction.

The whole file is read in one pass whose cost is linear in its length, and an error in one instruction
does not keep the following ones from being read: `Dockerfile.errors` has them all. Nothing of the text
is lost: `Dockerfile.lines` holds it as written, comments and line endings included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from engine.build.ops import SourceRange
from engine.dockerfile.directives import Directive, DirectiveReader
from engine.dockerfile.errors import DockerfileError, InstructionError
from engine.dockerfile.gotext import BYTE_ORDER_MARK, SPACES
from engine.dockerfile.heredoc import Heredoc, find_marks
from engine.dockerfile.instruction import syntax_of
from engine.dockerfile.syntax import Arguments, split_instruction
from engine.dockerfile.words import WordError

MAX_LENGTH: Final = 1 << 20
"""Longest Dockerfile that is read, in characters."""
MAX_INSTRUCTIONS: Final = 10_000
"""How many instructions are read."""
MAX_LINE: Final = 65_535
"""Longest line that is read, in bytes, its end not counted (a limit of Docker's)."""

_UNPLACED: Final = SourceRange(1, 0, 1, 0)
_HEREDOC_KEYWORDS: Final = frozenset({"add", "copy", "run"})


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment line: ``text`` without ``#`` and surrounding space."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """One instruction, its arguments not yet checked.

    ``keyword`` is as written; ``original`` is the instruction on one line, continuations joined and
    comments left out; ``child`` is the instruction behind ONBUILD. ``comments`` are the comment lines
    directly before it.
    """

    keyword: str
    args: tuple[str, ...]
    flags: tuple[str, ...]
    original: str
    location: SourceRange
    is_json: bool = False
    heredocs: tuple[Heredoc, ...] = ()
    child: Node | None = None
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A parsed file.

    ``lines`` joined give the text. ``empty_continuations`` are the last lines of instructions that have
    an empty line inside. ``errors`` are all syntax errors, in file order.
    """

    lines: tuple[str, ...]
    nodes: tuple[Node, ...]
    escape: str
    directives: tuple[Directive, ...]
    comments: tuple[Comment, ...]
    empty_continuations: tuple[int, ...]
    errors: tuple[DockerfileError, ...]

    @property
    def text(self) -> str:
        """The file as it was given."""
        return "".join(self.lines)

    def range_of(self, location: SourceRange, token: str) -> SourceRange:
        """Where ``token`` first stands in the lines of ``location``; all of them when it does not."""
        if token:
            for number in range(location.start_line, location.end_line + 1):
                column = self.lines[number - 1].find(token) if number <= len(self.lines) else -1
                if column >= 0:
                    return SourceRange(number, column, number, column + len(token))
        return location


@dataclass(slots=True)
class _Reader:
    """The state of one pass over the lines."""

    lines: list[str]
    escape: str = "\\"
    position: int = 0
    """Lines read so far, so also the number (from 1) of the last one."""
    directive_reader: DirectiveReader = field(default_factory=DirectiveReader)
    directives: list[Directive] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    pending_comments: list[str] = field(default_factory=list)
    empty_continuations: list[int] = field(default_factory=list)
    errors: list[DockerfileError] = field(default_factory=list)

    def next_line(self) -> str | None:
        """The next line with its end, or ``None`` at the end of the file or before an overlong line."""
        if self.position >= len(self.lines):
            return None
        line = self.lines[self.position]
        if len(line) > MAX_LINE // 4 and len(line.rstrip("\n").encode("utf-8", "replace")) > MAX_LINE:
            return None
        self.position += 1
        return line

    def error(self, message: str, start: int, end: int, *, line: int, token: str = "") -> None:
        location = _whole(self.lines, start, end)
        self.errors.append(DockerfileError(message, (location,), line=line))


def _whole(lines: Sequence[str], start: int, end: int) -> SourceRange:
    """From the first to the last visible character of the lines ``start`` to ``end``."""
    if not lines:
        return _UNPLACED
    start = min(max(start, 1), len(lines))
    end = min(max(end, start), len(lines))
    first = lines[start - 1]
    return SourceRange(start, len(first) - len(first.lstrip()), end, len(lines[end - 1].rstrip()))


def split_lines(text: str) -> list[str]:
    """The lines of ``text`` with their ends; only a line feed ends a line."""
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def parse(text: str) -> Dockerfile:
    """Parse a Dockerfile; what is wrong with it stands in the ``errors`` of the result."""
    if len(text) > MAX_LENGTH:
        message = f"the Dockerfile is longer than {MAX_LENGTH} characters"
        return Dockerfile((text,), (), "\\", (), (), (), (DockerfileError(message, (_UNPLACED,)),))
    reader = _Reader(split_lines(text))
    while (line := reader.next_line()) is not None:
        _read_instruction(reader, line)
        if len(reader.nodes) + len(reader.errors) > MAX_INSTRUCTIONS:
            number = reader.position
            message = f"the Dockerfile has more than {MAX_INSTRUCTIONS} instructions"
            reader.error(message, number, number, line=number)
            reader.position = len(reader.lines)
    if reader.position < len(reader.lines):
        message = f"dockerfile line greater than max allowed size of {MAX_LINE}"
        reader.error(message, reader.position + 1, reader.position + 1, line=reader.position)
    if not reader.nodes and not reader.errors:
        reader.error("file with no instructions", reader.position, reader.position, line=reader.position)
    return Dockerfile(
        lines=tuple(reader.lines),
        nodes=tuple(reader.nodes),
        escape=reader.escape,
        directives=tuple(reader.directives),
        comments=tuple(reader.comments),
        empty_continuations=tuple(reader.empty_continuations),
        errors=tuple(reader.errors),
    )


def parse_single(text: str) -> Node | None:
    """The only instruction of ``text``; ``None`` when there are several. Raises `DockerfileError`."""
    dockerfile = parse(text)
    if dockerfile.errors:
        raise dockerfile.errors[0]
    return dockerfile.nodes[0] if len(dockerfile.nodes) == 1 else None


def _read_instruction(reader: _Reader, line: str) -> None:
    """Read one instruction, or one comment or blank line, that starts with ``line``."""
    if reader.position == 1:
        line = line.removeprefix(BYTE_ORDER_MARK)
    line = line.lstrip(SPACES).rstrip("\r\n")
    if not reader.directive_reader.done:
        _read_directive(reader, line)
    if line.startswith("#"):
        _read_comment(reader, line)
        return
    start = reader.position
    joined = _join_continuations(reader, line)
    if joined is None:
        # An empty line parts a comment from the instruction below it.
        reader.pending_comments.clear()
        return
    try:
        node = make_node(joined, reader.escape)
        marks = find_marks(joined) if _can_have_heredocs(node) else ()
    except (InstructionError, WordError) as error:
        _bad_instruction(reader, start, str(error))
        return
    heredocs = _read_heredocs(reader, marks)
    if heredocs is None:
        _bad_instruction(reader, start, "unterminated heredoc")
        return
    location = _whole(reader.lines, start, reader.position)
    comments = tuple(reader.pending_comments)
    reader.pending_comments.clear()
    reader.nodes.append(
        Node(
            node.keyword,
            node.args,
            node.flags,
            node.original,
            location,
            node.is_json,
            heredocs,
            node.child,
            comments,
        )
    )


def _bad_instruction(reader: _Reader, start: int, message: str) -> None:
    reader.error(message, start, reader.position, line=start)
    reader.pending_comments.clear()


def _read_directive(reader: _Reader, line: str) -> None:
    try:
        directive = reader.directive_reader.read(line)
        if directive is None:
            return
        if directive.name == "escape":
            if directive.value not in ("\\", "`"):
                token = directive.value
                raise InstructionError(f"invalid escape token '{token}' does not match ` or \\", token)
            reader.escape = directive.value
        reader.directives.append(directive)
    except InstructionError as error:
        # Docker counts the lines before the directive here.
        number = reader.position
        reader.error(str(error), number, number, line=number - 1)


def _read_comment(reader: _Reader, line: str) -> None:
    text = line[1:].strip(SPACES)
    reader.comments.append(Comment(reader.position, text))
    if reader.directives and reader.directives[-1].line == reader.position:
        return
    if text:
        reader.pending_comments.append(text)
    else:
        reader.pending_comments.clear()


def _join_continuations(reader: _Reader, line: str) -> str | None:
    """The instruction on one line; ``None`` for a blank line."""
    piece, continued = _cut_continuation(line, reader.escape)
    if not continued:
        return piece or None
    pieces = [piece]
    has_empty_line = False
    while continued and (following := reader.next_line()) is not None:
        following = following.rstrip("\r\n")
        content = following.lstrip(SPACES)
        if content.startswith("#"):
            reader.comments.append(Comment(reader.position, content[1:].strip(SPACES)))
        elif not content:
            has_empty_line = True
        else:
            piece, continued = _cut_continuation(following, reader.escape)
            pieces.append(piece)
    if has_empty_line:
        reader.empty_continuations.append(reader.position)
    return "".join(pieces)


def _cut_continuation(line: str, escape: str) -> tuple[str, bool]:
    """``line`` without a continuation mark at its end, and whether there was one."""
    trimmed = line.rstrip(" \t")
    if trimmed.endswith(escape) and not trimmed.endswith(escape * 2):
        return trimmed[:-1], True
    return line, False


def make_node(line: str, escape: str) -> Node:
    """The node for an instruction on one line; raises `InstructionError`."""
    keyword, flags, rest = split_instruction(line)
    child = None
    if keyword.lower() == "onbuild":
        arguments = Arguments()
        child = _make_child(rest, escape) if rest else None
    else:
        arguments = syntax_of(keyword)(rest, escape)
    return Node(keyword, arguments.values, flags, line, _UNPLACED, arguments.is_json, child=child)


def _make_child(rest: str, escape: str) -> Node:
    keyword, flags, inner = split_instruction(rest)
    if keyword.lower() != "onbuild":
        return make_node(rest, escape)
    # ONBUILD ONBUILD is refused later; all that counts is whether what it is about can be read.
    text = inner
    while text:
        innermost, _, following = split_instruction(text)
        if innermost.lower() != "onbuild":
            syntax_of(innermost)(following, escape)
            break
        text = following
    return Node(keyword, ("",) if inner else (), flags, rest, _UNPLACED)


def _can_have_heredocs(node: Node) -> bool:
    node = node.child or node
    return node.keyword.lower() in _HEREDOC_KEYWORDS and not node.is_json


def _read_heredocs(reader: _Reader, marks: Sequence[Heredoc]) -> tuple[Heredoc, ...] | None:
    """The heredocs with their bodies; ``None`` when the file ends before one of them does."""
    heredocs: list[Heredoc] = []
    for mark in marks:
        body: list[str] = []
        while (line := reader.next_line()) is not None:
            end = line.rstrip("\r\n")
            if (end.lstrip("\t") if mark.chomp else end) == mark.name:
                break
            body.append(line)
        else:
            return None
        heredocs.append(replace(mark, content="".join(body)))
    return tuple(heredocs)
