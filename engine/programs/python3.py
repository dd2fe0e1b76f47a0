"""python3: runs the simulated part of Python, and the servers that example applications start."""

import ast
import sys
from collections.abc import Callable, Generator
from functools import partial

from engine.budget import BudgetExceeded
from engine.errors import EngineError
from engine.fs import Content, File, FsError, program_stub
from engine.programs.lib.pyrun import Module, NotSimulated, PythonExit, Runner, Scope, parse
from engine.programs.lib.pysite import PythonHome, installed_modules, python_home
from engine.programs.lib.servers import stay_up
from engine.programs.lib.stamps import stamp
from engine.shell.process import Process
from engine.shell.registry import program

Output = Generator[bytes, None, int]


@program(
    "python3", "python", "python2", package="python3", summary="an interpreted language (a small part of it)"
)
def python3(p: Process) -> Output:
    home = python_home(p)
    words = p.argv[1:]
    write_bytecode = not p.env.get("PYTHONDONTWRITEBYTECODE")
    while words and words[0].startswith("-") and words[0] not in ("-", "-c", "-m"):
        option = words.pop(0)
        if option in ("--version", "-V", "-VV"):
            yield f"Python {home.version}\n".encode()
            return 0
        if option in ("--help", "-h"):
            yield b"usage: python3 [option] ... [-c cmd | -m mod | file | -] [arg] ...\n"
            return 0
        if option in ("-W", "-X") and words:
            words.pop(0)
        elif set(option[1:]) - set("uBEIOSsvqibdx"):
            p.complain(f"unknown option {option}\nusage: python3 [option] ... [-c cmd | -m mod | file | -]\n")
            return 2
        if "B" in option:
            write_bytecode = False
    if not words:
        if p.stdin.is_terminal:
            return (yield from _interactive(p, home))
        text = b"".join(p.stdin.chunks()).decode("utf-8", "replace")
        return (yield from run_source(p, home, text, "<stdin>", [], write_bytecode))
    first, *rest = words
    if first == "-c":
        if not rest:
            p.complain("Argument expected for the -c option\n")
            return 2
        return (yield from run_source(p, home, rest[0], "<string>", rest[1:], write_bytecode, argv0="-c"))
    if first == "-m":
        return (yield from _module(p, home, rest, write_bytecode))
    if first == "-":
        text = b"".join(p.stdin.chunks()).decode("utf-8", "replace")
        return (yield from run_source(p, home, text, "<stdin>", rest, write_bytecode))
    return (yield from _script(p, home, first, rest, write_bytecode))


def _script(p: Process, home: PythonHome, path: str, arguments: list[str], write_bytecode: bool) -> Output:
    where = f"{path}/__main__.py" if p.files.is_dir(path) else path
    try:
        content = p.files.content(where)
    except FsError as error:
        number = {"ENOENT": 2, "EACCES": 13}.get(error.code, 21)
        absolute = p.files.absolute(path)
        command = p.executable or p.name
        p.complain(f"{command}: can't open file '{absolute}': [Errno {number}] {error.reason}\n")
        return 2
    if content.is_filler:
        p.complain(f"{p.name}: {path}: only the size of this file is known to Layer Lab, not its text\n")
        return 1
    text = content.head.decode("utf-8", "replace")
    return (yield from run_source(p, home, text, path, arguments, write_bytecode))


def _interactive(p: Process, home: PythonHome) -> Output:
    yield (
        f"Python {home.version} (main, Aug 13 2026, 19:40:10) [GCC 14.2.0] on linux\n"
        'Type "help", "copyright", "credits" or "license" for more information.\n'
    ).encode()
    runner = _runner(p, home, "", [], False)
    scope = runner.scope()
    while True:
        yield b">>> "
        line = p.stdin.read_line().decode("utf-8", "replace")
        if not line:
            yield b"\n"
            return 0
        source = line
        if line.rstrip().endswith(":"):
            while True:
                yield b"... "
                more = p.stdin.read_line().decode("utf-8", "replace")
                if not more.strip():
                    break
                source += more
        action = partial(_evaluate, runner, source, scope)
        status = yield from _guarded(p, runner, action, "<stdin>")
        if status is not None and status >= 1000:
            return status - 1000


