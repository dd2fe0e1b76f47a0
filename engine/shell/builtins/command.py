"""Builtins that run other commands past functions: command, builtin; and the prompt's history."""

from engine.shell.builtin import Builtin, Run, builtin, find_builtin
from engine.shell.builtins.environment import describe, describe_sentence
from engine.shell.errors import ShellError
from engine.shell.interpreter import Shell
from engine.shell.quoting import dash_quoted, shell_quoted


@builtin("command")
def command(shell: Shell, argv: list[str]) -> "int | Run":
    """Run a command that is no function, or say what a name means."""
    words = argv[1:]
    letters: set[str] = set()
    while words and words[0].startswith("-") and len(words[0]) > 1:
        word, words = words[0], words[1:]
        if word == "--":
            break
        letters |= set(word[1:])
    if letters & {"v", "V"}:
        return _describe(shell, words, "V" in letters)
    if not words:
        return 0
    entry = find_builtin(shell.flavour, words[0])
    if entry is not None:
        return _harmless(shell, entry, words)
    return shell.external(words, shell.variables.environment())


def _harmless(shell: Shell, entry: Builtin, words: list[str]) -> Run:
    """A builtin under ``command``: not even a special one's error ends the shell."""
    shell.set_command_name(words[0])
    try:
        result = entry.run(shell, words)
        return result if isinstance(result, int) else int((yield result))
    except ShellError as error:
        shell.report(error)
        return error.status


def _describe(shell: Shell, words: list[str], long: bool) -> int:
    status = 0
    for name in words:
        found = describe(shell, name)
        if found is None:
            status = 1 if shell.flavour.is_bash else 127
            if long:
                if shell.flavour.is_bash:
                    shell.complain(f"command: {name}: not found")
                else:
                    shell.out(f"{name}: not found\n")
            continue
        kind, detail = found
        if long:
            shell.out(describe_sentence(shell, name, kind, detail))
        elif kind == "file":
            shell.out(f"{detail}\n")
        elif kind == "alias":
            quote = shell_quoted if shell.flavour.is_bash else dash_quoted
            shell.out(f"alias {name}={quote(detail)}\n")
        else:
            shell.out(f"{name}\n")
    return status


@builtin("builtin", shells=("bash",))
def builtin_(shell: Shell, argv: list[str]) -> "int | Run":
    """Run a builtin past functions."""
    if len(argv) < 2:
        return 0
    entry = find_builtin(shell.flavour, argv[1])
    if entry is None:
        shell.complain(f"builtin: {argv[1]}: not a shell builtin")
        return 1
    return entry.run(shell, argv[1:])


@builtin("history", shells=("bash", "ash"))
def history(shell: Shell, argv: list[str]) -> int:
    """List what was typed at this prompt."""
    for number, line in enumerate(shell.history, 1):
        shell.out(f"{number:5d}  {line}\n")
    return 0


@builtin("bind", "complete", "compgen", "compopt", "enable", shells=("bash",))
def line_editing(shell: Shell, argv: list[str]) -> int:
    """Settings of line editing: accepted, since the page edits lines."""
    return 0
