"""The daemon at work: a mutable facade over one DaemonState for the length of one evaluation.

Trees of containers and volumes are opened on first use and frozen back into layers by ``freeze``.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from engine.budget import EXIT_STATUS_STOPPED, Budget, BudgetExceeded, Limits
from engine.clock import SECOND, Clock, rfc3339
from engine.content import BlobStore, ImageID, canonical_json
from engine.daemon.errors import Conflict, DaemonError, NotFound
from engine.daemon.names import container_name, make_id
from engine.daemon.network import container_address, peers
from engine.daemon.sandbox import DEFAULT_PATH, sandbox_mounts
from engine.daemon.state import Container, DaemonState, HostConfig, ImageRecord, Network, Volume, VolumeMount
from engine.errors import EngineError
from engine.events import (
    ContainerCommitted,
    ContainerCreated,
    ContainerExited,
    ContainerRemoved,
    ContainerStarted,
    CopiedUp,
    Event,
    ExecRan,
    ImageTagged,
    LayerCommitted,
    PathAdded,
    PathHidden,
)
from engine.fs import (
    EMPTY_LAYER,
    EMPTY_VIEW,
    Change,
    Credentials,
    Directory,
    File,
    Files,
    Layer,
    Mount,
    Namespace,
    OverlayFS,
    changes,
)
from engine.image.config import ImageConfig
from engine.image.history import History
from engine.image.image import Image, LayerRef, load_layer, load_view, store_changes, store_layer
from engine.image.reference import ReferenceError, parse_normalized
from engine.registry import Hub
from engine.shell.process import Interactive, Peer, Sink, Source, StaysUp, System
from engine.shell.run import CommandNotFound, NotExecutable, execute
from engine.shell.sh import ShellRequest
from engine.shell.state import ShellState
from engine.shell.users import Accounts, UnknownUser

DEFAULT_NETWORKS = ("bridge", "host", "none")
EXIT_KILLED = 137
BACKGROUND_LIMITS = Limits(steps=20_000, output=200_000)
"""What a detached main process may use before it is taken for one that never ends."""
SHORTEST_RUN = SECOND // 5
"""Time (ns) a main process may take and still have ended by the time ``docker run -d`` returns."""
MOST_CONTAINERS, MOST_IMAGES, MOST_VOLUMES = 300, 1000, 300
"""How much one learner's daemon keeps."""
LONGEST_LOG = 2000
"""Pieces of output kept of one run of a main process."""


@dataclass(frozen=True)
class ContainerPrompt:
    """An interactive shell was opened in a container: what the session needs to keep its prompt."""

    container: str
    shell: ShellState
    is_main: bool
    """Whether that shell is the container's main process, so that leaving it ends the container."""


@dataclass(frozen=True)
class Attachment:
    """The terminal is attached to a container whose main process goes on: it waits for Ctrl-C."""

    container: str


class NoWorkingDirectory(EngineError):
    """``docker exec -w`` names a directory that the container does not have."""

    status = 127

    def __init__(self, path: str) -> None:
        super().__init__(f'chdir to cwd ("{path}") set in config.json failed: no such file or directory')


def _opened(container: Container, interactive: Interactive, *, is_main: bool) -> Interactive:
    """The same request, seen from outside the container."""
    return Interactive(ContainerPrompt(container.id, interactive.request.state, is_main))


_Piece = tuple[int, str, bytes]
"""When (ns), on which stream, and what a main process printed."""


class _Collector:
    """A sink that keeps what is written, in order, with the time and the stream's name."""

    def __init__(self, stream: str, pieces: list[_Piece], through: Sink | None, clock: Clock) -> None:
        self._stream = stream
        self._pieces = pieces
        self._through = through
        self._clock = clock

    def write(self, data: bytes) -> None:
        self._pieces.append((self._clock.now, self._stream, data))
        if self._through is not None:
            self._through.write(data)


class SilentInput:
    """An open standard input that nobody types at: reading it waits for ever."""

    def __init__(self, is_terminal: bool) -> None:
        self.is_terminal = is_terminal

    def read_line(self) -> bytes:
        raise StaysUp

    def chunks(self) -> Iterator[bytes]:
        raise StaysUp


