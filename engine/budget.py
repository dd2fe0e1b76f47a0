"""Fuel: one budget bounds everything a learner's text can make the engine do."""

from dataclasses import dataclass

from engine.errors import EngineError


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one evaluation may use before it is stopped."""

    steps: int = 400_000
    """Units of work: a loop turn, a word expanded, a line read, a file looked up."""
    memory: int = 64 * 1024 * 1024
    """Bytes of learner data held in memory (variables, file contents that are not filler)."""
    output: int = 2 * 1024 * 1024
    """Bytes printed."""
    disk: int = 1024 * 1024 * 1024
    """Bytes written to files, filler included: what is stored has to be hashed one day."""
    files: int = 40_000
    """Directory entries created."""
    depth: int = 60
    """Nested function calls, subshells, substitutions, sourced files, programs starting programs."""


class BudgetExceeded(EngineError):
    """An evaluation used up one of its limits. Not catchable by anything the learner wrote."""

    def __init__(self, what: str, limit: int) -> None:
        self.what = what
        self.limit = limit
        super().__init__(f"layerlab: stopped: too much {what} (limit {limit:,})")


EXIT_STATUS_STOPPED = 137
"""What a program stopped by its budget exits with, as one killed by SIGKILL does."""


class Budget:
    """Counts down; every charge raises BudgetExceeded once its limit is passed."""

    __slots__ = ("depth", "disk", "files", "limits", "memory", "output", "steps")

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.steps = self.memory = self.output = self.disk = self.files = self.depth = 0

    def step(self, count: int = 1) -> None:
        """Charge ``count`` units of work."""
        self.steps += count
        if self.steps > self.limits.steps:
            raise BudgetExceeded("work", self.limits.steps)

    def allocate(self, size: int) -> None:
        """Charge ``size`` bytes of learner data."""
        self.memory += size
        if self.memory > self.limits.memory:
            raise BudgetExceeded("memory", self.limits.memory)

    def print(self, size: int) -> None:
        """Charge ``size`` bytes of output."""
        self.output += size
        if self.output > self.limits.output:
            raise BudgetExceeded("output", self.limits.output)

    def has_room(self, size: int) -> bool:
        """Charge ``size`` bytes of disk; False when the disk is full (the write fails with ENOSPC)."""
        if self.disk + size > self.limits.disk:
            return False
        self.disk += size
        return True

    def create(self, count: int = 1) -> None:
        """Charge ``count`` new directory entries."""
        self.files += count
        if self.files > self.limits.files:
            raise BudgetExceeded("files", self.limits.files)

    def enter(self) -> None:
        """One level deeper; pair with ``leave``."""
        self.depth += 1
        if self.depth > self.limits.depth:
            raise BudgetExceeded("nesting", self.limits.depth)

    def leave(self) -> None:
        """One level back up."""
        self.depth -= 1
