"""pwd: where a process is. Shells have their own; this is the one ``docker run IMAGE pwd`` finds."""

from engine.shell.options import Flag, Options
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]...",
    "Print the full filename of the current working directory.",
    Flag("L", "logical", help="use PWD from environment, even if it contains symlinks"),
    Flag("P", "physical", help="avoid all symlinks"),
)


@program("pwd", package="coreutils", summary="print name of current/working directory")
def pwd(p: Process) -> int:
    options = OPTIONS.parse(p)
    here = p.files.real_path(".")
    named = p.env.get("PWD", "")
    logical = (options.flag("logical") or p.is_busybox) and not options.flag("physical")
    if logical and named.startswith("/") and p.files.exists(named) and p.files.real_path(named) == here:
        here = named
    p.write(f"{here}\n")
    return 0
