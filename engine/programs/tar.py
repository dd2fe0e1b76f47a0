"""tar: create, list and extract real tar archives of simulated files."""

import tarfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

from engine.fs import Directory, File, FsError, Node, Symlink
from engine.programs.lib.compression import (
    BZIP2,
    GZIP,
    XZ,
    BadArchive,
    Method,
    compress,
    decompress,
    method_of,
)
from engine.programs.lib.globs import glob_matcher
from engine.programs.lib.modes import InvalidMode, mode_text, parse_mode
from engine.programs.lib.tarball import (
    BLOCK,
    RECORD,
    Overrides,
    StreamReader,
    body,
    header,
    member_content,
    member_node,
    trailer,
)
from engine.programs.lib.text import decode, encode, read_all, sparse_content, stdin_chunks
from engine.programs.lib.times import InvalidDate, format_time, parse_date
from engine.programs.lib.walking import Walker
from engine.shell.options import Flag, Options, Parsed, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION...] [FILE]...",
    "GNU 'tar' saves many files together into a single archive, and can restore individual files from it.",
    Flag("A", "catenate", aliases=("concatenate",), help="append tar files to an archive"),
    Flag("c", "create", help="create a new archive"),
    Flag("d", "diff", aliases=("compare",), help="find differences between archive and file system"),
    Flag("r", "append", help="append files to the end of an archive"),
    Flag("t", "list", help="list the contents of an archive"),
    Flag("u", "update", help="only append files newer than copy in archive"),
    Flag("x", "extract", aliases=("get",), help="extract files from an archive"),
    Value("f", "file", metavar="ARCHIVE", help="use archive file or device ARCHIVE"),
    Value("C", "directory", metavar="DIR", help="change to directory DIR"),
    Flag("z", "gzip", aliases=("gunzip", "ungzip"), help="filter the archive through gzip"),
    Flag("j", "bzip2", help="filter the archive through bzip2"),
    Flag("J", "xz", help="filter the archive through xz"),
    Flag("a", "auto-compress", help="use archive suffix to determine the compression program"),
    Value("I", "use-compress-program", metavar="PROG", help="filter through PROG"),
    Flag("v", "verbose", help="verbosely list files processed"),
    Flag("k", "keep-old-files", help="don't replace existing files when extracting"),
    Flag("", "skip-old-files", help="silently skip existing files"),
    Flag("", "overwrite", help="overwrite existing files when extracting"),
    Flag("U", "unlink-first", help="remove each file prior to extracting over it"),
    Flag("", "no-overwrite-dir", help="preserve metadata of existing directories"),
    Flag("O", "to-stdout", help="extract files to standard output"),
    Flag(
        "p",
        "preserve-permissions",
        aliases=("same-permissions",),
        help="extract information about permissions",
    ),
    Flag("", "no-same-permissions", help="apply the user's umask when extracting permissions"),
    Flag("", "same-owner", help="try extracting files with the same ownership"),
    Flag("o", "no-same-owner", help="extract files as yourself"),
    Flag("", "numeric-owner", help="always use numbers for user/group names"),
    Value("", "owner", metavar="NAME", help="force NAME as owner for added files"),
    Value("", "group", metavar="NAME", help="force NAME as group for added files"),
    Value("", "mode", metavar="CHANGES", help="force (symbolic) mode CHANGES for added files"),
    Value("", "mtime", metavar="DATE", help="set mtime for added files from DATE"),
    Flag("m", "touch", help="don't extract file modified time"),
    Flag("h", "dereference", help="follow symlinks; archive and dump the files they point to"),
    Flag("", "hard-dereference", help="follow hard links"),
    Flag("P", "absolute-names", help="don't strip leading '/'s from file names"),
    Value("", "exclude", metavar="PATTERN", help="exclude files, given as a PATTERN"),
    Value("X", "exclude-from", metavar="FILE", help="exclude patterns listed in FILE"),
    Flag("", "exclude-vcs", help="exclude version control system directories"),
    Value("T", "files-from", metavar="FILE", help="get names to extract or create from FILE"),
    Flag("", "null", help="-T reads null-terminated names"),
    Value(
        "", "strip-components", metavar="NUMBER", aliases=("strip",), help="strip NUMBER leading components"
    ),
    Value("", "transform", metavar="EXPRESSION", aliases=("xform",), help="use sed replace EXPRESSION"),
    Flag("", "wildcards", help="use wildcards"),
    Flag("", "no-wildcards", help="verbatim string matching"),
    Flag("", "anchored", help="patterns match file name start"),
    Flag("", "no-recursion", help="avoid descending automatically in directories"),
    Flag("", "one-file-system", help="stay in local file system when creating archive"),
    Flag("", "remove-files", help="remove files after adding them to the archive"),
    Value("", "sort", metavar="ORDER", help="directory sorting order: none (default), name or inode"),
    Value("H", "format", metavar="FORMAT", help="create archive of the given format"),
    Flag("", "totals", help="print total bytes after processing the archive"),
    Value("", "warning", metavar="KEYWORD", help="warning control"),
    Value("b", "blocking-factor", metavar="BLOCKS", help="BLOCKS x 512 bytes per record"),
    Value("", "checkpoint", metavar="NUMBER", optional=True, help="display progress messages"),
    Flag("w", "interactive", help="ask for confirmation for every action"),
    Flag("S", "sparse", help="handle sparse files efficiently"),
    Flag("i", "ignore-zeros", help="ignore zeroed blocks in archive"),
    Flag("", "xattrs", help="enable extended attributes support"),
    Flag("", "acls", help="enable the POSIX ACLs support"),
    Flag("", "selinux", help="enable the SELinux context support"),
    Flag("", "no-xattrs", help="disable extended attributes support"),
    error_status=2,
)
_MODES = ("create", "extract", "list", "append", "update", "diff", "catenate")
_SUFFIXES = (
    (".tar.gz", GZIP),
    (".tgz", GZIP),
    (".tar.bz2", BZIP2),
    (".tbz2", BZIP2),
    (".tar.xz", XZ),
    (".txz", XZ),
)
_FAILED = "Exiting with failure status due to previous errors"


