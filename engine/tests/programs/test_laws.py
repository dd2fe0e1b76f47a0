"""What must hold for any input: copies are equal, archives give back what went in, order is order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import SECOND
from engine.fs import Content, Credentials, Directory, Entry, File, Symlink
from engine.tests.programs.laboratory import Laboratory

NAMES = st.sampled_from(["a", "b", "c d", "ü", "-x", "it's", "z\n"])
FEW = settings(max_examples=12, deadline=None)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Entry]:
    """A few files, links and directories under ``t``."""
    found: dict[str, Entry] = {"t": Directory(0o755, mtime=5 * SECOND)}
    folders = ["t"]
    for _ in range(draw(st.integers(1, 6))):
        parent = draw(st.sampled_from(folders))
        path = f"{parent}/{draw(NAMES)}"
        if path in found:
            continue
        uid, mtime = draw(st.sampled_from([0, 1000])), draw(st.integers(0, 2_000_000_000)) * SECOND
        kind = draw(st.sampled_from(["file", "file", "filler", "dir", "link"]))
        if kind == "file":
            mode = draw(st.sampled_from([0o644, 0o600, 0o755, 0o4755]))
            found[path] = File(Content(draw(st.binary(max_size=1500))), mode, uid, uid, mtime)
        elif kind == "filler":
            found[path] = File(Content(b"stub", draw(st.integers(5000, 3_000_000))), 0o644, uid, uid, mtime)
        elif kind == "link":
            found[path] = Symlink(draw(st.sampled_from(["a", "../x", "/etc/passwd"])), uid, uid, mtime)
        else:
            found[path] = Directory(0o750, uid, uid, mtime)
            folders.append(path)
    return found


def below(lab: Laboratory, top: str) -> dict[str, object]:
    return {path[len(top) :]: node for path, node in lab.tree.walk(top)}


@FEW
@given(trees())
def test_cp_a_keeps_everything(entries: dict[str, Entry]) -> None:
    lab = Laboratory(entries=entries)
    assert lab.run("cp", "-a", "/t", "/copy").status == 0
    assert below(lab, "copy") == below(lab, "t")
    assert lab.run("diff", "-r", "/t", "/copy").status in (0, 2)


@FEW
@given(trees(), st.sampled_from(["", "z", "J"]), st.booleans())
def test_tar_gives_back_what_it_took(entries: dict[str, Entry], filter_letter: str, busybox: bool) -> None:
    lab = Laboratory(entries=entries, busybox=busybox)
    packed = lab.run("tar", f"c{filter_letter}f", "/tmp/a.tar", "-C", "/", "t")
    assert (packed.status, packed.stderr) == (0, "")
    lab.files.mkdir("/out")
    assert lab.run("tar", f"x{filter_letter}f", "/tmp/a.tar", "-C", "/out").status == 0
    assert below(lab, "out/t") == below(lab, "t")


@FEW
@given(trees())
def test_mv_there_and_back_changes_nothing(entries: dict[str, Entry]) -> None:
    lab = Laboratory(entries=entries)
    before = below(lab, "t")
    assert lab.run("mv", "/t", "/tmp/moved").status == 0
    assert lab.run("mv", "/tmp/moved", "/t").status == 0
    assert below(lab, "t") == before


@FEW
@given(trees())
def test_find_delete_leaves_nothing(entries: dict[str, Entry]) -> None:
    lab = Laboratory(entries=entries)
    listed = lab.run("find", "/t", "-print0").stdout.split(b"\0")[:-1]
    assert len(listed) == 1 + len(below(lab, "t"))
    assert lab.run("find", "/t", "-delete").status == 0
    assert lab.tree.get("t") is None


LINES = st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"")), max_size=12)


@FEW
@given(LINES)
def test_sort_orders_bytes_and_uniq_counts(lines: list[bytes]) -> None:
    lab = Laboratory()
    text = b"".join(line + b"\n" for line in lines)
    done = lab.run("sort", stdin=text).stdout
    assert done == b"".join(line + b"\n" for line in sorted(lines))
    counts = [int(row.split()[0]) for row in lab.run("uniq", "-c", stdin=done).stdout.split(b"\n")[:-1]]
    assert sum(counts) == len(lines)
    assert lab.run("sort", "-u", stdin=text).stdout == b"".join(line + b"\n" for line in sorted(set(lines)))


@FEW
@given(st.binary(max_size=3000))
def test_encodings_come_back(data: bytes) -> None:
    lab = Laboratory()
    assert lab.run("base64", "-d", stdin=lab.run("base64", stdin=data).stdout).stdout == data
    assert lab.run("xxd", "-r", "-p", stdin=lab.run("xxd", "-p", stdin=data).stdout).stdout == data
    for packer in ("gzip", "bzip2", "xz"):
        packed = lab.run(packer, "-c", stdin=data).stdout
        assert lab.run(packer, "-dc", stdin=packed).stdout == data


@FEW
@given(LINES)
def test_awk_and_sed_that_change_nothing(lines: list[bytes]) -> None:
    lab = Laboratory()
    text = b"".join(line + b"\n" for line in lines)
    assert lab.run("awk", "{print}", stdin=text).stdout == text
    assert lab.run("sed", "s/zzz\\(q\\)*/&/", stdin=text).stdout == text
    assert lab.run("tac", stdin=lab.run("tac", stdin=text).stdout).stdout == text


def test_removing_everything_really_does() -> None:
    lab = Laboratory()
    refused = lab.run("rm", "-rf", "/")
    assert refused.status == 1
    assert "it is dangerous to operate recursively on '/'" in refused.stderr
    names = [f"/{name}" for name in lab.files.names("/")]
    assert lab.run("rm", "-rf", *names).status == 0
    assert lab.files.names("/") == []


def test_a_trailing_slash_removes_the_directory() -> None:
    lab = Laboratory(entries={"srv": Directory(), "srv/x": File()})
    assert lab.run("rm", "-rf", "srv/").status == 0
    assert lab.tree.get("srv") is None


def test_permissions_bind_ordinary_users() -> None:
    lab = Laboratory(
        entries={"s": Directory(0o700), "s/f": File(Content(b"x"), 0o600), "r": File(Content(b"y"), 0o600)}
    )
    learner = Credentials(1000, 1000, (1000,))
    assert lab.run("cat", "/r", user=learner).stderr == "cat: /r: Permission denied\n"
    assert lab.run("ls", "/s", user=learner).stderr == "ls: cannot open directory '/s': Permission denied\n"
    assert lab.run("rm", "-rf", "/s", user=learner).status == 1
    assert lab.run("chown", "learner", "/r", user=learner).stderr == (
        "chown: changing ownership of '/r': Operation not permitted\n"
    )
    assert lab.run("touch", "/tmp/mine", user=learner).status == 0
    assert lab.run("su", "learner", "-s", "/bin/id", user=learner).status == 1


def test_accounts_are_lines_of_the_real_files() -> None:
    lab = Laboratory(entries={"etc/shadow": File(), "etc/gshadow": File(), "home": Directory()})
    assert lab.run("groupadd", "-g", "900", "web").status == 0
    assert lab.run("useradd", "-m", "-G", "web", "-s", "/bin/bash", "ann").status == 0
    assert lab.run("useradd", "-r", "svc").status == 0
    assert lab.run("id", "ann").text == "uid=1001(ann) gid=1001(ann) groups=1001(ann),900(web)\n"
    assert lab.run("getent", "passwd", "svc").text == "svc:x:999:999::/home/svc:/bin/sh\n"
    assert lab.tree.get("home/ann") == Directory(0o755, 1001, 1001, lab.clock.now)
    assert lab.run("useradd", "ann").stderr == "useradd: user 'ann' already exists\n"
    assert lab.run("userdel", "-r", "ann").status == 0
    assert lab.run("id", "ann").status == 1
    assert lab.tree.get("home/ann") is None


def test_busybox_accounts() -> None:
    lab = Laboratory(busybox=True, entries={"etc/shadow": File(), "home": Directory()})
    assert lab.run("addgroup", "-S", "app").status == 0
    assert lab.run("adduser", "-S", "-G", "app", "-D", "app").status == 0
    assert lab.run("getent", "passwd", "app").text == "app:x:100:100:Linux User,,,:/home/app:/sbin/nologin\n"
    assert lab.run("adduser", "-D", "ann").text == ""
    assert lab.run("id", "ann").text == "uid=1001(ann) gid=1001(ann) groups=1001(ann)\n"
