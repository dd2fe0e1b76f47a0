"""The classic builder: one image an instruction, and those images as its cache."""

from __future__ import annotations

from engine.fs import File
from engine.tests.build.lab import Lab

DOCKERFILE = 'FROM busybox\nENV A=1\nRUN echo one > /one\nCOPY a.txt /app/\nRUN true\nCMD ["sh"]\n'


def built(**files: str) -> Lab:
    lab = Lab.with_files(Dockerfile=DOCKERFILE, a_txt="a\n", **files).classic()
    first = lab.build()
    assert first.status == 0, first.err
    return lab


def test_output_of_a_first_and_a_second_build() -> None:
    lab = Lab.with_files(Dockerfile=DOCKERFILE, a_txt="a\n").classic()
    first = lab.build()
    assert first.err.startswith("DEPRECATED: The legacy builder is deprecated")
    lines = first.out.replace("\r\r", "").split("\n")
    assert lines[0] == "Sending build context to Docker daemon  3.072kB"
    assert lines[1] == "Step 1/6 : FROM busybox"
    assert lines[4].startswith(" ---> Running in ")
    assert lines[5].startswith(" ---> Removed intermediate container ")
    assert lines[-2] == "Successfully tagged img:latest"
    second = lab.build().out
    assert second.count(" ---> Using cache\n") == 5
    assert lab.run("docker ps -aq").out == ""


def test_every_instruction_is_an_image_and_an_empty_run_has_no_layer() -> None:
    lab = built()
    assert lab.run("docker images -aq").out.count("\n") == 6
    rows = [(row.created_by, row.empty_layer) for row in lab.image().history[-5:]]
    assert rows[0] == ("/bin/sh -c #(nop)  ENV A=1", True)
    assert rows[2][0].startswith("/bin/sh -c #(nop) COPY file:") and rows[2][0].endswith(" in /app/ ")
    assert rows[3] == ("/bin/sh -c true", True)
    assert len(lab.image().layers) == 3


def test_metadata_before_a_run_makes_it_run_again() -> None:
    lab = built()
    lab.save("Dockerfile", DOCKERFILE.replace("RUN echo one", "EXPOSE 80\nRUN echo one"))
    told = {line.line: line for line in lab.forecast().lines}
    assert told[2].verdict == "HIT"
    assert told[3].verdict == "MISS"
    assert told[4].reason.startswith("line 3 (EXPOSE 80) has to run")


def test_without_its_images_nothing_is_reused() -> None:
    lab = built()
    lab.run("docker rmi img")
    assert "Using cache" not in lab.build().out


def test_a_changed_file_is_named() -> None:
    lab = built()
    lab.save("a.txt", "other\n")
    told = {line.line: line.reason for line in lab.forecast().lines if line.verdict == "MISS"}
    assert told[4] == "the content of a.txt changed"


def test_a_failing_run_leaves_its_container_and_its_status() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nRUN echo out; echo err >&2; exit 42\n").classic()
    failed = lab.build()
    assert failed.status == 42
    assert "out\n\x1b[91merr\n\x1b[0m" in failed.out
    assert failed.err.endswith("returned a non-zero code: 42\n")
    assert "Exited (42)" in lab.run("docker ps -a").out


def test_what_a_run_writes_into_a_volume_is_thrown_away() -> None:
    lab = Lab.with_files(
        Dockerfile="FROM busybox\nRUN mkdir /v; echo 1 >/v/a\nVOLUME /v\nRUN cat /v/a >/seen; echo 2 >/v/b\n"
    ).classic()
    assert lab.build().status == 0
    assert lab.tree().get("v/b") is None
    assert isinstance(lab.tree().get("seen"), File)


def test_refusals_in_its_own_words() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nCOPY a b /dest\n", a="1", b="2").classic()
    assert "the destination must be a directory and end with a /" in lab.build().err
    lab.save("Dockerfile", "FROM busybox\nCOPY ../x /\n")
    assert lab.build().err.endswith("COPY failed: forbidden path outside the build context: ../x ()\n")
    lab.save("Dockerfile", "FROM busybox\nEXPOSE abc\n")
    refused = lab.build()
    assert refused.out.endswith("Step 2/2 : EXPOSE abc\n")
    assert refused.err.endswith("\nInvalid containerPort: abc\n")
    lab.save("Dockerfile", "FROM busybox\nRUNN x\n")
    assert "Error response from daemon: dockerfile parse error on line 2" in lab.build().err


def test_a_volatile_step_is_not_repeated() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nRUN date > /d\nCOPY a.txt /\n", a_txt="1").classic()
    lab.build()
    before = lab.image().layers[-2].diff_id
    lab.save("a.txt", "2")
    lab.build()
    assert lab.image().layers[-2].diff_id == before
