"""``docker save``, ``load``, ``import`` and ``export``."""

from __future__ import annotations

import posixpath
from collections.abc import Generator

from engine.cli.command import Cli, CliError, docker_command
from engine.cli.commands.commit import apply_changes
from engine.cli.flags import flag, option
from engine.daemon.archive import export, import_image, load, save
from engine.fs import Content, FsError
from engine.image.config import ImageConfig
from engine.image.reference import parse_normalized


def _refuse_terminal(cli: Cli) -> None:
    if not cli.flags.text("output") and cli.host.stdout_is_terminal:
        raise CliError("cowardly refusing to save to a terminal. Use the -o flag or redirect")


def _write(cli: Cli, content: Content) -> Generator[bytes, None, None]:
    output = cli.flags.text("output")
    if not output:
        yield from content.chunks()
        return
    files = cli.host.files
    directory = posixpath.dirname(output) or "."
    if not files.is_dir(directory):
        raise CliError(f'invalid output path: directory "{directory}" does not exist')
    if files.is_dir(output):
        raise CliError(f'invalid output path: "{output}" must be a regular file')
    try:
        files.write(output, content, 0o600)
    except FsError as error:
        raise CliError(f"failed to save image: open {output}: {error.reason.lower()}") from None


def _read(cli: Cli, path: str) -> Content:
    try:
        return cli.host.files.content(path)
    except FsError as error:
        raise CliError(f"open {path}: {error.reason.lower()}") from None


@docker_command(
    "save",
    "image save",
    arguments="[OPTIONS] IMAGE [IMAGE...]",
    summary="Save one or more images to a tar archive (streamed to STDOUT by default)",
    options=(
        option("output", "Write to a file, instead of STDOUT", "o"),
        option("platform", "Save only the given platform(s)", kind="list"),
    ),
    at_least=1,
)
def save_images(cli: Cli) -> Generator[bytes, None, None]:
    """Write images, with all their layers, into one file."""
    _refuse_terminal(cli)
    yield from _write(cli, save(cli.daemon, cli.arguments))


@docker_command(
    "load",
    "image load",
    arguments="[OPTIONS]",
    summary="Load an image from a tar archive or STDIN",
    options=(
        option("input", "Read from tar archive file, instead of STDIN", "i"),
        option("platform", "Load only the given platform(s)", kind="list"),
        flag("quiet", "Suppress the load output", "q"),
    ),
    at_most=0,
)
def load_images(cli: Cli) -> None:
    """Read images back from a file."""
    path = cli.flags.text("input")
    if not path and cli.host.stdin.is_terminal:
        raise CliError("requested load from stdin, but stdin is empty")
    content = _read(cli, path) if path else Content.sparse(cli.host.stdin.chunks())
    for line in load(cli.daemon, content):
        cli.out(f"{line}\n")


@docker_command(
    "import",
    "image import",
    arguments="[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
    summary="Import the contents from a tarball to create a filesystem image",
    options=(
        option("change", "Apply Dockerfile instruction to the created image", "c", kind="list"),
        option("message", "Set commit message for imported image", "m"),
        option("platform", "Set platform if server is multi-platform capable"),
    ),
    at_least=1,
    at_most=2,
)
def import_file(cli: Cli) -> None:
    """Make a one-layer image of a file system."""
    source = cli.arguments[0]
    reference = str(parse_normalized(cli.arguments[1]).tagged()) if len(cli.arguments) == 2 else ""
    if source == "-":
        content = Content.sparse(cli.host.stdin.chunks())
    else:
        content = _read(cli, source)
    identity = import_image(
        cli.daemon,
        content,
        reference,
        cli.flags.text("message"),
        "-",
        apply_changes(ImageConfig(), cli.flags.items("change")),
    )
    cli.out(f"{identity}\n")


@docker_command(
    "export",
    "container export",
    arguments="[OPTIONS] CONTAINER",
    summary="Export a container's filesystem as a tar archive",
    options=(option("output", "Write to a file, instead of STDOUT", "o"),),
    at_least=1,
    at_most=1,
)
def export_container(cli: Cli) -> Generator[bytes, None, None]:
    """Write a container's files, all layers merged, into one file."""
    _refuse_terminal(cli)
    container = cli.daemon.find_container(cli.arguments[0])
    yield from _write(cli, export(cli.daemon, container))
