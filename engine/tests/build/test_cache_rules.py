"""What makes a step run again and what does not, and how a learner is told."""

from __future__ import annotations

import pytest

from engine.tests.build.lab import Lab

DOCKERFILE = """FROM busybox
ARG V=1
ENV A=1
RUN echo one > /one
COPY a.txt src /app/
RUN echo two > /two
CMD ["sh"]
"""


@pytest.fixture
def lab() -> Lab:
    built = Lab.with_files(Dockerfile=DOCKERFILE, a_txt="a\n", src__x_c="x\n", other_txt="o\n")
    assert built.build().status == 0
    return built


def reasons(lab: Lab) -> dict[int, str]:
    """Why each line that runs again does, by line."""
    return {line.line: line.reason for line in lab.forecast().lines if line.verdict == "MISS"}


def test_nothing_changed_gives_the_same_image(lab: Lab) -> None:
    before = lab.image().id
    again = lab.build()
    assert set(again.steps.values()) == {"DONE", "CACHED"}
    assert again.steps["RUN echo two > /two"] == "CACHED"
    assert lab.image().id == before


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (lambda lab: lab.save("a.txt", "changed\n"), 5, "the content of a.txt changed"),
        (lambda lab: lab.chmod("a.txt", 0o755), 5, "the permissions of a.txt changed"),
        (lambda lab: lab.save("src/new.c", "n"), 5, "src/new.c was added"),
        (lambda lab: lab.delete("src/x.c"), 5, "src/x.c was removed"),
        (lambda lab: lab.save("Dockerfile", DOCKERFILE.replace("two", "2")), 6, "the command changed"),
        (lambda lab: lab.save("Dockerfile", DOCKERFILE.replace("V=1", "V=2")), 4,
         'build argument V changed from "1" to "2"'),
        (lambda lab: lab.save("Dockerfile", DOCKERFILE.replace("A=1", "A=2")), 4,
         'variable A changed from "1" to "2"'),
        (lambda lab: lab.save("Dockerfile", DOCKERFILE.replace("/app/", "/srv/")), 5, "the line changed"),
        (lambda lab: lab.save("Dockerfile", DOCKERFILE.replace("RUN echo one", "USER 5\nRUN echo one")), 5,
         "the user changed"),
        (lambda lab: lab.save("Dockerfile", DOCKERFILE.replace("ENV", "RUN true\nENV")), 3, "new step"),
    ],
)  # fmt: skip
def test_a_miss_names_what_changed(lab: Lab, change: object, line: int, words: str) -> None:
    assert callable(change)
    change(lab)
    told = reasons(lab)
    assert min(told) == line
    assert words in told[line]
    for later, reason in told.items():
        if later != line:
            assert f"line {line} (" in reason


@pytest.mark.parametrize(
    "change",
    [
        lambda lab: lab.save("other.txt", "changed"),
        lambda lab: lab.save("a.txt", "a\n"),
        lambda lab: lab.save("Dockerfile", "# a comment\n\n" + DOCKERFILE),
        lambda lab: lab.save("Dockerfile", DOCKERFILE.replace("RUN", "run")),
        lambda lab: lab.save("Dockerfile", DOCKERFILE.replace("ENV", "LABEL x=y\nEXPOSE 80\nENV")),
        lambda lab: lab.save("Dockerfile", DOCKERFILE.replace("sh", "ls")),
        lambda lab: lab.run("docker rmi img"),
    ],
)
def test_what_no_step_depends_on_changes_nothing(lab: Lab, change: object) -> None:
    assert callable(change)
    change(lab)
    assert reasons(lab) == {}


def test_a_base_that_moved_is_told_apart_from_a_new_step() -> None:
    lab = Lab.with_files(Dockerfile="FROM base\nRUN echo 1\n", base__Dockerfile="FROM busybox\nRUN echo b\n")
    lab.save("other/Dockerfile", "FROM busybox\nRUN echo c > /c\n")
    lab.run("docker build -t base base")
    lab.build()
    lab.run("docker build -t base other")
    assert reasons(lab) == {2: "the base image is not the one it was built on before"}


