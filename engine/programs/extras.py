"""Commands that packages bring and Dockerfiles call: service and configuration helpers, small amusements."""

import json
from collections.abc import Generator

from engine.fs import FsError
from engine.programs.lib.literals import quoted
from engine.shell.process import Process
from engine.shell.registry import program

Output = Generator[bytes, None, int]


@program(
    "debconf-set-selections", "dpkg-statoverride", package="debconf", summary="insert into debconf's database"
)
def debconf(p: Process) -> int:
    data = b"".join(p.stdin.chunks()) if len(p.argv) == 1 else b""
    if data:
        p.files.make_dirs("/var/cache/debconf")
        p.files.append("/var/cache/debconf/config.dat", data[:65_536])
    return 0


@program("gpg", "gpgv", package="gnupg", summary="OpenPGP tool: keyrings only")
def gpg(p: Process) -> Output:
    words = p.argv[1:]
    if "--version" in words:
        yield b"gpg (GnuPG) 2.2.40\n"
        return 0
    output = next((words[i + 1] for i, w in enumerate(words[:-1]) if w in ("-o", "--output")), "")
    if "--dearmor" in words:
        paths = [w for w in words if not w.startswith("-") and w != output]
        data = p.files.read(paths[0]) if paths else b"".join(p.stdin.chunks())
        body = b"".join(line for line in data.splitlines() if not line.startswith(b"-----"))
        if output:
            p.files.write(output, body)
        else:
            yield body
        return 0
    if "--verify" in words:
        p.complain('gpg: Good signature from "a simulated key" [unknown]\n')
        return 0
    home = p.env.get("GNUPGHOME") or f"{p.env.get('HOME', '/root')}/.gnupg"
    if not p.files.is_dir(home):
        p.files.make_dirs(home, 0o700)
        p.complain(f"gpg: directory '{home}' created\n")
    if {"--recv-keys", "--recv-key", "--import", "--keyserver"} & set(words):
        if not p.system.network and "--import" not in words:
            p.complain("gpg: keyserver receive failed: No name\n")
            return 2
        p.files.append(f"{home}/pubring.kbx", b"simulated key\n")
        p.complain("gpg: Total number processed: 1\ngpg:               imported: 1\n")
    return 0


@program("add-apt-repository", package="software-properties-common", summary="add a package source")
def add_apt_repository(p: Process) -> int:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if not words:
        p.complain("Error: need a repository as argument\n")
        return 1
    name = words[0].replace("ppa:", "").replace("/", "-").replace(" ", "-")[:60]
    line = words[0] if words[0].startswith("deb ") else f"deb http://ppa.example/{name} stable main"
    p.files.make_dirs("/etc/apt/sources.list.d")
    p.files.write(f"/etc/apt/sources.list.d/{name.replace(':', '')}.list", f"{line}\n".encode())
    p.write(f"Repository: '{line}'\n")
    return 0


@program("yum-config-manager", package="yum-utils", summary="manage yum repositories")
def yum_config_manager(p: Process) -> int:
    words = p.argv[1:]
    p.write("Loaded plugins: fastestmirror, ovl\n")
    if "--add-repo" in words[:-1]:
        url = words[words.index("--add-repo") + 1]
        name = url.rpartition("/")[2].removesuffix(".repo") or "added"
        p.write(f"adding repo from: {url}\nrepo saved to /etc/yum.repos.d/{name}.repo\n")
        text = f"[{name}]\nname={name}\nbaseurl=http://yum.example/{name}/\nenabled=1\ngpgcheck=0\n"
        p.files.write(f"/etc/yum.repos.d/{name}.repo", text.encode())
    return 0


@program(
    "a2enmod",
    "a2dismod",
    "a2ensite",
    "a2dissite",
    "a2enconf",
    "a2disconf",
    package="apache2",
    summary="enable and disable Apache modules, sites and settings",
)
def a2enmod(p: Process) -> int:
    kind = {"mod": "mods", "site": "sites", "conf": "conf"}[p.name.removeprefix("a2en").removeprefix("a2dis")]
    enabling = p.name.startswith("a2en")
    suffix = ".load" if kind == "mods" else ".conf"
    what = {"mods": "module", "sites": "site", "conf": "conf"}[kind]
    for name in [word.removesuffix(".conf") for word in p.argv[1:] if not word.startswith("-")]:
        path = f"/etc/apache2/{kind}-enabled/{name}{suffix}"
        there = p.files.find(path, follow=False) is not None
        if (enabling and there) or (not enabling and not there):
            p.write(f"{what.capitalize()} {name} already {'enabled' if enabling else 'disabled'}\n")
            continue
        if enabling:
            p.files.make_dirs(f"/etc/apache2/{kind}-enabled")
            p.files.symlink(f"../{kind}-available/{name}{suffix}", path)
            p.write(f"Enabling {what} {name}.\n")
        else:
            p.files.remove(path)
            p.write(f"{what.capitalize()} {name} disabled.\n")
    p.write("To activate the new configuration, you need to run:\n  service apache2 restart\n")
    return 0


@program(
    "service",
    "systemctl",
    "invoke-rc.d",
    "supervisorctl",
    "rc-service",
    package="init",
    summary="control services",
)
def service(p: Process) -> int:
    if p.name == "systemctl":
        p.complain(
            "System has not been booted with systemd as init system (PID 1). Can't operate.\n"
            "Failed to connect to bus: Host is down\n"
        )
        return 1
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if len(words) < 2:
        p.complain(f"Usage: {p.name} < option > | --status-all | [ service_name [ command ] ]\n")
        return 1
    name, command = words[0], words[1]
    if not any(
        p.files.exists(path) for path in (f"/etc/init.d/{name}", f"/usr/sbin/{name}", f"/usr/bin/{name}")
    ):
        p.complain(f"{name}: unrecognized service\n")
        return 1
    if command in ("start", "restart", "reload"):
        p.write(f"{command.capitalize()}ing {name}: {name}.\n")
    elif command == "stop":
        p.write(f"Stopping {name}: {name}.\n")
    else:
        p.write(f"{name} is not running ... failed!\n")
        return 3
    return 0


