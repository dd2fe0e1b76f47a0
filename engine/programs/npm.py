"""npm, npx, yarn, pnpm: install packages of the simulated registry and run scripts."""

import json
from collections.abc import Generator, Iterator
from hashlib import sha256
from typing import Any

from engine.catalogue.files import read_json
from engine.clock import SECOND
from engine.fs import Content, File, FsError, Node, Symlink, program_stub
from engine.programs.lib.children import run_child
from engine.programs.lib.unpack import Unpacker, text_of
from engine.shell.process import Process
from engine.shell.registry import program
from engine.shell.run import CommandNotFound, NotExecutable

Output = Generator[bytes, None, int]
_VERSIONS = {"npm": "10.9.4", "yarn": "1.22.22", "pnpm": "9.15.9", "npx": "10.9.4", "corepack": "0.34.0"}
_LOCKS = {"npm": "package-lock.json", "yarn": "yarn.lock", "pnpm": "pnpm-lock.yaml"}


@program("npm", "yarn", "pnpm", package="npm", summary="package managers for JavaScript")
def npm(p: Process) -> Output:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    flags = {word.partition("=")[0] for word in p.argv[1:] if word.startswith("-")}
    if "--" in p.argv:
        words = [word for word in words if p.argv.index(word) < p.argv.index("--")]
    if flags & {"--version", "-v"}:
        yield f"{_VERSIONS[p.name]}\n".encode()
        return 0
    command = words[0] if words else ("install" if p.name == "yarn" else "")
    rest = words[1:]
    tool = _Npm(p, flags)
    match command:
        case "install" | "i" | "add" | "ci" | "clean-install" | "isntall":
            frozen = command in ("ci", "clean-install") or "--frozen-lockfile" in flags
            return (yield from tool.install(rest, frozen))
        case "uninstall" | "remove" | "rm" | "un":
            return (yield from tool.uninstall(rest))
        case "init" | "create":
            return (yield from tool.init())
        case "run" | "run-script":
            return (yield from tool.run_script(rest[0] if rest else ""))
        case "start" | "test" | "stop" | "restart" | "build" | "dev" | "serve" | "lint":
            if command in ("build", "dev", "serve", "lint") and p.name == "npm":
                return (yield from tool.unknown(command))
            return (yield from tool.run_script(command))
        case "cache":
            cache = tool.cache
            if rest[:1] in (["clean"], ["prune"]) and p.files.is_dir(cache):
                p.files.remove(cache)
            elif rest[:1] == ["dir"]:
                yield f"{cache}\n".encode()
            if p.name == "npm":
                p.complain("npm warn using --force Recommended protections disabled.\n")
            return 0
        case "ls" | "list":
            return (yield from tool.listing())
        case (
            "config"
            | "set"
            | "audit"
            | "fund"
            | "prune"
            | "update"
            | "outdated"
            | "link"
            | "version"
            | "store"
        ):
            if command == "audit":
                yield b"found 0 vulnerabilities\n"
            return 0
        case "exec" | "dlx":
            return (yield from tool.execute(rest))
        case "":
            yield b"npm <command>\n\nUsage:\n\nnpm install        install the dependencies of your project\n"
            return 1
    if p.name in ("yarn", "pnpm"):
        return (yield from tool.run_script(command))
    return (yield from tool.unknown(command))


@program("npx", package="npm", summary="run a command from a package")
def npx(p: Process) -> Output:
    flags = {word for word in p.argv[1:] if word.startswith("-")}
    if flags & {"--version", "-v"} and len(p.argv) == 2:
        yield f"{_VERSIONS['npx']}\n".encode()
        return 0
    words = [word for word in p.argv[1:] if word not in ("-y", "--yes", "--no-install", "-q")]
    return (yield from _Npm(p, flags).execute(words))


@program("corepack", package="nodejs", summary="manage package managers")
def corepack(p: Process) -> int:
    if "--version" in p.argv:
        p.write(f"{_VERSIONS['corepack']}\n")
    return 0


