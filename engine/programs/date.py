"""date: print (or try to set) the system date and time."""

from engine.clock import SECOND
from engine.fs import FsError
from engine.programs.lib.quoting import quote
from engine.programs.lib.text import curly, decode
from engine.programs.lib.times import InvalidDate, format_time, parse_date
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [+FORMAT]",
    "Display date and time in the given FORMAT.",
    Value("d", "date", metavar="STRING", help="display time described by STRING, not 'now'"),
    Value("f", "file", metavar="DATEFILE", help="like --date; once for each line of DATEFILE"),
    Value("I", "iso-8601", metavar="FMT", optional=True, help="output date/time in ISO 8601 format"),
    Flag("R", "rfc-email", aliases=("rfc-2822", "rfc-822"), help="output date and time in RFC 5322 format"),
    Value("", "rfc-3339", metavar="FMT", help="output date/time in RFC 3339 format"),
    Value("r", "reference", metavar="FILE", help="display the last modification time of FILE"),
    Value("s", "set", metavar="STRING", help="set time described by STRING"),
    Flag("u", "utc", aliases=("universal",), help="print or set Coordinated Universal Time (UTC)"),
)
_ISO = {
    "date": "%Y-%m-%d",
    "hours": "%Y-%m-%dT%H%:z",
    "minutes": "%Y-%m-%dT%H:%M%:z",
    "seconds": "%Y-%m-%dT%H:%M:%S%:z",
    "ns": "%Y-%m-%dT%H:%M:%S,%N%:z",
}
_RFC3339 = {"date": "%Y-%m-%d", "seconds": "%Y-%m-%d %H:%M:%S%:z", "ns": "%Y-%m-%d %H:%M:%S.%N%:z"}


@program("date", package="coreutils", summary="print or set the system date and time")
def date(p: Process) -> int:
    options = OPTIONS.parse(p)
    pattern = "%a %b %e %H:%M:%S UTC %Y"
    if options.flag("rfc-email"):
        pattern = "%a, %d %b %Y %H:%M:%S %z"
    if options.flag("iso-8601"):
        pattern = _chosen(p, _ISO, options.value("iso-8601") or "date", "--iso-8601")
    if options.flag("rfc-3339"):
        pattern = _chosen(p, _RFC3339, options.value("rfc-3339") or "", "--rfc-3339")
    operands = options.operands
    if operands and operands[0].startswith("+"):
        pattern = operands.pop(0)[1:]
    if operands:
        if len(operands) > 1 or operands[0].startswith("+"):
            raise OPTIONS.usage_error(p, f"extra operand {curly(p, operands[-1])}")
        return _set(p, operands[0])
    if options.value("set") is not None:
        return _set(p, options.value("set") or "")
    now = p.system.clock.now
    texts = [options.value("date")]
    try:
        if options.value("file") is not None:
            texts = list(decode(p.files.content(options.value("file") or "").head).splitlines())
        if options.value("reference") is not None:
            now = p.files.stat(options.value("reference") or "").mtime
    except FsError as error:
        p.error(f"{error.path}: {error.reason}")
        return 1
    status = 0
    for text in texts:
        p.budget.step()
        try:
            when = now if text is None else parse_date(text, now // SECOND * SECOND if text else now)
        except InvalidDate:
            p.error(f"invalid date {quote(text or '') if p.is_busybox else curly(p, text or '')}")
            status = 1
            continue
        p.write(format_time(when, pattern) + "\n")
    return status


def _chosen(p: Process, table: dict[str, str], word: str, option: str) -> str:
    matches = [name for name in table if word and name.startswith(word)]
    if not matches:
        raise OPTIONS.usage_error(p, f"invalid argument {curly(p, word)} for {curly(p, option)}")
    return table[matches[0]]


def _set(p: Process, text: str) -> int:
    """Only a privileged host process may turn the clock; a container lacks CAP_SYS_TIME."""
    try:
        parse_date(text, p.system.clock.now)
    except InvalidDate:
        if not (text.isdigit() and len(text) in (8, 10, 12)):
            p.error(f"invalid date {quote(text) if p.is_busybox else curly(p, text)}")
            return 1
    p.error(
        "can't set date: Operation not permitted"
        if p.is_busybox
        else "cannot set date: Operation not permitted"
    )
    return 1
