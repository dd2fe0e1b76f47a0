"""Base images: what they claim, what they share, and that their layers come out as locked."""

import hashlib

import pytest

from engine.catalogue.contents import BadContents, paint, parse
from engine.catalogue.images import CatalogueStore, StaleLock, build_layer, catalogue, operations_of
from engine.catalogue.lock import gaps
from engine.content import BlobMissing, Digest
from engine.errors import EngineError
from engine.fs import EMPTY_VIEW, Content, File, Symlink, tar_chunks
from engine.image.image import load_layer, load_view

EVERY = list(catalogue())
STORE = CatalogueStore()


@pytest.mark.parametrize("found", EVERY, ids=lambda found: found.references[0])
def test_history_and_layers_agree(found) -> None:  # type: ignore[no-untyped-def]
    found.image.validate()
    assert found.image.size == sum(layer.size for layer in found.image.layers)
    assert len(found.compressed_sizes) == len(found.image.layers)
    assert found.repo_digest.startswith("sha256:")


def test_at_least_sixty_images_and_the_references_people_type() -> None:
    assert len(EVERY) >= 60
    for reference in (
        "alpine",
        "ubuntu:24.04",
        "debian:jessie",
        "centos:7",
        "nginx:alpine",
        "python:3.12-slim",
        "node:22",
        "postgres",
        "redis",
        "hello-world",
        "docker.io/library/busybox:latest",
    ):
        assert catalogue().find(reference) is not None, reference
    assert catalogue().find("no-such-image") is None
    assert catalogue().find("alpine:0.1") is None


def test_images_from_one_base_share_its_layer() -> None:
    def base(reference: str) -> Digest:
        found = catalogue().find(reference)
        assert found is not None
        return found.image.layers[0].digest

    assert base("alpine") == base("nginx:alpine") == base("node:22-alpine") == base("python:3.12-alpine")
    assert base("debian:bookworm-slim") == base("redis:7") == base("node:22-slim")
    assert base("debian:jessie") == base("python:2.7") == base("buildpack-deps:jessie")
    assert base("centos:7") != base("ubuntu")


@pytest.mark.parametrize(
    "reference", ["busybox", "alpine", "debian:bookworm-slim", "centos:7", "nginx", "ubuntu"]
)
def test_a_layer_materialises_as_locked(reference: str) -> None:
    found = catalogue().find(reference)
    assert found is not None
    for ref in found.image.layers:
        blob = STORE.get(ref.digest)
        assert "sha256:" + hashlib.sha256(blob).hexdigest() == ref.digest
        layer = load_layer(STORE, ref)
        assert layer.size == ref.size
        if ref.size < 100_000_000:
            hasher = hashlib.sha256()
            for chunk in tar_chunks(layer):
                hasher.update(chunk)
            assert "sha256:" + hasher.hexdigest() == ref.diff_id


@pytest.mark.parametrize(
    ("reference", "os_release"),
    [
        ("debian:bookworm-slim", "bookworm"),
        ("debian:jessie", "jessie"),
        ("ubuntu:24.04", "noble"),
        ("alpine", "Alpine Linux"),
        ("centos:7", "CentOS"),
        ("fedora", "Fedora"),
    ],
)
def test_what_a_distribution_is_recognised_by(reference: str, os_release: str) -> None:
    found = catalogue().find(reference)
    assert found is not None
    view = load_view(STORE, found.image.layers)
    node = view.get("usr/lib/os-release") or view.get("etc/os-release")
    assert isinstance(node, File) and os_release in node.content.head.decode()
    passwd = view.get("etc/passwd")
    assert isinstance(passwd, File) and passwd.content.head.startswith(b"root:x:0:0:")
    shell = view.get("bin/sh") or view.get("usr/bin/sh")
    assert isinstance(shell, File | Symlink)
    assert view.get("srv") is not None
    assert view.get("tmp").mode == 0o1777  # type: ignore[union-attr]


def test_no_text_of_the_world_names_a_real_archive() -> None:
    found = catalogue().find("ubuntu:22.04")
    assert found is not None
    sources = load_view(STORE, found.image.layers).get("etc/apt/sources.list")
    assert isinstance(sources, File)
    hosts = [
        line.split()[1] for line in sources.content.head.decode().splitlines() if line.startswith("deb ")
    ]
    assert hosts and all(".example/" in host for host in hosts)


def test_a_stale_blob_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = catalogue().find("hello-world")
    assert found is not None
    digest = found.image.layers[0].digest
    assert CatalogueStore().has(digest)
    with pytest.raises(BlobMissing):
        CatalogueStore().get(Digest("sha256:" + "0" * 64))
    with pytest.raises(EngineError):
        CatalogueStore().put(b"anything")
    other = build_layer("busybox_latest", 0)
    monkeypatch.setattr("engine.catalogue.images.build_layer", lambda file, index: other)
    with pytest.raises(StaleLock):
        CatalogueStore().get(digest)


def test_the_lock_covers_every_recipe() -> None:
    assert gaps() == []


def test_notation() -> None:
    operations = parse(["text /a/b 0600", "| one", "| two", "file /c 10", "link /d a/b", "rest /e"])
    layer = paint(EMPTY_VIEW, operations, 5, 100)
    assert layer.size == 100
    entry = layer.entries["a/b"]
    assert isinstance(entry, File) and entry.content == Content(b"one\ntwo\n") and entry.mode == 0o600
    with pytest.raises(BadContents):
        paint(EMPTY_VIEW, parse(["frobnicate /x"]), 0, 0)
    with pytest.raises(StaleLock):
        operations_of({"digest": "sha256:" + "f" * 64})
