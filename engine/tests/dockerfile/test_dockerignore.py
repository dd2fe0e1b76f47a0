import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dockerfile.dockerignore import IgnoreFileError, IgnoreMatcher, read_patterns


def test_reading_cleans_patterns() -> None:
    text = "\ufeff# comment\n/a/b/\n \n! /kept \n../x\n#not\n  # a pattern\n"
    assert read_patterns(text) == ("a/b", "!kept", "../x", "# a pattern")


@pytest.mark.parametrize(
    "text, path, ignored",
    [
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),
        ("**/*.md", "docs/deep/README.md", True),
        ("**", "anything/at/all", True),
        ("docs", "docs/a/b", True),
        ("docs/**", "docs", False),
        ("docs/**", "docs/a", True),
        ("*\n!src\nsrc/tmp", "src/a", False),
        ("*\n!src\nsrc/tmp", "src/tmp/a", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[a-c].txt", "b.txt", True),
        ("a\\*b", "a*b", True),
        ("a+b(c)", "a+b(c)", True),
        (".", "x", False),
        ("*", ".", False),
    ],
)
def test_matching(text: str, path: str, ignored: bool) -> None:
    assert IgnoreMatcher.from_file(text).ignores(path) is ignored


@pytest.mark.parametrize(
    "text, message",
    [
        ("!\n", 'illegal exclusion pattern: "!"'),
        ("a[\n", "syntax error in pattern"),
        ("[]a]", "syntax error"),
    ],
)
def test_malformed_patterns_are_refused(text: str, message: str) -> None:
    with pytest.raises(IgnoreFileError, match=message.replace("!", r"\!")):
        IgnoreMatcher.from_file(text)


def test_overlong_lines_are_refused() -> None:
    with pytest.raises(IgnoreFileError, match="token too long"):
        read_patterns("a" * 70_000)


_PATHS = st.lists(st.sampled_from(["a", "b", "ab", "c.txt"]), min_size=1, max_size=3).map("/".join)


@settings(max_examples=100)
@given(st.lists(st.sampled_from(["a", "*", "**/b", "a/*", "?", "ab/**"]), max_size=3), _PATHS)
def test_what_lies_in_an_ignored_directory_is_ignored(patterns: list[str], path: str) -> None:
    matcher = IgnoreMatcher.from_patterns(patterns)
    if matcher.ignores(path):
        assert matcher.ignores(path + "/below")
    assert not IgnoreMatcher.from_patterns([*patterns, "!**"]).ignores(path)
