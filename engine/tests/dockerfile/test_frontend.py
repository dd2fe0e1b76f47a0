from typing import Any

import pytest

from engine.build.ops import (
    BaseImage,
    BuildPlan,
    ContextSource,
    CopyOp,
    GitItem,
    ImageSource,
    InlineItem,
    Mount,
    PathItem,
    RunOp,
    ScratchSource,
    StageSource,
    UrlItem,
    WorkdirOp,
)
from engine.dockerfile.frontend import FrontendOptions, FrontendResult, compile_dockerfile
from engine.errors import EngineError
from engine.image.config import ImageConfig
from engine.image.history import History

BASE = BaseImage(
    "docker.io/library/busybox:latest",
    ImageConfig(env=("PATH=/bin",), cmd=("sh",)),
    (History("", "BASE"),),
)


def _resolve(written: str, platform: str) -> BaseImage:
    if written == "missing":
        raise EngineError("docker.io/library/missing:latest: not found")
    if written == "onbuild":
        return BaseImage(
            "docker.io/library/onbuild:latest", ImageConfig(on_build=("RUN make", "COPY --from=b . /x"))
        )
    return BASE


def _compile(text: str, **options: Any) -> FrontendResult:
    return compile_dockerfile(text, FrontendOptions(**options), _resolve)


def _plan(text: str, **options: Any) -> BuildPlan:
    result = _compile(text, **options)
    assert result.error is None and result.plan is not None, result.error
    return result.plan


def _error(text: str, **options: Any) -> tuple[str, int]:
    error = _compile(text, **options).error
    assert error is not None
    return str(error), error.line


def test_steps_history_and_configuration() -> None:
    plan = _plan(
        'ARG TAG=latest\nFROM busybox:$TAG AS app\nARG V=1\nENV A=$V B="x y"\nWORKDIR $A\n'
        'RUN echo $A $UNSET\nCOPY a.txt "b.txt" ./\nEXPOSE 80 53/udp\nENTRYPOINT ["top"]\nUSER me\n',
        build_args={"V": "2"},
    )
    stage = plan.result
    assert [one.name for one in stage.operations if one.name] == [
        "[1/4] FROM docker.io/library/busybox:latest",
        "[2/4] WORKDIR 2",
        "[3/4] RUN echo 2 $UNSET",
        "[4/4] COPY a.txt b.txt ./",
    ]
    assert [(row.created_by, row.empty_layer) for row in stage.history] == [
        ("BASE", False),
        ("ARG V=2", True),
        ("ENV A=2 B=x y", True),
        ("WORKDIR /2", False),
        ("RUN |1 V=2 /bin/sh -c echo $A $UNSET # buildkit", False),
        ("COPY a.txt b.txt ./ # buildkit", False),
        ("EXPOSE [53/udp 80/tcp]", True),
        ('ENTRYPOINT ["top"]', True),
        ("USER me", True),
    ]
    assert stage.config == ImageConfig(
        env=("PATH=/bin", "A=2", "B=x y"),
        entrypoint=("top",),
        working_dir="/2",
        user="me",
        exposed_ports=("53/udp", "80/tcp"),
    )
    run = next(one for one in stage.operations if isinstance(one, RunOp))
    assert run.env == ("PATH=/bin", "V=2", "A=2", "B=x y")
    assert (run.build_args, run.working_dir, run.command) == ((("V", "2"),), "/2", "echo $A $UNSET")


def test_only_needed_stages_are_compiled() -> None:
    plan = _plan("FROM busybox AS a\nFROM missing AS b\nRUN x\nFROM a AS c\nCOPY --from=a /x /y\n")
    assert [(stage.needed, stage.depends_on) for stage in plan.stages] == [
        (True, ()),
        (False, ()),
        (True, (0,)),
    ]
    assert plan.metadata == ("docker.io/library/busybox:latest",)
    assert not plan.uses_context
    assert _plan("FROM missing\nFROM busybox AS x\n", target="X").target == 1


