"""dpkg-query: questions to the package database, with formats."""

import re
from collections.abc import Generator
from fnmatch import fnmatchcase

from engine.catalogue.dpkg import Stanza
from engine.programs.dpkg import list_files, list_packages, search_path, show_status
from engine.programs.lib.debs import DebSystem
from engine.shell.process import Process
from engine.shell.registry import program

_FIELD = re.compile(r"\$\{([A-Za-z:-]+)(?:;(-?\d{1,4}))?\}")
_ACTIONS = {
    spelling: name
    for letter, name in (("W", "show"), ("l", "list"), ("L", "listfiles"), ("S", "search"), ("s", "status"))
    for spelling in (f"-{letter}", f"--{name}")
}


@program("dpkg-query", package="dpkg", summary="query the dpkg database")
def dpkg_query(p: Process) -> Generator[bytes, None, int]:
    system = DebSystem(p)
    template = "${binary:Package}\t${Version}\n"
    action, words = "", []
    arguments = iter(p.argv[1:])
    for argument in arguments:
        if argument in ("-f", "--showformat"):
            template = next(arguments, "")
        elif argument.startswith("-f=") or argument.startswith("--showformat="):
            template = argument.partition("=")[2]
        elif argument.startswith("-f") and len(argument) > 2:
            template = argument[2:]
        elif argument in _ACTIONS:
            action = _ACTIONS[argument]
        else:
            words.append(argument)
    if action == "list":
        return (yield from list_packages(p, system, words))
    if action == "listfiles":
        return (yield from list_files(p, system, words))
    if action == "search":
        return (yield from search_path(p, system, words))
    if action == "status":
        return (yield from show_status(p, system, words))
    if action != "show":
        p.error("error: need an action option")
        return 2
    template = template.replace("\\n", "\n").replace("\\t", "\t")
    status = 0
    for pattern in words or ["*"]:
        found = [name for name in sorted(system.stanzas) if fnmatchcase(name, pattern)]
        p.budget.step(1 + len(system.stanzas) // 4)
        for name in found:
            yield _format(template, system.stanzas[name]).encode("utf-8", "surrogateescape")
        if not found:
            p.complain(f"dpkg-query: no packages found matching {pattern}\n")
            status = 1
    return status


def _format(template: str, stanza: Stanza) -> str:
    def value(matched: re.Match[str]) -> str:
        name, width = matched.groups()
        fields = {
            "binary:Package": stanza.name,
            "db:Status-Status": "installed" if stanza.is_installed else "config-files",
            "db:Status-Abbrev": "ii " if stanza.is_installed else "rc ",
            "binary:Summary": stanza.fields.get("Description", ""),
        }
        text = fields.get(name, stanza.fields.get(name, ""))
        if width:
            size = int(width)
            text = f"{text:>{size}}"[:size] if size > 0 else f"{text:<{-size}}"[:-size]
        return text

    return _FIELD.sub(value, template)