def _evaluate(runner: Runner, source: str, scope: Scope) -> None:
    tree = parse(source, "<stdin>")
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        value = runner.value(tree.body[0].value, scope)
        if value is not None:
            runner.print(repr(value))
    else:
        runner.block(tree.body, scope)


# ---------------------------------------------------------------------- running a program


def _runner(p: Process, home: PythonHome, script: str, arguments: list[str], write_bytecode: bool) -> Runner:
    runner = Runner(p, script, arguments, home.version)
    modules = installed_modules(p, home)
    folder = script.rpartition("/")[0] if "/" in script else "."

    def find(name: str, line: int) -> Module:
        top = name.partition(".")[0]
        path = f"{folder}/{name.replace('.', '/')}"
        for candidate in (f"{path}.py", f"{path}/__init__.py"):
            node = p.files.find(candidate)
            if isinstance(node, File) and not node.content.is_filler:
                return _local_module(p, home, runner, name, candidate, write_bytecode)
        if p.files.is_dir(path):
            return Module(name, {})
        if top in modules or top.lower() in modules:
            return Module(name, _third_party(top))
        if top in sys.stdlib_module_names:
            return Module(name, {"__simulated__": True})
        raise ModuleNotFoundError(f"No module named '{top}'")

    runner.find_module = find
    return runner


def _local_module(
    p: Process, home: PythonHome, runner: Runner, name: str, path: str, write_bytecode: bool
) -> Module:
    scope = runner.scope(name)
    module = Module(name, scope.names)
    runner.modules[name] = module
    line = runner.line
    source = p.files.read_text(path)
    runner.block(parse(source, path).body, scope)
    runner.line = line
    if write_bytecode:
        folder, _, file = path.rpartition("/")
        tag = home.short.replace(".", "")
        try:
            p.files.make_dirs(f"{folder}/__pycache__")
            size = 180 + len(source.encode()) * 6 // 5
            p.files.write(
                f"{folder}/__pycache__/{file.removesuffix('.py')}.cpython-{tag}.pyc",
                Content(b"\xcb\r\r\n", size),
            )
        except FsError:
            return module
    return module


def _third_party(name: str) -> dict[str, object]:
    """What an installed package offers the simulation: its version, and nothing to compute with."""
    return {"__version__": "installed", "__name__": name}


def run_source(
    p: Process,
    home: PythonHome,
    source: str,
    script: str,
    arguments: list[str],
    write_bytecode: bool,
    argv0: str = "",
) -> Output:
    """Run a program text; servers stay up, everything else is interpreted."""
    try:
        tree = parse(source, script)
    except SyntaxError as error:
        p.complain(_syntax_error(script, error, source))
        return 1
    runner = _runner(p, home, argv0 or script, arguments, write_bytecode)
    server = _server_of(tree)
    if server is not None:
        missing = _missing_module(p, runner, tree)
        if missing is not None:
            line, name = missing
            p.complain(_traceback(script, line, source, f"ModuleNotFoundError: No module named '{name}'"))
            return 1
        yield from _prints_before(runner, tree)
        _serve(p, server, tree, script)
    status = yield from _guarded(p, runner, lambda: runner.block(tree.body, runner.scope()), script, source)
    return 0 if status is None else status - 1000 if status >= 1000 else status