class _Npm:
    def __init__(self, p: Process, flags: set[str]) -> None:
        self.p = p
        self.flags = flags
        self.tool = p.name if p.name in _LOCKS else "npm"
        self.index: dict[str, dict[str, Any]] = read_json("npm.json.gz")["packages"]

    @property
    def cache(self) -> str:
        """Where tarballs are kept."""
        home = self.p.env.get("HOME", "/root")
        if self.tool == "yarn":
            return f"{home}/.cache/yarn"
        if self.tool == "pnpm":
            return f"{home}/.local/share/pnpm/store"
        return self.p.env.get("npm_config_cache") or f"{home}/.npm"

    def complain(self, *lines: str) -> None:
        """Error lines in npm's or yarn's form."""
        prefix = "error " if self.tool == "yarn" else "npm error "
        self.p.complain("".join(f"{prefix}{line}".rstrip() + "\n" for line in lines))

    def manifest(self) -> dict[str, Any] | None:
        """package.json, or None after having said what is wrong with it."""
        p = self.p
        if not p.files.is_file("package.json"):
            here = p.files.absolute("package.json")
            self.complain(
                "code ENOENT",
                "syscall open",
                f"path {here}",
                "errno -2",
                "enoent Could not read package.json: Error: ENOENT: no such file or directory, "
                f"open '{here}'",
            )
            return None
        text = text_of(p, "package.json")
        p.budget.step(1 + len(text) // 64)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            self.complain("code EJSONPARSE", f"JSON.parse Invalid package.json: {error}")
            return None
        if not isinstance(value, dict):
            self.complain("code EJSONPARSE", "JSON.parse Invalid package.json: not an object")
            return None
        return value

    # ------------------------------------------------------------------ install

    def install(self, words: list[str], frozen: bool) -> Output:
        p = self.p
        everywhere = bool(self.flags & {"-g", "--global"}) or words[:1] == ["global"]
        names = [word for word in words if word not in ("global", "add")]
        manifest: dict[str, Any] = {}
        if not everywhere:
            if not p.files.is_file("package.json") and names:
                p.files.write("package.json", b"{}\n")
            found = self.manifest()
            if found is None:
                return 254
            manifest = found
        lock = _LOCKS[self.tool]
        if frozen and not p.files.is_file(lock):
            self.complain(
                "code EUSAGE",
                "",
                "The `npm ci` command can only install with an existing package-lock.json or",
                "npm-shrinkwrap.json with lockfileVersion >= 1. Run an install with npm@5 or",
                "later to generate a package-lock.json file, then try again.",
            )
            return 1
        wanted: dict[str, str] = {}
        if names:
            for name in names:
                bare, _, version = name[1:].partition("@") if name.startswith("@") else name.partition("@")
                bare = f"@{bare}" if name.startswith("@") else bare
                wanted[bare] = version or "latest"
        if not everywhere:
            production = (
                bool(self.flags & {"--production", "--omit", "--prod", "--only"})
                or p.env.get("NODE_ENV") == "production"
            )
            kinds = ["dependencies"] if production else ["dependencies", "devDependencies"]
            for kind in kinds:
                group = manifest.get(kind)
                wanted.update(
                    {k: str(v) for k, v in group.items() if k not in wanted}
                    if isinstance(group, dict)
                    else {}
                )
        if not p.system.network and wanted:
            self.complain(
                "code EAI_AGAIN",
                "syscall getaddrinfo",
                "errno EAI_AGAIN",
                "request to https://npm.example/ failed, reason: getaddrinfo EAI_AGAIN npm.example",
            )
            return 1
        chosen = self._closure(wanted)
        if isinstance(chosen, str):
            self.complain(
                "code E404",
                f"404 Not Found - GET https://npm.example/{chosen.replace('/', '%2f')} - Not found",
                "404",
                f"404  '{chosen}@{wanted.get(chosen, '*')}' is not in this registry.",
            )
            return 1
        top = "/usr/local/lib/node_modules" if everywhere else p.files.absolute("node_modules")
        if frozen and p.files.is_dir(top):
            p.files.remove(top)
        fresh = {name: package for name, package in chosen.items() if not p.files.is_dir(f"{top}/{name}")}
        self._place(fresh, top, everywhere)
        if not everywhere:
            self._write_locks(manifest, names, wanted, chosen, top, frozen)
        seconds = 1 + sum(package["unpacked_size"] for package in fresh.values()) // 20_000_000
        p.system.clock.advance(seconds * SECOND)
        yield self._report(fresh, chosen, seconds).encode()
        return 0

    def _closure(self, wanted: dict[str, str]) -> dict[str, dict[str, Any]] | str:
        """Every package to install; the name of the first one that does not exist otherwise."""
        chosen: dict[str, dict[str, Any]] = {}
        pending = list(wanted)
        asked = set(wanted)
        while pending:
            name = pending.pop(0)
            self.p.budget.step()
            if name in chosen:
                continue
            package = self.index.get(name)
            if package is None:
                if name in asked and name not in _known_names():
                    return name
                package = _small_package(name)
            chosen[name] = package
            pending += list(package["dependencies"])
        return chosen

    def _place(self, fresh: dict[str, dict[str, Any]], top: str, everywhere: bool) -> None:
        p = self.p
        nodes: list[tuple[str, Node]] = []
        commands = "/usr/local/bin" if everywhere else f"{top}/.bin"
        for name, package in fresh.items():
            nodes += _package_nodes(name, package, top)
            for command, target in _commands(name, package).items():
                path = f"{commands}/{command}".lstrip("/")
                prefix = "../lib/node_modules" if everywhere else ".."
                nodes.append((path, Symlink(f"{prefix}/{name}/{target.removeprefix('./')}")))
            if "--no-cache" not in self.flags:
                key = sha256(name.encode()).hexdigest()
                place = f"{self.cache}/_cacache/content-v2/sha512/{key[:2]}/{key[2:4]}/{key[4:]}"
                nodes.append((place.lstrip("/"), File(Content(b"\x1f\x8b", package["tarball_size"]))))
        if p.files.user.uid == 0:
            Unpacker(p).put_all(nodes)
            return
        for path, node in nodes:
            p.files.make_dirs("/" + path.rpartition("/")[0])
            if isinstance(node, File):
                p.files.write("/" + path, node.content, node.mode)
            elif isinstance(node, Symlink) and p.files.find("/" + path, follow=False) is None:
                p.files.symlink(node.target, "/" + path)

    def _write_locks(
        self,
        manifest: dict[str, Any],
        names: list[str],
        wanted: dict[str, str],
        chosen: dict[str, dict[str, Any]],
        top: str,
        frozen: bool,
    ) -> None:
        p = self.p
        if names:
            kind = "devDependencies" if self.flags & {"-D", "--save-dev", "--dev"} else "dependencies"
            group = manifest.setdefault(kind, {})
            if isinstance(group, dict):
                for name in wanted:
                    if any(word.startswith(name) for word in names):
                        group[name] = f"^{chosen[name]['version']}"
            p.files.write("package.json", (json.dumps(manifest, indent=2) + "\n").encode())
        listed = {
            f"node_modules/{name}": {
                "version": package["version"],
                "resolved": f"https://npm.example/{name}/-/{name.rpartition('/')[2]}-{package['version']}.tgz",
                "license": "MIT",
            }
            for name, package in chosen.items()
        }
        hidden = {
            "name": manifest.get("name", "app"),
            "lockfileVersion": 3,
            "requires": True,
            "packages": listed,
        }
        if chosen:
            p.files.make_dirs(top)
            p.files.write(f"{top}/.package-lock.json", (json.dumps(hidden, indent=2) + "\n").encode())
        if not frozen and "--no-package-lock" not in self.flags:
            if self.tool == "npm":
                root = {
                    "": {
                        "name": manifest.get("name", "app"),
                        "dependencies": manifest.get("dependencies", {}),
                    }
                }
                value = {**hidden, "packages": {**root, **listed}}
                p.files.write(_LOCKS["npm"], (json.dumps(value, indent=2) + "\n").encode())
            else:
                lines = "".join(
                    f'{name}@{package["version"]}:\n  version "{package["version"]}"\n\n'
                    for name, package in chosen.items()
                )
                p.files.write(_LOCKS[self.tool], f"# {self.tool} lockfile\n\n{lines}".encode())

    def _report(self, fresh: dict[str, Any], chosen: dict[str, Any], seconds: int) -> str:
        if self.tool == "yarn":
            return (
                f"yarn install v{_VERSIONS['yarn']}\n[1/4] Resolving packages...\n"
                "[2/4] Fetching packages...\n"
                f"[3/4] Linking dependencies...\n[4/4] Building fresh packages...\nDone in {seconds}.21s.\n"
            )
        if self.tool == "pnpm":
            return f"Packages: +{len(fresh)}\n++++++++\nDone in {seconds}.2s\n"
        if not fresh:
            total = len(chosen) + 1
            plural = "packages" if total > 1 else "package"
            return f"\nup to date, audited {total} {plural} in {seconds}s\n\nfound 0 vulnerabilities\n"
        plural = "package" if len(fresh) == 1 else "packages"
        return (
            f"\nadded {len(fresh)} {plural}, and audited {len(chosen) + 1} packages in {seconds}s\n\n"
            "found 0 vulnerabilities\n"
        )

    # ------------------------------------------------------------------ the rest

    def uninstall(self, words: list[str]) -> Output:
        p = self.p
        count = 0
        for name in words:
            path = f"node_modules/{name}"
            if p.files.is_dir(path):
                p.files.remove(path)
                count += 1
        manifest = self.manifest()
        if manifest is None:
            return 1
        for kind in ("dependencies", "devDependencies"):
            if isinstance(manifest.get(kind), dict):
                manifest[kind] = {k: v for k, v in manifest[kind].items() if k not in words}
        p.files.write("package.json", (json.dumps(manifest, indent=2) + "\n").encode())
        yield f"\nremoved {count} packages, and audited 1 package in 1s\n".encode()
        return 0

    def init(self) -> Output:
        p = self.p
        name = p.files.cwd.rpartition("/")[2].lower() or "app"
        value = {
            "name": name,
            "version": "1.0.0",
            "main": "index.js",
            "scripts": {"test": 'echo "Error: no test specified" && exit 1'},
            "keywords": [],
            "author": "",
            "license": "ISC",
            "description": "",
        }
        text = json.dumps(value, indent=2)
        p.files.write("package.json", (text + "\n").encode())
        yield f"Wrote to {p.files.absolute('package.json')}:\n\n{text}\n".encode()
        return 0

    def run_script(self, name: str) -> Output:
        p = self.p
        manifest = self.manifest()
        if manifest is None:
            return 254
        group = manifest.get("scripts")
        scripts = group if isinstance(group, dict) else {}
        if not name:
            yield "".join(f"  {key}\n    {value}\n" for key, value in scripts.items()).encode()
            return 0
        line = scripts.get(name)
        if line is None and name == "start" and p.files.is_file("server.js"):
            line = "node server.js"
        if not isinstance(line, str):
            self.complain(f'Missing script: "{name}"', "", "To see a list of scripts, run:", "  npm run")
            return 1
        if not self.flags & {"-s", "--silent"}:
            title = f"{manifest.get('name', 'app')}@{manifest.get('version', '1.0.0')}"
            yield (
                f"\n> {title} {name}\n> {line}\n\n".encode() if self.tool == "npm" else f"$ {line}\n".encode()
            )
        env = {**p.env, "PATH": f"{p.files.absolute('node_modules/.bin')}:{p.env.get('PATH', '')}"}
        extra = p.argv[p.argv.index("--") + 1 :] if "--" in p.argv else []
        command = " ".join([line, *extra])
        try:
            return (yield from run_child(p, ["/bin/sh", "-c", command], env=env))
        except CommandNotFound:
            self.complain("spawn sh ENOENT")
            return 127

    def execute(self, words: list[str]) -> Output:
        if not words:
            self.p.complain("npx: a command is needed\n")
            return 1
        env = {
            **self.p.env,
            "PATH": f"{self.p.files.absolute('node_modules/.bin')}:{self.p.env.get('PATH', '')}",
        }
        try:
            return (yield from run_child(self.p, words, env=env))
        except (CommandNotFound, NotExecutable):
            name = words[0].partition("@")[0] or words[0]
            if name not in self.index and name not in _known_names():
                self.complain("code E404", f"404 Not Found - GET https://npm.example/{name} - Not found")
                return 1
            self.p.complain(f"npx: {name} is a real package, but Layer Lab does not simulate what it does\n")
            return 1

    def listing(self) -> Output:
        p = self.p
        yield f"app@ {p.files.cwd}\n".encode()
        try:
            names = p.files.names("node_modules")
        except FsError:
            names = []
        shown = [name for name in names if not name.startswith(".")]
        for position, name in enumerate(shown):
            version = self.index.get(name, {}).get("version", "1.0.0")
            mark = "└──" if position == len(shown) - 1 else "├──"
            yield f"{mark} {name}@{version}\n".encode()
        if not shown:
            yield "└── (empty)\n".encode()
        return 0

    def unknown(self, command: str) -> Output:
        self.p.complain(
            f'Unknown command: "{command}"\n\nTo see a list of supported npm commands, run:\n  npm help\n'
        )
        yield b""
        return 1


def _known_names() -> set[str]:
    index = read_json("npm.json.gz")["packages"]
    return {name for package in index.values() for name in package["dependencies"]}.union(index)


def _small_package(name: str) -> dict[str, Any]:
    """A dependency nobody measured: a size that follows from its name."""
    size = 6_000 + int.from_bytes(sha256(name.encode()).digest()[:2]) % 60_000
    return {
        "version": "1.0.0",
        "unpacked_size": size,
        "tarball_size": size // 4,
        "file_count": 6,
        "dependencies": {},
        "bin": None,
    }


def _commands(name: str, package: dict[str, Any]) -> dict[str, str]:
    given = package.get("bin")
    if isinstance(given, str):
        return {name.rpartition("/")[2]: given}
    return dict(given or {})


def _package_nodes(name: str, package: dict[str, Any], top: str) -> Iterator[tuple[str, Node]]:
    base = f"{top.lstrip('/')}/{name}"
    manifest = json.dumps({"name": name, "version": package["version"], "main": "index.js"}, indent=2) + "\n"
    left = package["unpacked_size"] - len(manifest)
    yield f"{base}/package.json", File(Content(manifest.encode()))
    for command, target in _commands(name, package).items():
        yield f"{base}/{target.removeprefix('./')}", File(program_stub(command, 300), 0o755)
        left -= 300
    index = max(0, min(left, 4_000))
    yield f"{base}/index.js", File(Content(b"// Simulated content.\n"[:index], index))
    if left > index:
        yield f"{base}/other-files-of-{name.rpartition('/')[2]}", File(Content(b"", left - index))
