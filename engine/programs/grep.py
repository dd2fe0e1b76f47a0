"""grep, egrep, fgrep: print lines that match patterns."""

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from engine.fs import Directory, FsError
from engine.programs.lib.globs import glob_matcher
from engine.programs.lib.regex import Regex, RegexError, Syntax, compile_regex, has_utf8_locale
from engine.programs.lib.text import Inputs, decode, encode, lines_of
from engine.programs.lib.walking import Walker
from engine.shell.options import Flag, Options, Parsed, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... PATTERNS [FILE]...",
    "Search for PATTERNS in each FILE.",
    Flag("E", "extended-regexp", help="PATTERNS are extended regular expressions"),
    Flag("F", "fixed-strings", help="PATTERNS are strings"),
    Flag("G", "basic-regexp", help="PATTERNS are basic regular expressions"),
    Flag("P", "perl-regexp", help="PATTERNS are Perl regular expressions"),
    Value("e", "regexp", metavar="PATTERNS", help="use PATTERNS for matching"),
    Value("f", "file", metavar="FILE", help="take PATTERNS from FILE"),
    Flag("iy", "ignore-case", help="ignore case distinctions in patterns and data"),
    Flag("", "no-ignore-case", help="do not ignore case distinctions (default)"),
    Flag("w", "word-regexp", help="match only whole words"),
    Flag("x", "line-regexp", help="match only whole lines"),
    Flag("z", "null-data", help="a data line ends in 0 byte, not newline"),
    Flag("s", "no-messages", help="suppress error messages"),
    Flag("v", "invert-match", help="select non-matching lines"),
    Value("m", "max-count", metavar="NUM", help="stop after NUM selected lines"),
    Flag("b", "byte-offset", help="print the byte offset with output lines"),
    Flag("n", "line-number", help="print line number with output lines"),
    Flag("", "line-buffered", help="flush output on every line"),
    Flag("H", "with-filename", help="print file name with output lines"),
    Flag("h", "no-filename", help="suppress the file name prefix on output"),
    Value("", "label", metavar="LABEL", help="use LABEL as the standard input file name prefix"),
    Flag("o", "only-matching", help="show only nonempty parts of lines that match"),
    Flag("q", "quiet", aliases=("silent",), help="suppress all normal output"),
    Value(
        "",
        "binary-files",
        metavar="TYPE",
        help="assume that binary files are TYPE: binary, text, without-match",
    ),
    Flag("a", "text", help="equivalent to --binary-files=text"),
    Flag("I", "", help="equivalent to --binary-files=without-match"),
    Value("d", "directories", metavar="ACTION", help="how to handle directories: read, recurse, skip"),
    Value("D", "devices", metavar="ACTION", help="how to handle devices: read, skip"),
    Flag("r", "recursive", help="like --directories=recurse"),
    Flag("R", "dereference-recursive", help="likewise, but follow all symlinks"),
    Value("", "include", metavar="GLOB", help="search only files that match GLOB"),
    Value("", "exclude", metavar="GLOB", help="skip files that match GLOB"),
    Value("", "exclude-dir", metavar="GLOB", help="skip directories that match GLOB"),
    Flag("L", "files-without-match", help="print only names of FILEs with no selected lines"),
    Flag("l", "files-with-matches", help="print only names of FILEs with selected lines"),
    Flag("c", "count", help="print only a count of selected lines per FILE"),
    Flag("T", "initial-tab", help="make tabs line up (if needed)"),
    Flag("Z", "null", help="print 0 byte after FILE name"),
    Value("B", "before-context", metavar="NUM", help="print NUM lines of leading context"),
    Value("A", "after-context", metavar="NUM", help="print NUM lines of trailing context"),
    Value("C", "context", metavar="NUM", help="print NUM lines of output context"),
    Value(
        "", "color", metavar="WHEN", optional=True, aliases=("colour",), help="highlight the matching strings"
    ),
    Flag("U", "binary", help="do not strip CR characters at EOL"),
    error_status=2,
)
_MAX_CONTEXT = 100_000


@program("grep", "egrep", "fgrep", package="grep", summary="print lines that match patterns")
def grep(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p, _context_numbers(p.argv[1:]))
    search = _Search(p, options)
    yield from search.run()
    if search.failed and not (search.matched and search.quiet):
        return 2
    return 0 if search.matched else 1