def _guarded(
    p: Process, runner: Runner, action: Callable[[], None], script: str, source: str = ""
) -> Generator[bytes, None, int | None]:
    """Run ``action``, print what it printed, word its errors as Python does.

    None when all went well, 1 after an error, 1000 + status after sys.exit.
    """
    status: int | None = None
    message = ""
    try:
        action()
    except PythonExit as left:
        if isinstance(left.status, int) or left.status is None:
            status = 1000 + int(left.status or 0) % 256
        else:
            status, message = 1001, f"{left.status}\n"
    except NotSimulated as error:
        status, message = 1, f"{p.name}: {error}\n"
    except RecursionError:
        text = "RecursionError: maximum recursion depth exceeded"
        status, message = 1, _traceback(script, runner.line, source, text)
    except BudgetExceeded:
        yield b"".join(runner.printed)
        raise
    except EngineError:
        yield b"".join(runner.printed)
        raise
    except Exception as error:
        kind = type(error).__name__.strip("_").replace("Interrupted", "KeyboardInterrupt")
        text = f"{kind}: {error}" if str(error) else kind
        status, message = 1, _traceback(script, runner.line, source, text)
    yield b"".join(runner.printed)
    runner.printed.clear()
    if message:
        p.complain(message)
    return status


def _traceback(script: str, line: int, source: str, text: str) -> str:
    lines = source.splitlines()
    shown = f"    {lines[line - 1].strip()}\n" if script != "<string>" and 0 < line <= len(lines) else ""
    return f'Traceback (most recent call last):\n  File "{script}", line {line}, in <module>\n{shown}{text}\n'


def _syntax_error(script: str, error: SyntaxError, source: str) -> str:
    lines = source.splitlines()
    number = error.lineno or 1
    shown = f"    {lines[number - 1].strip()}\n" if 0 < number <= len(lines) else ""
    return f'  File "{script}", line {number}\n{shown}SyntaxError: {error.msg}\n'


# ---------------------------------------------------------------------- servers

_FRAMEWORKS = {
    "flask": "flask",
    "fastapi": "uvicorn",
    "uvicorn": "uvicorn",
    "django": "django",
    "bottle": "bottle",
    "tornado": "tornado",
    "aiohttp": "aiohttp",
    "http": "http",
    "socketserver": "http",
    "streamlit": "streamlit",
    "celery": "celery",
}


