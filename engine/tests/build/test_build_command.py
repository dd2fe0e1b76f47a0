"""The command line of ``docker build``: options, contexts, results, and what each builder prints."""

from __future__ import annotations

import json

import pytest

from engine.fs import File
from engine.tests.build.lab import Lab


def test_a_whole_build_from_empty_to_cached() -> None:
    lab = Lab.with_files(Dockerfile='FROM busybox\nCOPY a.txt /\nRUN echo 1 > /1\nCMD ["sh"]\n', a_txt="a")
    first = lab.build()
    assert first.out == ""
    assert first.err.startswith(
        '#0 building with "default" instance using docker driver\n\n#1 [internal] load'
    )
    assert "#1 transferring dockerfile: 90B done\n" in first.err
    assert "#5 transferring context: 33B done\n" in first.err
    assert "#6 [2/3] COPY a.txt /\n#6 DONE 0.0s\n" in first.err
    assert first.err.endswith("#8 naming to docker.io/library/img done\n#8 DONE 0.0s\n")
    again = lab.build()
    assert "#5 transferring context: 26B done\n" in again.err
    assert again.steps["RUN echo 1 > /1"] == "CACHED"


def test_terminal_display_ends_with_every_step_and_its_time() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nRUN echo hi\n")
    lab.run("docker build .")
    shown = lab.run("docker build .").err
    lines = shown.split("\n")
    assert "[+] Building" in lines[0] and "FINISHED" in lines[0]
    assert any("=> CACHED [2/2] RUN echo hi" in line for line in lines)
    assert all(
        line == "" or len(line.removeprefix("\x1b[34m").removesuffix("\x1b[0m")) <= 80 for line in lines
    )


def test_raw_json_is_one_document_a_line() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nRUN echo hi\n")
    documents = [json.loads(line) for line in lab.run("docker build --progress=rawjson .").err.splitlines()]
    names = [vertex["name"] for document in documents for vertex in document["vertexes"]]
    assert "[2/2] RUN echo hi" in names
    assert any("logs" in document for document in documents)


def test_quiet_prints_only_the_image() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nRUN echo hi\n")
    quiet = lab.run("docker build -q -t one -t two:3 --iidfile id --metadata-file meta .")
    assert (quiet.out, quiet.err) == (f"{lab.image('one').id}\n", "")
    assert lab.image("two:3").id == lab.image("one").id
    assert lab.run("cat id").out == lab.image("one").id
    assert json.loads(lab.run("cat meta").out)["containerimage.config.digest"] == lab.image("one").id


def test_a_failing_run_shows_where_and_why() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nRUN echo before; exit 42\nRUN echo after\n")
    failed = lab.build()
    assert failed.status == 1
    message = 'process "/bin/sh -c echo before; exit 42" did not complete successfully: exit code: 42'
    assert f"#5 ERROR: {message}\n------\n > [2/3] RUN echo before; exit 42:\n" in failed.err
    assert "   2 | >>> RUN echo before; exit 42\n" in failed.err
    assert failed.err.endswith(f"ERROR: failed to build: failed to solve: {message}\n")
    assert lab.run("docker ps -aq").out == ""


def test_steps_before_a_failure_are_kept() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nRUN echo 1 > /1\nRUN false\n")
    lab.build()
    lab.save("Dockerfile", "FROM busybox\nRUN echo 1 > /1\nRUN true\n")
    steps = lab.build().steps
    assert (steps["RUN echo 1 > /1"], steps["RUN true"]) == ("CACHED", "DONE")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("docker build -t Bad:x .", 'invalid tag "Bad:x": repository name must be lowercase'),
        ("docker build nodir", 'unable to prepare context: path "nodir" not found'),
        (
            "docker build -f nope .",
            "failed to solve: failed to read dockerfile: open nope: no such file or directory",
        ),
        (
            "docker build --platform linux/amd64,linux/arm64 .",
            "Multi-platform build is not supported for the docker",
        ),
        ("docker build --secret id=x,src=nope .", "failed to stat nope"),
        ("docker build --target nope .", 'target stage "nope" could not be found'),
        ("docker build --progress=loud .", "invalid progress mode loud"),
        ("docker build -o type=oci,dest=x .", "OCI exporter is not supported for the docker driver"),
    ],
)
def test_refusals(command: str, words: str) -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\n")
    refused = lab.run(command)
    assert refused.status == 1
    assert words in refused.err


