"""node: prints what simple scripts print, and lets servers stay up."""

from collections.abc import Generator

from engine.fs import FsError
from engine.programs.lib.jsrun import JavaScript, Unknown
from engine.programs.lib.servers import stay_up
from engine.programs.lib.unpack import text_of
from engine.shell.process import Process
from engine.shell.registry import program

Output = Generator[bytes, None, int]
_BUILT_IN = frozenset(
    (
        "assert",
        "buffer",
        "child_process",
        "cluster",
        "crypto",
        "dns",
        "events",
        "fs",
        "http",
        "http2",
        "https",
        "net",
        "os",
        "path",
        "process",
        "querystring",
        "readline",
        "stream",
        "string_decoder",
        "timers",
        "tls",
        "url",
        "util",
        "v8",
        "vm",
        "worker_threads",
        "zlib",
        "perf_hooks",
        "async_hooks",
    )
)


def node_version(p: Process) -> str:
    """``v22.23.2``: from the image, else what Debian has."""
    given = p.env.get("NODE_VERSION", "")
    return f"v{given}" if given else "v18.20.4"


@program("node", "nodejs", package="nodejs", summary="JavaScript runtime (a glimpse of it)")
def node(p: Process) -> Output:
    words = p.argv[1:]
    show = False
    while words and words[0].startswith("-") and words[0] != "-":
        option = words.pop(0)
        if option in ("--version", "-v"):
            yield f"{node_version(p)}\n".encode()
            return 0
        if option in ("-e", "--eval", "-p", "--print", "-pe"):
            if not words:
                p.complain(f"node: {option} requires an argument\n")
                return 9
            show = "p" in option.removeprefix("--")[:2]
            return (yield from _run(p, words[0], words[1:], "[eval]", show))
        if option in ("--help", "-h"):
            yield b"Usage: node [options] [ script.js ] [arguments]\n"
            return 0
        if option in ("-r", "--require", "--import") and words:
            words.pop(0)
    if not words:
        if p.stdin.is_terminal:
            return (yield from _interactive(p))
        source = b"".join(p.stdin.chunks()).decode("utf-8", "replace")
        return (yield from _run(p, source, [], "[stdin]", False))
    path = words[0]
    found = _resolve(p, path)
    if found is None:
        p.complain(_missing(p.files.absolute(path), "", node_version(p)))
        return 1
    return (yield from _run(p, text_of(p, found), words[1:], found, False))


def _resolve(p: Process, path: str) -> str | None:
    for candidate in (path, f"{path}.js", f"{path}/index.js", f"{path}.mjs", f"{path}.cjs"):
        try:
            if p.files.is_file(candidate):
                return candidate
        except FsError:
            return None
    return None


def _missing(name: str, parent: str, version: str) -> str:
    stack = f"\nRequire stack:\n- {parent}" if parent else ""
    listed = f" [ '{parent}' ]" if parent else " []"
    return (
        "node:internal/modules/cjs/loader:1228\n  throw err;\n  ^\n\n"
        f"Error: Cannot find module '{name}'{stack}\n    at Module._resolveFilename "
        "(node:internal/modules/cjs/loader:1225:15) {\n  code: 'MODULE_NOT_FOUND',\n"
        f"  requireStack:{listed}\n}}\n\nNode.js {version}\n"
    )


def _run(p: Process, source: str, arguments: list[str], where: str, show: bool) -> Output:
    script = JavaScript(p, node_version(p), arguments)
    if show:
        try:
            yield (script._shown(script.evaluate(source.strip().rstrip(";"))) + "\n").encode()
            return 0
        except Unknown:
            pass
    lost = _lost_module(p, source, where)
    if lost is not None:
        p.complain(_missing(lost, p.files.absolute(where), node_version(p)))
        return 1
    if source.count("{") != source.count("}") and "`" not in source and "/" not in source:
        p.complain(f"{where}:1\n\nSyntaxError: Unexpected end of input\n\nNode.js {node_version(p)}\n")
        return 1
    if where not in ("[eval]", "[stdin]"):
        folder = p.files.absolute(where).rpartition("/")[0]
        script.names["__dirname"] = folder or "/"
    out, errors, puzzled = script.printed(source)
    for line in errors:
        p.complain(line)
    if ".listen(" in source or "setInterval(" in source:
        stay_up(p, "".join(out))
    yield "".join(out).encode("utf-8", "surrogateescape")
    status = _exit_status(source)
    if puzzled and not out:
        p.complain("node: Layer Lab simulates only a glimpse of JavaScript; this script does more\n")
    return status


def _exit_status(source: str) -> int:
    _, found, rest = source.partition("process.exit(")
    number = rest.partition(")")[0].strip()
    return int(number) % 256 if found and number.isdigit() and len(number) < 5 else 0


def _lost_module(p: Process, source: str, where: str) -> str | None:
    """The first module that is required or imported and not there."""
    position = 0
    folder = p.files.absolute(where).rpartition("/")[0] if where[0] != "[" else p.files.cwd
    while True:
        hits = [(source.find(mark, position), mark) for mark in ("require(", " from ")]
        hits = [hit for hit in hits if hit[0] >= 0]
        if not hits:
            return None
        at, mark = min(hits)
        position = at + len(mark)
        p.budget.step()
        quote = source[position : position + 1]
        line_start = source.rfind("\n", 0, at) + 1
        if quote not in ("'", '"') or "//" in source[line_start:at]:
            continue
        if (
            mark == " from "
            and "import" not in source[line_start:at]
            and "export" not in source[line_start:at]
        ):
            continue
        name = source[position + 1 : source.find(quote, position + 1)]
        bare = name.removeprefix("node:")
        if bare.partition("/")[0] in _BUILT_IN:
            continue
        if name.startswith("."):
            if _resolve(p, f"{folder}/{name}") is None and not p.files.is_file(f"{folder}/{name}.json"):
                return name
            continue
        top = "/".join(name.split("/")[: 2 if name.startswith("@") else 1])
        here = folder
        while not p.files.is_dir(f"{here.rstrip('/')}/node_modules/{top}"):
            if here in ("/", ""):
                return name
            here = here.rpartition("/")[0] or "/"


def _interactive(p: Process) -> Output:
    yield f'Welcome to Node.js {node_version(p)}.\nType ".help" for more information.\n'.encode()
    script = JavaScript(p, node_version(p), [])
    while True:
        yield b"> "
        line = p.stdin.read_line().decode("utf-8", "replace")
        text = line.strip().rstrip(";")
        if not line or text in (".exit", "process.exit()"):
            return 0
        if not text:
            continue
        try:
            value = script.evaluate(text)
            yield (f"'{value}'\n" if isinstance(value, str) else f"{script._shown(value)}\n").encode()
        except Unknown:
            out, _, _ = script.printed(text)
            yield ("".join(out) + "undefined\n").encode()
