"""Whatever a learner types, a program ends: soon, in bounded memory, with the machine unharmed.

An eighth of an evaluation's fuel has to be gone within half a second, on a slow and busy machine too.
"""

import gzip
import io
import time
import zipfile
from contextlib import suppress

import pytest

from engine.budget import BudgetExceeded, Limits
from engine.fs import Content, File
from engine.tests.programs.laboratory import Laboratory

BOMB = gzip.compress(bytes(400 << 20), 1)
FILES = {
    "t/long": File(Content(b"a" * 300_000)),
    "t/lines": File(Content(b"ab\n" * 60_000)),
    "t/huge": File(Content(b"stub\n", 3 << 40)),
    "t/bomb.gz": File(Content(BOMB)),
}
COMMANDS = [
    ["awk", "BEGIN{while(1)i++}"],
    ["awk", 'BEGIN{s="x";while(1)s=s s}'],
    ["awk", "BEGIN{for(;;)a[i++]=i}"],
    ["awk", "function f(n){return f(n+1)} BEGIN{f(0)}"],
    ["awk", 'BEGIN{printf "%999999999d", 1}'],
    ["awk", "BEGIN{$900000000=1}"],
    ["awk", "BEGIN{NF=99999999}"],
    ["awk", "BEGIN{x=" + "(" * 5000 + "1" + ")" * 5000 + "}"],
    ["awk", "BEGIN{x=" + "1+" * 20000 + "1}"],
    ["awk", "BEGIN{x=" + "-" * 20000 + "1}"],
    ["awk", "{" * 20000],
    ["awk", "/(a*)*(a*)*(a*)*b/", "/t/long"],
    ["awk", '{gsub(/a/,"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"); gsub(/b/,$0)}1', "/t/long"],
    ["sed", ":a;s/x*$/x/;ba", "/t/lines"],
    ["sed", "H;G;h", "/t/lines"],
    ["sed", ":a;s/a/aa/g;ta", "/t/lines"],
    ["sed", "{" * 30000, "/t/lines"],
    ["sed", r"s/\(a*\)*\1b/x/", "/t/long"],
    ["sed", "s/" + r"\(" * 3000 + "/x/", "/t/lines"],
    ["grep", r"\(a*\)*\1b", "/t/long"],
    ["grep", "-E", "(a{1,900}){1,900}", "/t/long"],
    ["grep", "-E", "(((a{1,100}){1,100}){1,100}){1,100}", "/t/long"],
    ["grep", "-E", "(x+x+)+y", "/t/long"],
    ["grep", "-P", "(" * 3000, "/t/lines"],
    ["grep", "b", "/dev/zero"],
    ["sort", "/dev/zero"],
    ["tac", "/dev/zero"],
    ["tail", "/dev/zero"],
    ["wc", "/dev/zero"],
    ["cat", "/dev/zero"],
    ["sha256sum", "/dev/zero"],
    ["md5sum", "/t/huge"],
    ["od", "/dev/zero", "-v"],
    ["cp", "/dev/zero", "/tmp/x"],
    ["base64", "/t/huge"],
    ["cat", "/t/huge"],
    ["gzip", "-c", "/t/huge"],
    ["tar", "czf", "/tmp/x.tgz", "/t/huge"],
    ["tar", "cf", "/tmp/x.tar", "/t/huge"],
    ["zip", "/tmp/x.zip", "/t/huge"],
    ["gunzip", "-c", "/t/bomb.gz"],
    ["gunzip", "/t/bomb.gz"],
    ["yes"],
    ["seq", "1", "999999999"],
    ["seq", "-f", "%0999999999d", "3"],
    ["printf", "%999999999s", "x"],
    ["printf", "%s\n", *["x"] * 1000],
    ["find", "/", *["("] * 3000],
    ["find", "/", "-regex", "(a*)*" * 300],
    ["find", "/bin", *["-o", "-true"] * 2000],
    ["expr", *["("] * 3000],
    ["expr", "a" * 3000, ":", r"\(a*\)*\1b"],
    ["test", *["("] * 3000],
    ["dd", "if=/dev/zero", "of=/tmp/x"],
    ["dd", "if=/dev/zero", "of=/tmp/x", "bs=1M", "seek=900000", "count=1"],
    ["truncate", "-s", "900000000T", "/tmp/x"],
    ["fallocate", "-l", "900000P", "/tmp/x"],
    ["fold", "-w", "1", "/t/long"],
    ["expand", "-t", "99999", "/t/lines"],
    ["split", "-b", "1", "/t/long", "/tmp/x"],
    ["shuf", "-i", "1-999999999"],
    ["shuf", "-r", "/t/lines"],
    ["factor", "999999999999999989"],
    ["xargs", "-n1", "xargs", "xargs", "xargs"],
    ["env"] * 3000,
    ["date", "-d", "1 day " * 3000],
    ["date", "+" + "%999999Y" * 3000],
    ["diff", "/t/lines", "/t/long"],
    ["tr", "a-z", "[x*99999999]"],
    ["join", "/t/lines", "/t/lines"],
    ["stat", "--printf", "%99999999n" * 2000, "/t/lines"],
    ["mkdir", "-p", "/tmp/" + "d/" * 3000],
    ["nl", "-w", "999999999", "/t/lines"],
    ["numfmt", "9" * 5000],
    ["ls", "-w", "9" * 50],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command)[:40])
def test_hostile_commands_stop(command: list[str]) -> None:
    lab = Laboratory(entries=dict(FILES), limits=Limits(steps=50_000))
    stdin = b"x " * 50_000 if command[0] in ("xargs",) else b""
    begin = time.process_time()
    with suppress(BudgetExceeded):
        lab.run(*command, stdin=stdin)
    assert time.process_time() - begin < 0.6
    assert lab.run("echo", "fine").text == "fine\n"


def test_a_zip_bomb_is_stopped() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(12):
            archive.writestr(f"f{number}", bytes(8 << 20))
    lab = Laboratory(limits=Limits(steps=50_000), entries={"b.zip": File(Content(buffer.getvalue()))})
    with pytest.raises(BudgetExceeded):
        lab.run("unzip", "/b.zip")


def test_sizes_of_filler_cost_nothing() -> None:
    """Copying, counting and listing never read what nobody wrote."""
    big = File(Content(b"\x7fELF", 500 << 20), 0o755)
    lab = Laboratory(entries={"big": big})
    begin = time.process_time()
    assert lab.run("wc", "-c", "/big").text == f"{500 << 20} /big\n"
    assert lab.run("cp", "/big", "/copy").status == 0
    assert lab.run("mv", "/copy", "/moved").status == 0
    assert lab.run("du", "-b", "/moved").text == f"{500 << 20}\t/moved\n"
    assert lab.run("grep", "-c", "nothing", "/big").status == 1
    assert lab.run("truncate", "-s", "0", "/moved").status == 0
    assert time.process_time() - begin < 0.2


def test_archives_cannot_write_outside() -> None:
    lab = Laboratory(entries={"d/x": File(Content(b"1"))})
    lab.run("tar", "cPf", "/a.tar", "/d/../d/x")
    lab.run("rm", "-r", "/d")
    lab.files.mkdir("/o")
    lab.files.cwd = "/o"
    done = lab.run("tar", "xf", "/a.tar")
    assert "Member name contains '..'" in done.stderr
    assert lab.tree.get("d/x") is None
