"""apt's commands, shared by ``apt-get`` and ``apt``. Each yields its standard output."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from engine.catalogue.debian import Package
from engine.catalogue.resolve import closure, unpack_order
from engine.catalogue.world import ADDRESS, resolves
from engine.clock import SECOND, rfc3339
from engine.errors import EngineError
from engine.fs import Content, File, FsError
from engine.programs.lib.aptsources import Lists, Source, index_of, part_of, read_sources
from engine.programs.lib.debs import ARCHIVES, DebSystem
from engine.programs.lib.unpack import Unpacker, text_of
from engine.shell.process import Process

Output = Generator[bytes, None, int]
FAILED = 100


class AptError(EngineError):
    """One or more ``E:`` lines; apt exits with 100."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


@dataclass
class AptOptions:
    """What the command line asked for."""

    yes: bool = False
    assume_no: bool = False
    quiet: int = 0
    simulate: bool = False
    download_only: bool = False
    reinstall: bool = False
    purge: bool = False
    auto_remove: bool = False
    only_upgrade: bool = False
    print_uris: bool = False
    update_first: bool = False
    recommends: bool | None = None
    settings: dict[str, str] = field(default_factory=dict)


_SWITCHES: dict[str, Callable[[AptOptions], None]] = {}


def _switch(*names: str) -> Callable[[Callable[[AptOptions], None]], Callable[[AptOptions], None]]:
    def register(function: Callable[[AptOptions], None]) -> Callable[[AptOptions], None]:
        _SWITCHES.update(dict.fromkeys(names, function))
        return function

    return register


@_switch("-y", "--yes", "--assume-yes", "--force-yes")
def _yes(options: AptOptions) -> None:
    options.yes = True


@_switch("--assume-no")
def _no(options: AptOptions) -> None:
    options.assume_no = True


@_switch("-q", "--quiet")
def _quiet(options: AptOptions) -> None:
    options.quiet += 1


@_switch("-s", "--simulate", "--just-print", "--dry-run", "--recon", "--no-act")
def _simulate(options: AptOptions) -> None:
    options.simulate = True


@_switch("-d", "--download-only")
def _download_only(options: AptOptions) -> None:
    options.download_only = True


@_switch("--reinstall")
def _reinstall(options: AptOptions) -> None:
    options.reinstall = True


@_switch("--purge")
def _purge(options: AptOptions) -> None:
    options.purge = True


@_switch("--auto-remove", "--autoremove")
def _auto_remove(options: AptOptions) -> None:
    options.auto_remove = True


@_switch("--only-upgrade")
def _only_upgrade(options: AptOptions) -> None:
    options.only_upgrade = True


@_switch("--no-install-recommends")
def _no_recommends(options: AptOptions) -> None:
    options.recommends = False


@_switch("--install-recommends")
def _recommends(options: AptOptions) -> None:
    options.recommends = True


@_switch("-U", "--update")
def _update_first(options: AptOptions) -> None:
    options.update_first = True


_WITHOUT_EFFECT = (
    "-m",
    "--fix-missing",
    "-f",
    "--fix-broken",
    "-V",
    "--verbose-versions",
    "--no-upgrade",
    "--allow-downgrades",
    "-b",
    "--ignore-hold",
    "--allow-unauthenticated",
    "--allow-remove-essential",
    "--allow-change-held-packages",
    "--no-download",
    "--trivial-only",
    "--no-remove",
    "--show-progress",
    "--with-new-pkgs",
    "--install-suggests",
    "--no-install-suggests",
    "--allow-releaseinfo-change",
    "--allow-insecure-repositories",
    "--list-cleanup",
    "--no-list-cleanup",
    "--ignore-missing",
    "--show-upgraded",
    "-u",
    "--force-conf",
    "--no-auto-remove",
    "--no-autoremove",
    "-n",
    "-F",
    "-a",
    "--all-versions",
    "--installed",
    "--upgradable",
    "--names-only",
    "--full",
    "--manual-installed",
)


@_switch(*_WITHOUT_EFFECT)
def _ignored(options: AptOptions) -> None:
    """Options that change nothing the simulation shows."""


_WITH_VALUE = {"-o": "--option", "-t": "--target-release", "-c": "--config-file", "-a": "--host-architecture"}
_VALUE_NAMES = frozenset(
    {*_WITH_VALUE.values(), "--default-release", "--solver", "--color", "--with-source", "--format"}
)


