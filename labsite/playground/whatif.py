"""What an ordering of a Dockerfile costs over twenty working days, and the best legal ordering found.

Everything is tried on copies of the machine: files are really edited, images are really built, and two
orderings count as the same only when the images they build have the same files and configuration.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from time import thread_time

from engine import session
from engine.analysis import Inventory, Side, compare, side_of
from engine.content import BlobStore, StackedStore
from engine.dockerfile.parser import Node, parse
from engine.events import BuildFinished, StepRan
from engine.fs import File
from engine.image.config import ImageConfig
from engine.machine import PROJECT, Machine
from labsite.workspaces.store import shared_store

MOST_FILES = 12
"""Files that may be said to change."""
MOST_EDITED_STEPS = 4
"""RUN lines that stand for the edits of a Dockerfile."""
MOST_MOVES = 4
"""Lines the search moves at most."""
MOST_BUILDS = 24
"""Orderings the search builds at most."""
SECONDS_TO_SEARCH = 1.2
"""Seconds of work after which no further ordering is tried, the present one's builds included."""
SECONDS_IN_ALL = 3.0
"""Seconds of work after which the simulation is given up."""
LEAST_SEARCH = 0.6
"""Seconds the search gets even when those builds took long."""
IMAGE = "what-if"
ADDED = -1
"""Number of a line the search added."""

_DEPENDENCY_LISTS_TEXT = """
requirements.txt requirements-dev.txt pyproject.toml poetry.lock uv.lock Pipfile Pipfile.lock setup.py
package.json package-lock.json yarn.lock pnpm-lock.yaml go.mod go.sum Cargo.toml Cargo.lock Gemfile
Gemfile.lock composer.json composer.lock pom.xml build.gradle packages.txt
"""
DEPENDENCY_LISTS = frozenset(_DEPENDENCY_LISTS_TEXT.split())
"""File names that say which packages an application needs."""
READS = {
    "npm": "package.json",
    "yarn": "package.json",
    "pnpm": "package.json",
    "go": "go.mod",
    "cargo": "Cargo.toml",
    "bundle": "Gemfile",
    "composer": "composer.json",
    "poetry": "pyproject.toml",
    "uv": "pyproject.toml",
    "mvn": "pom.xml",
    "gradle": "build.gradle",
    "make": "Makefile",
}
"""Programs that look for a file without being told its name."""


class CannotSimulate(Exception):
    """The present Dockerfile does not build; the message is what the build said last."""


class TooSlow(CannotSimulate):
    """The builds take so long that they cannot be repeated for every kind of change."""


# ---------------------------------------------------------------------- an ordering of lines


@dataclass(frozen=True, slots=True)
class Chunk:
    """One instruction with the comments and empty lines before it."""

    number: int
    """Which instruction of the Dockerfile it is, from 0, or ADDED."""
    keyword: str
    text: str
    stage: int
    """0 up to the first FROM, then the stage's number from 1."""
    node: Node | None = None

    @property
    def movable(self) -> bool:
        """Whether it may change places inside its stage."""
        return self.stage > 0 and self.keyword != "FROM"

    @property
    def editable(self) -> bool:
        """Whether it is a RUN in shell form, so that a command can be added to its end."""
        node = self.node
        return bool(self.keyword == "RUN" and node and not node.is_json and not node.heredocs)

    def edited(self) -> "Chunk":
        """The RUN line with one more command."""
        return replace(self, text=self.text.rstrip("\n") + " && true\n")


Ordering = tuple[Chunk, ...]


def ordering_of(text: str) -> Ordering:
    """The Dockerfile as pieces that can be moved."""
    parsed = parse(text)
    lines = [line if line.endswith("\n") else line + "\n" for line in parsed.lines]
    chunks: list[Chunk] = []
    begin = stage = 0
    for number, node in enumerate(parsed.nodes):
        keyword = node.keyword.upper()
        stage += keyword == "FROM"
        end = len(lines) if number == len(parsed.nodes) - 1 else node.location.end_line
        chunks.append(Chunk(number, keyword, "".join(lines[begin:end]), stage, node))
        begin = end
    return tuple(chunks)


def text_of(ordering: Ordering) -> str:
    """The Dockerfile an ordering stands for."""
    return "".join(chunk.text for chunk in ordering)


