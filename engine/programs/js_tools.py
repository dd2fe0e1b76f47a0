"""Commands that npm packages bring: watchers and servers stay up, bundlers leave their output directory."""

from collections.abc import Generator

from engine.fs import Content
from engine.programs.lib.children import run_child
from engine.programs.lib.servers import stay_up
from engine.shell.process import Process, StaysUp
from engine.shell.registry import program

Output = Generator[bytes, None, int]
_OUTPUT = {
    "vite": "dist",
    "webpack": "dist",
    "webpack-cli": "dist",
    "react-scripts": "build",
    "next": ".next",
    "ng": "dist",
    "tsc": "dist",
    "vue-cli-service": "dist",
    "rollup": "dist",
    "esbuild": "dist",
    "parcel": "dist",
}


@program(
    "nodemon", "pm2", "pm2-runtime", "ts-node", package="node-tools", summary="run a script and watch it"
)
def watcher(p: Process) -> Output:
    words = [word for word in p.argv[1:] if not word.startswith("-") and word != "start"]
    if "--version" in p.argv or not words:
        yield f"{p.name} (simulated)\n".encode()
        return 0
    if p.name == "nodemon":
        yield f"[nodemon] starting `node {' '.join(words)}`\n".encode()
    try:
        status = yield from run_child(p, ["node", *words])
    except StaysUp as waiting:
        raise StaysUp(waiting.ready) from None
    if p.name == "ts-node" or status:
        return status
    stay_up(p, "[nodemon] clean exit - waiting for changes before restart\n" if p.name == "nodemon" else "")


@program("http-server", "serve", "live-server", package="node-tools", summary="serve static files")
def static_server(p: Process) -> int:
    port = p.argv[p.argv.index("-p") + 1] if "-p" in p.argv[:-1] else "8080"
    stay_up(
        p, f"Starting up {p.name}, serving ./\nAvailable on:\n  http://127.0.0.1:{port}\nHit CTRL-C to stop\n"
    )


@program(*_OUTPUT, package="node-tools", summary="bundlers and compilers")
def bundler(p: Process) -> Output:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if "--version" in p.argv or "-v" in p.argv:
        yield f"{p.name} (simulated)\n".encode()
        return 0
    serving = words[:1] in (["dev"], ["serve"], ["start"], ["preview"]) or (p.name == "vite" and not words)
    if serving:
        port = "3000" if p.name in ("next", "react-scripts") else "5173"
        stay_up(p, f"  ready in 321 ms\n\n  Local:   http://localhost:{port}/\n")
    folder = _OUTPUT[p.name]
    for option in ("--outDir", "--out-dir", "-d", "--output-path"):
        if option in p.argv[:-1]:
            folder = p.argv[p.argv.index(option) + 1]
    p.files.make_dirs(f"{folder}/assets")
    page = b'<!doctype html>\n<title>app</title>\n<script src="/assets/index.js"></script>\n'
    if p.name != "tsc":
        p.files.write(f"{folder}/index.html", page)
        p.files.write(f"{folder}/assets/index.js", Content(b"// Simulated bundle.\n", 143_400))
        p.files.write(f"{folder}/assets/index.css", Content(b"/* Simulated bundle. */\n", 1_390))
    else:
        p.files.write(f"{folder}/index.js", Content(b"// Simulated output of tsc.\n", 2_400))
    yield f"> {p.name}: built into {folder}/ (simulated)\n".encode()
    return 0


@program("jest", "mocha", "eslint", "prettier", package="node-tools", summary="test runners and linters")
def checker(p: Process) -> int:
    p.write(f"{p.name}: Layer Lab does not run JavaScript tests; counting this as passed\n")
    return 0
