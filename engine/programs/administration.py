"""getent, locale, ldconfig, update-alternatives, update-ca-certificates, setcap …: system upkeep."""

from collections.abc import Generator

from engine.fs import Content, Directory, File, FsError, Symlink
from engine.programs.lib.text import decode, encode
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

GETENT = Options(
    "[OPTION...] database [key ...]", "Get entries from administrative database.", error_status=64
)
LOCALE = Options(
    "[OPTION...] NAME",
    "Get locale-specific information.",
    Flag("a", "all-locales", help="write names of available locales"),
    Flag("m", "charmaps", help="write names of available charmaps"),
    Flag("k", "keyword-name", help="write names of selected keywords"),
)
LDCONFIG = Options(
    "[OPTION...]",
    "Configure dynamic linker run-time bindings.",
    Flag("p", "print-cache", help="print cache"),
    Flag("v", "verbose", help="generate verbose messages"),
    Flag("N", "", help="don't build cache"),
    Flag("X", "", help="don't update symbolic links"),
    Value("f", "", metavar="CONF", help="use CONF as configuration file"),
    Value("C", "", metavar="CACHE", help="use CACHE as cache file"),
    Value("r", "", metavar="ROOT", help="change to and use ROOT as root directory"),
)
CA = Options(
    "[OPTION]...",
    "Update /etc/ssl/certs and ca-certificates.crt.",
    Flag("f", "fresh", help="remove symlinks in /etc/ssl/certs directory"),
    Flag("v", "verbose", help="be verbose"),
)
_SERVICES = {"http": "80/tcp", "https": "443/tcp", "ssh": "22/tcp", "domain": "53/udp", "smtp": "25/tcp"}
_CATEGORIES = [
    "LC_CTYPE",
    "LC_NUMERIC",
    "LC_TIME",
    "LC_COLLATE",
    "LC_MONETARY",
    "LC_MESSAGES",
    "LC_PAPER",
    "LC_NAME",
    "LC_ADDRESS",
    "LC_TELEPHONE",
    "LC_MEASUREMENT",
    "LC_IDENTIFICATION",
]


def _lines(p: Process, path: str) -> list[str]:
    try:
        return decode(p.files.content(path).head).splitlines()
    except FsError:
        return []


@program("getent", package="libc-bin", summary="get entries from Name Service Switch libraries")
def getent(p: Process) -> int:
    operands = GETENT.parse(p).operands
    if not operands:
        p.complain(
            "getent: wrong number of arguments\n"
            "Try `getent --help' or `getent --usage' for more information.\n"
        )
        return 1
    database, keys = operands[0], operands[1:]
    paths = {
        "passwd": "/etc/passwd",
        "group": "/etc/group",
        "shadow": "/etc/shadow",
        "gshadow": "/etc/gshadow",
    }
    if database in paths:
        rows = _lines(p, paths[database])
        if not keys:
            p.write("".join(row + "\n" for row in rows))
            return 0
        status = 0
        for key in keys:
            column = 2 if key.isdigit() and database in ("passwd", "group") else 0
            fitting = (row for row in rows if row.count(":") >= column and row.split(":")[column] == key)
            found = next(fitting, None)
            if found is None:
                status = 2
            else:
                p.write(found + "\n")
        return status
    if database in ("hosts", "ahosts", "ahostsv4"):
        return _hosts(p, keys)
    if database == "services":
        for key in keys or list(_SERVICES):
            if key not in _SERVICES:
                return 2
            p.write(f"{key:<21} {_SERVICES[key]}\n")
        return 0
    p.complain(
        f"Unknown database: {database}\nTry `getent --help' or `getent --usage' for more information.\n"
    )
    return 1


def _hosts(p: Process, keys: list[str]) -> int:
    rows = [line.split("#")[0].split() for line in _lines(p, "/etc/hosts")]
    rows = [row for row in rows if len(row) > 1]
    if not keys:
        p.write("".join(f"{row[0]:<15} {' '.join(row[1:])}\n" for row in rows))
        return 0
    status = 0
    for key in keys:
        found = next((row for row in rows if key in row), None)
        if found is None:
            status = 2
        else:
            p.write(f"{found[0]:<15} {' '.join(found[1:])}\n")
    return status


