"""diff and cmp: compare files."""

from collections.abc import Generator
from difflib import SequenceMatcher

from engine.fs import Directory, File, FsError, Node
from engine.programs.lib.nodes import base_name, join
from engine.programs.lib.regex import has_utf8_locale
from engine.programs.lib.text import decode, encode, lines_of, read_all, stdin_chunks
from engine.programs.lib.times import full_time
from engine.shell.options import Flag, Options, Parsed, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program

DIFF = Options(
    "[OPTION]... FILES",
    "Compare FILES line by line.",
    Flag("q", "brief", help="report only when files differ"),
    Flag("s", "report-identical-files", help="report when two files are the same"),
    Value("U", "unified-lines", metavar="NUM", help="output NUM lines of unified context"),
    Flag("u", "", help="output 3 lines of unified context"),
    Value(
        "", "unified", metavar="NUM", optional=True, help="output NUM (default 3) lines of unified context"
    ),
    Flag("c", "", help="output 3 lines of copied context"),
    Flag("y", "side-by-side", help="output in two columns"),
    Value("", "label", aliases=("L",), metavar="LABEL", help="use LABEL instead of file name and timestamp"),
    Flag("r", "recursive", help="recursively compare any subdirectories found"),
    Flag("N", "new-file", help="treat absent files as empty"),
    Flag("i", "ignore-case", help="ignore case differences in file contents"),
    Flag("b", "ignore-space-change", help="ignore changes in the amount of white space"),
    Flag("w", "ignore-all-space", help="ignore all white space"),
    Flag("B", "ignore-blank-lines", help="ignore changes where lines are all blank"),
    Flag("a", "text", help="treat all files as text"),
    Value("", "color", metavar="WHEN", optional=True, help="color output"),
    Flag("d", "minimal", help="try hard to find a smaller set of changes"),
    Value("x", "exclude", metavar="PAT", help="exclude files that match PAT"),
    Flag("", "normal", help="output a normal diff (the default)"),
    error_status=2,
)
CMP = Options(
    "[OPTION]... FILE1 [FILE2 [SKIP1 [SKIP2]]]",
    "Compare two files byte by byte.",
    Flag("b", "print-bytes", help="print differing bytes"),
    Flag("l", "verbose", help="output byte numbers and differing byte values"),
    Value("n", "bytes", metavar="LIMIT", help="compare at most LIMIT bytes"),
    Flag("s", "quiet", aliases=("silent",), help="suppress all normal output"),
    error_status=2,
)
_MAX_LINES = 20_000
_Opcode = tuple[str, int, int, int, int]


@program("diff", package="diffutils", summary="compare files line by line")
def diff(p: Process) -> Generator[bytes, None, int]:
    options = DIFF.parse(p)
    operands = options.operands
    if len(operands) < 2:
        if p.is_busybox:
            raise DIFF.usage_error(p, "")
        after = f" after '{operands[0]}'" if operands else ""
        raise UsageError(f"diff: missing operand{after}\ndiff: Try 'diff --help' for more information.\n", 2)
    if len(operands) > 2:
        raise UsageError(
            f"diff: extra operand '{operands[2]}'\ndiff: Try 'diff --help' for more information.\n", 2
        )
    job = _Diff(p, options)
    return (yield from job.compare(operands[0], operands[1]))


