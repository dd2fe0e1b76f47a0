"""go: build, run, test and modules, as far as small example programs need them."""

from collections.abc import Generator
from hashlib import sha256

from engine.clock import SECOND
from engine.fs import Content, File, FsError
from engine.programs.lib.artefacts import artefact
from engine.programs.lib.literals import printed_calls
from engine.programs.lib.servers import stay_up
from engine.programs.lib.unpack import text_of
from engine.shell.process import Process
from engine.shell.registry import program

Output = Generator[bytes, None, int]
_PRINTS = {
    "fmt.Println": "\n",
    "fmt.Printf": "",
    "fmt.Print": "",
    "log.Println": "\n",
    "log.Printf": "\n",
    "println": "\n",
}
_BINARY_SIZE = 2_210_000
_SERVER_SIZE = 7_600_000


@program("go", "gofmt", package="golang", summary="tool for Go programs")
def go(p: Process) -> Output:
    words = p.argv[1:]
    version = _version(p)
    if p.name == "gofmt":
        return 0
    command = words[0] if words else "help"
    match command:
        case "version":
            yield f"go version go{version} linux/amd64\n".encode()
            return 0
        case "env":
            values = {
                "GOPATH": p.env.get("GOPATH", "/root/go"),
                "GOOS": "linux",
                "GOARCH": "amd64",
                "GOVERSION": f"go{version}",
                "CGO_ENABLED": p.env.get("CGO_ENABLED", "1"),
            }
            names = [word for word in words[1:] if not word.startswith("-")]
            for name in names or values:
                yield f"{values.get(name, '')}\n".encode() if names else f"{name}='{values[name]}'\n".encode()
            return 0
        case "build" | "install":
            return (yield from _build(p, words[1:], install=command == "install"))
        case "run":
            return (yield from _run(p, words[1:]))
        case "mod" | "get":
            return (yield from _modules(p, words))
        case "test" | "vet" | "fmt" | "generate" | "work" | "clean" | "list" | "tool":
            if command == "test":
                yield b"?   \tapp\t[no test files]\n"
            return 0
    p.complain("Go is a tool for managing Go source code.\n\nUsage:\n\n\tgo <command> [arguments]\n")
    return 2


def _version(p: Process) -> str:
    given = p.env.get("GOLANG_VERSION", "")
    return given or text_of(p, "/usr/local/go/VERSION").partition("\n")[0].removeprefix("go") or "1.19.8"


def _sources(p: Process, words: list[str]) -> tuple[str, list[str]] | None:
    """The package's directory and its Go files; None after having said what is missing."""
    targets = [word for word in words if not word.startswith("-")]
    if targets and targets[0].endswith(".go"):
        for path in targets:
            if not p.files.is_file(path):
                p.complain(f"no required module provides package {path}; to add it:\n\tgo get {path}\n")
                return None
        return ".", targets
    folder = targets[0].rstrip("/") if targets else "."
    folder = "." if folder in (".", "./...", "...") else folder
    try:
        names = [
            name for name in p.files.names(folder) if name.endswith(".go") and not name.endswith("_test.go")
        ]
    except FsError:
        p.complain(f"directory {folder} not found\n")
        return None
    if not _module_file(p) and p.env.get("GO111MODULE") != "off":
        p.complain(
            "go: go.mod file not found in current directory or any parent directory; see 'go help modules'\n"
        )
        return None
    if not names:
        p.complain(f"no Go files in {p.files.absolute(folder)}\n")
        return None
    return folder, [f"{folder}/{name}" for name in names]


def _module_file(p: Process) -> str:
    here = p.files.cwd
    while True:
        path = f"{here.rstrip('/')}/go.mod"
        if p.files.is_file(path):
            return path
        if here in ("/", ""):
            return ""
        here = here.rpartition("/")[0] or "/"


def _requirements(p: Process) -> list[str]:
    found: list[str] = []
    for line in text_of(p, _module_file(p) or "/nonexistent").splitlines():
        words = line.strip().removeprefix("require ").split()
        if len(words) >= 2 and "/" in words[0] and words[1].startswith("v"):
            found.append(f"{words[0]}@{words[1]}")
    return found[:400]


