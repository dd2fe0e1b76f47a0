"""``docker pull``, ``push``, ``login``, ``logout``, ``search`` and ``manifest inspect``."""

from __future__ import annotations

import json
from typing import Any

from engine.catalogue.images import catalogue
from engine.cli.command import Cli, CliError, docker_command
from engine.cli.flags import FILTER, FORMAT_HELP, flag, option
from engine.cli.format.listings import format_search
from engine.cli.pulling import check_platform, pull_lines
from engine.daemon.errors import DaemonError
from engine.daemon.transfer import find_remote, login, logout, pull, push
from engine.image.reference import DEFAULT_DOMAIN, Reference, parse_normalized
from engine.registry.hub import CONFIG_TYPE, LAYER_TYPE, MANIFEST_TYPE

_HUB_NAME = "https://index.docker.io/v1/"


@docker_command(
    "pull",
    "image pull",
    arguments="[OPTIONS] NAME[:TAG|@DIGEST]",
    summary="Download an image from a registry",
    options=(
        flag("all-tags", "Download all tagged images in the repository", "a"),
        flag("disable-content-trust", "Skip image verification"),
        option("platform", "Set platform if server is multi-platform capable"),
        flag("quiet", "Suppress verbose output", "q"),
    ),
    at_least=1,
    at_most=1,
)
def pull_image(cli: Cli) -> None:
    """Fetch an image, layer by layer; what is here already is not fetched again."""
    flags = cli.flags
    reference = parse_normalized(cli.arguments[0])
    if flags.on("all-tags"):
        if not reference.is_name_only:
            raise CliError("tag can't be used with --all-tags/-a")
        names = [f"{reference.familiar_name}:{tag}" for tag in _remote_tags(cli, reference)]
        if not names:
            find_remote(cli.daemon, reference.tagged())
    else:
        if reference.is_name_only and not flags.on("quiet"):
            cli.out("Using default tag: latest\n")
        names = [cli.arguments[0]]
    for name in names:
        remote = find_remote(cli.daemon, parse_normalized(name).tagged())
        check_platform(flags.text("platform"), remote.image)
        result = pull(cli.daemon, name)
        if not flags.on("quiet"):
            for line in pull_lines(result, terminal=cli.host.stdout_is_terminal):
                cli.out(line)
        if not flags.on("all-tags"):
            cli.out(f"{result.reference}\n")
    if flags.on("all-tags"):
        cli.out(f"{reference.name}\n")


def _remote_tags(cli: Cli, reference: Reference) -> list[str]:
    tags: set[str] = set()
    repository = cli.daemon.hub.repository(reference.name)
    if repository is not None:
        tags.update(repository.tags)
    if reference.domain == DEFAULT_DOMAIN and cli.daemon.hub.offers_catalogue:
        for image in catalogue():
            for text in image.references:
                known = parse_normalized(text).tagged()
                if known.name == reference.name:
                    tags.add(known.tag)
    return sorted(tags)


@docker_command(
    "push",
    "image push",
    arguments="[OPTIONS] NAME[:TAG]",
    summary="Upload an image to a registry",
    options=(
        flag("all-tags", "Push all tags of an image to the repository", "a"),
        flag("disable-content-trust", "Skip image signing"),
        option("platform", "Push a platform-specific manifest"),
        flag("quiet", "Suppress verbose output", "q"),
    ),
    at_least=1,
    at_most=1,
)
def push_image(cli: Cli) -> None:
    """Send an image; layers the registry has already are not sent again."""
    flags = cli.flags
    reference = parse_normalized(cli.arguments[0])
    if reference.digest:
        raise CliError("cannot push a digest reference")
    if flags.on("all-tags"):
        if reference.tag:
            raise CliError("tag can't be used with --all-tags/-a")
        prefix = f"{reference.name}:"
        wanted = sorted(name for name in cli.daemon.state.tags if name.startswith(prefix))
        references = [parse_normalized(name) for name in wanted]
        if not references:
            raise DaemonError(f"An image does not exist locally with the tag: {reference.familiar_name}")
    else:
        if reference.is_name_only and not flags.on("quiet"):
            cli.out("Using default tag: latest\n")
        references = [reference.tagged()]
    quiet = flags.on("quiet")
    if not quiet:
        cli.out(f"The push refers to repository [{reference.name}]\n")
    for item in references:
        preparing = "" if quiet else _preparing(cli, item)
        if not cli.host.stdout_is_terminal:
            cli.out(preparing)
        try:
            result = push(cli.daemon, item)
        except DaemonError as error:
            if cli.host.stdout_is_terminal:  # the lines that a finished push would have redrawn
                cli.out(preparing)
            raise CliError(str(error)) from None
        if quiet:
            cli.out(f"{item}\n")
            continue
        cli.out("".join(f"{layer.name}: {layer.outcome}\n" for layer in result.layers))
        cli.out(f"{result.tag}: digest: {result.digest} size: {result.manifest_size}\n")


def _preparing(cli: Cli, item: Reference) -> str:
    """The first state a push shows of each layer, topmost first; "" for an image that is not held."""
    if str(item) not in cli.daemon.state.tags:
        return ""
    layers = cli.daemon.image(str(item)).image.layers
    return "".join(f"{layer.diff_id[7:19]}: Preparing\n" for layer in reversed(layers))


