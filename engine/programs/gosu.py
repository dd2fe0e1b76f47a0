"""gosu, su-exec, setpriv-like helpers and tini: they become the command they are given."""

from collections.abc import Generator

from engine.fs import Files
from engine.programs.lib.children import run_child
from engine.shell.process import Process
from engine.shell.registry import program
from engine.shell.run import CommandNotFound, NotExecutable
from engine.shell.users import UnknownUser


@program("gosu", "su-exec", package="gosu", summary="run a command as another user")
def gosu(p: Process) -> Generator[bytes, None, int]:
    if "--version" in p.argv[1:2]:
        yield b"1.19 (go1.24.6 on linux/amd64; gc)\n"
        return 0
    if len(p.argv) < 3:
        p.complain(f"Usage: {p.name} user-spec command [args]\n   eg: {p.name} tianon bash\n")
        return 1
    try:
        user = p.accounts.resolve(p.argv[1])
    except UnknownUser:
        p.complain(
            f'error: failed switching to "{p.argv[1]}": unable to find user {p.argv[1]}: no matching '
            "entries in passwd file\n"
        )
        return 1
    if p.files.user.uid and p.files.user.uid != user.uid:
        p.complain(f'error: failed switching to "{p.argv[1]}": operation not permitted\n')
        return 1
    account = p.accounts.user(user.uid)
    env = {**p.env, "HOME": account.home if account else "/"}
    return (yield from become(p, p.argv[2:], env, p.files.as_user(user)))


@program("tini", "dumb-init", "catatonit", package="tini", summary="a tiny init for containers")
def tini(p: Process) -> Generator[bytes, None, int]:
    words = p.argv[1:]
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option == "--version":
            yield b"tini version 0.19.0\n"
            return 0
        if option == "--":
            break
        if option in ("-p", "-e") and words:
            words.pop(0)
    if not words:
        p.complain("tini (tini version 0.19.0)\nUsage: tini [OPTIONS] PROGRAM -- [ARGS] | --version\n")
        return 1
    return (yield from become(p, words, p.env, p.files))


def become(p: Process, argv: list[str], env: dict[str, str], files: Files) -> Generator[bytes, None, int]:
    """Run ``argv`` in this process's place; 127 or 126 when it cannot be started."""
    try:
        return (yield from run_child(p, argv, env=env, files=files))
    except CommandNotFound as error:
        p.complain(f'error: exec: "{error.name}": executable file not found in $PATH\n')
        return error.status
    except NotExecutable as error:
        p.complain(f'error: exec: "{error.name}": permission denied\n')
        return error.status