@dataclass(frozen=True, slots=True)
class Rule:
    """Learnt from a build that failed or gave other files: ``moved`` must not stand there."""

    moved: int
    crossed: frozenset[int]
    up: bool
    has_added: bool

    def forbids(self, ordering: Ordering) -> bool:
        """Whether the ordering has ``moved`` on the wrong side of everything it had crossed.

        What was learnt without the added COPY says nothing about orderings that have it.
        """
        place = {chunk.number: index for index, chunk in enumerate(ordering)}
        if (ADDED in place) != self.has_added:
            return False
        here = place[self.moved]
        return all((here < place[number]) == self.up for number in self.crossed)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An ordering one move away, with what it is expected to cost."""

    ordering: Ordering
    rule: Rule
    expected: float
    doubtful: bool
    """Whether a RUN seems to stand before the COPY that brings what it reads."""

    @property
    def rank(self) -> tuple[bool, float, int]:
        """Doubtful ones last; then cheap ones first, then those that change little."""
        return self.doubtful, self.expected, len(self.rule.crossed)


# ---------------------------------------------------------------------- changes and what they cost


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is edited ``times`` in twenty days: a file, or a RUN line of the Dockerfile."""

    path: str
    times: float
    chunk: int = -1
    """Number of the RUN line; -1 for a file."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What happens after one change, or in all twenty days."""

    steps: float = 0.0
    seconds: float = 0.0
    pushed: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.steps + other.steps, self.seconds + other.seconds, self.pushed + other.pushed)

    def beats(self, other: "Cost") -> bool:
        """Whether it is cheaper in seconds or bytes, by more than it is dearer in the other."""
        seconds = self.seconds / other.seconds if other.seconds else 1.0
        pushed = self.pushed / other.pushed if other.pushed else 1.0
        return seconds + pushed < 1.99

    def times(self, factor: float) -> "Cost":
        """The cost of doing it so often."""
        return Cost(self.steps * factor, self.seconds * factor, self.pushed * factor)


@dataclass(frozen=True, slots=True)
class FileCost:
    """One file of the table: how often it changes, and what one change costs now and in the best order."""

    path: str
    times: float
    now: Cost
    best: Cost


@dataclass(frozen=True)
class Outcome:
    """The answer of the simulation."""

    files: tuple[FileCost, ...]
    now: Cost
    best: Cost
    text: str
    """The Dockerfile in the best order found; the present one when none was better."""
    added: int
    """Lines that were added (a COPY of the dependency lists alone)."""
    moved: int
    tried: int
    """Orderings that were built."""
    rejected: int
    """Of these, how many did not build or gave other files."""
    cut_short: bool
    """Whether the search ended at one of its limits."""

    @property
    def improved(self) -> bool:
        """Whether the search found anything."""
        return bool(self.added or self.moved)


@dataclass(frozen=True)
class Built:
    """A machine on which an ordering was built."""

    machine: Machine
    store: StackedStore
    config: ImageConfig
    side: Side
    inventory: Inventory
    ran: Mapping[int, StepRan] = field(default_factory=dict)
    """Steps that ran, by the line of their instruction."""

    @property
    def diff_ids(self) -> frozenset[str]:
        """The layers of the image."""
        return frozenset(row.diff_id for row in self.side.rows)


def _alone(machine: Machine) -> Machine:
    """The machine with a new terminal on the host, so that nothing typed before can change a build."""
    return replace(machine, terminal=session.new_machine().terminal, pending=None)


def _run(machine: Machine, line: str, store: BlobStore) -> session.Step:
    return session.execute(machine, session.RunLine(f"cd {PROJECT} && {line}"), store)


def _build(machine: Machine, dockerfile: str, store: BlobStore, *, cache: bool = True) -> Built | str:
    """Build the project on a copy of the machine; a text is the last line of a build that failed."""
    stack = StackedStore(store)
    name = shlex.quote(dockerfile)
    step = _run(machine, f"docker build {'' if cache else '--no-cache '}-f {name} -t {IMAGE} .", stack)
    finished = [event for event in step.events if isinstance(event, BuildFinished)]
    if step.exit_code or not finished:
        said = "".join(piece.text for piece in step.output).strip().splitlines()
        return said[-1] if said else "docker build failed"
    inventory = session.inventory(step.machine)
    side = side_of(inventory, stack, IMAGE)
    stored = inventory.find_image(IMAGE)
    if side is None or stored is None:
        return "docker build made no image"
    ran = {event.line: event for event in step.events if isinstance(event, StepRan)}
    return Built(_alone(step.machine), stack, stored.image.config, side, inventory, ran)


def _write(machine: Machine, dockerfile: str, ordering: Ordering, store: BlobStore) -> Machine:
    return session.execute(machine, session.SaveFile(dockerfile, text_of(ordering)), store).machine


def _same_config(left: ImageConfig, right: ImageConfig) -> bool:
    plain = replace(left, env=()) == replace(right, env=())
    return plain and left.env_map() == right.env_map()


# ---------------------------------------------------------------------- the simulation


class _Simulation:
    def __init__(
        self, machine: Machine, store: BlobStore, dockerfile: str, rates: Mapping[str, float]
    ) -> None:
        self.store = store
        self.dockerfile = dockerfile
        self.start = _alone(machine)
        files = {
            item.path: item.text for item in session.project_files(machine, store) if not item.is_directory
        }
        self.present = ordering_of(files.get(dockerfile) or "")
        self.names = {path.rpartition("/")[2] for path in files}
        self.rates = {path: times for path, times in rates.items() if times > 0 and path in files}
        self.tried = self.rejected = 0
        self.cut_short = False

    def outcome(self) -> Outcome:
        """The costs of the present and of the best ordering. Raises CannotSimulate."""
        begun = thread_time()
        self.end = begun + SECONDS_IN_ALL
        self.base = self._first_build(self.start)
        self.unsteady = self._unsteady_paths()
        self.changes = self._changes()
        now = [self._cost(self.base, self.present, change) for change in self.changes]
        self._learn_costs()
        spent = thread_time() - begun
        self.until = thread_time() + max(LEAST_SEARCH, SECONDS_TO_SEARCH - spent)
        best, built = self._search()
        costs = now if best == self.present else [self._cost(built, best, change) for change in self.changes]
        if not _total(self.changes, costs).beats(_total(self.changes, now)):
            best, costs = self.present, now
        return Outcome(
            self._table(now, costs),
            _total(self.changes, now),
            _total(self.changes, costs),
            text_of(best),
            sum(chunk.number < 0 for chunk in best),
            _moved(self.present, best),
            self.tried,
            self.rejected,
            self.cut_short,
        )

    def _first_build(self, machine: Machine) -> Built:
        built = _build(machine, self.dockerfile, self.store, cache=False)
        if isinstance(built, str):
            raise CannotSimulate(built)
        return built

    def _unsteady_paths(self) -> frozenset[str]:
        """Files that differ when the very same Dockerfile is built an hour later: logs with dates in them."""
        later = session.execute(self.base.machine, session.AdvanceClock(3600), self.base.store).machine
        again = _build(later, self.dockerfile, self.base.store, cache=False)
        if isinstance(again, str):
            raise CannotSimulate(again)
        return frozenset(change.path for change in compare(self.base.side, again.side).files)

    def _changes(self) -> list[Change]:
        found = [Change(path, times) for path, times in self.rates.items() if path != self.dockerfile]
        steps = [chunk for chunk in self.present if chunk.editable][:MOST_EDITED_STEPS]
        times = self.rates.get(self.dockerfile, 0.0)
        return found + [Change(self.dockerfile, times / len(steps), step.number) for step in steps if times]

    def _edit(self, machine: Machine, ordering: Ordering, change: Change, store: BlobStore) -> Machine:
        if change.chunk < 0:
            return _alone(_run(machine, f"echo >> {shlex.quote(change.path)}", store).machine)
        edited = tuple(chunk.edited() if chunk.number == change.chunk else chunk for chunk in ordering)
        return _write(machine, self.dockerfile, edited, store)

    def _cost(self, built: Built, ordering: Ordering, change: Change) -> Cost:
        """Edit, build again, and look at what ran and what a registry does not have yet."""
        if thread_time() > self.end:
            raise TooSlow
        store = StackedStore(built.store)
        after = _build(self._edit(built.machine, ordering, change, store), self.dockerfile, store)
        if isinstance(after, str):
            return Cost()
        pushed = sum(row.size for row in after.side.rows if row.diff_id not in built.diff_ids)
        return Cost(len(after.ran), sum(step.seconds for step in after.ran.values()), pushed)

    def _table(self, now: Sequence[Cost], best: Sequence[Cost]) -> tuple[FileCost, ...]:
        rows: dict[str, FileCost] = {}
        for change, before, after in zip(self.changes, now, best, strict=True):
            share = change.times / self.rates[change.path]
            row = rows.get(change.path, FileCost(change.path, self.rates[change.path], Cost(), Cost()))
            rows[change.path] = replace(
                row, now=row.now + before.times(share), best=row.best + after.times(share)
            )
        return tuple(sorted(rows.values(), key=lambda row: -row.now.seconds * row.times))

    # ------------------------------------------------------------ what an ordering is expected to cost

    def _learn_costs(self) -> None:
        """What each instruction costs when it runs, and which changes reach it first."""
        line_of = {chunk.number: chunk.node.location.start_line for chunk in self.present if chunk.node}
        number_at = {line: number for number, line in line_of.items()}
        seconds = sum(step.seconds for step in self.base.ran.values()) or 1.0
        size = sum(step.size for step in self.base.ran.values()) or 1
        self.price = {
            number_at[line]: step.seconds / seconds + step.size / size + 0.001
            for line, step in self.base.ran.items()
            if line in number_at
        }
        stage_at = {line_of[chunk.number]: chunk.stage for chunk in self.present if chunk.node}
        self.reached: list[tuple[float, frozenset[int]]] = []
        for change in self.changes:
            reached = {change.chunk} if change.chunk >= 0 else set()
            store = StackedStore(self.base.store)
            machine = self._edit(self.base.machine, self.present, change, store)
            for line in session.forecast(machine, store, self.dockerfile).lines:
                elsewhere = stage_at.get(line.cause_line) != stage_at.get(line.line)
                if line.verdict in ("MISS", "DEPENDS") and (line.cause_line == line.line or elsewhere):
                    reached.add(number_at.get(line.line, -2))
            self.reached.append((change.times, frozenset(reached)))
        self.price[ADDED] = 0.002
        self.lists = self._dependency_lists()
        named = {change.path for change in self.changes if change.path in self.lists}
        self.reached = [
            (times, reached | {ADDED} if change.path in named else reached)
            for change, (times, reached) in zip(self.changes, self.reached, strict=True)
        ]

    def _expected(self, ordering: Ordering) -> float:
        total = 0.0
        for times, reached in self.reached:
            stage, runs = -1, False
            for chunk in ordering:
                if chunk.stage != stage:
                    stage, runs = chunk.stage, False
                runs = runs or chunk.number in reached
                if runs:
                    total += times * self.price.get(chunk.number, 0.0)
        return total

    # ------------------------------------------------------------ the search

    def _search(self) -> tuple[Ordering, Built]:
        """Better orderings, one move after the other, each of them built and compared."""
        best, built = self.present, self.base
        rules: list[Rule] = []
        for _round in range(MOST_MOVES):
            for candidate in self._candidates(best):
                if any(rule.forbids(candidate.ordering) for rule in rules):
                    continue
                if self.tried >= MOST_BUILDS or thread_time() > self.until:
                    self.cut_short = True
                    return best, built
                found = self._legal(candidate.ordering)
                if found is not None:
                    best, built = candidate.ordering, found
                    break
                rules.append(candidate.rule)
            else:
                return best, built
        self.cut_short = True
        return best, built

    def _candidates(self, ordering: Ordering) -> list[Candidate]:
        """Every ordering one move away that should be cheaper."""
        limit = self._expected(ordering) * 0.995
        found: list[Candidate] = []
        for here, chunk in enumerate(ordering):
            if not chunk.movable:
                continue
            rest = ordering[:here] + ordering[here + 1 :]
            for there in range(len(rest) + 1):
                low, high = min(here, there), max(here, there)
                between = rest[low:high]
                if not between or any(item.stage != chunk.stage or not item.movable for item in between):
                    continue
                moved = (*rest[:there], chunk, *rest[there:])
                crossed = frozenset(item.number for item in between)
                rule = Rule(chunk.number, crossed, there < here, any(item.number == ADDED for item in rest))
                found.append(self._candidate(moved, rule))
        found += self._splits(ordering)
        return sorted((item for item in found if item.expected < limit), key=lambda item: item.rank)

    def _candidate(self, ordering: Ordering, rule: Rule) -> Candidate:
        doubtful = bool(self._unmet(ordering) - self._unmet(self.present))
        return Candidate(ordering, rule, self._expected(ordering), doubtful)

    def _unmet(self, ordering: Ordering) -> frozenset[int]:
        """RUN lines that name (or look for) a project file no COPY of their stage has brought yet."""
        found: set[int] = set()
        brought: set[str] = set()
        stage = 0
        for chunk in ordering:
            if chunk.stage != stage:
                stage, brought = chunk.stage, set()
            words = set(chunk.text.replace("/", " ").replace('"', " ").split())
            if chunk.keyword in ("COPY", "ADD"):
                brought |= self.names if "." in words else words & self.names
            elif chunk.keyword == "RUN":
                wanted = words | {READS[word] for word in words & READS.keys()}
                if wanted & self.names - brought:
                    found.add(chunk.number)
        return frozenset(found)

    def _dependency_lists(self) -> list[str]:
        files = session.project_files(self.start, self.store)
        return [item.path for item in files if item.path in DEPENDENCY_LISTS and item.path != self.dockerfile]

    def _splits(self, ordering: Ordering) -> list[Candidate]:
        """Orderings that copy the dependency lists alone, then run, then copy everything."""
        found: list[Candidate] = []
        if not self.lists or any(chunk.number < 0 for chunk in ordering):
            return found
        for here, chunk in enumerate(ordering):
            if chunk.node is None or chunk.keyword != "COPY" or chunk.node.flags or chunk.node.heredocs:
                continue
            if len(chunk.node.args) != 2 or chunk.node.args[0] not in (".", "./"):
                continue
            to = chunk.node.args[1].rstrip("/") + "/"
            added = Chunk(ADDED, "COPY", f"COPY {' '.join(self.lists)} {to}\n", chunk.stage)
            for there in range(here + 1, len(ordering)):
                between = ordering[here + 1 : there + 1]
                if between[-1].stage != chunk.stage or not between[-1].movable:
                    break
                moved = (*ordering[:here], added, *between, chunk, *ordering[there + 1 :])
                rule = Rule(chunk.number, frozenset(item.number for item in between), False, True)
                found.append(self._candidate(moved, rule))
        return found

    def _legal(self, ordering: Ordering) -> Built | None:
        """The ordering built, if it builds and gives the same files and configuration; times do not count."""
        self.tried += 1
        store = StackedStore(self.base.store)
        built = _build(_write(self.base.machine, self.dockerfile, ordering, store), self.dockerfile, store)
        if isinstance(built, str) or not _same_config(self.base.config, built.config):
            self.rejected += 1
            return None
        differing = {change.path for change in compare(self.base.side, built.side).files} - self.unsteady
        if any(not self._is_dockerfile(path, ordering, built) for path in differing):
            self.rejected += 1
            return None
        return built

    def _is_dockerfile(self, path: str, ordering: Ordering, built: Built) -> bool:
        """Whether the image holds a copy of the Dockerfile there: that one differs by what was asked."""
        return _content(self.base.side, path) == text_of(self.present) and _content(
            built.side, path
        ) == text_of(ordering)


def _content(side: Side, path: str) -> str:
    node = side.tree.get(path) if side.tree else None
    return node.content.head.decode("utf-8", "replace") if isinstance(node, File) else ""


def _total(changes: Sequence[Change], costs: Sequence[Cost]) -> Cost:
    total = Cost()
    for change, cost in zip(changes, costs, strict=True):
        total += cost.times(change.times)
    return total


def _moved(before: Ordering, after: Ordering) -> int:
    """How many lines changed places: those outside the longest run that kept its order."""
    numbers = [chunk.number for chunk in after if chunk.number >= 0]
    longest: list[int] = []
    for index, number in enumerate(numbers):
        reach = [longest[i] for i in range(index) if numbers[i] < number]
        longest.append(1 + max(reach, default=0))
    return len(before) - max(longest, default=0)


# ---------------------------------------------------------------------- the front door


def simulate(machine: Machine, dockerfile: str, rates: Mapping[str, float]) -> Outcome:
    """Twenty working days with ``rates`` (path -> changes in that time). Raises CannotSimulate.

    The answer is remembered for as long as nothing on the machine but its terminal has changed.
    """
    digests = machine.part_digests
    key = (dockerfile, *(digests[name] for name in sorted(digests) if name not in ("terminal", "pending")))
    found = _simulate(_Question(key, dockerfile, tuple(sorted(rates.items())), machine))
    if isinstance(found, CannotSimulate):
        raise found
    return found


@dataclass(frozen=True, slots=True)
class _Question:
    key: tuple[str, ...]
    dockerfile: str
    rates: tuple[tuple[str, float], ...]
    machine: Machine = field(compare=False)


@lru_cache(maxsize=64)
def _simulate(question: _Question) -> Outcome | CannotSimulate:
    try:
        return _Simulation(
            question.machine, shared_store(), question.dockerfile, dict(question.rates)
        ).outcome()
    except CannotSimulate as why:
        return why.with_traceback(None)
