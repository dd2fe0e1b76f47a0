"""What a demo is: scenes read from one YAML file, texts by language inside it.

    title: {en: Every RUN is a layer, fr: Chaque RUN est une couche}
    start: [{edit: {Dockerfile: "FROM busybox\\n"}}]
    scenes:
      - title: {en: …}
        say: {en: what the speaker says}
        do: [{run: docker build -t one .}]
        look: {view: stack}
        ask:
          text: {en: How many layers?}
          question: layers            # one of the lessons' questions, answered by the engine
          target: {image: one}
          candidates: ["1", "2"]
          labels: {"1": {en: just one, fr: une seule}}   # where a candidate needs words

A scene with ``ask`` shows its question first; what ``do`` does is done when the answer is revealed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from django.utils.translation import gettext as _

from labsite.lessons.lesson import Doing
from labsite.lessons.loader import schema as lesson_schema
from labsite.lessons.questions import UnknownQuestion, find_question

SHOWS = Path(__file__).parent / "shows"
MOST_SCENES = 60
MOST_DOINGS = 200
"""Command lines and edits in a whole demo."""
LONGEST_FILE = 256 * 1024
LONGEST_CANDIDATE = 120
DEEPEST = 16
LONGEST_WAIT = 10 * 365 * 24 * 3600
LOOKS = ("focus", "under", "merged", "top", "before", "after", "unfold")
VIEWS = ("stack", "sharing", "overlay", "buildgraph", "beforeafter", "hub")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _text(longest: int) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["en"],
        "additionalProperties": {"type": "string", "maxLength": longest},
    }


_TITLE = _text(200)
_SPEECH = _text(4000)
SCHEMA: dict[str, Any] = {
    "$defs": {"doing": lesson_schema()["$defs"]["doing"], "doings": lesson_schema()["$defs"]["doings"]},
    "type": "object",
    "additionalProperties": False,
    "required": ["title", "scenes"],
    "properties": {
        "title": _TITLE,
        "summary": _SPEECH,
        "start": {"$ref": "#/$defs/doings"},
        "scenes": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_SCENES,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["title"],
                "properties": {
                    "title": _TITLE,
                    "say": _SPEECH,
                    "do": {"$ref": "#/$defs/doings"},
                    "look": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "view": {"enum": list(VIEWS)},
                            "peel": {"type": "string", "pattern": "^[0-9]{1,3}$"},
                            **{name: {"type": "string", "maxLength": 400} for name in LOOKS},
                        },
                    },
                    "ask": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["text", "question", "candidates"],
                        "properties": {
                            "text": _TITLE,
                            "question": {"type": "string"},
                            "target": {
                                "type": "object",
                                "additionalProperties": {
                                    "type": ["string", "number", "array"],
                                    "maxLength": 400,
                                    "items": {"type": "string", "maxLength": 400},
                                },
                            },
                            "candidates": {
                                "type": "array",
                                "minItems": 2,
                                "maxItems": 8,
                                "uniqueItems": True,
                                "items": {"type": ["string", "number"], "maxLength": LONGEST_CANDIDATE},
                            },
                            "labels": {"type": "object", "additionalProperties": _TITLE},
                        },
                    },
                },
            },
        },
    },
}


class BadDemo(ValueError):
    """A demo's file is not in the documented form; the message names the place."""


@dataclass(frozen=True)
class Ask:
    """A question for the room; the engine finds the answer by doing the scene."""

    text: Mapping[str, str]
    question: str
    target: Mapping[str, Any]
    candidates: tuple[str, ...]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """How candidates are shown, by language, where their own text would not do."""

    def label(self, candidate: str, language: str) -> str:
        """The words of a candidate."""
        return in_language(self.labels.get(candidate, {}), language) or candidate


@dataclass(frozen=True)
class Scene:
    """One scene: what is done, what to look at, what to say."""

    title: Mapping[str, str]
    say: Mapping[str, str] = field(default_factory=dict)
    do: tuple[Doing, ...] = ()
    look: Mapping[str, str] = field(default_factory=dict)
    ask: Ask | None = None