@program("locale", package="libc-bin", summary="get locale-specific information")
def locale(p: Process) -> int:
    options = LOCALE.parse(p)
    if options.flag("all-locales"):
        names = {"C", "C.utf8", "POSIX"}
        names |= set(_generated(p))
        p.write("".join(name + "\n" for name in sorted(names)))
        return 0
    if options.flag("charmaps"):
        p.write("ANSI_X3.4-1968\nISO-8859-1\nUTF-8\n")
        return 0
    if options.operands == ["charmap"]:
        utf8 = (
            (p.env.get("LC_ALL") or p.env.get("LC_CTYPE") or p.env.get("LANG") or "")
            .upper()
            .endswith(("UTF-8", "UTF8"))
        )
        p.write("UTF-8\n" if utf8 else "ANSI_X3.4-1968\n")
        return 0
    language = p.env.get("LANG", "")
    everything = p.env.get("LC_ALL", "")
    p.write(f"LANG={language}\nLANGUAGE={p.env.get('LANGUAGE', '')}\n")
    for category in _CATEGORIES:
        given = p.env.get(category)
        shown = given if given and not everything else f'"{everything or language or "POSIX"}"'
        p.write(f"{category}={shown}\n")
    p.write(f"LC_ALL={everything}\n")
    return 0


_ARCHIVE = "/usr/lib/locale/locale-archive"
_LOCALE_SIZE = 3_000_000


def _generated(p: Process) -> list[str]:
    """The locales in the archive, which lists them at its beginning."""
    return [line for line in _lines(p, _ARCHIVE) if line and line.isprintable()]


def _generate(p: Process, name: str) -> None:
    """Compile one locale: the archive grows by what such a locale takes, and ``locale -a`` knows it."""
    canonical = name.replace(".UTF-8", ".utf8").replace(".utf-8", ".utf8")
    known = _generated(p)
    if canonical not in known:
        p.files.make_dirs("/usr/lib/locale")
        known.append(canonical)
        head = encode("".join(f"{name}\n" for name in known))
        p.files.write(_ARCHIVE, Content(head, len(known) * _LOCALE_SIZE))


@program("locale-gen", "localedef", package="locales", summary="compile locales")
def locale_gen(p: Process) -> int:
    return _compile_locales(p)


def _compile_locales(p: Process) -> int:
    if p.name == "localedef":
        words = [word for word in p.argv[1:] if not word.startswith("-")]
        if not words:
            p.complain("Try `localedef --help' or `localedef --usage' for more information.\n")
            return 4
        _generate(p, words[-1])
        return 0
    names = [word for word in p.argv[1:] if not word.startswith("-")]
    for line in _lines(p, "/etc/locale.gen"):
        if line.strip() and not line.lstrip().startswith("#"):
            names.append(line.split()[0])
    p.write("Generating locales (this might take a while)...\n")
    for name in dict.fromkeys(names):
        p.budget.step()
        charset = name.partition(".")[2] or "ISO-8859-1"
        p.write(f"  {name.partition('.')[0]}.{charset}... done\n")
        _generate(p, name)
    p.write("Generation complete.\n")
    return 0


@program("ldconfig", package="libc-bin", summary="configure dynamic linker run-time bindings")
def ldconfig(p: Process) -> int:
    options = LDCONFIG.parse(p)
    found: list[tuple[str, str]] = []
    directories = [
        "/usr/local/lib",
        "/lib/x86_64-linux-gnu",
        "/usr/lib/x86_64-linux-gnu",
        "/lib",
        "/usr/lib",
        "/usr/lib64",
    ]
    seen = set()
    for directory in directories:
        try:
            real = p.files.real_path(directory)
            names = p.files.names(real)
        except FsError:
            continue
        if real in seen:
            continue
        seen.add(real)
        found += [(name, f"{directory}/{name}") for name in names if ".so" in name and name.startswith("lib")]
    if options.flag("print-cache"):
        p.write(f"{len(found)} libs found in cache `/etc/ld.so.cache'\n")
        p.write("".join(f"\t{name} (libc6,x86-64) => {path}\n" for name, path in sorted(found, reverse=True)))
        return 0
    if p.files.user.uid:
        p.complain(
            "/sbin/ldconfig.real: Can't create temporary cache file /etc/ld.so.cache~: Permission denied\n"
        )
        return 1
    if options.flag("verbose"):
        p.write("".join(f"\t{name} -> {name}\n" for name, _ in found))
    if not options.flag("N"):
        cache = options.value("C") or "/etc/ld.so.cache"
        p.files.write(
            cache, encode("glibc-ld.so.cache1.1" + "".join(f"{name}\0{path}\0" for name, path in found))
        )
    return 0


