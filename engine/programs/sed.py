"""sed: a stream editor for filtering and transforming text."""

from collections.abc import Callable, Generator, Iterator

from engine.fs import Directory, FsError
from engine.programs.lib.regex import has_utf8_locale
from engine.programs.lib.sed.editor import Editor, Input, Line, NoPreviousRegex, Quit, input_lines
from engine.programs.lib.sed.script import ScriptParser, SedError
from engine.programs.lib.text import Inputs, encode
from engine.shell.options import Flag, Options, Parsed, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... {script-only-if-no-other-script} [input-file]...",
    "Edit text as the script says.",
    Flag("n", "quiet", aliases=("silent",), help="suppress automatic printing of pattern space"),
    Flag("", "debug", help="annotate program execution"),
    Value("e", "expression", metavar="script", help="add the script to the commands to be executed"),
    Value("f", "file", metavar="script-file", help="add the contents of script-file to the commands"),
    Flag("E", "regexp-extended", help="use extended regular expressions in the script"),
    Flag("r", "", help="the same as -E"),
    Value(
        "i",
        "in-place",
        metavar="SUFFIX",
        optional=True,
        help="edit files in place (makes backup if SUFFIX given)",
    ),
    Flag("", "follow-symlinks", help="follow symlinks when processing in place"),
    Value("l", "line-length", metavar="N", help="specify desired line-wrap length for the `l' command"),
    Flag("", "posix", help="disable all GNU extensions"),
    Flag("s", "separate", help="consider files as separate rather than as a single continuous long stream"),
    Flag("", "sandbox", help="operate in sandbox mode"),
    Flag("u", "unbuffered", help="load minimal amounts of data"),
    Flag("z", "null-data", help="separate lines by NUL characters"),
)


_BUSYBOX_WORDS = {"unknown option to `s'": "bad option in substitution expression"}


@program("sed", package="sed", summary="stream editor for filtering and transforming text")
def sed(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    operands = list(options.operands)
    script = _script(p, options, operands)
    separator = b"\0" if options.flag("null-data") else b"\n"
    extended = options.flag("regexp-extended") or options.flag("r")

    def editor(name: str) -> Editor:
        parser = ScriptParser(script, extended, has_utf8_locale(p.env))
        try:
            commands = parser.parse()
        except SedError as error:
            status = 4 if error.at < 0 and not p.is_busybox else 1
            raise UsageError(f"{p.name}: {_described(p, error)}\n", status) from error
        quiet = options.flag("quiet") or parser.silent
        return Editor(p, commands, quiet=quiet, separator=separator, name=name)

    first = editor("-")
    if options.flag("in-place"):
        return _in_place(p, options, operands, editor)
    inputs = Inputs(
        p,
        operands,
        message="can't read {name}: {reason}",
        directory=None if p.is_busybox else "read error on {name}: {reason}",
        status=1 if p.is_busybox else 2,
    )
    status = 0
    try:
        if options.flag("separate"):
            for name, chunks in inputs:
                yield from editor(name).run(Input(input_lines(chunks, p, separator)))
        else:
            yield from first.run(Input(_lines(p, inputs, first, separator)))
    except Quit as stop:
        status = stop.status
    except NoPreviousRegex as error:
        p.error(f"-e expression #1, char 0: {error}")
        return 1
    _store(p, first)
    unreadable = any(name != "-" and p.files.is_dir(name) for name in operands)
    if unreadable and inputs.status and not p.is_busybox:
        return 4
    return status or inputs.status


def _described(p: Process, error: SedError) -> str:
    if p.is_busybox:
        text = str(error)
        if error.pattern:
            return f"bad regex '{error.pattern}': {text}"
        if text.startswith("unknown command"):
            return f"unsupported command {text[-2]}"
        if text.startswith("unterminated"):
            return "unmatched '/'"
        if text.startswith("can't find label"):
            return text.replace("`", "'")
        return _BUSYBOX_WORDS.get(text, text)
    if error.at < 0:
        return str(error)
    return f"-e expression #1, char {error.at}: {error}"


def _script(p: Process, options: Parsed, operands: list[str]) -> bytes:
    parts: list[bytes] = []
    for name, value in options.order:
        if name == "expression":
            parts.append(encode(value or ""))
        elif name == "file":
            try:
                chunks = p.stdin.chunks() if value == "-" else p.files.chunks(value or "")
                text = b"".join(chunks)
            except FsError as error:
                raise UsageError(f"{p.name}: couldn't open file {value}: {error.reason}\n", 1) from error
            parts.append(text.partition(b"\n")[2] if text.startswith(b"#!") else text.removesuffix(b"\n"))
    if not parts:
        if not operands:
            help_text = OPTIONS.help(p)
            raise UsageError(help_text, 1)
        parts.append(encode(operands.pop(0)))
    return b"\n".join(parts)


def _lines(p: Process, inputs: Inputs, editor: Editor, separator: bytes) -> Iterator[Line]:
    for name, chunks in inputs:
        editor.file_name = name
        yield from input_lines(chunks, p, separator)


def _store(p: Process, editor: Editor) -> None:
    """Write what ``w`` collected; a file named by ``w`` exists even when nothing was written."""
    for command in editor.commands:
        if command.letter in "wWs" and command.text:
            editor.written.setdefault(command.text.decode("utf-8", "surrogateescape"), [])
    for path, parts in editor.written.items():
        if not path.startswith("/dev/"):
            p.files.write(path, b"".join(parts))


def _in_place(p: Process, options: Parsed, operands: list[str], editor_for: Callable[[str], Editor]) -> int:
    status = 0
    if not operands:
        if p.is_busybox:
            return 0
        p.error("no input files")
        return 1
    separator = b"\0" if options.flag("null-data") else b"\n"
    suffix = options.value("in-place") or ""
    for path in operands:
        try:
            node = p.files.stat(path)
            if isinstance(node, Directory):
                p.error(f"couldn't edit {path}: not a regular file")
                status = 4
                continue
            editor = editor_for(path)
            target = p.files.real_path(path) if options.flag("follow-symlinks") else path
            try:
                parts = []
                for part in editor.run(Input(input_lines(p.files.chunks(path), p, separator))):
                    p.budget.allocate(len(part))
                    parts.append(part)
            except Quit as stop:
                status = stop.status
            if suffix:
                backup = suffix.replace("*", path.rpartition("/")[2]) if "*" in suffix else path + suffix
                p.files.write(backup, p.files.content(path), node.mode)
            p.files.write(target, b"".join(parts))
            _store(p, editor)
        except FsError as error:
            if error.code == "ENOENT":
                p.error(f"{path}: {error.reason}" if p.is_busybox else f"can't read {path}: {error.reason}")
                status = 2 if not p.is_busybox else 1
            else:
                p.error(f"couldn't open temporary file {path}: {error.reason}")
                status = 4
    return status
