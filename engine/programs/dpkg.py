"""dpkg: the Debian package manager below apt."""

from collections.abc import Generator
from fnmatch import fnmatchcase

from engine.catalogue.debian import Package
from engine.fs import Directory
from engine.programs.lib.apt import AptError, deb_file
from engine.programs.lib.debs import DebSystem
from engine.shell.process import Process
from engine.shell.registry import program

_VERSION = "Debian 'dpkg' package management program version 1.21.22 (amd64).\n"


@program("dpkg", package="dpkg", summary="package manager for Debian")
def dpkg(p: Process) -> Generator[bytes, None, int]:
    arguments = p.argv[1:]
    if not arguments:
        p.complain(
            "dpkg: error: need an action option\n\n"
            "Type dpkg --help for help about installing and deinstalling packages [*];\n"
            "Use 'apt' or 'aptitude' for user-friendly package management;\n"
        )
        return 2
    action, words = "", []
    for argument in arguments:
        if argument.startswith("-") and argument in _ACTIONS and not action:
            action = _ACTIONS[argument]
        elif argument.startswith("--force") or argument in ("-E", "-G", "--no-triggers", "--pending"):
            continue
        elif argument.startswith("-") and len(argument) > 1 and not action:
            p.error(f"error: unknown option {argument}")
            return 2
        elif argument != "-a":
            words.append(argument)
    system = DebSystem(p)
    match action:
        case "version":
            yield _VERSION.encode()
        case "architecture":
            yield b"amd64\n"
        case "list":
            return (yield from list_packages(p, system, words))
        case "files":
            return (yield from list_files(p, system, words))
        case "search":
            return (yield from search_path(p, system, words))
        case "status":
            return (yield from show_status(p, system, words))
        case "selections":
            for name in sorted(system.stanzas):
                state = "install" if system.is_installed(name) else "deinstall"
                yield f"{name}\t\t\t\t\t\t{state}\n".encode()
        case "install":
            return (yield from _install(p, system, words))
        case "remove" | "purge":
            return (yield from _remove(p, system, words, action == "purge"))
        case "help":
            yield b"Usage: dpkg [<option>...] <command>\n"
    return 0


_ACTIONS = {
    "-l": "list",
    "--list": "list",
    "-L": "files",
    "--listfiles": "files",
    "-S": "search",
    "--search": "search",
    "-s": "status",
    "--status": "status",
    "-i": "install",
    "--install": "install",
    "--unpack": "install",
    "-r": "remove",
    "--remove": "remove",
    "-P": "purge",
    "--purge": "purge",
    "--get-selections": "selections",
    "--print-architecture": "architecture",
    "--print-foreign-architectures": "nothing",
    "--configure": "nothing",
    "--add-architecture": "nothing",
    "--audit": "nothing",
    "--version": "version",
    "--help": "help",
}

_HEADER = (
    "Desired=Unknown/Install/Remove/Purge/Hold\n"
    "| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n"
    "|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n"
)


def list_packages(p: Process, system: DebSystem, patterns: list[str]) -> Generator[bytes, None, int]:
    """``dpkg -l``: a table as wide as its widest cells."""
    rows: list[tuple[str, str, str, str, str]] = []
    status = 0
    matched: set[str] = set()
    for name in sorted(system.stanzas):
        stanza = system.stanzas[name]
        hits = [pattern for pattern in patterns if fnmatchcase(name, pattern)]
        p.budget.step(1 + len(patterns))
        if patterns and not hits:
            continue
        matched.update(hits)
        mark = "ii" if stanza.is_installed else "rc"
        shown = f"{name}:amd64" if stanza.fields.get("Section") == "libs" else name
        rows.append(
            (
                mark,
                shown,
                stanza.version,
                stanza.fields.get("Architecture", ""),
                stanza.fields.get("Description", ""),
            )
        )
    for pattern in patterns:
        if pattern not in matched:
            p.complain(f"dpkg-query: no packages found matching {pattern}\n")
            status = 1
    if rows:
        titles = ("", "Name", "Version", "Architecture", "Description")
        widths = [max(len(row[i]) for row in (*rows, titles)) for i in range(5)]
        lines = [_line("||/", titles, widths), _rule(widths)]
        lines += [_line(f"{row[0]} ", row, widths) for row in rows]
        yield (_HEADER + "".join(lines)).encode("utf-8", "surrogateescape")
    return status


def _line(mark: str, cells: tuple[str, ...], widths: list[int]) -> str:
    padded = " ".join(f"{cells[i]:<{widths[i]}}" for i in (1, 2, 3))
    return f"{mark} {padded} {cells[4]}\n"


def _rule(widths: list[int]) -> str:
    return "+++-" + "-".join("=" * width for width in widths[1:]) + "\n"


