"""Why a step cannot be reused, in words for people who are learning what a cache key is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine.build.cache import CacheRecord, Parts
from engine.build.contenthash import ContentChange, Manifest, compare, describe
from engine.wording import Sentence


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
        "parent",
        Sentence(
            "line %(line)d (%(step)s) has to run, and every step after it builds upon its result",
            line=line,
            step=name,
        ),
        (),
        line,
    )


def because_of_option(line: int) -> MissReason:
    """The person asked for it."""
    return MissReason("no-cache", Sentence("the cache is not looked at because of --no-cache"), (), line)


def because_it_fails(message: str, line: int) -> MissReason:
    """What the step reads is not there."""
    return MissReason("failure", Sentence("it cannot be carried out: %(why)s", why=message), (), line)


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
        return MissReason("base", Sentence("the base image is not the one it was built on before"), (), line)
    if same:
        return MissReason(
            "order",
            Sentence("it was built before, but after other steps than the ones now above it"),
            (),
            line,
        )
    if nearest is not None:
        return MissReason(
            "new", Sentence("it is a new step: it was put in before one that was built"), (), line
        )
    return MissReason("new", Sentence("it was never built on this machine"), (), line)


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
                "command",
                Sentence("the command changed; before it was: %(before)s", before=before.description),
                (),
                line,
            )
    for name in ("sources", "destination", "options", "mounts", "path"):
        if name in changed:
            return MissReason(
                "option",
                Sentence("the line changed; before it was: %(before)s", before=before.description),
                (),
                line,
            )
    if "content" in changed:
        was = previous(before)
        if was is not None and current is not None:
            changes = compare(was, current)
            if changes:
                return MissReason("content", describe(changes), changes, line)
        return MissReason("content", Sentence("what it copies changed"), (), line)
    for name in changed:
        if name.startswith("env "):
            return _variable(name[4:], old.get(name), new.get(name), arguments, line)
    for name, template in (("user", _USER_CHANGED), ("workdir", _DIRECTORY_CHANGED)):
        if name in changed:
            text = Sentence(template, old=old.get(name) or "/", new=new.get(name) or "/")
            return MissReason(name, text, (), line)
    if changed:
        return MissReason(
            "option",
            Sentence("the line changed; before it was: %(before)s", before=before.description),
            (),
            line,
        )
    return MissReason("environment", Sentence("the environment variables are in another order"), (), line)


def _variable(
    name: str, old: str | None, new: str | None, arguments: frozenset[str], line: int
) -> MissReason:
    is_argument = name in arguments
    kind = "argument" if is_argument else "environment"
    if old is None:
        template = _ARGUMENT_NEW if is_argument else _VARIABLE_NEW
    elif new is None:
        template = _ARGUMENT_GONE if is_argument else _VARIABLE_GONE
    else:
        template = _ARGUMENT_CHANGED if is_argument else _VARIABLE_CHANGED
    return MissReason(kind, Sentence(template, name=name, old=old or "", new=new or ""), (), line)


_USER_CHANGED = "the user changed from %(old)s to %(new)s"
_DIRECTORY_CHANGED = "the working directory changed from %(old)s to %(new)s"
_ARGUMENT_NEW = 'build argument %(name)s is new (it is "%(new)s"), and every RUN after it depends on it'
_ARGUMENT_GONE = "build argument %(name)s is gone, and every RUN after it depended on it"
_ARGUMENT_CHANGED = (
    'build argument %(name)s changed from "%(old)s" to "%(new)s", and every RUN after it depends on it'
)
_VARIABLE_NEW = 'variable %(name)s is new (it is "%(new)s"), and every RUN after it depends on it'
_VARIABLE_GONE = "variable %(name)s is gone, and every RUN after it depended on it"
_VARIABLE_CHANGED = (
    'variable %(name)s changed from "%(old)s" to "%(new)s", and every RUN after it depends on it'
)