def test_context_from_standard_input() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nCOPY a.txt /\n", a_txt="a")
    assert lab.run("printf 'FROM busybox\\nRUN echo x > /x\\n' | docker build -q -t img -").status == 0
    assert isinstance(lab.tree().get("x"), File)
    assert lab.run("printf 'FROM busybox\\nCOPY a.txt /b\\n' | docker build -q -t img -f - .").status == 0
    assert isinstance(lab.tree().get("b"), File)
    lab.save("pack", "FROM scratch\nCOPY . /\n")
    lab.run("docker build -q -o type=tar,dest=context.tar -f pack .")
    lab.save("a.txt", "changed after packing")
    assert lab.run("docker build -q -t img - < context.tar").status == 0
    packed = lab.tree().get("a.txt")
    assert isinstance(packed, File) and packed.content.head == b"a"


def test_named_contexts_and_ignore_files() -> None:
    lab = Lab.with_files(
        Dockerfile="FROM busybox\nCOPY --from=more f /\nCOPY . /all/\n", lib__f="more", a_txt="a", b_txt="b"
    )
    lab.save(".dockerignore", "b.txt\nlib\n")
    assert lab.build("--build-context more=lib").status == 0
    assert sorted(lab.tree().names("all")) == [".dockerignore", "Dockerfile", "a.txt"]
    lab.save("Dockerfile.dockerignore", "*\n!b.txt\n")
    assert lab.build("--build-context more=lib").status == 0
    assert sorted(lab.tree().names("all")) == ["b.txt"]


def test_files_can_be_the_result() -> None:
    text = "FROM busybox AS s\nRUN mkdir /o && echo 1 > /o/f\nFROM scratch\nCOPY --from=s /o /\n"
    lab = Lab.with_files(Dockerfile=text)
    built = lab.run("docker build --progress=plain -o out .")
    assert "exporting to client directory" in built.err
    assert lab.run("cat out/f").out == "1\n"
    assert "docker.io/library/img:latest" not in lab.machine.daemon.tags  # type: ignore[attr-defined]


def test_secrets_are_seen_by_one_step_and_stored_nowhere() -> None:
    lab = Lab.with_files(
        Dockerfile="FROM busybox\nRUN --mount=type=secret,id=s cat /run/secrets/s\nRUN ls /run || true\n",
        key_txt="hidden",
    )
    built = lab.build("--secret id=s,src=key.txt")
    assert " hidden" in built.err
    assert lab.tree().get("run/secrets/s") is None
    lab.save("Dockerfile", "FROM busybox\nRUN --mount=type=secret,id=s,required cat /run/secrets/s\n")
    assert "secret s: not found" in lab.build().err


def test_check_lists_findings_and_builds_nothing() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox as Stage\nCMD echo a\n")
    checked = lab.run("docker build --check .")
    assert checked.status == 1
    assert checked.out.startswith(
        "Check complete, 3 warnings have been found!\n\nWARNING: StageNameCasing - https"
    )
    assert not lab.cache.records
    lab.save("Dockerfile", "FROM busybox\n")
    assert lab.run("docker build --check .").out == "Check complete, no warnings found.\n"


def test_runaway_and_endless_steps_end_with_a_clear_message() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nRUN while true; do :; done\n")
    assert "layerlab: stopped: too much" in lab.build().err
    lab.save("Dockerfile", "FROM busybox\nRUN sleep infinity\n")
    assert "never ends by itself" in lab.build().err


def test_provenance_of_built_files_is_kept() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nRUN touch /1\n")
    lab.build()
    digest = lab.machine.daemon.provenance[lab.image().layers[-1].digest]  # type: ignore[attr-defined]
    assert json.loads(lab.store.get(digest)) == {"1": "touch /1"}


def test_a_syntax_line_fetches_the_front_end() -> None:
    lab = Lab.with_files(Dockerfile="# syntax=docker/dockerfile:1\nFROM busybox\n")
    shown = lab.build().err
    assert "#2 resolve image config for docker-image://docker.io/docker/dockerfile:1\n#2 DONE" in shown
    lab.save("Dockerfile", "# syntax=nobody/frontend\nFROM busybox\n")
    refused = lab.build()
    assert refused.status == 1
    assert (
        "failed to resolve source metadata for docker.io/nobody/frontend:latest: pull access" in refused.err
    )


def test_checks_can_be_made_to_stop_the_build() -> None:
    lab = Lab.with_files(Dockerfile="# check=error=true\nFROM busybox\nCMD echo a\n")
    refused = lab.build()
    assert refused.err.endswith("failed to solve: lint violation found for rules: JSONArgsRecommended\n")


def test_no_more_layers_than_the_storage_driver_stacks() -> None:
    lab = Lab.with_files(Dockerfile="FROM scratch\n" + "COPY a.txt /\n" * 126, a_txt="1")
    assert lab.build().err.endswith("failed to solve: max depth exceeded\n")
    assert lab.forecast().runs == 1
