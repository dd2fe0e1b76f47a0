"""Copying files and trees: the engine of ``cp``, of ``mv`` between file systems, and of ``install``."""

from dataclasses import dataclass, field, replace

from engine.fs import Content, Device, Directory, File, FsError, Node, Symlink
from engine.programs.lib.nodes import contains, join, same_file
from engine.programs.lib.quoting import quote
from engine.programs.lib.text import sparse_content
from engine.shell.process import Process


@dataclass(frozen=True, slots=True)
class CopyRules:
    """How to copy. ``follow``: ``all`` links, those on the ``command`` line, or ``none``."""

    recursive: bool = False
    follow: str = "all"
    mode: bool = False
    owner: bool = False
    times: bool = False
    links: bool = False
    force: bool = False
    interactive: bool = False
    no_clobber: bool = False
    update: bool = False
    remove_destination: bool = False
    hard_link: bool = False
    symbolic_link: bool = False
    attributes_only: bool = False
    verbose: bool = False
    backup_suffix: str = ""


ARCHIVE = CopyRules(recursive=True, follow="none", mode=True, owner=True, times=True, links=True)


@dataclass
class Copier:
    """Copies for one process; problems are reported in its name and counted in ``failed``."""

    process: Process
    rules: CopyRules
    failed: bool = False
    _first_copies: dict[tuple[int, str], str] = field(default_factory=dict)

    def copy(self, source: str, target: str) -> bool:
        """Copy ``source`` to exactly ``target``; False after a problem was reported."""
        before = self.failed
        self.failed = False
        self._copy(source, target)
        good = not self.failed
        self.failed = self.failed or before
        return good

    def _copy(self, source: str, target: str) -> None:
        files = self.process.files
        finished: list[tuple[str, Directory]] = []
        stack: list[tuple[str, str, bool]] = [(source, target, True)]
        while stack:
            here, there, on_command_line = stack.pop()
            if not here:
                path, node = finished.pop()
                self._finish_directory(path, node)
                continue
            follow = self.rules.follow == "all" or (self.rules.follow == "command" and on_command_line)
            try:
                node_here = files.stat(here, follow)
            except FsError as error:
                self._report(
                    f"cannot stat {quote(here)}: {error.reason}", f"can't stat '{here}': {error.reason}"
                )
                continue
            if not isinstance(node_here, Directory):
                self._copy_leaf(here, there, node_here)
                continue
            names = self._enter_directory(here, there, on_command_line)
            if names is None:
                continue
            finished.append((there, node_here))
            stack.append(("", "", False))
            stack += [(join(here, name), join(there, name), False) for name in reversed(names)]

    # ------------------------------------------------------------------ directories

    def _enter_directory(self, here: str, there: str, on_command_line: bool) -> list[str] | None:
        files = self.process.files
        if not self.rules.recursive:
            self._report(
                f"-r not specified; omitting directory {quote(here)}", f"omitting directory '{here}'"
            )
            return None
        if on_command_line and contains(files, here, there):
            if same_file(files, here, there):
                self._report(
                    f"{quote(here)} and {quote(there)} are the same file",
                    f"'{here}' and '{there}' are the same file",
                )
            else:
                self._report(
                    f"cannot copy a directory, {quote(here)}, into itself, {quote(there)}",
                    f"recursion detected, omitting directory '{there}'",
                )
                if files.find(there) is None:
                    return self._start_directory(here, there)
            return None
        present = files.find(there)
        if present is not None and not isinstance(present, Directory):
            self._report(
                f"cannot overwrite non-directory {quote(there)} with directory {quote(here)}",
                f"target '{there}' is not a directory",
            )
            return None
        return self._start_directory(here, there)

    def _start_directory(self, here: str, there: str) -> list[str] | None:
        process, files = self.process, self.process.files
        present = files.find(there)
        try:
            names = files.names(here)
        except FsError as error:
            self._report(
                f"cannot access {quote(here)}: {error.reason}", f"can't open '{here}': {error.reason}"
            )
            return None
        if present is None:
            try:
                files.mkdir(there, 0o777)
            except FsError as error:
                self._report(
                    f"cannot create directory {quote(there)}: {error.reason}",
                    f"can't create directory '{there}': {error.reason}",
                )
                return None
            self._announce(here, there)
        process.budget.step()
        return names

    def _finish_directory(self, there: str, node: Directory) -> None:
        files = self.process.files
        self._preserve(node, there)
        if not self.rules.mode:
            made = files.find(there)
            wanted = node.mode & 0o777 & ~files.umask
            if isinstance(made, Directory) and made.mode & 0o777 != wanted and self._made(there):
                self._quietly_chmod(there, (made.mode & 0o7000) | wanted)

    def _made(self, there: str) -> bool:
        """Whether this run may still adjust the directory: it is ours and as fresh as the clock."""
        node = self.process.files.find(there)
        return node is not None and node.uid == self.process.files.user.uid

    def _quietly_chmod(self, path: str, mode: int) -> None:
        try:
            self.process.files.chmod(path, mode)
        except FsError:
            self.failed = True

    # ------------------------------------------------------------------ everything else

    def _copy_leaf(self, here: str, there: str, node: Node) -> None:
        files, rules = self.process.files, self.rules
        present = files.find(there, follow=False)
        if there.endswith("/") and present is None:
            self._report(
                f"cannot create {_kind(node)} {quote(there)}: Not a directory",
                f"can't create '{there}': Is a directory",
            )
            return
        replaceable = isinstance(node, Symlink) and not isinstance(present, Directory)
        if isinstance(files.find(there), Directory) and not replaceable:
            self._report(
                f"cannot overwrite directory {quote(there)} with non-directory",
                f"'{there}' is a directory",
            )
            return
        if present is not None:
            harmless = rules.hard_link or (rules.remove_destination and isinstance(present, Symlink))
            if not harmless and same_file(files, here, there, follow=not isinstance(node, Symlink)):
                self._report(
                    f"{quote(here)} and {quote(there)} are the same file",
                    f"'{here}' and '{there}' are the same file",
                )
                return
            if not self._may_replace(there, node, present):
                return
        try:
            self._create(here, there, node, present)
        except FsError as error:
            self._report(
                f"cannot create {_kind(node)} {quote(there)}: {error.reason}",
                f"can't create '{there}': {error.reason}",
            )
            return
        self._announce(here, there)

    def _may_replace(self, there: str, node: Node, present: Node) -> bool:
        rules = self.rules
        if rules.no_clobber:
            return False
        if rules.update and node.mtime <= present.mtime:
            return False
        if rules.interactive and not ask(self.process, f"overwrite {quote(there)}? "):
            return False
        if rules.backup_suffix:
            self.process.files.rename(there, there.rstrip("/") + rules.backup_suffix)
        return True

    def _create(self, here: str, there: str, node: Node, present: Node | None) -> None:
        files, rules = self.process.files, self.rules
        present = None if rules.backup_suffix else present
        if rules.symbolic_link:
            if present is not None:
                files.remove(there)
            files.symlink(here, there)
            return
        if rules.hard_link or self._linked_already(here, there, present):
            if present is not None:
                files.remove(there)
            if rules.hard_link:
                files.link(here, there)
            return
        if isinstance(node, Symlink) or (isinstance(node, Device) and rules.recursive):
            if present is not None:
                files.remove(there)
            if isinstance(node, Symlink):
                files.symlink(node.target, there)
            else:
                user = files.user
                fresh = replace(node, uid=user.uid, gid=user.gid, mtime=files.clock.now)
                files.make_device(there, fresh)
            self._preserve(node, there)
            return
        self._write_file(here, there, node, present)

    def _write_file(self, here: str, there: str, node: Node, present: Node | None) -> None:
        process, files, rules = self.process, self.process.files, self.rules
        try:
            content = self._content(here, node)
        except FsError as error:
            self._report(
                f"cannot open {quote(here)} for reading: {error.reason}",
                f"can't open '{here}': {error.reason}",
            )
            self.failed = True
            return
        if present is not None and rules.remove_destination:
            files.remove(there)
            present = None
        if isinstance(present, Symlink) and not files.exists(there) and not process.is_busybox:
            self._report(
                f"not writing through dangling symlink {quote(there)}",
                f"can't create '{there}': File exists",
            )
            return
        if rules.attributes_only and present is not None:
            content = files.content(there)
        mode = node.mode & (0o7777 if rules.mode else 0o777)
        try:
            files.write(there, content, mode)
        except FsError as error:
            if not (rules.force and present is not None and error.code == "EACCES"):
                raise
            files.remove(there)
            files.write(there, content, mode)
        self._preserve(node, there)

    def _content(self, here: str, node: Node) -> Content:
        files = self.process.files
        if isinstance(node, File):
            return Content() if self.rules.attributes_only else files.content(here)
        return sparse_content(files.chunks(here), self.process.budget)

    def _linked_already(self, here: str, there: str, present: Node | None) -> bool:
        """Keep names of one file names of one file: link to the first copy made."""
        if not self.rules.links:
            return False
        files = self.process.files
        location = files.locate(here, follow=False)
        if location.tree.link_count(location.path) < 2:
            return False
        key = (id(location.tree), location.tree.first_name(location.path))
        first = self._first_copies.setdefault(key, there)
        if first == there:
            return False
        if present is not None:
            files.remove(there)
        files.link(first, there)
        return True

    def _preserve(self, node: Node, there: str) -> None:
        files, rules = self.process.files, self.rules
        if rules.owner:
            try:
                files.chown(there, node.uid, node.gid, follow=False)
            except FsError as error:
                if error.code != "EPERM":
                    raise
        if rules.mode and not isinstance(node, Symlink):
            files.chmod(there, node.mode)
        if rules.times:
            files.touch(there, node.mtime, follow=False)

    def _announce(self, here: str, there: str) -> None:
        if self.rules.verbose:
            self.process.write(f"{quote(here)} -> {quote(there)}\n")

    def _report(self, message: str, busybox: str) -> None:
        self.failed = True
        self.process.error(busybox if self.process.is_busybox else message)


