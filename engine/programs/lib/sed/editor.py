"""sed's editing cycle: pattern space, hold space, and the commands that work on them."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import EngineError
from engine.fs import FsError
from engine.programs.lib.regex import Regex, Spans
from engine.programs.lib.sed.script import Address, Command, Piece
from engine.programs.lib.text import decode, lines_of
from engine.shell.process import Process

MAX_SPACE = 16 * 1024 * 1024


class Quit(Exception):
    """``q`` or ``Q`` was executed."""

    def __init__(self, status: int, printing: bool) -> None:
        self.status = status
        self.printing = printing
        super().__init__()


class NoPreviousRegex(EngineError):
    """An empty pattern before any other was used."""

    def __init__(self) -> None:
        super().__init__("no previous regular expression")


@dataclass(slots=True)
class Line:
    """One input line; ``ended`` tells whether its newline was there."""

    text: bytes
    ended: bool


class Input:
    """Lines of successive files with one line of look-ahead, so that ``$`` is known."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._ahead: Line | None = None
        self._primed = False
        self.number = 0

    def next(self) -> Line | None:
        """The next line, None at the end."""
        if not self._primed:
            self._ahead = next(self._lines, None)
            self._primed = True
        line = self._ahead
        if line is not None:
            self._ahead = next(self._lines, None)
            self.number += 1
        return line

    @property
    def at_last(self) -> bool:
        """Whether the line just read is the last one."""
        return self._ahead is None


def input_lines(chunks: Iterator[bytes], process: Process, separator: bytes) -> Iterator[Line]:
    """The lines of one stream."""
    for line in lines_of(chunks, process.budget, separator):
        ended = line.endswith(separator)
        yield Line(line[:-1] if ended else line, ended)


