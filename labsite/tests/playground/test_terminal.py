"""What is typed, and what the terminal shows of the answer."""

import pytest

from labsite.playground import terminal
from labsite.workspaces.services import Entry, Moment


def moment(number: int = 1) -> Moment:
    return Moment(number, number, "command", "", "", "", "x")


@pytest.mark.parametrize(
    ("pasted", "lines"),
    [
        ("ls", ["ls"]),
        ("ls\r\npwd\n", ["ls", "pwd"]),
        ("a \\\n  b\nc", ["a \\\n  b", "c"]),
        ("echo 'one\ntwo'\nls", ["echo 'one\ntwo'", "ls"]),
        ('echo "it\'s"\nls', ['echo "it\'s"', "ls"]),
        ("cat <<EOF > f\nFROM x\nRUN y\nEOF\nls", ["cat <<EOF > f\nFROM x\nRUN y\nEOF", "ls"]),
        ("cat <<-'END'\n\ttext\n\tEND\nls", ["cat <<-'END'\n\ttext\n\tEND", "ls"]),
        ("cat <<EOF\nnever ends", ["cat <<EOF\nnever ends"]),
        ("", [""]),
    ],
)
def test_a_paste_runs_line_by_line_but_keeps_together_what_belongs_together(
    pasted: str, lines: list[str]
) -> None:
    assert terminal.split_paste(pasted) == lines


def test_long_output_is_folded_in_the_middle() -> None:
    text = "".join(f"line {n}\n" for n in range(100))
    shown = terminal.shown(1, Entry(output=(("stdout", text),)))
    assert shown.folded_lines == 100 - terminal.KEPT_AT_START - terminal.KEPT_AT_END
    assert "line 0\n" in shown.head and "line 50\n" in shown.folded and "line 99\n" in shown.tail
    short = terminal.shown(1, Entry(output=(("stdout", "line\n" * terminal.FOLD_AFTER),)))
    assert not short.folded_lines


def test_a_failed_command_shows_its_code_but_a_waiting_one_has_none_yet() -> None:
    assert terminal.shown(1, Entry(line="false", exit_code=1)).failed
    assert not terminal.shown(1, Entry(line="login", exit_code=1, waiting=True)).failed


def test_a_typed_password_is_never_shown_again() -> None:
    entries = [
        (moment(), Entry(line="docker login -u me", output=(("stdout", "Password: "),), waiting=True)),
        (moment(), Entry(line="hunter2", answer=True)),
        (moment(), Entry(line="ls")),
    ]
    shown = terminal.shown_all(entries)
    assert [item.line for item in shown] == ["docker login -u me", "", "ls"]
    assert terminal.history(entries) == ["docker login -u me", "ls"]


def test_build_runs_the_last_build_again_and_names_another_dockerfile() -> None:
    entries = [
        (moment(), Entry(line=line)) for line in ("docker build -t a .", "docker buildx build -t b .", "ls")
    ]
    assert terminal.build_command(entries, "Dockerfile", "x") == "docker buildx build -t b ."
    assert terminal.build_command([], "Dockerfile", "docker build .") == "docker build ."
    assert (
        terminal.build_command(entries, "Dockerfile.joined", "x")
        == "docker build -f Dockerfile.joined -t joined ."
    )
    assert terminal.build_command([], "a b/x.dockerfile", "x") == "docker build -f 'a b/x.dockerfile' -t x ."


def test_builds_are_told_from_other_commands() -> None:
    assert terminal.is_build(" docker image build .")
    assert not terminal.is_build("docker builder prune")
    assert not terminal.is_build("echo docker build .")


def test_one_sentence_says_what_changed() -> None:
    finished = {
        "event": "BuildFinished",
        "image": "sha256:1",
        "tags": ["tools:1"],
        "cached": 2,
        "ran": 1,
        "new_bytes": 131_000_000,
    }
    assert terminal.said(Entry(events=(finished,))) == "Built tools:1: 2 steps reused, 1 ran, 131 MB new."
    assert terminal.said(Entry(exit_code=3)) == "Failed with exit code 3."
    assert terminal.said(Entry(waiting=True)) == "The program waits for input."
