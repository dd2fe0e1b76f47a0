"""Typed instructions in their stages, and every error a file has before anything is resolved."""

from __future__ import annotations

from dataclasses import dataclass

from engine.build.ops import SourceRange
from engine.dockerfile.errors import DockerfileError, InstructionError
from engine.dockerfile.instruction import Instruction, parse_instruction, placed
from engine.dockerfile.instructions.arg import Arg
from engine.dockerfile.instructions.from_ import From
from engine.dockerfile.parser import Dockerfile, Node


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its FROM and what follows it."""

    index: int
    from_: From
    instructions: tuple[Instruction, ...]

    @property
    def name(self) -> str:
        """The name given with AS, in lower case; "" when there is none."""
        return self.from_.name

    @property
    def location(self) -> SourceRange:
        """The lines of its FROM."""
        return self.from_.location


@dataclass(frozen=True, slots=True)
class StagedDockerfile:
    """A file as stages. ``preamble`` are the ARGs before the first FROM.

    ``errors`` are all errors in file order; `first_error` is the one Docker would report.
    """

    file: Dockerfile
    preamble: tuple[Arg, ...]
    stages: tuple[Stage, ...]
    errors: tuple[DockerfileError, ...]

    @property
    def first_error(self) -> DockerfileError | None:
        """Docker reads the whole file before it looks at an instruction, so syntax errors come first."""
        if self.file.errors:
            return self.file.errors[0]
        return self.errors[0] if self.errors else None


def read_stages(file: Dockerfile) -> StagedDockerfile:
    """Check the instructions of a file and group them."""
    errors: list[DockerfileError] = []
    preamble: list[Arg] = []
    stages: list[tuple[From, list[Instruction]]] = []
    broken_from = False
    for node in file.nodes:
        instruction = _checked(file, node, errors)
        if isinstance(instruction, From):
            stages.append((instruction, []))
        elif instruction is None:
            # What follows a broken FROM belongs to its stage; saying more about it would be noise.
            broken_from = broken_from or node.keyword.lower() == "from"
        elif stages:
            stages[-1][1].append(instruction)
        elif isinstance(instruction, Arg):
            preamble.append(instruction)
        elif not broken_from:
            errors.append(DockerfileError("no build stage in current context", (node.location,)))
    return StagedDockerfile(
        file=file,
        preamble=tuple(preamble),
        stages=tuple(
            Stage(index, from_, tuple(instructions)) for index, (from_, instructions) in enumerate(stages)
        ),
        errors=tuple(sorted((*file.errors, *errors), key=lambda error: error.locations[0].start_line)),
    )


def _checked(file: Dockerfile, node: Node, errors: list[DockerfileError]) -> Instruction | None:
    try:
        return parse_instruction(node)
    except InstructionError as error:
        errors.append(placed(error, node, file.range_of(node.location, error.token)))
        return None
