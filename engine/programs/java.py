"""java, javac, jar, mvn, gradle: the JVM world's everyday commands."""

import json
from collections.abc import Generator

from engine.clock import SECOND
from engine.fs import Content, File, FsError
from engine.programs.lib.literals import printed_calls
from engine.programs.lib.servers import stay_up
from engine.programs.lib.stamps import stamp
from engine.programs.lib.unpack import text_of
from engine.shell.process import Process
from engine.shell.registry import program

Output = Generator[bytes, None, int]
_PRINTS = {"System.out.println": "\n", "System.out.print": "", "System.out.printf": ""}
_MARK = b"layerlab:class "


def _version(p: Process) -> str:
    given = p.env.get("JAVA_VERSION", "").removeprefix("jdk-")
    return given.replace("8u151", "1.8.0_151").partition("+")[0] or "17.0.16"


def _content(source: str, p: Process, size: int) -> Content:
    """A class file or an archive: what it prints, whether it serves, then filler."""
    serves = "SpringApplication.run" in source or "HttpServer.create" in source
    lines = printed_calls(source, _PRINTS, p.budget)
    head = _MARK + json.dumps({"lines": lines, "serves": serves}).encode() + b"\n"
    return Content(head, max(size, len(head)))


@program("javac", package="openjdk", summary="Java compiler")
def javac(p: Process) -> int:
    if "-version" in p.argv or "--version" in p.argv:
        p.complain(f"javac {_version(p)}\n")
        return 0
    folder = p.argv[p.argv.index("-d") + 1] if "-d" in p.argv[:-1] else ""
    sources = [word for word in p.argv[1:] if word.endswith(".java")]
    if not sources:
        p.complain("error: no source files\n")
        return 2
    for path in sources:
        if not p.files.is_file(path):
            p.complain(f"error: file not found: {path}\nUsage: javac <options> <source files>\n")
            return 2
        source = text_of(p, path)
        if source.count("{") != source.count("}"):
            last = source.count("\n")
            p.complain(f"{path}:{last}: error: reached end of file while parsing\n1 error\n")
            return 1
        name = path.rpartition("/")[2].removesuffix(".java")
        place = folder or path.rpartition("/")[0] or "."
        p.files.make_dirs(place)
        p.files.write(f"{place}/{name}.class", _content(source, p, 420 + len(source)))
    p.system.clock.advance(SECOND)
    return 0


@program("java", package="openjdk", summary="Java virtual machine")
def java(p: Process) -> Output:
    words = p.argv[1:]
    if "-version" in words or "--version" in words:
        version = _version(p)
        text = f'openjdk version "{version}" 2026-07-21\nOpenJDK Runtime Environment (build {version})\n'
        p.complain(text + f"OpenJDK 64-Bit Server VM (build {version}, mixed mode, sharing)\n")
        return 0
    place, target = ".", ""
    rest = iter(words)
    for word in rest:
        if word in ("-cp", "-classpath", "--class-path"):
            place = next(rest, ".").partition(":")[0]
        elif word == "-jar":
            target = next(rest, "")
            break
        elif not word.startswith("-"):
            target = word
            break
    if not target:
        p.complain("Usage: java [options] <mainclass> [args...]\n           (to execute a class)\n")
        return 1
    if target.endswith(".java"):
        content = _content(text_of(p, target), p, 0) if p.files.is_file(target) else None
    else:
        is_jar = target.endswith(".jar")
        node = p.files.find(target if is_jar else f"{place}/{target.replace('.', '/')}.class")
        if not isinstance(node, File) and not is_jar:
            node = p.files.find(f"{place}/{target.rpartition('.')[2]}.class")
        content = node.content if isinstance(node, File) else None
    if content is None:
        if target.endswith(".jar"):
            p.complain(f"Error: Unable to access jarfile {target}\n")
        else:
            p.complain(f"Error: Could not find or load main class {target}\n")
            p.complain(f"Caused by: java.lang.ClassNotFoundException: {target}\n")
        return 1
    lines, serves = _printed(content)
    text = "".join(lines)
    if serves:
        time = stamp(p, "%Y-%m-%dT%H:%M:%S.000Z")
        stay_up(
            p,
            text + f"{time}  INFO 1 --- [main] Application : Starting Application using Java {_version(p)}\n"
            f"{time}  INFO 1 --- [main] TomcatWebServer : Tomcat started on port 8080 (http)\n"
            f"{time}  INFO 1 --- [main] Application : Started Application in 1.9 seconds\n",
        )
    yield text.encode("utf-8", "surrogateescape")
    return 0


