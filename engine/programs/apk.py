"""apk: Alpine's package manager."""

from collections.abc import Generator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from zlib import crc32

from engine.catalogue.alpine import ApkPackage, base_names, closure, packages
from engine.clock import SECOND
from engine.fs import Content, File, FsError
from engine.programs.lib.unpack import Unpacker, text_of
from engine.shell.process import Process
from engine.shell.registry import program

Output = Generator[bytes, None, int]
_DATABASE = "/lib/apk/db/installed"
_WORLD = "/etc/apk/world"
_CACHE = "/var/cache/apk"
_STALE = 4 * 3600 * SECOND


@dataclass
class _Record:
    """One paragraph of the installed database."""

    name: str
    version: str
    size: int
    depends: list[str]
    text: str
    paths: list[str]


def _read_database(text: str) -> dict[str, _Record]:
    found: dict[str, _Record] = {}
    for paragraph in text.split("\n\n"):
        fields: dict[str, str] = {}
        paths: list[str] = []
        folder = ""
        for line in paragraph.splitlines():
            key, _, value = line.partition(":")
            if key == "F":
                folder = value
            elif key == "R":
                paths.append(f"/{folder}/{value}" if folder else f"/{value}")
            else:
                fields[key] = value
        if "P" in fields:
            size = int(fields["I"]) if fields.get("I", "").isdigit() else 0
            found[fields["P"]] = _Record(
                fields["P"],
                fields.get("V", ""),
                size,
                fields.get("D", "").split(),
                paragraph.strip("\n"),
                paths,
            )
    return found


@dataclass
class _Apk:
    p: Process
    no_cache: bool = False
    quiet: bool = False
    simulate: bool = False
    virtual: str = ""
    update_cache: bool = False
    words: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    records: dict[str, _Record] = field(default_factory=dict)
    world: list[str] = field(default_factory=list)

    def load(self) -> None:
        self.records = _read_database(text_of(self.p, _DATABASE))
        self.world = text_of(self.p, _WORLD).split()

    @property
    def repositories(self) -> list[str]:
        lines = text_of(self.p, "/etc/apk/repositories").splitlines()
        return [line.split()[-1].rstrip("/") for line in lines if line.strip() and not line.startswith("#")]

    @property
    def is_old(self) -> bool:
        """Whether this apk (before Alpine 3.8) never fetches an index by itself."""
        release = text_of(self.p, "/etc/alpine-release").strip().split(".")
        return release[:1] == ["3"] and len(release) > 1 and release[1].isdigit() and int(release[1]) < 8

    def index_path(self, repository: str) -> str:
        return f"{_CACHE}/APKINDEX.{crc32(repository.encode()):08x}.tar.gz"

    def fresh(self, repository: str) -> bool:
        node = self.p.files.find(self.index_path(repository))
        return isinstance(node, File) and self.p.system.clock.now - node.mtime < _STALE

    def save(self) -> None:
        unpacker = Unpacker(self.p)
        text = "".join(f"{record.text}\n\n" for record in self.records.values())
        unpacker.text(_DATABASE.lstrip("/"), text)
        unpacker.text(_WORLD.lstrip("/"), "".join(f"{name}\n" for name in sorted(set(self.world))))

    def total(self) -> str:
        real = [record for record in self.records.values() if not record.name.startswith(".")]
        size = sum(record.size for record in real)
        mebibytes = size / 1048576
        shown = f"{mebibytes:.0f}" if mebibytes >= 10 else f"{mebibytes:.1f}".removesuffix(".0")
        return f"OK: {shown} MiB in {len(real)} packages\n"