def test_copies() -> None:
    plan = _plan(
        "FROM busybox AS base\nFROM busybox\nWORKDIR /w\n"
        "COPY --chown=1:2 --chmod=u+x --link a ../b dir\n"
        "COPY --from=base /x /y/\nCOPY --from=alpine:3 --exclude=*.md x /\n"
        "ADD https://lab.example/d/f.tgz git@lab.example:a/b.git#main:sub /opt\n"
        "COPY <<A <<'B' /in/\n$PATH\nA\n$PATH\nB\n"
    )
    copies = [one for one in plan.result.operations if isinstance(one, CopyOp)]
    first, staged, imaged, added, inline = copies
    assert first.items == (PathItem("a"), PathItem("../b"))
    assert (first.destination_path, first.chown, first.chmod, first.link) == ("/w/dir", "1:2", "u+x", True)
    assert (staged.origin, staged.destination_path) == (StageSource(0), "/y/")
    assert isinstance(imaged.origin, ImageSource) and imaged.excludes == ("*.md",)
    assert added.items == (
        UrlItem("https://lab.example/d/f.tgz", "f.tgz"),
        GitItem("git@lab.example:a/b.git#main:sub", "git@lab.example:a/b.git", "main", "sub"),
    )
    assert added.unpack and not first.unpack
    assert inline.items == (InlineItem("A", "/bin\n"), InlineItem("B", "$PATH\n"))
    assert inline.created_by == "COPY <<A <<B /in/ # buildkit"
    assert plan.images[0].name == "FROM docker.io/library/busybox:latest"
    assert plan.uses_context


def test_run_options() -> None:
    plan = _plan(
        "FROM busybox AS b\nFROM busybox\nARG ID=one\nWORKDIR /w\n"
        "RUN --mount=type=cache,id=$ID,target=cache,sharing=locked --mount=from=b,dst=/b,rw "
        "--mount=type=secret,id=key --mount=type=tmpfs,target=/t,size=2m --network=none x\n"
        "RUN <<EOF\n#!/bin/python\nprint(1)\nEOF\nRUN <<EOF\none\ntwo\nEOF\n"
    )
    first, script, shell = (one for one in plan.result.operations if isinstance(one, RunOp))
    assert first.mounts == (
        Mount("cache", "/w/cache", cache_id="one", sharing="locked", origin=ScratchSource()),
        Mount("bind", "/b", origin=StageSource(0)),
        Mount("secret", "/run/secrets/key", source="key", cache_id="key", read_only=True),
        Mount("tmpfs", "/t", size=2 * 1024 * 1024),
    )
    assert first.network == "none"
    assert script.args == ("/bin/sh", "-c", "/dev/pipes/EOF")
    assert script.script == InlineItem("EOF", "#!/bin/python\nprint(1)\n")
    assert shell.args[-1] == "one\ntwo\n"
    assert shell.name == "[stage-1 5/5] RUN <<EOF (one...)"


def test_proxies_reach_processes_but_no_history() -> None:
    plan = _plan("FROM busybox\nRUN x\n", build_args={"http_proxy": "http://p.example"})
    run = plan.result.operations[1]
    assert isinstance(run, RunOp)
    assert run.proxy_env == ("HTTP_PROXY=http://p.example", "http_proxy=http://p.example")
    assert run.created_by == "RUN /bin/sh -c x # buildkit"


def test_triggers_of_a_base_image_run_first_and_may_need_stages() -> None:
    plan = _plan("FROM busybox AS b\nFROM onbuild AS app\nRUN own\n")
    names = [one.name for one in plan.result.operations if one.name]
    assert names == [
        "[app 1/2] FROM docker.io/library/onbuild:latest",
        "[app 2/4] ONBUILD RUN make",
        "[app 3/4] ONBUILD COPY --from=b . /x",
        "[app 4/4] RUN own",
    ]
    assert plan.result.config.on_build == ()
    assert plan.stages[0].needed


def test_the_classic_builder_has_its_own_texts() -> None:
    plan = _plan(
        "ARG B=busybox\nFROM $B AS base\nARG N\nARG V=1\nRUN echo\nENV A=$V\n"
        'WORKDIR /w\nSHELL ["/bin/ash", "-c"]\nCOPY --chown=1 a b\nONBUILD RUN x\n',
        classic=True,
        build_args={"N": "n", "V": "2"},
    )
    assert plan.preamble == ("ARG B=busybox",)
    operations = plan.result.operations
    assert [one.text for one in operations][:2] == ["FROM $B AS base", "ARG N"]
    assert [one.classic_created_by for one in operations[1:] if not isinstance(one, CopyOp)] == [
        "/bin/sh -c #(nop)  ARG N",
        "/bin/sh -c #(nop)  ARG V=1",
        "|2 N=n V=2 /bin/sh -c echo",
        "/bin/sh -c #(nop)  ENV A=2",
        "/bin/sh -c #(nop) WORKDIR /w",
        "/bin/ash -c #(nop)  SHELL [/bin/ash -c]",
        "/bin/ash -c #(nop)  ONBUILD RUN x",
    ]
    copy = next(one for one in operations if isinstance(one, CopyOp))
    assert copy.classic_row("file:1") == "/bin/ash -c #(nop) COPY --chown=1 file:1 in b "


