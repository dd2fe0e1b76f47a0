"""``docker cp``."""

from __future__ import annotations

from engine.cli.command import Cli, CliError, docker_command
from engine.cli.flags import flag
from engine.daemon.errors import NotFound
from engine.daemon.files import container_files, copy, pack, unpack
from engine.fs import Files, FsError
from engine.units import human_size

_TAR_BLOCK = 512
_USAGE = "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH"


def split_copy_path(text: str) -> tuple[str, str]:
    """Container name (empty for the host) and path of one argument."""
    if text.startswith(("/", ".")) or ":" not in text:
        return "", text
    name, _, path = text.partition(":")
    if "/" in name:
        return "", text
    return name, path


@docker_command(
    "cp",
    "container cp",
    arguments=_USAGE,
    summary="Copy files/folders between a container and the local filesystem",
    options=(
        flag("archive", "Archive mode (copy all uid/gid information)", "a"),
        flag("follow-link", "Always follow symbol link in SRC_PATH", "L"),
        flag("quiet", "Suppress progress output during copy", "q"),
    ),
    at_least=2,
    at_most=2,
)
def cp(cli: Cli) -> None:
    """Copy into a container's read-write layer, or out of its whole tree."""
    source, target = cli.arguments
    if not source:
        raise CliError("source can not be empty")
    if not target:
        raise CliError("destination can not be empty")
    from_name, from_path = split_copy_path(source)
    to_name, to_path = split_copy_path(target)
    if from_name and to_name:
        raise CliError("copying between containers is not supported")
    if not from_name and not to_name:
        raise CliError("must specify at least one container source")
    copied = (
        _copy_out(cli, from_name, from_path, target) if from_name else _copy_in(cli, source, to_name, to_path)
    )
    quiet = cli.flags.on("quiet") or not cli.host.stdout_is_terminal
    if copied is not None and not quiet:
        padded = -(-copied // _TAR_BLOCK) * _TAR_BLOCK
        cli.err(f"Successfully copied {human_size(padded + 3 * _TAR_BLOCK)} to {target}\n")


def _copy(cli: Cli, source: Files, source_path: str, target: Files, target_path: str) -> int:
    return copy(
        source,
        source_path,
        target,
        target_path,
        follow=cli.flags.on("follow-link"),
        archive=cli.flags.on("archive"),
    )


def _copy_out(cli: Cli, name: str, path: str, target: str) -> int | None:
    container = cli.daemon.find_container(name)
    files = container_files(cli.daemon, container)
    inside = path if path.startswith("/") else f"/{path}"
    try:
        if target == "-":
            for chunk in pack(files, inside).chunks():
                cli.out(chunk)
            return None
        host = cli.host.files
        parent = host.absolute(target).rstrip("/").rpartition("/")[0] or "/"
        if not host.is_dir(parent):
            raise CliError(f'invalid output path: directory "{parent}" does not exist')
        return copy(
            files, inside, host, target, follow=cli.flags.on("follow-link"), archive=cli.flags.on("archive")
        )
    except NotFound:
        raise NotFound(f"Could not find the file {inside} in container {name}") from None


def _copy_in(cli: Cli, source: str, name: str, path: str) -> int | None:
    host = cli.host.files
    container = cli.daemon.find_container(name)
    files = container_files(cli.daemon, container)
    inside = path if path.startswith("/") else f"/{path}"
    if source == "-":
        unpack(files, inside, b"".join(cli.host.stdin.chunks()))
        return None
    if not host.exists(source):
        raise CliError(f"lstat {host.absolute(source)}: no such file or directory")
    try:
        parent = inside.rstrip("/").rpartition("/")[0] or "/"
        if not files.is_dir(inside) and (inside.endswith("/") or not files.is_dir(parent)):
            missing = inside.rstrip("/") if inside.endswith("/") else parent
            raise NotFound(f"Could not find the file {missing} in container {name}")
        return copy(
            host, source, files, inside, follow=cli.flags.on("follow-link"), archive=cli.flags.on("archive")
        )
    except FsError as error:
        raise CliError(str(error)) from error
