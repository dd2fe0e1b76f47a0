"""zip and unzip: real zip archives of simulated files."""

import io
import zipfile
import zlib
from collections.abc import Generator

from engine.clock import SECOND
from engine.fs import Directory, File, FsError, Node, Symlink, shrink
from engine.programs.lib.globs import glob_matcher
from engine.programs.lib.modes import raw_type
from engine.programs.lib.text import encode, read_all
from engine.programs.lib.times import InvalidDate, moment, parse_date
from engine.programs.lib.walking import Walker
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

ZIP = Options(
    "[-options] [zipfile list]",
    "Package and compress (archive) files.",
    Flag("r", "recurse-paths", help="recurse into directories"),
    Flag("q", "quiet", help="quiet operation"),
    Flag("j", "junk-paths", help="junk (don't record) directory names"),
    Flag("m", "move", help="move into zipfile (delete OS files)"),
    Flag("u", "update", help="update: only changed or new files"),
    Flag("y", "symlinks", help="store symbolic links as the link instead of the referenced file"),
    Flag("v", "verbose", help="verbose operation"),
    Flag("0", "", help="store only"),
    *(Flag(str(level), hidden=True) for level in range(1, 10)),
    Value("x", "exclude", metavar="NAMES", help="exclude the following names"),
    Value("i", "include", metavar="NAMES", help="include only the following names"),
)
UNZIP = Options(
    "[-opts] file[.zip] [list] [-x xlist] [-d exdir]",
    "List, test or extract compressed files in a ZIP archive.",
    Flag("l", "", help="list files (short format)"),
    Flag("t", "", help="test compressed archive data"),
    Flag("p", "", help="extract files to pipe, no messages"),
    Flag("o", "", help="overwrite files WITHOUT prompting"),
    Flag("n", "", help="never overwrite existing files"),
    Flag("q", "", help="quiet mode"),
    Flag("j", "", help="junk paths (do not make directories)"),
    Flag("v", "", help="list verbosely"),
    Flag("u", "", help="update files, create if necessary"),
    Value("d", "", metavar="exdir", help="extract files into exdir"),
    Value("x", "", metavar="xlist", help="exclude files that follow"),
    error_status=10,
)
_MAX_EXPANDED = 256 << 20
_PIECE = 1 << 20


