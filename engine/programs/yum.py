"""yum, dnf and microdnf: install packages from RPM repositories."""

from collections.abc import Callable, Generator
from fnmatch import fnmatchcase

from engine.catalogue.redhat import RpmPackage
from engine.fs import FsError
from engine.programs.lib.rpms import GROUPS, RpmSystem, size_text
from engine.shell.process import Process
from engine.shell.registry import program

Output = Generator[bytes, None, int]
_RULE = "=" * 80 + "\n"


class _Run:
    """One command line. ``style`` is yum (CentOS 7), dnf or microdnf."""

    def __init__(self, p: Process, style: str) -> None:
        self.p = p
        self.style = style
        self.yes = self.no = self.quiet = False
        self.words: list[str] = []
        self.system = RpmSystem(p)

    def parse(self) -> str | None:
        """Read the options; returns an error text for a wrong one."""
        arguments = iter(self.p.argv[1:])
        for argument in arguments:
            if argument in ("-y", "--assumeyes", "--assume-yes"):
                self.yes = True
            elif argument in ("--assumeno",):
                self.no = True
            elif argument in ("-q", "--quiet", "-e0"):
                self.quiet = True
            elif argument == "--no-install-recommends":
                real = "Command line error: no such option: --no-install-recommends"
                self.p.complain(
                    f"{self.p.name}: warning: --no-install-recommends is an option of apt, not of "
                    f"{self.p.name}; going on without it (real yum stops here: {real})\n"
                )
            elif argument in _WITH_VALUE:
                next(arguments, "")
            elif argument.startswith("--"):
                if argument.partition("=")[0] not in _KNOWN:
                    return argument
            elif argument.startswith("-") and len(argument) > 1:
                for letter in argument[1:]:
                    if letter == "y":
                        self.yes = True
                    elif letter == "q":
                        self.quiet = True
                    elif letter not in "vbCdeR":
                        return argument
            else:
                self.words.append(argument)
        return None


_WITH_VALUE = ("-c", "-d", "-e", "-x", "-R", "--enablerepo", "--disablerepo", "--installroot", "--exclude")
_KNOWN = frozenset(
    {
        *_WITH_VALUE,
        "--nogpgcheck",
        "--setopt",
        "--skip-broken",
        "--nodocs",
        "--allowerasing",
        "--best",
        "--nobest",
        "--refresh",
        "--security",
        "--obsoletes",
        "--downloadonly",
        "--disableplugin",
        "--enableplugin",
        "--noplugins",
        "--releasever",
        "--repo",
        "--repoid",
        "--verbose",
        "--showduplicates",
        "--all",
        "--installed",
        "--cacheonly",
        "--tolerant",
        "--color",
        "--import",
    }
)


@program("yum", package="yum", summary="package manager of Red Hat systems")
def yum(p: Process) -> Output:
    classic = RpmSystem(p).release == "7"
    return (yield from _main(p, "yum" if classic else "dnf"))


@program("dnf", package="dnf", summary="package manager of Fedora and newer Red Hat systems")
def dnf(p: Process) -> Output:
    return (yield from _main(p, "dnf"))


@program("microdnf", package="microdnf", summary="small package manager for containers")
def microdnf(p: Process) -> Output:
    return (yield from _main(p, "microdnf"))