def test_a_file_of_same_size_and_time_is_not_read_again() -> None:
    lab = Lab.with_files(Dockerfile="FROM scratch\nCOPY a.txt /\n", a_txt="old")
    lab.run("touch -d @1700000000 a.txt")
    lab.build()
    lab.run("echo -n new > a.txt; touch -d @1700000000 a.txt")
    assert lab.build().steps["COPY a.txt /"] == "CACHED"
    lab.run("touch -d @1700000001 a.txt")
    assert lab.build().steps["COPY a.txt /"] == "DONE"


def test_a_rebuilt_stage_with_the_same_result_keeps_what_copies_from_it() -> None:
    text = "FROM busybox AS s\nCOPY a.txt /in\nRUN echo same > /out\nFROM busybox\nCOPY --from=s /out /\n"
    lab = Lab.with_files(Dockerfile=text, a_txt="1")
    lab.build()
    lab.save("a.txt", "22")
    lines = {line.line: line for line in lab.forecast().lines}
    assert (lines[5].verdict, lines[5].cause_line) == ("DEPENDS", 2)
    built = lab.build().steps
    assert built["RUN echo same > /out"] == "DONE"
    assert built["COPY --from=s /out /"] == "CACHED"


def test_no_cache_filter_runs_one_stage_and_its_new_result_is_kept() -> None:
    text = "FROM busybox AS a\nRUN date > /d\nFROM busybox AS b\nRUN echo b > /e\nFROM scratch\n"
    lab = Lab.with_files(Dockerfile=text + "COPY --from=a /d /\nCOPY --from=b /e /\n")
    lab.build()
    old = lab.image().id
    steps = lab.build("--no-cache-filter a").steps
    assert steps["RUN date > /d"] == "DONE"
    assert steps["RUN echo b > /e"] == "CACHED"
    new = lab.image().id
    assert new != old
    lab.build()
    assert lab.image().id == new


def test_unused_stages_are_skipped_unless_they_are_the_target() -> None:
    text = "FROM busybox AS a\nRUN echo a\nFROM busybox AS unused\nRUN echo u\nFROM a\nRUN echo z\n"
    lab = Lab.with_files(Dockerfile=text)
    assert {line.line: line.verdict for line in lab.forecast().lines}[4] == "SKIPPED"
    assert "RUN echo u" not in lab.build().steps
    assert lab.build("--target unused").steps["RUN echo u"] == "DONE"


def test_prune_keeps_what_images_share_unless_all_is_said() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nCOPY a.txt /\nRUN echo 1 > /1\n", a_txt="a")
    lab.build()
    pruned = lab.run("docker builder prune -f")
    assert pruned.out.endswith("Total:\t43B\n")
    assert lab.build().steps["RUN echo 1 > /1"] == "CACHED"
    lab.run("docker builder prune -af")
    assert lab.cache.records == ()
    assert lab.build().steps["RUN echo 1 > /1"] == "DONE"


def test_cache_mounts_outlive_the_steps_that_fill_them() -> None:
    lab = Lab.with_files(
        Dockerfile="FROM busybox\nRUN --mount=type=cache,target=/c echo x >> /c/log; cat /c/log\n"
    )
    assert lab.build("--no-cache").err.count(" x\n") == 1
    assert lab.build("--no-cache").err.count(" x\n") == 2
    assert lab.tree().get("c") is None
    assert [record.kind for record in lab.cache.records].count("exec.cachemount") == 1


def test_the_cache_survives_a_round_trip_through_json(lab: Lab) -> None:
    state = lab.cache
    assert type(state).from_json(state.to_json()) == state


def test_a_copy_that_will_fail_is_foretold() -> None:
    lab = Lab.with_files(Dockerfile="FROM busybox\nCOPY nope /\nRUN true\n")
    lines = {line.line: line for line in lab.forecast().lines}
    assert lines[2].verdict == "MISS"
    assert '"/nope": not found' in lines[2].reason
    assert (lines[3].verdict, lines[3].cause_line) == ("DEPENDS", 2)
