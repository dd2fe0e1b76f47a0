"""COPY and ADD: which paths a layer gets, with which modes and owners."""

from __future__ import annotations

import pytest

from engine.fs import Directory, File, Symlink
from engine.image.image import load_layer
from engine.tests.build.lab import Lab

FILES = {
    "a_txt": "A\n",
    "b_sh": "#!/bin/sh\n",
    "d__one": "1",
    "d__sub__two": "22",
}


def layer_of(lines: str, **files: str) -> dict[str, str]:
    """What the last layer of ``FROM busybox`` and ``lines`` holds: path -> type, mode, owner."""
    lab = Lab.with_files(Dockerfile=f"FROM busybox\n{lines}\n", **FILES, **files)
    lab.chmod("d/one", 0o600)
    lab.run("ln -s a.txt ln; ln -s d dl")
    built = lab.build()
    assert built.status == 0, built.err
    layer = load_layer(lab.store, lab.image().layers[-1])
    shown: dict[str, str] = {}
    for path, entry in layer.entries.items():
        match entry:
            case File():
                shown[path] = f"f {entry.mode:o} {entry.uid}:{entry.gid} {entry.content.head.decode()!r}"
            case Directory():
                shown[path] = f"d {entry.mode:o} {entry.uid}:{entry.gid}"
            case Symlink():
                shown[path] = f"l {entry.target}"
    return shown


A = "f 644 0:0 'A\\n'"
DIR = "d 755 0:0"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("COPY a.txt /x", {"x": A}),
        ("COPY a.txt /n/e/w/", {"n": DIR, "n/e": DIR, "n/e/w": DIR, "n/e/w/a.txt": A}),
        ("COPY ../a.txt /x", {"x": A}),
        ("COPY ln /x", {"x": A}),
        ("COPY d /x", {"x": DIR, "x/one": "f 600 0:0 '1'", "x/sub": DIR, "x/sub/two": "f 644 0:0 '22'"}),
        ("COPY dl/one /x", {"x": "f 600 0:0 '1'"}),
        ("COPY *.nope /x/", {}),
        ("COPY a.tx? /x/", {"x": DIR, "x/a.txt": A}),
        ("COPY --chown=7:8 a.txt /n/x", {"n": "d 755 7:8", "n/x": "f 644 7:8 'A\\n'"}),
        ("COPY --chown=www-data a.txt /x", {"x": "f 644 33:33 'A\\n'"}),
        ("COPY --chown=nobodyhere a.txt /x", {"x": A}),
        ("COPY --chmod=600 a.txt /n/x", {"n": "d 600 0:0", "n/x": "f 600 0:0 'A\\n'"}),
        ("COPY --chmod=u=rwX,go=rX d/one /x", {"x": "f 644 0:0 '1'"}),
        ("COPY --parents d/sub/two /", {"d": DIR, "d/sub": DIR, "d/sub/two": "f 644 0:0 '22'"}),
        ("COPY --parents d/./sub/two /x/", {"x": DIR, "x/sub": DIR, "x/sub/two": "f 644 0:0 '22'"}),
        ("COPY --exclude=sub d /x", {"x": DIR, "x/one": "f 600 0:0 '1'"}),
        ("COPY <<E /x\nhi\nE", {"x": "f 644 0:0 'hi\\n'"}),
        ("WORKDIR /w/x", {"w": DIR, "w/x": DIR}),
        ("USER 5\nWORKDIR /w/x", {"w": "d 755 5:5", "w/x": "d 755 5:5"}),
        ("USER 5\nWORKDIR /home/x", {"home": DIR, "home/x": "d 755 5:5"}),
        ("WORKDIR /tmp", {}),
    ],
)  # fmt: skip
def test_layers(line: str, expected: dict[str, str]) -> None:
    assert layer_of(line) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("COPY nope /", '"/nope": not found'),
        ("COPY z.txt nope /", '"/nope": not found'),
        ("COPY a.txt /x\nCOPY a.txt /x/y", "mkdir /x: not a directory"),
        ("COPY a.txt /x\nCOPY d /x", "cannot copy to non-directory: /x"),
    ],
)
def test_refusals(line: str, message: str) -> None:
    lab = Lab.with_files(Dockerfile=f"FROM busybox\n{line}\n", **FILES)
    built = lab.build()
    assert built.status == 1
    assert built.err.rstrip().endswith(message)


def test_archives_are_unpacked_inside_their_destination() -> None:
    lab = Lab.with_files(Dockerfile="FROM scratch\nADD t.tar /out\nCOPY t.tar /kept\n")
    lab.run("mkdir in; echo x > in/f; ln -s .. in/up")
    lab.run("printf 'FROM scratch\\nCOPY in /\\n' | docker build -q -f - -o type=tar,dest=t.tar .")
    assert lab.build().status == 0
    tree = lab.tree()
    assert isinstance(tree.get("out/f"), File)
    assert tree.get("out/up") == Symlink("..", 0, 0, tree.get("out/up").mtime)  # type: ignore[union-attr]
    assert isinstance(tree.get("kept"), File)


def test_hard_links_of_a_stage_stay_hard_links() -> None:
    text = (
        "FROM busybox AS s\nRUN mkdir /x && echo 1 > /x/a && ln /x/a /x/b\nFROM scratch\nCOPY --from=s /x /\n"
    )
    lab = Lab.with_files(Dockerfile=text)
    assert lab.build().status == 0
    layer = load_layer(lab.store, lab.image().layers[-1])
    assert layer.size == 2
    assert {type(entry).__name__ for entry in layer.entries.values()} == {"File", "Hardlink"}


def test_downloads_have_mode_600_and_a_checksum_is_kept() -> None:
    lab = Lab.with_files(Dockerfile="FROM scratch\nADD https://files.example/hello.txt /\n")
    assert lab.build().status == 0
    file = lab.tree().get("hello.txt")
    assert isinstance(file, File) and file.mode == 0o600
    wrong = "sha256:" + "0" * 64
    lab.save("Dockerfile", f"FROM scratch\nADD --checksum={wrong} https://files.example/hello.txt /\n")
    assert "digest mismatch" in lab.build().err