def _main(p: Process, style: str) -> Output:
    run = _Run(p, style)
    if "--version" in p.argv:
        yield b"3.4.3\n" if style == "yum" else b"4.14.0\n"
        return 0
    wrong = run.parse()
    if wrong is not None:
        if style == "yum":
            yield b"Usage: yum [options] COMMAND\n"
            p.complain(f"\n\nCommand line error: no such option: {wrong}\n")
        else:
            p.complain(
                f"usage: {p.name} [options] COMMAND\n{p.name}: error: unrecognized arguments: {wrong}\n"
            )
        return 1 if style == "yum" else 2
    if not run.words:
        yield b"Loaded plugins: fastestmirror, ovl\n" if style == "yum" else b""
        text = "You need to give some command\n" if style == "yum" else ""
        p.complain(f"{text}Usage: {p.name} [options] COMMAND\n")
        return 1
    command = _COMMANDS.get(run.words[0])
    if command is None:
        if style == "yum":
            yield b"Loaded plugins: fastestmirror, ovl\n"
            p.complain(f"No such command: {run.words[0]}. Please use /usr/bin/yum --help\n")
        else:
            p.complain(f"No such command: {run.words[0]}. Please use /usr/bin/dnf --help\n")
        return 1
    changing = run.words[0] in _CHANGING
    if changing and p.files.user.uid:
        if style == "yum":
            yield b"Loaded plugins: fastestmirror, ovl\n"
            p.complain("You need to be root to perform this command.\n")
        else:
            p.complain(
                "Error: This command has to be run with superuser privileges "
                "(under the root user on most systems).\n"
            )
        return 1
    if style == "yum" and not run.quiet:
        yield b"Loaded plugins: fastestmirror, ovl\n"
    return (yield from command(run, run.words[1:]))


# ---------------------------------------------------------------------- metadata


def _metadata(run: _Run) -> Generator[bytes, None, bool]:
    """Make sure the repositories' metadata is there; False after having said why it is not."""
    system, p = run.system, run.p
    fresh = system.has_metadata()
    names = system.repositories
    if run.style == "yum":
        if not fresh and not p.system.network:
            p.complain(
                "Could not retrieve mirrorlist http://yum.example/centos/?release=7&arch=x86_64&repo=base "
                "error was\n"
                '14: curl#6 - "Could not resolve host: yum.example; Unknown error"\n\n\n'
                " One of the configured repositories failed (Unknown),\n"
                " and yum doesn't have enough cached data to continue.\n\n"
                "Cannot find a valid baseurl for repo: base/7/x86_64\n"
            )
            return False
        if not run.quiet:
            title = "Loading mirror speeds from cached hostfile" if fresh else "Determining fastest mirrors"
            yield (title + "\n" + "".join(f" * {name}: yum.example\n" for name in names)).encode()
        if not fresh:
            system.fetch_metadata()
        return True
    if not fresh:
        if not p.system.network:
            p.complain(
                f"Error: Failed to download metadata for repo '{names[0] if names else 'baseos'}': "
                "Cannot prepare internal mirrorlist: "
                "Curl error (6): Couldn't resolve host name for yum.example\n"
            )
            return False
        fetched = system.fetch_metadata()
        if run.style == "microdnf":
            yield b"Downloading metadata...\n" * max(1, len(names))
        elif not run.quiet:
            share = fetched // max(1, len(names))
            for name in names:
                yield f"{name:<46} {size_text(share):>6}B/s | {size_text(share)}B     00:01    \n".encode()
    elif run.style == "dnf" and not run.quiet:
        yield b"Last metadata expiration check: 0:00:21 ago.\n"
    return True


# ---------------------------------------------------------------------- install


def _install(run: _Run, words: list[str]) -> Output:
    system, p = run.system, run.p
    if not words:
        p.complain("Error: Need to pass a list of pkgs to install\n" + " Mini usage:\n\ninstall PACKAGE...\n")
        return 1
    if not (yield from _metadata(run)):
        return 1
    asked: list[str] = []
    missing: list[str] = []
    for word in words:
        if word.startswith("@"):
            asked += GROUPS.get(word[1:].lower().replace("-", " "), [])
            continue
        if any(letter in word for letter in "*?"):
            matches = sorted(name for name in system.known if fnmatchcase(name, word))
            asked += matches
            if not matches:
                missing.append(word)
            continue
        package = system.find(word)
        name = package.name if package is not None else word
        if name in system.rows:
            row = system.rows[name]
            if run.style == "yum":
                title = _epoch(row.version, row.nevra)
                yield f"Package {title} already installed and latest version\n".encode()
            else:
                yield f"Package {row.nevra} is already installed.\n".encode()
        elif package is None:
            missing.append(word)
            if run.style == "yum":
                yield f"No package {word} available.\n".encode()
        else:
            asked.append(name)
    if missing and run.style != "yum":
        for word in missing:
            p.complain(f"No match for argument: {word}\n" if run.style == "dnf" else "")
        text = f"Error: Unable to find a match: {' '.join(missing)}\n"
        p.complain(text if run.style == "dnf" else f"error: No package matches '{missing[0]}'\n")
        return 1
    asked = list(dict.fromkeys(asked))
    added = system.closure(asked)
    if not added:
        if run.style == "yum":
            if missing:
                p.complain("Error: Nothing to do\n")
                return 1
            yield b"Nothing to do\n"
        else:
            yield b"Dependencies resolved.\nNothing to do.\nComplete!\n"
        return 0
    return (yield from _transaction(run, added, set(asked)))