@program("apk", package="apk-tools", summary="Alpine package keeper")
def apk(p: Process) -> Output:
    run = _Apk(p)
    arguments = iter(p.argv[1:])
    for argument in arguments:
        if argument in ("-t", "--virtual"):
            run.virtual = next(arguments, "")
        elif argument.startswith("--virtual="):
            run.virtual = argument.partition("=")[2]
        elif argument in ("-X", "--repository", "-p", "--root", "--cache-dir", "--arch", "--keys-dir"):
            next(arguments, "")
        elif argument == "--no-cache":
            run.no_cache = True
        elif argument in ("-U", "--update-cache", "--update"):
            run.update_cache = True
        elif argument in ("-q", "--quiet"):
            run.quiet = True
        elif argument in ("-s", "--simulate"):
            run.simulate = True
        elif argument.startswith("-") and len(argument) > 1:
            run.flags.add(argument)
        else:
            run.words.append(argument)
    if "--print-arch" in run.flags:
        yield b"x86_64\n"
        return 0
    if "--version" in run.flags or "-V" in run.flags:
        yield b"apk-tools 2.14.9, compiled for x86_64.\n"
        return 0
    if not run.words:
        yield b"apk-tools 2.14.9, compiled for x86_64.\n\n"
        yield b"usage: apk [<OPTIONS>...] COMMAND [<ARGUMENTS>...]\n"
        return 1
    command = _COMMANDS.get(run.words.pop(0))
    if command is None:
        p.complain(f"apk: '{p.argv[1]}' is not an apk command. See 'apk --help'.\n")
        return 1
    if command in (_add, _delete, _update, _upgrade) and p.files.user.uid:
        p.complain("ERROR: Unable to lock database: Permission denied\n")
        p.complain("ERROR: Failed to open apk database: Permission denied\n")
        return 99
    run.load()
    return (yield from command(run))


# ---------------------------------------------------------------------- indexes


def _fetch(run: _Apk, force: bool) -> Generator[bytes, None, bool]:
    """Get the package indexes; False when apk goes on without any."""
    p = run.p
    reachable = True
    fetched = False
    for position, repository in enumerate(run.repositories):
        if not force and run.fresh(repository):
            continue
        if run.is_old and not force:
            name = run.index_path(repository).rpartition("/")[2]
            p.complain(f"WARNING: Ignoring {name}: No such file or directory\n")
            reachable = False
            continue
        if not run.quiet:
            yield f"fetch {repository}/x86_64/APKINDEX.tar.gz\n".encode()
        if not p.system.network:
            p.complain(f"WARNING: fetching {repository}: temporary error (try again later)\n")
            reachable = False
            continue
        fetched = True
        if not run.no_cache:
            size = 502_000 if position == 0 else 2_180_000
            Unpacker(p).put(
                run.index_path(repository).lstrip("/"),
                File(Content(b"\x1f\x8b", size), mtime=p.system.clock.now),
            )
    if fetched:
        p.system.clock.advance(SECOND)
    return reachable


def _update(run: _Apk) -> Output:
    reachable = yield from _fetch(run, force=True)
    for repository in run.repositories:
        yield f"v{text_of(run.p, '/etc/alpine-release').strip()} [{repository}]\n".encode()
    if not reachable:
        run.p.complain(f"{len(run.repositories)} unavailable, 0 stale; 0 distinct packages available\n")
        return len(run.repositories)
    yield f"OK: {len(packages()) + len(run.records)} distinct packages available\n".encode()
    return 0


def _upgrade(run: _Apk) -> Output:
    yield from _fetch(run, force=run.no_cache or run.update_cache)
    yield run.total().encode()
    return 0


# ---------------------------------------------------------------------- add and del


def _split(word: str) -> tuple[str, str, str]:
    """A package name, a version operator and a version."""
    for operator in (">=", "<=", "=~", "~=", "=", ">", "<", "~"):
        name, found, version = word.partition(operator)
        if found:
            return name, operator, version
    return word.partition("@")[0], "", ""


