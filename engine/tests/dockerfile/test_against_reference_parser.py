"""The parser agrees with the Go parser of BuildKit (as packaged on PyPI) on generated files."""

import dockerfile as reference
from hypothesis import HealthCheck, given, settings

from engine.dockerfile.parser import Node, parse
from engine.tests.dockerfile.generated import dockerfiles

Row = tuple[object, ...]


def _row(node: Node) -> Row:
    inner = node.child or node
    args = inner.args
    if inner.keyword.lower() in ("env", "label"):
        # The packaged parser is older and does not tell which of the two notations was used.
        args = tuple(value for position, value in enumerate(args) if position % 3 != 2)
    heredocs = tuple((one.name, one.descriptor, one.content) for one in node.heredocs)
    lines = (node.location.start_line, node.location.end_line)
    child = node.child.keyword if node.child else None
    return (node.keyword, child, inner.is_json, *lines, node.flags, args, heredocs)


def _ours(text: str) -> list[Row] | str:
    parsed = parse(text)
    return str(parsed.errors[0]) if parsed.errors else [_row(node) for node in parsed.nodes]


def _theirs(text: str) -> list[Row] | str:
    try:
        commands = reference.parse_string(text)
    except reference.GoParseError as error:
        return str(error)
    return [
        (
            *(command.cmd or "", command.sub_cmd, command.json, command.start_line, command.end_line),
            *(tuple(command.flags), tuple(command.value)),
            tuple((one.name, one.file_descriptor, one.content) for one in command.heredocs),
        )
        for command in commands
    ]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dockerfiles)
def test_same_nodes_and_same_first_error(text: str) -> None:
    assert _ours(text) == _theirs(text)


@settings(max_examples=100, deadline=None)
@given(dockerfiles)
def test_nothing_of_the_text_is_lost(text: str) -> None:
    assert parse(text).text == text