def _epoch(version: str, nevra: str) -> str:
    return f"{version.partition(':')[0]}:{nevra}" if ":" in version else nevra


def _transaction(run: _Run, added: list[RpmPackage], asked: set[str]) -> Output:
    system = run.system
    first = [package for package in added if package.name in asked]
    rest = [package for package in added if package.name not in asked]
    total = sum(package.size for package in added)
    unpacked = sum(package.installed for package in added)
    if run.style == "microdnf":
        yield _small_table(added)
    else:
        if run.style == "yum":
            yield _resolution(first, rest)
        yield _table(run.style, first, rest)
        yield f"\nTotal download size: {size_text(total)}\nInstalled size: {size_text(unpacked)}\n".encode()
    if not run.yes and not (yield from _confirm(run)):
        return 1
    yield _progress(run.style, added, total)
    system.install(added)
    yield _installed(run.style, first, rest)
    return 0


def _resolution(first: list[RpmPackage], rest: list[RpmPackage]) -> bytes:
    lines = ["Resolving Dependencies\n--> Running transaction check\n"]
    lines += [f"---> Package {p.name}.{p.arch} {_full(p.version)} will be installed\n" for p in first]
    names = {package.name for package in rest}
    for package in first:
        lines += [
            f"--> Processing Dependency: {name} for package: {package.nevra}\n"
            for name in package.depends
            if name in names
        ]
    if rest:
        lines.append("--> Running transaction check\n")
        lines += [f"---> Package {p.name}.{p.arch} {_full(p.version)} will be installed\n" for p in rest]
    lines.append("--> Finished Dependency Resolution\n")
    return "".join(lines).encode()


def _full(version: str) -> str:
    return version if ":" in version else f"0:{version}"


def _table(style: str, first: list[RpmPackage], rest: list[RpmPackage]) -> bytes:
    rows = [*first, *rest]
    widths = [
        max(len(text) for text in column)
        for column in zip(*[(p.name, p.arch, p.version, p.repo) for p in rows], strict=True)
    ]
    widths = [max(width, least) for width, least in zip(widths, (12, 8, 12, 10), strict=True)]

    def line(cells: tuple[str, ...], size: str) -> str:
        text = " " + " ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        return f"{text} {size:>6}\n"

    def body(packages: list[RpmPackage]) -> str:
        return "".join(line((p.name, p.arch, p.version, p.repo), size_text(p.size)) for p in packages)

    head = "\nDependencies Resolved\n\n" if style == "yum" else "Dependencies resolved.\n"
    titles = ("Package", "Arch", "Version", "Repository")
    text = head + _RULE + line(titles, "Size") + _RULE + "Installing:\n" + body(first)
    if rest:
        text += ("Installing for dependencies:\n" if style == "yum" else "Installing dependencies:\n") + body(
            rest
        )
    text += "\nTransaction Summary\n" + _RULE
    if style == "yum":
        packages = f"{len(first)} Package" + ("s" if len(first) > 1 else "")
        extra = ""
        if rest:
            packages = f"{len(first)} Package{'s' if len(first) > 1 else ''} "
            extra = f"(+{len(rest)} Dependent package{'s' if len(rest) > 1 else ''})"
        return f"{text}Install  {packages}{extra}\n".encode()
    return f"{text}Install  {len(rows)} Package{'s' if len(rows) > 1 else ''}\n".encode()


