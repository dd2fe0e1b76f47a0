"""From the command line of ``docker build`` to a request: context, Dockerfile, ignore file, secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.build.executor import Secrets
from engine.catalogue.world import UnknownHost, fetch, repository
from engine.cli.command import Cli, CliError
from engine.daemon.buildcontext import ContextDirectory, ignore_file, read_archive, read_context
from engine.daemon.buildrequest import BuildRequest
from engine.dockerfile.dockerignore import IgnoreFileError, IgnoreMatcher
from engine.errors import EngineError
from engine.fs import Content, Directory, File, Files, FsError, Node

STDIN = "-"
DEFAULT_DOCKERFILE = "Dockerfile"
_TAR_MAGIC_AT = 257
_TAR_MAGIC = b"ustar"
_REMOTE = ("http://", "https://", "git://", "git@", "ssh://", "github.com/")


class BuildUsageError(EngineError):
    """The command line asks for something that cannot be; ``str()`` is the reason alone."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where the result goes: ``kind`` is ``image``, ``local`` or ``tar``; ``destination`` a host path."""

    kind: str = "image"
    destination: str = ""
    push: bool = False


@dataclass(frozen=True, slots=True)
class _Definition:
    """The Dockerfile and the directory that goes with it."""

    text: str | None
    name: str
    mtime: int
    context: ContextDirectory
    matcher: IgnoreMatcher | None = None
    ignore_size: int | None = None


def build_request(cli: Cli, *, classic: bool, tags: tuple[str, ...], output: Output) -> BuildRequest:
    """Everything the builder has to know. Raises BuildUsageError, FsError, EngineError."""
    flags = cli.flags
    environment = cli.host.env
    definition = _definition(cli, classic=classic)
    directories: dict[str, ContextDirectory] = {}
    images: dict[str, str] = {}
    for text in flags.items("build-context"):
        name, equals, value = text.partition("=")
        if not equals:
            raise BuildUsageError(f"invalid context value: {text}, expected key=value")
        if value.startswith("docker-image://"):
            images[name] = value.removeprefix("docker-image://")
        elif value.startswith(_REMOTE):
            directories[name] = _remote(value)[0]
        else:
            directories[name] = _named_directory(cli.host.files, name, value)
    stages = frozenset(
        name.strip().lower() for text in flags.items("no-cache-filter") for name in text.split(",") if name
    )
    destinations = {"local": "client directory", "tar": "client tarball"}
    return BuildRequest(
        dockerfile=definition.text,
        dockerfile_name=definition.name,
        context=definition.context,
        matcher=definition.matcher,
        ignore_size=definition.ignore_size,
        dockerfile_mtime=definition.mtime,
        contexts=directories,
        image_contexts=images,
        tags=tags,
        build_args=_pairs(flags.items("build-arg"), environment),
        labels={key: value for key, _, value in (text.partition("=") for text in flags.items("label"))},
        target=flags.text("target"),
        platform=_platform(flags.items("platform")),
        pull=flags.on("pull"),
        no_cache=flags.on("no-cache"),
        no_cache_stages=stages,
        secrets=_secrets(cli),
        hosts=tuple(map(_host_line, flags.items("add-host"))),
        cache_from=tuple(filter(None, map(_cache_source, flags.items("cache-from")))),
        network=flags.text("network"),
        remove=flags.on("rm"),
        force_remove=flags.on("force-rm"),
        export="files" if output.kind in destinations else "image",
        destination=destinations.get(output.kind, ""),
    )


