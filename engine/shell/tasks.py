"""Suspended evaluation: how generators are run on a stack of their own, and background jobs."""

from collections.abc import Generator
from dataclasses import dataclass

from engine.errors import EngineError
from engine.shell.builtin import Run

PAUSE = "pause"
"""What a background job's task yields before it sleeps."""

Task = Generator[str | None, None, int]
"""A running Run: yields None where output may be taken, PAUSE before a background job sleeps."""


@dataclass
class Job:
    """A command started with ``&``. It runs when something waits for it, or time passes, or at the end."""

    number: int
    pid: int
    task: Task | None
    text: str
    status: int = 0
    finished: int = 0
    """When it ended, on the machine's clock."""
    stays_up: bool = False

    @property
    def state(self) -> str:
        """``Running``, ``Done`` or ``Done(status)``."""
        if self.task is not None or self.stays_up:
            return "Running"
        return f"Done({self.status})" if self.status else "Done"


def drive(run: Run) -> Task:
    """Run ``run`` and what it calls on an explicit stack; yields None where output may be taken, PAUSE
    before a background job sleeps."""
    stack: list[Run] = []
    current = run
    value: int | None = None
    error: BaseException | None = None
    try:
        while True:
            try:
                if error is None:
                    item = current.send(value)
                else:
                    pending, error = error, None
                    item = current.throw(pending)
            except StopIteration as stop:
                if not stack:
                    return int(stop.value)
                current = stack.pop()
                value = stop.value
                continue
            except EngineError as raised:
                if not stack:
                    raise
                current = stack.pop()
                error = raised
                continue
            if item is None or item is PAUSE:
                value = None
                yield item
            else:
                stack.append(current)
                current = item
                value = None
    finally:
        current.close()
        while stack:
            stack.pop().close()


def finish(result: "int | Run") -> int:
    """The status of ``result``, run to its end."""
    if isinstance(result, int):
        return result
    task = drive(result)
    while True:
        try:
            next(task)
        except StopIteration as stop:
            return int(stop.value)


def noting(run: Run, ended: list[int]) -> Task:
    """``drive`` that also notes the status where others can see it."""
    status = yield from drive(run)
    ended.append(status)
    return status