def _small_table(added: list[RpmPackage]) -> bytes:
    lines = [f"{'Package':<48}{'Repository':<20}{'Size':>10}\n", "Installing:\n"]
    lines += [f" {p.nevra:<47}{p.repo:<20}{size_text(p.size):>9}B\n" for p in added]
    lines.append(
        f"Transaction Summary:\n Installing:    {len(added):>5} packages\n Reinstalling:      0 packages\n"
    )
    lines.append(" Upgrading:         0 packages\n Obsoleting:        0 packages\n")
    lines.append(" Removing:          0 packages\n Downgrading:       0 packages\n")
    return "".join(lines).encode()


def _confirm(run: _Run) -> Generator[bytes, None, bool]:
    """Ask on the terminal; at the end of input the answer is no. Raises NeedInput for the line."""
    question = b"Is this ok [y/d/N]: " if run.style == "yum" else b"Is this ok [y/N]: "
    yield question
    answer = b"n\n" if run.no else run.p.stdin.read_line()
    if answer.strip().lower() in (b"y", b"yes"):
        return True
    if run.style == "yum":
        yield b"Exiting on user command\n"
        yield b"Your transaction was saved, rerun it with:\n yum load-transaction /tmp/yum_save_tx.yumtx\n"
    else:
        yield b"Operation aborted.\n"
    return False


def _progress(style: str, added: list[RpmPackage], total: int) -> bytes:
    if style == "microdnf":
        steps = "".join(f"Installing: {p.name};{_full(p.version)};{p.arch};{p.repo}\n" for p in added)
        return f"Downloading packages...\nRunning transaction test...\n{steps}".encode()
    title = "Downloading packages:" if style == "yum" else "Downloading Packages:"
    lines = [title + "\n"]
    if style == "dnf":
        count = len(added)
        for position, package in enumerate(added, 1):
            name = f"({position}/{count}): {package.nevra}.rpm"
            lines.append(f"{name[:48]:<48} 12 MB/s | {size_text(package.size)}B     00:00    \n")
    if len(added) > 1:
        lines.append("-" * 80 + "\n")
        lines.append(f"{'Total':<46} 12 MB/s | {size_text(total)}B  00:01     \n")
    lines.append("Running transaction check\n")
    if style == "dnf":
        lines.append("Transaction check succeeded.\n")
    lines.append("Running transaction test\nTransaction test succeeded" + ("\n" if style == "yum" else ".\n"))
    lines.append("Running transaction\n")
    if style == "dnf":
        lines.append(f"  Preparing        :{'1/1':>60}\n")
    for word in ("Installing", "Verifying"):
        for position, package in enumerate(added, 1):
            label = f"  {word:<10} : " if style == "yum" else f"  {word:<16} : "
            tail = f"{position}/{len(added)} "
            lines.append(label + f"{_epoch(package.version, package.nevra)[:56]:<56}{tail:>9}\n")
    return "".join(lines).encode()


def _installed(style: str, first: list[RpmPackage], rest: list[RpmPackage]) -> bytes:
    if style == "microdnf":
        return b"Complete.\n"
    if style == "dnf":
        names = sorted(package.nevra for package in (*first, *rest))
        return ("\nInstalled:\n" + "".join(f"  {name}\n" for name in names) + "\nComplete!\n").encode()
    text = "\nInstalled:\n" + "".join(f"  {p.name}.{p.arch} {_full(p.version)}\n" for p in first)
    if rest:
        listed = "".join(
            f"  {p.name}.{p.arch} {_full(p.version)}\n" for p in sorted(rest, key=lambda p: p.name)
        )
        text += "\nDependency Installed:\n" + listed
    return (text + "\nComplete!\n").encode()


# ---------------------------------------------------------------------- the other commands


def _update(run: _Run, words: list[str]) -> Output:
    if not (yield from _metadata(run)):
        return 1
    for word in words:
        package = run.system.find(word)
        if (package.name if package is not None else word) not in run.system.rows:
            if run.style == "yum":
                yield f"No Match for argument: {word}\n".encode()
            else:
                run.p.complain(f"No match for argument: {word}\n")
    if run.style == "yum":
        yield b"No packages marked for update\n"
    elif run.style == "microdnf":
        yield b"Nothing to do.\n"
    else:
        yield b"Dependencies resolved.\nNothing to do.\nComplete!\n"
    return 0


