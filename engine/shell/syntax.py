"""What a parsed script is made of (POSIX Shell Command Language, 2.9 and 2.10, with bash's additions)."""

from dataclasses import dataclass, field

from engine.errors import EngineError


@dataclass(frozen=True, slots=True)
class Text:
    """Literal characters; ``quoted`` ones are neither patterns, tildes nor braces."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Double:
    """A double-quoted run."""

    parts: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """``$name`` or ``${…}``. ``operator`` is empty for a plain value, ``bad`` for an impossible form.

    ``index`` is the subscript of an array element (``@`` and ``*`` included) or None. ``second`` is the
    replacement of ``/`` and the length of ``:``.
    """

    name: str
    operator: str = ""
    argument: "Word | None" = None
    second: "Word | None" = None
    index: "Word | None" = None
    length: bool = False
    indirect: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class CommandSubstitution:
    """``$(…)`` or backquotes."""

    program: "Program"


@dataclass(frozen=True, slots=True)
class ArithmeticExpansion:
    """``$((…))``."""

    expression: "Word"


@dataclass(frozen=True, slots=True)
class ProcessSubstitution:
    """bash's ``<(…)`` and ``>(…)``."""

    program: "Program"
    direction: str


Part = Text | Double | Parameter | CommandSubstitution | ArithmeticExpansion | ProcessSubstitution


@dataclass(frozen=True, slots=True)
class Word:
    """One word. ``plain`` is its value when no expansion of any kind can change it."""

    parts: tuple[Part, ...]
    plain: str | None = None
    braces: bool = False
    """Whether bash's brace expansion may apply."""


@dataclass(frozen=True, slots=True)
class ArrayValue:
    """The ``(…)`` of bash's ``name=(…)``: (subscript or None, word)."""

    items: tuple[tuple[Word | None, Word], ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """``name=value``, and bash's ``name[index]=value`` and ``name+=value``."""

    name: str
    value: "Word | ArrayValue"
    index: Word | None = None
    append: bool = False


@dataclass(slots=True)
class HereDocument:
    """The body of ``<<``; the parser fills it in when it reaches the lines after the command."""

    delimiter: str
    quoted: bool
    strip_tabs: bool
    line: int
    body: Word = field(default_factory=lambda: Word((), ""))


@dataclass(frozen=True, slots=True)
class Redirection:
    """``[n]op target``; ``fd`` is None for the operator's default."""

    operator: str
    target: "Word | HereDocument"
    fd: int | None = None
    source: str = ""
    """The target as written."""


@dataclass(frozen=True, slots=True)
class Simple:
    """Assignments, words and redirections. ``words`` may hold Assignments after ``export`` and the like."""

    assignments: tuple[Assignment, ...]
    words: tuple["Word | Assignment", ...]
    redirections: tuple[Redirection, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by ``|``; ``joined_errors[i]`` says that ``|&`` follows command i."""

    commands: tuple["Command", ...]
    negated: bool = False
    joined_errors: tuple[bool, ...] = ()
    timed: bool = False
    portable_times: bool = False
    """Whether ``time -p`` asked for the POSIX format."""


@dataclass(frozen=True, slots=True)
class AndOr:
    """Pipelines joined by ``&&`` and ``||``; ``operators[i]`` stands before pipeline i + 1.

    ``separated`` says that ``;`` or ``&`` follows. ``source`` is the text, separator included; ``ends`` are
    the offsets in it where each pipeline ends; ``left`` is how much of the whole text follows.
    """

    pipelines: tuple[Pipeline, ...]
    operators: tuple[str, ...]
    background: bool
    separated: bool
    source: str
    ends: tuple[int, ...]
    left: int
    line: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of and-or lists."""

    items: tuple[AndOr, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """``{ …; }``."""

    body: Sequence
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class Subshell:
    """``( … )``."""

    body: Sequence
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    """``if``: (condition, body) for each ``if`` and ``elif``; ``otherwise`` is the ``else`` body."""

    branches: tuple[tuple[Sequence, Sequence], ...]
    otherwise: Sequence | None
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """``while`` and ``until``."""

    condition: Sequence
    body: Sequence
    until: bool
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class For:
    """``for name [in words]``; ``words`` is None for ``"$@"``."""

    name: str
    words: tuple[Word, ...] | None
    body: Sequence
    line: int
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class Select:
    """bash's ``select name in words``."""

    name: str
    words: tuple[Word, ...] | None
    body: Sequence
    line: int
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class ArithmeticFor:
    """bash's ``for ((start; test; step))``."""

    start: Word
    test: Word
    step: Word
    body: Sequence
    line: int
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of ``case``; ``terminator`` is ``;;``, ``;&`` or ``;;&``."""

    patterns: tuple[Word, ...]
    body: Sequence
    terminator: str


@dataclass(frozen=True, slots=True)
class Case:
    """``case word in …``."""

    word: Word
    clauses: tuple[Clause, ...]
    line: int
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """``name() body``; ``source`` is its text, from which a saved session defines it again."""

    name: str
    body: "Command"
    source: str


@dataclass(frozen=True, slots=True)
class ArithmeticCommand:
    """bash's ``((…))``."""

    expression: Word
    line: int
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A node of bash's ``[[ … ]]``: ``operator`` with operand words, or with conditions for ``! && ||``."""

    operator: str
    words: tuple[Word, ...] = ()
    conditions: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Conditional:
    """bash's ``[[ … ]]``."""

    condition: Condition
    line: int
    redirections: tuple[Redirection, ...] = ()


Command = (
    Simple
    | Group
    | Subshell
    | If
    | Loop
    | For
    | Select
    | ArithmeticFor
    | Case
    | FunctionDefinition
    | ArithmeticCommand
    | Conditional
)


class SyntaxProblem(EngineError):
    """Text that is no script.

    ``kind`` is ``unexpected`` (a ``token``; ``expecting`` says what would have fitted), ``substitution``
    (the same where ``$(…)`` should have ended), ``quote`` (an
    unterminated ``token``), ``brace``, ``backquote``, ``arithmetic``, ``for_variable``, ``function_name``
    or ``descriptor``. ``token`` is the text, empty at the end of the input; ``is_word`` tells words from
    operators. ``line`` counts from 1; ``opened`` is the line where what is unterminated began.
    """

    def __init__(
        self,
        kind: str,
        line: int,
        token: str = "",
        expecting: str = "",
        is_word: bool = False,
        opened: int = 0,
    ) -> None:
        self.kind = kind
        self.line = line
        self.token = token
        self.expecting = expecting
        self.is_word = is_word
        self.opened = opened or line
        super().__init__(f"syntax error: {kind} {token}")


@dataclass(frozen=True, slots=True)
class Program:
    """A parsed text: complete lines in order, then, maybe, the error that ends it.

    ``left[i]`` is how many characters of the text follow ``lines[i]``.
    """

    lines: tuple[Sequence, ...]
    left: tuple[int, ...]
    text: str
    error: SyntaxProblem | None = None
    open_document: bool = False
    """Whether a here-document ran into the end of the text."""
    weight: int = 0
    """Budget steps that parsing is worth."""

    def after(self, left: int) -> str:
        """The last ``left`` characters of the text."""
        return self.text[len(self.text) - left :]
