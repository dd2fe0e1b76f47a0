"""What a COPY reads, written down path by path, so that two builds can be compared and a change named.

BuildKit's rules (``cache/contenthash``): content, type, mode, owner and link target of files count, times
never; of a directory only what it holds, not its own mode or owner. In a build context owners do not
count, because everything sent belongs to 0:0.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from engine.build.trees import Tree, walk
from engine.content import canonical_json
from engine.fs import Content, Device, Directory, File, Node, Symlink
from engine.wording import Sentence, Sentences


@dataclass(frozen=True, slots=False)
class Manifest:
    """Sorted (path, fingerprint) pairs; paths as the source knows them, with a leading slash."""

    entries: tuple[tuple[str, str], ...] = ()

    @cached_property
    def digest(self) -> str:
        """Hex sha256 over all pairs."""
        return sha256(self.encoded).hexdigest()

    @cached_property
    def encoded(self) -> bytes:
        """The blob that ``decode`` reads."""
        return canonical_json([list(entry) for entry in self.entries])

    @classmethod
    def decode(cls, blob: bytes) -> "Manifest":
        """The manifest stored in ``blob``."""
        return cls(tuple((path, print_) for path, print_ in json.loads(blob)))


def fingerprint(node: Node) -> str:
    """Everything of ``node`` that decides whether a copy of it can be reused."""
    match node:
        case Directory():
            return "dir"
        case File():
            return f"file {node.mode:04o} {node.uid}:{node.gid} {_content_print(node.content)}"
        case Symlink():
            return f"link {node.uid}:{node.gid} {node.target}"
        case Device():
            return f"{node.kind} {node.major}:{node.minor} {node.mode:04o} {node.uid}:{node.gid}"


def _content_print(content: Content) -> str:
    """Equal for equal bytes; the zeros at the end of a large file are counted, not hashed."""
    if not content.is_filler:
        return content.sha256()
    return f"{Content(content.head).sha256()}+{content.size}"


def manifest(entries: Iterable[tuple[str, Node]]) -> Manifest:
    """The manifest of these paths."""
    return Manifest(tuple(sorted((f"/{path}", fingerprint(node)) for path, node in entries)))


def below(tree: Tree, top: str) -> Iterator[tuple[str, Node]]:
    """``top`` itself and everything under it."""
    node = tree.get(top)
    if node is not None:
        yield top, node
        if isinstance(node, Directory):
            yield from walk(tree, top)


@dataclass(frozen=True, slots=True)
class ContentChange:
    """How a path differs: ``kind`` is ``added``, ``removed``, ``content``, ``mode``, ``owner``, ``type``."""

    kind: str
    path: str

    @property
    def sentence(self) -> Sentence:
        """The change as half a sentence."""
        return Sentence(_WORDS[self.kind], path=self.path.lstrip("/") or "/")

    def __str__(self) -> str:
        return str(self.sentence)


_WORDS = {
    "added": "%(path)s was added",
    "removed": "%(path)s was removed",
    "content": "the content of %(path)s changed",
    "mode": "the permissions of %(path)s changed",
    "owner": "the owner of %(path)s changed",
    "type": "%(path)s became something else",
}


def compare(before: Manifest, after: Manifest) -> tuple[ContentChange, ...]:
    """Every path that differs, sorted."""
    old, new = dict(before.entries), dict(after.entries)
    changes: list[ContentChange] = []
    for path in sorted({*old, *new}):
        if path not in old:
            changes.append(ContentChange("added", path))
        elif path not in new:
            changes.append(ContentChange("removed", path))
        elif old[path] != new[path]:
            changes.append(ContentChange(_difference(old[path], new[path]), path))
    return tuple(changes)


def _difference(old: str, new: str) -> str:
    before, after = old.split(" ", 3), new.split(" ", 3)
    if before[0] != after[0]:
        return "type"
    if before[0] == "dir":
        return "mode"
    if before[0] != "file":
        return "content"
    if before[3] != after[3]:
        return "content"
    return "mode" if before[1] != after[1] else "owner"


def describe(changes: Sequence[ContentChange], most: int = 3) -> str:
    """The changes as half a sentence, the first few by name."""
    shown = [change.sentence for change in changes[:most]]
    if len(changes) > most:
        shown.append(Sentence("%(count)d more paths changed", count=len(changes) - most))
    return Sentences(", ", shown)
