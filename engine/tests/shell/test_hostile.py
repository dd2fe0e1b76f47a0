"""Scripts that try to exhaust the machine end soon, in little memory, with a clear error."""

import time
import tracemalloc

import pytest

from engine.budget import BudgetExceeded, Limits
from engine.tests.shell.hostile import BOUNDED, STOPPED
from engine.tests.shell.replay import run

SECONDS = 1.0
BYTES = 100_000_000
TWENTIETH = Limits(steps=Limits().steps // 20)
"""Most scripts run on a twentieth of the fuel: time is in proportion, and the tests stay fast."""
SLOWEST = ("many files", "doubling positional parameters", "parsing again and again")
MEMORY_HUNGRY = (
    "doubling variable",
    "doubling append",
    "doubling by substitution",
    "zeros into a variable",
    "zeros into a file",
    "wide printf",
    "one huge width",
    "replacement growth",
)


@pytest.mark.parametrize("name", sorted(set(STOPPED) - set(SLOWEST)))
def test_a_limit_stops_it(name: str) -> None:
    began = time.process_time()
    with pytest.raises(BudgetExceeded, match=r"^layerlab: stopped: .* \(limit [0-9,]+\)$"):
        run("bash", STOPPED[name], TWENTIETH)
    assert time.process_time() - began < SECONDS / 2


@pytest.mark.parametrize("name", SLOWEST)
def test_the_slowest_stop_within_a_second_on_all_the_fuel(name: str) -> None:
    began = time.process_time()
    with pytest.raises(BudgetExceeded):
        run("bash", STOPPED[name])
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("name", sorted(BOUNDED))
def test_it_ends(name: str) -> None:
    began = time.process_time()
    try:
        outcome = run("bash", BOUNDED[name], TWENTIETH)
        assert 0 <= outcome.status < 256
    except BudgetExceeded as stopped:
        assert str(stopped).startswith("layerlab: stopped: ")
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("name", MEMORY_HUNGRY)
def test_memory_stays_small(name: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(BudgetExceeded):
            run("bash", STOPPED[name])
        assert tracemalloc.get_traced_memory()[1] < BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shell", ["dash", "ash"])
def test_the_other_shells_are_bounded_too(shell: str) -> None:
    for name in (
        "endless loop",
        "recursion",
        "substitutions in depth",
        "fork bomb in words",
        "doubling quoted",
    ):
        with pytest.raises(BudgetExceeded):
            run(shell, STOPPED[name], TWENTIETH)
