"""wget: download files; GNU's and BusyBox's."""

from collections.abc import Generator

from engine.catalogue.world import ADDRESS, Page
from engine.fs import FsError
from engine.programs.lib.stamps import stamp
from engine.programs.lib.web import (
    STATUS_TEXT,
    Answer,
    CannotResolve,
    Refused,
    has_certificates,
    request,
    save,
)
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [URL]...",
    "Download files from the web.",
    Flag("q", "quiet", help="quiet (no output)"),
    Flag("v", "verbose", help="be verbose (this is the default)"),
    Flag("c", "continue", help="resume getting a partially-downloaded file"),
    Flag("N", "timestamping", help="don't re-retrieve files unless newer than local"),
    Flag("S", "server-response", help="print server response"),
    Flag("", "no-verbose", help="turn off verboseness, without being quiet"),
    Flag("", "no-check-certificate", help="don't validate the server's certificate"),
    Flag("", "show-progress", help="display the progress bar in any verbosity mode"),
    Flag("", "https-only", help="only follow secure HTTPS links", aliases=("no-hsts", "no-cache")),
    Flag("", "spider", help="don't download anything"),
    Flag("46nv", "", hidden=True),
    Value("O", "output-document", metavar="FILE", help="write documents to FILE"),
    Value("P", "directory-prefix", metavar="PREFIX", help="save files to PREFIX/.."),
    Value("t", "tries", metavar="NUMBER", help="set number of retries to NUMBER"),
    Value("T", "timeout", metavar="SECONDS", help="set all timeout values to SECONDS"),
    Value("U", "user-agent", metavar="AGENT", help="identify as AGENT"),
    Value("o", "output-file", metavar="FILE", help="log messages to FILE"),
    Value("", "header", metavar="STRING", help="insert STRING among the headers"),
    Value("", "progress", metavar="TYPE", help="select progress gauge type"),
    Value("", "post-data", metavar="STRING", help="use the POST method"),
    error_status=2,
    version="1.21.3 built on linux-gnu.",
)


@program("wget", package="wget", summary="download files from the web")
def wget(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    busybox = p.is_busybox
    quiet = options.flag("quiet")
    trusted = not options.flag("no-check-certificate")
    if not options.operands:
        if busybox:
            raise OPTIONS.usage_error(p, "")
        p.complain("wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\n")
        p.complain("Try `wget --help' for more options.\n")
        return 1
    status = 0
    for url in options.operands:
        address = url if "://" in url else f"http://{url}"
        target = options.value("output-document")
        if target is None:
            tail = address.partition("://")[2].partition("?")[0]
            target = tail.rpartition("/")[2] if "/" in tail else ""
            target = target or "index.html"
            prefix = options.value("directory-prefix")
            if prefix:
                p.files.make_dirs(prefix)
                target = f"{prefix.rstrip('/')}/{target}"
        code = yield from _get(p, address, target, quiet, trusted, options.flag("spider"))
        status = code or status
    return status


def _get(
    p: Process, url: str, target: str, quiet: bool, trusted: bool, spider: bool
) -> Generator[bytes, None, int]:
    host = url.partition("://")[2].partition("/")[0].partition(":")[0]
    say = (lambda text: None) if quiet else p.complain
    busybox = p.is_busybox
    time = stamp(p, "%Y-%m-%d %H:%M:%S")
    port = 443 if url.startswith("https") else 80
    if not busybox:
        say(f"--{time}--  {url}\n")
        say(f"Resolving {host} ({host})... ")
    try:
        answer = request(p, url, follow=True)
    except CannotResolve:
        if busybox:
            p.complain(f"wget: bad address '{host}'\n")
            return 1
        say("failed: Name or service not known.\n")
        say(f"wget: unable to resolve host address ‘{host}’\n")
        return 4
    except Refused as error:
        if busybox:
            p.complain(f"Connecting to {host} ({host}:{error.port})\n")
            p.complain(f"wget: can't connect to remote host ({host}): Connection refused\n")
            return 1
        say(f"{host}\nConnecting to {host}|127.0.0.1|:{error.port}... failed: Connection refused.\n")
        return 4
    page = answer.page
    if port == 443 and not busybox and trusted and not has_certificates(p):
        say(f"{ADDRESS}\nConnecting to {host} ({host})|{ADDRESS}|:{port}... connected.\n")
        say(f"ERROR: The certificate of ‘{host}’ is not trusted.\n")
        say(f"ERROR: The certificate of ‘{host}’ doesn't have a known issuer.\n")
        return 5
    if busybox:
        say(f"Connecting to {answer.host} ({ADDRESS}:{answer.port})\n")
        if page.status >= 400:
            text = STATUS_TEXT.get(page.status, "Error")
            p.complain(f"wget: server returned error: HTTP/1.1 {page.status} {text}\n")
            return 1
    else:
        say(f"{ADDRESS}\nConnecting to {host} ({host})|{ADDRESS}|:{port}... connected.\n")
        say(f"HTTP request sent, awaiting response... {_status(answer)}\n")
        if page.status >= 400:
            say(f"{time} ERROR {page.status}: {STATUS_TEXT.get(page.status, 'Error')}.\n\n")
            return 8
        size = page.content.size
        say(f"Length: {size} ({_short(size)}) [{page.content_type}]\n")
    if spider:
        say("Remote file exists.\n\n")
        return 0
    if target == "-":
        if not busybox:
            say("Saving to: ‘STDOUT’\n\n")
        for chunk in page.content.chunks():
            p.budget.step(1 + len(chunk) // 16384)
            yield chunk
    else:
        try:
            save(p, target, page.content)
        except FsError as error:
            if busybox:
                p.complain(f"wget: can't open '{target}': {error.reason}\n")
                return 1
            p.complain(f"{target}: {error.reason}\n\nCannot write to ‘{target}’ ({error.reason}).\n")
            return 3
    _report(p, page, target, say, busybox)
    return 0


def _report(p: Process, page: Page, target: str, say: object, busybox: bool) -> None:
    assert callable(say)
    size = page.content.size
    name = target.rpartition("/")[2]
    if busybox:
        if target != "-":
            say(f"saving to '{target}'\n")
        say(f"{name[:20]:<20} 100% |{'*' * 32}| {_short(size):>5}  0:00:00 ETA\n")
        say(f"'{target}' saved\n" if target != "-" else "written to stdout\n")
        return
    time = stamp(p, "%Y-%m-%d %H:%M:%S")
    if target == "-":
        say(f"{time} (50.0 MB/s) - written to stdout [{size}/{size}]\n\n")
        return
    say(f"Saving to: ‘{target}’\n\n")
    say(f"     0K {'.' * 10:<57}100% 50.0M=0s\n\n")
    say(f"{time} (50.0 MB/s) - ‘{target}’ saved [{size}/{size}]\n\n")


def _status(answer: Answer) -> str:
    return f"{answer.page.status} {STATUS_TEXT.get(answer.page.status, '')}".rstrip()


def _short(size: int) -> str:
    if size < 1024:
        return str(size)
    value = size / 1024
    for unit in "KMG":
        if value < 1024:
            return f"{value:.1f}{unit}" if value < 10 else f"{value:.0f}{unit}"
        value /= 1024
    return f"{value:.0f}T"
