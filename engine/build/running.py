"""RUN: its mounts, its environment, and what a failure says."""

from collections.abc import Callable
from dataclasses import replace

from engine.budget import Budget
from engine.build.cache import CACHE_MOUNT, CacheRecord, CacheWriter, key_of
from engine.build.copying import Owner, text_file
from engine.build.errors import BuildError
from engine.build.executor import Executor, LogLine, RunRequest, Secrets
from engine.build.ops import FileSystemSource, Mount, RunOp, ScratchSource
from engine.build.text import quoted
from engine.build.trees import Tree, resolve, walk
from engine.clock import Clock
from engine.content import BlobStore, Digest
from engine.fs import (
    EMPTY_VIEW,
    Content,
    Directory,
    File,
    Files,
    Layer,
    Namespace,
    Node,
    OverlayFS,
    View,
    clean,
)
from engine.fs import Mount as FsMount
from engine.shell.users import Accounts

SECRET_DIRECTORY = "run/secrets"
SCRIPT_DIRECTORY = "dev/pipes"
SECRET_MODE = 0o400
SOCKET_MODE = 0o600
_SSH_VARIABLE = "SSH_AUTH_SOCK"


class RunFailed(BuildError):
    """The process of a RUN step ended with another status than 0, or could not be started."""

    def __init__(self, message: str, exit_code: int, log: tuple[LogLine, ...]) -> None:
        self.log = log
        super().__init__(message, exit_code=exit_code)


def accounts_of(tree: OverlayFS) -> Accounts:
    """Users and groups of an image's file system."""
    return Accounts.read(Files(Namespace(tree), tree.clock, Budget()))


def resolve_owner(tree: OverlayFS, specification: str) -> Owner:
    """``user[:group]`` as ``--chown`` and WORKDIR mean it: a name nobody has is 0 (BuildKit).

    A number needs no account; without a group it is the account's own, or the same number.
    """
    accounts = accounts_of(tree)
    user, colon, group = specification.partition(":")
    account = accounts.user(user)
    uid = account.uid if account else _number(user)
    gid = account.gid if account and not _is_number(user) else uid
    if colon:
        found = accounts.group(group) if group else None
        gid = found.gid if found else _number(group)
    return Owner(uid, gid)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _number(text: str) -> int:
    return int(text) if _is_number(text) and len(text) < 11 else 0


