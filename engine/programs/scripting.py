"""perl, ruby, php and their package tools: one-liners with literal output, and files in the right places."""

import json
from collections.abc import Generator

from engine.clock import SECOND
from engine.fs import Content, program_stub
from engine.programs.lib.artefacts import artefact
from engine.programs.lib.children import exec_or_explain
from engine.programs.lib.literals import printed_calls
from engine.programs.lib.servers import stay_up
from engine.programs.lib.unpack import text_of
from engine.shell.process import Process
from engine.shell.registry import program

Output = Generator[bytes, None, int]
_PERL = {"print ": "", "print(": "", "say ": "\n", "printf ": ""}
_RUBY = {"puts ": "\n", "print ": "", "p ": "\n"}
_PHP = {"echo ": "", "print ": "", "printf(": ""}


def _one_liner(p: Process, options: tuple[str, ...], prints: dict[str, str]) -> Output:
    words = p.argv[1:]
    for position, word in enumerate(words):
        if word in options and position + 1 < len(words):
            yield "".join(printed_calls(words[position + 1], prints, p.budget)).encode()
            return 0
    paths = [word for word in words if not word.startswith("-")]
    if not paths:
        if not p.stdin.is_terminal:
            source = b"".join(p.stdin.chunks()).decode("utf-8", "replace")
            yield "".join(printed_calls(source, prints, p.budget)).encode()
        return 0
    if not p.files.is_file(paths[0]):
        kind = {"perl": "Can't open perl script", "php": "Could not open input file:"}.get(
            p.name, "No such file"
        )
        p.complain(f'{kind} "{paths[0]}": No such file or directory\n')
        return 2
    source = text_of(p, paths[0])
    yield "".join(printed_calls(source, prints, p.budget)).encode()
    if any(word in source for word in ("Sinatra", "sinatra", "WEBrick", "Rack::Handler")):
        stay_up(p, "== Sinatra has taken the stage on 4567 for development\n")
    return 0


@program("perl", package="perl", summary="practical extraction and report language (a glimpse of it)")
def perl(p: Process) -> Output:
    if "-v" in p.argv or "--version" in p.argv:
        yield b"\nThis is perl 5, version 36, subversion 0 (v5.36.0) built for x86_64-linux-gnu\n"
        return 0
    return (yield from _one_liner(p, ("-e", "-E", "-le"), _PERL))


@program("ruby", package="ruby", summary="interpreter of the Ruby language (a glimpse of it)")
def ruby(p: Process) -> Output:
    if "-v" in p.argv or "--version" in p.argv:
        version = p.env.get("RUBY_VERSION", "3.1.2")
        yield f"ruby {version}p0 [x86_64-linux]\n".encode()
        return 0
    return (yield from _one_liner(p, ("-e",), _RUBY))


@program("php", package="php", summary="PHP command line (a glimpse of it)")
def php(p: Process) -> Output:
    version = p.env.get("PHP_VERSION", "8.2.29")
    if "-v" in p.argv or "--version" in p.argv:
        yield f"PHP {version} (cli) (NTS)\nCopyright (c) The PHP Group\n".encode()
        return 0
    if "-m" in p.argv:
        yield b"[PHP Modules]\nCore\nctype\ncurl\ndate\njson\nmbstring\nopenssl\npcre\nstandard\n\n"
        return 0
    if "-S" in p.argv[:-1]:
        address = p.argv[p.argv.index("-S") + 1]
        stay_up(p, errors=f"PHP {version} Development Server (http://{address}) started\n")
    return (yield from _one_liner(p, ("-r",), _PHP))


@program("irb", package="ruby", summary="interactive Ruby")
def irb(p: Process) -> Output:
    while True:
        yield b"irb(main):001> "
        line = p.stdin.read_line()
        if not line or line.strip() in (b"exit", b"quit"):
            return 0
        yield "".join(printed_calls(line.decode("utf-8", "replace"), _RUBY, p.budget)).encode()


