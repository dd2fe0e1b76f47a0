"""What the terminal shows, and the sentences that say what a command changed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labsite.web.ansi import ansi_to_html, settle
from labsite.web.templatetags.lab import bytes_human
from labsite.workspaces.services import Entry, Moment

FOLD_AFTER = 40
"""Lines of output from which the middle is folded."""
KEPT_AT_START = 18
KEPT_AT_END = 16
MOST_FOLDED = 400
"""Lines of the folded middle that are on the page; all of them can be had as a text file."""
LONGEST_SHOWN = 4000
"""Characters of one line."""
SHOWN_ENTRIES = 60
"""Entries of a long transcript that are shown without being asked for."""
LONGEST_INPUT = 64 * 1024
MOST_LINES = 60
"""Lines of one paste."""
HIDDEN_ANSWER = re.compile(r"pass(word|phrase)\s*:\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """One transcript entry, ready for its template."""

    number: int
    prompt: str
    line: str
    answer: bool
    head: SafeString
    folded: SafeString
    folded_lines: int
    left_out: int
    """Folded lines that are not on the page even when it is opened."""
    shortened: bool
    """Whether a line is longer than the page shows."""
    tail: SafeString
    exit_code: int
    failed: bool
    waiting: bool


def shown(moment_number: int, entry: Entry, secret: bool = False) -> Shown:
    """An entry with its colours as classes and its long middle folded."""
    text = settle(output_text(entry))
    lines = text.splitlines(keepends=True)
    fold = len(lines) > FOLD_AFTER
    head = lines[:KEPT_AT_START] if fold else lines
    middle = lines[KEPT_AT_START:-KEPT_AT_END] if fold else []
    tail = lines[-KEPT_AT_END:] if fold else []
    unfoldable = middle[:MOST_FOLDED]
    return Shown(
        number=moment_number,
        prompt=entry.prompt,
        line="" if secret else entry.line[:LONGEST_SHOWN],
        answer=entry.answer,
        head=ansi_to_html(_cut(head)),
        folded=ansi_to_html(_cut(unfoldable)),
        folded_lines=len(middle),
        left_out=len(middle) - len(unfoldable),
        shortened=any(len(line) > LONGEST_SHOWN for line in (*head, *unfoldable, *tail)),
        tail=ansi_to_html(_cut(tail)),
        exit_code=entry.exit_code,
        failed=entry.exit_code != 0 and not entry.waiting,
        waiting=entry.waiting,
    )


def output_text(entry: Entry) -> str:
    """Everything an entry printed, as it was printed."""
    return "".join(piece for _stream, piece in entry.output)


def _cut(lines: Sequence[str]) -> str:
    return "".join(line if len(line) <= LONGEST_SHOWN else line[:LONGEST_SHOWN] + "…\n" for line in lines)


def shown_all(entries: Sequence[tuple[Moment, Entry]]) -> list[Shown]:
    """Entries in order; what answered a question about a password is not shown again."""
    result = []
    asked = False
    for moment, entry in entries:
        result.append(shown(moment.number, entry, secret=asked and entry.answer))
        asked = asks_for_secret(entry)
    return result


def asks_for_secret(entry: Entry) -> bool:
    """Whether the next typed line answers a password question."""
    return entry.waiting and bool(HIDDEN_ANSWER.search("".join(text for _stream, text in entry.output[-3:])))


# ---------------------------------------------------------------------- what is typed

_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\1")


def split_paste(text: str) -> list[str]:
    """Pasted text as the lines a terminal would run: continued lines and here-documents stay together."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    commands: list[str] = []
    current: list[str] = []
    end = ""
    for line in lines:
        current.append(line)
        if end:
            if line.strip("\t") == end:
                end = ""
            else:
                continue
        elif found := _HEREDOC.search(line):
            end = found.group(2)
            continue
        if line.endswith("\\") or _quote_is_open("\n".join(current)):
            continue
        commands.append("\n".join(current))
        current = []
    if current:
        commands.append("\n".join(current))
    return commands


def _quote_is_open(text: str) -> bool:
    quote = ""
    escaped = False
    for char in text:
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
    return bool(quote)