class Runner:
    """Prepares what a RUN step sees, runs it, and keeps what its cache mounts hold."""

    def __init__(
        self,
        store: BlobStore,
        clock: Clock,
        cache: CacheWriter,
        secrets: Secrets,
        tree_of: Callable[[FileSystemSource], Tree],
        hosts: tuple[str, ...] = (),
    ) -> None:
        self.store = store
        self.clock = clock
        self.cache = cache
        self.secrets = secrets
        self.tree_of = tree_of
        self.hosts = hosts
        self._caches: list[tuple[str, Mount, OverlayFS]] = []

    def run(self, op: RunOp, tree: OverlayFS, executor: Executor) -> tuple[LogLine, ...]:
        """Run the step; returns what it printed. Raises RunFailed, BuildError."""
        env = [*op.proxy_env, *op.env]
        mounts = [made for mount in op.mounts if (made := self._mount(mount, env)) is not None]
        if op.script is not None:
            holder = OverlayFS(EMPTY_VIEW, clock=self.clock)
            holder.put(op.script.name, text_file(op.script.content, 0o755, self.clock.now))
            mounts.append(FsMount(f"{SCRIPT_DIRECTORY}/{op.script.name}", holder, op.script.name, True))
        result = executor.run(RunRequest(op, op.args, tuple(env), tree, tuple(mounts), self.hosts, op.user))
        if result.exit_code or result.error:
            message = f"process {quoted(' '.join(op.args))} did not complete successfully"
            raise RunFailed(f"{message}: exit code: {result.exit_code}", result.exit_code, result.log)
        self._keep_caches()
        return result.log

    # ------------------------------------------------------------------ mounts

    def _mount(self, mount: Mount, env: list[str]) -> FsMount | None:
        target = clean(mount.target)
        match mount.kind:
            case "bind":
                tree = self._overlay(mount.origin)
                source = resolve(tree, clean(mount.source))
                return FsMount(target, tree, source, mount.read_only)
            case "cache":
                return FsMount(target, self._cache_tree(mount), "", mount.read_only)
            case "tmpfs":
                return FsMount(target, OverlayFS(EMPTY_VIEW, clock=self.clock), "", False, "tmpfs")
            case "secret":
                return self._secret(mount, env)
            case "ssh":
                return self._socket(mount, env)
        return None

    def _overlay(self, origin: FileSystemSource) -> OverlayFS:
        tree = self.tree_of(origin)
        return tree if isinstance(tree, OverlayFS) else OverlayFS(_as_view(tree), clock=self.clock)

    def _cache_key(self, mount: Mount) -> str:
        owner = [("uid", str(mount.uid or 0)), ("gid", str(mount.gid or 0)), ("mode", str(mount.mode))]
        return "mount:" + key_of(mount.cache_id or mount.target, owner)

    def _cache_tree(self, mount: Mount) -> OverlayFS:
        key = self._cache_key(mount)
        for known, _, tree in self._caches:
            if known == key:
                return tree
        record = self.cache.find(key) if mount.sharing != "none" else None
        if record is not None and self.store.has(Digest(record.blob)):
            layer = Layer.decode(self.store.get(Digest(record.blob)))
            tree = OverlayFS(View.of((layer,)), clock=self.clock)
        else:
            tree = OverlayFS(self._first_files(mount), clock=self.clock)
        root = Directory(0o755 if mount.mode is None else mount.mode, mount.uid or 0, mount.gid or 0)
        tree = RootedTree(tree, root)
        if not mount.read_only:
            self._caches.append((key, mount, tree))
        return tree

    def _first_files(self, mount: Mount) -> View:
        """What a cache mount holds before its first use: the files of ``from=``, else nothing."""
        if isinstance(mount.origin, ScratchSource):
            return EMPTY_VIEW
        tree = self.tree_of(mount.origin)
        top = resolve(tree, clean(mount.source))
        skip = len(top) + 1 if top else 0
        return View.of((Layer({path[skip:]: node for path, node in walk(tree, top)}),))

    def _keep_caches(self) -> None:
        for key, mount, tree in self._caches:
            if tree.is_clean and self.cache.find(key) is not None:
                continue
            layer = Layer(dict(tree.walk()))
            blob = self.store.put(layer.encoded)
            now = self.clock.now
            old = self.cache.find(key)
            if old is not None:
                self.cache.store(replace(old, blob=blob, size=layer.size, last_used=now, usage=old.usage + 1))
                continue
            name = mount.cache_id or mount.target
            self.cache.store(
                CacheRecord(
                    id=self.cache.new_id(key),
                    key=key,
                    kind=CACHE_MOUNT,
                    description=f"cached mount {mount.target} from exec with id {quoted(name)}",
                    created=now,
                    last_used=now,
                    size=layer.size,
                    blob=blob,
                )
            )
        self._caches.clear()

    def _secret(self, mount: Mount, env: list[str]) -> FsMount | None:
        identity = mount.source or mount.cache_id
        value = self.secrets.values.get(identity)
        if value is None:
            if mount.required:
                raise BuildError(f"secret {identity}: not found")
            return None
        if mount.environment:
            env.append(f"{mount.environment}={value.decode('utf-8', 'surrogateescape')}")
            if not mount.target:
                return None
        target = clean(mount.target) or f"{SECRET_DIRECTORY}/{identity}"
        mode = SECRET_MODE if mount.mode is None else mount.mode
        file = File(Content(value), mode, mount.uid or 0, mount.gid or 0, self.clock.now)
        return self._one_file(target, file)

    def _socket(self, mount: Mount, env: list[str]) -> FsMount | None:
        identity = mount.cache_id or "default"
        if identity not in self.secrets.sockets:
            if mount.required:
                raise BuildError(f"invalid empty ssh agent socket: {identity}")
            return None
        target = clean(mount.target) or "run/buildkit/ssh_agent.0"
        env.append(f"{_SSH_VARIABLE}=/{target}")
        mode = SOCKET_MODE if mount.mode is None else mount.mode
        return self._one_file(target, File(Content(), mode, mount.uid or 0, mount.gid or 0, self.clock.now))

    def _one_file(self, target: str, file: File) -> FsMount:
        holder = OverlayFS(EMPTY_VIEW, clock=self.clock)
        holder.put("file", file)
        return FsMount(target, holder, "file", True)


class RootedTree(OverlayFS):
    """A tree whose root has its own owner and permissions (the mount point of a cache)."""

    def __init__(self, inner: OverlayFS, root: Directory) -> None:
        super().__init__(inner.view, clock=inner.clock)
        self._root = root

    def get(self, path: str) -> Node | None:
        """What stands at ``path``; the root is the mount's own directory."""
        return self._root if not path else super().get(path)


def _as_view(tree: Tree) -> View:
    return tree if isinstance(tree, View) else View.of((Layer(dict(walk(tree, ""))),))
