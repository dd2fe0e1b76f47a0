"""``docker builder prune`` and the parts of ``docker buildx`` that look after the build cache."""

from __future__ import annotations

from engine.build.cache import CacheUsage, PruneFilter
from engine.cli.command import Cli, CliError, docker_command
from engine.cli.commands.build import DEPRECATED, uses_classic
from engine.cli.confirm import confirm
from engine.cli.flags import PRUNE_FILTER, flag, option, parse_duration
from engine.cli.tabwriter import TabStops, align
from engine.clock import SECOND, rfc3339
from engine.daemon.builder import cache_usage, prune_cache
from engine.errors import EngineError
from engine.units import human_duration, human_size

_TABS = TabStops(minwidth=1, tabwidth=8, padding=1, padchar="\t")
_DANGLING = "WARNING! This will remove all dangling build cache. "
_EVERYTHING = "WARNING! This will remove all build cache. "


@docker_command(
    "builder prune",
    "buildx prune",
    arguments="[OPTIONS]",
    summary="Remove build cache",
    options=(
        flag("all", "Remove all unused build cache, not just dangling ones", "a"),
        PRUNE_FILTER,
        flag("force", "Do not prompt for confirmation", "f"),
        option("keep-storage", "Amount of disk space to keep for cache", kind="bytes"),
        option("max-used-space", "Maximum amount of disk space allowed to keep for cache", kind="bytes"),
        flag("verbose", "Provide a more verbose output"),
    ),
    at_most=0,
)
def prune(cli: Cli) -> None:
    """Remove records of the build cache."""
    flags = cli.flags
    if uses_classic(cli):
        cli.err(DEPRECATED)
        cli.out("Total reclaimed space: 0B\n")
        return
    everything = flags.on("all")
    if not flags.on("force"):
        confirm(cli, _EVERYTHING if everything else _DANGLING)
    removed = prune_cache(cli.daemon, _rule(cli, everything))
    cli.out(_removed_table(removed, cli.now))


def _rule(cli: Cli, everything: bool) -> PruneFilter:
    kinds: set[str] = set()
    ids: set[str] = set()
    since: int | None = None
    for text in cli.flags.items("filter"):
        name, _, value = text.partition("=")
        if name in ("until", "unused-for"):
            try:
                since = cli.now - parse_duration(value)
            except EngineError as error:
                raise CliError(f"ERROR: {error}") from None
        elif name == "type":
            kinds.add(value)
        elif name == "id":
            ids.add(value)
        elif name not in ("private", "shared", "inuse", "mutable", "description", "parent", "parents"):
            raise CliError(f"ERROR: invalid filter: {name}")
    keep = cli.flags.number("keep-storage") or cli.flags.number("max-used-space")
    return PruneFilter(everything, since, keep, frozenset(kinds), frozenset(ids))


def _row(row: CacheUsage, now: int) -> str:
    record = row.record
    identity = record.id + ("*" if record.mutable else "")
    used = human_duration(now - record.last_used) + " ago"
    shown = "true" if not row.in_use else "false"
    return f"{identity:<40}\t{shown:<5}\t{human_size(record.size):<10}\t{used}\n"


def _removed_table(rows: tuple[CacheUsage, ...], now: int) -> str:
    """The rows as the client prints them: each is written out before the next one arrives."""
    if not rows:
        return "Total:\t0B\n"
    head = "ID\tRECLAIMABLE\tSIZE\tLAST ACCESSED\n"
    pieces = [align(head + _row(rows[0], now), _TABS)]
    pieces += [align(_row(row, now), _TABS) for row in rows[1:]]
    total = sum(row.record.size for row in rows)
    return "".join(pieces) + f"Total:\t{human_size(total)}\n"