@program("update-ca-certificates", package="ca-certificates", summary="update the certificate store")
def update_ca_certificates(p: Process) -> int:
    CA.parse(p)
    files = p.files
    files.make_dirs("/etc/ssl/certs")
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    added = 0
    if files.is_dir("/usr/local/share/ca-certificates"):
        for name in files.names("/usr/local/share/ca-certificates"):
            if not name.endswith(".crt"):
                continue
            p.budget.step()
            link = f"/etc/ssl/certs/{name[:-4].replace(' ', '_')}.pem"
            if files.find(link, follow=False) is None:
                files.symlink(f"/usr/local/share/ca-certificates/{name}", link)
                text = files.content(f"/usr/local/share/ca-certificates/{name}")
                files.append(bundle, text.head)
                added += 1
    p.write("Updating certificates in /etc/ssl/certs...\n")
    p.write(f"{added} added, 0 removed; done.\n")
    p.write("Running hooks in /etc/ca-certificates/update.d...\ndone.\n")
    return 0


@program(
    "update-alternatives",
    "alternatives",
    package="dpkg",
    summary="maintain symbolic links of default commands",
)
def update_alternatives(p: Process) -> int:
    words = [word for word in p.argv[1:] if word not in ("--quiet", "--force", "--verbose")]
    if not words or words[0] == "--help":
        p.write(
            "Usage: update-alternatives [<option> ...] <command>\n\nCommands:\n"
            "  --install <link> <name> <path> <priority>\n  --remove <name> <path>\n  --set <name> <path>\n"
            "  --list <name>\n  --display <name>\n  --auto <name>\n  --config <name>\n"
        )
        return 0 if words else 2
    command, operands = words[0], words[1:]
    if command == "--install":
        return _install_alternative(p, operands)
    if not operands:
        p.complain(f"update-alternatives: error: {command} needs <name>\n")
        return 2
    name = operands[0]
    link = f"/etc/alternatives/{name}"
    node = p.files.find(link, follow=False)
    if not isinstance(node, Symlink):
        p.complain(f"update-alternatives: error: no alternatives for {name}\n")
        return 2
    if command == "--list":
        p.write(node.target + "\n")
    elif command in ("--display", "--query"):
        p.write(
            f"{name} - auto mode\n  link best version is {node.target}\n"
            f"  link currently points to {node.target}\n"
        )
    elif command == "--set" and len(operands) > 1:
        if not p.files.exists(operands[1]):
            p.complain(
                f"update-alternatives: error: alternative {operands[1]} for {name} not registered; "
                "not setting\n"
            )
            return 2
        p.files.remove(link)
        p.files.symlink(operands[1], link)
        p.write(
            f"update-alternatives: using {operands[1]} to provide {_generic(p, name)} ({name}) "
            "in manual mode\n"
        )
    elif command in ("--remove", "--remove-all"):
        p.files.remove(link)
    elif command == "--config":
        p.write(
            f"There is only one alternative in link group {name} (providing {_generic(p, name)}): "
            f"{node.target}\n"
        )
        p.write("Nothing to configure.\n")
    return 0


def _generic(p: Process, name: str) -> str:
    for directory in ("/usr/bin", "/usr/sbin", "/usr/local/bin"):
        node = p.files.find(f"{directory}/{name}", follow=False)
        if isinstance(node, Symlink) and node.target == f"/etc/alternatives/{name}":
            return f"{directory}/{name}"
    return f"/usr/bin/{name}"


