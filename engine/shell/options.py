"""Command-line options of programs: one declarative table parses them, reports errors and prints --help.

    OPTIONS = Options(
        "[OPTION]... [FILE]...",
        "List information about the FILEs.",
        Flag("a", "all", help="do not ignore entries starting with ."),
        Value("w", "width", metavar="COLS", help="set output width to COLS"),
        error_status=2,
    )

    def ls(process):
        options = OPTIONS.parse(process)
        if options.flag("all"): …
        for path in options.operands: …

Names are looked up by their long name, or by the short letter where there is no long one. Parsing
follows GNU getopt_long: bundles (``-la``), attached and separate values, unique prefixes of long names,
``--``, operands anywhere (unless ``stop_at_operand``). Errors are getopt's words, or those of BusyBox
when the program is a BusyBox applet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from engine.errors import EngineError
from engine.shell.process import Process


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table; use Flag or Value."""

    short: str = ""
    long: str = ""
    help: str = ""
    metavar: str = ""
    optional: bool = False
    aliases: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def name(self) -> str:
        """What the parsed result calls it."""
        return self.long or self.short[:1]

    @property
    def takes_value(self) -> bool:
        """Whether a value may follow."""
        return bool(self.metavar)


def Flag(
    short: str = "", long: str = "", *, help: str = "", aliases: tuple[str, ...] = (), hidden: bool = False
) -> Option:
    """An option without a value. ``short`` may hold several letters meaning the same (``"rR"``)."""
    return Option(short, long, help, "", False, aliases, hidden)


def Value(
    short: str = "",
    long: str = "",
    *,
    metavar: str = "VALUE",
    help: str = "",
    optional: bool = False,
    aliases: tuple[str, ...] = (),
    hidden: bool = False,
) -> Option:
    """An option with a value; ``optional`` allows it only attached (``-i.bak``, ``--color=always``)."""
    return Option(short, long, help, metavar, optional, aliases, hidden)


class UsageError(EngineError):
    """Wrong options: ``text`` is the whole message for standard error, ``status`` the exit status."""

    def __init__(self, text: str, status: int) -> None:
        self.text = text
        self.status = status
        super().__init__(text.rstrip("\n"))