class _Diff:
    def __init__(self, p: Process, options: Parsed) -> None:
        self.p = p
        self.options = options
        context = options.value("unified") or options.value("unified-lines")
        wanted = any(options.flag(name) for name in ("u", "unified", "unified-lines"))
        self.context = -1
        if wanted or (p.is_busybox and not options.flag("normal")):
            self.context = int(context[:6]) if context and context.isdigit() else 3

    def compare(self, left: str, right: str) -> Generator[bytes, None, int]:
        p = self.p
        nodes = []
        for path in (left, right):
            try:
                nodes.append(None if path == "-" else p.files.stat(path))
            except FsError as error:
                if self.options.flag("new-file") and error.code == "ENOENT":
                    nodes.append(File())
                    continue
                p.error(f"can't stat '{path}': {error.reason}" if p.is_busybox else f"{path}: {error.reason}")
                return 2
        one, other = nodes
        if isinstance(one, Directory) and isinstance(other, Directory):
            return (yield from self._directories(left, right))
        if isinstance(one, Directory):
            return (yield from self.compare(join(left, base_name(right)), right))
        if isinstance(other, Directory):
            return (yield from self.compare(left, join(right, base_name(left))))
        return (yield from self._files(left, right, one, other))

    def _directories(self, left: str, right: str) -> Generator[bytes, None, int]:
        files = self.p.files
        one, other = files.names(left), files.names(right)
        status = 0
        for name in sorted({*one, *other}):
            self.p.budget.step()
            a, b = join(left, name), join(right, name)
            if name in one and name in other:
                pair = files.is_dir(a), files.is_dir(b)
                if pair == (True, True):
                    if self.options.flag("recursive"):
                        status = max(status, (yield from self._directories(a, b)))
                    else:
                        yield encode(f"Common subdirectories: {a} and {b}\n")
                    continue
                if pair != (False, False):
                    kinds = ["directory" if is_dir else "regular file" for is_dir in pair]
                    yield encode(f"File {a} is a {kinds[0]} while file {b} is a {kinds[1]}\n")
                    status = 1
                    continue
                out = []
                result = 0
                running = self._files(a, b, files.find(a), files.find(b))
                try:
                    while True:
                        out.append(next(running))
                except StopIteration as stop:
                    result = stop.value
                if result == 1 and not self.options.flag("brief") and not self.p.is_busybox:
                    flags = " ".join(word for word in self.p.argv[1:] if word.startswith("-"))
                    yield encode(f"diff {flags} {a} {b}\n")
                yield b"".join(out)
                status = max(status, result)
                continue
            where = left if name in one else right
            if self.options.flag("new-file"):
                status = max(status, (yield from self.compare(a, b)))
                continue
            yield encode(f"Only in {where.rstrip('/')}: {name}\n")
            status = 1
        return status

    def _read(self, path: str, node: Node | None) -> bytes:
        if path == "-":
            return read_all(stdin_chunks(self.p), self.p.budget)
        if not self.p.files.exists(path):
            return b""
        return read_all(self.p.files.chunks(path), self.p.budget)

    def _files(
        self, left: str, right: str, one: Node | None, other: Node | None
    ) -> Generator[bytes, None, int]:
        options = self.options
        if isinstance(one, File) and isinstance(other, File) and one.content == other.content:
            if options.flag("report-identical-files"):
                yield encode(f"Files {left} and {right} are identical\n")
            return 0
        try:
            a, b = self._read(left, one), self._read(right, other)
        except FsError as error:
            self.p.error(f"{error.path}: {error.reason}")
            return 2
        if b"\0" in a[:8192] + b[:8192] and not options.flag("text") and a != b:
            what = "Files" if options.flag("brief") or self.p.is_busybox else "Binary files"
            yield encode(f"{what} {left} and {right} differ\n")
            return 1 if options.flag("brief") else 2
        before = list(lines_of(iter((a,)), self.p.budget)) if a else []
        after = list(lines_of(iter((b,)), self.p.budget)) if b else []
        opcodes = self._opcodes(before, after)
        changes = [code for code in opcodes if code[0] != "equal"]
        if options.flag("ignore-blank-lines"):
            changes = [
                c for c in changes if any(line.strip() for line in before[c[1] : c[2]] + after[c[3] : c[4]])
            ]
        if not changes:
            if options.flag("report-identical-files"):
                yield encode(f"Files {left} and {right} are identical\n")
            return 0
        if options.flag("brief"):
            yield encode(f"Files {left} and {right} differ\n")
        elif self.context >= 0:
            yield from self._unified(left, right, one, other, before, after, opcodes)
        elif options.flag("side-by-side"):
            yield from _side_by_side(before, after, opcodes)
        else:
            yield from _normal(before, after, changes)
        return 1

    def _key(self, line: bytes) -> bytes:
        options = self.options
        if options.flag("ignore-case"):
            line = line.lower()
        if options.flag("ignore-all-space"):
            return b"".join(line.split())
        if options.flag("ignore-space-change"):
            return b" ".join(line.split())
        return line

    def _opcodes(self, before: list[bytes], after: list[bytes]) -> list[_Opcode]:
        if len(before) + len(after) > _MAX_LINES:
            self.p.budget.allocate(self.p.budget.limits.memory + 1)
        self.p.budget.step(_comparison_cost(before, after))
        one, other = [self._key(line) for line in before], [self._key(line) for line in after]
        start = 0
        while start < min(len(one), len(other)) and one[start] == other[start]:
            start += 1
        end = 0
        while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
            end += 1
        middle = SequenceMatcher(
            None, one[start : len(one) - end], other[start : len(other) - end], autojunk=False
        )
        codes: list[_Opcode] = [("equal", 0, start, 0, start)] if start else []
        codes += [
            (tag, i1 + start, i2 + start, j1 + start, j2 + start)
            for tag, i1, i2, j1, j2 in middle.get_opcodes()
        ]
        if end:
            codes.append(("equal", len(one) - end, len(one), len(other) - end, len(other)))
        return codes

    def _unified(
        self,
        left: str,
        right: str,
        one: Node | None,
        other: Node | None,
        before: list[bytes],
        after: list[bytes],
        opcodes: list[_Opcode],
    ) -> Generator[bytes, None, None]:
        labels = self.options.values("label")
        for mark, path, node, index in (("---", left, one, 0), ("+++", right, other, 1)):
            if index < len(labels):
                yield encode(f"{mark} {labels[index]}\n")
            elif self.p.is_busybox:
                yield encode(f"{mark} {path}\n")
            else:
                when = full_time(node.mtime if node is not None and self.p.files.exists(path) else 0)
                yield encode(f"{mark} {path}\t{when}\n")
        for group in _groups(opcodes, self.context):
            i1, i2, j1, j2 = group[0][1], group[-1][2], group[0][3], group[-1][4]
            yield encode(f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@\n")
            for tag, a1, a2, b1, b2 in group:
                if tag == "equal":
                    yield from (_marked(b" ", line) for line in before[a1:a2])
                    continue
                yield from (_marked(b"-", line) for line in before[a1:a2])
                yield from (_marked(b"+", line) for line in after[b1:b2])


def _comparison_cost(before: list[bytes], after: list[bytes]) -> int:
    """Steps to charge: what difflib may do with lines that occur often."""
    counts: dict[bytes, int] = {}
    for line in after:
        counts[line] = counts.get(line, 0) + 1
    return (len(before) + len(after)) // 2 + sum(counts.get(line, 0) for line in before) // 4


def _groups(opcodes: list[_Opcode], context: int) -> list[list[_Opcode]]:
    groups: list[list[_Opcode]] = []
    current: list[_Opcode] = []
    for index, (tag, i1, i2, j1, j2) in enumerate(opcodes):
        if tag != "equal":
            current.append((tag, i1, i2, j1, j2))
            continue
        last = index == len(opcodes) - 1
        if not current:
            if not last and context:
                keep = min(context, i2 - i1)
                current = [(tag, i2 - keep, i2, j2 - keep, j2)]
            continue
        if last or i2 - i1 > 2 * context:
            keep = min(context, i2 - i1)
            if keep:
                current.append((tag, i1, i1 + keep, j1, j1 + keep))
            groups.append(current)
            current = []
            if not last and context:
                current = [(tag, i2 - context, i2, j2 - context, j2)]
            continue
        current.append((tag, i1, i2, j1, j2))
    if any(tag != "equal" for tag, *_ in current):
        groups.append(current)
    return groups


def _range(start: int, end: int) -> str:
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start if not length else start + 1},{length}"


