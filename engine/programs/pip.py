"""pip: install Python packages from the simulated index."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from engine.catalogue.files import read_json
from engine.clock import SECOND
from engine.fs import Content, File, Node, program_stub
from engine.programs.lib.pysite import PythonHome, python_home
from engine.programs.lib.unpack import Unpacker, text_of
from engine.shell.process import Process
from engine.shell.registry import program

Output = Generator[bytes, None, int]
_PIP_VERSION = "25.0.1"


@program("pip3", "pip", package="python3-pip", summary="package installer for Python")
def pip3(p: Process) -> Output:
    return (yield from run_pip(p, python_home(p), p.argv[1:]))


@dataclass
class _Request:
    words: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    quiet: bool = False
    cache: bool = True
    user: bool = False
    upgrade: bool = False
    no_deps: bool = False
    editable: bool = False
    yes: bool = False
    break_system: bool = False
    target: str = ""
    prefix: str = ""


_VALUES = {f"-{letter}" for letter in "rctdifw"} | {
    f"--{name}"
    for name in (
        "requirement",
        "constraint",
        "target",
        "prefix",
        "root",
        "dest",
        "index-url",
        "extra-index-url",
        "find-links",
        "trusted-host",
        "timeout",
        "retries",
        "cache-dir",
        "only-binary",
        "no-binary",
        "platform",
        "python-version",
        "wheel-dir",
        "proxy",
        "format",
        "progress-bar",
        "root-user-action",
        "default-timeout",
    )
}
"""Options that take a value."""


def _parse(arguments: list[str]) -> _Request:
    request = _Request()
    rest = iter(arguments)
    for word in rest:
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if name in _VALUES:
            value = value if equals else next(rest, "")
            if name in ("-r", "--requirement"):
                request.files.append(value)
            elif name in ("-c", "--constraint"):
                request.constraints.append(value)
            elif name in ("-t", "--target"):
                request.target = value
            elif name == "--prefix":
                request.prefix = value
        elif name == "--no-cache-dir":
            request.cache = False
        elif name in ("-q", "--quiet", "-qq"):
            request.quiet = True
        elif name in ("-U", "--upgrade"):
            request.upgrade = True
        elif name == "--user":
            request.user = True
        elif name == "--no-deps":
            request.no_deps = True
        elif name in ("-y", "--yes"):
            request.yes = True
        elif name == "--break-system-packages":
            request.break_system = True
        elif name in ("-e", "--editable"):
            request.words.append(next(rest, "."))
        elif not word.startswith("-"):
            request.words.append(word)
    return request


def run_pip(p: Process, home: PythonHome, arguments: list[str]) -> Output:
    """Run one pip command line for the installation ``home``."""
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        yield b"\nUsage:   \n  pip <command> [options]\n\nCommands:\n"
        yield b"  install                     Install packages.\n"
        yield b"  uninstall                   Uninstall packages.\n"
        yield b"  freeze                      Output installed packages in requirements format.\n"
        yield b"  list                        List installed packages.\n"
        yield b"  show                        Show a package.\n"
        return 0
    if "--version" in arguments[:1] or "-V" in arguments[:1]:
        yield f"pip {_PIP_VERSION} from {home.site}/pip (python {home.short})\n".encode()
        return 0
    words = [
        word for word in arguments if word not in ("--disable-pip-version-check", "--no-input", "--isolated")
    ]
    command = next((word for word in words if not word.startswith("-")), "")
    rest = words[words.index(command) + 1 :] if command else []
    request = _parse([*[w for w in words[: words.index(command)] if w], *rest] if command else [])
    pip = _Pip(p, home, request)
    match command:
        case "install":
            return (yield from pip.install())
        case "uninstall":
            return (yield from pip.uninstall())
        case "freeze" | "list":
            return (yield from pip.listing(command))
        case "show":
            return (yield from pip.show())
        case "cache":
            return (yield from pip.cache_command())
        case "download" | "wheel":
            return (yield from pip.download())
        case "check":
            yield b"No broken requirements found.\n"
            return 0
        case "config" | "debug" | "search" | "index":
            yield b""
            return 0
    p.complain(f'ERROR: unknown command "{command}"\n')
    return 1


class _Pip:
    def __init__(self, p: Process, home: PythonHome, request: _Request) -> None:
        self.p = p
        self.home = home
        self.request = request
        self.index: dict[str, dict[str, Any]] = read_json("pip.json.gz")["packages"]
        self.site = request.target or home.site
        self.bin = f"{request.target}/bin" if request.target else home.bin
        user_home = p.env.get("HOME", "/root")
        self.defaulted = False
        if (
            not request.target
            and not request.user
            and p.files.user.uid
            and not p.files.access(home.library, 2)
        ):
            self.defaulted = True
        if request.user or self.defaulted:
            self.site = f"{user_home}/.local/lib/python{home.short}/site-packages"
            self.bin = f"{user_home}/.local/bin"
        if request.prefix:
            self.site = f"{request.prefix}/lib/python{home.short}/site-packages"
            self.bin = f"{request.prefix}/bin"

    @property
    def cache_dir(self) -> str:
        """Where downloads are kept."""
        return self.p.env.get("PIP_CACHE_DIR") or f"{self.p.env.get('HOME', '/root')}/.cache/pip"

    @property
    def caching(self) -> bool:
        return self.request.cache and self.p.env.get("PIP_NO_CACHE_DIR", "").lower() not in (
            "1",
            "true",
            "on",
            "yes",
        )

    # ------------------------------------------------------------------ what is there

    def installed(self) -> dict[str, str]:
        """Name -> version, from the .dist-info directories."""
        found: dict[str, str] = {}
        for place in (self.home.site, self.site, "/usr/lib/python3/dist-packages"):
            if not self.p.files.is_dir(place):
                continue
            for name in self.p.files.names(place):
                if name.endswith(".dist-info"):
                    title, _, version = name.removesuffix(".dist-info").rpartition("-")
                    found[_normal(title)] = version
        return dict(sorted(found.items()))

    # ------------------------------------------------------------------ install

    def install(self) -> Output:
        p, request = self.p, self.request
        free = request.break_system or request.target or p.env.get("PIP_BREAK_SYSTEM_PACKAGES")
        if self.home.managed and not free:
            p.complain(_MANAGED)
            return 1
        wanted: list[tuple[str, str]] = []
        for path in request.files:
            if not p.files.is_file(path):
                p.complain(
                    "ERROR: Could not open requirements file: [Errno 2] No such file or directory: "
                    f"'{path}'\n"
                )
                return 1
            wanted += [
                (line, f" (from -r {path} (line {number}))") for number, line in self._requirements(path)
            ]
        wanted += [(word, "") for word in request.words]
        if not wanted:
            if request.files:
                return 0
            p.complain('ERROR: You must give at least one requirement to install (see "pip help install")\n')
            return 1
        if self.defaulted:
            yield b"Defaulting to user installation because normal site-packages is not writeable\n"
        have = self.installed()
        chosen: dict[str, str] = {}
        lines: list[str] = []
        local: list[str] = []
        pending = list(wanted)
        while pending:
            requirement, source = pending.pop(0)
            p.budget.step()
            if requirement.startswith((".", "/", "git+", "http://", "https://", "file:")):
                if requirement.startswith(("git+", "http")):
                    p.complain(
                        f"ERROR: the simulated pip knows its index and local directories, not {requirement}\n"
                    )
                    return 1
                if not p.files.is_dir(requirement.partition("[")[0]):
                    p.complain(f"ERROR: Invalid requirement: '{requirement}'\n")
                    return 1
                if not any(
                    p.files.is_file(f"{requirement.partition('[')[0]}/{n}")
                    for n in ("setup.py", "pyproject.toml")
                ):
                    p.complain(
                        f"ERROR: Directory '{requirement}' is not installable. Neither 'setup.py' nor "
                        "'pyproject.toml' found.\n"
                    )
                    return 1
                local.append(requirement.partition("[")[0])
                lines.append(f"Processing {p.files.absolute(requirement.partition('[')[0])}\n")
                continue
            name, extras, operator, version = _split_requirement(requirement)
            key = _normal(name)
            fits = key in have and (not operator or _satisfies(have[key], operator, version))
            if fits and key not in chosen and not request.upgrade:
                where = f"{self.home.site}{source} ({have[key]})"
                lines.append(f"Requirement already satisfied: {requirement} in {where}\n")
                continue
            if key in chosen:
                continue
            package = self.index.get(key)
            if not p.system.network:
                yield "".join(lines).encode()
                for _ in range(2):
                    p.complain(
                        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError"
                        f"('Failed to establish a new connection: [Errno -3] Temporary failure in name "
                        f"resolution')': /simple/{key}/\n"
                    )
                package = None
            if package is None:
                yield "".join(lines).encode()
                p.complain(
                    f"ERROR: Could not find a version that satisfies the requirement {requirement} "
                    "(from versions: none)\n"
                )
                p.complain(f"ERROR: No matching distribution found for {requirement}\n")
                return 1
            latest = package["version"]
            number = latest
            if operator in ("==", "===") and "*" not in version:
                number = version
            elif operator and not _satisfies(latest, operator, version):
                number = _version_for(operator, version)
            if number != latest and (operator in ("==", "===")) and _newer(number, latest):
                yield "".join(lines).encode()
                p.complain(
                    f"ERROR: Could not find a version that satisfies the requirement {requirement} "
                    f"(from versions: {latest})\n"
                )
                p.complain(f"ERROR: No matching distribution found for {requirement}\n")
                return 1
            chosen[key] = number
            wheel = package["wheel"].replace(f"-{latest}-", f"-{number}-")
            lines.append(f"Collecting {requirement}{source}\n")
            if self._cached(wheel):
                lines.append(f"  Using cached {wheel} ({_size(package['wheel_size'])})\n")
            else:
                lines.append(f"  Downloading {wheel} ({_size(package['wheel_size'])})\n")
            if not request.no_deps:
                needs = list(package["requires"])
                for extra in extras:
                    needs += package["extras"].get(extra, [])
                pending += [(need, f" (from {name})") for need in needs]
        if not request.quiet:
            yield "".join(lines).encode()
        yield from self._place(chosen, local)
        return 0

    def _requirements(self, path: str) -> Iterator[tuple[int, str]]:
        for number, line in enumerate(text_of(self.p, path).splitlines(), 1):
            bare = line.partition(" #")[0].strip()
            if bare and not bare.startswith(("#", "-")):
                yield number, bare.partition(";")[0].strip()

    def _cached(self, wheel: str) -> bool:
        return self.caching and self.p.files.is_file(self._cache_path(wheel))

    def _cache_path(self, wheel: str) -> str:
        name = sha256(wheel.encode()).hexdigest()
        return f"{self.cache_dir}/http-v2/{'/'.join(name[:5])}/{name}.body"

    def _place(self, chosen: dict[str, str], local: list[str]) -> Generator[bytes, None, None]:
        p, quiet = self.p, self.request.quiet
        titles: list[str] = []
        unpacker = Unpacker(p)
        downloaded = unpacked = 0
        for path in local:
            title = _project_name(p, path)
            folder = f"{self.site}/{_normal(title).replace('-', '_')}-0.1.0.dist-info"
            p.files.make_dirs(folder)
            p.files.write(
                f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {title}\nVersion: 0.1.0\n".encode()
            )
            titles.append(f"{title}-0.1.0")
        for key, version in chosen.items():
            package = self.index[key]
            wheel = package["wheel"].replace(f"-{package['version']}-", f"-{version}-")
            if not self._cached(wheel):
                downloaded += package["wheel_size"]
                if self.caching:
                    body = self._cache_path(wheel)
                    p.files.make_dirs(body.rpartition("/")[0], 0o700)
                    p.files.write(body, Content(b"PK\x03\x04", package["wheel_size"]))
                    p.files.write(body.removesuffix(".body"), Content(b"cc=4,", 1_200))
            unpacked += package["installed_size"]
            titles.append(f"{package['name']}-{version}")
            if p.files.user.uid:
                for path, node in _wheel_nodes(package, version, self.site, self.bin):
                    p.files.make_dirs("/" + path.rpartition("/")[0])
                    if isinstance(node, File):
                        p.files.write("/" + path, node.content, node.mode)
            else:
                unpacker.put_all(_wheel_nodes(package, version, self.site, self.bin))
        p.system.clock.advance((1 + downloaded // 20_000_000 + unpacked // 80_000_000) * SECOND)
        if titles and not quiet:
            names = ", ".join(title.rpartition("-")[0] for title in titles)
            yield f"Installing collected packages: {names}\n".encode()
            yield f"Successfully installed {' '.join(sorted(titles))}\n".encode()
        if titles and p.files.user.uid == 0 and not self.home.environment and not self.request.target:
            p.complain(_ROOT)

    # ------------------------------------------------------------------ the rest

    def uninstall(self) -> Output:
        p = self.p
        status = 0
        names = list(self.request.words)
        for path in self.request.files:
            names += [_split_requirement(line)[0] for _, line in self._requirements(path)]
        for name in names:
            key = _normal(name)
            have = self.installed()
            if key not in have:
                p.complain(f"WARNING: Skipping {name} as it is not installed.\n")
                continue
            version = have[key]
            yield f"Found existing installation: {name} {version}\nUninstalling {name}-{version}:\n".encode()
            if not self.request.yes:
                yield b"Proceed (Y/n)? "
                answer = p.stdin.read_line().strip().lower()
                if answer not in (b"", b"y", b"yes") or (not p.stdin.is_terminal and not answer):
                    return 1
            for path in self._files_of(key, version):
                if p.files.find(path, follow=False) is not None:
                    p.files.remove(path)
            yield f"  Successfully uninstalled {name}-{version}\n".encode()
        return status

    def _files_of(self, key: str, version: str) -> list[str]:
        tops = self.index.get(key, {}).get("top_level", [key])
        scripts = self.index.get(key, {}).get("scripts", [])
        stem = key.replace("-", "_")
        return [
            *(f"{self.home.site}/{top}" for top in tops),
            f"{self.home.site}/{stem}-{version}.dist-info",
            f"{self.home.site}/{self.index.get(key, {}).get('name', key)}-{version}.dist-info",
            *(f"{self.home.bin}/{script}" for script in scripts),
        ]

    def listing(self, command: str) -> Output:
        have = self.installed()
        if command == "freeze":
            shown = {
                name: version for name, version in have.items() if name not in ("pip", "setuptools", "wheel")
            }
            yield "".join(f"{self._title(name)}=={version}\n" for name, version in shown.items()).encode()
            return 0
        width = max([7, *(len(name) for name in have)])
        yield f"{'Package':<{width}} Version\n{'-' * width} -------\n".encode()
        yield "".join(f"{self._title(name):<{width}} {version}\n" for name, version in have.items()).encode()
        return 0

    def _title(self, name: str) -> str:
        return str(self.index.get(name, {}).get("name", name))

    def show(self) -> Output:
        have = self.installed()
        for word in self.request.words:
            key = _normal(word)
            if key not in have:
                self.p.complain(f"WARNING: Package(s) not found: {word}\n")
                return 1
            package = self.index.get(key, {})
            needs = ", ".join(sorted(_split_requirement(need)[0] for need in package.get("requires", [])))
            yield (
                f"Name: {self._title(key)}\nVersion: {have[key]}\nSummary: {package.get('summary', '')}\n"
                f"Location: {self.home.site}\nRequires: {needs}\nRequired-by: \n"
            ).encode()
        return 0

    def cache_command(self) -> Output:
        files = self.p.files
        action = self.request.words[0] if self.request.words else "info"
        if action == "dir":
            yield f"{self.cache_dir}\n".encode()
        elif action == "purge":
            count = (
                sum(1 for _, node in files.walk(self.cache_dir) if isinstance(node, File))
                if files.is_dir(self.cache_dir)
                else 0
            )
            if count:
                files.remove(self.cache_dir)
            yield f"Files removed: {count}\n".encode()
        else:
            yield f"Package index page cache location: {self.cache_dir}/http-v2\n".encode()
        return 0

    def download(self) -> Output:
        for word in self.request.words:
            package = self.index.get(_normal(_split_requirement(word)[0]))
            if package is None:
                self.p.complain(f"ERROR: No matching distribution found for {word}\n")
                return 1
            self.p.files.write(package["wheel"], Content(b"PK\x03\x04", package["wheel_size"]))
            wheel = package["wheel"]
            yield f"Collecting {word}\n  Downloading {wheel}\nSaved ./{wheel}\n".encode()
        yield f"Successfully downloaded {' '.join(self.request.words)}\n".encode()
        return 0


_MANAGED = """error: externally-managed-environment

