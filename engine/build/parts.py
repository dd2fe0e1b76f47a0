"""What a step's result depends on, part by part."""

import json
from collections.abc import Iterable

from engine.build.cache import Parts
from engine.build.ops import (
    ContextSource,
    CopyItem,
    CopyOp,
    FileSystemSource,
    GitItem,
    ImageSource,
    InlineItem,
    Mount,
    Operation,
    PathItem,
    RunOp,
    StageSource,
    UrlItem,
    WorkdirOp,
)

_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def own_parts(op: Operation) -> Parts:
    """Everything the author wrote that decides the step's result; neither files nor the step below."""
    match op:
        case RunOp():
            return tuple(_run_parts(op))
        case CopyOp():
            return tuple(_copy_parts(op))
        case WorkdirOp():
            return (("step", "WORKDIR"), ("path", op.path), ("user", op.user))
    return (("step", op.keyword),)


def _run_parts(op: RunOp) -> Iterable[tuple[str, str]]:
    yield "step", "RUN"
    yield "args", _json(list(op.args))
    for entry in op.env:
        name, _, value = entry.partition("=")
        yield f"env {name}", value
    yield "workdir", op.working_dir
    yield "user", op.user
    options = [op.network, op.security]
    if options != ["default", "sandbox"]:
        yield "options", _json(options)
    if op.mounts:
        yield "mounts", _json([_mount(mount) for mount in op.mounts])
    if op.script is not None:
        yield "script", _json([op.script.name, op.script.content])


def _copy_parts(op: CopyOp) -> Iterable[tuple[str, str]]:
    yield "step", "ADD" if op.unpack else "COPY"
    yield "sources", _json([_item(item) for item in op.items])
    yield "destination", op.destination_path
    options = {
        name: value
        for name in ("chown", "chmod", "parents", "excludes", "checksum", "keep_git_dir", "unpack")
        if (value := getattr(op, name))
    }
    if options:
        yield "options", _json(options)


def _item(item: CopyItem) -> list[str]:
    match item:
        case PathItem():
            return ["path", item.path]
        case UrlItem():
            return ["url", item.url, item.filename]
        case GitItem():
            return ["git", item.remote, item.ref, item.subdir]
        case InlineItem():
            return ["inline", item.name, item.content]


def _mount(mount: Mount) -> list[object]:
    """A mount without the identity of a stage: what a stage holds counts by its content."""
    return [
        mount.kind,
        mount.target,
        mount.source,
        type(mount.origin).__name__,
        mount.read_only,
        mount.cache_id,
        mount.sharing,
        mount.required,
        mount.size,
        mount.mode,
        mount.uid,
        mount.gid,
        mount.environment,
    ]


def sources_of(op: Operation) -> tuple[FileSystemSource, ...]:
    """The file systems, besides the one below, that a step reads; the build description is none."""
    if isinstance(op, CopyOp):
        return (op.origin,) if any(isinstance(item, PathItem) for item in op.items) else ()
    if isinstance(op, RunOp):
        return tuple(
            mount.origin
            for mount in op.mounts
            if isinstance(mount.origin, ContextSource | StageSource | ImageSource)
        )
    return ()


def stages_read(op: Operation) -> tuple[int, ...]:
    """Indexes of the stages whose files a step reads."""
    return tuple(source.index for source in sources_of(op) if isinstance(source, StageSource))