def _marked(mark: bytes, line: bytes) -> bytes:
    return mark + line if line.endswith(b"\n") else mark + line + b"\n\\ No newline at end of file\n"


def _normal(before: list[bytes], after: list[bytes], changes: list[_Opcode]) -> Generator[bytes, None, None]:
    for tag, i1, i2, j1, j2 in changes:
        letter = {"replace": "c", "delete": "d", "insert": "a"}[tag]
        yield encode(f"{_span(i1, i2)}{letter}{_span(j1, j2)}\n")
        yield from (_marked(b"< ", line) for line in before[i1:i2])
        if tag == "replace":
            yield b"---\n"
        yield from (_marked(b"> ", line) for line in after[j1:j2])


def _span(start: int, end: int) -> str:
    if end <= start:
        return str(start)
    return str(end) if end == start + 1 else f"{start + 1},{end}"


def _side_by_side(
    before: list[bytes], after: list[bytes], opcodes: list[_Opcode]
) -> Generator[bytes, None, None]:
    for tag, i1, i2, j1, j2 in opcodes:
        for index in range(max(i2 - i1, j2 - j1)):
            left = decode(before[i1 + index].rstrip(b"\n")) if i1 + index < i2 else ""
            right = decode(after[j1 + index].rstrip(b"\n")) if j1 + index < j2 else ""
            mark = " " if tag == "equal" else "<" if j1 + index >= j2 else ">" if i1 + index >= i2 else "|"
            yield encode(f"{left[:61]:<61} {mark}\t{right[:61]}".rstrip() + "\n")


