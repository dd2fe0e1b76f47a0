"""Each wrong idea is noticed where it shows, and not where it does not."""

from typing import Any

import pytest
from django.test import Client

from labsite.lessons import attempts
from labsite.lessons.bench import do, fresh_bench
from labsite.lessons.lesson import Doing
from labsite.lessons.loader import lessons
from labsite.lessons.misconceptions import detect, instructions_of, misconceptions
from labsite.lessons.models import Attempt
from labsite.tests.conftest import client_of
from labsite.workspaces.models import Visitor

BUILD = "docker build -t x ."
IN_CONTAINER = "docker run -tid --name box busybox"
SHOWN: dict[str, list[str]] = {
    "rm-in-a-later-step": ["@FROM busybox\nRUN echo a > /a\nRUN rm /a\n", BUILD],
    "clean-in-its-own-run": [
        "@FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y curl\nRUN apt-get clean\n",
        BUILD,
    ],
    "copy-all-before-install": [
        "@FROM debian:bookworm-slim\nCOPY . /app\nRUN apt-get update && apt-get install -y curl\n",
        BUILD,
    ],
    "update-apart-from-install": [
        "@FROM debian:bookworm-slim\nRUN apt-get update\nRUN apt-get install -y \\\n  curl\n",
        BUILD,
    ],
    "secret-deleted-later": [
        "echo k > id_rsa",
        "@FROM busybox\nCOPY id_rsa /root/\nRUN cat /root/id_rsa && rm /root/id_rsa\n",
        BUILD,
    ],
    "secret-in-arg-or-env": ["@FROM busybox\nARG DB_PASSWORD=x\n", BUILD],
    "chmod-after-copy": ["@FROM busybox\nCOPY Dockerfile /d/f\nRUN chmod +x /d/f\n", BUILD],
    "cd-in-a-run-of-its-own": ["@FROM busybox\nRUN cd /tmp\n", BUILD],
    "export-in-a-run": ["@FROM busybox\nRUN export A=1\n", BUILD],
    "copy-above-the-context": ["@FROM busybox\nCOPY ../x /\n", BUILD],
    "ignored-file-copied": ["echo a > a", "echo a > .dockerignore", "@FROM busybox\nCOPY a /\n", BUILD],
    "everything-copied": ["echo a > .env", "@FROM busybox\nCOPY . /\n", BUILD],
    "image-for-container": ["docker pull busybox", "docker stop busybox"],
    "container-for-image": [IN_CONTAINER, "docker history box"],
    "a-new-container-for-the-old": [IN_CONTAINER, "docker exec box touch /a", "docker run busybox ls /a"],
    "removed-and-started": [IN_CONTAINER, "docker rm -f box", "docker start box"],
    "commit-as-a-build": [
        "docker run -tid --name box debian:bookworm-slim",
        "docker exec box apt-get update",
        "docker exec box apt-get install -y curl",
        "docker commit box x",
    ],
    "delete-and-commit-to-shrink": [IN_CONTAINER, "docker exec box rm -rf /home", "docker commit box x"],
    "volume-in-a-commit": ["docker run -tid --name box -v data:/v busybox", "docker commit box x"],
    "latest-means-newest": ["@FROM busybox\nRUN true\n", "docker build -t x:2 .", "docker run x true"],
    "no-cache-for-a-change": ["@FROM busybox\nRUN true\n", "docker build --no-cache -t x ."],
    "touch-to-rebuild": ["@FROM busybox\nCOPY a /\n", "echo a > a", BUILD, "touch a", BUILD],
    "push-without-namespace": ["@FROM busybox\nRUN true\n", BUILD, "docker push x"],
    "push-before-login": ["@FROM busybox\nRUN true\n", "docker build -t ada/x .", "docker push ada/x"],
    "rmi-of-a-used-image": [IN_CONTAINER, "docker rmi busybox"],
}
SOUND = [
    "@FROM debian:bookworm-slim\n"
    "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n"
    'WORKDIR /app\nCOPY --chmod=755 app.sh .\nENV LANG=C.UTF-8\nCMD ["sh"]\n',
    "echo a > app.sh",
    "docker build -t ada/x:1 .",
    "docker run -tid --name box ada/x:1 sh",
    "docker exec box touch /a",
    "docker diff box",
    "docker rm -f box",
    "docker rmi ada/x:1",
]


def played(lines: list[str]) -> Any:
    doings = [
        Doing(edit={"Dockerfile": line[1:]}) if line.startswith("@") else Doing(run=line) for line in lines
    ]
    return do(fresh_bench(), doings)


def test_there_are_twenty_and_each_is_shown_here() -> None:
    assert len(misconceptions()) >= 20
    assert set(SHOWN) == set(misconceptions())
    assert {item.lesson for item in misconceptions().values()} <= set(lessons())


@pytest.mark.parametrize("name", SHOWN)
def test_a_wrong_idea_is_noticed(name: str) -> None:
    bench = played(SHOWN[name])
    assert name in detect(bench), bench.output[-800:]


def test_sound_work_is_left_alone() -> None:
    assert detect(played(SOUND)) == []
    assert detect(fresh_bench()) == []


def test_instructions_are_read_over_continued_lines_and_comments() -> None:
    read = instructions_of("from a\n# no\nRUN a && \\\n# between\n  b; c\n\nCOPY --chown=1 x /y")
    assert [(item.name, item.words) for item in read] == [
        ("FROM", ["a"]),
        ("RUN", ["a", "&&", "b;", "c"]),
        ("COPY", ["x", "/y"]),
    ]
    assert read[1].commands() == ["a", "b", "c"]


@pytest.fixture
def attempt(visitor: Visitor) -> Attempt:
    """An attempt at the lesson of the top layer, which begins on the bench."""
    lesson = lessons()["toto-and-srv"]
    made = attempts.begin(visitor, lesson, "a lesson")
    step = next(step for step in lesson.steps if step.kind == "do")
    made.step = step.id
    made.save()
    return made


def test_a_wrong_idea_is_said_once_recorded_and_chooses_the_hint(visitor: Visitor, attempt: Attempt) -> None:
    client: Client = client_of(visitor)
    bench = f"/lab/{attempt.workspace.key}/"
    wrong = misconceptions()["image-for-container"]
    assert str(wrong.says) not in client.get(bench).content.decode()
    for _again in range(2):
        client.post(f"{bench}run/", {"line": "docker stop test:v1.0"})
        page = client.get(bench).content.decode()
        assert page.count("this is the name of an image") == 1
        assert "/lessons/image-is-not-container/start/" in page
    attempt.refresh_from_db()
    first = attempt.facts(attempt.step)["misconceptions"]
    assert list(first) == ["image-for-container"]
    assert "docker run makes a container from the image" not in page
    client.post(f"/lessons/{attempt.workspace.key}/hint/")
    assert "docker run makes a container from the image" in client.get(bench).content.decode()
    attempt.refresh_from_db()
    assert attempt.facts(attempt.step)["misconceptions"] == first
