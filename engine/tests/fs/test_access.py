"""What a process may reach: links, permissions, mounts, names nobody should have."""

import pytest

from engine.budget import Budget
from engine.clock import Clock
from engine.fs import (
    EMPTY_VIEW,
    EXECUTE,
    Content,
    Credentials,
    Directory,
    File,
    Files,
    FsError,
    Mount,
    Namespace,
    OverlayFS,
    Symlink,
)


def files_with(**nodes: File | Directory | Symlink) -> Files:
    """A root user's view of a small tree; ``a__b`` names ``a/b``."""
    tree = OverlayFS(EMPTY_VIEW, clock=Clock(5))
    for name, node in nodes.items():
        tree.put(name.replace("__", "/"), node)
    return Files(Namespace(tree), tree.clock, Budget())


def code(failed: pytest.ExceptionInfo[FsError]) -> str:
    return failed.value.code


def test_links_are_followed_in_the_middle_and_at_the_end() -> None:
    files = files_with(
        etc=Directory(), etc__motd=File(Content(b"hi")), conf=Symlink("etc"), m=Symlink("conf/motd")
    )
    assert files.read("/m") == b"hi"
    assert files.real_path("/conf/motd") == "/etc/motd"
    assert isinstance(files.stat("/m", follow=False), Symlink)


def test_dots_and_slashes_lead_where_they_should() -> None:
    files = files_with(srv=Directory(), srv__x=File())
    files.cwd = "/srv"
    for path in ("x", "./x", "../srv/x", "/srv//x", "/../../srv/x"):
        assert files.is_file(path), path
    with pytest.raises(FsError) as failed:
        files.stat("x/")
    assert code(failed) == "ENOTDIR"


def test_a_loop_of_links_ends() -> None:
    files = files_with(a=Symlink("b"), b=Symlink("a"))
    with pytest.raises(FsError) as failed:
        files.read("/a")
    assert code(failed) == "ELOOP"


@pytest.mark.parametrize(
    ("path", "expected"),
    [("", "ENOENT"), ("x" * 256, "ENAMETOOLONG"), ("é" * 128, "ENAMETOOLONG"), ("a/" * 2100, "ENAMETOOLONG")],
)
def test_names_have_the_lengths_linux_allows(path: str, expected: str) -> None:
    with pytest.raises(FsError) as failed:
        files_with().write(path, b"")
    assert code(failed) == expected


def test_what_no_bytes_can_spell_is_refused() -> None:
    files = files_with()
    for attempt in (lambda: files.write("\ud800", b""), lambda: files.symlink("\ud800", "/l")):
        with pytest.raises(FsError) as failed:
            attempt()
        assert code(failed) == "EINVAL"
    files.write("\udcff", b"a stray byte is a name like any other")
    assert files.namespace.root.upper_layer().diff_id


def test_others_may_not_write_or_look_inside() -> None:
    files = files_with(root=Directory(0o700), root__key=File(mode=0o600), tmp=Directory(0o1777))
    user = files.as_user(Credentials(1000, 1000))
    with pytest.raises(FsError) as failed:
        user.read("/root/key")
    assert code(failed) == "EACCES"
    with pytest.raises(FsError) as failed:
        user.write("/new", b"")
    assert code(failed) == "EACCES"
    user.write("/tmp/mine", b"")
    assert files.stat("/tmp/mine").uid == 1000
    with pytest.raises(FsError) as failed:
        files.as_user(Credentials(1001, 1001)).remove("/tmp/mine")
    assert code(failed) == "EPERM"


def test_root_may_do_anything_but_execute_what_nobody_may() -> None:
    files = files_with(f=File(mode=0o000), g=File(mode=0o010))
    assert files.read("/f") == b""
    assert not files.access("/f", EXECUTE)
    assert files.access("/g", EXECUTE)


def test_a_mount_hides_what_is_below_and_never_reaches_the_layer() -> None:
    below = OverlayFS(EMPTY_VIEW)
    volume = OverlayFS(EMPTY_VIEW)
    below.put("data", Directory())
    below.put("data/old", File())
    files = Files(Namespace(below, (Mount("data", volume),)), Clock(0), Budget())
    assert files.names("/data") == []
    files.write("/data/new", b"x")
    assert "data/new" not in below.upper_layer().entries
    assert volume.get("new") is not None
    with pytest.raises(FsError) as failed:
        files.rename("/data/new", "/moved")
    assert code(failed) == "EXDEV"


def test_a_read_only_file_system_stays_as_it_is() -> None:
    tree = OverlayFS(EMPTY_VIEW)
    files = Files(Namespace(tree, read_only=True), Clock(0), Budget())
    with pytest.raises(FsError) as failed:
        files.write("/x", b"")
    assert code(failed) == "EROFS"
    assert tree.is_clean


def test_new_files_follow_umask_and_setgid_directories() -> None:
    files = files_with(team=Directory(0o2775, gid=50))
    files.umask = 0o027
    files.write("/team/f", b"")
    files.mkdir("/plain")
    made = files.stat("/team/f")
    assert (made.mode, made.gid) == (0o640, 50)
    assert files.stat("/plain").mode == 0o750


def test_appending_to_a_big_file_reads_none_of_it() -> None:
    files = files_with(big=File(Content(b"head", 700_000_000)))
    for _ in range(3):
        files.append("/big", b"x")
    content = files.content("/big")
    assert content.size == 700_000_003
    assert content.extents == ((700_000_000, b"xxx"),)
    assert files.budget.memory < 100


def test_the_disk_is_full_some_day() -> None:
    files = files_with()
    with pytest.raises(FsError) as failed:
        for number in range(20):
            files.write(f"/f{number}", Content(b"", 100_000_000))
    assert code(failed) == "ENOSPC"
