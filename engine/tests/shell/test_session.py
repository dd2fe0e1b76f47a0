"""Prompts: a shell's state between lines, what Tab offers, and what opens a nested shell."""

import json

import pytest

from engine.clock import SECOND
from engine.fs import Files
from engine.shell.complete import complete
from engine.shell.errors import Exit
from engine.shell.flavour import ASH, BASH, DASH, Flavour
from engine.shell.interpreter import Shell
from engine.shell.process import Interactive, NeedInput
from engine.shell.prompt import is_incomplete, prompt_text
from engine.shell.state import ShellState
from engine.shell.streams import BytesInput, Collector, TerminalInput
from engine.tests.shell.replay import new_shell


class Typist:
    """Types lines at one prompt, its state going through JSON between them."""

    def __init__(self, kind: str) -> None:
        first = new_shell(kind)
        self.system = first.system
        self.system.terminal = True
        self.files = Files(self.system.namespace, self.system.clock, self.system.budget)
        self.state = first.state

    def type(self, line: str, *answers: str) -> str:
        """What ``line`` prints, both streams together."""
        shell = Shell(self.system, self.state, self.files)
        out = Collector()
        self.system.typed = [f"{answer}\n".encode() for answer in answers]
        try:
            shell.run_line(line, TerminalInput(self.system), out, out)
        finally:
            self.state = ShellState.from_json(json.loads(json.dumps(shell.state.to_json())))
            self.system.terminal = True
        return out.data.decode()


@pytest.mark.parametrize("kind", ["dash", "bash", "ash"])
def test_a_prompt_survives_between_requests(kind: str) -> None:
    typist = Typist(kind)
    typist.type("x='a b'; export y=2; f() { echo \"f $1\"; }; alias ll='echo long'")
    typist.type("mkdir d; cd d; set -- p q; umask 027; set -f; trap 'echo bye' INT; false")
    assert typist.type('echo $? "$x" $y $# $1 *; f z; ll; pwd; umask; trap') == (
        f"1 a b 2 2 p *\nf z\nlong\n/tmp/snippet/d\n0027\ntrap -- 'echo bye' "
        f"{'SIGINT' if kind == 'bash' else 'INT'}\n"
    )


def test_bash_arrays_and_attributes_survive() -> None:
    typist = Typist("bash")
    typist.type("a=(1 'two words'); declare -A m=([k]=v); declare -i n=1; declare -r c=9; shopt -s nullglob")
    assert typist.type('n+=2; echo "${a[1]}" ${m[k]} $n *.none') == "two words v 3\n"
    assert "readonly variable" in typist.type("c=1")


def test_an_error_ends_the_line_but_not_the_prompt() -> None:
    typist = Typist("dash")
    assert typist.type("echo ${x?gone}; echo never") == "sh: 1: x: gone\n"
    assert typist.type("echo )") == 'sh: 2: Syntax error: ")" unexpected\n'
    assert typist.type("echo $?") == "2\n"


def test_exit_leaves_with_its_status() -> None:
    with pytest.raises(Exit) as leaving:
        Typist("bash").type("exit 4")
    assert leaving.value.status == 4


def test_reading_the_terminal_waits_for_a_line() -> None:
    typist = Typist("bash")
    with pytest.raises(NeedInput):
        typist.type("read -p 'name? ' x")
    assert typist.type('read -p "name? " x; echo "hello $x"', "Ada") == "name? hello Ada\n"


def test_background_jobs_are_reported_before_the_next_prompt() -> None:
    assert Typist("bash").type("sleep 5 & echo now") == (
        "[1] 4243\nnow\n[1]+  Done                    sleep 5\n"
    )


def test_time_of_a_background_job_passes_beside_ours() -> None:
    typist = Typist("dash")
    began = typist.system.clock.now
    typist.type("sleep 30 & sleep 2")
    assert typist.system.clock.now - began == 2 * SECOND
    typist.type("sleep 3 & sleep 1; wait")
    assert typist.system.clock.now - began == 5 * SECOND