× This environment is externally managed
╰─> To install Python packages system-wide, try apt install
    python3-xyz, where xyz is the package you are trying to
    install.

    If you wish to install a non-Debian-packaged Python package,
    create a virtual environment using python3 -m venv path/to/venv.
    Then use path/to/venv/bin/python and path/to/venv/bin/pip. Make
    sure you have python3-full installed.

note: If you believe this is a mistake, please contact your Python installation or OS distribution provider. \
You can override this, at the risk of breaking your Python installation or OS, by passing \
--break-system-packages.
hint: See PEP 668 for the detailed specification.
"""
_ROOT = (
    "WARNING: Running pip as the 'root' user can result in broken permissions and conflicting behaviour with "
    "the system package manager, possibly rendering your system unusable. It is recommended to use a virtual "
    "environment instead.\n"
)


def _wheel_nodes(
    package: dict[str, Any], version: str, site: str, commands: str
) -> Iterator[tuple[str, Node]]:
    name = package["wheel"].partition("-")[0]
    top = site.lstrip("/")
    scripts = package["scripts"]
    left = package["installed_size"] - 240 * len(scripts)
    metadata = f"Metadata-Version: 2.1\nName: {package['name']}\nVersion: {version}\n"
    info = f"{top}/{name}-{version}.dist-info"
    record = max(300, 75 * package["files"])
    yield f"{info}/METADATA", File(Content(metadata.encode(), min(9_000, max(left // 4, len(metadata)))))
    yield f"{info}/RECORD", File(Content(b"", record))
    yield f"{info}/WHEEL", File(Content(b"Wheel-Version: 1.0\n"))
    yield f"{info}/INSTALLER", File(Content(b"pip\n"))
    left -= min(9_000, max(left // 4, len(metadata))) + record + 23
    names = package["top_level"] or [name]
    share = max(left, 0) // len(names)
    for position, module in enumerate(names):
        size = share if position else max(left, 0) - share * (len(names) - 1)
        if "." in module:
            yield f"{top}/{module}", File(Content(b"# Simulated content.\n"[:size], size))
            continue
        init = min(2_400, size)
        yield f"{top}/{module}/__init__.py", File(Content(b"# Simulated content.\n"[:init], init))
        if size > init:
            yield f"{top}/{module}/other-files-of-{module}", File(Content(b"", size - init))
    for script in scripts:
        yield f"{commands.lstrip('/')}/{script}", File(program_stub(script, 240), 0o755)


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _split_requirement(text: str) -> tuple[str, list[str], str, str]:
    """Name, extras, first comparison and its version."""
    bare = text.partition(";")[0].strip()
    for operator in ("===", "==", "~=", ">=", "<=", "!=", ">", "<"):
        name, found, version = bare.partition(operator)
        if found and not any(other in name for other in "=<>~!"):
            break
    else:
        name, operator, version = bare, "", ""
    name, _, extras = name.strip().partition("[")
    number = version.partition(",")[0].strip()
    return name.strip(), [e.strip() for e in extras.rstrip("] ").split(",") if e.strip()], operator, number


def _numbers(version: str) -> list[int]:
    return [
        int(part) if part.isdigit() and len(part) < 10 else 0 for part in version.replace("*", "").split(".")
    ]


def _newer(one: str, other: str) -> bool:
    return _numbers(one) > _numbers(other)


def _satisfies(have: str, operator: str, wanted: str) -> bool:
    one, other = _numbers(have), _numbers(wanted)
    match operator:
        case "==" | "===":
            return have.startswith(wanted.rstrip("*").rstrip(".")) if "*" in wanted else one == other
        case ">=" | "~=":
            return one >= other
        case "<=":
            return one <= other
        case ">":
            return one > other
        case "<":
            return one < other
        case "!=":
            return one != other
    return True


def _version_for(operator: str, wanted: str) -> str:
    """A version that satisfies the bound although the index's latest does not."""
    numbers = _numbers(wanted)
    if operator == "<":
        position = max((i for i, n in enumerate(numbers) if n), default=0)
        numbers[position] = max(0, numbers[position] - 1)
    return ".".join(str(number) for number in numbers)


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.1f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _project_name(p: Process, path: str) -> str:
    for file in ("pyproject.toml", "setup.py", "setup.cfg"):
        for line in text_of(p, f"{path}/{file}").splitlines():
            key, found, value = line.partition("=")
            if found and key.strip().rpartition("(")[2].strip() == "name":
                return value.strip().strip("\"', ")[:80] or "project"
    return p.files.absolute(path).rpartition("/")[2] or "project"