@dataclass(frozen=True)
class Demo:
    """A whole demo. ``id`` is its file's name, or "" for one that was imported."""

    id: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    start: tuple[Doing, ...]
    scenes: tuple[Scene, ...]


def read_demo(source: str, name: str = "") -> Demo:
    """The demo in YAML text. Raises BadDemo."""
    data = _load(source)
    problem = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(SCHEMA).iter_errors(data))
    if problem is not None:
        place = "/".join(str(part) for part in problem.absolute_path) or "top"
        raise BadDemo(f"{place}: {problem.message[:300]}")
    scenes = tuple(_scene(item) for item in data["scenes"])
    for number, scene in enumerate(scenes, 1):
        if scene.ask is not None:
            try:
                find_question(scene.ask.question)
            except UnknownQuestion as error:
                raise BadDemo(f"scenes/{number}: {error}") from error
    demo = Demo(name, data["title"], data.get("summary", {}), _doings(data.get("start", ())), scenes)
    doings = [*demo.start, *(doing for scene in scenes for doing in scene.do)]
    if sum(len(doing.edit) + len(doing.run.splitlines()) for doing in doings) > MOST_DOINGS:
        raise BadDemo(_("A demo may have at most %(most)d commands and edits.") % {"most": MOST_DOINGS})
    if sum(doing.wait for doing in doings) > LONGEST_WAIT:
        raise BadDemo(_("A demo may wait for ten years at most."))
    return demo


def _load(source: str) -> Any:
    """The YAML's plain data: no aliases (they can stand for gigabytes), not deep, all keys text."""
    if len(source) > LONGEST_FILE or len(source.encode("utf-8", "replace")) > LONGEST_FILE:
        raise BadDemo(_("A demo's file may have at most 256 kB."))
    try:
        depth = 0
        for event in yaml.parse(source, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > DEEPEST:
                raise BadDemo(_("A demo's file has no aliases and is not nested deeply."))
        data = yaml.load(source, Loader=_Loader)
        json.dumps(data, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadDemo(_("This is not YAML: %(why)s") % {"why": error.reason}) from error
    except (yaml.YAMLError, ValueError, OverflowError, TypeError) as error:
        raise BadDemo(_("This is not YAML: %(why)s") % {"why": str(error)[:300]}) from error
    for key in _keys(data):
        if not isinstance(key, str):
            raise BadDemo(_("%(key)s stands where a name belongs: put it in quotes.") % {"key": key})
    return data


def _keys(data: Any) -> Iterator[Any]:
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield from item
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


@lru_cache(maxsize=64)
def imported_demo(source: str) -> Demo:
    """The demo in a file that was imported before; phones ask for it every few seconds."""
    return read_demo(source)


def _scene(item: Mapping[str, Any]) -> Scene:
    ask = item.get("ask")
    return Scene(
        title=item["title"],
        say=item.get("say", {}),
        do=_doings(item.get("do", ())),
        look=item.get("look", {}),
        ask=Ask(
            ask["text"],
            ask["question"],
            ask.get("target", {}),
            tuple(str(candidate) for candidate in ask["candidates"]),
            ask.get("labels", {}),
        )
        if ask
        else None,
    )


def _doings(items: Sequence[Mapping[str, Any]]) -> tuple[Doing, ...]:
    return tuple(
        Doing(item.get("run", ""), item.get("edit", {}), item.get("builder", ""), int(item.get("wait", 0)))
        for item in items
    )


@cache
def shows() -> Mapping[str, Demo]:
    """The demos that come with the site, in order of their files' names."""
    return {path.stem: read_demo(path.read_text("utf-8"), path.stem) for path in sorted(SHOWS.glob("*.yaml"))}


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in that language, else in English, else nothing."""
    return texts.get(language.partition("-")[0]) or texts.get("en", "")
