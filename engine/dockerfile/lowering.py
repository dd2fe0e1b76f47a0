"""The state of a stage while its instructions are applied one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, TypedDict

from engine.build.ops import FileSystemSource, MetaOp, SourceRange
from engine.dockerfile.instruction import Instruction
from engine.dockerfile.words import WordError, WordLexer
from engine.image.config import ImageConfig
from engine.image.history import History

BUILDKIT_COMMENT: Final = "buildkit.dockerfile.v0"
"""The comment BuildKit leaves in each history row of a Dockerfile build."""
DEFAULT_SHELL: Final = ("/bin/sh", "-c")
BUILDKIT_ONLY: Final = (
    "the {} option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build "
    "images with BuildKit enabled"
)
_RAW_LEXER: Final = WordLexer(ignore_quotes=True)


class OperationFields(TypedDict):
    """The fields all operations have."""

    keyword: str
    text: str
    location: SourceRange
    name: str
    created_by: str | None
    empty_layer: bool
    classic_created_by: str | None
    config: ImageConfig
    env: tuple[str, ...]
    build_args: tuple[tuple[str, str], ...]
    inherited: bool


@dataclass(frozen=True, slots=True)
class UnsetVariable:
    """A variable used while it was not set; ``known`` are the names that were."""

    name: str
    known: tuple[str, ...]


@dataclass(slots=True)
class StageBuilder:
    """A stage under construction.

    ``env`` is the environment instructions see and RUN gets: the variables of the image and the build
    arguments, in the order they were last set. ``arguments`` are the declared build arguments, value
    ``None`` when they have none. ``given_args`` are the values given with the build, ``global_args``
    the arguments declared before the first FROM. ``total`` is the number of steps BuildKit announces.
    """

    lexer: WordLexer
    config: ImageConfig
    classic: bool
    current_release: bool
    given_args: Mapping[str, str]
    global_args: Mapping[str, str]
    find_source: Callable[[str, bool], FileSystemSource]
    label: str = ""
    total: int = 0
    steps: int = 0
    author: str = ""
    env: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str | None] = field(default_factory=dict)
    history: list[History] = field(default_factory=list)
    command_set: bool = False
    inherited: bool = False
    location: SourceRange | None = None
    unset: list[UnsetVariable] = field(default_factory=list)
    _image_env: tuple[str, ...] | None = None
    _image_env_positions: dict[str, int] = field(default_factory=dict)
    _entries: dict[str, str] = field(default_factory=dict)
    _pairs: dict[str, tuple[str, str]] = field(default_factory=dict)
    _env_entries: tuple[str, ...] | None = None
    _known: tuple[str, ...] | None = None
    _argument_values: tuple[tuple[str, str], ...] | None = None

    # -------------------------------------------------- environment

    def set_env(self, name: str, value: str) -> None:
        """Set a variable; one set before moves to the end."""
        self.env.pop(name, None)
        self.env[name] = value
        self._entries.pop(name, None)
        self._entries[name] = f"{name}={value}"
        self._env_entries = self._known = None
        if name in self.arguments:
            self._pairs[name] = (name, value)
            self._argument_values = None

    def inherit_arguments(self, base: StageBuilder) -> None:
        """Take over the build arguments of a stage, and the environment they are part of."""
        self.arguments = dict(base.arguments)
        self.env, self._entries, self._pairs = dict(base.env), dict(base._entries), dict(base._pairs)

    def set_image_env(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Set variables of the image, which are variables of the stage as well."""
        if self._image_env is not self.config.env:
            self._image_env_positions = {}
            for position, entry in enumerate(self.config.env):
                self._image_env_positions.setdefault(entry.partition("=")[0], position)
        entries = list(self.config.env)
        for name, value in pairs:
            self.set_env(name, value)
            position = self._image_env_positions.setdefault(name, len(entries))
            entries[position : position + 1] = [f"{name}={value}"]
        self._image_env = tuple(entries)
        self.config = replace(self.config, env=self._image_env)

    def declare(self, name: str, value: str | None) -> None:
        """Declare a build argument, without setting it."""
        self.arguments[name] = value
        self._pairs[name] = (name, self.env.get(name, value or ""))
        self._argument_values = None

    def env_entries(self) -> tuple[str, ...]:
        """The environment as ``NAME=value`` texts."""
        if self._env_entries is None:
            self._env_entries = tuple(self._entries.values())
        return self._env_entries

    def argument_values(self) -> tuple[tuple[str, str], ...]:
        """The declared build arguments and the values they have now, each name once."""
        if self._argument_values is None:
            self._argument_values = tuple(self._pairs.values())
        return self._argument_values

    def known_names(self) -> tuple[str, ...]:
        """The names of all variables that are set."""
        if self._known is None:
            self._known = tuple(self.env)
        return self._known

    # -------------------------------------------------- words

    def expand(self, word: str) -> str:
        """Replace the variables in a word of an instruction; raises `WordError`."""
        return self._note(self.lexer, word)

    def expand_words(self, word: str) -> tuple[str, ...]:
        """Replace the variables in a word that may become several; raises `WordError`.

        Docker does not look for unset variables here.
        """
        return self.lexer.expand(word, self.env).words

    def expand_raw(self, text: str) -> str:
        """Replace only the variables in the body of a heredoc; raises `WordError`."""
        return self._note(_RAW_LEXER, text)

    def _note(self, lexer: WordLexer, word: str) -> str:
        if lexer.is_plain(word):
            return word
        expansion = lexer.expand_word(word, self.env)
        if expansion.unmatched:
            self.unset += [
                UnsetVariable(name, self.known_names())
                for name in expansion.unmatched
                if name not in self.arguments
            ]
        return expansion.result

    # -------------------------------------------------- texts

    @property
    def shell(self) -> tuple[str, ...]:
        """What the shell form of a command is put behind."""
        return self.config.shell or DEFAULT_SHELL

    def step_name(self, text: str, *, lexer: WordLexer | None = None) -> str:
        """BuildKit's name for the next step, numbered; variables in ``text`` are replaced for display."""
        # The name is for display only, so what cannot be expanded stays as written.
        with suppress(WordError):
            text = (lexer or self.lexer).word(text, self.env)
        return self.numbered(text)

    def numbered(self, text: str) -> str:
        """``text`` behind the number of the next step, its first word in capitals."""
        keyword, blank, rest = text.partition(" ")
        text = keyword.upper() + blank + rest
        if not self.total:
            return text
        self.steps += 1
        label = f"{self.label} " if self.label else ""
        number = str(self.steps).rjust(len(str(self.total)))
        trigger = "ONBUILD " if self.inherited else ""
        return f"[{label}{number}/{self.total}] {trigger}{text}"

    def classic_note(self, text: str, blanks: int = 2) -> str:
        """The classic builder's history text for something that runs no command."""
        if not self.classic:
            return ""
        return f"{' '.join(self.shell)} #(nop){' ' * blanks}{text}"

    # -------------------------------------------------- operations

    def fields(
        self,
        instruction: Instruction,
        created_by: str | None,
        classic_created_by: str | None,
        *,
        name: str = "",
        empty_layer: bool = True,
    ) -> OperationFields:
        """The common fields of the operation for ``instruction``; its history row is written."""
        if created_by is not None:
            self.history.append(History("", created_by, BUILDKIT_COMMENT, empty_layer))
        return OperationFields(
            keyword=instruction.keyword,
            text=instruction.text,
            location=self.location or instruction.location,
            name=name,
            created_by=created_by,
            empty_layer=empty_layer,
            classic_created_by=classic_created_by if self.classic else None,
            config=self.config,
            env=self.env_entries(),
            build_args=self.argument_values(),
            inherited=self.inherited,
        )

    def meta(self, instruction: Instruction, text: str, classic_text: str | None = None) -> MetaOp:
        """The operation of an instruction that only changed the configuration.

        ``text`` is the history text; the classic builder's is the same unless it is given.
        """
        classic = self.classic_note(text if classic_text is None else classic_text)
        return MetaOp(**self.fields(instruction, text, classic))
