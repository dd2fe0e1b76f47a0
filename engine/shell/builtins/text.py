"""Builtins that print and read text: echo, printf, read, mapfile."""

from dataclasses import dataclass

from engine.shell.builtin import builtin
from engine.shell.errors import ShellError
from engine.shell.formatting import escaped, format_printf
from engine.shell.interpreter import Shell
from engine.shell.splitting import split_fields
from engine.shell.streams import BadDescriptor, Stream


@builtin("echo")
def echo(shell: Shell, argv: list[str]) -> int:
    """Print the arguments."""
    words = argv[1:]
    newline = True
    flavour = shell.flavour
    interpret = flavour.is_dash or "xpg_echo" in shell.options
    if flavour.is_dash:
        if words and words[0] == "-n":
            newline, words = False, words[1:]
    else:
        while words and len(words[0]) > 1 and words[0][0] == "-" and set(words[0][1:]) <= set("neE"):
            for letter in words[0][1:]:
                newline = newline and letter != "n"
                interpret = letter == "e" if letter in "eE" else interpret
            words = words[1:]
    text = " ".join(words)
    if interpret and "\\" in text:
        text, stopped = escaped(text, "b" if flavour.is_dash else "echo", hexadecimal=not flavour.is_dash)
        newline = newline and not stopped
    return shell.out(text + "\n" if newline else text)


@builtin("printf")
def printf(shell: Shell, argv: list[str]) -> int:
    """Print the arguments under control of a format."""
    words = argv[1:]
    flavour = shell.flavour
    variable = None
    if flavour.is_bash and words[:1] == ["-v"] and len(words) > 1:
        variable, words = words[1], words[2:]
    literal = words[:1] == ["--"]
    if literal:
        words = words[1:]
    if not words:
        if flavour.is_bash:
            shell.error_text("printf: usage: printf [-v var] format [arguments]\n")
            return 2
        if flavour.is_ash:
            shell.complain("usage: printf FORMAT [ARGUMENT...]")
            return 2
        raise ShellError("printf: usage: printf format [arg ...]", 2, False)
    if words[0].startswith("-") and len(words[0]) > 1 and not literal and not flavour.is_ash:
        if flavour.is_bash:
            shell.complain(f"printf: {words[0][:2]}: invalid option")
            shell.error_text("printf: usage: printf [-v var] format [arguments]\n")
            return 2
        raise ShellError(f"printf: Illegal option {words[0][:2]}", 2, False)
    made = format_printf(words[0], words[1:], shell.budget, flavour.kind)
    status = 0
    if variable is not None:
        name, bracket, index = variable.partition("[")
        if bracket:
            shell.set_element(name, index.rstrip("]"), made.text)
        else:
            shell.assign(variable, made.text)
    elif made.text:
        status = shell.out(made.text)
    for argument, kind in made.problems:
        status = 2 if flavour.is_dash and kind in ("directive", "missing") else 1
        message = _problem(shell, argument, kind)
        shell.complain(message if flavour.is_ash else f"printf: {message}")
    return status


def _problem(shell: Shell, argument: str, kind: str) -> str:
    if kind in ("directive", "missing"):
        if shell.flavour.is_bash:
            if kind == "missing":
                return f"`{argument}': missing format character"
            return f"`{argument[-1]}': invalid format character"
        if shell.flavour.is_ash:
            return f"{argument}: invalid format"
        return f"{argument}: invalid directive"
    if shell.flavour.is_bash:
        return (
            f"warning: {argument}: Numerical result out of range"
            if kind == "range"
            else f"{argument}: invalid number"
        )
    if shell.flavour.is_ash:
        return f"invalid number '{argument}'"
    if kind == "range":
        return f"{argument}: Numerical result out of range"
    return (
        f"{argument}: expected numeric value" if kind == "number" else f"{argument}: not completely converted"
    )


@builtin("read")
def read(shell: Shell, argv: list[str]) -> int:
    """Read one line and split it into variables."""
    flavour = shell.flavour
    raw = False
    delimiter = "\n"
    limit: int | None = None
    exact = False
    array = None
    prompt = ""
    fd = 0
    names: list[str] = []
    index = 1
    letters = {"dash": "p", "ash": "ptndu", "bash": "ptndunaNi"}[flavour.kind]
    while index < len(argv) and argv[index].startswith("-") and len(argv[index]) > 1:
        word = argv[index]
        index += 1
        if word == "--":
            break
        position = 1
        while position < len(word):
            letter = word[position]
            position += 1
            if letter in letters:
                value = word[position:]
                if not value:
                    if index >= len(argv):
                        return _read_usage(shell, f"-{letter}: option requires an argument")
                    value = argv[index]
                    index += 1
                position = len(word)
                if letter == "d":
                    delimiter = value[:1] or "\0"
                elif letter in "nN":
                    limit, exact = (int(value[:6]) if value.isdigit() else 0), letter == "N"
                elif letter == "a":
                    array = value
                elif letter == "p":
                    prompt = value
                elif letter == "u":
                    fd = int(value[:6]) if value.isdigit() else 0
            elif letter == "r":
                raw = True
            elif letter in "se" and not flavour.is_dash:
                continue
            else:
                return _read_usage(shell, f"-{letter}: invalid option", letter)
    names = argv[index:]
    if not names and not flavour.is_bash and not flavour.is_ash:
        raise ShellError("read: arg count", 2, True)
    stream = shell.fds.get(fd)
    if prompt and stream is not None and stream.is_terminal:
        shell.error_text(prompt)
    for name in names:
        if not name.isidentifier() and "[" not in name:
            if flavour.is_bash:
                shell.complain(f"read: `{name}': not a valid identifier")
                return 1
            if flavour.is_ash:
                shell.complain(f"read: '{name}': bad variable name")
                return 1
            raise ShellError(f"read: {name}: bad variable name", 2)
    try:
        if stream is None:
            raise BadDescriptor
        record = _read_record(shell, stream, raw, delimiter, limit, exact)
    except BadDescriptor:
        if flavour.is_bash:
            shell.complain(f"read: read error: {fd}: Bad file descriptor")
        return 1
    _store_record(shell, names, array, record, exact)
    return 0 if record.ended else 1