def test_the_classic_builder_gets_as_far_as_the_error() -> None:
    result = _compile("FROM busybox\nRUN one\nEXPOSE abc\nRUN two\n", classic=True)
    assert str(result.error) == "Invalid containerPort: abc"
    assert result.plan is not None
    assert [one.text for one in result.plan.result.operations] == ["FROM busybox", "RUN one"]


def test_the_classic_builder_refuses_what_needs_buildkit() -> None:
    message, line = _error("FROM busybox\nRUN --mount=type=cache,target=/c x\n", classic=True)
    assert message.startswith("the --mount option requires BuildKit.") and line == 2


def test_tolerant_compilation_goes_on_after_errors() -> None:
    result = _compile(
        "FROM missing AS a\nRUNN x\nSTOPSIGNAL no\nENV A=1\nFROM busybox\nRUN $A\n", tolerant=True
    )
    assert [error.line for error in result.errors] == [2, 3] or [error.line for error in result.errors] == [2]
    assert result.plan is not None
    assert [one.text for one in result.plan.result.operations] == ["FROM busybox", "RUN $A"]


@pytest.mark.parametrize(
    "text, message, line",
    [
        ("", "the Dockerfile cannot be empty", 0),
        ("ARG A\n", "dockerfile contains no stages to build", 0),
        ("RUN x\n", "no build stage in current context", 1),
        ("FROM $NO\n", "base name ($NO) should not be blank", 1),
        (
            "FROM Up:x\n",
            'failed to parse stage name "Up:x": invalid reference format: '
            "repository name (library/Up) must be lowercase",
            1,
        ),
        ("FROM missing\n", "missing: docker.io/library/missing:latest: not found", 1),
        ("FROM busybox AS a\nCOPY --from=a x y\n", "circular dependency detected on stage: a", 2),
        ("FROM busybox\nCOPY --from=5 x y\n", "invalid stage index 5", 2),
        ("FROM busybox\nSTOPSIGNAL SIGNO\n", "invalid signal: SIGNO", 2),
        (
            "FROM busybox\nCOPY --chmod=9 x y\n",
            "invalid chmod parameter: '9'. it should be octal string and between 0 and 07777",
            2,
        ),
        ("FROM busybox\nRUN --mount=type=bogus x\n", 'unsupported mount type "bogus"', 2),
        ("FROM busybox\nCOPY https://lab.example/x /\n", "source can't be a URL for COPY", 2),
        ("FROM busybox\nENV A=${B?no}\n", 'failed to process "${B?no}": B: no', 2),
        (
            "FROM busybox\nSHELL sh\n",
            "dockerfile parse error on line 2: SHELL requires the arguments to be in JSON form",
            2,
        ),
        (
            "FROM busybox\nHEALTHCHECK --interval=1 CMD x\n",
            'dockerfile parse error on line 2: time: missing unit in duration "1"',
            2,
        ),
    ],
)
def test_errors_in_dockers_words(text: str, message: str, line: int) -> None:
    assert _error(text) == (message, line)


def test_an_unknown_target_is_reported() -> None:
    message, _ = _error("FROM busybox AS build\n", target="biuld")
    assert message == 'target stage "biuld" could not be found (did you mean build?)'


def test_growth_without_end_is_stopped() -> None:
    text = "FROM busybox\n" + "".join(f"ENV A{number}=1\n" for number in range(3000))
    message, _ = _error(text)
    assert message.startswith("the Dockerfile needs more than ")
    assert _error("FROM busybox\nENV A=aaaaaaaa\n" + "ENV A=$A$A\n" * 40)[0].startswith(
        "expanded value is longer"
    )


def test_work_grows_with_the_length_only() -> None:
    """Counted, not timed: twice the text makes twice the operations and stays within the bounds."""
    body = "RUN apt-get update && \\\n    apt-get install -y x\nCOPY a /b/\nENV A=1\nWORKDIR /w\n"
    short, long = (_plan("FROM busybox\n" + body * count) for count in (100, 200))
    assert len(long.result.operations) - 1 == 2 * (len(short.result.operations) - 1)


def test_named_contexts_stand_in_for_images() -> None:
    plan = _plan("FROM busybox\nCOPY --from=extra a b\n", contexts=frozenset({"extra"}))
    copy = plan.result.operations[1]
    assert isinstance(copy, CopyOp) and copy.origin == ContextSource("extra")
    assert plan.images == () and not plan.uses_context


def test_absolute_directories_are_recorded_as_written() -> None:
    operations = _plan("FROM busybox\nWORKDIR /a/\nWORKDIR b/../c\n").result.operations
    assert [(one.config.working_dir, one.path) for one in operations if isinstance(one, WorkdirOp)] == [
        ("/a/", "/a"),
        ("/a/c", "/a/c"),
    ]
