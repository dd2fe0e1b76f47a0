"""Which simulated program stands behind an executable's file name."""

import re

_ALIASES = {
    "mawk": "awk",
    "gawk": "awk",
    "original-awk": "awk",
    "which.debianutils": "which",
    "vim.basic": "vim",
    "vim.tiny": "vim",
    "nc.openbsd": "nc",
    "nc.traditional": "nc",
    "bsdtar": "tar",
    "js": "node",
    "nodejs": "node",
    "git-receive-pack": "git",
    "git-upload-archive": "git",
    "git-upload-pack": "git",
    "rmt-tar": "rmt",
    "apache2-foreground": "apache2",
    "httpd-foreground": "httpd",
    "pip3.11": "pip3",
    "pip3.12": "pip3",
}
_VERSIONED = re.compile(r"^(python|perl|ruby|php|pip|node|lua)([0-9])?[0-9.]*$")


def program_for(name: str) -> str:
    """The program that an executable called ``name`` (a base name) runs: ``python3.12`` is ``python3``."""
    known = _ALIASES.get(name)
    if known is not None:
        return known
    matched = _VERSIONED.match(name)
    if matched:
        tool, major = matched.groups()
        return f"{tool}{major}" if tool in ("python", "pip") and major else tool
    for prefix in ("x86_64-linux-gnu-gcc", "x86_64-linux-gnu-g++"):
        if name.startswith(prefix):
            return prefix.rpartition("-")[2]
    if re.fullmatch(r"(gcc|g\+\+|cpp)-[0-9]+", name):
        return name.partition("-")[0]
    return name