class ClosedInput:
    """A standard input at its end."""

    is_terminal = False

    def read_line(self) -> bytes:
        return b""

    def chunks(self) -> Iterator[bytes]:
        return iter(())


def _processes(container: Container, command: str) -> tuple[tuple[int, str, str], ...]:
    """What runs in a container that stays up with ``command``: an entrypoint script has become it, a shell
    with a command line waits for it."""
    user = container.config.user or "root"
    main = " ".join(container.command)
    if not command or command == main:
        return ((1, user, main),)
    if "-c" in container.command:
        return ((1, user, main), (7, user, command))
    return ((1, user, command),)


class Daemon:
    """Verbs over images, containers, volumes and networks. Raises DaemonError and its subclasses."""

    def __init__(
        self,
        state: DaemonState,
        store: BlobStore,
        clock: Clock,
        budget: Budget,
        *,
        hub: Hub,
        seed: str,
        serial: int,
        host: Files | None = None,
        events: list[Event] | None = None,
    ) -> None:
        self.state = state
        self.store = store
        self.clock = clock
        self.budget = budget
        self.hub = hub
        self.seed = seed
        self.serial = serial
        self.host = host
        """The host's files as root sees them, for bind mounts and archives."""
        self.default_builder = "buildkit"
        """What ``docker build`` uses unless DOCKER_BUILDKIT says otherwise: ``buildkit`` or ``classic``."""
        self.events: list[Event] = [] if events is None else events
        self._in_background = False
        self._trees: dict[str, tuple[OverlayFS, int]] = {}
        self._volume_trees: dict[str, tuple[OverlayFS, int]] = {}
        if not state.networks:
            self._create_default_networks()

    def _create_default_networks(self) -> None:
        networks = {}
        for name in DEFAULT_NETWORKS:
            driver = "null" if name == "none" else name
            identity = self.new_id("network")
            networks[identity] = Network(identity, name, self.clock.now, driver)
        self.state = self.state.changed(networks=networks)

    def new_id(self, kind: str) -> str:
        """A fresh 64-digit id."""
        self.serial += 1
        return make_id(self.seed, kind, self.serial)

    def log(self, kind: str, action: str, actor: str, **facts: str | int) -> None:
        """Add a row to what ``docker events`` shows (the last 256 are kept).

        ``actor`` is a name, or an id where a name would not do; ``facts`` are what later cannot be looked up.
        """
        noted = [f"{name}={value}" for name, value in facts.items()]
        row = (self.clock.now, kind, action, " ".join([actor, *noted]))
        self.state = self.state.changed(log=(*self.state.log[-255:], row))

    # ------------------------------------------------------------------ images

    def find_image(self, name: str) -> ImageID:
        """The image a reference, an id or a unique id prefix names. Raises NotFound."""
        reference = self.find_reference(name)
        if reference is not None:
            return self.state.tags[reference]
        digits = name.removeprefix("sha256:")
        if digits and all(digit in "0123456789abcdef" for digit in digits):
            found = [identity for identity in self.state.images if identity[7:].startswith(digits)]
            if len(found) == 1:
                return found[0]
        for identity, record in self.state.images.items():
            if name in record.repo_digests:
                return identity
        raise NotFound(f"No such image: {self._shown(name)}")

    def _shown(self, name: str) -> str:
        try:
            return parse_normalized(name).tagged().familiar
        except ReferenceError as error:
            raise DaemonError(str(error)) from error

    def find_reference(self, name: str) -> str | None:
        """The full tag ``name`` stands for, when this daemon has it."""
        try:
            full = str(parse_normalized(name).tagged())
        except ReferenceError:
            return None
        return full if full in self.state.tags else None

    def image(self, name: str) -> ImageRecord:
        """The record of ``find_image(name)``."""
        return self.state.images[self.find_image(name)]

    def tags_of(self, identity: str) -> list[str]:
        """Full references that point at the image, sorted."""
        return sorted(reference for reference, target in self.state.tags.items() if target == identity)

    def add_image(self, image: Image, **facts: Any) -> ImageID:
        """Keep an image (again: its facts are updated)."""
        identity = image.id
        images = dict(self.state.images)
        old = images.pop(identity, None)
        if old is None:
            self._make_room("images", len(images), MOST_IMAGES)
            known = {layer.digest for record in self.state.images.values() for layer in record.image.layers}
            rows = [row for row in image.history if not row.empty_layer]
            for layer, row in zip(image.layers, rows, strict=False):
                if layer.digest not in known:
                    self.events.append(LayerCommitted(layer.diff_id, layer.size, row.created_by))
            images[identity] = ImageRecord(image, stored_at=self.clock.now, **facts)
        else:
            images[identity] = replace(old, **facts)
        self.state = self.state.changed(images=images)
        return identity

    def tag(self, identity: ImageID, reference: str, *, announced: bool = True) -> None:
        """Let the full ``reference`` point at the image, wherever it pointed before.

        ``announced`` tells ``docker events``; a pull or load announces itself.
        """
        previous = self.state.tags.get(reference, "")
        tags = {**self.state.tags, reference: identity}
        images = dict(self.state.images)
        images[identity] = replace(images[identity], tagged_at=self.clock.now)
        self.state = self.state.changed(tags=tags, images=images)
        self.events.append(ImageTagged(reference, identity, previous))
        if announced:
            self.log("image", "tag", identity, name=parse_normalized(reference).familiar)

    def view_layers(self, identity: str) -> tuple[LayerRef, ...]:
        """The layers of an image, bottom first."""
        return self.state.images[ImageID(identity)].image.layers

    # ------------------------------------------------------------------ containers: look-up

    def find_container(self, name: str) -> Container:
        """A container by name, id or unique id prefix. Raises NotFound."""
        wanted = name.removeprefix("/")
        exact = self.state.containers.get(wanted)
        if exact is not None:
            return exact
        for container in self.state.containers.values():
            if container.name == wanted:
                return container
        found = [c for c in self.state.containers.values() if wanted and c.id.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            raise DaemonError(f"Multiple IDs found with provided prefix: {wanted}")
        raise NotFound(f"No such container: {name}")

    def update(self, container: Container) -> Container:
        """Store ``container`` in place of the one with its id."""
        self.state = self.state.changed(containers={**self.state.containers, container.id: container})
        return container

    # ------------------------------------------------------------------ containers: files

    def tree(self, container: Container) -> OverlayFS:
        """The container's files: its image's layers and its read-write layer."""
        opened = self._trees.get(container.id)
        if opened is None:
            view = load_view(self.store, self.view_layers(container.image))
            upper = load_layer(self.store, container.upper) if container.upper else EMPTY_LAYER
            tree = OverlayFS(view, upper, self.clock)
            opened = self._trees[container.id] = (tree, tree.generation)
        return opened[0]

    def written(self, container: Container) -> Layer:
        """The container's read-write layer as it is now."""
        if container.id in self._trees:
            return self._trees[container.id][0].upper_layer()
        return load_layer(self.store, container.upper) if container.upper else EMPTY_LAYER

    def volume_tree(self, name: str) -> OverlayFS:
        """A volume's files."""
        opened = self._volume_trees.get(name)
        if opened is None:
            volume = self.state.volumes[name]
            upper = load_layer(self.store, volume.content) if volume.content else EMPTY_LAYER
            tree = OverlayFS(EMPTY_VIEW, upper, self.clock)
            opened = self._volume_trees[name] = (tree, tree.generation)
        return opened[0]

    def diff(self, container: Container) -> list[Change]:
        """What ``docker diff`` shows."""
        return changes(self.tree(container))

    def namespace(self, container: Container) -> Namespace:
        """The container's mount table."""
        host = container.host_config
        address = container_address(self.state, container)
        mounts = list(sandbox_mounts(self.clock, container.hostname, address, host.extra_hosts))
        for mount in host.mounts:
            target = mount.target.strip("/")
            if mount.kind == "volume":
                mounts.append(Mount(target, self.volume_tree(mount.source), "", mount.read_only, "volume"))
            elif mount.kind == "tmpfs":
                mounts.append(Mount(target, OverlayFS(EMPTY_VIEW, clock=self.clock), "", False, "tmpfs"))
            elif self.host is not None:
                place = self.host.locate(mount.source)
                mounts.append(Mount(target, place.tree, place.path, mount.read_only, "bind"))
        return Namespace(self.tree(container), tuple(mounts), read_only=host.read_only)

    def system(self, container: Container, typed: list[bytes], terminal: bool) -> System:
        """The simulated computer that the container's processes see."""
        return System(
            namespace=self.namespace(container),
            clock=self.clock,
            budget=self.budget,
            hostname=container.hostname,
            kind="container",
            network=container.host_config.network != "none",
            terminal=terminal,
            typed=typed,
            events=self.events,
            random_seed=f"{self.seed}/{container.id}",
            serial=self.serial,
            processes=list(container.processes),
            find_peer=self.peers_of(container),
        )

    def peers_of(self, origin: Container | None) -> Callable[[str, int], Peer | None]:
        """How ``origin`` (None: the host) finds containers on the network."""
        return peers(lambda: self.state, origin, self.namespace, self.clock, self.budget)

    def environment(self, config: ImageConfig, hostname: str, home: str, terminal: bool) -> dict[str, str]:
        """The variables a process starts with, in Docker's order."""
        env = {"PATH": DEFAULT_PATH, "HOSTNAME": hostname}
        if terminal:
            env["TERM"] = "xterm"
        for pair in config.env:
            name, _, value = pair.partition("=")
            env[name] = value
        env.setdefault("HOME", home)
        return env

    # ------------------------------------------------------------------ containers: life

    def create(
        self,
        image_name: str,
        *,
        name: str = "",
        command: tuple[str, ...] = (),
        entrypoint: tuple[str, ...] | None = None,
        changes: Mapping[str, Any] | None = None,
        host_config: HostConfig | None = None,
        hostname: str = "",
        tty: bool = False,
        open_stdin: bool = False,
        attached: bool = False,
    ) -> Container:
        """A container that is not started yet.

        ``changes`` replaces fields of the image's ImageConfig (env, user, working_dir, labels …).
        Raises Conflict for a name in use, DaemonError when there is nothing to execute.
        """
        identity = self.find_image(image_name)
        config = self.state.images[identity].image.config
        if entrypoint is not None:
            config = replace(config, entrypoint=entrypoint or None, cmd=command or None)
        elif command:
            config = replace(config, cmd=command)
        config = replace(config, **(changes or {}))
        argv = (*(config.entrypoint or ()), *(config.cmd or ()))
        if not argv:
            raise DaemonError("no command specified")
        for other in self.state.containers.values():
            if name and other.name == name:
                raise Conflict(
                    f'Conflict. The container name "/{name}" is already in use by container "{other.id}". '
                    "You have to remove (or rename) that container to be able to reuse that name."
                )
        self._make_room("containers", len(self.state.containers), MOST_CONTAINERS)
        container_id = self.new_id("container")
        container = Container(
            id=container_id,
            name=name or self._free_name(container_id),
            image=identity,
            image_name=image_name,
            created=self.clock.now,
            config=config,
            host_config=self._with_volumes(host_config or HostConfig(), config),
            hostname=hostname or container_id[:12],
            tty=tty,
            open_stdin=open_stdin,
            attached=attached,
            path=argv[0],
            args=argv[1:],
        )
        self.update(container)
        self._fill_volumes(container)
        self.events.append(ContainerCreated(container.id, container.name, image_name))
        self.log("container", "create", container.name)
        return container

    @staticmethod
    def _make_room(what: str, present: int, most: int) -> None:
        if present >= most:
            raise DaemonError(f"the lab keeps at most {most} {what}: remove some first")

    def _free_name(self, identity: str) -> str:
        taken = {container.name for container in self.state.containers.values()}
        name = container_name(identity)
        return name if name not in taken else f"{name}{identity[12]}"

    def _with_volumes(self, host: HostConfig, config: ImageConfig) -> HostConfig:
        mounts = list(host.mounts)
        taken = {mount.target.rstrip("/") for mount in mounts}
        for target in config.volumes:
            if target.rstrip("/") not in taken:
                mounts.append(VolumeMount("volume", "", target, anonymous=True))
        placed = []
        for mount in mounts:
            if mount.kind == "volume":
                name = mount.source or self.new_id("volume")
                anonymous = mount.anonymous or not mount.source
                if name not in self.state.volumes:
                    self.create_volume(name, anonymous=anonymous)
                mount = replace(mount, source=name, anonymous=anonymous)
            placed.append(mount)
        return replace(host, mounts=tuple(placed))

    def create_volume(
        self, name: str, *, labels: Iterable[tuple[str, str]] = (), anonymous: bool = False
    ) -> Volume:
        """Create a volume, or return the one that has this name."""
        known = self.state.volumes.get(name)
        if known is not None:
            return known
        self._make_room("volumes", len(self.state.volumes), MOST_VOLUMES)
        volume = Volume(name, self.clock.now, labels=tuple(labels), anonymous=anonymous)
        self.state = self.state.changed(volumes={**self.state.volumes, name: volume})
        return volume

    def _fill_volumes(self, container: Container) -> None:
        """An empty volume takes over what the image has at its mount point."""
        tree = self.tree(container)
        for mount in container.host_config.mounts:
            target = mount.target.strip("/")
            if target and tree.get(target) is None and mount.kind != "tmpfs":
                self._make_mount_point(tree, target)
            if mount.kind == "volume":
                volume = self.volume_tree(mount.source)
                if volume.is_clean:
                    for path, node in tree.walk(target):
                        volume.put(path[len(target) + 1 :], node)

    def _make_mount_point(self, tree: OverlayFS, target: str) -> None:
        here = ""
        for part in target.split("/"):
            here = f"{here}/{part}" if here else part
            if tree.get(here) is None:
                tree.put(here, Directory(mtime=self.clock.now))

    def start(
        self,
        container: Container,
        *,
        stdin: Source | None = None,
        stdout: Sink | None = None,
        stderr: Sink | None = None,
        typed: list[bytes] | None = None,
    ) -> Container:
        """Start the main process and let it run as far as it goes.

        With ``stdin``/``stdout``/``stderr`` somebody is attached. Returns the container as it then is:
        exited, or running when its process waits for ever (a server, or a shell at an open standard
        input). Raises Interactive (with a ContainerPrompt) when an attached terminal gets a shell's
        prompt, CommandNotFound or NotExecutable when nothing can be executed, DaemonError.
        """
        if container.running:
            return container
        started = self.clock.now
        container = self.update(
            replace(
                container,
                status="running",
                started=started,
                ends_at=0,
                error="",
                stopped_by_hand=False,
                health="",
                health_checked=0,
                failing_streak=0,
            )
        )
        self.events.append(ContainerStarted(container.id, container.name))
        self.log("container", "start", container.name)
        pieces: list[_Piece] = []
        source = stdin or (SilentInput(container.tty) if container.open_stdin else ClosedInput())
        self._in_background = stdout is None
        foreground = self.budget
        if self._in_background:
            self.budget = Budget(BACKGROUND_LIMITS)
        try:
            status = self._execute(
                container,
                container.command,
                source,
                _Collector("stdout", pieces, stdout, self.clock),
                _Collector("stderr", pieces, stderr, self.clock),
                typed=typed or [],
                terminal=container.tty,
            )
        except StaysUp as waiting:
            self._rewind(started)
            return self._keep_running(container, pieces, command=waiting.command)
        except Interactive as interactive:
            container = self._keep_running(container, pieces, shell=interactive.request)
            if stdin is None:
                return container
            raise _opened(container, interactive, is_main=True) from interactive
        except (CommandNotFound, NotExecutable) as error:
            status = 126 if isinstance(error, NotExecutable) else 127
            self.update(replace(container, status="created", exit_code=status, error=str(error), started=0))
            raise
        except DaemonError as error:
            self.update(replace(container, status="created", exit_code=128, error=str(error), started=0))
            raise
        finally:
            background, self._in_background = self._in_background, False
            self.budget = foreground
        ended = self.clock.now
        if background and ended - started > SHORTEST_RUN:
            self._rewind(started)
            return self._keep_running(container, pieces, ended, status)
        self._add_log(container.id, pieces)
        return self.finish(self.state.containers[container.id], status)

    def _rewind(self, started: int) -> None:
        """Give back the time a background process took: nobody waited for it."""
        if self._in_background or self.clock.now - started > SHORTEST_RUN:
            self.clock.now = started + SHORTEST_RUN

    def _keep_running(
        self,
        container: Container,
        pieces: list[_Piece],
        ends_at: int = 0,
        ends_with: int = 0,
        *,
        command: str = "",
        shell: ShellRequest | None = None,
    ) -> Container:
        self._add_log(container.id, pieces)
        current = self.state.containers[container.id]
        return self.update(
            replace(
                current,
                processes=_processes(container, command),
                ends_at=ends_at,
                ends_with=ends_with,
                waiting_shell=shell.state.to_json() if shell and container.tty else None,
            )
        )

    def attach(self, container: Container, *, with_input: bool) -> NoReturn:
        """Give the terminal to a running main process.

        Raises Interactive: with a ContainerPrompt when it is a shell at its prompt, else an Attachment.
        """
        if container.waiting_shell is not None and with_input:
            shell = ShellState.from_json(container.waiting_shell)
            raise Interactive(ContainerPrompt(container.id, shell, is_main=True))
        raise Interactive(Attachment(container.id))

    def settle(self) -> None:
        """End every main process whose time has come since anybody last looked."""
        for container in list(self.state.containers.values()):
            if container.running and 0 < container.ends_at <= self.clock.now and container.status != "paused":
                self.finish(container, container.ends_with, at=container.ends_at)

    def await_end(self, container: Container) -> Container | None:
        """Let time pass until the main process ends; None when it never does by itself."""
        if not container.running:
            return container
        if not container.ends_at:
            return None
        self.clock.advance(container.ends_at - self.clock.now)
        return self.finish(container, container.ends_with, at=container.ends_at)

    def _process_setup(
        self, container: Container, config: ImageConfig, terminal: bool
    ) -> tuple[Files, dict[str, str]]:
        files = Files(self.namespace(container), self.clock, self.budget)
        home = "/root"
        if config.user:
            files, home = self.files_for(files, config.user)
        files.cwd = config.working_dir or "/"
        return files, self.environment(config, container.hostname, home, terminal)

    def files_for(self, files: Files, user: str) -> tuple[Files, str]:
        """``files`` as ``user[:group]`` sees them, and that user's home. Raises DaemonError when unknown."""
        accounts = Accounts.read(files)
        try:
            credentials = accounts.resolve(user)
        except UnknownUser as error:
            raise DaemonError(str(error)) from error
        account = next((known for known in accounts.users if known.uid == credentials.uid), None)
        return files.as_user(credentials), account.home if account else "/"

    def _execute(
        self,
        container: Container,
        argv: tuple[str, ...],
        stdin: Source,
        stdout: Sink,
        stderr: Sink,
        *,
        typed: list[bytes],
        terminal: bool,
        config: ImageConfig | None = None,
    ) -> int:
        tree = self.tree(container)
        tree.cause = " ".join(argv)
        config = config or container.config
        files, env = self._process_setup(container, config, terminal)
        if config is container.config and config.working_dir and not files.exists(config.working_dir):
            files.as_user(Credentials()).make_dirs(config.working_dir, 0o755)
        system = self.system(container, typed, terminal)
        system.namespace = files.namespace
        before = set(tree.causes)
        try:
            return execute(system, files, env, list(argv), stdin, stdout, stderr)
        except BudgetExceeded as stopped:
            if self._in_background:
                raise StaysUp from stopped
            stderr.write(f"{stopped}\n".encode())
            return EXIT_STATUS_STOPPED
        finally:
            self.serial = max(self.serial, system.serial)
            self._report_changes(container, tree, set(tree.causes) - before)

    def _report_changes(self, container: Container, tree: OverlayFS, paths: set[str]) -> None:
        for path in sorted(paths)[:64]:
            below, here = tree.view.get(path), tree.get(path)
            if here is None and below is not None:
                self.events.append(PathHidden(container.id, path))
            elif below is None and here is not None:
                self.events.append(PathAdded(container.id, path))
            elif isinstance(here, File) and isinstance(below, File):
                self.events.append(CopiedUp(container.id, path, here.content.size))

    def execute_in(
        self,
        container: Container,
        argv: tuple[str, ...],
        *,
        user: str = "",
        cwd: str = "",
        env: Iterable[str] = (),
        terminal: bool = False,
        stdin: Source | None = None,
        stdout: Sink,
        stderr: Sink,
        typed: list[bytes] | None = None,
    ) -> int:
        """``docker exec``: run ``argv`` in a running container and return its exit status.

        Raises Conflict when it is not running, Interactive with a ContainerPrompt for a shell on a
        terminal, CommandNotFound, NotExecutable, DaemonError (unknown user, paused).
        """
        if container.status == "paused":
            raise Conflict(f"Container {container.name} is paused, unpause the container before exec")
        if container.status == "restarting":
            raise Conflict(f"Container {container.id} is restarting, wait until the container is running")
        if not container.running:
            raise Conflict(f"container {container.id} is not running")
        config = container.config
        if user:
            config = replace(config, user=user)
        if cwd:
            if not Files(self.namespace(container), self.clock, self.budget).is_dir(cwd):
                raise NoWorkingDirectory(cwd)
            config = replace(config, working_dir=cwd)
        for pair in env:
            variable, _, value = pair.partition("=")
            config = config.with_env(variable, value)
        try:
            status = self._execute(
                container,
                argv,
                stdin or ClosedInput(),
                stdout,
                stderr,
                typed=typed or [],
                terminal=terminal,
                config=config,
            )
        except Interactive as interactive:
            raise _opened(container, interactive, is_main=False) from interactive
        self.events.append(ExecRan(container.id, " ".join(argv), status))
        return status

    def finish(
        self, container: Container, status: int, *, by_hand: bool = False, at: int | None = None
    ) -> Container:
        """The main process ended with ``status``, now or ``at`` an earlier instant (ns).

        A restart policy starts it again unless it was stopped by hand.
        """
        now = self.clock.now if at is None else at
        self._cut_log(container, now)
        container = self.state.containers[container.id]
        container = self.update(
            replace(
                container,
                status="exited",
                exit_code=status,
                finished=now,
                processes=(),
                waiting_shell=None,
                ends_at=0,
                ends_with=0,
                stopped_by_hand=by_hand,
            )
        )
        self.events.append(ContainerExited(container.id, container.name, status))
        seconds = max(0, now - container.started) // SECOND
        self.log("container", "die", container.name, execDuration=seconds, exitCode=status)
        if not by_hand and self._restarts(container):
            return self.update(
                replace(container, status="restarting", restart_count=container.restart_count + 1)
            )
        if container.host_config.auto_remove:
            self.remove_container(container)
        return container

    def _restarts(self, container: Container) -> bool:
        policy, _, most = container.host_config.restart.partition(":")
        if policy == "on-failure":
            return container.exit_code != 0 and (not most or container.restart_count < int(most))
        return policy in ("always", "unless-stopped")

    def _add_log(self, identity: str, pieces: list[_Piece]) -> None:
        if not pieces:
            return
        container = self.state.containers[identity]
        rows = self._log_rows(container)[-LONGEST_LOG:]
        rows += (
            (when, stream, data.decode("utf-8", "replace")) for when, stream, data in pieces[:LONGEST_LOG]
        )
        blob = canonical_json([list(row) for row in rows])
        self.update(replace(container, log=self.store.put(blob)))

    def _cut_log(self, container: Container, end: int) -> None:
        """Drop what a process that was stopped at ``end`` did not come to print."""
        rows = self._log_rows(container)
        kept = [row for row in rows if row[0] <= end]
        if len(kept) < len(rows):
            blob = canonical_json([list(row) for row in kept])
            self.update(replace(container, log=self.store.put(blob)))

    def add_log(self, container: Container, stream: str, data: bytes) -> None:
        """Something more was printed by the container's main process."""
        self._add_log(container.id, [(self.clock.now, stream, data)])

    def read_log(self, container: Container) -> list[tuple[int, str, str]]:
        """(ns, stream, text) of everything the main process has printed until now."""
        return [row for row in self._log_rows(container) if row[0] <= self.clock.now]

    def _log_rows(self, container: Container) -> list[tuple[int, str, str]]:
        if container.log is None:
            return []
        return [(when, stream, text) for when, stream, text in json.loads(self.store.get(container.log))]

    def remove_container(self, container: Container, *, volumes: bool = False) -> None:
        """Drop a container with its read-write layer; anonymous volumes go with it when asked or ``--rm``."""
        self._trees.pop(container.id, None)
        containers = {key: item for key, item in self.state.containers.items() if key != container.id}
        self.state = self.state.changed(containers=containers)
        if volumes or container.host_config.auto_remove:
            used = {m.source for other in containers.values() for m in other.host_config.mounts}
            for mount in container.host_config.mounts:
                if mount.kind == "volume" and mount.anonymous and mount.source not in used:
                    self.remove_volume(mount.source)
        self._forget_provenance(container.upper)
        self.events.append(ContainerRemoved(container.id, container.name, container.size_rw))
        self.log("container", "destroy", container.name, id=container.id, image=container.image_name)

    def remove_volume(self, name: str) -> None:
        """Drop a volume and its files."""
        self._volume_trees.pop(name, None)
        volumes = {key: item for key, item in self.state.volumes.items() if key != name}
        self.state = self.state.changed(volumes=volumes)

    # ------------------------------------------------------------------ commit

    def commit(
        self,
        container: Container,
        reference: str = "",
        *,
        message: str = "",
        author: str = "",
        config: ImageConfig | None = None,
    ) -> ImageID:
        """Make an image of a container: its image's layers and its read-write layer on top.

        ``reference`` is a full reference or "". An empty read-write layer leaves a history row without one.
        """
        parent = self.state.images[container.image]
        tree = self.tree(container)
        layers: tuple[LayerRef, ...] = ()
        if not tree.is_clean:
            upper = tree.upper_layer()
            layers = (replace(store_layer(self.store, upper), size=upper.disk_size),)
        for ref in layers:
            if causes := self._causes(container, tree):
                self.keep_provenance(ref, causes)
        created = rfc3339(self.clock.now)
        command = " ".join(container.command)
        row = History(created, command, comment=message, empty_layer=not layers, author=author)
        image = replace(
            parent.image,
            config=config or container.config,
            history=(*parent.image.history, row),
            layers=(*parent.image.layers, *layers),
            created=created,
            author=author,
        )
        identity = self.add_image(
            image,
            parent=container.image,
            comment=message,
            origin="commit",
            container=container.id,
            container_command=container.command,
        )
        if reference:
            self.tag(identity, reference)
        self.events.append(ContainerCommitted(container.id, identity, reference))
        self.log("container", "commit", container.name, imageID=identity)
        return identity

    def _causes(self, container: Container, tree: OverlayFS) -> dict[str, str]:
        """Which command made each path of the read-write layer, those of earlier evaluations included."""
        known = self.state.provenance.get(container.upper.digest) if container.upper else None
        before: dict[str, str] = json.loads(self.store.get(known)) if known else {}
        return {**before, **tree.causes}

    def _forget_provenance(self, ref: LayerRef | None) -> None:
        """Drop what is known of a read-write layer that is no more, unless an image has the same layer."""
        if ref is None or ref.digest not in self.state.provenance:
            return
        stacks = (record.image.layers for record in self.state.images.values())
        if any(ref.digest == layer.digest for stack in stacks for layer in stack):
            return
        kept = {key: value for key, value in self.state.provenance.items() if key != ref.digest}
        self.state = self.state.changed(provenance=kept)

    def keep_provenance(self, ref: LayerRef, causes: Mapping[str, str]) -> None:
        """Remember which command put each path into a layer."""
        digest = self.store.put(canonical_json(dict(causes)))
        self.state = self.state.changed(provenance={**self.state.provenance, ref.digest: digest})

    # ------------------------------------------------------------------ freezing

    def freeze(self) -> DaemonState:
        """The state with every open tree stored back as a layer, and all that has ended by now ended."""
        self.settle()
        for identity, (tree, generation) in list(self._trees.items()):
            container = self.state.containers.get(identity)
            if container is not None and tree.generation != generation:
                layer = tree.upper_layer()
                upper = None if tree.is_clean else store_changes(self.store, layer)
                causes = self._causes(container, tree)
                self._forget_provenance(container.upper)
                if upper is not None and causes:
                    self.keep_provenance(upper, causes)
                self.update(replace(container, upper=upper))
                self._trees[identity] = (tree, tree.generation)
        for name, (tree, generation) in list(self._volume_trees.items()):
            if name in self.state.volumes and tree.generation != generation:
                content = store_changes(self.store, tree.upper_layer())
                volume = replace(self.state.volumes[name], content=content)
                self.state = self.state.changed(volumes={**self.state.volumes, name: volume})
                self._volume_trees[name] = (tree, tree.generation)
        return self.state
