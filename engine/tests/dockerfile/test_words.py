import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dockerfile.words import MAX_EXPANSION, MAX_NESTING, WordError, WordLexer

ENV = {"FOO": "foo/bar.tar.gz", "EMPTY": "", "STAR": "a*b", "SPACES": "one  two", "LONG": "x" * 1000}
LEXER = WordLexer()


@pytest.mark.parametrize(
    "text, result",
    [
        ("plain text", "plain text"),
        ("$FOO ${FOO}", "foo/bar.tar.gz foo/bar.tar.gz"),
        ("'$FOO' \"$EMPTY-\" \\$FOO", "$FOO - $FOO"),
        ('"a\\"b\\c"', 'a"b\\c'),
        ("${NONE:-a} ${NONE-b} ${EMPTY:-c} ${EMPTY-d}.", "a b c ."),
        ("${FOO:+a} ${NONE+b} ${EMPTY:+c} ${EMPTY+d}", "a   d"),
        ("${FOO#*/} ${FOO##*.} ${FOO%.*} ${FOO%%.*}", "bar.tar.gz gz foo/bar.tar foo/bar"),
        ("${FOO/o/0} ${FOO//o/0} ${FOO//?/x}", "f0o/bar.tar.gz f00/bar.tar.gz xxxxxxxxxxxxxx"),
        ("${STAR#a\\*} ${STAR//\\*/-}", "b a-b"),
        ("${NONE:-${FOO%/*}}", "foo"),
        ("$1 $@ ${9}$$ $ $.", "   $ $."),
    ],
)
def test_one_word(text: str, result: str) -> None:
    assert LEXER.word(text, ENV) == result


def test_several_words() -> None:
    assert LEXER.expand("a $SPACES 'b c' \"$SPACES\" ''", ENV).words == ("a", "one", "two", "b c", "one  two")


def test_names_used_are_told() -> None:
    expansion = LEXER.expand("$FOO ${NONE:-$OTHER} $FOO", ENV)
    assert (expansion.matched, expansion.unmatched) == (("FOO",), ("OTHER", "NONE"))


def test_the_escape_character_can_be_another() -> None:
    assert WordLexer("`").word("`$FOO C:\\x", ENV) == "$FOO C:\\x"


@pytest.mark.parametrize(
    "text, message",
    [
        ("${", "syntax error: missing '}'"),
        ("${}", "syntax error: bad substitution"),
        ("${FOO:-x", "syntax error: missing '}'"),
        ("${FOO/x}", "syntax error: missing '/' in ${}"),
        ("${FOO^x}", "unsupported modifier (^) in substitution"),
        ("${FOO:#x}", "unsupported modifier (:#) in substitution"),
        ("${NONE?}", "NONE: is not allowed to be unset"),
        ("${EMPTY:?not $FOO}", "EMPTY: not foo/bar.tar.gz"),
        ("'x", "unexpected end of statement while looking for matching single-quote"),
        ('"x', "unexpected end of statement while looking for matching double-quote"),
        ("${FOO#a\\b}", "invalid pattern (a\\b) in substitution: invalid escape '\\b'"),
    ],
)
def test_errors_name_the_whole_word(text: str, message: str) -> None:
    with pytest.raises(WordError) as caught:
        LEXER.word(text, ENV)
    assert str(caught.value).endswith(": " + message)
    assert str(caught.value).startswith("failed to process ")


def test_growth_and_depth_are_bounded() -> None:
    with pytest.raises(WordError, match=str(MAX_EXPANSION)):
        LEXER.word("$LONG" * 2000, ENV)
    with pytest.raises(WordError, match=str(MAX_EXPANSION)):
        LEXER.word("${LONG//x/$LONG$LONG}", ENV)
    with pytest.raises(WordError, match=str(MAX_NESTING)):
        LEXER.word("${a:-" * 5000 + "}" * 5000, ENV)


_PIECES = [
    "$FOO",
    "${FOO}",
    "$NONE",
    "${NONE}",
    "x",
    " ",
    '"',
    "<",
    "<<",
    "$",
    "{",
    "}",
    "-",
    "é",
    "$1",
    "\\",
    "'",
]
_LEXERS = [LEXER, WordLexer("`"), WordLexer(raw_quotes=True, keep_unset=True), WordLexer(ignore_quotes=True)]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(_PIECES), max_size=7).map("".join), st.sampled_from(_LEXERS))
def test_one_word_and_several_words_come_from_the_same_text(text: str, lexer: WordLexer) -> None:
    """`word` has shorter ways for simple texts; they must not change the result."""
    try:
        expected = lexer.expand(text, ENV).result
    except WordError:
        # A text with raw quotes may stay as it is instead: it is only shown, never used.
        if not lexer.raw_quotes:
            with pytest.raises(WordError):
                lexer.word(text, ENV)
        return
    assert lexer.word(text, ENV) == expected


@settings(max_examples=100)
@given(st.text(alphabet="ab cé\n", max_size=20))
def test_text_without_special_characters_is_left_alone(text: str) -> None:
    assert LEXER.word(text, ENV) == text
    assert LEXER.expand(text, ENV).words == tuple(text.split())