@program("cmp", package="diffutils", summary="compare two files byte by byte")
def cmp(p: Process) -> Generator[bytes, None, int]:
    options = CMP.parse(p)
    operands = options.operands
    if not operands:
        if p.is_busybox:
            raise CMP.usage_error(p, "")
        raise UsageError("cmp: missing operand after 'cmp'\ncmp: Try 'cmp --help' for more information.\n", 2)
    names = [operands[0], operands[1] if len(operands) > 1 else "-"]
    data = []
    for name in names:
        try:
            chunks = stdin_chunks(p) if name == "-" else p.files.chunks(name)
            data.append(read_all(chunks, p.budget))
        except FsError as error:
            if not options.flag("quiet"):
                p.error(f"{name}: {error.reason}")
            return 2
    limit = options.value("bytes")
    one, other = (text[: int(limit[:12])] if limit and limit.isdigit() else text for text in data)
    if one == other:
        return 0
    if options.flag("quiet"):
        return 1
    shorter = min(len(one), len(other))
    different = (
        next((at for at in range(shorter) if one[at] != other[at]), None)
        if shorter < 1 << 20
        else _first(one, other)
    )
    if options.flag("verbose"):
        width = len(str(shorter))
        p.budget.step(shorter // 16)
        for at in range(shorter):
            if one[at] != other[at]:
                yield encode(f"{at + 1:>{width}} {one[at]:>3o} {other[at]:>3o}\n")
    elif different is not None:
        line = one.count(b"\n", 0, different) + 1
        word = "byte" if has_utf8_locale(p.env) and not p.is_busybox else "char"
        yield encode(f"{names[0]} {names[1]} differ: {word} {different + 1}, line {line}\n")
        return 1
    if different is None or options.flag("verbose"):
        name = names[0] if len(one) < len(other) else names[1]
        short = min(one, other, key=len)
        if not short and not p.is_busybox:
            p.error(f"EOF on {name} which is empty")
        elif p.is_busybox:
            p.error(f"EOF on {name}")
        else:
            line = short.count(b"\n")
            where = f"line {line}" if short.endswith(b"\n") else f"in line {line + 1}"
            p.error(f"EOF on {name} after byte {len(short)}, {where}")
    return 1


def _first(one: bytes, other: bytes) -> int | None:
    """The first difference of two long texts, found by halving."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low