def _read_usage(shell: Shell, message: str, letter: str = "") -> int:
    if shell.flavour.is_bash:
        shell.complain(f"read: {message}")
        shell.error_text(
            "read: usage: read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt]"
            " [-t timeout] [-u fd] [name ...]\n"
        )
        return 2
    if shell.flavour.is_ash:
        shell.complain(f"read: illegal option -{letter}")
        return 2
    raise ShellError(f"read: Illegal option -{letter}", 2)


@dataclass(slots=True)
class _Record:
    """What was read: ``escaped`` holds the places of characters that followed a backslash."""

    text: str
    escaped: set[int]
    ended: bool
    """Whether the delimiter was met."""


def _read_record(
    shell: Shell, stream: Stream, raw: bool, delimiter: str, limit: int | None, exact: bool
) -> _Record:
    characters: list[str] = []
    escaped: set[int] = set()
    while True:
        line = stream.read_line()
        if not line:
            return _Record("".join(characters), escaped, False)
        shell.budget.step(1 + len(line) // 16)
        shell.budget.allocate(len(line))
        text = line.decode("utf-8", "surrogateescape")
        if (raw or "\\" not in text) and delimiter == "\n" and limit is None:
            ended = text.endswith("\n")
            characters.append(text[:-1] if ended else text)
            return _Record("".join(characters).replace("\0", ""), escaped, ended)
        index = 0
        while index < len(text):
            if limit is not None and len(characters) >= limit:
                _push_back(stream, text[index:])
                return _Record("".join(characters), escaped, True)
            character = text[index]
            index += 1
            if character == delimiter and not exact:
                _push_back(stream, text[index:])
                return _Record("".join(characters), escaped, True)
            if character == "\\" and not raw:
                if index >= len(text):
                    continue
                if text[index] != "\n":
                    escaped.add(len(characters))
                    characters.append(text[index])
                index += 1
            elif character != "\0":
                characters.append(character)
        if limit is not None and len(characters) >= limit:
            return _Record("".join(characters), escaped, True)


def _push_back(stream: Stream, text: str) -> None:
    if text:
        stream.unread(text.encode("utf-8", "surrogateescape"))


def _store_record(shell: Shell, names: list[str], array: str | None, record: _Record, exact: bool) -> None:
    text = record.text
    if array is not None:
        fields = split_fields(text, record.escaped, shell.separators(), None)
        shell.variables.replace_array(array, dict(enumerate(fields)))
        return
    if not names:
        shell.assign("REPLY", text)
        return
    if exact:
        fields = [text]
    else:
        fields = split_fields(text, record.escaped, shell.separators(), len(names))
    for index, name in enumerate(names):
        value = fields[index] if index < len(fields) else ""
        base, bracket, subscript = name.partition("[")
        if bracket:
            shell.set_element(base, subscript.rstrip("]"), value)
        else:
            shell.assign(name, value)


@builtin("mapfile", "readarray", shells=("bash",))
def mapfile(shell: Shell, argv: list[str]) -> int:
    """Read lines into an array."""
    strip = False
    delimiter = "\n"
    skip, most = 0, None
    words = argv[1:]
    while words and words[0].startswith("-") and len(words[0]) > 1:
        word = words.pop(0)
        if word == "-t":
            strip = True
        elif word[1] in "dnsOuCc":
            value = word[2:] or (words.pop(0) if words else "")
            if word[1] == "d":
                delimiter = value[:1] or "\0"
            elif word[1] == "n" and value.isdigit():
                most = int(value[:9]) or None
            elif word[1] == "s" and value.isdigit():
                skip = int(value[:9])
    stream = shell.fds.get(0)
    data = b"" if stream is None else b"".join(_charged(shell, stream))
    text = data.decode("utf-8", "surrogateescape")
    lines = text.split(delimiter)
    last = lines.pop()
    lines = [line if strip else line + delimiter for line in lines] + ([last] if last else [])
    shell.budget.step(1 + len(lines))
    lines = lines[skip:] if most is None else lines[skip : skip + most]
    shell.variables.replace_array(words[0] if words else "MAPFILE", dict(enumerate(lines)))
    return 0


def _charged(shell: Shell, stream: Stream) -> list[bytes]:
    pieces = []
    for piece in stream.chunks():
        shell.budget.allocate(len(piece))
        pieces.append(piece)
    return pieces
