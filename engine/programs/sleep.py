"""sleep and usleep: simulated time passes, real time does not."""

from engine.clock import SECOND
from engine.programs.lib.text import curly
from engine.shell.options import Options
from engine.shell.process import Process, StaysUp
from engine.shell.registry import program

OPTIONS = Options("NUMBER[SUFFIX]...", "Pause for NUMBER seconds (s), minutes (m), hours (h) or days (d).")
USLEEP = Options("N", "Pause for N microseconds.")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@program("sleep", package="coreutils", summary="delay for a specified amount of time")
def sleep(p: Process) -> int:
    options = OPTIONS.parse(p)
    if not options.operands:
        raise OPTIONS.usage_error(p, "missing operand")
    total = 0.0
    for operand in options.operands:
        seconds = duration(operand)
        if seconds is None:
            if p.is_busybox:
                p.error(f"invalid number '{operand}'")
                return 1
            raise OPTIONS.usage_error(p, f"invalid time interval {curly(p, operand)}")
        total += seconds
    if total == float("inf") or total > 10 * 365 * 86400:
        raise StaysUp()
    p.system.clock.advance(int(total * SECOND))
    return 0


@program("usleep", package="busybox", summary="pause for microseconds")
def usleep(p: Process) -> int:
    options = USLEEP.parse(p)
    if not options.operands:
        raise USLEEP.usage_error(p, "missing operand")
    operand = options.operands[0]
    if not (operand.isascii() and operand.isdigit()) or len(operand) > 15:
        p.error(f"invalid number '{operand}'")
        return 1
    p.system.clock.advance(int(operand) * 1000)
    return 0


def duration(text: str) -> float | None:
    """Seconds meant by ``1.5``, ``2m``, ``infinity``; None when it is no time interval."""
    body, unit = (text[:-1], _UNITS[text[-1]]) if text[-1:] in _UNITS else (text, 1)
    if body.lower() in ("inf", "infinity"):
        return float("inf")
    if (
        not body
        or not set(body) <= set("0123456789.")
        or body.count(".") > 1
        or body == "."
        or len(body) > 30
    ):
        return None
    return float(body) * unit
