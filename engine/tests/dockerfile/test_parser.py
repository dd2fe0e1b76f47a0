import pytest

from engine.dockerfile.directives import find_directive, reference_of
from engine.dockerfile.errors import DockerfileError
from engine.dockerfile.parser import MAX_INSTRUCTIONS, MAX_LENGTH, parse, parse_single
from engine.dockerfile.stages import read_stages


def test_all_errors_of_a_file_are_found_in_one_pass() -> None:
    text = "FROM busybox\nENV A\nRUNN echo\nCOPY --form=x a b\nCMD [1]\nLABEL a=b c\nRUN echo fine\n"
    staged = read_stages(parse(text))
    assert [(error.line, error.reason) for error in staged.errors] == [
        (2, "ENV must have two arguments"),
        (3, "unknown instruction: RUNN (did you mean RUN?)"),
        (4, "unknown flag: --form (did you mean from?)"),
        (5, "when using JSON array syntax, arrays must be comprised of strings only"),
        (6, 'Syntax error - can\'t find = in "c". Must be of the form: name=value'),
    ]
    assert [one.text for one in staged.stages[0].instructions] == ["RUN echo fine"]
    # Docker reads the whole file before it looks at an instruction.
    assert str(staged.first_error) == "ENV must have two arguments"


def test_errors_point_at_the_word_that_is_wrong() -> None:
    staged = read_stages(parse("FROM busybox\nCOPY \\\n   --form=x a b\n"))
    where = staged.errors[0].locations[0]
    assert (where.start_line, where.start_column, where.end_column) == (3, 3, 9)


def test_comments_and_blank_lines_inside_an_instruction_disappear() -> None:
    parsed = parse("FROM a\nRUN one \\\n  # comment\n\n  && two\n")
    assert parsed.nodes[1].args == ("one   && two",)
    assert parsed.empty_continuations == (5,)
    assert [(comment.line, comment.text) for comment in parsed.comments] == [(3, "comment")]


def test_byte_order_mark_and_line_ends() -> None:
    parsed = parse("\ufeff# escape=`\r\nFROM a\r\nRUN one `\r\n two\r\n")
    assert [node.original for node in parsed.nodes] == ["FROM a", "RUN one  two"]


def test_heredoc_bodies_are_kept_as_written() -> None:
    parsed = parse("FROM a\nCOPY <<-A << 'B' /x\n\tone\n\tA\n# $two\nB\n")
    first, second = parsed.nodes[1].heredocs
    assert (first.content, first.body, first.expand) == ("\tone\n", "one\n", True)
    assert (second.content, second.expand) == ("# $two\n", False)
    assert parsed.nodes[1].location.end_line == 6


def test_comments_belong_to_the_instruction_below_them() -> None:
    parsed = parse("# syntax=x\n# about a\nFROM a\n# lost\n\n# about b\nRUN b\n")
    assert [node.comments for node in parsed.nodes] == [("about a",), ("about b",)]


@pytest.mark.parametrize(
    "text, message, line",
    [
        ("", "file with no instructions", 0),
        ("# only a comment\n", "file with no instructions", 1),
        ("# escape=x\nFROM a\n", "invalid escape token 'x' does not match ` or \\", 0),
        ("# escape=`\n# escape=`\nFROM a\n", "only one escape parser directive can be used", 1),
        ("FROM a\nRUN <<EOF\nx\n", "unterminated heredoc", 2),
        ("FROM a\nRUN " + "x" * 70_000, "dockerfile line greater than max allowed size of 65535", 1),
        ("FROM a\n" + "#" * MAX_LENGTH, f"the Dockerfile is longer than {MAX_LENGTH} characters", 1),
    ],
)
def test_what_is_no_dockerfile(text: str, message: str, line: int) -> None:
    error = parse(text).errors[0]
    assert (str(error), error.line) == (message, line)


def test_the_number_of_instructions_is_bounded() -> None:
    parsed = parse("RUN x\n" * (2 * MAX_INSTRUCTIONS))
    assert len(parsed.nodes) == MAX_INSTRUCTIONS + 1
    assert str(parsed.errors[-1]) == f"the Dockerfile has more than {MAX_INSTRUCTIONS} instructions"


def test_a_hundred_thousand_continuations_are_one_instruction() -> None:
    parsed = parse("FROM a\nRUN " + "a \\\n" * 100_000 + "b\n")
    assert len(parsed.nodes) == 2
    assert parsed.nodes[1].location.end_line == 100_002


def test_nul_characters_are_ordinary() -> None:
    assert parse("FROM a\nENV A=x\0y\n").nodes[1].args == ("A", "x\0y", "=")


def test_parse_single() -> None:
    node = parse_single("RUN a")
    assert node is not None and node.args == ("a",)
    assert parse_single("RUN a\nRUN b") is None
    with pytest.raises(DockerfileError):
        parse_single("ENV a")


def test_directives_are_found_in_every_notation() -> None:
    found = find_directive("syntax", "#!/bin/sh\n// syntax = a/b:1 more\n")
    assert found is not None
    assert (reference_of(found), found.value, found.line) == ("a/b:1", "a/b:1 more", 2)
    assert find_directive("check", "// check=skip=all\nFROM a\n") is None
    assert find_directive("check", "\n# check=skip=all\n") is None
    assert find_directive("syntax", '{"syntax": "x"') is None