def _pairs(texts: list[str], environment: Mapping[str, str]) -> dict[str, str]:
    """``NAME=value``; a bare ``NAME`` takes the value of the client's environment, if it has one."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if equals:
            found[name] = value
        elif name in environment:
            found[name] = environment[name]
    return found


def _platform(values: list[str]) -> str:
    names = [name for value in values for name in value.split(",") if name]
    if len(names) > 1:
        raise BuildUsageError(
            "Multi-platform build is not supported for the docker driver.\n"
            "Switch to a different driver, or turn on the containerd image store, and try again.\n"
            "Learn more at https://docs.docker.com/go/build-multi-platform/"
        )
    return names[0] if names else "linux/amd64"


def _cache_source(text: str) -> str:
    """The image a ``--cache-from`` names; "" for a source that is no image."""
    if "=" not in text:
        return text
    fields = _fields(text)
    return fields.get("ref", "") if fields.get("type", "registry") == "registry" else ""


def _host_line(text: str) -> str:
    name, separator, address = text.partition("=")
    if not separator:
        name, separator, address = text.partition(":")
    if not separator:
        raise BuildUsageError(f"invalid host {text}")
    return f"{address}\t{name}"


# ---------------------------------------------------------------- the context


def _definition(cli: Cli, *, classic: bool) -> _Definition:
    files = cli.host.files
    where = cli.arguments[0]
    dockerfile = cli.flags.text("file")
    if where == STDIN:
        return _from_stdin(cli, dockerfile)
    if where.startswith(_REMOTE):
        return _from_remote(where, dockerfile)
    if not files.is_dir(where):
        raise BuildUsageError(f'unable to prepare context: path "{where}" not found')
    if dockerfile == STDIN:
        data = b"".join(cli.host.stdin.chunks())
        return _with_context(files, where, _decoded(data), DEFAULT_DOCKERFILE, 0, f"{where}/-", classic)
    path = dockerfile or f"{where.rstrip('/') or '/'}/{DEFAULT_DOCKERFILE}"
    return _from_directory(cli, where, path, classic=classic)


def _from_directory(cli: Cli, where: str, path: str, *, classic: bool) -> _Definition:
    files = cli.host.files
    if classic and cli.flags.text("file") and not files.exists(path):
        path = f"{where.rstrip('/')}/{cli.flags.text('file')}" if not path.startswith("/") else path
    name = path.rpartition("/")[2]
    node = files.find(path)
    if classic and node is None:
        raise BuildUsageError(
            "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat "
            f"{files.absolute(path)}: no such file or directory"
        )
    text: str | None = None
    mtime = 0
    if isinstance(node, File):
        text, mtime = _decoded(files.read(path)), node.mtime
    elif isinstance(node, Directory):
        raise BuildUsageError(f"failed to read dockerfile: read {path}: is a directory")
    return _with_context(files, where, text, name, mtime, path, classic)


def _with_context(
    files: Files, where: str, text: str | None, name: str, mtime: int, path: str, classic: bool
) -> _Definition:
    found = ignore_file(files, where, path)
    matcher = None
    always: tuple[str, ...] = ()
    if found is not None:
        try:
            matcher = IgnoreMatcher.from_file(found[1])
        except IgnoreFileError as error:
            raise BuildUsageError(
                f"error reading .dockerignore: {error}" if classic else str(error)
            ) from None
        top = files.real_path(where).rstrip("/")
        real = files.real_path(path) if files.exists(path) else ""
        inside = real.removeprefix(top + "/") if real.startswith(top + "/") else ""
        always = tuple(one for one in (inside, ".dockerignore") if one) if classic else ()
    context = read_context(files, where, matcher, always)
    size = len(found[1].encode("utf-8", "surrogateescape")) if found is not None else None
    return _Definition(text, name, mtime, context, matcher, size)


def _from_stdin(cli: Cli, dockerfile: str) -> _Definition:
    """``docker build -``: an archive with everything, or a Dockerfile and no files at all."""
    data = b"".join(cli.host.stdin.chunks())
    if dockerfile == STDIN:
        raise BuildUsageError("invalid argument: can't use stdin for both build context and dockerfile")
    if not data:
        raise BuildUsageError("failed to peek context header from STDIN: EOF")
    if data[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == _TAR_MAGIC or data.startswith(b"\x1f\x8b"):
        return _in_context(read_archive(_plain(data), cli.host.budget), dockerfile)
    return _Definition(_decoded(data), DEFAULT_DOCKERFILE, 0, ContextDirectory(STDIN, {}))


def _plain(data: bytes) -> bytes:
    import zlib

    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return zlib.decompressobj(wbits=31).decompress(data, 64 * 1024 * 1024)
    except zlib.error as error:
        raise BuildUsageError(f"gzip: invalid header ({error})") from None


def _in_context(context: ContextDirectory, dockerfile: str) -> _Definition:
    """The Dockerfile and the ignore file stand in the context itself."""
    name = dockerfile or DEFAULT_DOCKERFILE
    node = context.nodes.get(name)
    text = _decoded(node.content.head) if isinstance(node, File) else None
    ignore = context.nodes.get(f"{name}.dockerignore") or context.nodes.get(".dockerignore")
    if not isinstance(ignore, File):
        return _Definition(text, name.rpartition("/")[2], 0, context)
    matcher = IgnoreMatcher.from_file(_decoded(ignore.content.head))
    kept: dict[str, Node] = {path: one for path, one in context.nodes.items() if not matcher.ignores(path)}
    return _Definition(
        text,
        name.rpartition("/")[2],
        0,
        ContextDirectory(context.key, kept),
        matcher,
        ignore.content.size,
    )


def _from_remote(url: str, dockerfile: str) -> _Definition:
    context, text = _remote(url)
    if text is not None:
        return _Definition(text, DEFAULT_DOCKERFILE, 0, context)
    return _in_context(context, dockerfile)


def _remote(url: str) -> tuple[ContextDirectory, str | None]:
    """A repository or archive as a context, or a Dockerfile's text and an empty one."""
    address, _, fragment = url.partition("#")
    subdirectory = fragment.partition(":")[2].strip("/")
    found = repository(address)
    if found is not None:
        nodes: dict[str, Node] = {}
        prefix = f"{subdirectory}/" if subdirectory else ""
        for path, text in found.files:
            if path.startswith(prefix):
                nodes[path[len(prefix) :]] = File(Content(text.encode()))
        return ContextDirectory(url, nodes), None
    if not url.startswith(("http://", "https://")) or address.endswith(".git"):
        raise BuildUsageError(
            f"failed to read dockerfile: failed to load cache key: failed to fetch remote {address}: "
            f"git stderr:\nfatal: repository '{address}' not found: exit status 128"
        )
    try:
        page = fetch(url)
    except UnknownHost as error:
        raise BuildUsageError(
            f'failed to fetch {url}: Get "{url}": dial tcp: lookup {error} on 192.0.2.53:53: no such host'
        ) from None
    if page.status >= 400:
        raise BuildUsageError(f"failed to fetch {url}: invalid response status {page.status}")
    data = b"".join(page.content.chunks()) if page.content.size < 1 << 26 else b""
    return ContextDirectory(url, {}), _decoded(data)