def test_leaving_runs_the_exit_trap() -> None:
    typist = Typist("bash")
    typist.type("trap 'echo bye > last' EXIT")
    with pytest.raises(Exit):
        typist.type("exit")
    assert typist.files.read("/tmp/snippet/last") == b"bye\n"


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("sh", ""),
        ("sh; echo after", "echo after"),
        ("sh && echo x || echo y", "(exit $?) && echo x || echo y"),
        ("true && sh && echo x; echo z", "(exit $?) && echo x; echo z"),
        ("echo a; sh; echo b; echo c", "echo b; echo c"),
    ],
)
def test_a_nested_shell_leaves_the_rest_of_the_line(line: str, rest: str) -> None:
    with pytest.raises(Interactive) as opened:
        Typist("dash").type(line)
    assert opened.value.rest == rest
    assert opened.value.request.state.cwd == "/tmp/snippet"


@pytest.mark.parametrize(
    ("flavour", "marker", "shown"),
    [
        (DASH, "", "# "),
        (ASH, "", "/tmp/snippet # "),
        (Flavour("bash", posix=True, version="4.2.46"), "", "sh-4.2# "),
        (BASH, "/etc/bash.bashrc", "root@0123456789ab:/tmp/snippet# "),
        (BASH, "/etc/bashrc", "[root@0123456789ab snippet]# "),
        (BASH, "", "bash-5.2# "),
    ],
)
def test_prompts_look_as_in_a_container(flavour: Flavour, marker: str, shown: str) -> None:
    shell = new_shell("bash")
    if marker:
        shell.files.write(marker, b"")
    name = "sh" if flavour.posix else "bash"
    state = ShellState.initial({"HOME": "/root"}, "/tmp/snippet", flavour, name=name)
    assert prompt_text(state, shell.files, "0123456789ab") == shown


def test_ps1_is_expanded() -> None:
    shell = new_shell("bash")
    environment = {"PS1": "\\u@\\h:\\w\\$ ", "HOME": "/tmp"}
    state = ShellState.initial(environment, "/tmp/snippet", BASH, shell.files.user)
    assert prompt_text(state, shell.files, "lab.example") == "root@lab:~/snippet# "


@pytest.mark.parametrize(
    ("line", "incomplete"),
    [
        ("echo hi", False),
        ("echo 'a", True),
        ('echo "a', True),
        ("if true; then", True),
        ("for i in a; do", True),
        ("f() {", True),
        ("cat <<E\nx", True),
        ("cat <<E\nx\nE", False),
        ("echo a \\", True),
        ("echo a |", True),
        ("echo a &&", True),
        ("echo $(date", True),
        ("fi", False),
        ("echo )", False),
    ],
)
def test_incomplete_lines_ask_for_more(line: str, incomplete: bool) -> None:
    assert is_incomplete(line, BASH) is incomplete


@pytest.mark.parametrize(
    ("line", "start", "candidates"),
    [
        ("ech", 0, ("echo",)),
        ("cat Docker", 4, ("Dockerfile",)),
        ("cat src/", 4, ("src/app.py", "src/lib/")),
        ("cat my", 4, ("my\\ file",)),
        ("echo x; mkd", 8, ("mkdir",)),
        ("sudo tou", 5, ("touch",)),
        ("echo $HO", 5, ("$HOME",)),
        ("cat nothing", 4, ()),
        ("ls /et", 3, ("/etc/",)),
    ],
)
def test_tab_offers_what_fits(line: str, start: int, candidates: tuple[str, ...]) -> None:
    shell = new_shell("bash")
    shell.files.make_dirs("src/lib")
    for path in ("Dockerfile", "my file", "src/app.py"):
        shell.files.write(path, b"")
    offered = complete(shell.state, shell.system, shell.files, line)
    assert (offered.start, offered.candidates) == (start, candidates)


def test_state_is_a_value() -> None:
    shell = new_shell("bash")
    shell.run_script("x=1; a=(1 2)", BytesInput(b"", shell.budget), Collector(), Collector())
    state = shell.state
    assert ShellState.from_json(json.loads(json.dumps(state.to_json()))) == state
