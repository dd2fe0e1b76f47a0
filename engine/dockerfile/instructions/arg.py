"""``ARG name[=default] …``: values that may be given with the build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from engine.build.ops import Operation
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.instruction import Instruction, at_least_one_argument, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, quoted_words


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; ``default`` is ``None`` when it has none."""

    name: str
    default: str | None

    def __str__(self) -> str:
        return self.name if self.default is None else f"{self.name}={self.default}"


@register
@dataclass(frozen=True, slots=True)
class Arg(Instruction):
    """ARG: each default sees the arguments before it, also those of the same instruction."""

    keyword: ClassVar[str] = "ARG"
    syntax: ClassVar[Syntax] = staticmethod(quoted_words)

    arguments: tuple[Argument, ...]

    @classmethod
    def parse(cls, node: Node) -> Self:
        at_least_one_argument(node, "ARG")
        arguments = []
        for word in node.args:
            name, separator, default = word.partition("=")
            if not name:
                raise InstructionError("ARG names can not be blank", word)
            arguments.append(Argument(name, default if separator else None))
        return cls(node, tuple(arguments))

    def lower(self, stage: StageBuilder) -> Operation:
        texts, classic_texts = [], []
        for argument in self.arguments:
            declared, value = self._value(stage, argument)
            stage.declare(argument.name, value)
            if value is not None:
                stage.set_env(argument.name, self._effective(stage, argument.name, value))
            texts.append(str(Argument(argument.name, value)))
            classic_texts.append(str(Argument(argument.name, declared)))
        return stage.meta(self, "ARG " + " ".join(texts), "ARG " + " ".join(classic_texts))

    @staticmethod
    def _value(stage: StageBuilder, argument: Argument) -> tuple[str | None, str | None]:
        """The default after expansion (what the classic builder records), and the value it has."""
        given = stage.given_args.get(argument.name)
        if argument.default is not None and (given is None or stage.classic):
            default = stage.expand(argument.default)
            return default, default if given is None else given
        if given is not None:
            return argument.default, given
        return None, stage.global_args.get(argument.name)

    @staticmethod
    def _effective(stage: StageBuilder, name: str, value: str) -> str:
        """In the classic builder a variable of the image hides an argument of the same name."""
        own = stage.config.env_value(name) if stage.classic else None
        return value if own is None else own
