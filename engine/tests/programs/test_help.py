"""Every program says what it is for, and refuses what it does not know."""

from engine.shell.registry import programs
from engine.tests.programs.laboratory import Laboratory

WITHOUT_OPTIONS = {"[", "test", "true", "false", "echo", "kill", "tty", "stty", "clear", "sync", "vi", "top"}
WITHOUT_OPTIONS |= {"pidof", "setcap", "lsb_release", "locale-gen", "dpkg-reconfigure", "logname", "ionice"}
PACKAGES = {
    "coreutils",
    "findutils",
    "grep",
    "sed",
    "mawk",
    "tar",
    "gzip",
    "procps",
    "passwd",
    "diffutils",
    "zip",
}
PACKAGES |= {
    "unzip",
    "util-linux",
    "mount",
    "xxd",
    "bsdextrautils",
    "tree",
    "sudo",
    "adduser",
    "libc-bin",
    "file",
}
OTHER_SYNTAX = {"expr", "printf", "dd", "find", "ps", "less", "more"}
OWN = [
    entry.name
    for entry in programs()
    if entry.package in PACKAGES
    and entry.run.__module__.startswith("engine.programs")
    and entry.name not in WITHOUT_OPTIONS
]


def test_help_is_the_table_of_options() -> None:
    gnu, busybox = Laboratory(), Laboratory(busybox=True)
    for name in OWN:
        shown, applet = gnu.run(name, "--help"), busybox.run(name, "--help")
        assert (shown.status, applet.status) == (0, 0), name
        assert shown.text.startswith(f"Usage: {name}")
        assert applet.text.startswith("BusyBox v")
        assert f"Usage: {name}" in applet.text


def test_unknown_options_are_refused_with_a_hint() -> None:
    lab = Laboratory()
    for name in OWN:
        if name not in OTHER_SYNTAX:
            refused = lab.run(name, "--no-such-option-anywhere", "x")
            assert refused.status != 0, name
            assert "no-such-option-anywhere" in refused.stderr