def _printed(content: Content) -> tuple[list[str], bool]:
    if not content.head.startswith(_MARK):
        return [], False
    try:
        value = json.loads(content.head[len(_MARK) :].partition(b"\n")[0])
        return [str(line) for line in value["lines"]], bool(value["serves"])
    except (ValueError, KeyError, TypeError):
        return [], False


def _project_source(p: Process, top: str) -> str:
    """All Java sources under src/main, one text."""
    parts: list[str] = []
    try:
        for path, node in p.files.walk(f"{top}/src"):
            if path.endswith((".java", ".kt")) and "/test/" not in path and isinstance(node, File):
                parts.append(node.content.head.decode("utf-8", "replace"))
    except FsError:
        return ""
    return "\n".join(parts)


def _tag(text: str, name: str) -> str:
    return text.partition(f"<{name}>")[2].partition(f"</{name}>")[0].strip()


@program("mvn", "mvnw", package="maven", summary="Maven build tool")
def mvn(p: Process) -> Output:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if "--version" in p.argv or "-v" in p.argv:
        yield b"Apache Maven 3.9.11\n"
        return 0
    pom = p.argv[p.argv.index("-f") + 1] if "-f" in p.argv[:-1] else "pom.xml"
    if not p.files.is_file(pom):
        p.complain(
            "[ERROR] The goal you specified requires a project to execute but there is no POM in this "
            f"directory ({p.files.cwd}).\n"
        )
        return 1
    text = text_of(p, pom)
    outside = text.partition("<parent>")[0] + text.partition("</parent>")[2]
    name, version = _tag(outside, "artifactId") or "app", _tag(outside, "version") or "1.0-SNAPSHOT"
    repository = f"{p.env.get('HOME', '/root')}/.m2/repository"
    count = text.count("<dependency>")
    spring = "spring-boot" in text
    if not p.files.is_dir(repository):
        if not p.system.network:
            p.complain(
                "[ERROR] Could not transfer artifacts: maven.example: Temporary failure in name resolution\n"
            )
            return 1
        p.files.make_dirs(f"{repository}/org")
        size = 38_000_000 if spring else 9_500_000
        p.files.write(f"{repository}/org/other-artifacts", Content(b"", size + 1_200_000 * count))
        yield b"[INFO] Downloading from central: https://maven.example/ (plugins and dependencies)\n"
        p.system.clock.advance(20 * SECOND)
    yield f"[INFO] Scanning for projects...\n[INFO] Building {name} {version}\n".encode()
    if "clean" in words and p.files.is_dir("target"):
        p.files.remove("target")
    if set(words) & {"package", "install", "verify", "compile", "test"}:
        p.files.make_dirs("target/classes")
        source = _project_source(p, ".")
        p.files.write("target/classes/other-classes", Content(b"", 2_000 + len(source)))
        if set(words) & {"package", "install", "verify"}:
            final = _tag(text, "finalName") or f"{name}-{version}"
            size = (21_500_000 if spring else 3_200) + 900_000 * count * spring
            p.files.write(f"target/{final}.jar", _content(source, p, size))
            yield f"[INFO] Building jar: {p.files.absolute('target')}/{final}.jar\n".encode()
    p.system.clock.advance(5 * SECOND)
    yield b"[INFO] BUILD SUCCESS\n[INFO] Total time:  5.012 s\n"
    return 0


@program("gradle", "gradlew", package="gradle", summary="Gradle build tool")
def gradle(p: Process) -> Output:
    if "--version" in p.argv:
        yield b"Gradle 8.14\n"
        return 0
    if not any(p.files.is_file(name) for name in ("build.gradle", "build.gradle.kts", "settings.gradle")):
        p.complain(
            "FAILURE: Build failed with an exception.\n\n* What went wrong:\nDirectory does not contain a "
            "Gradle build.\n"
        )
        return 1
    if {"build", "bootJar", "jar", "assemble"} & set(p.argv):
        p.files.make_dirs("build/libs")
        source = _project_source(p, ".")
        p.files.write("build/libs/app.jar", _content(source, p, 19_800_000))
        p.system.clock.advance(8 * SECOND)
    yield b"\nBUILD SUCCESSFUL in 8s\n"
    return 0