def _clean(run: _Run, words: list[str]) -> Output:
    if run.style == "yum":
        if not words:
            run.p.complain(
                "Error: clean requires an option: headers, packages, metadata, dbcache, plugins, "
                "expire-cache, rpmdb, all\n"
            )
            return 1
        yield f"Cleaning repos: {' '.join(run.system.repositories)}\n".encode()
        if "all" in words:
            yield b"Cleaning up list of fastest mirrors\n"
        run.system.clean()
        return 0
    count = 0
    try:
        count = sum(1 for _ in run.p.files.walk(run.system.cache))
    except FsError:
        count = 0
    run.system.clean()
    yield b"Complete.\n" if run.style == "microdnf" else f"{count} files removed\n".encode()
    return 0


def _makecache(run: _Run, words: list[str]) -> Output:
    if not (yield from _metadata(run)):
        return 1
    yield b"Metadata Cache Created\n" if run.style == "yum" else b"Metadata cache created.\n"
    return 0


def _remove(run: _Run, words: list[str]) -> Output:
    system, p = run.system, run.p
    named: set[str] = set()
    for word in words:
        package = system.find(word)
        name = package.name if package is not None else word
        if name in system.rows:
            named.add(name)
        else:
            text = (
                f"No Match for argument: {word}\n"
                if run.style == "yum"
                else f"No match for argument: {word}\n"
            )
            yield text.encode()
    if not named:
        yield (
            b"No Packages marked for removal\n"
            if run.style == "yum"
            else b"No packages marked for removal.\n"
        )
        if run.style != "yum":
            yield b"Dependencies resolved.\nNothing to do.\nComplete!\n"
        return 0
    protected = named.intersection(("yum", "dnf", "systemd", "glibc", "bash", "rpm", "python-libs"))
    if protected:
        p.complain(f'Error: Trying to remove "{sorted(protected)[0]}", which is protected\n')
        return 1
    gone = sorted(system.dependants(named))
    if run.style == "yum":
        lines = ["Resolving Dependencies\n--> Running transaction check\n"]
        for name in gone:
            row = system.rows[name]
            lines.append(f"---> Package {name}.{row.arch} {_full(row.version)} will be erased\n")
        lines.append("--> Finished Dependency Resolution\n\nDependencies Resolved\n\n")
        yield "".join(lines).encode()
    else:
        yield b"Dependencies resolved.\n"
    body = "".join(
        f" {row.name:<24} {row.arch:<10} {row.version:<24} @{row.repo}\n"
        for row in (system.rows[name] for name in gone)
    )
    size = sum(system.rows[name].installed for name in gone)
    yield (
        f"{_RULE} Package{'':<18} Arch{'':<7} Version{'':<18} Repository\n{_RULE}Removing:\n{body}\n"
        f"Transaction Summary\n{_RULE}Remove  {len(gone)} Package{'s' if len(gone) > 1 else ''}\n\n"
        f"Installed size: {size_text(size)}\n"
    ).encode()
    if not run.yes and not (yield from _confirm(run)):
        return 1
    rows = [system.rows[name] for name in gone]
    system.remove(gone)
    steps = "".join(f"  Erasing    : {row.nevra:<56}{i}/{len(rows)} \n" for i, row in enumerate(rows, 1))
    listed = "".join(f"  {row.name}.{row.arch} {_full(row.version)}\n" for row in rows)
    yield f"Running transaction\n{steps}\nRemoved:\n{listed}\nComplete!\n".encode()
    return 0


