"""Every goal: met, not met, and what it says then."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from django.utils import translation

from labsite.lessons.bench import Bench, do, fresh_bench
from labsite.lessons.goals import UnknownGoal, goal_kinds, validate, why_not
from labsite.lessons.lesson import Doing, Goal
from labsite.lessons.loader import lessons

DOCKERFILE = """FROM busybox
RUN echo one > /one
RUN echo secret > /two
RUN rm /two
COPY app.txt /app.txt
ENV SHOP=tea
"""


def runs(*lines: str) -> tuple[Doing, ...]:
    return tuple(Doing(run=line) for line in lines)


@cache
def before() -> Bench:
    """``app`` is built, a container ``box`` has changed three paths, all of it before the step began."""
    files = Doing(edit={"Dockerfile": DOCKERFILE, "app.txt": "open\n"})
    lines = runs(
        "docker build -t app .",
        "docker tag app other",
        "docker run -tid --name box -v data:/data app",
        "docker exec box sh -c 'echo 1 > /new; echo 2 >> /one; rm /app.txt'",
        "docker run --name idle app true",
    )
    return do(fresh_bench(), (files, *lines)).since_now()


MB = "head -c 3MB /dev/zero >"
CHANGED = DOCKERFILE.replace("echo one", "echo ONE")

# goal, parameters, what is done, what the why-not says ("" = met)
CASES: list[tuple[str, Mapping[str, Any], tuple[Doing, ...], str]] = [
    ("image-exists", {"image": "app"}, (), ""),
    ("image-exists", {"image": "nobody"}, (), "There is no image called nobody yet."),
    ("image-gone", {"image": "nobody"}, (), ""),
    ("image-gone", {"image": "app"}, (), "app is still there."),
    ("image-has", {"image": "app", "path": "/one"}, (), ""),
    ("image-has", {"image": "app", "path": "/two"}, (), "app has no /two."),
    ("image-lacks", {"image": "app", "path": "/two"}, (), ""),
    ("image-lacks", {"image": "app", "path": "/one"}, (), "app still shows /one."),
    ("own-layers", {"image": "app", "at_least": 4, "at_most": 4}, (), ""),
    ("own-layers", {"image": "app", "at_least": 5}, (), "has 4 layers on top of its base; it needs 5"),
    ("own-layers", {"image": "app", "at_most": 3}, (), "has 4 layers on top of its base; 3 would do"),
    ("image-size", {"image": "app", "at_most_mb": 5}, (), ""),
    ("image-size", {"image": "app", "at_most_mb": 1}, (), "app is 4.43MB; at most 1 MB"),
    ("own-bytes", {"image": "app", "at_most_mb": 1}, (), ""),
    ("own-bytes", {"image": "app", "at_most_mb": 0}, (), "The layers you added store 16B"),
    ("no-waste", {"image": "app", "at_most_mb": 1}, (), ""),
    ("no-waste", {"image": "app"}, (), "Layer 3 still stores 7B of /two, hidden by layer 4."),
    ("path-stored-nowhere", {"image": "app", "path": "/three"}, (), ""),
    ("path-stored-nowhere", {"image": "app", "path": "/two"}, (), "Layer 3 of app still stores /two."),
    ("text-stored-nowhere", {"image": "app", "text": "hunter2"}, (), ""),
    ("text-stored-nowhere", {"image": "app", "text": "secret"}, (), "docker history or docker inspect"),
    ("text-stored-nowhere", {"image": "app", "text": "open\n"}, (), "Layer 5 of app still stores it."),
    ("shares-layers", {"image": "app", "other": "other", "at_least": 5}, (), ""),
    ("shares-layers", {"image": "app", "other": "other", "at_least": 6}, (), "share 5 layers; 6 are wanted"),
    ("shares-layers", {"image": "app", "other": "other", "at_most": 4}, (), "at most 4 are wanted"),
    (
        "text-stored-nowhere",
        {"image": "x", "text": 'päss"word'},
        runs(
            """docker run --name quoted busybox sh -c 'echo "päss\\"word" > /x'""", "docker commit quoted x"
        ),
        "Layer 2 of x still stores it.",
    ),
    ("same-layers", {"image": "app", "other": "other"}, (), ""),
    (
        "same-layers",
        {"image": "app", "other": "busybox"},
        runs("docker pull busybox"),
        "app has 5 layers and busybox has 1",
    ),
    ("same-image", {"image": "app", "other": "other"}, (), ""),
    ("same-image", {"image": "app", "other": "x"}, runs("docker commit box x"), "are different images"),
    ("different-image", {"image": "app", "other": "x"}, runs("docker commit box x"), ""),
    ("different-image", {"image": "app", "other": "other"}, (), "are one image with two names"),
    ("history-has", {"image": "app", "text": "rm /two"}, (), ""),
    ("history-has", {"image": "app", "text": "rm /one"}, (), "No row of docker history app says rm /one."),
    ("config", {"image": "app", "field": "Env", "has": "SHOP=tea"}, (), ""),
    ("config", {"image": "app", "field": "User", "has": "me"}, (), "User of app is –."),
    ("no-dangling", {}, (), ""),
    (
        "no-dangling",
        {},
        (Doing(edit={"Dockerfile": CHANGED}), *runs("docker build -t app .", "docker build -t other .")),
        "1 image without a name is left.",
    ),
    ("built", {}, runs("docker build ."), ""),
    ("built", {"image": "mine"}, runs("docker build -t mine ."), ""),
    ("built", {}, (), "Nothing was built yet."),
    ("built", {"image": "mine"}, runs("docker build -t app ."), "mine was not built in this step yet."),
    (
        "build-failed",
        {},
        (Doing(edit={"Dockerfile": "FROM busybox\nRUN false\n"}), *runs("docker build .")),
        "",
    ),
    ("build-failed", {}, runs("docker build ."), "No build has failed yet."),
    ("step-cached", {"contains": "echo one"}, runs("docker build ."), ""),
    ("step-cached", {"contains": "echo one"}, (), "No build has used the cache for echo one yet."),
    ("step-cached", {"contains": "rm /two"}, runs("docker build --no-cache ."), "rm /two ran: "),
    ("step-ran", {"contains": "rm /two"}, runs("docker build --no-cache ."), ""),
    ("step-ran", {"contains": "rm /two"}, runs("docker build ."), "rm /two came from the cache."),
    ("survives-edit", {"file": "app.txt", "step": "rm /two"}, (), ""),
    (
        "survives-edit",
        {"file": "app.txt", "step": "COPY"},
        (),
        "After an edit of app.txt, COPY would run again",
    ),
    ("survives-edit", {"file": "nothing", "step": "COPY"}, (), "There is no file nothing."),
    ("context-at-most", {"kb": 1}, runs("docker build ."), ""),
    ("context-at-most", {"kb": 0.001}, runs("docker build --no-cache ."), "at most 1 are wanted"),
    ("command-ran", {"starts": "docker ps"}, runs("docker  ps -a"), ""),
    ("command-ran", {"starts": "docker ps"}, runs("docker ps --nonsense"), "docker ps has not been run yet."),
    ("printed", {"text": "hello"}, runs("echo hello"), ""),
    ("printed", {"text": "hello"}, (), "Nothing was printed in this step yet."),
    ("printed", {"text": "hello"}, runs("echo bye"), "1 lines were printed in this step"),
    ("file-exists", {"path": "app.txt"}, (), ""),
    ("file-exists", {"path": "app"}, (), "There is no file app."),
    ("prints", {"run": "docker run --rm app cat /one", "text": "one"}, (), ""),
    ("prints", {"run": "echo a", "text": "b"}, (), "echo a does not print b."),
    ("container-exists", {"container": "box", "running": True, "image": "app"}, (), ""),
    ("container-exists", {"container": "nobody"}, (), "There is no container called nobody."),
    ("container-exists", {"container": "idle", "running": True}, (), "idle is not running."),
    ("container-exists", {"container": "box", "running": False}, (), "box is still running."),
    ("container-exists", {"container": "box", "image": "x"}, (), "box was not made from x."),
    ("container-gone", {"container": "nobody"}, (), ""),
    ("container-gone", {"container": "box"}, (), "box is still there."),
    ("container-was-removed", {"container": "box"}, runs("docker rm -f box"), ""),
    (
        "container-was-removed",
        {"container": "box"},
        runs("docker stop box"),
        "No container called box was removed",
    ),
    ("container-change", {"container": "box", "kind": "A", "path": "/new"}, (), ""),
    ("container-change", {"container": "box", "kind": "A", "path": "one/"}, (), "shows /one as C."),
    ("container-change", {"container": "box", "kind": "A", "path": "/x"}, (), "does not show /x."),
    ("container-unchanged", {"container": "box", "path": "/bin"}, (), ""),
    (
        "container-unchanged",
        {"container": "box", "path": "/app.txt"},
        (),
        "docker diff box shows D /app.txt.",
    ),
    ("container-bytes", {"container": "box", "at_most_mb": 1}, (), ""),
    ("container-bytes", {"container": "box", "at_least_mb": 1}, (), "holds 8B; at least 1 MB"),
    (
        "container-bytes",
        {"container": "big", "at_most_mb": 1},
        runs(f"docker run --name big debian:bookworm-slim sh -c '{MB} /x'"),
        "holds 3MB; at most 1 MB",
    ),
    (
        "content-kept",
        {"container": "box", "path": "/one"},
        runs("docker rm -f box", "docker run --name box app chmod 600 /one"),
        "",
    ),
    ("content-kept", {"container": "box", "path": "/one"}, (), "The content of /one is not what it was"),
    ("content-kept", {"container": "box", "path": "/app.txt"}, (), "box has no /app.txt."),
    ("committed", {"image": "x", "container": "box"}, runs("docker commit box x"), ""),
    ("committed", {"image": "app"}, (), "app was not made by docker commit."),
    ("exec-ran", {"contains": "touch"}, runs("docker exec box touch /x"), ""),
    ("exec-ran", {"contains": "touch"}, runs("docker exec box ls"), "No docker exec has run touch yet."),
    ("volume-exists", {"volume": "data"}, (), ""),
    ("volume-exists", {"volume": "date"}, (), "There is no volume called date."),
    ("recovered", {"text": "hello"}, runs("echo hello"), ""),
    ("recovered", {"text": "hello"}, runs("echo bye"), "What you look for has not been printed yet."),
    ("edit-rebuilds", {"file": "app.txt", "at_most_steps": 1}, (), ""),
    ("edit-rebuilds", {"file": "app.txt", "at_most_steps": 0}, (), "1 steps would run again"),
    ("edit-rebuilds", {"file": "nothing", "at_most_steps": 0}, (), "There is no file nothing."),
    ("image-was-removed", {"image": "other:latest"}, runs("docker rmi other"), ""),
    ("image-was-removed", {"image": "other:latest"}, (), "other:latest"),
    ("in-one-step", {"image": "app", "texts": ["echo", "one"]}, (), ""),
    ("in-one-step", {"image": "app", "texts": ["echo one", "rm"]}, (), "stand in different steps"),
    ("in-one-step", {"image": "app", "texts": ["yum"]}, (), "No step of app contains yum."),
    ("not-smaller", {"image": "app", "than": "other"}, (), ""),
    ("not-smaller", {"image": "busybox", "than": "app"}, runs("docker pull busybox"), "app"),
    ("fetched", {"image": "alpine:latest", "at_most_kb": 9000}, runs("docker pull alpine"), ""),
    ("fetched", {"image": "alpine:latest", "at_most_kb": 1}, runs("docker pull alpine"), "at most 1 kB"),
    ("hides-bytes", {"image": "app", "at_least_mb": 0}, (), ""),
    ("hides-bytes", {"image": "app", "at_least_mb": 1}, (), "hides 7B; at least 1 MB"),
    ("file-text", {"path": "app.txt", "text": "open\n"}, (), ""),
    ("file-text", {"path": "app.txt", "text": "closed\n"}, (), "app.txt"),
    ("logged-in", {}, (), "Nobody is logged in yet."),
    ("pushed", {"image": "me/app:1"}, (), "me/app:1 was not pushed yet."),
    ("pulled", {"image": "alpine:latest"}, runs("docker pull alpine"), ""),
    ("pulled", {"image": "alpine:latest"}, (), "alpine:latest was not pulled yet."),
]


@pytest.mark.parametrize(
    ("name", "parameters", "doings", "says"),
    CASES,
    ids=[f"{n}-{name}-{'unmet' if says else 'met'}" for n, (name, _, _, says) in enumerate(CASES)],
)
def test_a_goal(name: str, parameters: Mapping[str, Any], doings: tuple[Doing, ...], says: str) -> None:
    wanted = Goal(name, parameters)
    validate(wanted)
    reason = why_not(wanted, do(before(), doings))
    if says:
        assert reason is not None
        assert says in reason
    else:
        assert reason is None


def test_no_goal_is_left_untried() -> None:
    tried = {case[0] for case in CASES}
    taught = {goal.name for lesson in lessons().values() for step in lesson.steps for goal in step.goals}
    assert set(goal_kinds()) <= tried | taught


def test_every_goal_says_what_it_means() -> None:
    for kind in goal_kinds().values():
        assert kind.help.endswith("."), kind.name


def test_a_goal_about_something_that_is_not_there_is_not_met_and_does_not_fail() -> None:
    nothing: Mapping[str, Any] = {"at_most_mb": 1, "at_least": 1, "at_least_mb": 1, "at_most_kb": 1, "kb": 1}
    for kind in goal_kinds().values():
        asked = {name: nothing.get(name, "nothing") for name in kind.required}
        why_not(Goal(kind.name, asked), fresh_bench())


@pytest.mark.parametrize(
    ("goal", "says"),
    [
        (Goal("flies", {}), "no goal is called flies"),
        (Goal("image-has", {"image": "x"}), "image-has: path missing"),
        (Goal("image-exists", {"image": "x", "path": "y"}), "image-exists: does not take path"),
    ],
)
def test_a_goal_that_cannot_be_checked_is_refused(goal: Goal, says: str) -> None:
    with pytest.raises(UnknownGoal, match=says):
        validate(goal)


def test_a_why_not_speaks_the_readers_language() -> None:
    with translation.override("fr"):
        reason = why_not(Goal("image-exists", {"image": "nobody"}), fresh_bench())
    assert reason is not None
    assert "nobody" in reason
    assert not reason.startswith("There")
