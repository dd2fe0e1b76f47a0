"""A lab as one file: the present machine with its blobs, and the project's texts.

The file is a zip archive: ``lab.json`` names the machine by its digest, ``blobs/HEX`` are the blobs, each
named by its sha256. ``lab.json`` is signed with the site's key; since everything below the machine is named
by digest, the signature covers it all. A file without a valid signature of this site is still useful: its
project files are saved into a new lab, as if they had been typed, and nothing else of it is read.

Every file that comes in is taken as hostile: sizes are bounded while unpacking, names must have their exact
form, each blob must have the digest it is named by, and nothing is ever unpickled or written to disk.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from struct import error as StructError
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError

from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

from engine import session
from engine.catalogue.images import CatalogueStore
from engine.content import DIGEST_PATTERN, BlobMissing, StackedStore, canonical_json
from engine.errors import EngineError
from engine.machine import Machine
from labsite.workspaces import services
from labsite.workspaces.models import Visitor, Workspace
from labsite.workspaces.store import shared_store

FORMAT = "layer-lab 1"
LARGEST_FILE = 12 * 1024 * 1024
"""Bytes a lab file may have."""
LARGEST_CONTENT = 64 * 1024 * 1024
"""Bytes it may unpack to."""
LARGEST_PART = 24 * 1024 * 1024
MOST_PARTS = 3000
MOST_FILES = 200
MOST_TEXT = 2 * 1024 * 1024
"""Characters its project files may have together."""
_MANIFEST = "lab.json"
_BLOBS = "blobs/"
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_UNREADABLE = (BadZipFile, ZlibError, StructError, EOFError, LookupError, ValueError, RuntimeError, OSError)
"""What reading a broken archive or broken JSON raises."""
_signer = Signer(salt="labsite.lab-file")


class TooLarge(Exception):
    """The lab does not fit into a file."""


class NoLabFile(Exception):
    """What came in is no lab file, or a damaged one; ``damaged`` says which."""

    def __init__(self, damaged: bool) -> None:
        self.damaged = damaged
        super().__init__("damaged" if damaged else "not a lab file")


# ---------------------------------------------------------------------- out


def export(workspace: Workspace) -> bytes:
    """The workspace's head as a file. Raises TooLarge."""
    machine = services.machine_at(workspace.head)
    blobs = _blobs_of(machine)
    manifest = {
        "format": FORMAT,
        "title": workspace.title,
        "origin": workspace.origin,
        "machine": machine.digest,
        "files": _texts(machine),
    }
    signed = {**manifest, "signature": _signature(manifest)}
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        _add(archive, _MANIFEST, canonical_json(signed))
        for digest, data in sorted(blobs.items()):
            _add(archive, _BLOBS + digest.removeprefix("sha256:"), data)
    if buffer.tell() > LARGEST_FILE:
        raise TooLarge
    return buffer.getvalue()


def _texts(machine: Machine) -> list[list[Any]]:
    """Path, mode and text of the project's text files, as far as they are allowed to go."""
    found: list[list[Any]] = []
    left = MOST_TEXT
    for file in session.project_files(machine, shared_store()):
        if file.text is not None and len(file.text) <= left and len(found) < MOST_FILES:
            found.append([file.path, file.mode, file.text])
            left -= len(file.text)
    return found


def _add(archive: ZipFile, name: str, data: bytes) -> None:
    info = ZipInfo(name, _FIXED_TIME)
    info.compress_type = ZIP_DEFLATED
    archive.writestr(info, data)


def _signature(manifest: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in manifest.items() if name != "signature"}
    return _signer.signature(sha256(canonical_json(plain)).hexdigest())


def _blobs_of(machine: Machine) -> dict[str, bytes]:
    """Everything the machine is made of that does not come with the site anyway."""
    stack = StackedStore(CatalogueStore())
    machine.save(stack)
    found: dict[str, bytes] = dict(stack.new_blobs)
    wanted = [digest for digest in dict.fromkeys(_named(machine)) if not stack.has(digest)]
    if len(wanted) + len(found) > MOST_PARTS:
        raise TooLarge
    store = shared_store()
    size = sum(map(len, found.values()))
    for digest in wanted:
        try:
            found[digest] = store.get(digest)
        except BlobMissing:
            continue  # the build cache also names what is no blob, such as DiffIDs
        size += len(found[digest])
        if size > LARGEST_CONTENT:
            raise TooLarge
    return found


def _needed(machine: Machine) -> Iterator[str]:
    """The layers without which the machine is not whole."""
    daemon = machine.daemon
    refs = [machine.host, *(item.upper for item in daemon.containers.values())]
    refs += [volume.content for volume in daemon.volumes.values()]
    images = [record.image for record in daemon.images.values()]
    images += [
        manifest.image
        for repository in machine.hub.repositories.values()
        for manifest in repository.manifests.values()
    ]
    refs += [layer for image in images for layer in image.layers]
    for ref in refs:
        if ref is not None:
            yield ref.digest