@program("tar", package="tar", summary="an archiving utility")
def tar(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p, _old_style(p.argv[1:]))
    modes = [name for name in _MODES if options.flag(name)]
    if not modes:
        if p.is_busybox:
            raise OPTIONS.usage_error(p, "")
        choices = "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options"
        raise UsageError(f"tar: {choices}\nTry 'tar --help' or 'tar --usage' for more information.\n", 2)
    if len(modes) > 1:
        why = "You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option"
        raise UsageError(f"tar: {why}\nTry 'tar --help' or 'tar --usage' for more information.\n", 2)
    job = _Tar(p, options)
    try:
        if modes[0] == "create":
            yield from job.create()
        elif modes[0] in ("append", "update", "catenate"):
            job.append()
        else:
            yield from job.read(modes[0])
    except _Fatal as error:
        if str(error):
            p.error(str(error))
        if not p.is_busybox:
            p.error(error.ending)
        return 1 if p.is_busybox else 2
    if job.status and not p.is_busybox:
        p.error(_FAILED)
    elif job.status and modes[0] == "create":
        p.error("error exit delayed from previous errors")
    return job.status


class _Fatal(Exception):
    """tar gives up."""

    def __init__(self, message: str, ending: str = "Error is not recoverable: exiting now") -> None:
        self.ending = ending
        super().__init__(message)


def _old_style(arguments: list[str]) -> list[str]:
    """``tar xzf a.tgz``: the first word is a bundle whose values follow in order."""
    if not arguments or arguments[0].startswith("-") or not arguments[0]:
        return arguments
    valued = {letter for option in OPTIONS.options if option.takes_value for letter in option.short}
    out: list[str] = []
    rest = arguments[1:]
    for letter in arguments[0]:
        out.append("-" + letter)
        if letter in valued and rest:
            out.append(rest.pop(0))
    return out + rest