def _kind(node: Node) -> str:
    match node:
        case Symlink():
            return "symbolic link"
        case Device():
            return "special file"
        case _:
            return "regular file"


def ask(process: Process, question: str) -> bool:
    """Ask on standard error and read the answer: yes when it starts with ``y`` or ``Y``."""
    process.complain(f"{process.name}: {question}")
    answer = process.stdin.read_line()
    return answer[:1] in (b"y", b"Y")


def target_paths(
    process: Process, operands: list[str], directory: str | None, plain: bool
) -> list[tuple[str, str]] | None:
    """(source, target) pairs of ``cp``/``mv``/``ln`` operands; None after a message.

    ``directory`` is ``-t``'s value; ``plain`` is ``-T``.
    """
    files = process.files
    if directory is not None:
        sources, target, into = operands, directory, True
    else:
        sources, target = operands[:-1], operands[-1]
        into = not plain and files.is_dir(target)
    if process.is_busybox and directory is None and len(sources) > 1 and process.name != "ln":
        into = True
    if not into and (len(sources) > 1 or directory is not None):
        reason = "Not a directory" if files.exists(target) else "No such file or directory"
        if process.is_busybox:
            process.error(
                f"target '{target}' is not a directory"
                if files.exists(target)
                else f"can't stat '{target}': {reason}"
            )
        else:
            label = "target directory" if directory is not None else "target"
            process.error(f"{label} {quote(target)}: {reason}")
        return None
    if not into:
        return [(sources[0], target)]
    return [(source, join(target, _last_part(source))) for source in sources]


def _last_part(path: str) -> str:
    """The name a source gets inside a directory: ``.`` and ``..`` stay as they are."""
    return path.rstrip("/").rpartition("/")[2]
