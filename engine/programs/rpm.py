"""rpm: the package manager below yum and dnf."""

import re
from collections.abc import Generator
from fnmatch import fnmatchcase

from engine.catalogue.redhat import InstalledRpm
from engine.fs import File
from engine.programs.lib.rpms import RpmSystem
from engine.shell.process import Process
from engine.shell.registry import program

_TAG = re.compile(r"%\{([A-Za-z]+)\}")


@program("rpm", package="rpm", summary="RPM package manager")
def rpm(p: Process) -> Generator[bytes, None, int]:
    letters, words, template = "", [], ""
    arguments = iter(p.argv[1:])
    for argument in arguments:
        if argument in ("--qf", "--queryformat"):
            template = next(arguments, "")
        elif argument.startswith(("--qf=", "--queryformat=")):
            template = argument.partition("=")[2]
        elif argument in _LONG:
            letters += _LONG[argument]
        elif argument.startswith("--"):
            continue
        elif argument.startswith("-"):
            letters += argument[1:]
        else:
            words.append(argument)
    system = RpmSystem(p)
    if "version" in p.argv[1:2] or "--version" in p.argv:
        yield b"RPM version 4.11.3\n" if system.release == "7" else b"RPM version 4.16.1.3\n"
        return 0
    if "q" in letters:
        return (yield from _query(p, system, letters, words, template))
    if "e" in letters:
        return (yield from _erase(p, system, words))
    if "i" in letters or "U" in letters or "F" in letters:
        return (yield from _install(p, system, words))
    if "K" in letters or "V" in letters or "I" in letters:
        return 0
    p.complain("RPM version 4.11.3\nUsage: rpm [OPTION...]\n")
    return 1


_LONG = {
    "--query": "q",
    "--all": "a",
    "--list": "l",
    "--file": "f",
    "--info": "i",
    "--install": "i",
    "--upgrade": "U",
    "--erase": "e",
    "--import": "I",
    "--rebuilddb": "I",
    "--checksig": "K",
    "--verify": "V",
    "--whatprovides": "w",
    "--requires": "R",
}


def _query(
    p: Process, system: RpmSystem, letters: str, words: list[str], template: str
) -> Generator[bytes, None, int]:
    if "a" in letters:
        for row in system.rows.values():
            if not words or any(fnmatchcase(row.name, word) for word in words):
                yield _line(row, template)
        return 0
    status = 0
    for word in words:
        if "f" in letters:
            owner = next((name for name in system.rows if word in system.paths(name)), None)
            if not p.files.exists(word):
                p.complain(f"error: file {word}: No such file or directory\n")
                status = 1
                continue
            if owner is None:
                yield f"file {word} is not owned by any package\n".encode()
                status = 1
                continue
            yield _line(system.rows[owner], template)
            continue
        package = system.find(word)
        there = system.rows.get(word) or system.rows.get(package.name if package is not None else "")
        if there is None:
            yield f"package {word} is not installed\n".encode()
            status += 1
            continue
        row = there
        if "l" in letters:
            yield "".join(f"{path}\n" for path in system.paths(row.name)).encode()
        elif "R" in letters:
            known = system.known.get(row.name)
            yield "".join(f"{name}\n" for name in (known.depends if known else ())).encode()
        elif "i" in letters:
            version, _, release = row.version.rpartition(":")[2].partition("-")
            yield (
                f"Name        : {row.name}\nVersion     : {version}\nRelease     : {release}\n"
                f"Architecture: {row.arch}\nSize        : {row.installed}\n"
            ).encode()
        else:
            yield _line(row, template)
    return status


def _line(row: InstalledRpm, template: str) -> bytes:
    if not template:
        return f"{row.nevra}\n".encode()
    epoch, _, rest = row.version.rpartition(":")
    version, _, release = rest.partition("-")
    tags = {
        "NAME": row.name,
        "VERSION": version,
        "RELEASE": release,
        "ARCH": row.arch,
        "EPOCH": epoch or "(none)",
        "SIZE": str(row.installed),
        "NEVRA": row.nevra,
        "NVRA": row.nevra,
    }
    text = template.replace("\\n", "\n").replace("\\t", "\t")
    return _TAG.sub(lambda found: tags.get(found.group(1).upper(), "(none)"), text).encode()


def _erase(p: Process, system: RpmSystem, words: list[str]) -> Generator[bytes, None, int]:
    for word in words:
        if word not in system.rows:
            p.complain(f"error: package {word} is not installed\n")
            return 1
        needing = sorted(system.dependants({word}) - {word, *words})
        if needing:
            p.complain(
                "error: Failed dependencies:\n"
                f"\t{word} is needed by (installed) {system.rows[needing[0]].nevra}\n"
            )
            return 1
    system.remove(words)
    yield b""
    return 0


def _install(p: Process, system: RpmSystem, words: list[str]) -> Generator[bytes, None, int]:
    for word in words:
        if "://" in word and not p.system.network:
            p.complain(f"curl: (6) Could not resolve host\nerror: skipping {word} - transfer failed\n")
            return 1
        stem = word.rpartition("/")[2].removesuffix(".rpm")
        if "://" not in word and not isinstance(p.files.find(word), File):
            p.complain(f"error: open of {word} failed: No such file or directory\n")
            return 1
        package = system.find(stem)
        if package is None and "epel-release" in stem:
            package = system.find("epel-release")
        if package is None:
            p.complain(f"error: {word}: not an rpm package of the simulated world\n")
            return 1
        if package.name in system.rows:
            p.complain(f"\tpackage {package.nevra} is already installed\n")
            return 1
        lacking = [name for name in package.depends if name not in system.rows]
        if lacking:
            listed = "".join(f"\t{name} is needed by {package.nevra}\n" for name in lacking)
            p.complain("error: Failed dependencies:\n" + listed)
            return 1
        system.install([package])
    yield (
        b"Preparing...                          ################################# [100%]\n"
        if "-ivh" in p.argv
        else b""
    )
    return 0
