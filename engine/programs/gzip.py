"""gzip, gunzip, zcat, bzip2, xz and their kin: compress or expand files."""

from collections.abc import Generator, Iterator

from engine.clock import SECOND
from engine.fs import Directory, File, FsError, Node
from engine.programs.lib.compression import BZIP2, GZIP, XZ, BadArchive, compress, decompress, method_of
from engine.programs.lib.nodes import base_name
from engine.programs.lib.text import encode, sparse_content, stdin_chunks
from engine.shell.options import Flag, Options, Parsed, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [FILE]...",
    "Compress or uncompress FILEs (by default, compress FILES in-place).",
    Flag(
        "c", "stdout", aliases=("to-stdout",), help="write on standard output, keep original files unchanged"
    ),
    Flag("d", "decompress", aliases=("uncompress",), help="decompress"),
    Flag("f", "force", help="force overwrite of output file and compress links"),
    Flag("k", "keep", help="keep (don't delete) input files"),
    Flag("l", "list", help="list compressed file contents"),
    Flag("n", "no-name", help="do not save or restore the original name and timestamp"),
    Flag("N", "name", help="save or restore the original name and timestamp"),
    Flag("q", "quiet", help="suppress all warnings"),
    Flag("r", "recursive", help="operate recursively on directories"),
    Value("S", "suffix", metavar="SUF", help="use suffix SUF on compressed files"),
    Flag("t", "test", help="test compressed file integrity"),
    Flag("v", "verbose", help="verbose mode"),
    Flag("z", "compress", help="force compression"),
    Value("T", "threads", metavar="NUM", help="use at most NUM threads"),
    *(
        Flag(str(level), "fast" if level == 1 else "best" if level == 9 else "", hidden=True)
        for level in range(10)
    ),
    Flag("e", "extreme", help="try to improve compression ratio", hidden=True),
    Flag("s", "small", help="use less memory", hidden=True),
)
_EXPANDERS = ("gunzip", "zcat", "bunzip2", "bzcat", "unxz", "xzcat", "uncompress")
_SHORT_SUFFIXES = (".tgz", ".taz", ".txz", ".tbz2")
_TO_STDOUT = ("zcat", "bzcat", "xzcat")


