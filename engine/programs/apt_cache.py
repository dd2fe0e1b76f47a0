"""apt-cache, and the questions ``apt`` answers: search, show, policy, list."""

from collections.abc import Callable, Generator, Iterator

from engine.catalogue.debian import Package
from engine.programs.apt_get import handle
from engine.programs.lib.apt import Apt, AptError, Output
from engine.programs.lib.aptsources import read_sources
from engine.shell.process import Process
from engine.shell.registry import program


def _search(apt: Apt, words: list[str]) -> Output:
    if not words:
        raise AptError("You must give at least one search pattern")
    for package in _known(apt):
        text = f"{package.name} {package.description}".lower()
        if all(word.lower() in text for word in words):
            if apt.process.name == "apt":
                suite = apt.system.archive.name
                head = f"{package.name}/{suite} {package.version} {package.architecture}"
                yield f"{head}\n  {package.description}\n\n".encode()
            else:
                yield f"{package.name} - {package.description}\n".encode()
    return 0


def _known(apt: Apt) -> Iterator[Package]:
    """Packages in the lists, or only the installed ones where there are none; by name."""
    present = apt.lists.present
    packages = apt.system.archive.packages
    apt.process.budget.step(1 + len(packages) // 16)
    for name in sorted(packages):
        if present or apt.system.is_installed(name):
            yield packages[name]


def _show(apt: Apt, words: list[str]) -> Output:
    missing = 0
    for word in words:
        package = apt.system.archive.find(word.partition("=")[0])
        if package is None or not (apt.lists.present or apt.system.is_installed(package.name)):
            apt.process.complain(f"N: Unable to locate package {word}\n")
            missing += 1
            continue
        lines = [line for line in package.stanza.splitlines() if not line.startswith("Status:")]
        lines.insert(-1, f"Filename: pool/main/{package.name[0]}/{package.name}/{package.deb_name}")
        lines.insert(-1, f"Size: {package.size}")
        yield ("\n".join(lines) + "\n\n").encode()
    if missing:
        raise AptError("No packages found")
    return 0


def _policy(apt: Apt, words: list[str]) -> Output:
    for word in words:
        package = apt.system.archive.find(word)
        if package is None or not (apt.lists.present or apt.system.is_installed(word)):
            apt.process.complain(f"N: Unable to locate package {word}\n")
            continue
        stanza = apt.system.stanzas.get(word)
        installed = stanza.version if stanza and stanza.is_installed else "(none)"
        mark = "***" if installed == package.version else "   "
        lines = [
            f"{word}:",
            f"  Installed: {installed}",
            f"  Candidate: {package.version}",
            "  Version table:",
        ]
        lines.append(f" {mark} {package.version} 500")
        sources = read_sources(apt.process)
        if apt.lists.present and sources:
            source = sources[0]
            component = source.components[0] if source.components else "main"
            lines.append(f"        500 {source.url} {source.suite}/{component} amd64 Packages")
        if mark.strip():
            lines.append("        100 /var/lib/dpkg/status")
        yield ("\n".join(lines) + "\n").encode()
    return 0


def _depends(apt: Apt, words: list[str]) -> Output:
    for word in words:
        package = apt.system.archive.find(word)
        if package is None:
            raise AptError(f"No packages found: {word}")
        lines = [word]
        lines += [f"  PreDepends: {group[0]}" for group in package.pre_depends]
        lines += [f"  Depends: {group[0]}" for group in package.depends]
        lines += [f"  Recommends: {group[0]}" for group in package.recommends]
        yield ("\n".join(lines) + "\n").encode()
    return 0


def _madison(apt: Apt, words: list[str]) -> Output:
    for word in words:
        package = apt.system.archive.find(word)
        if package is not None and apt.lists.present:
            sources = read_sources(apt.process)[:1]
            where = "".join(f"{source.url} {source.suite}/main amd64 Packages" for source in sources)
            yield f"{word:>10} | {package.version} | {where}\n".encode()
    return 0


def _names(apt: Apt, words: list[str]) -> Output:
    prefix = words[0] if words else ""
    for package in _known(apt):
        if package.name.startswith(prefix):
            yield f"{package.name}\n".encode()
    return 0


def _list(apt: Apt, words: list[str]) -> Output:
    yield b"Listing...\n"
    only_installed = "--installed" in apt.process.argv
    if "--upgradable" in apt.process.argv:
        return 0
    for package in _known(apt):
        if words and package.name not in words:
            continue
        there = apt.system.is_installed(package.name)
        if only_installed and not there:
            continue
        mark = ""
        if there:
            mark = " [installed,automatic]" if package.name in apt.system.automatic else " [installed]"
        line = f"{package.name}/{apt.system.archive.name} {package.version} {package.architecture}{mark}\n"
        yield line.encode()
    return 0


QUERIES: dict[str, Callable[[Apt, list[str]], Output]] = {
    "search": _search,
    "show": _show,
    "policy": _policy,
    "depends": _depends,
    "list": _list,
}


@program("apt-cache", package="apt", summary="query the APT cache")
def apt_cache(p: Process) -> Generator[bytes, None, int]:
    commands = {**QUERIES, "madison": _madison, "pkgnames": _names, "showpkg": _show}
    return (yield from handle(p, commands))