def _add(run: _Apk) -> Output:
    reachable = yield from _fetch(run, force=run.no_cache or run.update_cache)
    p = run.p
    known = packages() if reachable else {}
    names: list[str] = []
    problems: list[str] = []
    for word in run.words:
        name, operator, version = _split(word)
        name = _PROVIDED_BY.get(name, name)
        package = known.get(name)
        if package is None and name not in run.records:
            if run.is_old:
                problems.append(f"  {name} (missing):\n    required by: world[{name}]\n")
            else:
                problems.append(f"  {name} (no such package):\n    required by: world[{word}]\n")
            continue
        have = package.version if package is not None else run.records[name].version
        if operator in ("=", "~", "=~", "~=") and not have.startswith(version):
            problems.append(f"  {name}-{have}:\n    breaks: world[{word}]\n")
            continue
        names.append(name)
    if problems:
        title = "unsatisfiable constraints" if run.is_old else "unable to select packages"
        p.complain(f"ERROR: {title}:\n" + "".join(problems))
        return len(problems)
    added = [package for package in closure(names, set(run.records)) if reachable]
    steps = len(added) + (1 if run.virtual else 0)
    width = len(str(steps))
    for position, package in enumerate(added, 1):
        yield f"({position:>{width}}/{steps}) Installing {package.name} ({package.version})\n".encode()
        post = _POST_INSTALL.get(package.name)
        if post:
            yield f"Executing {package.name}-{package.version}.post-install\n".encode()
    if run.virtual:
        stamp = "20260101.000000"
        yield f"({steps:>{width}}/{steps}) Installing {run.virtual} ({stamp})\n".encode()
    if run.simulate:
        yield run.total().encode()
        return 0
    _install(run, added)
    if run.virtual:
        text = f"P:{run.virtual}\nV:20260101.000000\nA:noarch\nS:0\nI:0\n"
        text += f"T:virtual meta package\nD:{' '.join(names)}"
        run.records[run.virtual] = _Record(run.virtual, "20260101.000000", 0, names, text, [])
        run.world.append(run.virtual)
    else:
        run.world += [word for word in run.words if _split(word)[0] not in run.world]
    run.save()
    if added:
        box = run.records.get("busybox")
        yield f"Executing busybox-{box.version if box else '1.37.0-r20'}.trigger\n".encode()
        if any(package.name == "ca-certificates" for package in added):
            version = packages()["ca-certificates"].version
            yield f"Executing ca-certificates-{version}.trigger\n".encode()
    yield run.total().encode()
    return 0


_PROVIDED_BY = {
    "pip": "py3-pip",
    "python": "python3",
    "dig": "bind-tools",
    "nslookup": "bind-tools",
    "g++-dev": "g++",
    "libressl": "openssl",
    "postgresql-client": "postgresql17-client",
    "postgresql": "postgresql17",
    "php": "php84",
}
_POST_INSTALL = {"nginx": "nginx", "postgresql17": "postgres", "redis": "redis", "apache2": "apache"}
_ACCOUNTS = {
    "nginx": "nginx:x:100:101:nginx:/var/lib/nginx:/sbin/nologin\n",
    "postgresql17": "postgres:x:70:70:PostgreSQL user:/var/lib/postgresql:/bin/sh\n",
    "redis": "redis:x:100:101:redis:/var/lib/redis:/sbin/nologin\n",
    "apache2": "apache:x:100:101:apache:/var/www:/sbin/nologin\n",
}
_GROUPS = {
    "nginx": "nginx:x:101:\n",
    "postgresql17": "postgres:x:70:\n",
    "redis": "redis:x:101:\n",
    "apache2": "apache:x:101:\n",
}


