"""Take home: the project's files and the commands, for a real Docker."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from labsite.playground.bench import Bench
from labsite.workspaces import services

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""Zip files hold local times without zones; one fixed time makes equal labs equal files."""


def zip_of(bench: Bench) -> bytes:
    """A zip with the project's text files, and ``commands.sh`` with every command typed on the host."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for file in bench.files:
            if file.text is not None:
                info = ZipInfo(f"layer-lab/{file.path}", _FIXED_TIME)
                info.external_attr = (0o100000 | file.mode) << 16
                info.compress_type = ZIP_DEFLATED
                archive.writestr(info, file.text)
        commands = ZipInfo("layer-lab/commands.sh", _FIXED_TIME)
        commands.external_attr = 0o100755 << 16
        archive.writestr(commands, _commands(bench))
    return buffer.getvalue()


def _commands(bench: Bench) -> str:
    title = " ".join(bench.workspace.title.split())
    lines = [
        "#!/bin/sh",
        f"# {title}",
        "# " + _("What was typed in Layer Lab, in order. Read before you run it."),
        "",
    ]
    for _moment, entry in services.transcript(bench.moments[: bench.index + 1]):
        if not entry.line or entry.answer:
            continue
        typed_on_host = entry.prompt.startswith("learner@")
        lines.append(entry.line if typed_on_host else f"# {entry.prompt}{entry.line}")
    return "\n".join(lines) + "\n"
