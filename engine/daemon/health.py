"""Health checks: run when somebody looks and one is due, as often as it makes a difference."""

from __future__ import annotations

from dataclasses import replace

from engine.budget import Budget
from engine.clock import SECOND
from engine.daemon.daemon import BACKGROUND_LIMITS, Daemon
from engine.daemon.state import Container
from engine.errors import EngineError
from engine.image.config import Healthcheck

DEFAULT_INTERVAL = 30 * SECOND
DEFAULT_RETRIES = 3
STARTING, HEALTHY, UNHEALTHY = "starting", "healthy", "unhealthy"


class _Nowhere:
    def write(self, data: bytes) -> None:
        pass


def active_check(container: Container) -> Healthcheck | None:
    """The container's health check, None when it has none."""
    check = container.config.healthcheck
    return check if check and check.test and check.test[0] != "NONE" else None


def health_of(container: Container) -> str:
    """``starting``, ``healthy`` or ``unhealthy``; empty for a container without a check."""
    if active_check(container) is None or not container.running:
        return ""
    return container.health or STARTING


def probe(daemon: Daemon) -> None:
    """Run every check that is due. One run stands for all that would have happened since the last."""
    for container in list(daemon.state.containers.values()):
        check = active_check(container)
        if check is None or container.status != "running":
            continue
        interval = check.interval or DEFAULT_INTERVAL
        since = max(container.started, container.health_checked)
        rounds = (daemon.clock.now - since) // interval
        if rounds <= 0:
            continue
        passed = _passes(daemon, container, check)
        current = daemon.state.containers[container.id]
        streak = 0 if passed else current.failing_streak + rounds
        if daemon.clock.now - container.started < check.start_period:
            streak = 0
        health = current.health or STARTING
        if passed:
            health = HEALTHY
        elif streak >= (check.retries or DEFAULT_RETRIES):
            health = UNHEALTHY
        daemon.update(
            replace(
                current,
                health=health,
                failing_streak=streak,
                health_checked=since + rounds * interval,
            )
        )


def _passes(daemon: Daemon, container: Container, check: Healthcheck) -> bool:
    argv = check.test[1:]
    if check.test[0] == "CMD-SHELL":
        argv = (*(container.config.shell or ("/bin/sh", "-c")), *argv)
    started, events, budget = daemon.clock.now, len(daemon.events), daemon.budget
    daemon.budget = Budget(BACKGROUND_LIMITS)
    try:
        return daemon.execute_in(container, argv, stdout=_Nowhere(), stderr=_Nowhere()) == 0
    except EngineError:
        return False
    finally:
        daemon.budget = budget
        daemon.clock.now = started
        del daemon.events[events:]
