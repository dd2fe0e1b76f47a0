"""mktemp: create a temporary file or directory with a name nobody else has."""

from hashlib import sha256

from engine.fs import FsError
from engine.programs.lib.text import curly
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [TEMPLATE]",
    "Create a temporary file or directory, safely, and print its name.",
    Flag("d", "directory", help="create a directory, not a file"),
    Flag("u", "dry-run", help="do not create anything; merely print a name (unsafe)"),
    Flag("q", "quiet", help="suppress diagnostics about file/dir-creation failure"),
    Value("", "suffix", metavar="SUFF", help="append SUFF to TEMPLATE"),
    Value("p", "tmpdir", metavar="DIR", help="interpret TEMPLATE relative to DIR"),
    Flag("t", "", help="interpret TEMPLATE as a single file name component, relative to a directory"),
)
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@program("mktemp", package="coreutils", summary="create a temporary file or directory")
def mktemp(p: Process) -> int:
    options = OPTIONS.parse(p)
    if len(options.operands) > 1:
        raise OPTIONS.usage_error(p, "too many templates")
    given = options.operands[0] if options.operands else None
    template = given or "tmp.XXXXXXXXXX"
    suffix = options.value("suffix") or ""
    stem = template
    if options.value("suffix") is None and "X" in template:
        stem = template[: template.rindex("X") + 1]
        suffix = template[len(stem) :]
    width = len(stem) - len(stem.rstrip("X"))
    if width < 3 or "/" in suffix:
        if p.is_busybox:
            p.error("(null): Invalid argument")
        else:
            p.error(f"too few X's in template {curly(p, template)}")
        return 1
    directory = options.value("tmpdir")
    if given is None or options.flag("t") or directory is not None:
        directory = directory or p.env.get("TMPDIR") or "/tmp"
        stem = f"{directory.rstrip('/')}/{stem}"
    path = _unused(p, stem[: len(stem) - width], width, suffix)
    kind = "directory" if options.flag("directory") else "file"
    try:
        if not options.flag("dry-run"):
            if kind == "directory":
                p.files.mkdir(path, 0o700)
            else:
                p.files.write(path, b"", 0o600)
    except FsError as error:
        if not options.flag("quiet"):
            if p.is_busybox:
                p.error(f"(null): {error.reason}")
            else:
                p.error(f"failed to create {kind} via template {curly(p, stem + suffix)}: {error.reason}")
        return 1
    p.write(path + "\n")
    return 0


def _unused(p: Process, head: str, width: int, suffix: str) -> str:
    system = p.system
    while True:
        p.budget.step()
        system.serial += 1
        digest = sha256(f"{system.random_seed}/{system.serial}/{system.clock.now}".encode()).digest()
        letters = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest)
        path = head + (letters * (width // len(letters) + 1))[:width] + suffix
        if p.files.find(path, follow=False) is None:
            return path