def history(entries: Iterable[tuple[Moment, Entry]]) -> list[str]:
    """Lines typed at prompts, oldest first, without repeats in a row."""
    lines: list[str] = []
    for _moment, entry in entries:
        if entry.line and not entry.answer and (not lines or lines[-1] != entry.line):
            lines.append(entry.line)
    return lines[-200:]


_BUILD = re.compile(r"\s*docker\s+(?:image\s+|buildx\s+|builder\s+)?build\s")


def is_build(line: str) -> bool:
    """Whether a line is a ``docker build``."""
    return bool(_BUILD.match(line))


def build_command(entries: Iterable[tuple[Moment, Entry]], dockerfile: str, default: str) -> str:
    """What Build runs: the build line typed last, else ``default``; another open Dockerfile is named."""
    line = default
    if dockerfile == "Dockerfile":
        for _moment, entry in entries:
            if is_build(entry.line) and " -f" not in entry.line and " --file" not in entry.line:
                line = entry.line
        return line
    stem = re.sub(r"[^a-z0-9]+", "-", dockerfile.rpartition("/")[2].lower()).strip("-")
    name = stem.removeprefix("dockerfile-").removesuffix("-dockerfile") or "other"
    return f"docker build -f {_quoted(dockerfile)} -t {name} ."


def _quoted(path: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9._/-]+", path) and not path.startswith("-"):
        return path
    return "'" + path.replace("'", "'\\''") + "'"


# ---------------------------------------------------------------------- sentences for the live region


def said(entry: Entry) -> str:
    """One sentence: what the command changed."""
    sentences = [sentence for event in entry.events if (sentence := _sentence(event))]
    if sentences:
        return " ".join(sentences[-3:])
    if entry.waiting:
        return _("The program waits for input.")
    if entry.exit_code:
        return _("Failed with exit code %(code)d.") % {"code": entry.exit_code}
    return _("Done.")


def _familiar(reference: str) -> str:
    """A reference as people write it: ``docker.io/library/tools:1`` -> ``tools:1``."""
    return reference.removeprefix("docker.io/").removeprefix("library/")


def _short(event: Mapping[str, Any]) -> str:
    return str(event["image"]).removeprefix("sha256:")[:12]


def _reused(count: int) -> str:
    return ngettext("%(n)d step reused", "%(n)d steps reused", count) % {"n": count}


def _sentence(event: Mapping[str, Any]) -> str:
    match event.get("event"):
        case "BuildFinished":
            name = (
                ", ".join(_familiar(tag) for tag in event["tags"])
                or str(event["image"]).removeprefix("sha256:")[:12]
            )
            return _("Built %(name)s: %(cached)s, %(ran)s, %(size)s new.") % {
                "name": name,
                "cached": _reused(event["cached"]),
                "ran": ngettext("%(n)d ran", "%(n)d ran", event["ran"]) % {"n": event["ran"]},
                "size": bytes_human(event["new_bytes"]),
            }
        case "StepFailed":
            return _("The build stopped at line %(line)d.") % {"line": event["line"]}
        case "ContainerStarted":
            return _("Container %(name)s started.") % {"name": event["name"]}
        case "ContainerExited":
            return _("Container %(name)s ended with code %(code)d.") % {
                "name": event["name"],
                "code": event["exit_code"],
            }
        case "ContainerRemoved":
            return _("Container %(name)s and its read-write layer are gone.") % {"name": event["name"]}
        case "ContainerCommitted":
            return _("The read-write layer became an image: %(name)s.") % {
                "name": _familiar(event["reference"]) or _short(event)
            }
        case "ImageRemoved":
            return _("Removed %(name)s.") % {"name": _familiar(event["reference"]) or _short(event)}
        case "ImagePushed":
            return _("Pushed %(name)s, %(size)s sent.") % {
                "name": _familiar(event["reference"]),
                "size": bytes_human(event["sent_bytes"]),
            }
        case "ImagePulled":
            return _("Pulled %(name)s, %(size)s fetched.") % {
                "name": _familiar(event["reference"]),
                "size": bytes_human(event["fetched_bytes"]),
            }
        case "PathHidden":
            return _("A whiteout now hides %(path)s.") % {"path": event["path"]}
        case "CopiedUp":
            return _("%(path)s was copied up.") % {"path": event["path"]}
        case "Stopped":
            return _("The lab stopped it: a limit was reached.")
    return ""
