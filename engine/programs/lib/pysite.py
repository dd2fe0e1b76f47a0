"""Where a machine's Python keeps packages, and which version it is."""

from dataclasses import dataclass

from engine.fs import FsError
from engine.shell.process import Process


@dataclass(frozen=True, slots=True)
class PythonHome:
    """One Python installation: ``site`` holds packages, ``bin`` their commands."""

    version: str
    library: str
    site: str
    bin: str
    managed: bool
    """Whether the distribution's package manager owns it (PEP 668)."""
    environment: str = ""
    """The virtual environment's directory, empty outside of one."""

    @property
    def short(self) -> str:
        """``3.12``."""
        return ".".join(self.version.split(".")[:2])


def python_home(process: Process) -> PythonHome:
    """The installation that the running ``python`` or ``pip`` belongs to."""
    env = process.env
    command = process.argv[0]
    venv = ""
    place = command.rpartition("/bin/")[0] if "/bin/" in command else ""
    if place and process.files.is_file(f"{place}/pyvenv.cfg"):
        venv = place
    elif not place:
        for directory in env.get("PATH", "").split(":"):
            if process.files.exists(f"{directory}/{process.name}"):
                top = directory.rpartition("/")[0]
                if process.files.is_file(f"{top}/pyvenv.cfg"):
                    venv = process.files.absolute(top)
                break
    local = _versions(process, "/usr/local/lib")
    system = _versions(process, "/usr/lib")
    own = bool(local) and not process.executable.startswith("/usr/bin/")
    versions = local if own else system or local
    short = versions[-1] if versions else "3.12"
    given = env.get("PYTHON_VERSION", "")
    version = given if given.startswith(short + ".") else f"{short}.{_PATCH.get(short, '2')}"
    if venv:
        library = f"{venv}/lib/python{short}"
        return PythonHome(version, library, f"{library}/site-packages", f"{venv}/bin", False, venv)
    if own:
        library = f"/usr/local/lib/python{short}"
        return PythonHome(version, library, f"{library}/site-packages", "/usr/local/bin", False)
    managed = process.files.is_file(f"/usr/lib/python{short}/EXTERNALLY-MANAGED") or short in ("3.11", "3.13")
    apk = process.files.is_dir("/lib/apk")
    library = f"/usr/lib/python{short}"
    if apk:
        return PythonHome(version, library, f"{library}/site-packages", "/usr/bin", True)
    return PythonHome(
        version, library, f"/usr/local/lib/python{short}/dist-packages", "/usr/local/bin", managed
    )


_PATCH = {"3.11": "2", "3.12": "14", "3.13": "5", "3.6": "4", "2.7": "14", "3.9": "21"}


def _versions(process: Process, directory: str) -> list[str]:
    try:
        names = process.files.names(directory)
    except FsError:
        return []
    found = [name.removeprefix("python") for name in names if name.startswith("python") and "." in name]
    real = [text for text in found if text.replace(".", "").isdigit()]
    major = "2" if process.name.startswith("python2") else "3"
    return sorted(
        (text for text in real if text.startswith(major) or process.name == "python"),
        key=lambda text: [int(part) for part in text.split(".")],
    )


def installed_modules(process: Process, home: PythonHome) -> dict[str, str]:
    """Top-level names in site-packages (and the distribution's dist-packages), with where they are."""
    found: dict[str, str] = {}
    for place in (home.site, "/usr/lib/python3/dist-packages"):
        try:
            names = process.files.names(place)
        except FsError:
            continue
        for name in names:
            found.setdefault(name.removesuffix(".py"), f"{place}/{name}")
    return found