def _install(run: _Apk, added: list[ApkPackage]) -> None:
    p = run.p
    unpacker = Unpacker(p)
    for package in added:
        unpacker.put_all(package.nodes)
        record = _read_database(package.record)[package.name]
        run.records[package.name] = record
        account = _ACCOUNTS.get(package.name)
        if account and p.accounts.user(account.partition(":")[0]) is None:
            p.files.append("/etc/passwd", account.encode())
            p.files.append("/etc/group", _GROUPS[package.name].encode())
        if p.files.is_dir("/etc/apk/cache"):
            path = f"etc/apk/cache/{package.name}-{package.version}.apk"
            unpacker.put(path, File(Content(b"\x1f\x8b", package.size), mtime=p.system.clock.now))
    p.system.clock.advance((1 + sum(package.installed for package in added) // 80_000_000) * SECOND)


def _needed(run: _Apk) -> set[str]:
    pending = [_split(word)[0] for word in run.world]
    needed: set[str] = set()
    while pending:
        name = pending.pop()
        record = run.records.get(name)
        if record is None or name in needed:
            continue
        run.p.budget.step()
        needed.add(name)
        pending += record.depends
    return needed


def _delete(run: _Apk) -> Output:
    base = set(run.records) - _needed(run) | base_names()
    for word in run.words:
        if word not in run.records:
            run.p.complain(f"ERROR: No such package: {word}\n")
            return 1
    before = list(run.world)
    run.world = [word for word in run.world if _split(word)[0] not in run.words]
    keep = _needed(run) | base
    held = [word for word in run.words if word in keep]
    if held:
        yield b"World updated, but the following packages are not removed due to:\n"
        for word in held:
            users = sorted(n for n in keep if n in run.records and word in run.records[n].depends)
            yield f"  {word}: {' '.join(users)}\n".encode()
        if before == run.world:
            yield run.total().encode()
            return 0
    gone = [name for name in run.records if name not in keep]
    files = run.p.files
    for position, name in enumerate(reversed(gone), 1):
        record = run.records.pop(name)
        yield f"({position}/{len(gone)}) Purging {name} ({record.version})\n".encode()
        for path in record.paths:
            if files.find(path, follow=False) is not None:
                files.remove(path)
            parent = path.rpartition("/")[0]
            while parent.count("/") > 2 and files.is_dir(parent) and not files.names(parent):
                files.rmdir(parent)
                parent = parent.rpartition("/")[0]
    run.save()
    box = run.records.get("busybox")
    yield f"Executing busybox-{box.version if box else '1.37.0-r20'}.trigger\n".encode()
    yield run.total().encode()
    return 0


# ---------------------------------------------------------------------- questions


def _info(run: _Apk) -> Output:
    if not run.words:
        for name, record in sorted(run.records.items()):
            shown = f"{name}-{record.version}" if "-v" in run.flags or "-vv" in run.flags else name
            yield f"{shown}\n".encode()
        return 0
    status = 0
    for word in run.words:
        record_here = run.records.get(word)
        if "-e" in run.flags or "--installed" in run.flags:
            if record_here is None:
                status = 1
            else:
                yield f"{word}\n".encode()
        elif "-W" in run.flags or "--who-owns" in run.flags:
            owner = next((r for r in run.records.values() if word in r.paths), None)
            if owner is None:
                run.p.complain(f"ERROR: {word}: Could not find owner package\n")
                status = 1
            else:
                yield f"{word} is owned by {owner.name}-{owner.version}\n".encode()
        elif record_here is None:
            status = 1
        elif "-L" in run.flags or "--contents" in run.flags:
            listed = "".join(f"{path.lstrip('/')}\n" for path in record_here.paths)
            yield f"{word}-{record_here.version} contains:\n{listed}\n".encode()
        else:
            title = f"{word}-{record_here.version}"
            size = f"{record_here.size // 1024} KiB"
            yield f"{title} description:\n{word}\n\n{title} installed size:\n{size}\n\n".encode()
    return status


def _search(run: _Apk) -> Output:
    yield from _fetch(run, force=run.no_cache)
    for name, package in sorted(packages().items()):
        if not run.words or any(word in name or fnmatchcase(name, word) for word in run.words):
            yield f"{name}-{package.version}\n".encode()
    return 0


def _list(run: _Apk) -> Output:
    for name, record in sorted(run.records.items()):
        yield f"{name}-{record.version} x86_64 {{{name}}} [installed]\n".encode()
    return 0


def _cache(run: _Apk) -> Output:
    try:
        names = run.p.files.names(_CACHE)
    except FsError:
        names = []
    if run.words[:1] == ["clean"]:
        for name in names:
            run.p.files.remove(f"{_CACHE}/{name}")
    yield b""
    return 0


def _nothing(run: _Apk) -> Output:
    yield run.total().encode()
    return 0


_COMMANDS = {
    "add": _add,
    "del": _delete,
    "update": _update,
    "upgrade": _upgrade,
    "info": _info,
    "search": _search,
    "list": _list,
    "cache": _cache,
    "fix": _nothing,
    "audit": _nothing,
    "stats": _nothing,
}
