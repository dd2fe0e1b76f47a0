"""Executables: a short honest stub that names the simulated program, then filler up to the real size."""

from engine.fs.entries import Content

ELF_MAGIC = b"\x7fELF"
_MARK = b"\nlayerlab:program="


def program_stub(name: str, size: int = 0) -> Content:
    """The content of an executable that behaves as the simulated program ``name``; ``size`` in bytes."""
    head = ELF_MAGIC + b"\nThis file stands in for a real program." + _MARK + name.encode() + b"\n"
    return Content(head, max(size, len(head)))


def program_name(content: Content) -> str | None:
    """The simulated program an executable names, or None when it names none."""
    if not content.head.startswith(ELF_MAGIC):
        return None
    _, mark, rest = content.head.partition(_MARK)
    return rest.partition(b"\n")[0].decode("utf-8", "replace") if mark else None
