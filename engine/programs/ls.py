"""ls: list directory contents."""

from collections.abc import Generator
from dataclasses import dataclass

from engine.clock import SECOND
from engine.fs import Device, Directory, File, FsError, Node, Symlink
from engine.programs.lib.globs import glob_matcher
from engine.programs.lib.modes import mode_text
from engine.programs.lib.nodes import disk_blocks, inode_number, join, link_count, size_of
from engine.programs.lib.quoting import question_marks, quote, quote_if_needed
from engine.programs.lib.sizes import busybox_human_size, human_size
from engine.programs.lib.text import encode
from engine.programs.lib.times import format_time, full_time, listing_time
from engine.programs.lib.versions import version_key
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [FILE]...",
    "List information about the FILEs (the current directory by default).",
    Flag("a", "all", help="do not ignore entries starting with ."),
    Flag("A", "almost-all", help="do not list implied . and .."),
    Flag("b", "escape", help="print C-style escapes for nongraphic characters"),
    Flag("B", "ignore-backups", help="do not list implied entries ending with ~"),
    Flag("c", "", help="sort by, and show, ctime"),
    Flag("C", "", help="list entries by columns"),
    Value("", "color", metavar="WHEN", optional=True, help="color the output WHEN"),
    Flag("d", "directory", help="list directories themselves, not their contents"),
    Flag("f", "", help="list all entries in directory order"),
    Value("", "format", metavar="WORD", help="across, commas, long, single-column, vertical"),
    Flag("F", "classify", help="append indicator (one of */=>@|) to entries"),
    Flag("", "file-type", help="likewise, except do not append '*'"),
    Flag("", "full-time", help="like -l --time-style=full-iso"),
    Flag("g", "", help="like -l, but do not list owner"),
    Flag("", "group-directories-first", help="group directories before files"),
    Flag("G", "no-group", help="in a long listing, don't print group names"),
    Flag("h", "human-readable", help="with -l and -s, print sizes like 1K 234M 2G etc."),
    Flag("", "si", help="likewise, but use powers of 1000 not 1024"),
    Flag("H", "dereference-command-line", help="follow symbolic links listed on the command line"),
    Value("", "hide", metavar="PATTERN", help="do not list implied entries matching shell PATTERN"),
    Flag("i", "inode", help="print the index number of each file"),
    Value("I", "ignore", metavar="PATTERN", help="do not list implied entries matching shell PATTERN"),
    Flag("k", "kibibytes", help="default to 1024-byte blocks for disk usage"),
    Flag("l", "", help="use a long listing format"),
    Flag("L", "dereference", help="show information for the file a link references"),
    Flag("m", "", help="fill width with a comma separated list of entries"),
    Flag("n", "numeric-uid-gid", help="like -l, but list numeric user and group IDs"),
    Flag("N", "literal", help="print entry names without quoting"),
    Flag("o", "", help="like -l, but do not list group information"),
    Flag("p", "", help="append / indicator to directories"),
    Flag("q", "hide-control-chars", help="print ? instead of nongraphic characters"),
    Flag("Q", "quote-name", help="enclose entry names in double quotes"),
    Flag("r", "reverse", help="reverse order while sorting"),
    Flag("R", "recursive", help="list subdirectories recursively"),
    Flag("s", "size", help="print the allocated size of each file, in blocks"),
    Flag("S", "", help="sort by file size, largest first"),
    Value("", "sort", metavar="WORD", help="sort by WORD: none, size, time, version, extension, name"),
    Flag("t", "", help="sort by time, newest first"),
    Value("", "time", metavar="WORD", help="select which timestamp to use"),
    Value("", "time-style", metavar="STYLE", help="full-iso, long-iso, iso, locale, or +FORMAT"),
    Flag("u", "", help="sort by, and show, access time"),
    Flag("U", "", help="do not sort"),
    Flag("v", "", help="natural sort of (version) numbers within text"),
    Value("w", "width", metavar="COLS", help="set output width to COLS"),
    Flag("x", "", help="list entries by lines instead of by columns"),
    Flag("X", "", help="sort alphabetically by entry extension"),
    Flag("Z", "context", help="print any security context of each file"),
    Flag("1", "", help="list one file per line"),
    error_status=2,
)