@docker_command(
    "buildx du",
    arguments="[OPTIONS]",
    summary="Disk usage",
    options=(PRUNE_FILTER, flag("verbose", "Provide a more verbose output")),
    at_most=0,
)
def disk_usage(cli: Cli) -> None:
    """List the build cache, record by record."""
    rows = cache_usage(cli.daemon)
    if cli.flags.on("verbose"):
        cli.out("".join(_details(row) for row in rows))
    else:
        text = "ID\tRECLAIMABLE\tSIZE\tLAST ACCESSED\n"
        cli.out(align(text + "".join(_du_row(row, cli.now) for row in rows), _TABS))
    shared = sum(row.record.size for row in rows if row.shared)
    private = sum(row.record.size for row in rows if not row.shared)
    summary = ""
    if shared:
        summary += f"Shared:\t{human_size(shared)}\nPrivate:\t{human_size(private)}\n"
    reclaimable = private + shared
    summary += f"Reclaimable:\t{human_size(reclaimable)}\nTotal:\t{human_size(private + shared)}\n"
    cli.out(align(summary, _TABS))


def _du_row(row: CacheUsage, now: int) -> str:
    record = row.record
    identity = record.id + ("*" if record.mutable else "")
    size = human_size(record.size) + ("*" if row.shared else "")
    used = human_duration(now - record.last_used) + " ago"
    return f"{identity:<40}\t{'true':<12}\t{size}\t{used}\n"


def _details(row: CacheUsage) -> str:
    record = row.record
    fields = [
        ("ID", record.id),
        *([("Parent", record.parent)] if record.parent else []),
        ("Created at", _instant(record.created)),
        ("Mutable", str(record.mutable).lower()),
        ("Reclaimable", "true"),
        ("Shared", str(row.shared).lower()),
        ("Size", human_size(record.size)),
        ("Description", record.description),
        ("Usage count", str(record.usage)),
        ("Last used", _instant(record.last_used)),
        ("Type", record.kind),
    ]
    return align("".join(f"{name}:\t{value}\n" for name, value in fields), _TABS) + "\n"


def _instant(when: int) -> str:
    text = rfc3339(when)
    day, _, time = text.removesuffix("Z").partition("T")
    return f"{day} {time} +0000 UTC"


@docker_command("buildx version", summary="Show buildx version information", at_most=0)
def version(cli: Cli) -> None:
    """Print the version of the client's plug-in."""
    cli.out("github.com/docker/buildx v0.29.1 simulated\n")


@docker_command("buildx ls", arguments="[OPTIONS]", summary="List builder instances", at_most=0)
def list_builders(cli: Cli) -> None:
    """There is only the daemon's own builder."""
    text = (
        "NAME/NODE\tDRIVER/ENDPOINT\tSTATUS\tBUILDKIT\tPLATFORMS\n"
        "default*\tdocker\t\t\t\n"
        " \\_ default\t \\_ default\trunning\tv0.25.1\tlinux/amd64\n"
    )
    cli.out(align(text, TabStops(minwidth=0, tabwidth=0, padding=4)))


@docker_command(
    "buildx inspect",
    arguments="[NAME]",
    summary="Inspect current builder instance",
    options=(flag("bootstrap", "Ensure builder has booted before inspecting"),),
    at_most=1,
)
def inspect_builder(cli: Cli) -> None:
    """Describe the daemon's own builder."""
    name = cli.arguments[0] if cli.arguments else "default"
    if name != "default":
        raise CliError(f'ERROR: no builder "{name}" found')
    cli.out(
        "Name:          default\nDriver:        docker\n"
        f"Last Activity: {_instant(cli.now // SECOND * SECOND)}\n\n"
        "Nodes:\nName:             default\nEndpoint:         default\nStatus:           running\n"
        "BuildKit version: v0.25.1\nPlatforms:        linux/amd64\n"
    )


@docker_command(
    "buildx use",
    arguments="[OPTIONS] NAME",
    summary="Set the current builder instance",
    at_least=1,
    at_most=1,
)
def use_builder(cli: Cli) -> None:
    """Only the default builder can be chosen."""
    if cli.arguments[0] != "default":
        raise CliError(f'ERROR: no builder "{cli.arguments[0]}" found')