def _server_of(tree: ast.Module) -> str | None:
    """Which kind of server the program starts, judged by its imports and its calls; None for none."""
    imported: list[str] = []
    starts = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported.append((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("run", "serve_forever", "run_app", "listen", "execute_from_command_line", "serve"):
                starts = True
    kinds = [_FRAMEWORKS[name] for name in imported if name in _FRAMEWORKS]
    if not kinds or not starts:
        return None
    return "uvicorn" if "uvicorn" in kinds else kinds[0]


def _missing_module(p: Process, runner: Runner, tree: ast.Module) -> tuple[int, str] | None:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            try:
                if name.partition(".")[0] not in sys.stdlib_module_names:
                    runner.load(name)
            except ModuleNotFoundError:
                return node.lineno, name.partition(".")[0]  # type: ignore[attr-defined]
    return None


def _prints_before(runner: Runner, tree: ast.Module) -> Generator[bytes, None, None]:
    """Messages printed at top level before the server starts."""
    scope = runner.scope()
    for name in ("os", "sys"):
        scope.names[name] = runner.load(name)
    for node in tree.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            name = getattr(node.value.func, "id", "")
            if name == "print":
                try:
                    runner.statement(node, scope)
                except (NameError, TypeError, AttributeError, KeyError, NotSimulated):
                    continue
    yield b"".join(runner.printed)
    runner.printed.clear()


def _port_of(tree: ast.Module, default: int) -> int:
    """The first port number given as ``port=`` or as the second half of an address pair."""
    for node in ast.walk(tree):
        number = None
        if isinstance(node, ast.keyword) and node.arg == "port":
            number = getattr(node.value, "value", None)
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
            number = getattr(node.elts[1], "value", None)
        if isinstance(number, int) and not isinstance(number, bool) and 79 < number < 65_536:
            return number
    return default


def _serve(p: Process, kind: str, tree: ast.Module, script: str) -> None:
    open_to_all = any(isinstance(node, ast.Constant) and node.value == "0.0.0.0" for node in ast.walk(tree))
    name = script.rpartition("/")[2].removesuffix(".py")
    if kind == "flask":
        flask_lines(p, name, _port_of(tree, 5000), open_to_all)
    if kind == "uvicorn":
        uvicorn_lines(p, _port_of(tree, 8000), open_to_all)
    if kind == "django":
        django_lines(p, "127.0.0.1:8000")
    stay_up(p)


def flask_lines(p: Process, name: str, port: int, open_to_all: bool) -> None:
    """Flask's development server. Raises StaysUp."""
    text = "WARNING: This is a development server. Do not use it in a production deployment. "
    text += "Use a production WSGI server instead.\n"
    if open_to_all:
        text += f" * Running on all addresses (0.0.0.0)\n * Running on http://127.0.0.1:{port}\n"
        text += f" * Running on http://172.17.0.2:{port}\n"
    else:
        text += f" * Running on http://127.0.0.1:{port}\n"
    head = f" * Serving Flask app '{name}'\n * Debug mode: off\n"
    stay_up(p, errors=f"{head}{text}Press CTRL+C to quit\n")


def uvicorn_lines(p: Process, port: int, open_to_all: bool) -> None:
    """uvicorn. Raises StaysUp."""
    host = "0.0.0.0" if open_to_all else "127.0.0.1"
    stay_up(
        p,
        errors=f"INFO:     Started server process [{p.pid}]\nINFO:     Waiting for application startup.\n"
        "INFO:     Application startup complete.\n"
        f"INFO:     Uvicorn running on http://{host}:{port} (Press CTRL+C to quit)\n",
    )


def django_lines(p: Process, address: str) -> None:
    """Django's development server. Raises StaysUp."""
    stay_up(
        p,
        "Watching for file changes with StatReloader\nPerforming system checks...\n\n"
        "System check identified no issues (0 silenced).\n"
        f"Starting development server at http://{address}/\nQuit the server with CONTROL-C.\n",
    )


@program(
    "gunicorn", "uvicorn", "flask", "hypercorn", "waitress-serve", package="python3", summary="Python servers"
)
def python_server(p: Process) -> int:
    words = p.argv[1:]
    if "--version" in words:
        p.write(f"{p.name} (simulated)\n")
        return 0

    def value(*names: str) -> str:
        for position, word in enumerate(words):
            for name in names:
                if word == name and position + 1 < len(words):
                    return words[position + 1]
                if word.startswith(name + "="):
                    return word.partition("=")[2]
        return ""

    port = value("--port", "-p")
    host = value("--host", "-h")
    number = int(port) if port.isdigit() and len(port) < 6 else 5000 if p.name == "flask" else 8000
    if p.name == "flask":
        if "run" not in words:
            p.write("Usage: flask [OPTIONS] COMMAND [ARGS]...\n")
            return 0
        app = value("--app", "-A") or p.env.get("FLASK_APP", "app")
        flask_lines(p, app, number, host == "0.0.0.0" or p.env.get("FLASK_RUN_HOST") == "0.0.0.0")
    targets = [word for word in words if ":" in word and not word.startswith("-") and "/" not in word]
    modules = [word for word in targets if not word.partition(":")[2].isdigit()]
    if modules:
        module = modules[0].partition(":")[0].replace(".", "/")
        if not (p.files.exists(f"{module}.py") or p.files.is_dir(module)):
            p.complain(f"ModuleNotFoundError: No module named '{module.replace('/', '.')}'\n")
            return 3
    if p.name == "gunicorn":
        bind = value("-b", "--bind") or "127.0.0.1:8000"
        time = stamp(p, "[%Y-%m-%d %H:%M:%S +0000]")
        stay_up(
            p,
            errors=f"{time} [{p.pid}] [INFO] Starting gunicorn 23.0.0\n"
            f"{time} [{p.pid}] [INFO] Listening at: http://{bind} ({p.pid})\n"
            f"{time} [{p.pid}] [INFO] Using worker: sync\n{time} [7] [INFO] Booting worker with pid: 7\n",
        )
    uvicorn_lines(p, number, host == "0.0.0.0")
    return 0


# ---------------------------------------------------------------------- python -m


def _module(p: Process, home: PythonHome, words: list[str], write_bytecode: bool) -> Output:
    if not words:
        p.complain("Argument expected for the -m option\n")
        return 2
    name, *rest = words
    if name == "pip":
        from engine.programs.pip import run_pip

        return (yield from run_pip(p, home, rest))
    if name in ("venv", "virtualenv"):
        return (yield from _venv(p, home, rest))
    if name in ("http.server", "SimpleHTTPServer"):
        port = next((word for word in rest if word.isdigit()), "8000")
        stay_up(p, f"Serving HTTP on 0.0.0.0 port {port} (http://0.0.0.0:{port}/) ...\n")
    if name in ("flask", "gunicorn", "uvicorn", "hypercorn"):
        if name not in installed_modules(p, home):
            p.complain(f"{p.executable}: No module named {name}\n")
            return 1
        p.argv = [name, *rest]
        return python_server_status(p)
    if name == "json.tool":
        import json

        try:
            value = json.loads(b"".join(p.stdin.chunks()))
        except (ValueError, RecursionError) as error:
            p.complain(f"{error}\n")
            return 1
        yield (json.dumps(value, indent=4) + "\n").encode()
        return 0
    if name in ("compileall", "ensurepip", "site", "this", "unittest", "pytest", "timeit"):
        yield b""
        return 0
    path = f"{name.replace('.', '/')}"
    for candidate in (f"{path}/__main__.py", f"{path}.py"):
        if p.files.is_file(candidate):
            return (yield from _script(p, home, candidate, rest, write_bytecode))
    p.complain(f"{p.executable or p.name}: No module named {name}\n")
    return 1


def python_server_status(p: Process) -> int:
    """Start the server command that ``p.argv`` names; its status when it does not stay up."""
    result = python_server(p)
    return result if isinstance(result, int) else 0


def _venv(p: Process, home: PythonHome, words: list[str]) -> Output:
    targets = [word for word in words if not word.startswith("-")]
    if not targets:
        p.complain("usage: venv [-h] ENV_DIR [ENV_DIR ...]\n")
        p.complain("venv: error: the following arguments are required: ENV_DIR\n")
        return 2
    debian = home.bin == "/usr/local/bin" and home.site.endswith("dist-packages")
    lacking = debian and not p.files.is_dir(f"/usr/lib/python{home.short}/ensurepip")
    if lacking and not any("venv" in name for name in p.files.names("/var/lib/dpkg/info")):
        p.write(
            "The virtual environment was not created successfully because ensurepip is not\n"
            "available.  On Debian/Ubuntu systems, you need to install the python3-venv\n"
            f"package using the following command.\n\n    apt install python{home.short}-venv\n"
        )
        return 1
    for target in targets:
        top = p.files.absolute(target)
        site = f"{top}/lib/python{home.short}/site-packages"
        for folder in (f"{top}/bin", f"{top}/include", f"{site}/pip", f"{site}/pip-25.0.1.dist-info"):
            p.files.make_dirs(folder)
        real = p.files.real_path(p.executable or "/usr/local/bin/python3")
        p.files.write(
            f"{top}/pyvenv.cfg",
            f"home = {real.rpartition('/')[0]}\ninclude-system-site-packages = false\n"
            f"version = {home.version}\nexecutable = {real}\n".encode(),
        )
        for name in ("python3", "python", f"python{home.short}"):
            if not p.files.exists(f"{top}/bin/{name}"):
                p.files.symlink(real if name == "python3" else "python3", f"{top}/bin/{name}")
        for name in ("pip", "pip3", f"pip{home.short}"):
            p.files.write(f"{top}/bin/{name}", program_stub("pip3", 241), 0o777)
        p.files.write(f"{site}/pip/__init__.py", Content(b"# Simulated content.\n", 9_800_000))
        p.files.write(f"{site}/pip-25.0.1.dist-info/METADATA", b"Name: pip\nVersion: 25.0.1\n")
        p.files.write(
            f"{top}/bin/activate",
            f'VIRTUAL_ENV="{top}"\nPATH="{top}/bin:$PATH"\nexport VIRTUAL_ENV PATH\n'.encode(),
        )
    yield b""
    return 0
