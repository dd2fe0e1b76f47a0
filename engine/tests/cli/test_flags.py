"""pflag's rules, and that no command line gets anything but a FlagError."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cli.command import load_commands
from engine.cli.flags import FlagError, HelpRequested, flag, option, parse_flags

OPTIONS = (
    flag("all", "", "a"),
    flag("quiet", "", "q"),
    option("name", "", "n"),
    option("env", "", "e", kind="list"),
    option("last", "", "l", kind="int", default=-1),
    option("memory", "", "m", kind="bytes"),
    option("time", "", "t", kind="duration"),
    option("filter", "", "f", kind="filter"),
)


@pytest.mark.parametrize(
    ("words", "name", "value", "rest"),
    [
        (["-aq"], "quiet", True, []),
        (["-an", "x", "y"], "name", "x", ["y"]),
        (["-nx"], "name", "x", []),
        (["-n=x"], "name", "x", []),
        (["--name=x=y"], "name", "x=y", []),
        (["--name", "--all"], "name", "--all", []),
        (["--all=false"], "all", False, []),
        (["-e", "A=1", "-eB=2"], "env", ["A=1", "B=2"], []),
        (["a", "--all", "b"], "all", True, ["a", "b"]),
        (["--", "--all"], "all", False, ["--all"]),
        (["-"], "all", False, ["-"]),
        (["-l", "0x10"], "last", 16, []),
        (["-m", "1.5g"], "memory", 1610612736, []),
        (["-t", "1m30s"], "time", 90_000_000_000, []),
        (["-f", "Label = x"], "filter", ["label=x"], []),
    ],
)
def test_values(words: list[str], name: str, value: object, rest: list[str]) -> None:
    flags = parse_flags(OPTIONS, words)
    assert (flags[name], flags.arguments) == (value, rest)


def test_flags_end_at_the_first_argument_when_they_may_not_stand_between() -> None:
    flags = parse_flags(OPTIONS, ["-a", "busybox", "ls", "-q"], interspersed=False)
    assert flags.on("all") and not flags.on("quiet")
    assert flags.arguments == ["busybox", "ls", "-q"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--nope"], "unknown flag: --nope"),
        (["--nope=1"], "unknown flag: --nope"),
        (["-z"], "unknown shorthand flag: 'z' in -z"),
        (["-az"], "unknown shorthand flag: 'z' in -z"),
        (["--name"], "flag needs an argument: --name"),
        (["-an"], "flag needs an argument: 'n' in -n"),
        (["--=x"], "bad flag syntax: --=x"),
        (["---x"], "bad flag syntax: ---x"),
        (
            ["-l", "x"],
            'invalid argument "x" for "-l, --last" flag: strconv.ParseInt: parsing "x": invalid syntax',
        ),
        (
            ["--all=x"],
            'invalid argument "x" for "-a, --all" flag: strconv.ParseBool: parsing "x": invalid syntax',
        ),
        (["-m", "x"], 'invalid argument "x" for "-m, --memory" flag: invalid size: \'x\''),
        (["-t", "5"], 'invalid argument "5" for "-t, --time" flag: time: missing unit in duration "5"'),
    ],
)
def test_mistakes(words: list[str], message: str) -> None:
    with pytest.raises(FlagError) as error:
        parse_flags(OPTIONS, words)
    assert str(error.value) == message


def test_help_wins_over_what_follows() -> None:
    with pytest.raises(HelpRequested):
        parse_flags(OPTIONS, ["-a", "--help", "--nope"])
    with pytest.raises(HelpRequested) as short:
        parse_flags(OPTIONS, ["-h"])
    assert short.value.deprecated


@given(st.lists(st.text("-=ahnqelmtf019x .é", max_size=8), max_size=6), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_words_parse_or_are_refused(words: list[str], interspersed: bool) -> None:
    try:
        flags = parse_flags(OPTIONS, words, interspersed=interspersed)
    except (FlagError, HelpRequested):
        return
    assert all(word in words for word in flags.arguments)


def test_every_subcommand_describes_itself() -> None:
    for path, command in load_commands().items():
        assert command.path == path
        assert command.summary and command.usage.startswith("docker ")
        shorts = [item.short for item in command.options if item.short]
        names = [item.name for item in command.options]
        assert len(set(shorts)) == len(shorts) and len(set(names)) == len(names), path
        assert command.help.count("Usage:  ") == 1