def _named_directory(files: Files, name: str, path: str) -> ContextDirectory:
    if not files.is_dir(path):
        raise BuildUsageError(f"failed to get build context {name}: stat {path}: no such file or directory")
    found = ignore_file(files, path, f"{path.rstrip('/')}/")
    return read_context(files, path, IgnoreMatcher.from_file(found[1]) if found is not None else None)


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


# ---------------------------------------------------------------- secrets and output


def _secrets(cli: Cli) -> Secrets:
    values: dict[str, bytes] = {}
    for text in cli.flags.items("secret"):
        fields = _fields(text)
        identity = fields.get("id", "")
        source = fields.get("src") or fields.get("source") or ""
        variable = fields.get("env", "")
        if not identity:
            raise (
                BuildUsageError("secret must have ID")
                if not source
                else BuildUsageError(f"invalid secret {text}: id is required")
            )
        if fields.get("type") == "env" and not variable:
            variable = source or identity
        if source and not variable:
            try:
                values[identity] = cli.host.files.read(source)
            except FsError as error:
                raise BuildUsageError(
                    f"failed to stat {source}: stat {source}: {error.reason.lower()}"
                ) from None
            continue
        found = cli.host.env.get(variable or identity)
        if found is not None:
            values[identity] = found.encode("utf-8", "surrogateescape")
    sockets = tuple(text.partition("=")[0] for text in cli.flags.items("ssh"))
    return Secrets(values, sockets)


def _fields(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if not equals:
            raise BuildUsageError(f"invalid field '{part}' must be a key=value pair")
        found[key.strip().lower()] = value
    return found


def parse_output(cli: Cli) -> Output:
    """``--output``, ``--load`` and ``--push``. Raises BuildUsageError."""
    texts = cli.flags.items("output")
    wants_push = cli.flags.on("push")
    if not texts:
        return Output(push=wants_push)
    if len(texts) > 1:
        raise BuildUsageError("multiple outputs currently unsupported by the docker driver")
    text = texts[0]
    if "=" not in text:
        return Output("tar", STDIN) if text == STDIN else Output("local", text)
    fields = _fields(text)
    kind = fields.get("type", "")
    destination = fields.get("dest", "")
    if not kind:
        raise BuildUsageError("type is required for output")
    if kind in ("docker", "image", "registry"):
        return Output(push=wants_push or kind == "registry" or fields.get("push") == "true")
    if kind not in ("local", "tar"):
        raise BuildUsageError(
            f"{kind.upper() if kind == 'oci' else kind} exporter is not supported for the docker driver.\n"
            "Switch to a different driver, or turn on the containerd image store, and try again.\n"
            "Learn more at https://docs.docker.com/go/build-exporters/"
        )
    if kind == "local" and not destination:
        raise BuildUsageError("dest is required for local output")
    return Output(kind, destination or STDIN)


def usage_error(cli: Cli, message: str, status: int) -> CliError:
    """A refusal of the client with the usage line below."""
    return CliError(cli.command.framed(message), status)