@program("gem", package="ruby", summary="Ruby package manager")
def gem(p: Process) -> Output:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if "--version" in p.argv or "-v" in p.argv[1:2]:
        yield b"3.3.15\n"
        return 0
    if words[:1] != ["install"]:
        return 0
    if not p.system.network:
        p.complain("ERROR:  Could not find a valid gem, here is why:\n          Unable to download data\n")
        return 2
    for name in words[1:]:
        _gem_files(p, name)
        yield f"Successfully installed {name}-1.0.0\n".encode()
    yield f"{len(words) - 1} gem{'s' if len(words) > 2 else ''} installed\n".encode()
    return 0


def _gem_files(p: Process, name: str) -> None:
    home = p.env.get("GEM_HOME") or "/var/lib/gems/3.1.0"
    size = 60_000 + 900 * sum(name.encode())
    p.files.make_dirs(f"{home}/gems/{name}-1.0.0/lib")
    p.files.write(f"{home}/gems/{name}-1.0.0/lib/{name}.rb", Content(b"# Simulated content.\n", size))
    p.files.make_dirs(f"{home}/cache")
    p.files.write(f"{home}/cache/{name}-1.0.0.gem", Content(b"", size // 3))
    p.system.clock.advance(SECOND)


@program("bundle", "bundler", package="ruby", summary="Ruby dependency manager")
def bundle(p: Process) -> Output:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if "--version" in p.argv or "-v" in p.argv:
        yield b"Bundler version 2.3.15\n"
        return 0
    command = words[0] if words else "install"
    if command == "exec":
        return (yield from exec_or_explain(p, words[1:], "{name}: {reason}"))
    if command != "install":
        return 0
    if not p.files.is_file("Gemfile"):
        p.complain("Could not locate Gemfile\n")
        return 10
    names = [
        line.partition("gem ")[2].strip().strip("'\"").partition("'")[0].partition('"')[0]
        for line in text_of(p, "Gemfile").splitlines()
        if line.strip().startswith("gem ")
    ]
    yield b"Fetching gem metadata from https://gems.example/........\nResolving dependencies...\n"
    for name in names[:300]:
        p.budget.step()
        _gem_files(p, name)
        yield f"Installing {name} 1.0.0\n".encode()
    p.files.write("Gemfile.lock", ("GEM\n  specs:\n" + "".join(f"    {n} (1.0.0)\n" for n in names)).encode())
    yield f"Bundle complete! {len(names)} Gemfile dependencies, {len(names)} gems now installed.\n".encode()
    return 0


@program("composer", package="composer", summary="PHP dependency manager")
def composer(p: Process) -> Output:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if "--version" in p.argv or "-V" in p.argv:
        yield b"Composer version 2.8.12 2026-09-19 13:41:59\n"
        return 0
    command = words[0] if words else "list"
    if command not in ("install", "update", "require"):
        return 0
    if command == "require":
        value = {"require": dict.fromkeys(words[1:], "^1.0")}
        p.files.write("composer.json", (json.dumps(value, indent=4) + "\n").encode())
    if not p.files.is_file("composer.json"):
        p.complain(f"Composer could not find a composer.json file in {p.files.cwd}\n")
        return 1
    try:
        needs = json.loads(text_of(p, "composer.json")).get("require", {})
    except (ValueError, AttributeError, RecursionError):
        p.complain('"./composer.json" does not contain valid JSON\n')
        return 1
    names = [name for name in needs if "/" in name] if isinstance(needs, dict) else []
    p.complain("Installing dependencies from lock file (including require-dev)\n")
    for name in names[:300]:
        p.files.make_dirs(f"vendor/{name}/src")
        size = 90_000 + 700 * sum(name.encode())
        p.files.write(f"vendor/{name}/src/other-files", Content(b"", size))
        p.complain(f"  - Installing {name} (1.0.0): Extracting archive\n")
    p.files.make_dirs("vendor/composer")
    p.files.write("vendor/autoload.php", b"<?php\n// autoload.php @generated by Composer\n")
    p.files.write("composer.lock", b'{"packages": []}\n')
    p.complain("Generating autoload files\n")
    yield b""
    return 0


_RUST = {"println!": "\n", "print!": "", "eprintln!": "\n"}


@program("rustc", package="rust", summary="Rust compiler")
def rustc(p: Process) -> int:
    if "--version" in p.argv or "-V" in p.argv:
        p.write(f"rustc {p.env.get('RUST_VERSION', '1.63.0')} (simulated)\n")
        return 0
    sources = [word for word in p.argv[1:] if word.endswith(".rs")]
    if not sources or not p.files.is_file(sources[0]):
        p.complain(f"error: couldn't read {sources[0] if sources else 'input'}: No such file or directory\n")
        return 1
    output = p.argv[p.argv.index("-o") + 1] if "-o" in p.argv[:-1] else sources[0].removesuffix(".rs")
    lines = printed_calls(text_of(p, sources[0]), _RUST, p.budget)
    p.files.write(
        output.rpartition("/")[2] if "-o" not in p.argv else output, artefact(lines, 3_900_000), 0o777
    )
    return 0


@program("cargo", package="rust", summary="Rust package manager")
def cargo(p: Process) -> Output:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if "--version" in p.argv or "-V" in p.argv:
        yield b"cargo 1.63.0 (simulated)\n"
        return 0
    command = words[0] if words else ""
    if command in ("new", "init"):
        folder = words[1] if len(words) > 1 else "."
        name = p.files.absolute(folder).rpartition("/")[2] or "app"
        p.files.make_dirs(f"{folder}/src")
        manifest = f'[package]\nname = "{name}"\nversion = "0.1.0"\n\n[dependencies]\n'
        p.files.write(f"{folder}/Cargo.toml", manifest.encode())
        p.files.write(f"{folder}/src/main.rs", b'fn main() {\n    println!("Hello, world!");\n}\n')
        p.complain(f"    Creating binary (application) `{name}` package\n")
        return 0
    if not p.files.is_file("Cargo.toml"):
        p.complain(f"error: could not find `Cargo.toml` in `{p.files.cwd}` or any parent directory\n")
        return 101
    manifest = text_of(p, "Cargo.toml")
    name = next(
        (
            line.partition("=")[2].strip().strip('"')
            for line in manifest.splitlines()
            if line.strip().startswith("name")
        ),
        "app",
    )
    section = manifest.partition("[dependencies]")[2].partition("\n[")[0]
    needs = [line.partition("=")[0].strip() for line in section.splitlines() if "=" in line]
    release = "--release" in p.argv
    folder = f"target/{'release' if release else 'debug'}"
    if command in ("build", "run", "install", "check", "fetch", "test"):
        for need in needs[:300]:
            p.complain(f"  Downloaded {need} v1.0.0\n   Compiling {need} v1.0.0\n")
            place = (
                f"{p.env.get('CARGO_HOME') or p.env.get('HOME', '/root') + '/.cargo'}/registry/{need}-1.0.0"
            )
            p.files.make_dirs(place)
            p.files.write(f"{place}/other-files", Content(b"", 180_000 + 500 * sum(need.encode())))
        source = text_of(p, "src/main.rs")
        lines = printed_calls(source, _RUST, p.budget)
        servers = ("HttpServer::new", "axum::serve", "TcpListener")
        serves = "http" if any(word in source for word in servers) else ""
        p.complain(
            f"   Compiling {name} v0.1.0 ({p.files.cwd})\n    Finished `{'release' if release else 'dev'}` "
            "profile target(s) in 3.41s\n"
        )
        if command in ("build", "run", "install"):
            p.files.make_dirs(f"{folder}/deps")
            size = (450_000 if release else 3_900_000) + 380_000 * len(needs)
            p.files.write(f"{folder}/{name}", artefact(lines, size, serves), 0o777)
            p.files.write(f"{folder}/deps/other-objects", Content(b"", size * 5 + 2_600_000 * len(needs)))
        p.system.clock.advance(3 * SECOND)
        if command == "run":
            if serves:
                stay_up(p, "".join(lines))
            yield "".join(lines).encode()
        if command == "install":
            home = p.env.get("CARGO_HOME") or p.env.get("HOME", "/root") + "/.cargo"
            p.files.make_dirs(f"{home}/bin")
            p.files.write(f"{home}/bin/{name}", program_stub("compiled-artefact", 450_000), 0o777)
    return 0