def _download(p: Process) -> Generator[bytes, None, bool]:
    """Fetch the modules that are not in the module cache; False when there is no network."""
    cache = f"{p.env.get('GOPATH') or p.env.get('HOME', '/root') + '/go'}/pkg/mod"
    for module in _requirements(p):
        place = f"{cache}/{module}"
        if p.files.is_dir(place):
            continue
        if not p.system.network:
            p.complain(f"go: {module}: dial tcp: lookup proxy: Temporary failure in name resolution\n")
            return False
        name, _, version = module.partition("@")
        p.complain(f"go: downloading {name} {version}\n")
        size = 60_000 + int.from_bytes(sha256(module.encode()).digest()[:3]) // 8
        p.files.make_dirs(place)
        p.files.write(f"{place}/go.mod", f"module {name}\n".encode())
        p.files.write(f"{place}/other-files-of-module", Content(b"", size))
        p.files.make_dirs(f"{cache}/cache/download/{name}/@v")
        p.files.write(f"{cache}/cache/download/{name}/@v/{version}.zip", Content(b"PK\x03\x04", size // 4))
        p.system.clock.advance(SECOND // 2)
    yield b""
    return True


def _compile(p: Process, paths: list[str]) -> tuple[list[str], bool, str]:
    """What the program prints, whether it is a server, and the first error, if any."""
    lines: list[str] = []
    serves = False
    has_main = False
    for path in paths:
        source = text_of(p, path)
        has_main = has_main or "func main()" in source
        lines += printed_calls(source, _PRINTS, p.budget)
        serves = serves or any(w in source for w in ("ListenAndServe", ".Run(", "net.Listen(", ".Listen("))
        if source.count("{") != source.count("}"):
            return (
                [],
                False,
                f"# command-line-arguments\n{path}:{source.count(chr(10)) + 1}:1: syntax error: "
                "unexpected EOF, expecting }",
            )
    if not has_main:
        return lines, serves, "function main is undeclared in the main package"
    return lines, serves, ""


def _build(p: Process, words: list[str], install: bool) -> Output:
    output = ""
    rest: list[str] = []
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word in ("-o", "-ldflags", "-tags", "-mod", "-gcflags", "-C") and position < len(words):
            if word == "-o":
                output = words[position]
            position += 1
        elif word.startswith("-"):
            continue
        else:
            rest.append(word)
    found = _sources(p, rest)
    if found is None:
        return 1
    if not (yield from _download(p)):
        return 1
    folder, paths = found
    lines, serves, problem = _compile(p, paths)
    if problem:
        p.complain(f"{problem}\n")
        return 1
    module = text_of(p, _module_file(p) or "/nonexistent").partition("\n")[0].removeprefix("module ").strip()
    name = (module or p.files.absolute(folder)).rstrip("/").rpartition("/")[2] or "main"
    if paths[0].endswith(".go") and rest and rest[0].endswith(".go"):
        name = paths[0].rpartition("/")[2].removesuffix(".go")
    elif folder != ".":
        name = folder.rpartition("/")[2]
    if install:
        output = f"{p.env.get('GOPATH', '/root/go')}/bin/{name}"
        p.files.make_dirs(output.rpartition("/")[0])
    target = output or name
    if p.files.is_dir(target):
        target = f"{target.rstrip('/')}/{name}"
    elif "/" in target:
        p.files.make_dirs(target.rpartition("/")[0])
    stripped = any("-s" in word and "-w" in word for word in words)
    size = (_SERVER_SIZE if serves else _BINARY_SIZE) + 340_000 * len(_requirements(p))
    size = size * 68 // 100 if stripped else size
    p.files.write(target, artefact(lines, size, "http" if serves else ""), 0o777)
    p.files.chmod(target, 0o755)
    cache = p.env.get("GOCACHE") or f"{p.env.get('HOME', '/root')}/.cache/go-build"
    key = sha256("".join(text_of(p, path) for path in paths).encode("utf-8", "replace")).hexdigest()
    p.files.make_dirs(f"{cache}/{key[:2]}")
    p.files.write(f"{cache}/{key[:2]}/{key}-d", Content(b"", 31_000_000 if serves else 12_400_000))
    p.system.clock.advance(4 * SECOND)
    return 0


def _run(p: Process, words: list[str]) -> Output:
    found = _sources(p, words)
    if found is None or not (yield from _download(p)):
        return 1
    lines, serves, problem = _compile(p, found[1])
    if problem:
        p.complain(f"{problem}\n")
        return 1
    p.system.clock.advance(2 * SECOND)
    text = "".join(lines)
    if serves:
        stay_up(p, text)
    yield text.encode("utf-8", "surrogateescape")
    return 0


def _modules(p: Process, words: list[str]) -> Output:
    if words[0] == "get":
        for word in [word for word in words[1:] if not word.startswith("-")]:
            name, _, version = word.partition("@")
            path = _module_file(p)
            if not path:
                p.complain("go: go.mod file not found in current directory or any parent directory.\n")
                return 1
            number = version if version.startswith("v") else "v1.0.0"
            p.complain(f"go: added {name} {number}\n")
            p.files.append(path, f"\nrequire {name} {number}\n".encode())
        return 0 if (yield from _download(p)) else 1
    action = words[1] if len(words) > 1 else ""
    if action == "init":
        name = words[2] if len(words) > 2 else p.files.cwd.rpartition("/")[2] or "main"
        if p.files.is_file("go.mod"):
            p.complain(f"go: {p.files.absolute('go.mod')} already exists\n")
            return 1
        short = ".".join(_version(p).split(".")[:2])
        p.files.write("go.mod", f"module {name}\n\ngo {short}\n".encode())
        p.complain(f"go: creating new go.mod: module {name}\n")
        return 0
    if not _module_file(p):
        p.complain(
            "go: go.mod file not found in current directory or any parent directory; see 'go help modules'\n"
        )
        return 1
    if action in ("download", "tidy", "vendor", "verify"):
        if not (yield from _download(p)):
            return 1
        if action == "tidy" and _requirements(p) and not isinstance(p.files.find("go.sum"), File):
            sums = "".join(f"{module.replace('@', ' ')} h1:simulated=\n" for module in _requirements(p))
            p.files.write("go.sum", sums.encode())
    return 0