def _context_numbers(arguments: list[str]) -> list[str]:
    """``-2`` means ``-C 2``."""
    out: list[str] = []
    for index, argument in enumerate(arguments):
        if argument == "--":
            return out + arguments[index:]
        out.append("-C" + argument[1:] if argument[:1] == "-" and argument[1:].isdigit() else argument)
    return out


@dataclass(slots=True)
class _Matcher:
    """All patterns of one run; a line matches when any of them does."""

    regexes: list[Regex]
    plain: list[bytes]
    p: Process

    def test(self, line: bytes) -> bool:
        if any(text in line for text in self.plain):
            return True
        budget = self.p.budget
        return any(regex.test(line, budget) for regex in self.regexes)

    def spans(self, line: bytes) -> Iterator[tuple[int, int]]:
        """Non-overlapping matches, leftmost and then longest; empty ones are left out."""
        at = 0
        while at <= len(line):
            best: tuple[int, int] | None = None
            for regex in self.regexes:
                found = regex.search(line, self.p.budget, at)
                if found is None:
                    continue
                begin, end = found[regex.word_group]
                if best is None or begin < best[0] or (begin == best[0] and end > best[1]):
                    best = begin, end
            if best is None:
                return
            if best[1] > best[0]:
                yield best
            at = max(best[1], at + 1)