def parse(arguments: list[str]) -> tuple[AptOptions, list[str]]:
    """Options anywhere on the line, and the other words. Raises AptError as apt's parser does."""
    options = AptOptions()
    words: list[str] = []
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        position += 1
        if argument == "--":
            words += arguments[position:]
            break
        if argument.startswith("--"):
            name, equals, value = argument.partition("=")
            if name in _VALUE_NAMES:
                if not equals:
                    if position >= len(arguments):
                        raise AptError(f"Option {name} requires an argument.")
                    value = arguments[position]
                    position += 1
                if name == "--option":
                    _setting(options, value)
            elif name in _SWITCHES:
                if value in ("no", "false", "0") and name in ("--yes", "--assume-yes"):
                    continue
                _SWITCHES[name](options)
            else:
                raise AptError(
                    f"Command line option {name} is not understood in combination with the other options"
                )
        elif argument.startswith("-") and len(argument) > 1:
            rest = argument[1:]
            while rest:
                letter, rest = rest[0], rest[1:]
                if letter == "q" and rest.startswith("="):
                    options.quiet += int(rest[1:]) if rest[1:].isdigit() else 1
                    break
                if f"-{letter}" in ("-o", "-t", "-c"):
                    value = rest.removeprefix("=")
                    if not value:
                        if position >= len(arguments):
                            raise AptError(f"Option -{letter} requires an argument.")
                        value = arguments[position]
                        position += 1
                    if letter == "o":
                        _setting(options, value)
                    break
                if f"-{letter}" not in _SWITCHES:
                    raise AptError(
                        f"Command line option '{letter}' [from {argument}] is not understood in combination "
                        "with the other options."
                    )
                _SWITCHES[f"-{letter}"](options)
        else:
            words.append(argument)
    if options.quiet >= 2:
        options.yes = True
    return options, words


def _setting(options: AptOptions, text: str) -> None:
    name, equals, value = text.partition("=")
    if not equals:
        raise AptError(f"Option -o: Configuration item specification must have an =<val>.: {text}")
    options.settings[name.lower()] = value.strip("\"'")


# ---------------------------------------------------------------------- numbers


def size_text(size: int) -> str:
    """Bytes as apt writes them: ``8896 kB``, ``41.7 MB`` (apt-pkg strutl.cc, SizeToStr)."""
    value = float(size)
    for unit in ("", "k", "M", "G"):
        if value < 100 and unit:
            return f"{value:.1f} {unit}B"
        if value < 10_000:
            return f"{value:.0f} {unit}B"
        value /= 1000
    return f"{value:.1f} TB"


def wrapped(names: Iterable[str], width: int = 80) -> str:
    """Package names as apt lists them: two blanks, as many on a line as fit."""
    lines: list[str] = []
    line = " "
    for name in names:
        if len(line) + 1 + len(name) >= width and line != " ":
            lines.append(line + "\n")
            line = " "
        line += " " + name
    if line != " ":
        lines.append(line + "\n")
    return "".join(lines)


# ---------------------------------------------------------------------- the commands