@docker_command(
    "login",
    arguments="[OPTIONS] [SERVER]",
    summary="Authenticate to a registry",
    options=(
        option("password", "Password or Personal Access Token (PAT)", "p"),
        flag("password-stdin", "Take the Password or Personal Access Token (PAT) from stdin"),
        option("username", "Username", "u"),
    ),
    at_most=1,
)
def log_in(cli: Cli) -> None:
    """Log in to the lab's hub; an account that does not exist yet is made on the spot."""
    flags = cli.flags
    host = _host(cli.arguments)
    user, password = flags.text("username"), flags.text("password")
    stdin = cli.host.stdin
    if flags.on("password-stdin"):
        if not user:
            raise CliError("the --password-stdin option requires --username to be set")
        if password:
            raise CliError("conflicting options: cannot specify both --password and --password-stdin")
        password = b"".join(stdin.chunks()).decode("utf-8", "replace").rstrip("\r\n")
    elif password:
        cli.err("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n")
    if not user:
        if not stdin.is_terminal:
            raise CliError("Cannot perform an interactive login from a non TTY device")
        cli.out("Username: ")
        user = stdin.read_line().decode("utf-8", "replace").strip()
        if not user:
            raise CliError("username is required")
    if not password:
        if not stdin.is_terminal:
            raise CliError("Cannot perform an interactive login from a non TTY device")
        cli.out("Password: ")
        password = stdin.read_line().decode("utf-8", "replace").rstrip("\n")
        cli.out("\n")
        if not password:
            raise CliError("password is required")
    login(cli.daemon, host, user, password)
    cli.out("Login Succeeded\n")


def _host(arguments: list[str]) -> str:
    if not arguments or arguments[0] in (DEFAULT_DOMAIN, "index.docker.io", _HUB_NAME):
        return DEFAULT_DOMAIN
    return arguments[0].removeprefix("https://").removeprefix("http://").partition("/")[0]


@docker_command("logout", arguments="[SERVER]", summary="Log out from a registry", at_most=1)
def log_out(cli: Cli) -> None:
    """Forget a login."""
    host = _host(cli.arguments)
    shown = _HUB_NAME if host == DEFAULT_DOMAIN else host
    if logout(cli.daemon, host):
        cli.out(f"Removing login credentials for {shown}\n")
    else:
        cli.out(f"Not logged in to {shown}\n")


@docker_command(
    "search",
    arguments="[OPTIONS] TERM",
    summary="Search Docker Hub for images",
    options=(
        FILTER,
        option("format", FORMAT_HELP),
        option("limit", "Max number of search results", kind="int"),
        flag("no-trunc", "Don't truncate output"),
    ),
    at_least=1,
    at_most=1,
)
def search(cli: Cli) -> None:
    """Look for repositories of the lab's hub."""
    flags = cli.flags
    term = cli.arguments[0].lower()
    results: dict[str, dict[str, Any]] = {}
    if cli.daemon.hub.offers_catalogue:
        for name in catalogue().repositories():
            if term in name:
                results[name] = _found(name, "Official image of the lab's catalogue", official=True)
    for full in cli.daemon.hub.repositories:
        host, _, path = full.partition("/")
        if host == DEFAULT_DOMAIN and term in path:
            name = path.removeprefix("library/")
            results.setdefault(name, _found(name, "Pushed in this lab", official=False))
    wanted = [pair.partition("=")[2] for pair in flags.items("filter") if pair.startswith("is-official=")]
    rows = sorted(results.values(), key=lambda item: (-item["star_count"], item["name"]))
    for value in wanted:
        rows = [row for row in rows if row["is_official"] == (value == "true")]
    limit = flags.number("limit") or 25
    if not 1 <= limit <= 100:
        raise DaemonError(f"limit {limit} is outside the range of [1, 100]")
    cli.out(format_search(rows[:limit], flags.text("format"), no_trunc=flags.on("no-trunc")))


def _found(name: str, description: str, *, official: bool) -> dict[str, Any]:
    stars = 1000 + sum(map(ord, name)) * 7 % 9000 if official else 0
    return {"name": name, "description": description, "star_count": stars, "is_official": official}


@docker_command(
    "manifest inspect",
    arguments="[OPTIONS] [MANIFEST_LIST] MANIFEST",
    summary="Display an image manifest, or manifest list",
    options=(
        flag("insecure", "Allow communication with an insecure registry"),
        flag("verbose", "Output additional info including layers and platform", "v"),
    ),
    at_least=1,
    at_most=2,
)
def manifest_inspect(cli: Cli) -> None:
    """Show the manifest a registry keeps for an image."""
    reference = parse_normalized(cli.arguments[-1]).tagged()
    try:
        remote = find_remote(cli.daemon, reference)
    except DaemonError:
        raise CliError(f"no such manifest: {reference}") from None
    config = remote.image.config_json
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {
            "mediaType": CONFIG_TYPE,
            "size": len(json.dumps(config, separators=(",", ":"))),
            "digest": remote.image.id,
        },
        "layers": [
            {"mediaType": LAYER_TYPE, "size": size, "digest": digest}
            for digest, size in zip(remote.layer_digests, remote.layer_sizes, strict=True)
        ],
    }
    if cli.flags.on("verbose"):
        document = {
            "Ref": str(reference),
            "Descriptor": {
                "mediaType": MANIFEST_TYPE,
                "digest": remote.digest,
                "platform": {"architecture": remote.image.architecture, "os": remote.image.os},
            },
            "SchemaV2Manifest": document,
        }
    cli.out(json.dumps(document, indent="\t") + "\n")
