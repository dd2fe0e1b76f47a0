"""Where apt fetches from: the machine's sources files, the simulated archives behind them, and the lists."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.catalogue.debian import Release
from engine.catalogue.world import resolves
from engine.clock import SECOND
from engine.fs import Content, File, FsError
from engine.programs.lib.debs import LISTS
from engine.programs.lib.unpack import Unpacker, text_of
from engine.shell.process import Process

SOURCES = "/etc/apt/sources.list"
STALE_AFTER = 30 * 86_400 * SECOND
"""After a month the archive has replaced what old lists still name."""
_FRESH_FOR = 6 * 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Source:
    """One suite of one archive: ``url`` without a trailing slash."""

    url: str
    suite: str
    components: tuple[str, ...]

    @property
    def host(self) -> str:
        """The archive's host name."""
        return self.url.partition("://")[2].partition("/")[0]

    @property
    def list_prefix(self) -> str:
        """How files in /var/lib/apt/lists begin."""
        bare = self.url.partition("://")[2]
        return f"{bare}_dists_{self.suite}".replace("/", "_")


def read_sources(process: Process) -> list[Source]:
    """Every binary source of sources.list and sources.list.d, in both formats; bad lines are skipped."""
    found: list[Source] = list(_one_line(text_of(process, SOURCES)))
    try:
        names = process.files.names(SOURCES + ".d")
    except FsError:
        names = []
    for name in names:
        text = text_of(process, f"{SOURCES}.d/{name}")
        if name.endswith(".list"):
            found += _one_line(text)
        elif name.endswith(".sources"):
            found += _deb822(text)
    process.budget.step(1 + len(found))
    return found


def _one_line(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        bare = line.partition("#")[0]
        if "[" in bare and "]" in bare:
            bare = bare.partition("[")[0] + bare.partition("]")[2]
        words = bare.split()
        if len(words) >= 3 and words[0] == "deb":
            yield Source(words[1].rstrip("/"), words[2], tuple(words[3:]))


def _deb822(text: str) -> Iterator[Source]:
    for paragraph in text.split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in paragraph.splitlines() if ": " in line)
        if "deb" not in fields.get("Types", "").split() or fields.get("Enabled", "") == "no":
            continue
        for url in fields.get("URIs", "").split():
            for suite in fields.get("Suites", "").split():
                yield Source(url.rstrip("/"), suite, tuple(fields.get("Components", "").split()))


@dataclass(frozen=True, slots=True)
class Index:
    """What an archive offers for a source: sizes in bytes."""

    release_size: int
    packed_size: int
    stored_size: int


def index_of(source: Source, archive: Release) -> Index | None:
    """The simulated archive's answer for ``source``; None when there is no such suite there (404)."""
    suite = source.suite.replace("/updates", "-security")
    for url, known, release_size, packed_size, stored_size in archive.suites:
        if url == source.url and known == suite:
            return Index(release_size, packed_size, stored_size)
    if resolves(source.host) and "deb.example" not in source.host and "ubuntu" not in source.host:
        return Index(4_200, 18_000, 42_000)
    return None


_UBUNTU_SHARES = {"main": 84, "restricted": 6, "universe": 895, "multiverse": 15}
"""How the packages of an Ubuntu release are spread over its components, in thousandths."""


def part_of(size: int, component: str, components: tuple[str, ...]) -> int:
    """The bytes of a suite's lists that belong to one of its components."""
    shares = {name: _UBUNTU_SHARES.get(name, 100) for name in components}
    return size * shares[component] // sum(shares.values())


class Lists:
    """The downloaded package lists of a machine."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def names(self) -> list[str]:
        """File names in /var/lib/apt/lists."""
        try:
            return self._process.files.names(LISTS)
        except FsError:
            return []

    @property
    def present(self) -> bool:
        """Whether any package list is there at all: without one apt knows only what is installed."""
        return any("_Packages" in name for name in self.names())

    def age_of(self, source: Source) -> int | None:
        """Nanoseconds since the source's list was fetched; None when it is not there."""
        node = self._process.files.find(f"{LISTS}/{source.list_prefix}_InRelease")
        return self._process.system.clock.now - node.mtime if isinstance(node, File) else None

    def fresh(self, source: Source) -> bool:
        """Whether the archive has nothing newer than the list."""
        age = self.age_of(source)
        return age is not None and age < _FRESH_FOR

    @property
    def stale(self) -> bool:
        """Whether the lists are so old that files they name have gone from the archive."""
        ages = [age for source in read_sources(self._process) if (age := self.age_of(source)) is not None]
        return bool(ages) and min(ages) > STALE_AFTER

    def store(self, source: Source, index: Index, compressed: str, components: tuple[str, ...]) -> None:
        """Keep the lists of ``source``; ``compressed`` is a suffix such as ``.lz4``, or empty for plain."""
        now = self._process.system.clock.now
        unpacker = Unpacker(self._process)
        head = (
            f"Origin: {source.host}\nSuite: {source.suite}\nSimulated: the rest of this list is zeros\n"
        ).encode()
        prefix = f"{LISTS.lstrip('/')}/{source.list_prefix}"
        unpacker.put(prefix + "_InRelease", File(Content(head, index.release_size), mtime=now))
        share = index.stored_size if compressed else index.stored_size * 8 // 3
        for component in components:
            size = part_of(share, component, components)
            name = f"{prefix}_{component.replace('/', '_')}_binary-amd64_Packages{compressed}"
            unpacker.put(name, File(Content(b"", size), mtime=now))
        unpacker.put(f"{LISTS.lstrip('/')}/lock", File(Content(), 0o640, mtime=now))
        self._process.files.make_dirs(f"{LISTS}/partial")