def _named(machine: Machine) -> Iterator[str]:
    """Every blob the machine names: its layers, which command made what, and the build cache."""
    yield from _needed(machine)
    yield from machine.daemon.provenance.values()
    pending: list[Any] = [machine.daemon.build_cache]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            pending += value.values()
        elif isinstance(value, list | tuple):
            pending += value
        elif isinstance(value, str) and DIGEST_PATTERN.fullmatch(value):
            yield value


# ---------------------------------------------------------------------- in


@dataclass(frozen=True)
class Parcel:
    """An unpacked lab file: sizes, names and digests are right; who made it is another question."""

    manifest: Mapping[str, Any]
    blobs: Mapping[str, bytes]

    @property
    def trusted(self) -> bool:
        """Whether this site wrote it."""
        return constant_time_compare(str(self.manifest["signature"]), _signature(self.manifest))


def unpack(data: bytes) -> Parcel:
    """Look into a file that came in. Raises NoLabFile."""
    if len(data) > LARGEST_FILE:
        raise NoLabFile(damaged=False)
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = dict(_parts(archive))
        manifest = json.loads(parts.pop(_MANIFEST))
        json.dumps(manifest, ensure_ascii=False).encode()
    except _UNREADABLE as error:
        raise NoLabFile(damaged=False) from error
    if not _well_formed(manifest):
        raise NoLabFile(damaged=False)
    blobs = {f"sha256:{name.removeprefix(_BLOBS)}": blob for name, blob in parts.items()}
    if any(f"sha256:{sha256(blob).hexdigest()}" != digest for digest, blob in blobs.items()):
        raise NoLabFile(damaged=True)
    return Parcel(manifest, blobs)


def _parts(archive: ZipFile) -> Iterator[tuple[str, bytes]]:
    """Names and contents; what the archive says about sizes is not believed."""
    infos = archive.infolist()
    if len(infos) > MOST_PARTS + 1 or len({info.filename for info in infos}) != len(infos):
        raise NoLabFile(damaged=True)
    left = LARGEST_CONTENT
    for info in infos:
        name = info.filename
        is_blob = name.startswith(_BLOBS) and DIGEST_PATTERN.fullmatch(f"sha256:{name[len(_BLOBS) :]}")
        plain = info.compress_type in (ZIP_STORED, ZIP_DEFLATED) and not info.flag_bits & 1
        if not plain or not (is_blob or name == _MANIFEST):
            raise NoLabFile(damaged=False)
        most = min(left, LARGEST_PART)
        with archive.open(info) as part:
            content = part.read(most + 1)
        if len(content) > most:
            raise NoLabFile(damaged=True)
        left -= len(content)
        yield name, content


def _well_formed(manifest: object) -> bool:
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return False
    if set(manifest) != {"format", "title", "origin", "machine", "files", "signature"}:
        return False
    if not all(isinstance(manifest[name], str) for name in ("title", "origin", "machine", "signature")):
        return False
    files = manifest["files"]
    if not isinstance(files, list) or len(files) > MOST_FILES or not all(map(_is_file, files)):
        return False
    return sum(len(text) for _path, _mode, text in files) <= MOST_TEXT


def _is_file(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 3:
        return False
    path, mode, text = value
    is_mode = isinstance(mode, int) and not isinstance(mode, bool) and 0 <= mode <= 0o7777
    return isinstance(path, str) and is_mode and isinstance(text, str)


def open_parcel(visitor: Visitor, parcel: Parcel) -> tuple[Workspace, bool]:
    """A new workspace of ``visitor``, and whether it is the whole machine rather than its files only.

    Raises NoLabFile when blobs are missing, EngineError for project files that cannot be saved.
    """
    title = "".join(char for char in parcel.manifest["title"] if char.isprintable())[:80].strip() or "lab"
    if not parcel.trusted:

        def typed(machine: Machine, stack: StackedStore) -> Machine:
            return _typed(machine, parcel, stack)

        return services.create(visitor, title, prepare=typed), False
    origin = str(parcel.manifest["origin"])
    machine = _machine_of(parcel)

    def whole(_machine: Machine, stack: StackedStore) -> Machine:
        for blob in parcel.blobs.values():
            stack.put(blob)
        return machine

    kept = origin if origin.startswith("preset:") else ""
    return services.create(visitor, title, origin=kept, prepare=whole), True


def _typed(machine: Machine, parcel: Parcel, stack: StackedStore) -> Machine:
    for path, mode, text in parcel.manifest["files"]:
        machine = session.execute(machine, session.SaveFile(path, text, mode & 0o777 | 0o600), stack).machine
    return machine


def _machine_of(parcel: Parcel) -> Machine:
    """The machine, read from the parcel and the catalogue alone."""
    stack = StackedStore(CatalogueStore())
    for blob in parcel.blobs.values():
        stack.put(blob)
    try:
        machine = Machine.load(stack, str(parcel.manifest["machine"]))
    except (BlobMissing, EngineError, ValueError, KeyError, TypeError) as error:
        raise NoLabFile(damaged=True) from error
    if not all(map(stack.has, _needed(machine))):
        raise NoLabFile(damaged=True)
    return machine
