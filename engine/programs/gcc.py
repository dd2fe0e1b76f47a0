"""gcc, g++, cc, make, cmake: building C programs, as far as examples go."""

from collections.abc import Generator

from engine.clock import SECOND
from engine.fs import Content, File
from engine.programs.lib.artefacts import artefact
from engine.programs.lib.literals import printed_calls
from engine.programs.lib.unpack import text_of
from engine.shell.process import Process
from engine.shell.registry import program

_PRINTS = {"printf": "", "puts": "\n", "cout <<": "", "putchar": ""}
_LOCAL_HEADERS = '#include "'


@program("gcc", "cc", "g++", "c++", "clang", "cpp", "tcc", package="gcc", summary="C and C++ compilers")
def gcc(p: Process) -> int:
    words = p.argv[1:]
    if "--version" in words or "-v" in words:
        p.write(
            f"{p.name} (Debian 12.2.0-14+deb12u1) 12.2.0\nCopyright (C) 2022 Free Software Foundation, Inc.\n"
        )
        return 0
    if "-dumpmachine" in words:
        p.write("x86_64-linux-gnu\n")
        return 0
    output, sources, objects = "", [], []
    compile_only = "-c" in words
    rest = iter(words)
    for word in rest:
        if word == "-o":
            output = next(rest, "")
        elif word in ("-I", "-L", "-D", "-include", "-x"):
            next(rest, "")
        elif word.startswith("-"):
            continue
        elif word.endswith((".c", ".cc", ".cpp", ".cxx", ".C")):
            sources.append(word)
        else:
            objects.append(word)
    if not sources and not objects:
        p.complain(f"{p.name}: fatal error: no input files\ncompilation terminated.\n")
        return 1
    lines: list[str] = []
    main = False
    for path in sources:
        if not p.files.is_file(path):
            p.complain(f"{p.name}: error: {path}: No such file or directory\n")
            p.complain(f"{p.name}: fatal error: no input files\ncompilation terminated.\n")
            return 1
        source = text_of(p, path)
        problem = _problem(p, path, source)
        if problem:
            p.complain(problem)
            return 1
        found = printed_calls(source, _PRINTS, p.budget)
        main = main or "main(" in source or "main (" in source
        if compile_only:
            name = output or path.rpartition("/")[2].rpartition(".")[0] + ".o"
            mark = b"main\n" if "main(" in source else b"part\n"
            p.files.write(
                name, Content(b"layerlab:object " + mark + "".join(found).encode(), 2_600 + len(source))
            )
        lines += _ended(source, found)
    p.system.clock.advance(SECOND // 4)
    if compile_only:
        return 0
    for path in objects:
        node = p.files.find(path)
        if not isinstance(node, File):
            p.complain(f"/usr/bin/ld: cannot find {path}: No such file or directory\n")
            p.complain("collect2: error: ld returned 1 exit status\n")
            return 1
        head = node.content.head
        if head.startswith(b"layerlab:object "):
            kind, _, text = head.removeprefix(b"layerlab:object ").partition(b"\n")
            main = main or kind == b"main"
            lines.append(text.rstrip(b"\0").decode("utf-8", "replace"))
    if not main and "-shared" not in words:
        p.complain("/usr/bin/ld: in function `_start':\n(.text+0x17): undefined reference to `main'\n")
        p.complain("collect2: error: ld returned 1 exit status\n")
        return 1
    size = 785_000 if "-static" in words else 15_960
    target = output or "a.out"
    p.files.write(target, artefact(lines, size), 0o777)
    p.files.chmod(target, 0o755)
    return 0


def _ended(source: str, found: list[str]) -> list[str]:
    """``std::endl`` ends lines in C++."""
    return [line + "\n" if "endl" in source and not line.endswith("\n") else line for line in found]


def _problem(p: Process, path: str, source: str) -> str:
    if source.count("{") != source.count("}"):
        last = source.count("\n")
        where = f"{path}: In function 'main':\n{path}:{last}:1: error: "
        return where + "expected declaration or statement at end of input\n"
    folder = path.rpartition("/")[0]
    for number, line in enumerate(source.splitlines(), 1):
        p.budget.step()
        text = line.strip()
        if text.startswith(_LOCAL_HEADERS):
            name = text[len(_LOCAL_HEADERS) :].partition('"')[0]
            if not p.files.is_file(f"{folder}/{name}" if folder else name):
                return (
                    f"{path}:{number}:10: fatal error: {name}: No such file or directory\n"
                    "compilation terminated.\n"
                )
        elif (
            text.startswith("#include <")
            and not p.files.is_dir("/usr/include")
            and not p.files.is_dir("/usr/local/include")
        ):
            name = text.partition("<")[2].partition(">")[0]
            return (
                f"{path}:{number}:10: fatal error: {name}: No such file or directory\n"
                "compilation terminated.\n"
            )
    return ""


@program("cmake", package="cmake", summary="cross-platform make")
def cmake(p: Process) -> Generator[bytes, None, int]:
    words = p.argv[1:]
    if "--version" in words:
        yield b"cmake version 3.25.1\n"
        return 0
    if "--build" in words:
        yield b"[100%] Built target all\n"
        return 0
    if "--install" in words:
        yield b'-- Install configuration: "Release"\n'
        return 0
    source = (
        words[words.index("-S") + 1]
        if "-S" in words[:-1]
        else next((word for word in words if not word.startswith("-")), ".")
    )
    build = words[words.index("-B") + 1] if "-B" in words[:-1] else "."
    if not p.files.is_file(f"{source}/CMakeLists.txt"):
        p.complain(
            f'CMake Error: The source directory "{p.files.absolute(source)}" does not appear to contain '
            "CMakeLists.txt.\n"
        )
        return 1
    p.files.make_dirs(build)
    p.files.write(f"{build}/Makefile", b"all:\n\t@echo '[100%] Built target all'\ninstall:\n\t@true\n")
    p.files.write(f"{build}/CMakeCache.txt", Content(b"# Simulated content.\n", 13_800))
    yield (
        f"-- The C compiler identification is GNU 12.2.0\n-- Configuring done\n-- Generating done\n"
        f"-- Build files have been written to: {p.files.absolute(build)}\n"
    ).encode()
    return 0