class Apt:
    """One run of apt or apt-get on one machine."""

    def __init__(self, process: Process, options: AptOptions) -> None:
        self.process = process
        self.options = options
        self.system = DebSystem(process)
        self.lists = Lists(process)
        self.configuration = self._read_configuration()

    # -- configuration

    def _read_configuration(self) -> str:
        texts = [text_of(self.process, "/etc/apt/apt.conf")]
        try:
            names = self.process.files.names("/etc/apt/apt.conf.d")
        except FsError:
            names = []
        texts += [text_of(self.process, f"/etc/apt/apt.conf.d/{name}") for name in names]
        return "\n".join(texts)

    def setting(self, name: str) -> str | None:
        """A configuration value from ``-o`` or the files (``APT::Install-Recommends "false";``)."""
        if name.lower() in self.options.settings:
            return self.options.settings[name.lower()]
        found = None
        for line in self.configuration.splitlines():
            for statement in line.split(";"):
                key, _, value = statement.strip().partition(" ")
                if key.lower() == name.lower():
                    found = value.strip().strip('"')
        return found

    @property
    def recommends(self) -> bool:
        """Whether recommended packages come along."""
        if self.options.recommends is not None:
            return self.options.recommends
        return (self.setting("APT::Install-Recommends") or "true").lower() not in ("false", "0", "no")

    @property
    def keeps_archives(self) -> bool:
        """Whether downloaded packages stay in /var/cache/apt/archives."""
        if "/var/cache/apt/archives/*.deb" in self.configuration:
            return False
        if self.process.name == "apt":
            return (self.setting("Binary::apt::APT::Keep-Downloaded-Packages") or "false").lower() == "true"
        return (self.setting("APT::Keep-Downloaded-Packages") or "true").lower() == "true"

    def done(self, title: str) -> bytes:
        """``Reading package lists...``, with ``Done`` where a person watches."""
        if self.options.quiet >= 2:
            return b""
        watched = self.process.stdout_is_terminal and not self.options.quiet
        return f"{title}... Done\n".encode() if watched else f"{title}...\n".encode()

    def require_root(self, lock: str) -> None:
        """Only root may change packages. Raises AptError."""
        if self.process.files.user.uid == 0:
            return
        if "lists" in lock:
            raise AptError(
                f"Could not open lock file {lock} - open (13: Permission denied)",
                "Unable to lock directory /var/lib/apt/lists/",
            )
        raise AptError(
            f"Could not open lock file {lock} - open (13: Permission denied)",
            "Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?",
        )

    # -- update

    def update(self, words: list[str]) -> Output:
        """``update``: fetch the package lists."""
        if words:
            raise AptError("The update command takes no arguments")
        self.require_root("/var/lib/apt/lists/lock")
        sources = read_sources(self.process)
        number = fetched = 0
        warnings: list[str] = []
        errors: list[str] = []
        online = self.process.system.network
        for source in sources:
            number += 1
            title = f"{source.url} {source.suite}"
            index = index_of(source, self.system.archive) if online and resolves(source.host) else None
            if not online or not resolves(source.host):
                reason = "Temporary failure resolving" if not online else "Could not resolve"
                yield f"Err:{number} {title} InRelease\n  {reason} '{source.host}'\n".encode()
                where = f"{source.url}/dists/{source.suite}/InRelease"
                warnings.append(f"Failed to fetch {where}  {reason} '{source.host}'")
            elif index is None:
                yield f"Ign:{number} {title} InRelease\n".encode()
                number += 1
                yield f"Err:{number} {title} Release\n  404  Not Found [IP: {ADDRESS} 80]\n".encode()
                errors.append(
                    f"The repository '{source.url} {source.suite} Release' does not have a Release file."
                )
            elif self.lists.fresh(source):
                yield f"Hit:{number} {title} InRelease\n".encode()
            else:
                yield f"Get:{number} {title} InRelease [{size_text(index.release_size)}]\n".encode()
                fetched += index.release_size
                for component in source.components:
                    number += 1
                    size = part_of(index.packed_size, component, source.components)
                    fetched += size
                    text = f"Get:{number} {source.url} {source.suite}/{component} amd64 Packages"
                    yield f"{text} [{size_text(size)}]\n".encode()
                self.lists.store(source, index, self._list_suffix(), source.components)
        if fetched:
            seconds = 1 + fetched // 9_000_000
            self.process.system.clock.advance(seconds * SECOND)
            speed = size_text(fetched // seconds)
            yield f"Fetched {size_text(fetched)} in {seconds}s ({speed}/s)\n".encode()
            self._write_caches()
        yield self.done("Reading package lists")
        if self.process.name == "apt" and not errors:
            yield self.done("Building dependency tree") + self.done("Reading state information")
            yield b"All packages are up to date.\n"
        for warning in warnings:
            self.process.complain(f"W: {warning}\n")
        if warnings:
            self.process.complain(
                "W: Some index files failed to download. They have been ignored, or old ones used instead.\n"
            )
        if errors:
            raise AptError(*errors)
        return 0

    def _list_suffix(self) -> str:
        if (self.setting("Acquire::GzipIndexes") or "false") != "true":
            return ""
        old = self.system.archive.name in ("jessie", "wheezy", "trusty")
        return ".gz" if old else ".lz4"

    def _write_caches(self) -> None:
        """pkgcache.bin and srcpkgcache.bin, unless the image's configuration switches them off."""
        if 'Dir::Cache::pkgcache ""' in self.configuration:
            return
        unpacker = Unpacker(self.process)
        now = self.process.system.clock.now
        for name in ("pkgcache.bin", "srcpkgcache.bin"):
            unpacker.put(f"var/cache/apt/{name}", File(Content(b"", 38_000_000), mtime=now))

    # -- install

    def install(self, words: list[str]) -> Output:
        """``install``: what is named and what it needs."""
        if self.options.update_first:
            yield from self.update([])
        self.require_root("/var/lib/dpkg/lock-frontend")
        yield self.done("Reading package lists")
        yield self.done("Building dependency tree") + self.done("Reading state information")
        local = [word for word in words if "/" in word and word.endswith(".deb")]
        wanted, removed, notes = self._wanted([word for word in words if word not in local])
        yield "".join(notes).encode()
        for path in local:
            package = deb_file(self.process, self.system, path)
            yield f"Note, selecting '{package.name}' instead of '{path}'\n".encode()
            wanted[package.name] = package
        fresh: list[str] = []
        for name, package in wanted.items():
            if self.system.is_installed(name) and not self.options.reinstall:
                if self.system.stanzas[name].version == package.version:
                    yield f"{name} is already the newest version ({package.version}).\n".encode()
                    if name in self.system.automatic:
                        self.system.automatic.discard(name)
                        yield f"{name} set to manually installed.\n".encode()
                        if not self.options.simulate:
                            self.system.save_automatic()
                    continue
            elif self.options.only_upgrade and not self.system.is_installed(name):
                yield f"Skipping {name}, it is not installed and only upgrades are requested.\n".encode()
                continue
            fresh.append(name)
        chosen = closure(self.system.archive, fresh, self.system.installed, self.recommends)
        for name in fresh:
            chosen[name] = wanted[name]
        status = yield from self._transaction(chosen, set(fresh), removed)
        return status

    def _wanted(self, words: list[str]) -> tuple[dict[str, Package], set[str], list[str]]:
        wanted: dict[str, Package] = {}
        removed: set[str] = set()
        notes: list[str] = []
        errors: list[str] = []
        for word in words:
            self.process.budget.step()
            name, version = word, ""
            if "=" in word:
                name, _, version = word.partition("=")
            elif "/" in word:
                name, _, _ = word.partition("/")
            elif word.endswith("-") and self._find(word) is None:
                removed.add(word[:-1])
                continue
            elif word.endswith("+") and self._find(word) is None:
                name = word[:-1]
            name = name.removesuffix(":amd64")
            package = self._find(name)
            if package is None and any(letter in name for letter in "*?["):
                matches = self._matching(name)
                for match in matches:
                    notes.append(f"Note, selecting '{match.name}' for glob '{name}'\n")
                    wanted[match.name] = match
                if matches:
                    continue
            if package is None:
                package = self._virtual(name, notes, errors)
                if package is None:
                    continue
            if version and not fnmatchcase(package.version, version):
                errors.append(f"Version '{version}' for '{name}' was not found")
                continue
            if version:
                notes.append(
                    f"Selected version '{package.version}' ({self._origin()}) for '{name}'\n"
                    * (package.version != version)
                )
            wanted[package.name] = package
        if errors:
            raise _Explained("".join(notes), errors)
        return wanted, removed, notes

    def _origin(self) -> str:
        archive = self.system.archive
        return f"{archive.distribution.capitalize()}:{archive.name} [amd64]"

    def _find(self, name: str) -> Package | None:
        """A package apt knows of: in its lists, or installed."""
        package = self.system.archive.find(name)
        if package is None:
            return None
        return package if self.lists.present or self.system.is_installed(name) else None

    def _matching(self, pattern: str) -> list[Package]:
        if not self.lists.present:
            return []
        found = [
            package for name, package in self.system.archive.packages.items() if fnmatchcase(name, pattern)
        ]
        self.process.budget.step(1 + len(self.system.archive.packages) // 16)
        return found[:200]

    def _virtual(self, name: str, notes: list[str], errors: list[str]) -> Package | None:
        providers = self.system.archive.providers(name) if self.lists.present else ()
        if len(providers) == 1:
            notes.append(f"Note, selecting '{providers[0]}' instead of '{name}'\n")
            return self.system.archive.find(providers[0])
        if providers:
            listed = "".join(
                f"  {other} {self.system.archive.packages[other].version}\n" for other in providers
            )
            notes.append(
                f"Package {name} is a virtual package provided by:\n{listed}"
                "You should explicitly select one to install.\n\n"
            )
            errors.append(f"Package '{name}' has no installation candidate")
        elif name in self._mentioned():
            notes.append(
                f"Package {name} is not available, but is referred to by another package.\n"
                "This may mean that the package is missing, has been obsoleted, or\n"
                "is only available from another source\n\n"
            )
            errors.append(f"Package '{name}' has no installation candidate")
        else:
            errors.append(f"Unable to locate package {name}")
            if "." in name:
                errors.append(f"Couldn't find any package by glob '{name}'")
        return None

    def _mentioned(self) -> set[str]:
        """Names that installed packages recommend or depend on although nothing here has them."""
        return {
            other
            for stanza in self.system.stanzas.values()
            for group in (*stanza.relations, *stanza.recommended)
            for other in group
            if self.system.archive.find(other) is None
        }

    def _transaction(self, chosen: dict[str, Package], asked: set[str], removed: set[str]) -> Output:
        system, options = self.system, self.options
        gone = {name for name in removed if system.is_installed(name)}
        extra = sorted(name for name in chosen if name not in asked)
        if extra:
            yield b"The following additional packages will be installed:\n" + wrapped(extra).encode()
        if not self.recommends and chosen:
            left_out = sorted(
                {
                    group[0]
                    for package in chosen.values()
                    for group in package.recommends
                    if not any(other in chosen or other in system.installed.provided for other in group)
                }
            )
            if left_out:
                yield b"Recommended packages:\n" + wrapped(left_out).encode()
        if gone:
            yield b"The following packages will be REMOVED:\n" + wrapped(sorted(gone)).encode()
        again = {name for name in chosen if system.is_installed(name)}
        new = [name for name in chosen if name not in again]
        if new:
            yield b"The following NEW packages will be installed:\n" + wrapped(sorted(new)).encode()
        summary = f"0 upgraded, {len(new)} newly installed"
        if again:
            summary += f", {len(again)} reinstalled"
        yield f"{summary}, {len(gone)} to remove and 0 not upgraded.\n".encode()
        order = unpack_order(chosen)
        download = sum(package.size for package in order if not self._cached(package))
        total = sum(package.size for package in order)
        if order:
            already = size_text(total)
            need = f"{size_text(download)}/{already}" if 0 < download < total else size_text(download)
            yield f"Need to get {need}{'' if download else f'/{already}'} of archives.\n".encode()
        grown = sum(chosen[name].installed for name in new) * 1024
        shrunk = sum(int(system.stanzas[name].fields.get("Installed-Size", "0") or 0) for name in gone) * 1024
        if order or gone:
            yield _disk_space(grown - shrunk)
        if options.simulate:
            for package in order:
                yield f"Inst {package.name} ({package.version} {self._origin()})\n".encode()
            for package in order:
                yield f"Conf {package.name} ({package.version} {self._origin()})\n".encode()
            return 0
        if (extra or gone) and not options.yes and not (yield from self._confirm()):
            return 1
        if order:
            yield from self._download(order)
        if options.download_only:
            if order:
                yield b"Download complete and in download only mode\n"
            return 0
        for name in sorted(gone):
            yield from self.remove_one(name)
        if order:
            yield from self._unpack(order, asked)
        if gone and not order:
            system.save()
        return 0

    def _confirm(self) -> Generator[bytes, None, bool]:
        """Ask on the terminal; with nobody there the answer is no. Raises NeedInput for the line."""
        yield b"Do you want to continue? [Y/n] "
        if self.options.assume_no:
            yield b"N\nAbort.\n"
            return False
        answer = self.process.stdin.read_line().strip().lower()
        if not self.process.stdin.is_terminal and not answer:
            yield b"Abort.\n"
            return False
        if answer in (b"", b"y", b"yes"):
            return True
        yield b"Abort.\n"
        return False

    def _cached(self, package: Package) -> bool:
        return self.process.files.is_file(f"{ARCHIVES}/{package.deb_name}")

    def _download(self, order: list[Package]) -> Generator[bytes, None, None]:
        p = self.process
        archive = self.system.archive
        sources = read_sources(p)
        base = sources[0].url if sources else archive.archive
        component = sources[0].components[0] if sources and sources[0].components else "main"
        failures: list[str] = []
        fetched = number = 0
        stale = self.lists.stale
        for package in order:
            if self._cached(package):
                continue
            number += 1
            title = f"{base} {archive.name}/{component} amd64 {package.name}"
            if package.architecture == "all":
                title = f"{base} {archive.name}/{component} all {package.name}"
            where = _pool_path(base, component, package)
            if not p.system.network:
                reason = f"Temporary failure resolving '{base.partition('://')[2].partition('/')[0]}'"
                yield f"Err:{number} {title} {package.version}\n  {reason}\n".encode()
                failures.append(f"Failed to fetch {where}  {reason}")
            elif stale and ("+deb" in package.version or "ubuntu" in package.version):
                reason = f"404  Not Found [IP: {ADDRESS} 80]"
                yield f"Err:{number} {title} {package.version}\n  {reason}\n".encode()
                failures.append(f"Failed to fetch {where}  {reason}")
            else:
                yield f"Get:{number} {title} {package.version} [{size_text(package.size)}]\n".encode()
                fetched += package.size
                self._store_deb(package)
        seconds = fetched // 25_000_000
        p.system.clock.advance((seconds + 1) * SECOND if fetched else 0)
        if failures:
            if fetched:
                yield f"Fetched {size_text(fetched)} in {seconds}s ({size_text(fetched)}/s)\n".encode()
            self._drop_archives(order)
            raise AptError(
                *failures,
                "Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?",
            )
        if not p.files.is_file("/usr/bin/apt-extracttemplates"):
            p.complain("debconf: delaying package configuration, since apt-utils is not installed\n")
        if fetched:
            speed = size_text(fetched // max(seconds, 1))
            yield f"Fetched {size_text(fetched)} in {seconds}s ({speed}/s)\n".encode()

    def _store_deb(self, package: Package) -> None:
        if self.keeps_archives or self.options.download_only:
            Unpacker(self.process).put(
                f"{ARCHIVES.lstrip('/')}/{package.deb_name}",
                File(deb_content(package), mtime=self.process.system.clock.now),
            )

    def _drop_archives(self, order: list[Package]) -> None:
        if self.keeps_archives:
            return
        for package in order:
            path = f"{ARCHIVES}/{package.deb_name}"
            if self.process.files.is_file(path):
                self.process.files.remove(path)

    def _unpack(self, order: list[Package], asked: set[str]) -> Generator[bytes, None, None]:
        p, system = self.process, self.system
        count = system.file_count()
        lines: list[str] = []
        for position, package in enumerate(order):
            name = _qualified(package)
            if not system.is_installed(package.name):
                lines.append(f"Selecting previously unselected package {name}.\n")
            if position == 0:
                lines.append(_database(count, p.stdout_is_terminal))
            shown = package.deb_name
            prefix = f".../{position:0{len(str(len(order) - 1))}d}-" if len(order) > 5 else ".../"
            if len(order) == 1:
                prefix = ".../"
            lines.append(f"Preparing to unpack {prefix}{shown} ...\n")
            lines.append(f"Unpacking {name} ({package.version}) ...\n")
        yield "".join(lines).encode()
        system.unpack(order)
        for name in (package.name for package in order if package.name not in asked):
            system.automatic.add(name)
        for name in asked:
            system.automatic.discard(name)
        for package in order:
            yield f"Setting up {_qualified(package)} ({package.version}) ...\n".encode()
            yield from _postinst(p, package)
        if any(package.section == "libs" for package in order):
            libc = system.stanzas.get("libc6")
            yield f"Processing triggers for libc-bin ({libc.version if libc else '2.36'}) ...\n".encode()
            unpacker = Unpacker(p)
            now = p.system.clock.now
            size = 6_000 + 90 * len(system.stanzas)
            unpacker.put("etc/ld.so.cache", File(Content(b"ld.so-1.7.0\0", size), mtime=now))
            unpacker.put("var/cache/ldconfig/aux-cache", File(Content(b"", size // 2), 0o600, mtime=now))
        if any(package.name == "ca-certificates" for package in order):
            version = next(package.version for package in order if package.name == "ca-certificates")
            yield (
                f"Processing triggers for ca-certificates ({version}) ...\n"
                "Updating certificates in /etc/ssl/certs...\n0 added, 0 removed; done.\n"
                "Running hooks in /etc/ca-certificates/update.d...\ndone.\n"
            ).encode()
        p.system.clock.advance((1 + sum(package.installed for package in order) // 60_000) * SECOND)
        self._log(order, asked)
        system.save()
        system.save_automatic()
        self._drop_archives(order)

    def _log(self, order: list[Package], asked: set[str]) -> None:
        p = self.process
        stamp = rfc3339(p.system.clock.now)[:19].replace("T", "  ")
        listed = ", ".join(
            f"{package.name}:amd64 ({package.version}{'' if package.name in asked else ', automatic'})"
            for package in order
        )
        command = " ".join(p.argv)
        _append(
            p,
            "/var/log/apt/history.log",
            f"\nStart-Date: {stamp}\nCommandline: {command}\nInstall: {listed}\nEnd-Date: {stamp}\n",
        )
        lines = []
        time = stamp.replace("  ", " ")
        for package in order:
            tag = f"{package.name}:{package.architecture}"
            for step in (
                f"install {tag} <none> {package.version}",
                f"status half-installed {tag} {package.version}",
                f"status unpacked {tag} {package.version}",
                f"configure {tag} {package.version} <none>",
                f"status half-configured {tag} {package.version}",
                f"status installed {tag} {package.version}",
            ):
                lines.append(f"{time} {step}\n")
        _append(p, "/var/log/dpkg.log", "".join(lines))
        term = "".join(
            f"Unpacking {package.name} ({package.version}) ...\nSetting up {package.name} "
            f"({package.version}) ...\n"
            for package in order
        )
        _append(p, "/var/log/apt/term.log", f"\nLog started: {stamp}\n{term}Log ended: {stamp}\n")

    # -- removal

    def remove(self, words: list[str], purge: bool = False) -> Output:
        """``remove`` and ``purge``."""
        self.require_root("/var/lib/dpkg/lock-frontend")
        purge = purge or self.options.purge
        yield self.done("Reading package lists")
        yield self.done("Building dependency tree") + self.done("Reading state information")
        system = self.system
        named: set[str] = set()
        errors: list[str] = []
        for word in words:
            name = word.removesuffix(":amd64").removesuffix("-")
            if any(letter in name for letter in "*?"):
                found = {other for other in system.stanzas if fnmatchcase(other, name)}
                named |= found
                if not found:
                    errors.append(f"Unable to locate package {name}")
            elif system.is_installed(name) or (purge and name in system.stanzas):
                named.add(name)
            elif self.system.archive.find(name) is not None:
                yield f"Package '{name}' is not installed, so not removed\n".encode()
            else:
                errors.append(f"Unable to locate package {name}")
        if errors:
            raise AptError(*errors)
        gone = system.dependants(named) if named else set()
        if self.options.auto_remove:
            gone |= set(system.unneeded(gone))
        status = yield from self._remove_set(gone, purge, show_unneeded=not self.options.auto_remove)
        return status

    def autoremove(self, words: list[str], purge: bool = False) -> Output:
        """``autoremove``: what nothing needs any more, besides ``words``."""
        self.options.auto_remove = True
        if words:
            return (yield from self.remove(words, purge))
        self.require_root("/var/lib/dpkg/lock-frontend")
        yield self.done("Reading package lists")
        yield self.done("Building dependency tree") + self.done("Reading state information")
        gone = set(self.system.unneeded())
        return (yield from self._remove_set(gone, purge or self.options.purge, show_unneeded=False))

    def _remove_set(self, gone: set[str], purge: bool, show_unneeded: bool) -> Output:
        system, p = self.system, self.process
        if show_unneeded and (left := [name for name in system.unneeded(gone) if name not in gone]):
            text = "package was automatically installed and is"
            if len(left) > 1:
                text = "packages were automatically installed and are"
            yield f"The following {text} no longer required:\n{wrapped(left)}".encode()
            yield f"Use '{p.name} autoremove' to remove {'it' if len(left) == 1 else 'them'}.\n".encode()
        if gone:
            shown = sorted(f"{name}*" if purge else name for name in gone)
            yield b"The following packages will be REMOVED:\n" + wrapped(shown).encode()
        yield f"0 upgraded, 0 newly installed, {len(gone)} to remove and 0 not upgraded.\n".encode()
        if not gone:
            return 0
        size = sum(int(system.stanzas[name].fields.get("Installed-Size", "0") or 0) for name in gone)
        yield _disk_space(-size * 1024)
        if self.options.simulate:
            yield "".join(f"Remv {name} [{system.stanzas[name].version}]\n" for name in sorted(gone)).encode()
            return 0
        if not self.options.yes and not (yield from self._confirm()):
            return 1
        yield _database(system.file_count(), p.stdout_is_terminal).encode()
        for name in sorted(gone):
            yield from self.remove_one(name, purge)
        system.save()
        system.save_automatic()
        p.system.clock.advance(SECOND)
        return 0

    def remove_one(self, name: str, purge: bool = False) -> Generator[bytes, None, None]:
        """Remove one package, in dpkg's words."""
        stanza = self.system.stanzas[name]
        if stanza.is_installed:
            yield f"Removing {name} ({stanza.version}) ...\n".encode()
        self.system.remove(name, purge)
        if purge:
            yield f"Purging configuration files for {name} ({stanza.version}) ...\n".encode()

    # -- the rest

    def upgrade(self, words: list[str]) -> Output:
        """``upgrade`` and ``dist-upgrade``: the simulated archive has nothing newer than the images."""
        self.require_root("/var/lib/dpkg/lock-frontend")
        yield self.done("Reading package lists")
        yield self.done("Building dependency tree") + self.done("Reading state information")
        yield self.done("Calculating upgrade")
        if words:
            return (yield from self.install(words))
        yield b"0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n"
        return 0

    def clean(self, words: list[str]) -> Output:
        """``clean``: empty the cache of downloaded packages."""
        self.require_root(f"{ARCHIVES}/lock")
        files = self.process.files
        try:
            names = files.names(ARCHIVES)
        except FsError:
            names = []
        for name in names:
            if name.endswith(".deb"):
                files.remove(f"{ARCHIVES}/{name}")
        for name in ("pkgcache.bin", "srcpkgcache.bin"):
            if files.is_file(f"/var/cache/apt/{name}"):
                files.remove(f"/var/cache/apt/{name}")
        yield b""
        return 0

    def check(self, words: list[str]) -> Output:
        """``check``: nothing is ever broken here."""
        yield self.done("Reading package lists")
        yield self.done("Building dependency tree") + self.done("Reading state information")
        return 0

    def download(self, words: list[str]) -> Output:
        """``download``: the packages' archives into the working directory."""
        for word in words:
            package = self._find(word.partition("=")[0])
            if package is None:
                raise AptError(f"Unable to locate package {word}")
            url = read_sources(self.process)
            base = url[0].url if url else self.system.archive.archive
            text = f"Get:1 {base} {self.system.archive.name}/main amd64 {package.name} {package.version}"
            yield f"{text} [{size_text(package.size)}]\n".encode()
            yield f"Fetched {size_text(package.size)} in 0s ({size_text(package.size)}/s)\n".encode()
            self.process.files.write(package.deb_name, deb_content(package))
        return 0


class _Explained(AptError):
    """Errors that come after notes on standard output."""

    def __init__(self, notes: str, errors: list[str]) -> None:
        self.notes = notes
        super().__init__(*errors)


def run(process: Process, command: Callable[[Apt, list[str]], Output], apt: Apt, words: list[str]) -> Output:
    """Run one command; its errors become ``E:`` lines and status 100."""
    try:
        return (yield from command(apt, words))
    except _Explained as error:
        yield error.notes.encode()
        complain(process, error)
    except AptError as error:
        complain(process, error)
    return FAILED


def complain(process: Process, error: AptError) -> None:
    """Print an error as apt does."""
    for line in error.lines:
        process.complain(f"E: {line}\n")


def _disk_space(change: int) -> bytes:
    if change < 0:
        return f"After this operation, {size_text(-change)} disk space will be freed.\n".encode()
    return f"After this operation, {size_text(change)} of additional disk space will be used.\n".encode()


def _database(count: int, watched: bool) -> str:
    line = f"(Reading database ... {count} files and directories currently installed.)\n"
    return line if watched else f"(Reading database ... \n{line}"


def _qualified(package: Package) -> str:
    same = package.section in ("libs", "libdevel") and package.architecture != "all"
    return f"{package.name}:amd64" if same else package.name


def _pool_path(base: str, component: str, package: Package) -> str:
    letter = package.name[:4] if package.name.startswith("lib") else package.name[0]
    version = package.plain_version
    return (
        f"{base}/pool/{component}/{letter}/{package.name}/{package.name}_{version}_{package.architecture}.deb"
    )


def _append(process: Process, path: str, text: str) -> None:
    parent = path.rpartition("/")[0]
    process.files.make_dirs(parent)
    process.files.append(path, text.encode("utf-8", "surrogateescape"))


def _postinst(process: Process, package: Package) -> Generator[bytes, None, None]:
    from engine.catalogue.dpkg import alternatives

    if package.section == "admin" or package.name in ("tzdata", "locales", "ca-certificates", "openssl"):
        asks = any("debconf" in group for group in package.depends)
        quiet = process.env.get("DEBIAN_FRONTEND", "") == "noninteractive" or process.stdout_is_terminal
        if asks and not quiet:
            process.complain(
                "debconf: unable to initialize frontend: Dialog\n"
                "debconf: (TERM is not set, so the dialog frontend is not usable.)\n"
                "debconf: falling back to frontend: Readline\n"
            )
    if package.name == "ca-certificates":
        yield b"Updating certificates in /etc/ssl/certs...\n142 added, 0 removed; done.\n"
    if package.name == "tzdata":
        yield (
            b"\nCurrent default time zone: 'Etc/UTC'\n"
            b"Run 'dpkg-reconfigure tzdata' if you wish to change it.\n\n"
        )
    links = [(path, node) for path, node in alternatives(package) if path.startswith("etc/alternatives/")]
    for path, node in links:
        target = getattr(node, "target", "")
        name = path.rpartition("/")[2]
        yield (
            f"update-alternatives: using {target} to provide /usr/bin/{name} ({name}) in auto mode\n"
        ).encode()


# ---------------------------------------------------------------------- archives

_DEB_MARK = b"!<arch>\nlayerlab:deb="


def deb_content(package: Package) -> Content:
    """The bytes of a downloaded package: a mark that names it, then filler up to its size."""
    return Content(_DEB_MARK + f"{package.name}={package.version}\n".encode(), package.size)


def deb_file(process: Process, system: DebSystem, path: str) -> Package:
    """The package in the file at ``path``. Raises AptError."""
    node = process.files.find(path)
    if not isinstance(node, File):
        raise AptError(f"Unsupported file {path} given on commandline")
    head = node.content.head
    if not head.startswith(_DEB_MARK):
        raise AptError(
            f"Invalid archive signature, in {path}", f"Unsupported file {path} given on commandline"
        )
    name = head[len(_DEB_MARK) :].partition(b"=")[0].decode("utf-8", "replace")
    package = system.archive.find(name)
    if package is None:
        raise AptError(f"Unsupported file {path} given on commandline")
    return package


__all__ = ["Apt", "AptError", "AptOptions", "Source", "deb_content", "deb_file", "parse", "run", "size_text"]
