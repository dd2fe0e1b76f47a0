"""``docker system prune``, ``info``, ``version``, ``events``, ``context`` and ``compose``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.build.cache import PruneFilter
from engine.cli.command import Cli, CliError, docker_command
from engine.cli.commands.logs import stamp
from engine.cli.commands.rmi import deleted_images_text
from engine.cli.confirm import confirm
from engine.cli.flags import FILTER, FORMAT_HELP, PRUNE_FILTER, flag, option
from engine.cli.format.inspect import InspectFormatError, Inspector
from engine.cli.format.listing import TABLE, Row
from engine.cli.format.listings import CONTEXTS
from engine.cli.gotemplate import GoMap, Template, TemplateError, parse_template, to_json
from engine.cli.pruning import until_filter
from engine.clock import SECOND
from engine.daemon import lifecycle
from engine.daemon.builder import prune_cache
from engine.daemon.daemon import Daemon
from engine.daemon.filters import group_filters
from engine.daemon.removal import prune_images
from engine.daemon.times import parse_instant
from engine.daemon.volumes import prune_networks, prune_volumes
from engine.shell.process import StaysUp
from engine.units import bytes_size, human_size

_ENDPOINT = "unix:///var/run/docker.sock"
_EVENT_FILTERS = ("type", "event", "container", "image", "volume", "network", "label", "daemon", "scope")


@docker_command(
    "system prune",
    arguments="[OPTIONS]",
    summary="Remove unused data",
    options=(
        flag("all", "Remove all unused images not just dangling ones", "a"),
        PRUNE_FILTER,
        flag("force", "Do not prompt for confirmation", "f"),
        flag("volumes", "Prune anonymous volumes"),
    ),
    at_most=0,
)
def system_prune(cli: Cli) -> None:
    """Remove stopped containers, unused networks, dangling images and build cache."""
    flags = cli.flags
    every = flags.on("all")
    before = until_filter(cli)
    if not flags.on("force"):
        parts = ["all stopped containers", "all networks not used by at least one container"]
        if flags.on("volumes"):
            parts.append("all anonymous volumes not used by at least one container")
        if every:
            parts += ["all images without at least one container associated to them", "all build cache"]
        else:
            parts += ["all dangling images", "unused build cache"]
        listed = "".join(f"  - {part}\n" for part in parts)
        confirm(cli, f"WARNING! This will remove:\n{listed}\n")
    daemon = cli.daemon
    containers, freed = lifecycle.prune(daemon, before=before)
    _report(cli, "Deleted Containers:", containers)
    _report(cli, "Deleted Networks:", prune_networks(daemon))
    if flags.on("volumes"):
        names, size = prune_volumes(daemon, every=False)
        freed += size
        _report(cli, "Deleted Volumes:", names)
    lines, size = prune_images(daemon, every=every, before=before)
    freed += size
    cli.out(deleted_images_text(lines))
    removed = prune_cache(daemon, PruneFilter(everything=every, unused_since=before))
    freed += sum(item.record.size for item in removed if not item.shared)
    _report(cli, "Deleted build cache objects:", [item.record.id for item in removed])
    cli.out(f"Total reclaimed space: {human_size(freed)}\n")


def _report(cli: Cli, title: str, names: list[str]) -> None:
    if names:
        cli.out(f"{title}\n" + "".join(f"{name}\n" for name in names) + "\n")


def _formatted(cli: Cli, answer: Any) -> bool:
    """Print ``answer`` by ``--format``, when there is one."""
    format_text = cli.flags.text("format")
    if not format_text:
        return False
    if format_text == "json":
        cli.out(to_json(answer) + "\n")
        return True
    try:
        inspector = Inspector(format_text)
        inspector.add(answer)
    except InspectFormatError as error:
        raise CliError(str(error), 64) from None
    except TemplateError as error:
        raise CliError(f"template parsing error: {error}", 1) from None
    cli.out(inspector.output())
    return True


@docker_command(
    "info",
    "system info",
    arguments="[OPTIONS]",
    summary="Display system-wide information",
    options=(option("format", FORMAT_HELP, "f"),),
    at_most=0,
)
def info(cli: Cli) -> None:
    """Describe client and daemon."""
    answer = cli.api.get("/info")
    if _formatted(cli, answer):
        return
    lines = [
        "Client:",
        f" Version:    {answer['ServerVersion']}",
        " Context:    default",
        " Debug Mode: false",
        "",
        "Server:",
        f" Containers: {answer['Containers']}",
        f"  Running: {answer['ContainersRunning']}",
        f"  Paused: {answer['ContainersPaused']}",
        f"  Stopped: {answer['ContainersStopped']}",
        f" Images: {answer['Images']}",
        f" Server Version: {answer['ServerVersion']}",
        f" Storage Driver: {answer['Driver']}",
        *(f"  {name}: {value}" for name, value in answer["DriverStatus"]),
        f" Logging Driver: {answer['LoggingDriver']}",
        f" Cgroup Driver: {answer['CgroupDriver']}",
        f" Cgroup Version: {answer['CgroupVersion']}",
        " Plugins:",
        f"  Volume: {' '.join(answer['Plugins']['Volume'])}",
        f"  Network: {' '.join(answer['Plugins']['Network'])}",
        f"  Log: {' '.join(answer['Plugins']['Log'])}",
        f" Swarm: {answer['Swarm']['LocalNodeState']}",
        f" Runtimes: {answer['DefaultRuntime']}",
        f" Default Runtime: {answer['DefaultRuntime']}",
        f" Kernel Version: {answer['KernelVersion']}",
        f" Operating System: {answer['OperatingSystem']}",
        f" OSType: {answer['OSType']}",
        f" Architecture: {answer['Architecture']}",
        f" CPUs: {answer['NCPU']}",
        f" Total Memory: {bytes_size(answer['MemTotal'])}",
        f" Name: {answer['Name']}",
        f" ID: {answer['ID']}",
        f" Docker Root Dir: {answer['DockerRootDir']}",
        " Debug Mode: false",
        " Experimental: false",
        " Insecure Registries:",
        *(f"  {network}" for network in answer["InsecureRegistries"]),
        " Live Restore Enabled: false",
        "",
    ]
    cli.out("\n".join(lines) + "\n")


@docker_command(
    "version",
    arguments="[OPTIONS]",
    summary="Show the Docker version information",
    options=(option("format", FORMAT_HELP, "f"),),
    at_most=0,
)
def version(cli: Cli) -> None:
    """Name the Docker that is simulated."""
    server = cli.api.get("/version")
    client = {
        "Version": server["Version"],
        "ApiVersion": server["ApiVersion"],
        "DefaultAPIVersion": server["ApiVersion"],
        "GitCommit": server["GitCommit"],
        "GoVersion": server["GoVersion"],
        "Os": server["Os"],
        "Arch": server["Arch"],
        "BuildTime": server["BuildTime"],
        "Context": "default",
    }
    if _formatted(cli, {"Client": client, "Server": server}):
        return
    built = "Wed Nov  5 14:43:33 2025"
    cli.out(
        "Client: Layer Lab (a simulated Docker)\n"
        f" Version:           {client['Version']}\n"
        f" API version:       {client['ApiVersion']}\n"
        f" Go version:        {client['GoVersion']}\n"
        f" Git commit:        {client['GitCommit']}\n"
        f" Built:             {built}\n"
        f" OS/Arch:           {client['Os']}/{client['Arch']}\n"
        " Context:           default\n"
        "\nServer: Layer Lab\n Engine:\n"
        f"  Version:          {server['Version']}\n"
        f"  API version:      {server['ApiVersion']} (minimum version {server['MinAPIVersion']})\n"
        f"  Go version:       {server['GoVersion']}\n"
        f"  Git commit:       {server['GitCommit']}\n"
        f"  Built:            {built}\n"
        f"  OS/Arch:          {server['Os']}/{server['Arch']}\n"
        "  Experimental:     false\n"
    )


@docker_command(
    "events",
    "system events",
    arguments="[OPTIONS]",
    summary="Get real time events from the server",
    options=(
        FILTER,
        option("format", FORMAT_HELP),
        option("since", "Show all events created since timestamp"),
        option("until", "Stream events until this timestamp"),
    ),
    at_most=0,
)
def events(cli: Cli) -> None:
    """Show what the daemon did; without ``--until`` it would go on for ever."""
    flags = cli.flags
    filters = group_filters(flags.items("filter"), _EVENT_FILTERS)
    until = parse_instant(flags.text("until"), cli.now) if flags.text("until") else None
    since = cli.now if until is None else 0
    if flags.text("since"):
        since = parse_instant(flags.text("since"), cli.now)
    template = _event_template(flags.text("format"))
    log = zip(cli.daemon.state.log, _actors(cli.daemon), strict=True)
    for (when, kind, action, _), (identity, attributes) in log:
        if when < since or (until is not None and when > until):
            continue
        if "type" in filters and kind not in filters["type"]:
            continue
        if "event" in filters and action not in filters["event"]:
            continue
        if any(
            name in filters and (kind != name or not _is_meant(filters[name], identity, attributes["name"]))
            for name in ("container", "image", "network", "volume")
        ):
            continue
        if flags.text("format"):
            message = {
                "Type": kind,
                "Action": action,
                "Actor": {"ID": identity, "Attributes": GoMap(attributes)},
                "scope": "local",
                "time": when // SECOND,
                "timeNano": when,
            }
            cli.out((to_json(message) if template is None else template.execute(message)) + "\n")
        else:
            shown = ", ".join(f"{name}={value}" for name, value in sorted(attributes.items()))
            cli.out(f"{stamp(when)} {kind} {action} {identity} ({shown})\n")
    if until is None:
        raise StaysUp


def _is_meant(wanted: Iterable[str], identity: str, name: str) -> bool:
    """Whether a filter names the actor: by name, or by the beginning of its id."""
    return any(text == name or (text and identity.startswith(text)) for text in wanted)


def _event_template(format_text: str) -> Template | None:
    if format_text in ("", "json"):
        return None
    try:
        return parse_template(format_text)
    except TemplateError as error:
        raise CliError(f"Error parsing format: {error}", 64) from None


def _actors(daemon: Daemon) -> list[tuple[str, dict[str, str]]]:
    """Id and attributes of what each row of the log is about.

    A row has the name its actor had then. What became of it, a later row or the daemon's state says.
    """
    known: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
    for container in daemon.state.containers.values():
        known["container", container.name] = container.id, {"image": container.image_name}
    for network in daemon.state.networks.values():
        known["network", network.name] = network.id, {"type": network.driver}
    rows: list[tuple[str, dict[str, str]]] = []
    for _, kind, action, actor in reversed(daemon.state.log):
        name, *noted = actor.split(" ")
        facts = dict(fact.partition("=")[::2] for fact in noted)
        if action == "destroy" and "id" in facts:
            known[kind, name] = facts.pop("id"), facts
        identity, lasting = known.get((kind, name), (name, {}))
        rows.append((identity, {"name": name, **lasting, **facts}))
        if action == "rename":
            known[kind, facts["oldName"].removeprefix("/")] = identity, lasting
    return rows[::-1]


@docker_command(
    "context ls",
    "context list",
    arguments="[OPTIONS]",
    summary="List contexts",
    options=(option("format", FORMAT_HELP), flag("quiet", "Only show context names", "q")),
    at_most=0,
)
def context_ls(cli: Cli) -> None:
    """There is one context."""
    rows = [
        Row(
            {
                "Name": "default",
                "Description": "Current DOCKER_HOST based configuration",
                "DockerEndpoint": _ENDPOINT,
                "Error": "",
                "Current": True,
            }
        )
    ]
    format_text = "{{.Name}}" if cli.flags.on("quiet") else cli.flags.text("format") or TABLE
    if format_text == TABLE:
        rows = [Row({**rows[0].columns, "Name": "default *"})]
    cli.out(CONTEXTS.render(format_text, rows))


@docker_command("context show", summary="Print the name of the current context", at_most=0)
def context_show(cli: Cli) -> None:
    """There is one context."""
    cli.out("default\n")


@docker_command(
    "context use", arguments="CONTEXT", summary="Set the current docker context", at_least=1, at_most=1
)
def context_use(cli: Cli) -> None:
    """There is one context to use."""
    name = cli.arguments[0]
    if name != "default":
        raise CliError(f'context "{name}": context not found')
    cli.out("default\n")
    cli.err('Current context is now "default"\n')


@docker_command(
    "compose",
    arguments="[OPTIONS] COMMAND",
    summary="Docker Compose (not part of this lab)",
    interspersed=False,
    options=(option("file", "Compose configuration files", "f", kind="list"),),
    hidden=True,
)
def compose(cli: Cli) -> None:
    """Say that Compose is another tool."""
    raise CliError(
        "docker compose is not part of this lab: it starts several containers from one file and has "
        "nothing to do with how images are made of layers. Start each container with docker run."
    )
