"""The law behind the editor's gutter: what the forecast says is what the build does."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.events import StepCached, StepRan
from engine.fs import Directory, File, Symlink, View
from engine.tests.build.lab import Lab

COMMANDS = ("echo one > /one", "echo two > /two", "cat /app/a.txt > /copy", "mkdir -p /d && echo x > /d/x")
COPIES = ("a.txt /app/", "b.txt /app/", ". /all/", "--chown=1 a.txt /owned", "*.txt /g/")
LINES = st.one_of(
    st.sampled_from(COMMANDS).map(lambda command: f"RUN mkdir -p /app; touch /app/a.txt; {command}"),
    st.sampled_from(COPIES).map(lambda copy: f"COPY {copy}"),
    st.sampled_from(
        ["ENV A=1", "ENV A=2", "ARG V=1", "ARG V=2", "LABEL x=y", "WORKDIR /w", "USER 0", "CMD true"]
    ),
)
STAGE = st.lists(LINES, max_size=4)


@st.composite
def dockerfiles(draw: st.DrawFn) -> str:
    """Two stages, the second of which may copy from the first."""
    first, second = draw(STAGE), draw(STAGE)
    lines = ["FROM busybox AS build", "RUN mkdir /out && echo made > /out/f", *first, "FROM busybox", *second]
    if draw(st.booleans()):
        lines.insert(draw(st.integers(3 + len(first), len(lines))), "COPY --from=build /out /out/")
    return "\n".join(lines) + "\n"


EDITS = st.one_of(
    dockerfiles().map(lambda text: ("save", "Dockerfile", text)),
    st.tuples(
        st.just("save"), st.sampled_from(["a.txt", "b.txt", "c.txt"]), st.sampled_from(["1", "22", "3"])
    ),
    st.tuples(st.just("chmod"), st.just("a.txt"), st.sampled_from([0o644, 0o755])),
    st.sampled_from([("none", "", ""), ("prune", "", ""), ("rmi", "", "")]),
)


def edit(lab: Lab, change: tuple[str, str, object]) -> None:
    """Do one edit between two builds."""
    kind, path, value = change
    if kind == "save":
        lab.save(path, str(value))
    elif kind == "chmod" and isinstance(value, int):
        lab.chmod(path, value)
    elif kind == "prune":
        lab.run("docker builder prune -af")
    elif kind == "rmi":
        lab.run("docker rmi -f img")


def content(tree: View) -> dict[str, object]:
    """A tree without times."""
    found: dict[str, object] = {}
    for path in tree.paths():
        match tree.get(path):
            case File() as file:
                found[path] = (file.content, file.mode, file.uid, file.gid)
            case Directory() as directory:
                found[path] = (directory.mode, directory.uid, directory.gid)
            case Symlink() as link:
                found[path] = link.target
    return found


@settings(max_examples=60, deadline=None)
@given(dockerfiles(), st.lists(EDITS, min_size=1, max_size=4), st.booleans())
def test_forecast_and_build_agree_over_any_history(
    first: str, history: list[tuple[str, str, object]], classic: bool
) -> None:
    """A HIT never executes, a MISS never reuses, METADATA has no step; DEPENDS may become either."""
    lab = Lab.with_files(Dockerfile=first, a_txt="a", b_txt="b")
    if classic:
        lab.classic()
    for change in [("none", "", ""), *history]:
        edit(lab, change)
        predicted = lab.forecast()
        built = lab.build()
        assert built.status == 0, built.err
        cached = {event.line for event in built.events if isinstance(event, StepCached)}
        ran = {event.line for event in built.events if isinstance(event, StepRan)}
        for line in predicted.lines:
            if line.step.startswith("FROM"):
                continue
            if line.verdict == "HIT":
                assert line.line in cached and line.line not in ran, (line, built.err, built.out)
            elif line.verdict == "MISS":
                assert line.line in ran and line.line not in cached, (line, built.err, built.out)
                assert line.reason
            elif line.verdict in ("METADATA", "SKIPPED"):
                assert line.line not in ran


@settings(max_examples=30, deadline=None)
@given(dockerfiles(), st.lists(EDITS, min_size=1, max_size=3))
def test_reusing_steps_gives_the_files_a_clean_build_gives(
    first: str, history: list[tuple[str, str, object]]
) -> None:
    """The cache is only ever a shortcut."""
    lab = Lab.with_files(Dockerfile=first, a_txt="a", b_txt="b")
    lab.build()
    for change in history:
        edit(lab, change)
    lab.build()
    reused = content(lab.tree())
    lab.build("--no-cache")
    assert content(lab.tree()) == reused
    assert lab.build().status == 0
    assert content(lab.tree()) == reused