@program("zip", package="zip", summary="package and compress files")
def make_zip(p: Process) -> int:
    options = ZIP.parse(p)
    if len(options.operands) < 2:
        if not options.operands:
            p.write(ZIP.help(p))
            return 0
        p.complain(f"\nzip error: Nothing to do! ({options.operands[0]})\n")
        return 12
    archive = options.operands[0]
    if "." not in archive.rpartition("/")[2]:
        archive += ".zip"
    members: dict[str, tuple[zipfile.ZipInfo, bytes]] = {}
    try:
        if p.files.exists(archive):
            members = _existing(p, archive)
        status = _collect(p, options, members)
    except zipfile.BadZipFile:
        p.complain(f"zip error: Zip file structure invalid ({archive})\n")
        return 3
    if not members:
        p.complain(f"\nzip error: Nothing to do! ({archive})\n")
        return 12
    buffer = io.BytesIO()
    level = zipfile.ZIP_STORED if options.flag("0") else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(buffer, "w", level) as made:
        for info, data in members.values():
            p.budget.step(1 + len(data) // 4096)
            made.writestr(info, data, zipfile.ZIP_STORED if not data else level)
    try:
        p.files.write(archive, shrink(buffer.getvalue()))
    except FsError as error:
        p.complain(f"zip I/O error: {error.reason}\nzip error: Could not create output file ({archive})\n")
        return 15
    return status


def _existing(p: Process, archive: str) -> dict[str, tuple[zipfile.ZipInfo, bytes]]:
    found = {}
    data = read_all(p.files.chunks(archive), p.budget)
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        for info in old.infolist():
            found[info.filename] = (info, _data(p, old, info))
    return found


def _collect(p: Process, options: Parsed, members: dict[str, tuple[zipfile.ZipInfo, bytes]]) -> int:
    excluded = [glob_matcher(pattern) for pattern in options.values("exclude")]
    included = [glob_matcher(pattern) for pattern in options.values("include")]
    status = 0
    for top in options.operands[1:]:
        follow = not options.flag("symlinks")
        walker = Walker(p.files, follow=follow, max_depth=1 << 30 if options.flag("recurse-paths") else 0)
        try:
            for visit in walker.walk(top):
                name = visit.path.lstrip("/").removeprefix("./")
                if options.flag("junk-paths"):
                    name = name.rstrip("/").rpartition("/")[2]
                if isinstance(visit.node, Directory):
                    if options.flag("junk-paths") or name in (".", ""):
                        continue
                    name = name.rstrip("/") + "/"
                if any(matches(name) for matches in excluded):
                    continue
                if included and not any(matches(name) for matches in included):
                    continue
                _add(p, options, members, name, visit.path, visit.node)
        except FsError:
            if not options.flag("quiet"):
                p.complain(f"\tzip warning: name not matched: {top}\n")
            status = 0 if members else 12
    return status


def _add(
    p: Process,
    options: Parsed,
    members: dict[str, tuple[zipfile.ZipInfo, bytes]],
    name: str,
    path: str,
    node: Node,
) -> None:
    when = moment(node.mtime)
    year = min(max(when.year, 1980), 2107)
    info = zipfile.ZipInfo(name, (year, when.month, when.day, when.hour, when.minute, when.second))
    info.create_system = 3
    info.external_attr = (raw_type(node) | node.mode) << 16 | (0x10 if isinstance(node, Directory) else 0)
    data = b""
    if isinstance(node, Symlink):
        data = encode(node.target)
    elif isinstance(node, File):
        data = read_all(p.files.chunks(path), p.budget)
    verb = "updating" if name in members else "  adding"
    members[name] = (info, data)
    if not options.flag("quiet"):
        packed = len(_deflated(data)) if data and not options.flag("0") else len(data)
        saved = round(100 * (1 - packed / len(data))) if data and packed < len(data) else 0
        how = f"deflated {saved}%" if saved > 0 else "stored 0%"
        p.write(f"{verb}: {name} ({how})\n")


def _deflated(data: bytes) -> bytes:
    machine = zlib.compressobj(6, zlib.DEFLATED, -15)
    return machine.compress(data) + machine.flush()


def _data(p: Process, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member's bytes; what comes out is paid for, so that bombs are stopped."""
    parts = []
    with archive.open(info) as stream:
        while piece := stream.read(_PIECE):
            p.budget.step(1 + len(piece) // 2048)
            p.budget.allocate(len(piece))
            parts.append(piece)
    return b"".join(parts)


@program("unzip", package="unzip", summary="list, test and extract files in a zip archive")
def unzip(p: Process) -> Generator[bytes, None, int]:
    arguments = p.argv[1:]
    if "-x" in arguments and arguments.index("-x") + 2 < len(arguments):
        at = arguments.index("-x")
        rest = arguments[at + 1 :]
        end = next((index for index, word in enumerate(rest) if word.startswith("-")), len(rest))
        arguments = arguments[:at] + [f"-x{word}" for word in rest[:end]] + rest[end:]
    options = UNZIP.parse(p, arguments)
    if not options.operands:
        yield encode(UNZIP.help(p))
        return 10 if len(p.argv) > 1 else 0
    name = options.operands[0]
    path = next((path for path in (name, name + ".zip", name + ".ZIP") if p.files.is_file(path)), None)
    if path is None:
        if p.is_busybox:
            p.error(f"can't open {name}[.zip]")
            return 1
        p.complain(f"unzip:  cannot find or open {name}, {name}.zip or {name}.ZIP.\n")
        return 9
    try:
        data = read_all(p.files.chunks(path), p.budget)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return (yield from _unzip(p, options, path, archive))
    except FsError as error:
        p.error(f"cannot open {error.path}: {error.reason}")
        return 9
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
        if p.is_busybox:
            p.error("corrupted data")
            return 1
        yield encode(f"Archive:  {path}\n")
        p.complain(
            "  End-of-central-directory signature not found.  Either this file is not\n"
            "  a zipfile, or it constitutes one disk of a multi-part archive.  In the\n"
            "  latter case the central directory and zipfile comment will be found on\n"
            "  the last disk(s) of this archive.\n"
            f"unzip:  cannot find zipfile directory in one of {path} or\n"
            f"        {path}.zip, and cannot find {path}.ZIP, period.\n"
        )
        return 9


def _unzip(p: Process, options: Parsed, path: str, archive: zipfile.ZipFile) -> Generator[bytes, None, int]:
    wanted = [glob_matcher(pattern) for pattern in options.operands[1:]]
    excluded = [glob_matcher(pattern) for pattern in options.values("x")]
    infos = [
        info
        for info in archive.infolist()
        if (not wanted or any(matches(info.filename) for matches in wanted))
        and not any(matches(info.filename) for matches in excluded)
    ]
    p.budget.step(len(archive.infolist()))
    quiet = options.flag("q") or options.flag("p")
    if not quiet:
        yield encode(f"Archive:  {path}\n")
    if options.flag("l") or options.flag("v"):
        yield encode(_listing(infos))
        return 0
    if options.flag("t"):
        for info in infos:
            _data(p, archive, info)
            yield encode(f"    testing: {info.filename:<23}  OK\n")
        yield encode(f"No errors detected in compressed data of {path}.\n")
        return 0
    total = 0
    for info in infos:
        total += info.file_size
        if total > _MAX_EXPANDED:
            p.budget.allocate(p.budget.limits.memory + 1)
        if options.flag("p"):
            if not info.is_dir():
                yield _data(p, archive, info)
            continue
        line = _extract(p, options, archive, info)
        if line and not quiet:
            yield encode(line)
    missing = [
        pattern
        for pattern, matches in zip(options.operands[1:], wanted, strict=True)
        if not any(matches(info.filename) for info in infos)
    ]
    for pattern in missing:
        p.complain(f"caution: filename not matched:  {pattern}\n")
    return 11 if missing else 0


def _extract(p: Process, options: Parsed, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    files = p.files
    name = info.filename.lstrip("/")
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    if not parts:
        return ""
    if options.flag("j"):
        parts = parts[-1:]
    target = "/".join(parts)
    directory = options.value("d")
    if directory is not None:
        target = f"{directory.rstrip('/') or ''}/{target}"
    mode = info.external_attr >> 16
    if info.is_dir():
        if options.flag("j") or files.is_dir(target):
            return ""
        files.make_dirs(target)
        return f"   creating: {target}/\n"
    parent = target.rpartition("/")[0]
    if parent:
        files.make_dirs(parent)
    if files.find(target, follow=False) is not None:
        if options.flag("n"):
            return ""
        if not options.flag("o"):
            p.complain(f"replace {target}? [y]es, [n]o, [A]ll, [N]one, [r]ename: ")
            answer = p.stdin.read_line()[:1]
            if answer not in (b"y", b"A"):
                p.complain(' NULL\n(EOF or read error, treating as "[N]one" ...)\n' if not answer else "")
                return ""
        if isinstance(files.find(target), Directory):
            return ""
    data = _data(p, archive, info)
    if mode & 0o170000 == 0o120000:
        if files.find(target, follow=False) is not None:
            files.remove(target)
        files.symlink(data.decode("utf-8", "surrogateescape"), target)
        return f"    linking: {target} -> {data.decode('utf-8', 'replace')}\n"
    files.write(target, shrink(data))
    if mode & 0o777:
        files.chmod(target, mode & 0o777)
    files.touch(target, _instant(info))
    verb = " extracting" if info.compress_type == zipfile.ZIP_STORED else "  inflating"
    return f"{verb}: {target}\n"


def _instant(info: zipfile.ZipInfo) -> int:
    year, month, day, hour, minute, second = info.date_time
    try:
        return parse_date(
            f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{min(second, 59):02d}", 0
        )
    except InvalidDate:
        return 315532800 * SECOND


def _listing(infos: list[zipfile.ZipInfo]) -> str:
    lines = ["  Length      Date    Time    Name", "---------  ---------- -----   ----"]
    for info in infos:
        year, month, day, hour, minute, _ = info.date_time
        stamp = f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}"
        lines.append(f"{info.file_size:>9}  {stamp}   {info.filename}")
    total = sum(info.file_size for info in infos)
    lines.append("---------                     -------")
    lines.append(f"{total:>9}                     {len(infos)} file{'' if len(infos) == 1 else 's'}")
    return "\n".join(lines) + "\n"
