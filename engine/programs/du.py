"""du: estimate file space usage."""

from collections.abc import Generator

from engine.fs import Directory, File, FsError, Node
from engine.programs.lib.globs import glob_matcher
from engine.programs.lib.nodes import inode_number, link_count, size_of
from engine.programs.lib.quoting import quote
from engine.programs.lib.sizes import InvalidNumber, blocks, busybox_human_size, human_size, parse_size
from engine.programs.lib.text import encode
from engine.programs.lib.walking import Walker
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [FILE]...",
    "Summarize device usage of the set of FILEs, recursively for directories.",
    Flag("0", "null", help="end each output line with NUL, not newline"),
    Flag("a", "all", help="write counts for all files, not just directories"),
    Flag("", "apparent-size", help="print apparent sizes rather than device usage"),
    Value("B", "block-size", metavar="SIZE", help="scale sizes by SIZE before printing them"),
    Flag("b", "bytes", help="equivalent to '--apparent-size --block-size=1'"),
    Flag("c", "total", help="produce a grand total"),
    Flag("D", "dereference-args", help="dereference only symlinks that are listed on the command line"),
    Value(
        "d",
        "max-depth",
        metavar="N",
        help="print the total for a directory only if it is N or fewer levels below",
    ),
    Value("", "exclude", metavar="PATTERN", help="exclude files that match PATTERN"),
    Flag("h", "human-readable", help="print sizes in human readable format (e.g., 1K 234M 2G)"),
    Flag("H", "", help="equivalent to --dereference-args (-D)"),
    Flag("k", "", help="like --block-size=1K"),
    Flag("L", "dereference", help="dereference all symbolic links"),
    Flag("l", "count-links", help="count sizes many times if hard linked"),
    Flag("m", "", help="like --block-size=1M"),
    Flag("P", "no-dereference", help="don't follow any symbolic links (this is the default)"),
    Flag("S", "separate-dirs", help="for directories do not include size of subdirectories"),
    Flag("", "si", help="like -h, but use powers of 1000 not 1024"),
    Flag("s", "summarize", help="display only a total for each argument"),
    Value("t", "threshold", metavar="SIZE", help="exclude entries smaller than SIZE"),
    Flag("x", "one-file-system", help="skip directories on different file systems"),
)


@program("du", package="coreutils", summary="estimate file space usage")
def du(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    depth_text = options.value("max-depth")
    if depth_text is not None and not (depth_text.isascii() and depth_text.isdigit() and len(depth_text) < 9):
        raise OPTIONS.usage_error(p, f"invalid maximum depth {quote(depth_text)}")
    if options.flag("summarize") and options.flag("all"):
        raise OPTIONS.usage_error(p, "cannot both summarize and show all entries")
    job = _Usage(p, options)
    for top in options.operands or ["."]:
        yield from job.measure(top)
    if options.flag("total"):
        yield job.line(job.grand_total, "total")
    return job.status


class _Usage:
    def __init__(self, p: Process, options: Parsed) -> None:
        self.p = p
        self.options = options
        self.status = 0
        self.grand_total = 0
        self.seen: set[int] = set()
        self.apparent = options.flag("apparent-size") or options.flag("bytes")
        self.max_depth = 0 if options.flag("summarize") else int(options.value("max-depth") or 1 << 30)
        self.excluded = [glob_matcher(pattern) for pattern in options.values("exclude")]
        self.block = self._block()
        threshold = options.value("threshold") or "0"
        self.threshold = parse_size(threshold) if not threshold.startswith("-") else 0

    def _block(self) -> int:
        last = self.options.last("bytes", "k", "m", "block-size", "human-readable", "si")
        if last == "block-size":
            text = self.options.value("block-size") or ""
            try:
                return parse_size(text) or 1
            except InvalidNumber:
                raise OPTIONS.usage_error(self.p, f"invalid --block-size argument {quote(text)}") from None
        return {"bytes": 1, "m": 1 << 20, "human-readable": -1, "si": -2}.get(last or "", 1024)

    def line(self, size: int, name: str) -> bytes:
        if self.block == -1 and self.p.is_busybox:
            text = busybox_human_size(size) if size >= 1024 else "0"
        elif self.block < 0:
            text = human_size(size, 1024 if self.block == -1 else 1000)
        else:
            text = str(-(-size // self.block))
        return encode(f"{text}\t{name}") + (b"\0" if self.options.flag("null") else b"\n")

    def fail(self, message: str, busybox: str) -> None:
        self.p.error(busybox if self.p.is_busybox else message)
        self.status = 1

    def unreadable(self, path: str, error: FsError) -> None:
        self.fail(
            f"cannot read directory {quote(path)}: {error.reason}", f"can't open '{path}': {error.reason}"
        )

    def measure(self, top: str) -> Generator[bytes, None, None]:
        options = self.options
        walker = Walker(
            self.p.files,
            follow=options.flag("dereference"),
            follow_top=options.flag("dereference-args") or options.flag("H"),
            both_ways=True,
            one_file_system=options.flag("one-file-system"),
            on_error=self.unreadable,
        )
        sums: list[int] = []
        separate = options.flag("separate-dirs")
        try:
            for visit in walker.walk(top):
                node = visit.node
                if isinstance(node, Directory) and visit.leaving:
                    size = sums.pop()
                    if sums and not separate:
                        sums[-1] += size
                    if visit.depth <= self.max_depth and size >= self.threshold:
                        yield self.line(size, visit.path)
                    if not visit.depth or separate:
                        self.grand_total += size
                    continue
                if visit.depth and any(matches(visit.path.rpartition("/")[2]) for matches in self.excluded):
                    walker.prune()
                    if isinstance(node, Directory):
                        sums.append(0)
                    continue
                size = self.size(visit.absolute, node)
                if isinstance(node, Directory):
                    sums.append(size)
                    continue
                if sums:
                    sums[-1] += size
                else:
                    self.grand_total += size
                if (options.flag("all") or not visit.depth) and visit.depth <= self.max_depth:
                    yield self.line(size, visit.path)
        except FsError as error:
            self.fail(f"cannot access {quote(top)}: {error.reason}", f"{top}: {error.reason}")

    def size(self, absolute: str, node: Node) -> int:
        path = "/" + absolute
        if isinstance(node, File):
            if link_count(self.p.files, path, node) > 1 and not self.options.flag("count-links"):
                number = inode_number(self.p.files, path)
                if number in self.seen:
                    return 0
                self.seen.add(number)
            return node.content.size if self.apparent else blocks(node.content.size, 1)
        if isinstance(node, Directory):
            return 4096
        return size_of(node) if self.apparent else 0
