"""``docker inspect`` and the inspect commands of single kinds of objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.cli.command import Cli, CliError, docker_command
from engine.cli.flags import flag, option
from engine.cli.format.inspect import InspectFormatError, Inspector
from engine.cli.gotemplate import TemplateError
from engine.daemon.errors import DaemonError, NotFound

_EXIT_BAD_TEMPLATE = 64
_FORMAT = option("format", "Format output using a custom template: 'json' or a Go template", "f")
_SIZE = flag("size", "Display total file sizes if the type is container", "s")
_PATHS = {
    "container": ("/containers/{}/json", "container.InspectResponse"),
    "image": ("/images/{}/json", "image.InspectResponse"),
    "network": ("/networks/{}", "network.Inspect"),
    "volume": ("/volumes/{}", "volume.Volume"),
}
_TYPES = ("config", "container", "image", "node", "network", "secret", "service", "task", "volume", "plugin")

Look = Callable[[str], tuple[Any, str]]
"""From a name to the answer and its Go type; raises DaemonError or CliError."""


def _inspect(cli: Cli, names: Sequence[str], look: Look) -> int:
    try:
        inspector = Inspector(cli.flags.text("format"))
    except InspectFormatError as error:
        raise CliError(str(error), _EXIT_BAD_TEMPLATE) from None
    problems: list[str] = []
    for name in names:
        try:
            inspector.add(*look(name))
        except TemplateError as error:
            problems.append(f"template parsing error: {error}")
        except CliError as error:
            problems.append(str(error))
        except DaemonError as error:
            problems.append(f"Error response from daemon: {error}")
    cli.out(inspector.output())
    for problem in problems:
        cli.err(f"{problem}\n")
    return 1 if problems else 0


def _get(cli: Cli, kind: str, name: str) -> tuple[Any, str]:
    path, go_type = _PATHS[kind]
    query = {"size": True} if kind == "container" and cli.flags.values.get("size") else {}
    return cli.api.get(path.format(name), **query), go_type


@docker_command(
    "inspect",
    arguments="[OPTIONS] NAME|ID [NAME|ID...]",
    summary="Return low-level information on Docker objects",
    options=(_FORMAT, _SIZE, option("type", "Only inspect objects of the given type")),
    at_least=1,
)
def inspect(cli: Cli) -> int:
    """Describe containers, images, volumes and networks, whichever a name means."""
    kind = cli.flags.text("type")
    if kind and kind not in _TYPES:
        raise CliError(f'unknown type: "{kind}": must be one of "{chr(34).join(_spaced(_TYPES))}"')
    if "type" in cli.flags.changed and not kind:
        raise CliError('type is empty: must be one of "' + '", "'.join(_TYPES) + '"')

    def look(name: str) -> tuple[Any, str]:
        for candidate in [kind] if kind else ["container", "image", "network", "volume"]:
            if candidate not in _PATHS:
                continue
            try:
                return _get(cli, candidate, name)
            except NotFound:
                continue
        if not kind:
            _ask_for_swarm(cli)
        raise CliError(f"Error: No such {kind or 'object'}: {name}")

    return _inspect(cli, cli.arguments, look)


def _spaced(words: Sequence[str]) -> list[str]:
    return [words[0], *(part for word in words[1:] for part in (", ", word))]


def _ask_for_swarm(cli: Cli) -> None:
    """Services and nodes only exist in a swarm, so the client asks whether there is one."""
    try:
        cli.api.get("/info")
    except DaemonError as error:
        cli.err(f"Error response from daemon: {error}\n")


def _register(kind: str, arguments: str, summary: str, *options: Any) -> None:
    def inspect_one_kind(cli: Cli) -> int:
        return _inspect(cli, cli.arguments, lambda name: _get(cli, kind, name))

    inspect_one_kind.__qualname__ = f"inspect_{kind}"
    docker_command(
        f"{kind} inspect", arguments=arguments, summary=summary, options=(_FORMAT, *options), at_least=1
    )(inspect_one_kind)


_register(
    "container",
    "[OPTIONS] CONTAINER [CONTAINER...]",
    "Display detailed information on one or more containers",
    _SIZE,
)
_register(
    "image",
    "[OPTIONS] IMAGE [IMAGE...]",
    "Display detailed information on one or more images",
    option("platform", "Inspect a specific platform of the multi-platform image"),
)
_register(
    "network",
    "[OPTIONS] NETWORK [NETWORK...]",
    "Display detailed information on one or more networks",
    flag("verbose", "Verbose output for diagnostics", "v"),
)
_register("volume", "[OPTIONS] VOLUME [VOLUME...]", "Display detailed information on one or more volumes")