def list_files(p: Process, system: DebSystem, names: list[str]) -> Generator[bytes, None, int]:
    """``dpkg -L``."""
    status = 0
    for name in names:
        bare = name.removesuffix(":amd64")
        if bare not in system.stanzas:
            p.complain(f"dpkg-query: package '{name}' is not installed\n")
            p.complain("Use dpkg --contents (= dpkg-deb --contents) to list archive files contents.\n")
            status = 1
            continue
        yield ("/.\n" + "".join(f"{path}\n" for path in system.paths(bare))).encode()
    return status


def search_path(p: Process, system: DebSystem, patterns: list[str]) -> Generator[bytes, None, int]:
    """``dpkg -S``: which packages own a path."""
    status = 0
    for pattern in patterns:
        found = False
        globs = any(letter in pattern for letter in "*?[")
        for name in sorted(system.stanzas):
            paths = system.paths(name)
            p.budget.step(1 + len(paths) // 8)
            for path in paths:
                if globs:
                    wanted = fnmatchcase(path, pattern)
                else:
                    wanted = path == pattern if pattern.startswith("/") else pattern in path
                if wanted:
                    found = True
                    yield f"{name}: {path}\n".encode()
        if not found:
            p.complain(f"dpkg-query: no path found matching pattern {pattern}\n")
            status = 1
    return status


def show_status(p: Process, system: DebSystem, names: list[str]) -> Generator[bytes, None, int]:
    """``dpkg -s``."""
    status = 0
    for name in names:
        stanza = system.stanzas.get(name.removesuffix(":amd64"))
        if stanza is None:
            p.complain(
                f"dpkg-query: package '{name}' is not installed and no information is available\n"
                "Use dpkg --info (= dpkg-deb --info) to examine archive files.\n"
            )
            status = 1
        else:
            yield f"{stanza.text}\n".encode()
    return status


def _install(p: Process, system: DebSystem, paths: list[str]) -> Generator[bytes, None, int]:
    if p.files.user.uid:
        p.error("error: requested operation requires superuser privilege")
        return 2
    packages: list[Package] = []
    failed = False
    for path in paths:
        node = p.files.find(path)
        if node is None or isinstance(node, Directory):
            p.error(f"error: cannot access archive '{path}': No such file or directory")
            failed = True
            continue
        try:
            packages.append(deb_file(p, system, path))
        except AptError:
            p.error(f"error processing archive {path} (--install):")
            p.complain(" archive is not a package of the simulated world\n")
            failed = True
    missing: list[str] = []
    for package in packages:
        new = not system.is_installed(package.name)
        if new:
            yield f"Selecting previously unselected package {package.name}.\n".encode()
        count = system.file_count()
        yield f"(Reading database ... {count} files and directories currently installed.)\n".encode()
        yield f"Preparing to unpack {package.deb_name} ...\n".encode()
        yield f"Unpacking {package.name} ({package.version}) ...\n".encode()
        present = system.installed.provided.union(other.name for other in packages)
        lacking = [g for g in package.depends if not present.intersection(g) and system.archive.find(g[0])]
        if lacking:
            listed = "".join(
                f" {package.name} depends on {group[0]}; however:\n  Package {group[0]} is not installed.\n"
                for group in lacking
            )
            p.complain(
                f"dpkg: dependency problems prevent configuration of {package.name}:\n{listed}\n"
                f"dpkg: error processing package {package.name} (--install):\n"
                " dependency problems - leaving unconfigured\n"
            )
            missing.append(package.name)
        system.unpack([package])
        if not lacking:
            yield f"Setting up {package.name} ({package.version}) ...\n".encode()
    if packages:
        system.save()
    if missing:
        p.complain("Errors were encountered while processing:\n" + "".join(f" {name}\n" for name in missing))
    return 1 if missing or failed else 0


def _remove(p: Process, system: DebSystem, names: list[str], purge: bool) -> Generator[bytes, None, int]:
    if p.files.user.uid:
        p.error("error: requested operation requires superuser privilege")
        return 2
    status = 0
    for name in names:
        stanza = system.stanzas.get(name)
        if stanza is None:
            p.complain(f"dpkg: warning: ignoring request to remove {name} which isn't installed\n")
            continue
        others = system.dependants({name}) - {name, *names}
        if others:
            first = sorted(others)[0]
            p.complain(
                f"dpkg: dependency problems prevent removal of {name}:\n {first} depends on {name}.\n\n"
                f"dpkg: error processing package {name} (--{'purge' if purge else 'remove'}):\n"
                " dependency problems - not removing\n"
                f"Errors were encountered while processing:\n {name}\n"
            )
            status = 1
            continue
        count = system.file_count()
        yield f"(Reading database ... {count} files and directories currently installed.)\n".encode()
        if stanza.is_installed:
            yield f"Removing {name} ({stanza.version}) ...\n".encode()
        if purge:
            yield f"Purging configuration files for {name} ({stanza.version}) ...\n".encode()
        system.remove(name, purge)
        system.save()
    return status
