"""``docker build``."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import replace

from engine.build.progress import CheckWarning, excerpt, failed_step, plain, raw_json, terminal, warning_list
from engine.build.trees import walk
from engine.cli.buildargs import STDIN, BuildUsageError, Output, build_request, parse_output, usage_error
from engine.cli.command import EXIT_FAILURE, EXIT_USAGE, Cli, CliError, docker_command
from engine.cli.flags import flag, option
from engine.daemon.builder import check_tag
from engine.daemon.buildkit import BuildKit
from engine.daemon.buildrequest import BuildOutcome, BuildRequest
from engine.daemon.classicbuilder import ClassicBuilder
from engine.daemon.errors import DaemonError
from engine.daemon.transfer import push
from engine.dockerfile.lint import Finding
from engine.errors import EngineError
from engine.fs import Directory, File, Files, FsError, Layer, Symlink, View, tar_bytes
from engine.image.reference import ReferenceError, parse_normalized, parse_reference
from engine.units import human_size

DEPRECATED = (
    "DEPRECATED: The legacy builder is deprecated and will be removed in a future release.\n"
    "            BuildKit is currently disabled; enable it by removing the DOCKER_BUILDKIT=0\n"
    "            environment-variable.\n\n"
)
DRIVER_LINE = 'building with "default" instance using docker driver'
_PLUGIN = "docker buildx build"
_USAGE = "\n\nUsage:  {0} [OPTIONS] PATH | URL | -\n\nRun '{0} --help' for more information"
_PROGRESS = ("auto", "plain", "tty", "rawjson", "quiet", "none")
_CALLS = ("build", "check", "targets")

_OPTIONS = (
    option("add-host", 'Add a custom host-to-IP mapping (format: "host:ip")', kind="list"),
    option("allow", "Allow extra privileged entitlement", kind="list"),
    option("annotation", "Add annotation to the image", kind="list"),
    option("attest", 'Attestation parameters (format: "type=sbom,generator=image")', kind="list"),
    option("build-arg", "Set build-time variables", kind="list"),
    option("build-context", 'Additional build contexts (e.g., "name=path")', kind="list"),
    option("builder", "Override the configured builder instance", default="default"),
    option("cache-from", 'External cache sources (e.g., "user/app:cache")', kind="list"),
    option("cache-to", "Cache export destinations", kind="list"),
    option("call", 'Set method for evaluating build ("check", "targets")', default="build"),
    option("cgroup-parent", 'Set the parent cgroup for the "RUN" instructions during build'),
    flag("check", 'Shorthand for "--call=check"'),
    flag("compress", "Compress the build context using gzip", ""),
    flag("debug", "Enable debug logging", "D"),
    option("file", 'Name of the Dockerfile (default: "PATH/Dockerfile")', "f"),
    flag("force-rm", "Always remove intermediate containers"),
    option("iidfile", "Write the image ID to a file"),
    option("label", "Set metadata for an image", kind="list"),
    flag("load", 'Shorthand for "--output=type=docker"'),
    option("memory", "Memory limit", "m", kind="bytes"),
    option("metadata-file", "Write build result metadata to a file"),
    option("network", 'Set the networking mode for the "RUN" instructions during build', default="default"),
    flag("no-cache", "Do not use cache when building the image"),
    option("no-cache-filter", "Do not cache specified stages", kind="list"),
    option("output", 'Output destination (format: "type=local,dest=path")', "o", kind="list"),
    option("platform", "Set target platform for build", kind="list"),
    option("progress", 'Set type of progress output ("auto", "none", "plain", "quiet", "rawjson", "tty")'),
    option("provenance", 'Shorthand for "--attest=type=provenance"'),
    flag("pull", "Always attempt to pull all referenced images"),
    flag("push", 'Shorthand for "--output=type=registry"'),
    flag("quiet", "Suppress the build output and print image ID on success", "q"),
    replace(flag("rm", "Remove intermediate containers after a successful build"), default=True),
    option("sbom", 'Shorthand for "--attest=type=sbom"'),
    option(
        "secret", 'Secret to expose to the build (format: "id=mysecret[,src=/local/secret]")', kind="list"
    ),
    option("shm-size", "Shared memory size for build containers", kind="bytes"),
    option("ssh", "SSH agent socket or keys to expose to the build", kind="list"),
    option("tag", 'Name and optionally a tag (format: "name:tag")', "t", kind="list"),
    option("target", "Set the target build stage to build"),
    option("ulimit", "Ulimit options", kind="list"),
)


@docker_command(
    "build",
    "image build",
    "buildx build",
    "builder build",
    arguments="[OPTIONS] PATH | URL | -",
    summary="Build an image from a Dockerfile",
    options=_OPTIONS,
)
def build(cli: Cli) -> int | Generator[bytes, None, int | None]:
    """Build with the builder that DOCKER_BUILDKIT, or else the machine, chooses."""
    if uses_classic(cli):
        return _build_classic(cli)
    if len(cli.arguments) != 1:
        raise CliError(f"ERROR: docker: '{_PLUGIN}' requires 1 argument{_USAGE.format(_PLUGIN)}")
    return _build(cli)


def uses_classic(cli: Cli) -> bool:
    """Whether the classic builder is asked for."""
    if cli.command.path.startswith("buildx"):
        return False
    chosen = cli.host.env.get("DOCKER_BUILDKIT", "").lower()
    if chosen in ("0", "false"):
        return True
    return not chosen and cli.daemon.default_builder == "classic"


# ---------------------------------------------------------------- BuildKit


def _build(cli: Cli) -> int:
    try:
        return _BuildCommand(cli).run()
    except BuildUsageError as error:
        raise CliError(f"ERROR: failed to build: {error}") from None
    except FsError as error:
        raise CliError(f"ERROR: failed to build: {error}") from None


class _BuildCommand:
    def __init__(self, cli: Cli) -> None:
        self.cli = cli
        self.flags = cli.flags
        self.mode = self._mode()
        self.call = "check" if self.flags.on("check") else self.flags.text("call")
        if self.call not in _CALLS:
            raise BuildUsageError(f'unsupported call "{self.call}"')
        self.tags = tuple(map(_checked_tag, self.flags.items("tag")))
        self.output = parse_output(cli)

    def _mode(self) -> str:
        flags = self.flags
        if flags.on("quiet"):
            return "quiet"
        chosen = flags.text("progress") or self.cli.host.env.get("BUILDKIT_PROGRESS", "") or "auto"
        if chosen not in _PROGRESS:
            raise BuildUsageError(f"invalid progress mode {chosen}")
        if chosen == "auto":
            return "tty" if self.cli.host.system.terminal else "plain"
        return chosen

    def run(self) -> int:
        """Do what is asked for; returns the exit status."""
        request = build_request(self.cli, classic=False, tags=self.tags, output=self.output)
        if self.call == "check":
            return self._check(request)
        if self.call == "targets":
            return self._list_targets(request)
        outcome = BuildKit(self.cli.daemon, request).run()
        self._show(outcome, request)
        if outcome.error is not None:
            raise CliError(self._failure(outcome, request))
        self._deliver(outcome, request)
        return 0

    # ------------------------------------------------------------------ display

    def _show(self, outcome: BuildOutcome, request: BuildRequest) -> None:
        cli = self.cli
        self._show_progress(outcome)
        if self.mode in ("quiet", "none", "rawjson"):
            return
        if outcome.error is not None:
            steps = failed_step(outcome.vertices)
            if self.mode != "tty" or steps:
                cli.err(steps)
        warnings = [_warning(finding) for finding in outcome.findings]
        text = request.dockerfile or ""
        cli.err(
            warning_list(warnings, expanded=self.flags.on("debug"), source=text, name=request.dockerfile_name)
        )

    def _show_progress(self, outcome: BuildOutcome) -> None:
        match self.mode:
            case "plain":
                self.cli.err(plain(outcome.vertices, DRIVER_LINE))
            case "tty":
                self.cli.err(terminal(outcome.vertices, failed=outcome.error is not None))
            case "rawjson":
                self.cli.err(raw_json(outcome.vertices))

    def _failure(self, outcome: BuildOutcome, request: BuildRequest) -> str:
        locations = getattr(outcome.error, "locations", ())
        shown = excerpt(request.dockerfile or "", locations, request.dockerfile_name)
        return f"{shown}ERROR: failed to build: failed to solve: {outcome.summary}"

    # ------------------------------------------------------------------ results

    def _deliver(self, outcome: BuildOutcome, request: BuildRequest) -> None:
        cli, files = self.cli, self.cli.host.files
        if self.output.kind in ("local", "tar") and outcome.tree is not None:
            _write_files(cli, outcome.tree, self.output)
        if self.mode == "quiet" and outcome.image:
            cli.out(f"{outcome.image}\n")
        if path := self.flags.text("iidfile"):
            files.write(path, outcome.image.encode())
        if path := self.flags.text("metadata-file"):
            files.write(path, _metadata(outcome, self.tags))
        if self.output.push:
            for tag in self.tags:
                try:
                    push(cli.daemon, parse_normalized(tag))
                except DaemonError as error:
                    raise CliError(
                        f"ERROR: failed to build: failed to solve: failed to push {tag}: {error}"
                    ) from None

    def _check(self, request: BuildRequest) -> int:
        outcome, error = BuildKit(self.cli.daemon, request).check()
        self._show_progress(outcome)
        if error:
            raise CliError(self._failure(outcome, request))
        self.cli.out(_check_report(outcome.findings, request))
        return 1 if outcome.findings else 0

    def _list_targets(self, request: BuildRequest) -> int:
        from engine.dockerfile.parser import parse
        from engine.dockerfile.stages import read_stages

        source = read_stages(parse(request.dockerfile or ""))
        if source.first_error is not None:
            raise CliError(f"ERROR: failed to build: failed to solve: {source.first_error}")
        rows = ["TARGET              DESCRIPTION"]
        for stage in source.stages:
            default = stage.index == len(source.stages) - 1
            name = stage.name or ""
            label = f"{name} (default)" if default and name else "(default)" if default else name
            if label:
                rows.append(label)
        self.cli.out("\n".join(rows) + "\n")
        return 0


def _checked_tag(tag: str) -> str:
    try:
        parse_reference(tag)
        return check_tag(tag)
    except ReferenceError as error:
        raise BuildUsageError(f'invalid tag "{tag}": {error}') from None


def _warning(finding: Finding) -> CheckWarning:
    return CheckWarning(finding.rule, finding.detail, finding.line, finding.url, finding.location)


def _check_report(findings: Sequence[Finding], request: BuildRequest) -> str:
    if not findings:
        return "Check complete, no warnings found.\n"
    count = len(findings)
    found = "1 warning has been found" if count == 1 else f"{count} warnings have been found"
    pieces = [f"Check complete, {found}!\n"]
    # Of one line, the stage's name is looked at before the keywords around it.
    for finding in sorted(findings, key=lambda one: (one.line, one.rule != "StageNameCasing")):
        link = f" - {finding.url}" if finding.url else ""
        shown = excerpt(request.dockerfile or "", (finding.location,), request.dockerfile_name)
        pieces.append(f"\nWARNING: {finding.rule}{link}\n{finding.detail}\n{shown}")
    return "".join(pieces)


def _metadata(outcome: BuildOutcome, tags: Sequence[str]) -> bytes:
    document: dict[str, object] = {"buildx.build.ref": f"default/default/{outcome.image[7:32]}"}
    if outcome.image:
        document["containerimage.config.digest"] = outcome.image
        document["containerimage.digest"] = outcome.image
    if tags:
        document["image.name"] = ",".join(tags)
    return json.dumps(document, indent=2).encode()


def _write_files(cli: Cli, tree: View, output: Output) -> None:
    """``--output``: the files of the result, on the host."""
    files = cli.host.files
    entries = dict(walk(tree, ""))
    if output.kind == "tar":
        data = tar_bytes(Layer(entries))
        if output.destination == STDIN:
            cli.host.write(data)
        else:
            files.write(output.destination, data)
        return
    top = output.destination.rstrip("/") or "/"
    files.make_dirs(files.absolute(top))
    for path, node in entries.items():
        where = f"{top}/{path}"
        match node:
            case Directory():
                files.make_dirs(files.absolute(where))
            case File():
                _replace(files, where)
                files.write(where, node.content)
                files.chmod(where, node.mode)
                files.touch(where, node.mtime)
            case Symlink():
                _replace(files, where)
                files.symlink(node.target, where)


def _replace(files: Files, where: str) -> None:
    if files.find(where, follow=False) is not None:
        files.remove(where)


# ---------------------------------------------------------------- the classic builder


def _build_classic(cli: Cli) -> Generator[bytes, None, int | None]:
    cli.err(DEPRECATED)
    flags = cli.flags
    if len(cli.arguments) != 1:
        raise usage_error(cli, f"docker: '{cli.command.full_path}' requires 1 argument", EXIT_FAILURE)
    tags: list[str] = []
    for tag in flags.items("tag"):
        try:
            tags.append(check_tag(tag))
        except ReferenceError as error:
            raise usage_error(
                cli, f'invalid argument "{tag}" for "-t, --tag" flag: {error}', EXIT_USAGE
            ) from None
    for name in ("build-context", "secret", "ssh", "output", "no-cache-filter", "check", "metadata-file"):
        if name in flags.changed:
            raise usage_error(cli, f"the --{name} option requires BuildKit", EXIT_USAGE)
    try:
        request = build_request(cli, classic=True, tags=tuple(tags), output=Output())
    except BuildUsageError as error:
        raise CliError(str(error)) from None
    builder = ClassicBuilder(cli.daemon, request)
    quiet = flags.on("quiet")
    if not quiet:
        yield f"Sending build context to Docker daemon {human_size(builder.context_size):>8}\r\r\n".encode()
    outcome = builder.run()
    if outcome.error:
        if quiet:
            cli.err(outcome.output)
        else:
            yield outcome.output.encode("utf-8", "surrogateescape")
        prefix = "Error response from daemon: " if outcome.from_daemon else ""
        raise CliError(f"{prefix}{outcome.error}", outcome.exit_code)
    yield (f"{outcome.image}\n" if quiet else outcome.output).encode("utf-8", "surrogateescape")
    if path := flags.text("iidfile"):
        try:
            cli.host.files.write(path, outcome.image.encode())
        except EngineError as error:
            raise CliError(str(error)) from None
    return 0
