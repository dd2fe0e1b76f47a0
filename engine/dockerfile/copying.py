"""What COPY and ADD have in common."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote, urlsplit

from engine.build.ops import (
    CopyItem,
    CopyOp,
    FileSystemSource,
    GitItem,
    InlineItem,
    PathItem,
    UrlItem,
)
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.gotext import clean_path, parse_unsigned
from engine.dockerfile.heredoc import Heredoc, is_mark, parse_mark
from engine.dockerfile.instruction import Expander, Instruction
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node

_HIGHEST_MODE: Final = 0o7777
_SYMBOLIC_MODE: Final = re.compile(r"[ugoa]*([-+=][rwxXstugo]*)+(,[ugoa]*([-+=][rwxXstugo]*)+)*\Z")
_GIT_SUFFIX: Final = re.compile(r"\.git(?:#.*)?\Z", re.DOTALL)
_SCP_STYLE: Final = re.compile(r"[a-zA-Z0-9._-]+@[a-zA-Z0-9._-]+:[^/].*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sources:
    """Sources and destination: paths (or URLs) first, then the files given inline."""

    paths: tuple[str, ...]
    inline: tuple[Heredoc, ...]
    destination: str


def check_sources(node: Node, keyword: str) -> None:
    """Raise `InstructionError` when there is no destination."""
    if len(node.args) < 2:
        raise InstructionError(
            f"{keyword} requires at least two arguments, but only one was provided. "
            "Destination could not be determined"
        )


def read_sources(node: Node, keyword: str) -> Sources:
    """The sources and the destination; raises `InstructionError`."""
    *sources, destination = node.args
    if is_mark(destination):
        raise InstructionError(f"{keyword} cannot accept a heredoc as a destination", destination)
    bodies = {heredoc.name: heredoc for heredoc in node.heredocs}
    paths: list[str] = []
    inline: list[Heredoc] = []
    for source in sources:
        mark = parse_mark(source) if is_mark(source) else None
        if mark is None:
            paths.append(source)
        else:
            body = bodies.get(mark.name, mark)
            inline.append(replace(mark, content=body.content, chomp=mark.chomp))
    return Sources(tuple(paths), tuple(inline), destination)


def expand_sources(sources: Sources, expand: Expander) -> Sources:
    """Replace the variables in paths and destination."""
    return Sources(tuple(map(expand, sources.paths)), sources.inline, expand(sources.destination))


def copy_operation(
    instruction: Instruction,
    stage: StageBuilder,
    sources: Sources,
    *,
    origin: FileSystemSource,
    chown: str,
    chmod: str,
    link: bool,
    parents: bool = False,
    excludes: tuple[str, ...] = (),
    checksum: str = "",
    keep_git_dir: bool = False,
    unpack: bool | None = None,
    fetches: bool = False,
) -> CopyOp:
    """The operation for an expanded COPY or ADD; raises `InstructionError`."""
    keyword = instruction.keyword
    # Inline files may be expanded twice over: their text once, and their marks like any other word.
    inline = tuple(
        InlineItem(one.name, stage.expand_raw(one.body) if one.expand else one.body) for one in sources.inline
    )
    _check_mode(chmod)
    if checksum:
        _check_checksum(sources)
    # Steps are numbered in the order of their instructions, failing ones included.
    name = stage.step_name(instruction.text)
    items = (*(_item(path, fetches, keyword) for path in sources.paths), *inline)
    created_by = " ".join(
        [
            keyword,
            *(["--parents"] if parents else []),
            *([f"--chown={chown}"] if chown else []),
            *([f"--chmod={chmod}"] if chmod else []),
            *sources.paths,
            *(f"<<{one.name}" for one in inline),
            f"{sources.destination} # buildkit",
        ]
    )
    owner = f"--chown={chown} " if chown else ""
    common = stage.fields(instruction, created_by, None, name=name, empty_layer=False)
    return CopyOp(
        **common,
        origin=origin,
        items=items,
        destination=sources.destination,
        destination_path=_absolute(stage.config.working_dir, sources.destination),
        chown=chown,
        chmod=chmod,
        link=link,
        parents=parents,
        unpack=fetches if unpack is None else unpack,
        excludes=excludes,
        checksum=checksum,
        keep_git_dir=keep_git_dir,
        classic_prefix=stage.classic_note(f"{keyword} {owner}", blanks=1),
        classic_suffix=f" in {sources.destination} ",
    )


def _absolute(working_dir: str, destination: str) -> str:
    path = clean_path(posixpath.join("/", working_dir, destination))
    is_directory = destination in ("", ".") or destination.endswith(("/", "/."))
    return path + "/" if is_directory and path != "/" else path


def _check_mode(chmod: str) -> None:
    if not chmod:
        return
    mode = parse_unsigned(chmod, base=8, bits=32)
    if mode is None and _SYMBOLIC_MODE.match(chmod):
        return
    if mode is None or mode > _HIGHEST_MODE:
        raise InstructionError(
            f"invalid chmod parameter: '{chmod}'. it should be octal string and between 0 and 07777", chmod
        )


def _check_checksum(sources: Sources) -> None:
    if len(sources.paths) != 1:
        raise InstructionError("checksum can't be specified for multiple sources")
    if not is_remote(sources.paths[0]):
        raise InstructionError("checksum requires HTTP(S) or Git sources", sources.paths[0])


# ---------------------------------------------------------------- remote sources


def is_url(source: str) -> bool:
    """True for a file to be fetched over HTTP(S)."""
    return source.startswith(("http://", "https://")) and not is_git(source)


def is_git(source: str) -> bool:
    """True for a git repository: a ``git@`` or ``git://`` address, or a URL that ends in ``.git``."""
    if source.startswith(("git://", "ssh://", "git@")):
        return True
    if source.startswith(("http://", "https://")):
        return _GIT_SUFFIX.search(source.partition("?")[0]) is not None
    return _SCP_STYLE.match(source) is not None


def is_remote(source: str) -> bool:
    """True for anything that is not in the build context."""
    return is_url(source) or is_git(source)


def _item(path: str, fetches: bool, keyword: str) -> CopyItem:
    if is_git(path):
        if not fetches:
            raise InstructionError(f"source can't be a git ref for {keyword}", path)
        remote, _, fragment = path.partition("#")
        ref, _, subdir = fragment.partition(":")
        return GitItem(path, remote, ref, subdir)
    if is_url(path):
        if not fetches:
            raise InstructionError(f"source can't be a URL for {keyword}", path)
        return UrlItem(path, _filename(path) or "__unnamed__")
    return PathItem(path)


def _filename(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return posixpath.basename(unquote(path).rstrip("/"))
