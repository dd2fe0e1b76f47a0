"""A lab as one file: out, in, and what hostile files do (nothing)."""

import json
import random
from io import BytesIO
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from labsite.playground import labfile
from labsite.tests.conftest import client_of
from labsite.workspaces import services
from labsite.workspaces.models import Blob, Visitor, Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def parcel(own: Client, workspace: Workspace) -> bytes:
    """A lab with an image, a container that wrote something and a volume, as a file."""
    own.post(f"/lab/{workspace.key}/run/", {"line": "docker build -t one ."})
    own.post(
        f"/lab/{workspace.key}/run/", {"line": "docker run --name cc -v data:/data one touch /new /data/x"}
    )
    answer = own.get(f"/lab/{workspace.key}/lab-file/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="lab.layerlab"'
    return bytes(answer.content)


def bring(client: Client, data: bytes) -> Any:
    return client.post("/lab/import/", {"lab": SimpleUploadedFile("x.layerlab", data)}, follow=True)


def parts_of(data: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_manifest(data: bytes, **changes: Any) -> bytes:
    parts = parts_of(data)
    parts["lab.json"] = json.dumps({**json.loads(parts["lab.json"]), **changes}).encode()
    return packed(parts)


def test_it_comes_back_as_it_was(parcel: bytes, workspace: Workspace) -> None:
    workspace.refresh_from_db()
    machine = workspace.head.machine
    named = {f"sha256:{name[6:]}" for name in parts_of(parcel) if name.startswith("blobs/")}
    workspace.delete()
    Blob.objects.filter(pk__in=named).delete()
    services._machines = services._Machines(services.KEPT_MACHINES)
    services.shared_store.cache_clear()
    client = Client()
    page = bring(client, parcel)
    assert page.status_code == 200
    opened = Workspace.objects.get()
    assert opened.head.machine == machine and opened.title == "a lab" and opened.origin == "preset:empty"
    lab = page.redirect_chain[-1][0]
    shown = client.post(lab + "run/", {"line": "docker diff cc"}, follow=True).content.decode()
    assert "A /new" in shown
    shown = client.post(lab + "run/", {"line": "docker run --rm -v data:/d one ls /d"}, follow=True)
    assert ">x" in shown.content.decode().replace("\n", ">")


def test_another_sites_file_brings_its_texts_only(parcel: bytes, settings: Any) -> None:
    forged = with_manifest(parcel, title="theirs", files=[["a/b.txt", 0o755, "hello\n"]])
    client = Client()
    page = bring(client, forged)
    assert "theirs" in page.content.decode() and 'class="notice warning"' in page.content.decode()
    opened = Workspace.objects.get(title="theirs")
    machine = services.machine_at(opened.head)
    assert services.file_text(machine, "a/b.txt") == "hello\n"
    assert not machine.daemon.images and not machine.daemon.containers


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../up", "a/../../up", "", "a\x00b", "x" * 300, "a/" * 40 + "b"]
)
def test_texts_stay_in_the_project(parcel: bytes, path: str) -> None:
    before = Workspace.objects.count()
    assert bring(Client(), with_manifest(parcel, files=[[path, 0o644, "x"]])).status_code == 422
    assert Workspace.objects.count() == before


def bomb(parcel: bytes) -> bytes:
    return packed({**parts_of(parcel), "blobs/" + "0" * 64: bytes(labfile.LARGEST_PART + 1)})


def other_content(parcel: bytes) -> bytes:
    parts = parts_of(parcel)
    name = next(name for name in parts if name.startswith("blobs/"))
    return packed({**parts, name: parts[name] + b" "})


def one_less(parcel: bytes) -> bytes:
    parts = parts_of(parcel)
    machine = json.loads(parts["lab.json"])["machine"].removeprefix("sha256:")
    del parts[f"blobs/{machine}"]
    return packed(parts)


HOSTILE = {
    "empty": lambda parcel: b"",
    "no zip": lambda parcel: b"PK\x03\x04" + bytes(200),
    "cut": lambda parcel: parcel[: len(parcel) // 2],
    "too large": lambda parcel: parcel + bytes(labfile.LARGEST_FILE),
    "bomb": bomb,
    "climbing name": lambda parcel: packed({**parts_of(parcel), "../evil": b"x"}),
    "other method": lambda parcel: packed(parts_of(parcel), ZIP_BZIP2),
    "other content": other_content,
    "no manifest": lambda parcel: packed({"blobs/" + "0" * 64: b""}),
    "manifest is a list": lambda parcel: packed({"lab.json": b"[]"}),
    "deep": lambda parcel: packed({"lab.json": b"[" * 100_000}),
    "surrogates": lambda parcel: with_manifest(parcel, title="\ud800"),
    "more fields": lambda parcel: with_manifest(parcel, evil=1),
    "odd file": lambda parcel: with_manifest(parcel, files=[["a", True, "x"]]),
    "long texts": lambda parcel: with_manifest(parcel, files=[["a", 0, "x" * (labfile.MOST_TEXT + 1)]]),
    "signed but not whole": one_less,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_refused_and_leave_nothing(parcel: bytes, kind: str) -> None:
    before = Workspace.objects.count(), Blob.objects.count()
    answer = bring(Client(), HOSTILE[kind](parcel))
    assert answer.status_code == 422 and "Traceback" not in answer.content.decode()
    assert (Workspace.objects.count(), Blob.objects.count()) == before


def test_broken_bytes_are_refused_or_are_not_believed(parcel: bytes) -> None:
    chance = random.Random(7)
    for _round in range(60):
        damaged = bytearray(parcel)
        for _change in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            found = labfile.unpack(bytes(damaged))
        except labfile.NoLabFile:
            continue
        whole = parts_of(parcel)
        assert all(whole[f"blobs/{digest[7:]}"] == blob for digest, blob in found.blobs.items())


def test_only_the_owner_exports(parcel: bytes, workspace: Workspace) -> None:
    for browser in (Client(), client_of(Visitor.objects.create())):
        assert browser.get(f"/lab/{workspace.key}/lab-file/").status_code == 404
    assert Client().get("/lab/import/").status_code == 405


def test_a_lab_too_large_says_so(own: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labfile, "LARGEST_FILE", 100)
    assert own.get(f"/lab/{workspace.key}/lab-file/").status_code == 422