_COLORS = {"directory": "01;34", "link": "01;36", "orphan": "40;31;01", "executable": "01;32"}
_COLORS |= {"fifo": "40;33", "device": "40;33;01", "setuid": "37;41", "setgid": "30;43", "sticky": "30;42"}
_COLORS |= {"sticky-writable": "30;42", "writable": "34;42", "archive": "01;31"}
_ARCHIVES = (".tar", ".tgz", ".gz", ".xz", ".zip", ".bz2", ".zst", ".deb", ".rpm", ".jar", ".7z")


@dataclass(slots=True)
class _Entry:
    name: str
    path: str
    node: Node


@program("ls", "dir", "vdir", package="coreutils", summary="list directory contents")
def ls(p: Process) -> Generator[bytes, None, int]:
    listing = _Listing(p, OPTIONS.parse(p))
    yield from listing.run()
    return listing.status


class _Listing:
    def __init__(self, p: Process, options: Parsed) -> None:
        self.p = p
        self.files = p.files
        self.options = options
        self.status = 0
        self.human = options.flag("human-readable") or options.flag("si")
        self.format = self._format()
        self.long = self.format == "long"
        self.numeric = options.flag("numeric-uid-gid")
        self.show_owner = not options.flag("g")
        self.show_group = not (options.flag("o") or options.flag("no-group"))
        self.follow = options.flag("dereference")
        self.hidden = "a" if options.last("all", "almost-all", "f") in ("all", "f") else ""
        if options.last("all", "almost-all", "f") == "almost-all":
            self.hidden = "A"
        self.ignored = [
            glob_matcher(pattern) for pattern in options.values("ignore") + options.values("hide")
        ]
        self.accounts = p.accounts if self.long else None
        self.now = p.system.clock.now
        self.inode_width = 7
        self.block_width = 6 if p.is_busybox else 1
        color = options.value("color", "always") if options.flag("color") else "never"
        self.color = color in ("always", "yes", "force") or (color == "auto" and p.stdout_is_terminal)

    def _format(self) -> str:
        options = self.options
        names = {"l": "long", "n": "long", "numeric-uid-gid": "long", "g": "long", "o": "long"}
        names |= {"full-time": "long", "C": "vertical", "x": "across", "m": "commas", "1": "single"}
        chosen = ""
        for given, value in options.order:
            if given in names and not (given == "1" and chosen == "long"):
                chosen = names[given]
            elif given == "format":
                chosen = {"verbose": "long", "horizontal": "across", "single-column": "single"}.get(
                    value or "", value or ""
                )
        if chosen:
            return chosen
        if self.p.name == "vdir":
            return "long"
        return "vertical" if self.p.stdout_is_terminal or self.p.name == "dir" else "single"

    # ------------------------------------------------------------------ what to list

    def run(self) -> Generator[bytes, None, None]:
        operands = self.options.operands or ["."]
        plain: list[_Entry] = []
        directories: list[_Entry] = []
        follow_top = self.follow or not (
            self.long or self.options.flag("directory") or self.options.flag("classify")
        )
        follow_top = follow_top or self.options.flag("dereference-command-line")
        for operand in operands:
            try:
                node = self.files.find(operand) if follow_top else None
                if node is None:
                    node = self.files.stat(operand, follow=False)
            except FsError as error:
                self._fail(f"cannot access {quote(operand)}: {error.reason}", f"{operand}: {error.reason}", 2)
                continue
            is_directory = isinstance(node, Directory) and not self.options.flag("directory")
            (directories if is_directory else plain).append(_Entry(operand, operand, node))
        blank = False
        if plain:
            yield from self._print(self._sorted(plain))
            blank = True
        titled = len(operands) > 1 or self.options.flag("recursive")
        stack = list(reversed(self._sorted(directories)))
        while stack:
            directory = stack.pop()
            found = self._read(directory)
            if found is None:
                continue
            if blank:
                yield b"\n"
            blank = True
            if titled:
                yield encode(f"{self._shown(directory.path)}:\n")
            if self.long or self.options.flag("size"):
                blocks = sum(disk_blocks(entry.node) for entry in found)
                total = self._human(blocks * 1024) if self.human else str(blocks)
                if not self.p.is_busybox or self.long:
                    yield encode(f"total {total}\n")
            yield from self._print(found)
            if self.options.flag("recursive"):
                stack += [
                    entry
                    for entry in reversed(found)
                    if isinstance(entry.node, Directory) and entry.name not in (".", "..")
                ]

    def _fail(self, message: str, busybox: str, status: int) -> None:
        if self.p.is_busybox:
            message, status = busybox, 1
        self.p.error(message)
        self.status = max(self.status, status)

    def _read(self, directory: _Entry) -> list[_Entry] | None:
        path = directory.path
        try:
            names = self.files.names(path)
        except FsError as error:
            serious = 2 if path in (self.options.operands or ["."]) else 1
            self._fail(
                f"cannot open directory {quote(path)}: {error.reason}",
                f"can't open '{path}': {error.reason}",
                serious,
            )
            return None
        if not self.hidden:
            names = [name for name in names if not name.startswith(".")]
        if self.hidden == "a":
            names = [".", "..", *names]
        if self.options.flag("ignore-backups"):
            names = [name for name in names if not name.endswith("~")]
        if self.ignored:
            names = [name for name in names if not any(matches(name) for matches in self.ignored)]
        found = []
        for name in names:
            self.p.budget.step()
            child = join(path, name)
            node = self.files.find(child, follow=self.follow) or self.files.find(child, follow=False)
            if node is None:
                self._fail(
                    f"cannot access {quote(child)}: Permission denied", f"{child}: Permission denied", 1
                )
                continue
            found.append(_Entry(name, child, node))
        return self._sorted(found)

    def _sorted(self, entries: list[_Entry]) -> list[_Entry]:
        options = self.options
        key = options.last("f", "S", "sort", "t", "U", "v", "X")
        names = {"f": "none", "S": "size", "t": "time", "U": "none", "v": "version", "X": "extension"}
        order = options.value("sort") if key == "sort" else names.get(key or "", "name")
        if key is None and not self.long and (options.flag("c") or options.flag("u")):
            order = "time"
        if order == "none":
            return entries
        entries = sorted(entries, key=lambda entry: encode(entry.name))
        if order == "size":
            entries.sort(key=lambda entry: -size_of(entry.node))
        elif order == "time":
            entries.sort(key=lambda entry: -entry.node.mtime)
        elif order == "version":
            entries.sort(key=lambda entry: version_key(encode(entry.name)))
        elif order == "extension":
            entries.sort(key=lambda entry: encode(entry.name.rpartition(".")[2] if "." in entry.name else ""))
        if options.flag("reverse"):
            entries.reverse()
        if options.flag("group-directories-first"):
            entries.sort(key=lambda entry: not isinstance(entry.node, Directory))
        return entries

    # ------------------------------------------------------------------ how to show it

    def _print(self, entries: list[_Entry]) -> Generator[bytes, None, None]:
        if not entries:
            return
        if self.options.flag("inode"):
            numbers = [inode_number(self.files, entry.path) for entry in entries]
            self.inode_width = len(str(max(numbers)))
        if self.long:
            yield from self._long_lines(entries)
            return
        if self.options.flag("size") and not self.p.is_busybox:
            sizes = [disk_blocks(entry.node) for entry in entries]
            self.block_width = max(
                len(self._human(size * 1024) if self.human else str(size)) for size in sizes
            )
        cells = [self._prefix(entry) + self._label(entry) for entry in entries]
        widths = [len(self._prefix(entry)) + len(self._label(entry, False)) for entry in entries]
        if self.format == "single":
            for start in range(0, len(cells), 64):
                yield encode("".join(cell + "\n" for cell in cells[start : start + 64]))
        elif self.format == "commas":
            yield encode(_comma_list(cells, self._width()))
        else:
            arrange = _even_columns if self.p.is_busybox else _columns
            yield encode(arrange(cells, widths, self._width(), self.format == "across"))

    def _width(self) -> int:
        given = self.options.value("width") or self.p.env.get("COLUMNS") or "80"
        return min(int(given), 10_000) if given.isascii() and given.isdigit() else 80

    def _prefix(self, entry: _Entry) -> str:
        text = ""
        if self.options.flag("inode"):
            text += f"{inode_number(self.files, entry.path):>{self.inode_width}} "
        if self.options.flag("size"):
            blocks = disk_blocks(entry.node)
            shown = self._human(blocks * 1024) if self.human else str(blocks)
            text += f"{shown:>{self.block_width}} "
        return text

    def _human(self, size: int) -> str:
        if self.p.is_busybox:
            return busybox_human_size(size)
        return human_size(size, 1000 if self.options.flag("si") else 1024)

    def _shown(self, name: str) -> str:
        options = self.options
        last = options.last("literal", "quote-name", "escape", "hide-control-chars")
        if last == "quote-name":
            return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if last == "escape":
            return (
                quote(name)[1:-1].replace(" ", "\\ ") if not name.isprintable() else name.replace(" ", "\\ ")
            )
        if self.p.stdout_is_terminal and last is None and not self.p.is_busybox:
            return quote_if_needed(name)
        return question_marks(name) if last == "hide-control-chars" or self.p.stdout_is_terminal else name

    def _label(self, entry: _Entry, with_color: bool = True) -> str:
        text = self._shown(entry.name)
        if with_color and self.color and (code := _color(entry.node, entry.name, self._dangling(entry))):
            text = f"\x1b[0m\x1b[{code}m{text}\x1b[0m"
        return text + self._indicator(entry.node)

    def _dangling(self, entry: _Entry) -> bool:
        return isinstance(entry.node, Symlink) and not self.files.exists(entry.path)

    def _indicator(self, node: Node) -> str:
        options = self.options
        classify = options.flag("classify")
        if not (classify or options.flag("file-type") or options.flag("p")):
            return ""
        match node:
            case Directory():
                return "/"
            case Symlink() if not options.flag("p") or classify:
                return "@" if not self.long else ""
            case Device(kind="fifo") if not options.flag("p") or classify:
                return "|"
            case File() if classify and node.mode & 0o111:
                return "*"
            case _:
                return ""

    def _long_lines(self, entries: list[_Entry]) -> Generator[bytes, None, None]:
        accounts = self.accounts
        assert accounts is not None
        rows = []
        for entry in entries:
            node = entry.node
            if isinstance(node, Device) and node.kind != "fifo":
                size = f"{node.major:>3}, {node.minor:>3}"
            else:
                size = self._human(size_of(node)) if self.human else str(size_of(node))
            row = [self._prefix(entry) + mode_text(node), str(link_count(self.files, entry.path, node))]
            row += [
                str(node.uid) if self.numeric else accounts.user_name(node.uid),
                str(node.gid) if self.numeric else accounts.group_name(node.gid),
                size,
                self._time(node.mtime),
            ]
            label = self._label(entry)
            if isinstance(node, Symlink):
                label += f" -> {self._shown(node.target)}"
            rows.append((row, label))
        widths = [max(len(row[column]) for row, _ in rows) for column in range(6)]
        busybox = self.p.is_busybox
        lines = []
        for row, label in rows:
            if busybox:
                line = f"{row[0]:<10} {row[1]:>4} "
                line += f"{row[2][:8]:<8} " if self.show_owner else ""
                line += f"{row[3][:8]:<8} " if self.show_group else ""
                line += f"{row[4]:>{7 if self.human else 9}} {row[5]} {label}\n"
            else:
                line = f"{row[0]} {row[1]:>{widths[1]}} "
                line += f"{row[2]:<{widths[2]}} " if self.show_owner else ""
                line += f"{row[3]:<{widths[3]}} " if self.show_group else ""
                line += f"{row[4]:>{widths[4]}} {row[5]:<{widths[5]}} {label}\n"
            lines.append(line)
            if len(lines) == 64:
                yield encode("".join(lines))
                lines.clear()
        yield encode("".join(lines))

    def _time(self, instant: int) -> str:
        style = self.options.value("time-style") or ""
        if self.options.flag("full-time"):
            style = "full-iso"
        style = style.removeprefix("posix-")
        if style == "full-iso":
            return full_time(instant) if not self.p.is_busybox else format_time(instant, "%F %T +0000")
        if style == "long-iso":
            return format_time(instant, "%Y-%m-%d %H:%M")
        if style == "iso":
            recent = self.now - 15778476 * SECOND < instant <= self.now
            return format_time(instant, "%m-%d %H:%M" if recent else "%Y-%m-%d ")
        if style.startswith("+"):
            return format_time(instant, style[1:])
        return listing_time(instant, self.now)


