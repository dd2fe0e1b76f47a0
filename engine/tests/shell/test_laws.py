"""Laws that hold for whatever a learner types."""

import fnmatch

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.budget import Budget, BudgetExceeded, Limits
from engine.shell.arithmetic import ArithmeticProblem, Evaluator, wrap
from engine.shell.flavour import ASH, BASH, DASH
from engine.shell.parser import parse
from engine.shell.patterns import compile_pattern
from engine.shell.quoting import backslash_quoted, dash_quoted, quoted_if_needed, shell_quoted
from engine.tests.shell.replay import run

SMALL = Limits(steps=20_000, memory=2_000_000)
SHELL_TEXT = st.lists(
    st.sampled_from(
        [*"abx01 \t\n;&|<>(){}[]$`'\"\\*?~!#%/:-+=@.,^", "$(", "${", "$((", "<<E\n", "if ", "fi "]
    )
    | st.characters(codec="utf-8"),
    max_size=30,
).map("".join)


@given(SHELL_TEXT, st.sampled_from([DASH, BASH, ASH]))
@settings(max_examples=80, deadline=None)
def test_any_text_parses_or_is_a_syntax_error(text: str, flavour: object) -> None:
    program = parse(text, flavour)  # type: ignore[arg-type]
    assert len(program.lines) == len(program.left)
    assert list(program.left) == sorted(program.left, reverse=True)


@given(SHELL_TEXT, st.sampled_from(["dash", "bash", "ash"]))
@settings(max_examples=40, deadline=None)
def test_any_text_runs_to_a_status(text: str, shell: str) -> None:
    try:
        assert 0 <= run(shell, text, SMALL).status < 256
    except BudgetExceeded as stopped:
        assert "layerlab: stopped" in str(stopped)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
@settings(max_examples=40, deadline=None)
def test_quoted_text_reads_back_as_itself(text: str) -> None:
    for quote in (shell_quoted, dash_quoted, quoted_if_needed, backslash_quoted):
        assert run("bash", f"printf %s {quote(text)}").stdout == text


@given(st.text("ab*?[]!-", max_size=8), st.text("ab-!]", max_size=6))
@settings(max_examples=100, deadline=None)
def test_patterns_match_as_the_reference_does(pattern: str, subject: str) -> None:
    ambiguous = ("[]", "[!]", "[-", "-]", "--", "b-a", "[!-", "[!!")
    assume(not any(piece in pattern for piece in ambiguous))
    expected = fnmatch.fnmatchcase(subject, pattern)
    assert compile_pattern(((pattern, False),)).matches(subject) == expected


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
@settings(max_examples=80, deadline=None)
def test_trimming_takes_the_shortest_and_the_longest_match(pattern: str, subject: str) -> None:
    compiled = compile_pattern(((pattern, False),))
    fitting = [n for n in range(len(subject) + 1) if compiled.matches(subject[:n])]
    assert compiled.prefix(subject, longest=False) == (min(fitting) if fitting else None)
    assert compiled.prefix(subject, longest=True) == (max(fitting) if fitting else None)
    starts = [n for n in range(len(subject) + 1) if compiled.matches(subject[n:])]
    assert compiled.suffix(subject, longest=False) == (max(starts) if starts else None)
    assert compiled.suffix(subject, longest=True) == (min(starts) if starts else None)


EXPRESSIONS = st.recursive(
    st.integers(0, 1000).map(str),
    lambda inner: st.tuples(
        inner, st.sampled_from(["+", "-", "*", "&", "|", "^", "<", "==", "%", "/"]), inner
    ).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
    max_leaves=8,
)


@given(EXPRESSIONS)
@settings(max_examples=80, deadline=None)
def test_arithmetic_is_that_of_c(expression: str) -> None:
    def truncated(left: int, right: int) -> int:
        return int(abs(left) // abs(right)) * (1 if (left < 0) == (right < 0) else -1)

    def evaluate(text: str) -> int:
        tree = compile(text, "<law>", "eval", flags=0x400)
        return walk(tree.body)  # type: ignore[attr-defined]

    def walk(node: object) -> int:
        kind = type(node).__name__
        if kind == "Constant":
            return int(node.value)  # type: ignore[attr-defined]
        if kind == "Compare":
            left, right = walk(node.left), walk(node.comparators[0])  # type: ignore[attr-defined]
            return int(left < right if type(node.ops[0]).__name__ == "Lt" else left == right)  # type: ignore[attr-defined]
        left, right = walk(node.left), walk(node.right)  # type: ignore[attr-defined]
        operation = type(node.op).__name__  # type: ignore[attr-defined]
        if operation in ("Div", "Mod"):
            quotient = truncated(left, right)
            return quotient if operation == "Div" else left - right * quotient
        return wrap(
            {
                "Add": left + right,
                "Sub": left - right,
                "Mult": left * right,
                "BitAnd": left & right,
                "BitOr": left | right,
                "BitXor": left ^ right,
            }[operation]
        )

    evaluator = Evaluator(expression, lambda name, index: "", lambda name, index, value: None, BASH, Budget())
    try:
        expected = evaluate(expression)
    except ZeroDivisionError:
        try:
            evaluator.evaluate()
        except ArithmeticProblem as problem:
            assert problem.problem == "division"
            return
        raise AssertionError(expression) from None
    assert evaluator.evaluate() == expected