class HelpRequested(EngineError):
    """``--help`` (or ``--version``) was given: ``text`` is for standard output."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__("help requested")


@dataclass(slots=True)
class Parsed:
    """What was given: ``order`` holds (name, value) as typed; flags have the value None."""

    operands: list[str] = field(default_factory=list)
    order: list[tuple[str, str | None]] = field(default_factory=list)

    def flag(self, name: str) -> bool:
        """Whether the option was given."""
        return any(given == name for given, _ in self.order)

    def count(self, name: str) -> int:
        """How often the option was given."""
        return sum(given == name for given, _ in self.order)

    def value(self, name: str, default: str | None = None) -> str | None:
        """The value given last, or ``default``."""
        return next((value for given, value in reversed(self.order) if given == name), default)

    def values(self, name: str) -> list[str]:
        """Every value given, in order."""
        return [value or "" for given, value in self.order if given == name]

    def last(self, *names: str) -> str | None:
        """Which of these mutually overriding options was given last."""
        return next((given for given, _ in reversed(self.order) if given in names), None)


class Options:
    """A program's table of options. ``usage`` follows the program's name in ``Usage: NAME …``."""

    def __init__(
        self,
        usage: str,
        description: str,
        *options: Option,
        error_status: int = 1,
        stop_at_operand: bool = False,
        version: str = "",
    ) -> None:
        self.usage = usage
        self.description = description
        self.options = options
        self.error_status = error_status
        self.stop_at_operand = stop_at_operand
        self.version = version
        self._short = {letter: option for option in options for letter in option.short}
        self._long = {name: option for option in options for name in (option.long, *option.aliases) if name}

    def parse(self, process: Process, arguments: Sequence[str] | None = None) -> Parsed:
        """Parse ``arguments`` (default: ``argv[1:]``). Raises UsageError and HelpRequested."""
        parsed = Parsed()
        pending = list(process.argv[1:] if arguments is None else arguments)
        index = 0
        while index < len(pending):
            argument = pending[index]
            index += 1
            if argument == "--":
                parsed.operands += pending[index:]
                break
            if argument.startswith("--"):
                index += self._parse_long(process, argument[2:], pending, index, parsed)
            elif argument.startswith("-") and len(argument) > 1:
                index += self._parse_bundle(process, argument, pending, index, parsed)
            else:
                parsed.operands.append(argument)
                if self.stop_at_operand:
                    parsed.operands += pending[index:]
                    break
        return parsed

    def _parse_long(self, process: Process, text: str, pending: list[str], index: int, parsed: Parsed) -> int:
        typed, equals, value = text.partition("=")
        matches = [typed] if typed in self._long else [name for name in self._long if name.startswith(typed)]
        if not matches and typed == "help":
            raise HelpRequested(self.help(process))
        if not matches and typed == "version" and self.version:
            raise HelpRequested(f"{process.name} {self.version}\n")
        targets = {self._long[name].name for name in matches}
        if not targets:
            self._refuse(process, f"unrecognized option '--{typed}'", f"unrecognized option: {typed}")
        if len(targets) > 1:
            listed = "".join(f" '--{name}'" for name in matches)
            self._refuse(process, f"option '--{typed}' is ambiguous; possibilities:{listed}")
        option = self._long[matches[0]]
        if not option.takes_value:
            if equals:
                self._refuse(process, f"option '--{matches[0]}' doesn't allow an argument")
            parsed.order.append((option.name, None))
            return 0
        if equals or option.optional:
            parsed.order.append((option.name, value if equals else None))
            return 0
        if index >= len(pending):
            self._refuse(
                process,
                f"option '--{matches[0]}' requires an argument",
                f"option requires an argument: {matches[0]}",
            )
        parsed.order.append((option.name, pending[index]))
        return 1

    def _parse_bundle(
        self, process: Process, argument: str, pending: list[str], index: int, parsed: Parsed
    ) -> int:
        for position, letter in enumerate(argument[1:], 2):
            option = self._short.get(letter)
            if option is None:
                self._refuse(process, f"invalid option -- '{letter}'", f"unrecognized option: {letter}")
            elif not option.takes_value:
                parsed.order.append((option.name, None))
            elif argument[position:] or option.optional:
                parsed.order.append((option.name, argument[position:] or None))
                return 0
            elif index >= len(pending):
                self._refuse(
                    process,
                    f"option requires an argument -- '{letter}'",
                    f"option requires an argument: {letter}",
                )
            else:
                parsed.order.append((option.name, pending[index]))
                return 1
        return 0

    def _refuse(self, process: Process, message: str, musl_message: str = "") -> None:
        """Raise UsageError: glibc's getopt words, or musl's, followed by the tool family's hint."""
        name = process.name
        if not process.is_busybox:
            raise UsageError(
                f"{name}: {message}\nTry '{name} --help' for more information.\n", self.error_status
            )
        if process.has_musl and musl_message:
            message = musl_message
        raise UsageError(f"{name}: {message}\n{self.help(process)}", 1)

    def usage_error(self, process: Process, message: str) -> UsageError:
        """The error for wrong operands (``missing operand`` …), to be raised by the program."""
        if process.is_busybox:
            return UsageError(self.help(process), 1)
        name = process.name
        return UsageError(
            f"{name}: {message}\nTry '{name} --help' for more information.\n", self.error_status
        )

    def help(self, process: Process) -> str:
        """The text of ``--help``."""
        rows = [(_spelling(option), option.help) for option in self.options if not option.hidden]
        if process.is_busybox:
            lines = [f"\t{spelling.strip()}\t{text}" for spelling, text in rows]
            head = (
                f"BusyBox v{process.busybox_version} multi-call binary.\n\nUsage: {process.name} {self.usage}"
            )
            return "\n".join([head, "", *self.description.splitlines(), "", *lines]).rstrip() + "\n"
        lines = [f"Usage: {process.name} {self.usage}", *self.description.splitlines()]
        if rows:
            lines.append("")
        for spelling, text in [*rows, ("      --help", "display this help and exit")]:
            lines += _row(spelling, text)
        return "\n".join(lines) + "\n"


def _spelling(option: Option) -> str:
    short = ", ".join(f"-{letter}" for letter in option.short)
    long = f"--{option.long}" if option.long else ""
    if option.takes_value:
        if option.long:
            long += f"[={option.metavar}]" if option.optional else f"={option.metavar}"
        else:
            short += f"[{option.metavar}]" if option.optional else f" {option.metavar}"
    if short and long:
        return f"  {short}, {long}"
    return f"  {short}" if short else f"      {long}"


def _row(spelling: str, text: str) -> list[str]:
    column = 29
    pieces = wrap(text, 79 - column) or [""]
    if len(spelling) + 2 > column:
        return [spelling, *(" " * column + piece for piece in pieces)]
    return [
        (f"{spelling:<{column}}" + pieces[0]).rstrip(),
        *(" " * column + piece for piece in pieces[1:]),
    ]
