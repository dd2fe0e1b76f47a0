"""apt-mark and apt-key: apt's small companions."""

from collections.abc import Generator

from engine.programs.lib.apt import FAILED
from engine.programs.lib.debs import DebSystem
from engine.shell.process import Process
from engine.shell.registry import program


@program("apt-mark", package="apt", summary="show, set and unset settings for a package")
def apt_mark(p: Process) -> Generator[bytes, None, int]:
    words = [argument for argument in p.argv[1:] if not argument.startswith("-")]
    if not words:
        yield b"apt 2.6.1 (amd64)\nUsage: apt-mark [options] {auto|manual} pkg1 [pkg2 ...]\n"
        return 1
    command, *names = words
    system = DebSystem(p)
    installed = sorted(name for name in system.stanzas if system.is_installed(name))
    if command in ("showmanual", "showauto"):
        automatic = command == "showauto"
        for name in installed:
            if (name in system.automatic) == automatic and (not names or name in names):
                yield f"{name}\n".encode()
        return 0
    if command in ("auto", "manual"):
        for name in names:
            if not system.is_installed(name):
                p.complain(f"E: Unable to locate package {name}\n")
                return FAILED
        for name in names:
            already = (name in system.automatic) == (command == "auto")
            kind = "automatically" if command == "auto" else "manually"
            was = "was already " if already else ""
            yield f"{name} {was}set to {kind} installed.\n".encode()
            (system.automatic.add if command == "auto" else system.automatic.discard)(name)
        system.save_automatic()
        return 0
    if command in ("hold", "unhold"):
        for name in names:
            text = f"{name} set on hold.\n" if command == "hold" else f"Canceled hold on {name}.\n"
            yield text.encode()
        return 0
    if command == "showhold":
        return 0
    p.complain(f"E: Invalid operation {command}\n")
    return FAILED


@program("apt-key", package="apt", summary="deprecated: APT key management")
def apt_key(p: Process) -> Generator[bytes, None, int]:
    p.complain(
        "Warning: apt-key is deprecated. Manage keyring files in trusted.gpg.d instead (see apt-key(8)).\n"
    )
    words = [argument for argument in p.argv[1:] if not argument.startswith("--")]
    if not p.files.exists("/usr/bin/gpg") and words[:1] in (["add"], ["adv"]):
        p.complain(
            "E: gnupg, gnupg2 and gnupg1 do not seem to be installed, but one of them is required "
            "for this operation\n"
        )
        return 255
    if words[:1] == ["add"]:
        data = b"".join(p.stdin.chunks()) if words[1:] == ["-"] else b"key"
        p.files.make_dirs("/etc/apt/trusted.gpg.d")
        p.files.append("/etc/apt/trusted.gpg", data[:4096])
        yield b"OK\n"
    elif words[:1] == ["list"]:
        yield b"/etc/apt/trusted.gpg.d/\n-----------------------\n"
    return 0