def _install_alternative(p: Process, operands: list[str]) -> int:
    if len(operands) < 4:
        p.complain("update-alternatives: error: --install needs <link> <name> <path> <priority>\n")
        return 2
    files = p.files
    groups = [operands[:3]]
    rest = operands[4:]
    while len(rest) >= 4 and rest[0] == "--slave":
        groups.append(rest[1:4])
        rest = rest[4:]
    files.make_dirs("/etc/alternatives")
    for index, (link, name, path) in enumerate(groups):
        if not files.exists(path):
            if not index:
                p.complain(f"update-alternatives: error: alternative path {path} doesn't exist\n")
                return 2
            continue
        middle = f"/etc/alternatives/{name}"
        for where, target in ((middle, path), (link, middle)):
            present = files.find(where, follow=False)
            if isinstance(present, Directory):
                continue
            if present is not None:
                files.remove(where)
            files.symlink(target, where)
        if not index:
            p.write(f"update-alternatives: using {path} to provide {link} ({name}) in auto mode\n")
    return 0


@program("setcap", "getcap", package="libcap2-bin", summary="set and show file capabilities")
def setcap(p: Process) -> int:
    words = [word for word in p.argv[1:] if not (word.startswith("-") and len(word) == 2)]
    if p.name == "getcap":
        return int(any(not p.files.exists(path) for path in words))
    if len(words) < 2:
        p.complain(
            "usage: setcap [-h] [-q] [-v] [-n <rootid>] (-r|-|<caps>) <filename> "
            "[ ... (-r|-|<capsN>) <filenameN> ]\n"
        )
        return 1
    path = words[-1]
    try:
        if not isinstance(p.files.stat(path, follow=False), File):
            p.complain(f"Failed to set capabilities on file '{path}': Invalid argument\n")
            return 1
        if p.files.user.uid:
            p.complain("unable to set CAP_SETFCAP effective capability: Operation not permitted\n")
            return 1
        p.files.chmod(path, p.files.stat(path).mode)
    except FsError as error:
        p.complain(f"Failed to set capabilities on file '{path}': {error.reason}\n")
        return 1
    return 0


@program("lsb_release", package="lsb-release", summary="print distribution-specific information")
def lsb_release(p: Process) -> int:
    values = {}
    for line in _lines(p, "/etc/os-release"):
        name, equals, value = line.partition("=")
        if equals:
            values[name] = value.strip('"')
    rows = [
        ("i", "Distributor ID", values.get("ID", "linux").capitalize()),
        ("d", "Description", values.get("PRETTY_NAME", "Linux")),
        ("r", "Release", values.get("VERSION_ID", "n/a")),
        ("c", "Codename", values.get("VERSION_CODENAME", "n/a")),
    ]
    letters = "".join(word[1:] for word in p.argv[1:] if word.startswith("-") and not word.startswith("--"))
    words = {
        "--id": "i",
        "--description": "d",
        "--release": "r",
        "--codename": "c",
        "--all": "a",
        "--short": "s",
    }
    letters += "".join(words.get(word, "") for word in p.argv[1:])
    p.complain("No LSB modules are available.\n")
    for letter, label, value in rows:
        if letter in letters or "a" in letters:
            p.write(f"{value}\n" if "s" in letters else f"{label}:\t{value}\n")
    return 0


@program(
    "vi",
    "vim",
    "vim.tiny",
    "vim.basic",
    "nano",
    "emacs",
    "ed",
    package="vim-tiny",
    summary="text editors (not interactive here)",
)
def editor(p: Process) -> int:
    p.error(
        "editors are not interactive in Layer Lab; edit project files in the workbench's editor, or write "
        "with echo, printf, cat <<EOF, sed -i"
    )
    return 1


@program("top", "htop", "watch", package="procps", summary="full-screen programs (not interactive here)")
def full_screen(p: Process) -> int:
    p.error("full-screen programs are not interactive in Layer Lab; try ps")
    return 1


@program("dpkg-reconfigure", "dpkg-divert", package="debconf", summary="reconfigure installed packages")
def dpkg_reconfigure(p: Process) -> Generator[bytes, None, int]:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if p.files.user.uid:
        p.complain(f"{p.name} must be run as root\n")
        return 1
    if p.name == "dpkg-reconfigure" and "tzdata" in words:
        zone = (_lines(p, "/etc/timezone") or ["Etc/UTC"])[0]
        yield encode(f"\nCurrent default time zone: '{zone}'\n")
    if p.name == "dpkg-reconfigure" and "locales" in words:
        _compile_locales(p)
        yield p.take_written()
    return 0