@program(
    "gzip",
    "gunzip",
    "zcat",
    "bzip2",
    "bunzip2",
    "bzcat",
    "xz",
    "unxz",
    "xzcat",
    "pigz",
    package="gzip",
    summary="compress or expand files",
)
def gzip(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    job = _Job(p, options)
    for path in options.operands or ["-"]:
        yield from job.run(path)
    return job.status


class _Job:
    def __init__(self, p: Process, options: Parsed) -> None:
        self.p = p
        self.options = options
        self.status = 0
        self.program = "gzip" if p.name in ("gunzip", "zcat") and not p.is_busybox else p.name
        self.method = BZIP2 if p.name.startswith("b") else XZ if "xz" in p.name else GZIP
        self.expanding = (p.name in _EXPANDERS or options.flag("decompress")) and not options.flag("compress")
        self.expanding = self.expanding or options.flag("test") or options.flag("list")
        self.to_stdout = p.name in _TO_STDOUT or options.flag("stdout")
        levels = [name for name, _ in options.order if name.isdigit() or name in ("fast", "best")]
        self.level = {"fast": 1, "best": 9}.get(levels[-1], 0) or int(levels[-1]) if levels else 0
        self.suffix = options.value("suffix") or self.method.suffix

    def complain(self, message: str, status: int = 1) -> None:
        self.p.complain(f"{self.program}: {message}\n")
        self.status = max(self.status, status) if status == 1 else (self.status or status)

    def run(self, path: str) -> Generator[bytes, None, None]:
        p = self.p
        if path == "-":
            if not self.expanding and p.stdout_is_terminal:
                why = "compressed data not written to a terminal. Use -f to force compression."
                raise UsageError(f"{p.name}: {why}\n", 1)
            yield from self._stream(path, stdin_chunks(p))
            return
        try:
            node = p.files.stat(path)
        except FsError as error:
            if self.expanding and not path.endswith(self.suffix) and p.files.exists(path + self.suffix):
                yield from self.run(path + self.suffix)
                return
            where = (
                path + self.suffix if self.expanding and self.method is GZIP and not p.is_busybox else path
            )
            if "." in path.rpartition("/")[2] or not self.expanding:
                where = path if self.suffix in path or not self.expanding else where
            self.complain(f"{where}: {error.reason}")
            return
        if isinstance(node, Directory):
            if self.options.flag("recursive"):
                for name in p.files.names(path):
                    yield from self.run(f"{path.rstrip('/')}/{name}")
                return
            self._refuse_directory(path)
            return
        if self.to_stdout or self.options.flag("test") or self.options.flag("list"):
            try:
                yield from self._stream(path, p.files.chunks(path))
            except FsError as error:
                self.complain(f"{path}: {error.reason}")
            return
        self._replace(path, node)

    def _refuse_directory(self, path: str) -> None:
        if self.p.is_busybox:
            self.complain(f"{path}: Is a directory")
        elif self.method is BZIP2:
            self.complain(f"Input file {path} is a directory.")
        elif self.method is XZ:
            self.complain(f"{path}: Is a directory, skipping")
        else:
            self.complain(f"{path} is a directory -- ignored", 2)

    def _stream(self, path: str, chunks: Iterator[bytes]) -> Generator[bytes, None, None]:
        p = self.p
        if not self.expanding:
            node = None if path == "-" or p.is_busybox or self.options.flag("no-name") else p.files.find(path)
            stamp = (node.mtime // SECOND, base_name(path)) if node is not None else (0, "")
            yield from compress(chunks, self.method, p.budget, self.level, stamp)
            return
        head = next(chunks, b"")
        while head and len(head) < 6 and (more := next(chunks, b"")):
            head += more
        method = method_of(head)
        label = "stdin" if path == "-" else path
        if method is None:
            if self.options.flag("force") and self.to_stdout:
                yield head
                yield from chunks
                return
            if head or not p.is_busybox:
                self._not_in_format(label, bool(head))
            return
        try:
            size = 0
            for piece in decompress(_chained(head, chunks), method, p.budget):
                size += len(piece)
                if not (self.options.flag("test") or self.options.flag("list")):
                    yield piece
        except BadArchive as error:
            self._blank_line()
            self.complain(f"{label}: {error}")
            return
        if self.options.flag("list") and path != "-":
            node = p.files.find(path)
            packed = node.content.size if isinstance(node, File) else len(head)
            ratio = 100 * (1 - packed / size) if size else 0.0
            name = path.removesuffix(self.suffix)
            yield b"         compressed        uncompressed  ratio uncompressed_name\n"
            yield encode(f"{packed:>19} {size:>19} {ratio:>5.1f}% {name}\n")

    def _not_in_format(self, label: str, has_data: bool) -> None:
        if self.p.is_busybox:
            self.complain("invalid magic")
        elif self.method is XZ:
            self.complain(f"{label}: File format not recognized")
        elif self.method is BZIP2:
            self.complain(f"{label} is not a bzip2 file.")
        elif has_data:
            self._blank_line()
            self.complain(f"{label}: not in gzip format")
        else:
            self._blank_line()
            self.complain(f"{label}: unexpected end of file")

    def _blank_line(self) -> None:
        """gzip starts what it has against its input on a fresh line."""
        if self.method is GZIP and not self.p.is_busybox:
            self.p.complain("\n")

    def _replace(self, path: str, node: Node) -> None:
        p, files = self.p, self.p.files
        if self.expanding:
            target = self._expanded_name(path)
            if target is None:
                return
        elif path.endswith(self.suffix) and not self.options.flag("force"):
            if not self.options.flag("quiet"):
                if p.is_busybox:
                    self.complain(f"{path}: already has {self.suffix} suffix")
                elif self.method is XZ:
                    self.complain(f"{path}: File already has '{self.suffix}' suffix, skipping")
                elif self.method is BZIP2:
                    self.complain(f"Input file {path} already has {self.suffix} suffix.")
                else:
                    self.complain(f"{path} already has {self.suffix} suffix -- unchanged", 2)
            return
        else:
            target = path + self.suffix
        if files.exists(target) and not self.options.flag("force"):
            if p.is_busybox:
                self.complain(f"can't open '{target}': File exists")
                return
            p.complain(f"{p.name}: {target} already exists;")
            p.complain(" do you wish to overwrite (y or n)? ")
            if not p.stdin.is_terminal or p.stdin.read_line()[:1] not in (b"y", b"Y"):
                p.complain("\tnot overwritten\n")
                self.status = self.status or 2
                return
        had = self.status
        self.status = 0
        try:
            source = files.chunks(path)
            made = sparse_content(self._stream(path, source), p.budget)
            if self.status:
                self.status = max(had, self.status)
                return
            self.status = had
            files.write(target, made, node.mode)
            if not files.user.uid:
                files.chown(target, node.uid, node.gid)
            files.chmod(target, node.mode)
            files.touch(target, node.mtime)
            if not self.options.flag("keep"):
                files.remove(path)
        except FsError as error:
            self.complain(f"{error.path}: {error.reason}")
            return
        if self.options.flag("verbose") and not p.is_busybox:
            self._report(path, target, node, made.size)

    def _report(self, path: str, target: str, node: Node, made: int) -> None:
        size = node.content.size if isinstance(node, File) else 0
        packed, plain = (size, made) if self.expanding else (made, size)
        ratio = 100 * (plain - packed) / plain if plain else 0.0
        verb = "created" if self.options.flag("keep") else "replaced with"
        self.p.complain(f"{path}:\t{ratio:5.1f}% -- {verb} {target}\n")

    def _expanded_name(self, path: str) -> str | None:
        for suffix, instead in ((self.suffix, ""), *((short, ".tar") for short in _SHORT_SUFFIXES)):
            if path.endswith(suffix) and len(path) > len(suffix):
                return path[: -len(suffix)] + instead
        if self.p.is_busybox:
            self.complain(f"{path}: unknown suffix - ignored")
        elif self.method is BZIP2:
            return path + ".out"
        elif self.method is XZ:
            self.complain(f"{path}: Filename has an unknown suffix, skipping", 2)
        else:
            self.complain(f"{path}: unknown suffix -- ignored", 2)
        return None


def _chained(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest
