"""Why a step cannot be reused, in words for people who are learning what a cache key is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine.build.cache import CacheRecord, Parts
from engine.build.contenthash import ContentChange, Manifest, compare, describe


@dataclass(frozen=True, slots=True)
class MissReason:
    """Which input of a step changed.

    ``kind``: ``new`` (no step like it was built here), ``command``, ``argument``, ``environment``,
    ``content``, ``option``, ``user``, ``workdir``, ``order``, ``base``, ``parent`` (a step it builds upon
    runs again), ``no-cache``, ``failure``. ``text`` is a sentence; ``changes`` are the paths behind
    ``content``.
    ``cause_line`` is the line of the first step that made this one run again (its own for any kind but
    ``parent``), 0 when unknown.
    """

    kind: str
    text: str
    changes: tuple[ContentChange, ...] = field(default=())
    cause_line: int = 0


Describe = Callable[[CacheRecord], Manifest | None]


def because_of_parent(name: str, line: int) -> MissReason:
    """A step below has to run again, so this one stands on something new."""
    return MissReason(
        "parent", f"line {line} ({name}) runs again, and every step after it builds upon its result", (), line
    )


def because_of_option(line: int) -> MissReason:
    """The person asked for it."""
    return MissReason("no-cache", "the cache is not looked at because of --no-cache", (), line)


def because_it_fails(message: str, line: int) -> MissReason:
    """What the step reads is not there."""
    return MissReason("failure", f"it cannot be carried out: {message}", (), line)


def explain(
    kind: str,
    parts: Parts,
    siblings: Iterable[CacheRecord],
    elsewhere: Iterable[CacheRecord],
    *,
    arguments: frozenset[str],
    later: frozenset[str],
    current: Manifest | None,
    previous: Describe,
    base_moved: bool,
    line: int,
) -> MissReason:
    """Compare a step that found no record with the nearest one there is.

    ``siblings`` are records on top of the same result, ``elsewhere`` all others of the same kind;
    ``arguments`` the names of build arguments in scope; ``later`` the descriptions of steps still to
    come; ``current`` what the step would copy.
    """
    nearest = _nearest(kind, parts, siblings)
    if nearest is not None and nearest.description not in later:
        return _difference(kind, parts, nearest, arguments, current, previous, line)
    twin = _nearest(kind, parts, elsewhere)
    same = twin is not None and _own(twin.parts) == _own(parts)
    if base_moved and same:
        return MissReason("base", "the base image is not the one it was built on before", (), line)
    if same:
        return MissReason(
            "order", "it was built before, but after other steps than the ones now above it", (), line
        )
    if nearest is not None:
        return MissReason("new", "it is a new step: it was put in before one that was built", (), line)
    return MissReason("new", "it was never built on this machine", (), line)


def _own(parts: Parts) -> frozenset[tuple[str, str]]:
    return frozenset(part for part in parts if part[0] != "content")


def _nearest(kind: str, parts: Parts, records: Iterable[CacheRecord]) -> CacheRecord | None:
    wanted = set(parts)
    best: CacheRecord | None = None
    best_score = (-1, -1)
    for record in records:
        if record.part("step") != kind:
            continue
        score = (len(wanted.intersection(record.parts)), record.last_used)
        if score > best_score:
            best, best_score = record, score
    return best


def _difference(
    kind: str,
    parts: Parts,
    before: CacheRecord,
    arguments: frozenset[str],
    current: Manifest | None,
    previous: Describe,
    line: int,
) -> MissReason:
    old, new = dict(before.parts), dict(parts)
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    for name in ("args", "script"):
        if name in changed:
            return MissReason(
                "command", f"the command changed; before it was: {before.description}", (), line
            )
    for name in ("sources", "destination", "options", "mounts", "path"):
        if name in changed:
            return MissReason("option", f"the line changed; before it was: {before.description}", (), line)
    if "content" in changed:
        was = previous(before)
        if was is not None and current is not None:
            changes = compare(was, current)
            if changes:
                return MissReason("content", describe(changes), changes, line)
        return MissReason("content", "what it copies changed", (), line)
    for name in changed:
        if name.startswith("env "):
            return _variable(name[4:], old.get(name), new.get(name), arguments, line)
    for name, word in (("user", "user"), ("workdir", "working directory")):
        if name in changed:
            text = f"the {word} changed from {old.get(name) or '/'} to {new.get(name) or '/'}"
            return MissReason(name, text, (), line)
    if changed:
        return MissReason("option", f"the line changed; before it was: {before.description}", (), line)
    return MissReason("environment", "the environment variables are in another order", (), line)


def _variable(
    name: str, old: str | None, new: str | None, arguments: frozenset[str], line: int
) -> MissReason:
    kind, word = ("argument", "build argument") if name in arguments else ("environment", "variable")
    if old is None:
        text = f'{word} {name} is new (it is "{new}"), and every RUN after it depends on it'
    elif new is None:
        text = f"{word} {name} is gone, and every RUN after it depended on it"
    else:
        text = f'{word} {name} changed from "{old}" to "{new}", and every RUN after it depends on it'
    return MissReason(kind, text, (), line)