@program("envsubst", package="gettext-base", summary="substitute environment variables in text")
def envsubst(p: Process) -> Output:
    wanted = {word.strip("${}") for argument in p.argv[1:] for word in argument.replace("$", " $").split()}
    text = b"".join(p.stdin.chunks()).decode("utf-8", "surrogateescape")
    parts: list[str] = []
    position = 0
    while True:
        at = text.find("$", position)
        if at < 0:
            parts.append(text[position:])
            break
        p.budget.step()
        parts.append(text[position:at])
        braced = text.startswith("{", at + 1)
        start = at + (2 if braced else 1)
        end = start
        while end < len(text) and (text[end].isalnum() or text[end] == "_"):
            end += 1
        name = text[start:end]
        closed = not braced or text.startswith("}", end)
        stop = end + 1 if braced and closed else end
        known = name and not name[0].isdigit() and closed and (not wanted or name in wanted)
        parts.append(p.env.get(name, "") if known else text[at:stop])
        position = max(stop, at + 1)
    result = "".join(parts)
    p.budget.allocate(len(result))
    yield result.encode("utf-8", "surrogateescape")
    return 0


@program("cowsay", "cowthink", package="cowsay", summary="a speaking cow")
def cowsay(p: Process) -> int:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    text = " ".join(words) or b"".join(p.stdin.chunks()).decode("utf-8", "replace").strip()
    lines = [text[at : at + 39] for at in range(0, len(text), 39)][:200] or [""]
    width = max(len(line) for line in lines)
    p.write(" " + "_" * (width + 2) + "\n")
    for number, line in enumerate(lines):
        left, right = (
            "<>" if len(lines) == 1 else "/\\" if not number else "\\/" if number == len(lines) - 1 else "||"
        )
        p.write(f"{left} {line:<{width}} {right}\n")
    p.write(" " + "-" * (width + 2) + "\n")
    p.write("        \\   ^__^\n         \\  (oo)\\_______\n            (__)\\       )\\/\\\n")
    p.write("                ||----w |\n                ||     ||\n")
    return 0


@program("fortune", package="fortune-mod", summary="print an adage")
def fortune(p: Process) -> int:
    p.system.serial += 1
    sayings = (
        "A layer once written is never unwritten.\n",
        "Measure twice, COPY once.\n",
        "What one RUN leaves behind, the next cannot take away.\n",
    )
    p.write(sayings[p.system.serial % len(sayings)])
    return 0


@program("figlet", "toilet", "sl", package="figlet", summary="banners")
def figlet(p: Process) -> int:
    text = " ".join(p.argv[1:])[:60] if p.name != "sl" else "choo choo"
    edge = "*" * (len(text) * 2 + 5)
    p.write(f"{edge}\n*  {' '.join(text)}  *\n{edge}\n")
    return 0


@program("jq", package="jq", summary="pick values out of JSON: . and .name[0].name")
def jq(p: Process) -> Output:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    raw = any(
        word in ("-r", "--raw-output") or (word[:1] == "-" and word[1:2] != "-" and "r" in word)
        for word in p.argv[1:]
    )
    compact = "-c" in p.argv
    query = words[0] if words else "."
    try:
        data = p.files.read(words[1]) if len(words) > 1 else b"".join(p.stdin.chunks())
    except FsError as error:
        p.complain(f"jq: error: Could not open {words[1]}: {error.reason}\n")
        return 2
    p.budget.allocate(8 * len(data))
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        p.complain(f"jq: parse error: {error}\n")
        return 2
    values = [value]
    for step, every in _steps(query):
        try:
            found = []
            for item in values:
                p.budget.step()
                if every:
                    found += list(item.values()) if isinstance(item, dict) else list(item)
                elif isinstance(step, int):
                    found.append(item[step] if -len(item) <= step < len(item) else None)
                else:
                    found.append(None if item is None else item.get(step))
            values = found
        except (TypeError, AttributeError, KeyError):
            p.complain(f'jq: error (at <stdin>:0): Cannot index value with "{step}"\n')
            return 5
    for item in values:
        if raw and isinstance(item, str):
            yield f"{item}\n".encode("utf-8", "surrogateescape")
        else:
            text = json.dumps(
                item,
                indent=None if compact else 2,
                ensure_ascii=False,
                separators=(",", ":") if compact else None,
            )
            yield f"{text}\n".encode("utf-8", "surrogateescape")
    return 0


def _steps(query: str) -> list[tuple[str | int, bool]]:
    steps: list[tuple[str | int, bool]] = []
    position = 0
    while position < len(query):
        letter = query[position]
        if letter == "[":
            end = query.find("]", position)
            inside = query[position + 1 : end if end >= 0 else len(query)].strip()
            if not inside:
                steps.append(("", True))
            elif inside.startswith('"') and (found := quoted(inside, 0)):
                steps.append((found[0], False))
            elif inside.lstrip("-").isdigit() and len(inside) < 10:
                steps.append((int(inside), False))
            position = end + 1 if end >= 0 else len(query)
        elif letter.isalnum() or letter == "_":
            end = position
            while end < len(query) and (query[end].isalnum() or query[end] in "_-"):
                end += 1
            steps.append((query[position:end], False))
            position = end
        else:
            position += 1
    return steps
