"""apt-get and apt: install and remove Debian packages."""

from collections.abc import Callable, Generator

from engine.programs.lib.apt import FAILED, Apt, AptError, Output, complain, parse, run
from engine.shell.process import Process
from engine.shell.registry import program

_COMMANDS: dict[str, Callable[[Apt, list[str]], Output]] = {
    "update": Apt.update,
    "install": Apt.install,
    "reinstall": lambda apt, words: _reinstall(apt, words),
    "remove": Apt.remove,
    "purge": lambda apt, words: apt.remove(words, purge=True),
    "autoremove": Apt.autoremove,
    "auto-remove": Apt.autoremove,
    "autopurge": lambda apt, words: apt.autoremove(words, purge=True),
    "upgrade": Apt.upgrade,
    "dist-upgrade": Apt.upgrade,
    "full-upgrade": Apt.upgrade,
    "clean": Apt.clean,
    "distclean": Apt.clean,
    "autoclean": Apt.check,
    "auto-clean": Apt.check,
    "check": Apt.check,
    "download": Apt.download,
}

_USAGE = """apt 2.6.1 (amd64)
Usage: apt-get [options] command
       apt-get [options] install|remove pkg1 [pkg2 ...]

apt-get is a command line interface for retrieval of packages
and information about them from authenticated sources and
for installation, upgrade and removal of packages together
with their dependencies.

Most used commands:
  update - Retrieve new lists of packages
  upgrade - Perform an upgrade
  install - Install new packages (pkg is libc6 not libc6.deb)
  reinstall - Reinstall packages (pkg is libc6 not libc6.deb)
  remove - Remove packages
  purge - Remove packages and config files
  autoremove - Remove automatically all unused packages
  clean - Erase downloaded archive files
  autoclean - Erase old downloaded archive files
  check - Verify that there are no broken dependencies
  download - Download the binary package into the current directory

See apt-get(8) for more information about the available commands.
                                        This APT has Super Cow Powers.
"""


def _reinstall(apt: Apt, words: list[str]) -> Output:
    apt.options.reinstall = True
    return apt.install(words)


@program("apt-get", package="apt", summary="APT package handling utility")
def apt_get(p: Process) -> Generator[bytes, None, int]:
    return (yield from handle(p, _COMMANDS))


@program("apt", package="apt", summary="command-line interface for packages")
def apt(p: Process) -> Generator[bytes, None, int]:
    from engine.programs.apt_cache import QUERIES

    if not p.stdout_is_terminal and len(p.argv) > 1:
        p.complain("\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n")
    return (yield from handle(p, {**_COMMANDS, **QUERIES}))


def handle(p: Process, commands: dict[str, Callable[[Apt, list[str]], Output]]) -> Output:
    """Parse the line and run the command it names."""
    arguments = p.argv[1:]
    if "-v" in arguments or "--version" in arguments:
        yield b"apt 2.6.1 (amd64)\n"
        return 0
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        yield _USAGE.encode()
        return 0 if arguments else 1
    try:
        options, words = parse(arguments)
        if not words:
            yield _USAGE.encode()
            return 1
        command = commands.get(words[0])
        if command is None:
            raise AptError(f"Invalid operation {words[0]}")
        return (yield from run(p, command, Apt(p, options), words[1:]))
    except AptError as error:
        complain(p, error)
        return FAILED
