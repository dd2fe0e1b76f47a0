"""Where a build finds images and what ADD fetches: this daemon, the registries, the simulated network."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.build.copying import Matcher
from engine.build.executor import Checkout, Download, FoundImage
from engine.build.ops import (
    BaseImage,
)
from engine.build.solver import DOWNLOAD_RATE
from engine.build.trees import tree_of
from engine.catalogue.world import UnknownHost, fetch, repository
from engine.clock import SECOND
from engine.content import ImageID
from engine.daemon.daemon import Daemon
from engine.daemon.errors import DaemonError, NotFound
from engine.daemon.transfer import RemoteImage, find_remote, pull
from engine.dockerfile.dockerignore import IgnoreMatcher
from engine.errors import EngineError
from engine.fs import Content, File, Node
from engine.image.image import Image
from engine.image.reference import parse_normalized

_MAX_REDIRECTS = 5
NO_SUCH_IMAGE = (
    "pull access denied, repository does not exist or may require authorization: server message: "
    "insufficient_scope: authorization failed"
)


class BuildImages:
    """Finds images for a build: this machine's first, then a registry's."""

    def __init__(self, daemon: Daemon, *, classic: bool, pull_always: bool, dry: bool) -> None:
        self.daemon = daemon
        self.classic = classic
        self.pull_always = pull_always
        self.dry = dry
        self.aliases: Mapping[str, str] = {}
        self._found: dict[str, FoundImage] = {}

    def resolve(self, written: str, platform: str) -> BaseImage:
        """The image called ``written``. Raises EngineError in the builder's words."""
        name = self.aliases.get(written, written)
        reference = parse_normalized(name).tagged()
        full = str(reference)
        known = self._found.get(full)
        if known is None:
            known = self._look_up(name, full, platform)
            self._found[full] = known
            self._found[known.base.reference] = known
        return known.base

    def find(self, reference: str, platform: str) -> FoundImage:
        """The image a resolved reference means."""
        known = self._found.get(reference)
        if known is None:
            self.resolve(reference, platform)
            known = self._found[str(parse_normalized(reference).tagged())]
        return known

    def found(self) -> list[FoundImage]:
        """Every image asked for so far."""
        return list({id(image): image for image in self._found.values()}.values())

    def sizes(self) -> dict[str, int]:
        """Bytes of every image asked for so far, by the reference a plan has for it."""
        return {image.base.reference: sum(ref.size for ref in image.layers) for image in self.found()}

    def _look_up(self, name: str, full: str, platform: str) -> FoundImage:
        if not self.pull_always:
            local = self._local(name)
            if local is not None:
                return _found_image(full, self.daemon.state.images[local].image, local)
        if self.classic:
            return self._pulled(name, full)
        try:
            remote = find_remote(self.daemon, parse_normalized(name).tagged())
        except DaemonError as error:
            raise EngineError(
                f"failed to resolve source metadata for {full}: {_reason(error, full)}"
            ) from error
        return _remote(full, remote)

    def _local(self, name: str) -> ImageID | None:
        reference = self.daemon.find_reference(name)
        if reference is not None:
            return self.daemon.state.tags[reference]
        if self.classic or "@" in name:
            try:
                return self.daemon.find_image(name)
            except DaemonError:
                return None
        return None

    def _pulled(self, name: str, full: str) -> FoundImage:
        if self.dry:
            remote = find_remote(self.daemon, parse_normalized(name).tagged())
            return _found_image(full, remote.image, remote.image.id)
        done = pull(self.daemon, name)
        state = "Downloaded newer image for" if done.is_new else "Image is up to date for"
        lines = [f"{done.tag}: Pulling from {done.repository}"]
        lines += [f"{layer.name}: {layer.outcome}" for layer in done.layers]
        lines += [f"Digest: {done.digest}", f"Status: {state} {parse_normalized(name).tagged().familiar}"]
        self.daemon.clock.advance(sum(layer.sent for layer in done.layers) * SECOND // DOWNLOAD_RATE)
        found = _found_image(full, self.daemon.state.images[done.image].image, done.image)
        return replace(found, notice="\n".join(lines) + "\n")


def _found_image(reference: str, image: Image, identity: str) -> FoundImage:
    platform = "/".join(part for part in (image.os, image.architecture, image.variant) if part)
    base = BaseImage(
        reference=reference,
        config=image.config,
        history=image.history,
        author=image.author,
        platform=platform,
        has_layers=bool(image.layers),
    )
    return FoundImage(base, image.layers, identity)


def _remote(full: str, remote: RemoteImage) -> FoundImage:
    reference = full if "@" in full else f"{full}@{remote.digest}"
    found = _found_image(reference, remote.image, remote.image.id)
    return replace(found, download=sum(remote.layer_sizes), digests=tuple(remote.layer_digests))


def _reason(error: DaemonError, full: str) -> str:
    if isinstance(error, NotFound):
        return NO_SUCH_IMAGE
    if "manifest unknown" in str(error):
        return f"{full}: not found"
    return str(error)


class SimulatedNetwork:
    """ADD's downloads and checkouts from the simulated network."""

    def download(self, url: str) -> Download:
        """The file at ``url``; redirects are followed."""
        here = url
        for _ in range(_MAX_REDIRECTS):
            try:
                page = fetch(here)
            except UnknownHost as error:
                host = str(error)
                raise EngineError(
                    f'Get "{here}": dial tcp: lookup {host} on 192.0.2.53:53: no such host'
                ) from error
            if page.status // 100 == 3 and page.location:
                here = page.location
                continue
            if page.status >= 400:
                raise EngineError(f"invalid response status {page.status}")
            return Download(page.content)
        raise EngineError(f'Get "{url}": stopped after {_MAX_REDIRECTS} redirects')

    def checkout(self, remote: str, ref: str, *, keep_git_dir: bool) -> Checkout:
        """The repository's files at a branch, tag or commit."""
        found = repository(remote)
        if found is None:
            raise EngineError(
                f"failed to fetch remote {remote}: git stderr:\nfatal: repository '{remote}' not found: "
                "exit status 128"
            )
        commit = found.commits[0][0] if found.commits else "0" * 40
        if ref and ref not in (found.branch, f"refs/heads/{found.branch}"):
            matching = [one for one, _, _ in found.commits if one.startswith(ref) or ref.startswith(one)]
            if not matching:
                raise EngineError(
                    f"failed to fetch remote {remote}: git stderr:\nfatal: couldn't find remote ref {ref}: "
                    "exit status 128"
                )
            commit = matching[0]
        nodes: dict[str, Node] = {path: File(Content(text.encode())) for path, text in found.files}
        if keep_git_dir:
            nodes[".git/HEAD"] = File(Content(f"ref: refs/heads/{found.branch}\n".encode()))
            nodes[f".git/refs/heads/{found.branch}"] = File(Content(f"{commit}\n".encode()))
        return Checkout(commit, tree_of(nodes))


def compile_patterns(patterns: Sequence[str]) -> Matcher:
    """``--exclude`` and ``--parents`` patterns, as the ignore file's matcher reads them."""
    return IgnoreMatcher.from_patterns(tuple(patterns))