def _list(run: _Run, words: list[str]) -> Output:
    system = run.system
    what = words[0] if words and words[0] in ("installed", "available", "all", "updates") else "all"
    names = [word for word in words if word != what]

    def shown(name: str) -> bool:
        return not names or any(fnmatchcase(name, pattern) for pattern in names)

    rows = [row for name, row in sorted(system.rows.items()) if shown(name)]
    found = False
    if what in ("installed", "all") and rows:
        found = True
        yield b"Installed Packages\n"
        for row in rows:
            yield f"{row.name + '.' + row.arch:<40} {row.version:<24} @{row.repo}\n".encode()
    if what in ("available", "all"):
        if not (yield from _metadata(run)):
            return 1
        packages = [p for name, p in sorted(system.known.items()) if shown(name) and name not in system.rows]
        if packages:
            found = True
            yield b"Available Packages\n"
            for package in packages:
                title = f"{package.name}.{package.arch}"
                yield f"{title:<40} {package.version:<24} {package.repo}\n".encode()
    if not found and names:
        run.p.complain("Error: No matching Packages to list\n")
        return 1
    return 0


def _search(run: _Run, words: list[str]) -> Output:
    if not (yield from _metadata(run)):
        return 1
    hits = [p for name, p in sorted(run.system.known.items()) if any(word in name for word in words)]
    if not hits:
        yield b"No matches found\n"
        return 0
    yield f"{f' N/S matched: {words[0]} ':=^80}\n".encode()
    for package in hits:
        yield f"{package.name}.{package.arch} : {package.name}\n".encode()
    return 0


def _info(run: _Run, words: list[str]) -> Output:
    if not (yield from _metadata(run)):
        return 1
    for word in words:
        package = run.system.find(word)
        if package is None:
            run.p.complain("Error: No matching Packages to list\n")
            return 1
        version, _, release = package.version.rpartition(":")[2].partition("-")
        title = "Installed Packages" if package.name in run.system.rows else "Available Packages"
        yield (
            f"{title}\nName        : {package.name}\nArch        : {package.arch}\n"
            f"Version     : {version}\nRelease     : {release}\n"
            f"Size        : {size_text(package.size)}\nRepo        : {package.repo}\n\n"
        ).encode()
    return 0


def _repolist(run: _Run, words: list[str]) -> Output:
    yield b"repo id                     repo name\n"
    for name in run.system.repositories:
        yield f"{name:<27} {name.capitalize()}\n".encode()
    return 0


def _provides(run: _Run, words: list[str]) -> Output:
    if not (yield from _metadata(run)):
        return 1
    status = 1
    for word in words:
        for package in run.system.known.values():
            if any(fnmatchcase(path, word) or path.endswith("/" + word) for path in package.files):
                yield f"{package.nevra} : {package.name}\nRepo        : {package.repo}\n\n".encode()
                status = 0
    if status:
        yield b"No matches found\n"
    return status


def _groupinstall(run: _Run, words: list[str]) -> Output:
    names = [name for word in words for name in GROUPS.get(word.lower().replace("-", " "), [])]
    if not names:
        run.p.complain("Warning: Group " + " ".join(words) + " does not exist.\n")
        yield b"Maybe run: yum groups mark install (see man yum)\n"
        yield b"No packages in any requested group available to install or update\n"
        return 0
    return (yield from _install(run, names))


def _group(run: _Run, words: list[str]) -> Output:
    if words[:1] == ["install"]:
        return (yield from _groupinstall(run, words[1:]))
    yield b"Available Groups:\n   Development Tools\n"
    return 0


_COMMANDS: dict[str, Callable[[_Run, list[str]], Output]] = {
    "install": _install,
    "localinstall": _install,
    "reinstall": _update,
    "update": _update,
    "upgrade": _update,
    "check-update": _update,
    "distro-sync": _update,
    "clean": _clean,
    "makecache": _makecache,
    "remove": _remove,
    "erase": _remove,
    "autoremove": _remove,
    "list": _list,
    "search": _search,
    "info": _info,
    "repolist": _repolist,
    "provides": _provides,
    "whatprovides": _provides,
    "groupinstall": _groupinstall,
    "group": _group,
    "groups": _group,
}
_CHANGING = frozenset(
    (
        "install",
        "localinstall",
        "update",
        "upgrade",
        "clean",
        "makecache",
        "remove",
        "erase",
        "autoremove",
        "groupinstall",
        "reinstall",
        "distro-sync",
    )
)