def _color(node: Node, name: str, dangling: bool) -> str:
    match node:
        case Symlink():
            return _COLORS["orphan" if dangling else "link"]
        case Directory():
            kind = {0o1002: "sticky-writable", 0o0002: "writable", 0o1000: "sticky"}.get(node.mode & 0o1002)
            return _COLORS[kind or "directory"]
        case Device():
            return _COLORS["fifo" if node.kind == "fifo" else "device"]
        case _ if node.mode & 0o4000:
            return _COLORS["setuid"]
        case _ if node.mode & 0o2000:
            return _COLORS["setgid"]
        case _ if node.mode & 0o111:
            return _COLORS["executable"]
        case _:
            return _COLORS["archive"] if name.endswith(_ARCHIVES) else ""


def _comma_list(cells: list[str], width: int) -> str:
    lines = [""]
    for index, cell in enumerate(cells):
        piece = cell + ("," if index < len(cells) - 1 else "")
        if lines[-1] and len(lines[-1]) + 1 + len(piece) >= width:
            lines.append(piece)
        else:
            lines[-1] += (" " if lines[-1] else "") + piece
    return "\n".join(lines) + "\n"


def _columns(cells: list[str], widths: list[int], width: int, across: bool) -> str:
    """As many columns as fit, two blanks apart (ls.c, init_column_info)."""
    count = len(cells)
    for columns in range(min(count, max(1, width // 3)), 0, -1):
        rows = -(-count // columns)
        column_widths = [0] * columns
        for index, cell_width in enumerate(widths):
            column = index % columns if across else index // rows
            column_widths[column] = max(column_widths[column], cell_width + 2)
        if columns == 1 or sum(column_widths) - 2 < width:
            break
    lines = []
    for row in range(rows):
        indexes = range(row * columns, min(count, (row + 1) * columns)) if across else range(row, count, rows)
        line = ""
        at = start = 0
        for column, index in enumerate(indexes):
            line += _indent(at, start) + cells[index]
            at = start + widths[index]
            start += column_widths[column]
        lines.append(line)
    return "\n".join(lines) + "\n"


def _indent(at: int, to: int) -> str:
    """From column ``at`` to column ``to``, tabs where they reach far enough (ls.c, indent)."""
    text = ""
    while at < to:
        if to // 8 > (at + 1) // 8:
            text += "\t"
            at += 8 - at % 8
        else:
            text += " "
            at += 1
    return text


def _even_columns(cells: list[str], widths: list[int], width: int, across: bool) -> str:
    """BusyBox: every column as wide as the longest name and two blanks."""
    step = max(widths) + 2
    columns = max(1, width // step)
    rows = -(-len(cells) // columns)
    lines = []
    for row in range(rows):
        indexes = (
            range(row * columns, min(len(cells), (row + 1) * columns))
            if across
            else range(row, len(cells), rows)
        )
        picked = list(indexes)
        line = "".join(cells[index] + " " * (step - widths[index]) for index in picked[:-1])
        lines.append(line + cells[picked[-1]])
    return "\n".join(lines) + "\n"