class _Search:
    def __init__(self, p: Process, options: Parsed) -> None:
        self.p = p
        self.options = options
        self.failed = False
        self.matched = False
        self.quiet = options.flag("quiet")
        operands = list(options.operands)
        self.matcher = self._matcher(operands)
        recursive = options.flag("recursive") or options.flag("dereference-recursive")
        self.recursive = recursive or options.value("directories") == "recurse"
        self.skip_directories = options.value("directories") == "skip"
        self.names = operands or (["."] if self.recursive and not p.is_busybox else ["-"])
        self.bare = self.recursive and not operands
        several = len(self.names) > 1 or (self.recursive and self.names != ["-"])
        last = options.last("with-filename", "no-filename")
        self.named = last == "with-filename" or (several and last is None)
        self.invert = options.flag("invert-match")
        self.limit = self._number("max-count", -1)
        around = self._number("context", 0)
        self.before = min(self._number("before-context", around), _MAX_CONTEXT)
        self.after = min(self._number("after-context", around), _MAX_CONTEXT)
        self.separator = b"\0" if options.flag("null-data") else b"\n"
        color = options.value("color", "auto") if options.flag("color") else "never"
        self.color = color in ("always", "yes") or (color == "auto" and p.stdout_is_terminal)
        self.include = [glob_matcher(glob) for glob in options.values("include")]
        self.exclude = [glob_matcher(glob) for glob in options.values("exclude")]
        self.exclude_dir = [glob_matcher(glob.rstrip("/")) for glob in options.values("exclude-dir")]
        self.any_printed = False

    def _number(self, name: str, default: int) -> int:
        text = self.options.value(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit()) or len(text) > 9:
            kind = "max count" if name == "max-count" else f"{text}: context length argument"
            message = f"grep: invalid {kind}\n" if name == "max-count" else f"grep: {kind} is invalid\n"
            raise UsageError(message.replace("grep", self.p.name), 2)
        return int(text)

    def _matcher(self, operands: list[str]) -> _Matcher:
        p, options = self.p, self.options
        texts: list[bytes] = []
        given = False
        for name, value in options.order:
            if name == "regexp":
                texts += encode(value or "").split(b"\n")
                given = True
            elif name == "file":
                texts += self._patterns_from(value or "")
                given = True
        if not given:
            if not operands:
                if p.is_busybox:
                    raise OPTIONS.usage_error(p, "")
                usage = f"Usage: {p.name} [OPTION]... PATTERNS [FILE]..."
                raise UsageError(f"{usage}\nTry '{p.name} --help' for more information.\n", 2)
            texts = encode(operands.pop(0)).split(b"\n")
        default = {"egrep": "extended-regexp", "fgrep": "fixed-strings"}.get(p.name, "basic-regexp")
        chosen = options.last("extended-regexp", "fixed-strings", "basic-regexp", "perl-regexp") or default
        syntaxes: dict[str, Syntax] = {
            "extended-regexp": "extended",
            "fixed-strings": "fixed",
            "perl-regexp": "perl",
        }
        syntax = syntaxes.get(chosen, "basic")
        ignore_case = options.last("ignore-case", "no-ignore-case") == "ignore-case"
        whole = "line" if options.flag("line-regexp") else "word" if options.flag("word-regexp") else ""
        only = options.flag("only-matching") or options.flag("color")
        if syntax == "fixed" and not ignore_case and not whole and not only:
            return _Matcher([], texts, p)
        try:
            regexes = [
                compile_regex(
                    text,
                    syntax,
                    ignore_case=ignore_case,
                    whole="line" if whole == "line" else "word" if whole else "",
                    utf8=has_utf8_locale(p.env),
                )
                for text in dict.fromkeys(texts)
            ]
        except RegexError as error:
            message = str(error)
            if p.is_busybox:
                message = f"bad regex '{decode(texts[0])}'"
            elif message.startswith("Unmatched [,"):
                message = "Invalid regular expression"
            raise UsageError(f"{p.name}: {message}\n", 2) from error
        return _Matcher(regexes, [], p)

    def _patterns_from(self, path: str) -> list[bytes]:
        try:
            chunks = self.p.stdin.chunks() if path == "-" else self.p.files.chunks(path)
            return [line.removesuffix(b"\n") for line in lines_of(chunks, self.p.budget)]
        except FsError as error:
            raise UsageError(f"{self.p.name}: {path}: {error.reason}\n", 2) from error

    # ------------------------------------------------------------------ files

    def run(self) -> Generator[bytes, None, None]:
        inputs = Inputs(self.p, self.names, status=2, searching=True)
        for name in self.names:
            if name != "-" and self.p.files.is_dir(name):
                if self.skip_directories:
                    continue
                if self.recursive:
                    yield from self._tree(name, inputs)
                elif not self.p.is_busybox:
                    self._complain(f"{name}: Is a directory")
                continue
            if name != "-" and not self._wanted(name.rpartition("/")[2]):
                continue
            yield from self._file(name, inputs)
            if self.quiet and self.matched:
                return

    def _complain(self, message: str) -> None:
        self.failed = True
        if not self.options.flag("no-messages"):
            self.p.error(message)

    def _wanted(self, name: str) -> bool:
        if any(matches(name) for matches in self.exclude):
            return False
        return not self.include or any(matches(name) for matches in self.include)

    def _tree(self, top: str, inputs: Inputs) -> Generator[bytes, None, None]:
        walker = Walker(
            self.p.files,
            follow=self.options.flag("dereference-recursive"),
            follow_top=True,
            on_error=lambda path, error: self._complain(f"{path}: {error.reason}"),
        )
        for visit in walker.walk(top):
            name = visit.path.rpartition("/")[2]
            if isinstance(visit.node, Directory):
                if visit.depth and any(matches(name) for matches in self.exclude_dir):
                    walker.prune()
                continue
            if type(visit.node).__name__ != "File" or not self._wanted(name):
                continue
            shown = visit.path[2:] if self.bare and visit.path.startswith("./") else visit.path
            yield from self._file(shown, inputs)
            if self.quiet and self.matched:
                return

    def _file(self, name: str, inputs: Inputs) -> Generator[bytes, None, None]:
        if self.options.flag("no-messages") and name != "-":
            try:
                self.p.files.content(name)
            except FsError:
                self.failed = True
                return
        chunks = inputs.open(name)
        if chunks is None:
            self.failed = True
            return
        label = (self.options.value("label") or "(standard input)") if name == "-" else name
        try:
            yield from self._search(label, chunks)
        except FsError as error:
            self._complain(f"{name}: {error.reason}")

    # ------------------------------------------------------------------ lines

    def _search(self, name: str, chunks: Iterator[bytes]) -> Generator[bytes, None, None]:
        options = self.options
        listing = options.last("files-with-matches", "files-without-match")
        counting = options.flag("count")
        silent = self.quiet or listing is not None or counting
        count = 0
        selected = False
        binary = self._binary_rule()
        for piece in self._selected(name, chunks, silent, binary):
            if piece is None:
                count += 1
                selected = True
                self.matched = self.matched or listing != "files-without-match"
                if self.quiet or listing:
                    break
            else:
                yield piece
        if self.quiet:
            return
        end = b"\0" if options.flag("null") else b"\n"
        if counting and listing is None:
            head = encode(name) + (b"\0" if options.flag("null") else b":") if self.named else b""
            yield head + b"%d\n" % count
        if listing == "files-with-matches" and selected:
            yield encode(name) + end
        if listing == "files-without-match" and not selected:
            self.matched = True
            yield encode(name) + end

    def _binary_rule(self) -> str:
        if self.options.flag("text") or self.p.is_busybox or self.options.flag("null-data"):
            return "text"
        if self.options.flag("I"):
            return "without-match"
        return self.options.value("binary-files") or "binary"

    def _selected(
        self, name: str, chunks: Iterator[bytes], silent: bool, binary: str
    ) -> Generator[bytes | None, None, None]:
        """None for every selected line, and the bytes to print for it and its context."""
        history: deque[tuple[int, int, bytes]] = deque(maxlen=self.before or 1)
        left = self.limit
        following = 0
        last_printed = 0
        offset = 0
        only = self.options.flag("only-matching")
        matcher = self.matcher
        if not left:
            return
        seen_binary = False
        for number, line in enumerate(lines_of(chunks, self.p.budget, self.separator), 1):
            body = line[:-1] if line.endswith(self.separator) else line
            if not seen_binary and binary != "text" and b"\0" in body:
                seen_binary = True
                if binary == "without-match":
                    return
            if matcher.test(body) != self.invert:
                yield None
                if seen_binary and not silent:
                    self.p.error(f"{name}: binary file matches")
                    return
                if not silent:
                    if not only:
                        gap = last_printed and number - len(history if self.before else ()) > last_printed + 1
                        if (self.before or self.after) and (gap or (self.any_printed and not last_printed)):
                            yield b"--\n"
                        for past_number, past_offset, past in history if self.before else ():
                            yield self._line(name, past_number, past_offset, past, "-")
                    yield from self._matching_line(name, number, offset, body, only)
                    last_printed = number
                    self.any_printed = True
                    history.clear()
                following = self.after
                left -= 1
                if not left:
                    break
            elif following and not silent and not only:
                following -= 1
                yield self._line(name, number, offset, body, "-")
                last_printed = number
            elif self.before:
                history.append((number, offset, body))
            offset += len(line)

    def _matching_line(
        self, name: str, number: int, offset: int, body: bytes, only: bool
    ) -> Generator[bytes, None, None]:
        if only and self.invert:
            return
        if only:
            for begin, end in self.matcher.spans(body):
                piece = body[begin:end]
                if self.color:
                    piece = b"\x1b[01;31m\x1b[K" + piece + b"\x1b[m\x1b[K"
                yield self._line(name, number, offset + begin, piece, ":")
            return
        if self.color and not self.invert:
            out, at = [], 0
            for begin, end in self.matcher.spans(body):
                out += [body[at:begin], b"\x1b[01;31m\x1b[K", body[begin:end], b"\x1b[m\x1b[K"]
                at = end
            body = b"".join(out) + body[at:]
        yield self._line(name, number, offset, body, ":")

    def _line(self, name: str, number: int, offset: int, body: bytes, mark: str) -> bytes:
        options = self.options
        paint = self.color
        fields = []
        if self.named:
            shown = f"\x1b[35m\x1b[K{name}\x1b[m\x1b[K" if paint else name
            fields.append(shown)
        if options.flag("line-number"):
            fields.append(f"\x1b[32m\x1b[K{number}\x1b[m\x1b[K" if paint else str(number))
        if options.flag("byte-offset"):
            fields.append(str(offset))
        joint = f"\x1b[36m\x1b[K{mark}\x1b[m\x1b[K" if paint else mark
        head = "".join(field + joint for field in fields)
        if self.named and options.flag("null"):
            head = head.replace(joint, "\0", 1)
        if fields and options.flag("initial-tab"):
            head += "\t"
        return encode(head) + body + self.separator
