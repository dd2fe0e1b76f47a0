"""Every question is answered by what really happens."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from labsite.lessons.bench import Bench, do, fresh_bench
from labsite.lessons.lesson import Doing, Step
from labsite.lessons.loader import lessons
from labsite.lessons.questions import (
    Reality,
    UnknownQuestion,
    find_out,
    find_question,
    is_single,
    question_help,
)

DOCKERFILE = """FROM busybox
RUN echo one > /one
RUN head -c 2000000 /dev/zero > /two
RUN rm /two
CMD ["ls"]
"""
MORE = DOCKERFILE.replace("FROM busybox", "FROM busybox\nENV A=1")
THREE = DOCKERFILE.replace("echo one", "echo three")


@cache
def before() -> Bench:
    """``app`` is built and a container ``box`` made."""
    doings = (
        Doing(edit={"Dockerfile": DOCKERFILE, "note": "x" * 1000}),
        Doing(run="docker build -t app ."),
        Doing(run="docker tag app same"),
        Doing(run="docker run -tid --name box app sh"),
    )
    return do(fresh_bench(), doings)


def ask(question: str, target: Mapping[str, Any], candidates: Sequence[str], *doings: Doing | str) -> Reality:
    run = tuple(Doing(run=doing) if isinstance(doing, str) else doing for doing in doings)
    step = Step("ask", "predict", question=question, target=target, candidates=tuple(candidates), run=run)
    return find_out(step, before())[1]


def rebuilt(text: str, tag: str = "app", *options: str) -> tuple[Doing, Doing]:
    return Doing(edit={"Dockerfile": text}), Doing(run=" ".join(["docker build", *options, f"-t {tag} ."]))


LOGIN = ("docker login -u me -p secret", "docker tag app me/app:1")
PUSH_MORE = ("docker tag app me/app:2", "docker push me/app:2")
BUSYBOX_AND_TWO = ["2.0", "4.4", "6.4", "8.4"]
# question, target, candidates, what happens, what is true
CASES: list[tuple[str, Mapping[str, Any], list[str], tuple[Doing | str, ...], set[str]]] = [
    ("diff", {"container": "box"}, ["A /x", "C /x", "A /y"], ("docker exec box touch /x",), {"A /x"}),
    ("cached", {}, ["echo three", "rm /two"], rebuilt(THREE), set()),
    ("cached", {}, ["echo one", "rm /two"], rebuilt(DOCKERFILE + "RUN true\n"), {"echo one", "rm /two"}),
    ("output", {}, ["one", "two"], ("docker exec box cat /one",), {"one"}),
    ("succeeds", {}, ["yes", "no"], ("docker exec box true",), {"yes"}),
    ("succeeds", {}, ["yes", "no"], ("true", "docker exec nobody true"), {"no"}),
    ("layers", {"image": "app"}, ["3", "4"], (), {"3"}),
    ("layers", {"image": "app"}, ["3", "4"], rebuilt(MORE), {"3"}),
    ("size", {"image": "app"}, ["0", "2", "6"], (), {"2"}),
    ("image-size", {"image": "app"}, BUSYBOX_AND_TWO, (), {"6.4"}),
    ("image-size", {"image": "nobody"}, BUSYBOX_AND_TWO, (), set()),
    ("stored", {}, BUSYBOX_AND_TWO, ("docker tag app third",), {"6.4"}),
    ("stored", {}, BUSYBOX_AND_TWO, rebuilt(DOCKERFILE, "again", "--no-cache"), {"8.4"}),
    ("container-size", {"container": "box"}, ["0", "2", "4"], (), {"0"}),
    ("container-size", {"container": "nobody"}, ["0", "2"], (), set()),
    (
        "container-size",
        {"container": "box"},
        ["0", "2", "4"],
        ("docker exec box sh -c 'head -c 2000000 /dev/zero > /x'",),
        {"2"},
    ),
    ("containers", {}, ["0", "1", "2"], ("docker run app", "docker run --rm app"), {"2"}),
    ("same-id", {}, ["app:latest", "same:latest", "nobody"], rebuilt(THREE), {"same:latest"}),
    ("shared", {"image": "app", "other": "same"}, ["1", "4"], (), {"4"}),
    ("shared", {"image": "app", "other": "same"}, ["1", "4"], rebuilt(THREE), {"1"}),
    ("same-parts", {"image": "app"}, ["id", "layers", "size"], (), {"id", "layers", "size"}),
    (
        "same-parts",
        {"image": "app"},
        ["id", "layers", "size"],
        rebuilt(DOCKERFILE + "ENV A=1\n"),
        {"layers", "size"},
    ),
    (
        "same-parts",
        {"image": "new", "other": "app"},
        ["id", "layers", "size"],
        rebuilt(DOCKERFILE, "new", "--no-cache"),
        {"size"},
    ),
    ("top-row", {"image": "app"}, ["CMD", "rm /two", "echo one"], (), {"CMD"}),
    (
        "printed-by",
        {"text": "one"},
        ["docker exec box cat /one", "docker exec box ls /bin"],
        (),
        {"docker exec box cat /one"},
    ),
    ("visible", {"image": "app"}, ["/one", "/two"], (), {"/one"}),
    ("layer-of", {"image": "app", "path": "/two"}, ["echo one", "head", "rm /two"], (), {"head"}),
    ("biggest", {"image": "app"}, ["echo one", "head", "rm /two"], (), {"head"}),
    ("rows-without-layer", {"image": "app"}, ["echo one", 'CMD ["ls"]'], (), {'CMD ["ls"]'}),
    ("sent", {}, ["0", "1", "3"], ("docker push app",), {"0"}),
    ("sent", {}, ["0", "1", "3"], (*LOGIN, "docker push me/app:1"), {"3"}),
    ("sent", {}, ["0", "1", "3"], (*LOGIN, "docker push me/app:1", *PUSH_MORE), {"3"}),
    ("lines", {"text": "/dev"}, ["1", "2"], ("echo /dev", "echo /etc"), {"1"}),
    ("images", {}, ["1", "2"], rebuilt(THREE), {"2"}),
    ("context", {}, ["0", "3"], rebuilt("FROM busybox\nCOPY note /\n"), {"0"}),
    ("holds", {"image": "app", "texts": ["one"]}, ["echo one", "rm /two"], (), {"echo one"}),
    (
        "invalidates",
        {"step": "COPY", "build": "docker build -t copied ."},
        ["touch note", "echo y > note"],
        rebuilt("FROM busybox\nCOPY note /\n", "copied"),
        {"echo y > note"},
    ),
]


@pytest.mark.parametrize(
    ("name", "target", "candidates", "doings", "true"),
    CASES,
    ids=[f"{number}-{case[0]}" for number, case in enumerate(CASES)],
)
def test_a_question(
    name: str,
    target: Mapping[str, Any],
    candidates: list[str],
    doings: tuple[Doing | str, ...],
    true: set[str],
) -> None:
    reality = ask(name, target, candidates, *doings)
    assert reality.true == true
    assert set(reality.why) <= set(candidates)


def test_the_reasons_come_from_the_engine() -> None:
    assert "the command changed" in ask("cached", {}, ["echo three"], *rebuilt(THREE)).why["echo three"]
    assert ask("size", {"image": "app"}, ["0", "2"]).why == {"2": "2MB"}


def test_a_question_with_one_answer_has_one_answer() -> None:
    for name, target, candidates, doings, true in CASES:
        if is_single(name) and true:
            assert len(ask(name, target, candidates, *doings).true) == 1, name


def test_no_question_is_left_untried() -> None:
    taught = {step.question for lesson in lessons().values() for step in lesson.steps}
    assert set(question_help()) <= {case[0] for case in CASES} | taught


def test_every_question_says_what_it_asks() -> None:
    for name, meaning in question_help().items():
        assert "?" in meaning, name


def test_an_unknown_question() -> None:
    with pytest.raises(UnknownQuestion, match="no question is called why"):
        find_question("why")