class Editor:
    """Runs commands over one input. ``out`` collects what standard output gets next."""

    def __init__(
        self, process: Process, commands: list[Command], *, quiet: bool, separator: bytes, name: str = "-"
    ) -> None:
        self.process = process
        self.commands = commands
        self.quiet = quiet
        self.separator = separator
        self.file_name = name
        self.out: list[bytes] = []
        self.written: dict[str, list[bytes]] = {}
        self.hold = b""
        self.hold_ended = True
        self._unfinished = False
        self.space = b""
        self.ended = True
        self._last_regex: Regex | None = None
        self._append: list[tuple[str, bytes]] = []
        self._readers: dict[str, Iterator[bytes]] = {}
        self._substituted = False
        self._budget = process.budget

    def run(self, source: Input) -> Iterator[bytes]:
        """Edit everything; yields output as it is made. Raises Quit after the output is complete."""
        restart = False
        while True:
            if not restart:
                line = source.next()
                if line is None:
                    return
                self.space, self.ended = line.text, line.ended
            try:
                restart = self._cycle(source)
            except Quit as stop:
                if stop.printing and not self.quiet:
                    self._emit(self.space)
                self._flush_appends()
                yield from self._take()
                raise
            yield from self._take()

    def _take(self) -> Iterator[bytes]:
        if self.out:
            yield b"".join(self.out)
            self.out.clear()

    def _emit(self, text: bytes) -> None:
        self._put(text + self.separator if self.ended else text)
        self._unfinished = not self.ended

    def _put(self, data: bytes) -> None:
        """Standard output; a last line without newline gets one when something follows it."""
        if self._unfinished:
            self.out.append(self.separator)
            self._unfinished = False
        self.out.append(data)

    def _cycle(self, source: Input) -> bool:
        """One cycle; True when ``D`` wants the next one to start without reading."""
        commands = self.commands
        at = 0
        while at < len(commands):
            command = commands[at]
            at += 1
            self._budget.step()
            if (command.start is None or self._selected(command, source)) == command.negated:
                if command.letter == "{":
                    at = command.jump
                continue
            letter = command.letter
            if letter == "s":
                self._substitute(command)
            elif letter == "b":
                at = command.jump
            elif letter in "tT":
                if self._substituted == (letter == "t"):
                    at = command.jump
                self._substituted = False
            elif letter == "d":
                self._flush_appends()
                return False
            elif letter == "D":
                if b"\n" not in self.space:
                    self._flush_appends()
                    return False
                self.space = self.space.partition(b"\n")[2]
                self._flush_appends()
                return True
            elif letter == "c":
                self._change(command, source)
                self._flush_appends()
                return False
            elif letter in "nN":
                self._read_next(letter, source)
            else:
                self._simple(command, source)
        if not self.quiet:
            self._emit(self.space)
        self._flush_appends()
        self._substituted = False
        return False

    # ------------------------------------------------------------------ addresses

    def _selected(self, command: Command, source: Input) -> bool:
        start, end = command.start, command.end
        assert start is not None
        if end is None:
            return self._matches(start, source)
        if command.active:
            return self._continues(command, end, source)
        if start.kind == "zero":
            if source.number == 1:
                command.active = True
                return self._continues(command, end, source)
            return False
        if not self._matches(start, source):
            return False
        if end.kind == "line":
            command.active = end.number > source.number
        elif end.kind == "plus":
            command.until = source.number + end.number
            command.active = end.number > 0
        elif end.kind == "multiple":
            step = end.number
            command.until = -(-source.number // step) * step if step else source.number
            command.active = command.until > source.number
        else:
            command.active = not (end.kind == "last" and source.at_last)
        return True

    def _continues(self, command: Command, end: Address, source: Input) -> bool:
        if end.kind == "line":
            if source.number > end.number:
                command.active = False
                return self._matches(command.start, source) if command.start else False
            command.active = source.number < end.number
        elif end.kind in ("plus", "multiple"):
            command.active = source.number < command.until
        elif self._matches(end, source):
            command.active = False
        return True

    def _matches(self, address: Address, source: Input) -> bool:
        match address.kind:
            case "line":
                return source.number == address.number
            case "last":
                return source.at_last
            case "step":
                if not address.step:
                    return source.number == address.number
                return source.number >= address.number and not (source.number - address.number) % address.step
            case "regex":
                return self._regex(address.regex).test(self.space, self._budget)
            case _:
                return False

    def _regex(self, regex: Regex | None) -> Regex:
        if regex is None:
            if self._last_regex is None:
                raise NoPreviousRegex
            return self._last_regex
        self._last_regex = regex
        return regex

    # ------------------------------------------------------------------ commands

    def _simple(self, command: Command, source: Input) -> None:
        match command.letter:
            case "p":
                self._emit(self.space)
            case "P":
                self._put(self.space.partition(b"\n")[0] + b"\n")
            case "g":
                self.space, self.ended = self.hold, self.hold_ended
            case "G":
                self.ended = True
                self._grow(b"\n" + self.hold)
            case "h":
                self.hold, self.hold_ended = self.space, self.ended
            case "H":
                self.hold += b"\n" + self.space
                self._check(self.hold)
            case "x":
                self.space, self.hold = self.hold, self.space
                self.ended, self.hold_ended = self.hold_ended, self.ended
            case "z":
                self.space = b""
            case "y":
                self.space = self.space.translate(command.table)
            case "=":
                self._put(b"%d\n" % source.number)
            case "F":
                self._put(self.file_name.encode("utf-8", "surrogateescape") + b"\n")
            case "i":
                self._put(command.text)
            case "a":
                self._append.append(("text", command.text))
            case "r":
                self._append.append(("file", command.text))
            case "R":
                self._append.append(("line", command.text))
            case "w":
                self._write(command.text, self.space + b"\n")
            case "W":
                self._write(command.text, self.space.partition(b"\n")[0] + b"\n")
            case "l" | "L":
                self._put(_unambiguous(self.space, command.number or 70))
            case "q" | "Q":
                raise Quit(command.number & 255, command.letter == "q")
            case _:
                pass

    def _grow(self, more: bytes) -> None:
        self.space += more
        self._check(self.space)

    def _check(self, text: bytes) -> None:
        self._budget.step(len(text) // 4096)
        if len(text) > MAX_SPACE:
            self._budget.allocate(self._budget.limits.memory + 1)

    def _read_next(self, letter: str, source: Input) -> None:
        if source.at_last:
            raise Quit(0, printing=True)
        if letter == "n" and not self.quiet:
            self._emit(self.space)
        self._flush_appends()
        line = source.next()
        assert line is not None
        self.ended = line.ended
        if letter == "n":
            self.space = line.text
        else:
            self._grow(b"\n" + line.text)

    def _change(self, command: Command, source: Input) -> None:
        if command.end is None or command.negated or not command.active:
            self._put(command.text)

    def _flush_appends(self) -> None:
        for kind, what in self._append:
            if kind == "text":
                self._put(what)
                continue
            path = decode(what)
            try:
                if kind == "file":
                    if path == "/dev/stdin":
                        self._put(b"".join(self.process.stdin.chunks()))
                    else:
                        self._put(b"".join(self.process.files.chunks(path)))
                else:
                    reader = self._readers.get(path)
                    if reader is None:
                        reader = lines_of(self.process.files.chunks(path), self._budget)
                        self._readers[path] = reader
                    line = next(reader, None)
                    if line is not None:
                        self._put(line if line.endswith(b"\n") else line + b"\n")
            except FsError:
                continue
        self._append.clear()

    def _write(self, name: bytes, text: bytes) -> None:
        path = decode(name)
        if path == "/dev/stdout":
            self._put(text)
        elif path == "/dev/stderr":
            self.process.complain(decode(text))
        else:
            self._budget.allocate(len(text))
            self.written.setdefault(path, []).append(text)

    # ------------------------------------------------------------------ s///

    def _substitute(self, command: Command) -> None:
        regex = self._regex(command.regex)
        wanted = command.number or 1
        count = 0
        at = 0
        out: list[bytes] = []
        space = self.space
        for spans in regex.matches(space, self._budget):
            count += 1
            if count < wanted:
                continue
            begin, end = spans[0]
            out.append(space[at:begin])
            out.append(_replacement(command.replacement, space, spans))
            at = end
            self._budget.step()
            if not command.everywhere:
                break
        if not out:
            return
        out.append(space[at:])
        self.space = b"".join(out)
        self._check(self.space)
        self._substituted = True
        if command.printing:
            self._emit(self.space)
        if command.text:
            self._write(command.text, self.space + b"\n")


def _replacement(pieces: tuple[Piece, ...], space: bytes, spans: Spans) -> bytes:
    out = bytearray()
    mode = once = b""
    for piece in pieces:
        if piece.kind == "case":
            if piece.text in b"lu":
                once = piece.text
            else:
                mode, once = (b"" if piece.text == b"E" else piece.text), b""
            continue
        if piece.kind == "text":
            text = piece.text
        else:
            begin, end = spans[piece.number] if piece.number < len(spans) else (-1, -1)
            text = space[begin:end] if begin >= 0 else b""
        if mode:
            text = text.upper() if mode == b"U" else text.lower()
        if once and text:
            first = text[:1].upper() if once == b"u" else text[:1].lower()
            text, once = first + text[1:], b""
        out += text
    return bytes(out)


_VISIBLE = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 92: "\\\\"}


def _unambiguous(space: bytes, width: int) -> bytes:
    """The ``l`` command: escapes, lines folded with a backslash, ``$`` at the end."""
    lines = [""]
    for byte in space:
        text = _VISIBLE.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")
        if width > 1 and len(lines[-1]) + len(text) > width - 1:
            lines[-1] += "\\"
            lines.append("")
        lines[-1] += text
    return ("\n".join(lines) + "$\n").encode()
