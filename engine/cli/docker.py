"""The ``docker`` program: global flags, finding the subcommand, and turning errors into exit statuses."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from engine.budget import BudgetExceeded
from engine.cli.command import (
    EXIT_FAILURE,
    EXIT_USAGE,
    GROUPS,
    Api,
    Cli,
    CliError,
    Command,
    load_commands,
)
from engine.cli.flags import (
    FlagError,
    Flags,
    HelpRequested,
    Option,
    describe_options,
    flag,
    option,
    parse_flags,
)
from engine.daemon.api import DaemonApi
from engine.daemon.daemon import Daemon
from engine.daemon.errors import DaemonError
from engine.daemon.health import probe
from engine.daemon.version import CLIENT_VERSION_LINE
from engine.errors import EngineError
from engine.shell.process import Interactive, NeedInput, Process, StaysUp
from engine.shell.registry import program

_GLOBAL_OPTIONS: tuple[Option, ...] = (
    option("config", "Location of client config files", default="/home/learner/.docker"),
    option("context", "Name of the context to use (there is only the default one)", "c"),
    flag("debug", "Enable debug mode", "D"),
    option("host", "Daemon socket to connect to (there is only one daemon)", "H", kind="list"),
    option("log-level", "Set the logging level", "l", default="info"),
    flag("tls", "Use TLS; implied by --tlsverify"),
    option("tlscacert", "Trust certs signed only by this CA"),
    option("tlscert", "Path to TLS certificate file"),
    option("tlskey", "Path to TLS key file"),
    flag("tlsverify", "Use TLS and verify the remote"),
    flag("version", "Print version information and quit", "v"),
)
_COMMON = (
    "run",
    "exec",
    "ps",
    "build",
    "pull",
    "push",
    "images",
    "login",
    "logout",
    "search",
    "version",
    "info",
)
_HINT = "Run 'docker COMMAND --help' for more information on a command."
_SOCKET = "unix:///var/run/docker.sock"
_PASSED_ON = (BudgetExceeded, NeedInput, Interactive, StaysUp)


@program("docker", package="docker", summary="build, share and run containers")
def docker(p: Process) -> Generator[bytes, None, int]:
    """The client on the simulated host."""
    daemon = p.system.docker
    if not isinstance(daemon, Daemon):
        p.complain(f"Cannot connect to the Docker daemon at {_SOCKET}. Is the docker daemon running?\n")
        return EXIT_FAILURE
    daemon.settle()
    probe(daemon)
    status = yield from run_docker(p.argv[1:], DaemonApi(daemon), daemon.clock.now, p)
    return status


def run_docker(
    words: Sequence[str], api: Api, now: int, process: Process | None = None
) -> Generator[bytes, None, int]:
    """Run ``docker WORDS...``; yields standard output, returns the exit status.

    Without a process what is printed is yielded, and errors raise CliError.
    """
    try:
        command, rest = _find_command(list(words), process)
        if command is None:
            yield rest[0].encode()
            return 0
        status = yield from _run_command(command, rest, api, now, process)
        return status
    except CliError as error:
        if process is None:
            raise
        yield b""
        if str(error):
            process.complain(f"{error}\n")
        return error.status


def _find_command(words: list[str], process: Process | None) -> tuple[Command | None, list[str]]:
    """The subcommand and its words; or None and a text to print."""
    commands = load_commands()
    try:
        flags = parse_flags(_GLOBAL_OPTIONS, words, interspersed=False)
    except HelpRequested:
        return None, [main_help()]
    except FlagError as error:
        usage = "Usage:  docker [OPTIONS] COMMAND [ARG...]"
        hint = "Run 'docker --help' for more information"
        raise CliError(f"{error}\n\n{usage}\n\n{hint}", EXIT_USAGE) from None
    if flags.on("version"):
        return None, [CLIENT_VERSION_LINE]
    rest = flags.arguments
    if rest[:1] == ["help"]:
        return None, [_help_for(rest[1:])]
    if not rest:
        raise CliError(main_help().rstrip("\n"), 0)
    _check_endpoint(flags, process)
    name = rest[0]
    if name in commands:
        return commands[name], rest[1:]
    if name in GROUPS:
        return _find_in_group(name, rest[1:])
    raise CliError(f"docker: unknown command: docker {name}\n\nRun 'docker --help' for more information")


def _find_in_group(group: str, rest: list[str]) -> tuple[Command | None, list[str]]:
    commands = load_commands()
    if not rest:
        raise CliError(group_help(group).rstrip("\n"), 0)
    path = f"{group} {rest[0]}"
    if path in commands:
        return commands[path], rest[1:]
    if rest[0] in ("--help", "-h", "help"):
        return None, [group_help(group)]
    usage = f"Usage:  docker {group}"
    hint = f"Run 'docker {group} --help' for more information"
    if rest[0].startswith("-") and len(rest[0]) > 1:
        problem = (
            f"unknown flag: {rest[0].partition('=')[0]}"
            if rest[0].startswith("--")
            else f"unknown shorthand flag: '{rest[0][1]}' in {rest[0]}"
        )
        raise CliError(f"{problem}\n\n{usage}\n\n{hint}", EXIT_USAGE)
    raise CliError(f"docker: unknown command: docker {path}\n\n{usage}\n\n{hint}")


def _check_endpoint(flags: Flags, process: Process | None) -> None:
    """There is one context and one daemon. Raises CliError for any other."""
    context = flags.text("context")
    if context not in ("", "default"):
        raise CliError(
            f'Failed to initialize: unable to resolve docker endpoint: context "{context}": context not found'
        )
    hosts = flags.items("host")
    if not hosts and process is not None and process.env.get("DOCKER_HOST"):
        hosts = [process.env["DOCKER_HOST"]]
    if hosts and hosts[-1] != _SOCKET:
        raise CliError(f"Cannot connect to the Docker daemon at {hosts[-1]}. Is the docker daemon running?")


def _help_for(words: list[str]) -> str:
    commands = load_commands()
    if not words:
        return main_help()
    path = " ".join(words[:2])
    for name in (path, words[0]):
        if name in commands:
            return commands[name].help
        if name in GROUPS:
            return group_help(name)
    raise CliError(f"unknown help topic: {' '.join(words)}")


def parse_command(command: Command, words: Sequence[str]) -> Flags:
    """The flags and arguments of a subcommand. Raises CliError, HelpRequested."""
    try:
        flags = parse_flags(command.options, words, interspersed=command.interspersed)
    except FlagError as error:
        raise CliError(command.framed(str(error)), EXIT_USAGE) from None
    command.check_arguments(len(flags.arguments))
    return flags


def _run_command(
    command: Command, words: Sequence[str], api: Api, now: int, process: Process | None
) -> Generator[bytes, None, int]:
    try:
        flags = parse_command(command, words)
    except HelpRequested as request:
        if request.deprecated and process is not None:
            process.complain("Flag shorthand -h has been deprecated, use --help\n")
        yield command.help.encode()
        return 0
    cli = Cli(command, flags, api, now, process)
    status = yield from run_checked(cli)
    return status


def run_checked(cli: Cli) -> Generator[bytes, None, int]:
    """Run the subcommand; every refusal becomes a CliError."""
    try:
        status = yield from _drained(cli)
    except (CliError, *_PASSED_ON):
        raise
    except DaemonError as error:
        raise CliError(f"Error response from daemon: {error}") from error
    except EngineError as error:
        raise CliError(str(error)) from error
    return status or 0


def _drained(cli: Cli) -> Generator[bytes, None, int | None]:
    """Run the subcommand and let out what it prints, whatever happens to it."""
    status: int | None = None
    try:
        result = cli.command.run(cli)
        if result is None or isinstance(result, int):
            status = result
        else:
            status = yield from _interleaved(cli, result)
    except GeneratorExit:
        raise
    except BaseException:
        yield from cli.drain()
        raise
    yield from cli.drain()
    return status


def _interleaved(cli: Cli, running: Generator[bytes, None, int | None]) -> Generator[bytes, None, int | None]:
    """What a subcommand yields, in its place among what it prints."""
    while True:
        try:
            piece = next(running)
        except StopIteration as stop:
            status: int | None = stop.value
            return status
        yield from cli.drain()
        if piece:
            yield piece


def main_help() -> str:
    """The text of ``docker --help``."""
    commands = load_commands()
    single = {path: item for path, item in commands.items() if " " not in path and not item.hidden}
    common = "".join(f"  {name:<12}{single[name].summary}\n" for name in _COMMON if name in single)
    groups = "".join(f"  {name:<12}{GROUPS[name]}\n" for name in sorted(GROUPS))
    others = "".join(
        f"  {name:<12}{single[name].summary}\n" for name in sorted(single) if name not in _COMMON
    )
    return (
        "\nUsage:  docker [OPTIONS] COMMAND\n\nA simulated Docker, for learning how layers make images\n"
        f"\nCommon Commands:\n{common}\nManagement Commands:\n{groups}\nCommands:\n{others}"
        f"\nGlobal Options:\n{describe_options(_GLOBAL_OPTIONS)}\n{_HINT}\n"
    )


def group_help(group: str) -> str:
    """The text of ``docker GROUP --help``."""
    members: dict[str, str] = {}
    seen: set[object] = set()
    for path, item in load_commands().items():
        name = path.removeprefix(group + " ")
        if path.startswith(group + " ") and item.run not in seen and not item.hidden:
            seen.add(item.run)
            members[name] = item.summary
    lines = "".join(f"  {name:<12}{members[name]}\n" for name in sorted(members))
    return (
        f"\nUsage:  docker {group} COMMAND\n\n{GROUPS[group]}\n\nCommands:\n{lines}"
        f"\nRun 'docker {group} COMMAND --help' for more information on a command.\n"
    )
