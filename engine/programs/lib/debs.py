"""What apt and dpkg share: the machine's package database, its sources, its configuration."""

from dataclasses import dataclass, field
from functools import cached_property

from engine.catalogue.debian import Package, Release, release
from engine.catalogue.dpkg import (
    ACCOUNTS,
    Stanza,
    after_install,
    alternatives,
    codename_of,
    installed_of,
    package_records,
    path_filter,
    read_status,
    stanza_of,
    unpacked,
    write_status,
)
from engine.catalogue.resolve import Installed
from engine.fs import File, FsError, Symlink
from engine.programs.lib.unpack import Unpacker, text_of
from engine.shell.process import Process

STATUS = "/var/lib/dpkg/status"
INFO = "/var/lib/dpkg/info"
EXTENDED = "/var/lib/apt/extended_states"
LISTS = "/var/lib/apt/lists"
ARCHIVES = "/var/cache/apt/archives"


@dataclass
class DebSystem:
    """The package database of one machine, read when first needed and written back by ``save``."""

    process: Process
    stanzas: dict[str, Stanza] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stanzas = dict(read_status(text_of(self.process, STATUS)))

    @cached_property
    def archive(self) -> Release:
        """The release /etc/os-release names (bookworm when it names none that is known)."""
        codename = codename_of(text_of(self.process, "/etc/os-release"))
        return release(codename or "bookworm")

    @cached_property
    def automatic(self) -> set[str]:
        """Packages that came only as dependencies."""
        names: set[str] = set()
        for paragraph in text_of(self.process, EXTENDED).split("\n\n"):
            fields = dict(line.partition(": ")[::2] for line in paragraph.splitlines())
            if fields.get("Auto-Installed") == "1":
                names.add(fields.get("Package", ""))
        return names

    @property
    def installed(self) -> Installed:
        """What dependency resolution needs to know."""
        return installed_of(self.stanzas)

    def is_installed(self, name: str) -> bool:
        """Whether the package is installed (not merely its configuration left)."""
        stanza = self.stanzas.get(name)
        return stanza is not None and stanza.is_installed

    @cached_property
    def merged(self) -> bool:
        """Whether /bin is a link into /usr."""
        return isinstance(self.process.files.find("/bin", follow=False), Symlink)

    @cached_property
    def excluded(self) -> str:
        """Every dpkg configuration line, for ``path_filter``."""
        texts = [text_of(self.process, "/etc/dpkg/dpkg.cfg")]
        try:
            names = self.process.files.names("/etc/dpkg/dpkg.cfg.d")
        except FsError:
            names = []
        texts += [text_of(self.process, f"/etc/dpkg/dpkg.cfg.d/{name}") for name in names]
        return "\n".join(texts)

    # ------------------------------------------------------------------ changing

    def unpack(self, packages: list[Package]) -> None:
        """Put the packages' files, lists and links in place and note them as installed."""
        unpacker = Unpacker(self.process)
        wanted = path_filter(self.excluded)
        for package in packages:
            unpacker.put_all(unpacked(package, wanted, self.merged))
            unpacker.put_all(package_records(package))
            unpacker.put_all(alternatives(package))
            self.stanzas[package.name] = stanza_of(package)
            self._add_account(package.name)
            unpacker.put_all(after_install(package.name))

    def _add_account(self, package: str) -> None:
        if package not in ACCOUNTS:
            return
        name, uid, gid, home = ACCOUNTS[package]
        p = self.process
        if p.accounts.user(name) is not None:
            return
        if gid != 65534:
            p.files.append("/etc/group", f"{name}:x:{gid}:\n".encode())
        p.files.append("/etc/passwd", f"{name}:x:{uid}:{gid}::{home}:/usr/sbin/nologin\n".encode())
        p.files.append("/etc/shadow", f"{name}:!:19000::::::\n".encode())

    def remove(self, name: str, purge: bool) -> None:
        """Delete the package's files; without ``purge`` its files in /etc and a note of it stay."""
        files = self.process.files
        stanza = self.stanzas.get(name)
        if stanza is None:
            return
        paths = self.paths(name)
        kept = [path for path in paths if path.startswith("/etc/") and files.is_file(path)]
        for path in sorted(paths, reverse=True):
            self.process.budget.step()
            node = files.find(path, follow=False)
            if node is None or (path in kept and not purge):
                continue
            try:
                if isinstance(node, File | Symlink):
                    files.remove(path)
                elif not self._shared_directory(path):
                    files.rmdir(path)
            except FsError:
                continue
        for path, link in alternatives(self.archive.packages.get(name) or _nothing(name)):
            target = link.target if isinstance(link, Symlink) else ""
            known = files.find("/" + path, follow=False)
            if isinstance(known, Symlink) and known.target == target:
                files.remove("/" + path)
        keep_note = bool(kept) and not purge
        for file in files.names(INFO):
            stem, _, kind = file.rpartition(".")
            if stem.partition(":")[0] == name and not (keep_note and kind in ("list", "postrm")):
                files.remove(f"{INFO}/{file}")
        if keep_note:
            text = stanza.text.replace("Status: install ok installed", "Status: deinstall ok config-files")
            self.stanzas.update(read_status(text))
        else:
            del self.stanzas[name]
        self.automatic.discard(name)

    def _shared_directory(self, path: str) -> bool:
        return path.count("/") <= 2

    def paths(self, name: str) -> list[str]:
        """What ``dpkg -L`` says: absolute paths from the package's list file."""
        for stem in (name, f"{name}:amd64"):
            text = text_of(self.process, f"{INFO}/{stem}.list")
            if text:
                return [line for line in text.splitlines() if line and line != "/."]
        return []

    def save(self) -> None:
        """Write the status file (the old one stays as status-old) and which packages are automatic."""
        files = self.process.files
        old = files.find(STATUS)
        if isinstance(old, File):
            files.write(STATUS + "-old", old.content)
        files.write(STATUS, write_status(self.stanzas.values()).encode("utf-8", "surrogateescape"))

    def save_automatic(self) -> None:
        """Write /var/lib/apt/extended_states."""
        text = "".join(
            f"Package: {name}\nArchitecture: {self._architecture(name)}\nAuto-Installed: 1\n\n"
            for name in sorted(self.automatic)
        )
        self.process.files.write(EXTENDED, text.encode())

    def _architecture(self, name: str) -> str:
        stanza = self.stanzas.get(name)
        architecture = stanza.fields.get("Architecture", "amd64") if stanza else "amd64"
        return "amd64" if architecture == "all" else architecture

    def file_count(self) -> int:
        """How many files and directories dpkg says the machine has."""
        try:
            names = self.process.files.names(INFO)
        except FsError:
            return 0
        total = 0
        for name in names:
            if name.endswith(".list"):
                node = self.process.files.find(f"{INFO}/{name}")
                total += node.content.head.count(b"\n") if isinstance(node, File) else 0
        return total

    # ------------------------------------------------------------------ removal's consequences

    def dependants(self, names: set[str]) -> set[str]:
        """``names`` and every installed package that cannot stay without them."""
        gone = set(names)
        changed = True
        while changed:
            changed = False
            left = {
                virtual
                for name, stanza in self.stanzas.items()
                if name not in gone and stanza.is_installed
                for virtual in (name, *stanza.provides)
            }
            for name, stanza in self.stanzas.items():
                self.process.budget.step()
                if name in gone or not stanza.is_installed:
                    continue
                for group in stanza.relations:
                    if gone.intersection(group) and not left.intersection(group):
                        gone.add(name)
                        changed = True
                        break
        return gone

    def unneeded(self, without: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
        """Automatically installed packages that nothing asked for needs any more, sorted."""
        present = {n for n, s in self.stanzas.items() if s.is_installed and n not in without}
        providers: dict[str, list[str]] = {}
        for name in present:
            for virtual in (name, *self.stanzas[name].provides):
                providers.setdefault(virtual, []).append(name)
        needed: set[str] = set()
        pending = [name for name in present if name not in self.automatic]
        while pending:
            name = pending.pop()
            if name in needed:
                continue
            self.process.budget.step()
            needed.add(name)
            stanza = self.stanzas[name]
            for group in (*stanza.relations, *stanza.recommended):
                for alternative in group:
                    pending += [other for other in providers.get(alternative, ()) if other not in needed]
        return sorted(present - needed)


def _nothing(name: str) -> Package:
    return Package(name, "", 0, 0)
