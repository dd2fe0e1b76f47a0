"""Files: entries, immutable layers, the overlay over them, tar archives, and what a process may reach."""

from engine.fs.access import (
    EXECUTE,
    READ,
    ROOT_USER,
    WRITE,
    Credentials,
    Files,
    Location,
    Mount,
    Namespace,
    clean,
)
from engine.fs.diff import Change, changes
from engine.fs.entries import (
    EMPTY,
    Content,
    Device,
    Directory,
    Entry,
    File,
    Hardlink,
    Node,
    Symlink,
    Whiteout,
)
from engine.fs.errors import FsError
from engine.fs.layer import EMPTY_LAYER, Layer, MalformedLayer, remember_diff_id, tar_order
from engine.fs.overlay import OverlayFS
from engine.fs.reader import ContentReader
from engine.fs.stub import program_name, program_stub
from engine.fs.tar import MalformedTar, read_tar, shrink, tar_bytes, tar_chunks, tar_size
from engine.fs.view import EMPTY_VIEW, View, parent_of

__all__ = [
    "EMPTY",
    "EMPTY_LAYER",
    "EMPTY_VIEW",
    "EXECUTE",
    "READ",
    "ROOT_USER",
    "WRITE",
    "Change",
    "Content",
    "ContentReader",
    "Credentials",
    "Device",
    "Directory",
    "Entry",
    "File",
    "Files",
    "FsError",
    "Hardlink",
    "Layer",
    "Location",
    "MalformedLayer",
    "MalformedTar",
    "Mount",
    "Namespace",
    "Node",
    "OverlayFS",
    "Symlink",
    "View",
    "Whiteout",
    "changes",
    "clean",
    "parent_of",
    "program_name",
    "program_stub",
    "read_tar",
    "remember_diff_id",
    "shrink",
    "tar_bytes",
    "tar_chunks",
    "tar_order",
    "tar_size",
]