class _Tar:
    def __init__(self, p: Process, options: Parsed) -> None:
        self.p = p
        self.options = options
        self.status = 0
        self.files = p.files.copy()
        self.archive = options.value("file")
        self.verbose = options.count("verbose")
        self.names = list(options.operands)
        self.excluded = self._excluded()
        self._stripped = False
        for source in options.values("files-from"):
            self.names += self._names_from(source)
        for directory in options.values("directory"):
            self._enter(directory)

    def _enter(self, directory: str) -> None:
        try:
            if not isinstance(self.files.stat(directory), Directory):
                raise FsError("ENOTDIR", directory)
            self.files.cwd = self.files.real_path(directory)
        except FsError as error:
            if self.p.is_busybox:
                raise UsageError(
                    f"tar: can't change directory to '{directory}': {error.reason}\n", 1
                ) from error
            text = f"tar: {directory}: Cannot open: {error.reason}\n"
            raise UsageError(f"{text}tar: Error is not recoverable: exiting now\n", 2) from error

    def _names_from(self, source: str) -> list[str]:
        separator = "\0" if self.options.flag("null") else "\n"
        chunks = stdin_chunks(self.p) if source == "-" else self.p.files.chunks(source)
        text = decode(read_all(chunks, self.p.budget))
        return [name for name in text.split(separator) if name]

    def _excluded(self) -> list[Callable[[str], bool]]:
        patterns = self.options.values("exclude")
        for path in self.options.values("exclude-from"):
            patterns += self._names_from(path)
        if self.options.flag("exclude-vcs"):
            patterns += [".git", ".svn", ".hg", "CVS", ".gitignore", ".gitattributes"]
        matchers = []
        for pattern in patterns:
            pattern = pattern.rstrip("/") or pattern
            matchers.append(glob_matcher(pattern, prefix=True))
            if not self.options.flag("anchored"):
                matchers.append(glob_matcher("*/" + pattern, prefix=True))
        return matchers

    def _is_excluded(self, name: str) -> bool:
        return any(matches(name.rstrip("/")) for matches in self.excluded)

    def complain(self, message: str) -> None:
        self.p.error(message)
        self.status = 1 if self.p.is_busybox else 2

    def _method(self, reading: bool) -> Method | None:
        options = self.options
        tool = options.value("use-compress-program") or ""
        if options.flag("gzip") or tool.startswith(("gzip", "pigz")):
            return GZIP
        if options.flag("bzip2") or tool.startswith("bzip2"):
            return BZIP2
        if options.flag("xz") or tool.startswith("xz"):
            return XZ
        if options.flag("auto-compress") and not reading:
            name = self.archive or ""
            return next((method for suffix, method in _SUFFIXES if name.endswith(suffix)), None)
        return None

    # ------------------------------------------------------------------ writing

    def create(self) -> Generator[bytes, None, None]:
        if not self.names:
            if self.p.is_busybox:
                raise _Fatal("empty archive")
            why = "Cowardly refusing to create an empty archive"
            raise UsageError(f"tar: {why}\nTry 'tar --help' or 'tar --usage' for more information.\n", 2)
        method = self._method(reading=False)
        pieces = self._pieces(bytes)
        if method is not None:
            pieces = compress(pieces, method, self.p.budget)
        if self.archive in (None, "-"):
            if self.archive is None and self.p.stdout_is_terminal:
                raise _Fatal("Refusing to write archive contents to terminal (missing -f option?)")
            yield from pieces
            return
        assert self.archive is not None
        try:
            self.p.files.write(self.archive, b"")
            self.p.files.write(self.archive, sparse_content(pieces, self.p.budget))
        except FsError as error:
            if self.p.is_busybox:
                raise _Fatal(f"can't open '{self.archive}': {error.reason}") from error
            raise _Fatal(f"{self.archive}: Cannot open: {error.reason}") from error

    def append(self) -> None:
        if self.archive in (None, "-"):
            raise _Fatal("Options '-Aru' are incompatible with '-f -'")
        assert self.archive is not None
        node = self.p.files.find(self.archive)
        kept = b""
        if isinstance(node, File):
            data = read_all(self.p.files.chunks(self.archive), self.p.budget)
            kept = data[: _end_of_members(data)]
        new = sparse_content(self._pieces(lambda: kept), self.p.budget)
        self.p.files.write(self.archive, new)

    def _pieces(self, start: Callable[[], bytes]) -> Iterator[bytes]:
        """The archive from ``start()`` (members already there) to its padded end."""
        written = len(start())
        if written:
            yield start()
        seen: dict[tuple[int, str], str] = {}
        overrides = self._overrides()
        for name in self.names:
            for piece in self._member_pieces(name, overrides, seen):
                written += len(piece)
                yield piece
        end = trailer(written, BLOCK if self.p.is_busybox else RECORD)
        yield end
        if self.options.flag("totals"):
            self.p.complain(f"Total bytes written: {written + len(end)} (10KiB, 1.0MiB/s)\n")

    def _member_pieces(
        self, top: str, overrides: Overrides, seen: dict[tuple[int, str], str]
    ) -> Iterator[bytes]:
        options = self.options
        walker = Walker(
            self.files,
            follow=options.flag("dereference"),
            one_file_system=options.flag("one-file-system"),
            on_error=lambda path, error: self.complain(f"{path}: Cannot open: {error.reason}"),
        )
        archive = self.p.files.absolute(self.archive) if self.archive not in (None, "-") else None
        removed = []
        try:
            for visit in walker.walk(top):
                if self._is_excluded(visit.path):
                    walker.prune()
                    continue
                if archive == "/" + visit.absolute:
                    if not self.p.is_busybox:
                        self.p.error(f"{visit.path}: file is the archive; not dumped")
                    continue
                yield from self._one_member(visit.path, visit.absolute, visit.node, overrides, seen)
                removed.append(visit.path)
                if options.flag("no-recursion"):
                    walker.prune()
        except FsError as error:
            if self.p.is_busybox:
                self.complain(f"{top}: {error.reason}")
            else:
                self.complain(f"{top}: Cannot stat: {error.reason}")
            return
        if options.flag("remove-files"):
            for path in reversed(removed):
                self.files.remove(path)

    def _one_member(
        self, path: str, absolute: str, node: Node, overrides: Overrides, seen: dict[tuple[int, str], str]
    ) -> Iterator[bytes]:
        name = self._member_name(path)
        if isinstance(node, Directory):
            name = name.rstrip("/") + "/"
        if not name.strip("/") and not name:
            return
        link = ""
        location = self.files.namespace.locate(absolute)
        if isinstance(node, File) and location.tree.link_count(location.path) > 1:
            key = (id(location.tree), location.tree.first_name(location.path))
            link = seen.get(key, "")
            seen.setdefault(key, name)
        if isinstance(node, File) and not link:
            try:
                content = self.files.content("/" + absolute)
            except FsError as error:
                self.complain(f"{path}: Cannot open: {error.reason}")
                return
        self._announce(name, node, link)
        yield header(name, node, self.p.accounts, overrides, link)
        if isinstance(node, File) and not link:
            yield from body(content, self.p.budget)

    def _member_name(self, path: str) -> str:
        if self.options.flag("absolute-names"):
            return path
        stripped = path.lstrip("/")
        if stripped != path and not self._stripped:
            self._stripped = True
            if self.p.is_busybox:
                self.p.error("removing leading '/' from member names")
            else:
                self.p.error("Removing leading `/' from member names")
        return stripped or "./"

    def _announce(self, name: str, node: Node, link: str = "") -> None:
        if not self.verbose:
            return
        line = name if self.verbose == 1 else self._long_line(name, node, link)
        if self.options.flag("create") and self.archive in (None, "-"):
            self.p.complain(line + "\n")
        else:
            self.p.write(line + "\n")

    def _long_line(self, name: str, node: Node, link: str = "", owner: str = "") -> str:
        if not owner:
            accounts = self.p.accounts
            owner = f"{accounts.user_name(node.uid)}/{accounts.group_name(node.gid)}"
        size = node.content.size if isinstance(node, File) else 0
        arrow = f" -> {node.target}" if isinstance(node, Symlink) else f" link to {link}" if link else ""
        mode = mode_text(node)
        if link:
            mode = "h" + mode[1:]
        when = format_time(node.mtime, "%Y-%m-%d %H:%M")
        if self.p.is_busybox:
            return f"{mode} {owner} {size:>9} {when}{format_time(node.mtime, ':%S')} {name}{arrow}"
        width = max(19 - len(owner) - 1, 1)
        return f"{mode} {owner} {size:>{width}} {when} {name}{arrow}"

    def _overrides(self) -> Overrides:
        options, accounts = self.options, self.p.accounts
        uid = gid = mode = mtime = None
        owner, group = options.value("owner"), options.value("group")
        if owner is not None:
            owner, _, number = owner.partition(":")
            account = accounts.user(owner)
            uid = int(number) if number.isdigit() else account.uid if account else 0
        if group is not None:
            group, _, number = group.partition(":")
            found = accounts.group(group)
            gid = int(number) if number.isdigit() else found.gid if found else 0
        text = options.value("mode")
        if text is not None:
            try:
                mode = parse_mode(text).apply(0o644, False, 0)
            except InvalidMode:
                raise _Fatal("Invalid mode given on option") from None
        date = options.value("mtime")
        if date is not None:
            try:
                mtime = parse_date(date, self.p.system.clock.now)
            except InvalidDate:
                raise _Fatal(f"Substituting -9223372036854775808 for unknown date format '{date}'") from None
        numeric = options.flag("numeric-owner")
        named = None if owner is not None and owner.isdigit() else owner
        return Overrides(
            uid, gid, named, None if group is not None and group.isdigit() else group, mode, mtime, numeric
        )

    # ------------------------------------------------------------------ reading

    def _source(self) -> Iterator[bytes]:
        p = self.p
        if self.archive in (None, "-"):
            if self.archive is None and p.stdin.is_terminal:
                raise _Fatal("Refusing to read archive contents from terminal (missing -f option?)")
            chunks: Iterator[bytes] = iter(stdin_chunks(p))
        else:
            assert self.archive is not None
            try:
                chunks = p.files.chunks(self.archive)
            except FsError as error:
                if p.is_busybox:
                    raise _Fatal(f"can't open '{self.archive}': {error.reason}") from error
                if error.code == "EISDIR":
                    p.error(f"{self.archive}: Cannot read: Is a directory")
                    raise _Fatal("At beginning of tape, quitting now") from error
                raise _Fatal(f"{self.archive}: Cannot open: {error.reason}") from error
        head = b""
        while len(head) < 6 and (more := next(chunks, b"")):
            head += more
        found = method_of(head)
        wanted = self._method(reading=True)
        if wanted is not None and found is not wanted:
            label = {
                "gzip": "\ngzip: stdin: not in gzip format\n",
                "xz": "xz: (stdin): File format not recognized\n",
            }
            if p.is_busybox:
                raise _Fatal("invalid magic" if head else "short read")
            if not head:
                p.complain("\ngzip: stdin: unexpected end of file\n" if wanted is GZIP else "")
            else:
                p.complain(label.get(wanted.name, "bzip2: (stdin) is not a bzip2 file.\n"))
            raise _Fatal("Child returned status 1")

        def whole() -> Iterator[bytes]:
            yield head
            yield from chunks

        return decompress(whole(), found, p.budget) if found is not None else whole()

    def read(self, mode: str) -> Generator[bytes, None, None]:
        wanted = [_Wanted(name, self.options.flag("wildcards")) for name in self.names]
        finishing: list[tuple[str, Node]] = []
        try:
            stream = StreamReader(self._source())
            with tarfile.TarFile.open(
                fileobj=stream,
                mode="r|",
                bufsize=1 << 16,
                errors="surrogateescape",
                encoding="utf-8",
            ) as archive:
                for member in archive:
                    self.p.budget.step(4)
                    self.p.budget.allocate(1000)
                    yield from self._member(archive, member, mode, wanted, finishing)
                    yield self.p.take_written()
        except tarfile.ReadError as error:
            if self.p.is_busybox:
                raise _Fatal(
                    "short read"
                    if "unexpected" in str(error) or "truncated" in str(error)
                    else "invalid tar magic"
                ) from error
            if "unexpected end" in str(error):
                self.p.error("Unexpected EOF in archive")
                raise _Fatal("") from error
            self.p.error("This does not look like a tar archive")
            raise _Fatal("", _FAILED) from error
        except BadArchive as error:
            self.p.complain(f"\ngzip: stdin: {error}\n" if not self.p.is_busybox else f"tar: {error}\n")
            self.p.error("Child returned status 1")
            raise _Fatal("") from error
        except (tarfile.TarError, ValueError, OverflowError, OSError, EOFError) as error:
            raise _Fatal("This does not look like a tar archive", _FAILED) from error
        for path, node in reversed(finishing):
            self._finish_directory(path, node)
        for request in wanted:
            if not request.found:
                missing = "not found in archive" if self.p.is_busybox else "Not found in archive"
                self.complain(f"{request.name}: {missing}")

    def _member(
        self,
        archive: tarfile.TarFile,
        member: tarfile.TarInfo,
        mode: str,
        wanted: list["_Wanted"],
        finishing: list[tuple[str, Node]],
    ) -> Generator[bytes, None, None]:
        name = member.name + ("/" if member.isdir() else "")
        if wanted and not sum(request.matches(member.name) for request in wanted):
            return
        if self._is_excluded(member.name):
            return
        node = member_node(member)
        if node is None:
            return
        if mode == "list":
            owner = f"{member.uname or member.uid}/{member.gname or member.gid}"
            if self.options.flag("numeric-owner"):
                owner = f"{member.uid}/{member.gid}"
            link = member.linkname if member.islnk() else ""
            line = self._long_line(name, node, link, owner) if self.verbose else name
            yield encode(line + "\n")
            return
        if mode == "diff":
            self._compare(member.name, node)
            return
        target = self._target(member.name)
        if target is None:
            return
        if self.options.flag("to-stdout"):
            if isinstance(node, File):
                yield from member_content(archive, member, self.p.budget).chunks()
            return
        if self.verbose:
            yield encode((name if self.verbose == 1 else self._long_line(name, node)) + "\n")
        try:
            self._extract(archive, member, node, target, finishing)
        except FsError as error:
            self._cannot_create(member, target, error)

    def _cannot_create(self, member: tarfile.TarInfo, target: str, error: FsError) -> None:
        if self.p.is_busybox:
            self.complain(
                f"can't create {'directory' if member.isdir() else 'file'} '{target}': {error.reason}"
            )
        elif member.isdir():
            self.complain(f"{target}: Cannot mkdir: {error.reason}")
        elif member.issym():
            self.complain(f"{target}: Cannot create symlink to '{member.linkname}': {error.reason}")
        elif member.islnk():
            self.complain(f"{target}: Cannot hard link to '{member.linkname}': {error.reason}")
        else:
            self.complain(f"{target}: Cannot open: {error.reason}")

    def _target(self, name: str) -> str | None:
        if not self.options.flag("absolute-names"):
            name = self._member_name(name) if name.startswith("/") else name
            if ".." in name.split("/"):
                self.complain(f"{name}: Member name contains '..', skipping")
                return None
        strip = self.options.value("strip-components") or "0"
        count = int(strip[:4]) if strip.isdigit() else 0
        if not count:
            return name
        parts = [part for part in name.split("/") if part not in ("", ".")]
        return "/".join(parts[count:]) or None

    def _extract(
        self,
        archive: tarfile.TarFile,
        member: tarfile.TarInfo,
        node: Node,
        target: str,
        finishing: list[tuple[str, Node]],
    ) -> None:
        files = self.files
        parent = target.rstrip("/").rpartition("/")[0]
        if parent and not files.is_dir(parent):
            files.make_dirs(parent)
        present = files.find(target, follow=False)
        if isinstance(node, Directory):
            if not isinstance(files.find(target), Directory):
                if present is not None:
                    files.remove(target)
                files.mkdir(target, 0o700 | node.mode)
            elif self.options.flag("no-overwrite-dir"):
                return
            finishing.append((target, self._owned(member, node)))
            return
        if present is not None:
            if self.options.flag("skip-old-files"):
                return
            if self.options.flag("keep-old-files"):
                raise FsError("EEXIST", target)
            if isinstance(present, Directory):
                raise FsError("EISDIR", target) if files.names(target) else FsError("EEXIST", target)
            if not self.options.flag("overwrite"):
                files.remove(target)
        if member.islnk():
            source = self._target(member.linkname)
            files.link(source or member.linkname, target)
            return
        if isinstance(node, Symlink):
            files.symlink(node.target, target)
        elif isinstance(node, File):
            files.write(target, member_content(archive, member, self.p.budget), node.mode & 0o777)
        else:
            files.make_device(target, node)
        self._finish(target, self._owned(member, node))

    def _owned(self, member: tarfile.TarInfo, node: Node) -> Node:
        """The node with its owner looked up by name, as tar prefers."""
        if self.options.flag("numeric-owner"):
            return node
        user = next((u.uid for u in self.p.accounts.users if u.name == member.uname), node.uid)
        group = next((g.gid for g in self.p.accounts.groups if g.name == member.gname), node.gid)
        return replace(node, uid=user, gid=group)

    def _finish(self, target: str, node: Node) -> None:
        files, options = self.files, self.options
        root = not files.user.uid
        if (root and not options.flag("no-same-owner")) or options.flag("same-owner"):
            files.chown(target, node.uid, node.gid, follow=False)
        if not isinstance(node, Symlink):
            exact = (root or options.flag("preserve-permissions")) and not options.flag("no-same-permissions")
            files.chmod(target, node.mode if exact else node.mode & 0o777 & ~files.umask)
        if not options.flag("touch"):
            files.touch(target, node.mtime, follow=False)

    def _finish_directory(self, target: str, node: Node) -> None:
        try:
            self._finish(target, node)
        except FsError as error:
            self.complain(f"{target}: Cannot change mode: {error.reason}")

    def _compare(self, name: str, node: Node) -> None:
        present = self.files.find(name, follow=False)
        if present is None:
            self.p.error(f"{name}: Warning: Cannot stat: No such file or directory")
            self.status = max(self.status, 1)
        elif isinstance(node, File) and isinstance(present, File):
            if present.content.size != node.content.size:
                self.p.write(f"{name}: Size differs\n")
                self.status = max(self.status, 1)
            elif present.mtime != node.mtime:
                self.p.write(f"{name}: Mod time differs\n")
                self.status = max(self.status, 1)


class _Wanted:
    """A name asked for: the member itself and everything below it."""

    def __init__(self, name: str, wildcards: bool) -> None:
        self.name = name
        self.found = False
        plain = name.rstrip("/")
        self._matches = glob_matcher(plain, prefix=True) if wildcards else None
        self._plain = plain

    def matches(self, member: str) -> bool:
        """Whether the member is meant; remembers that one was."""
        member = member.rstrip("/")
        if self._matches is not None:
            hit = self._matches(member)
        else:
            hit = member == self._plain or member.startswith(self._plain + "/")
        self.found = self.found or hit
        return hit


def _end_of_members(data: bytes) -> int:
    """Where the last member of an uncompressed archive ends."""
    at = 0
    while at + BLOCK <= len(data) and data[at : at + BLOCK].strip(b"\0"):
        try:
            info = tarfile.TarInfo.frombuf(data[at : at + BLOCK], "utf-8", "surrogateescape")
        except tarfile.TarError:
            break
        size = max(0, info.size) if not (info.isdir() or info.issym() or info.islnk()) else 0
        at += BLOCK + -(-size // BLOCK) * BLOCK
    return min(at, len(data))
