"""curl: transfer a URL."""

from collections.abc import Generator

from engine.fs import FsError
from engine.programs.lib.web import (
    CERTIFICATES,
    CannotResolve,
    Refused,
    has_certificates,
    head_of,
    request,
    save,
)
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[options...] <url>",
    "Transfer data from or to a server.",
    Flag("s", "silent", help="silent mode"),
    Flag("S", "show-error", help="show error even when -s is used"),
    Flag("f", "fail", help="fail fast with no output on HTTP errors", aliases=("fail-with-body",)),
    Flag("L", "location", help="follow redirects"),
    Flag("O", "remote-name", help="write output to a file named as the remote file"),
    Flag("J", "remote-header-name", help="use the header-provided filename"),
    Flag("I", "head", help="show document info only"),
    Flag("i", "include", help="include response headers in the output"),
    Flag("k", "insecure", help="allow insecure server connections"),
    Flag("v", "verbose", help="make the operation more talkative"),
    Flag("G", "get", help="put the post data in the URL and use GET"),
    Flag("#", "progress-bar", help="display transfer progress as a bar"),
    Flag("46N", "", help="", hidden=True),
    Flag("", "compressed", help="request compressed response"),
    Flag("", "create-dirs", help="create necessary local directory hierarchy"),
    Flag("", "no-progress-meter", help="do not show the progress meter"),
    Flag("", "tlsv1.2", help="use TLSv1.2 or greater", aliases=("tlsv1.3", "http1.1", "http2")),
    Flag("", "retry-connrefused", help="retry on connection refused", aliases=("retry-all-errors",)),
    Value("o", "output", metavar="file", help="write to file instead of stdout"),
    Value("X", "request", metavar="method", help="specify request method to use"),
    Value("H", "header", metavar="header", help="pass custom header to server"),
    Value("d", "data", metavar="data", help="HTTP POST data", aliases=("data-raw", "data-binary", "json")),
    Value("u", "user", metavar="user:password", help="server user and password"),
    Value("A", "user-agent", metavar="name", help="send User-Agent to server"),
    Value("w", "write-out", metavar="format", help="output FORMAT after completion"),
    Value("m", "max-time", metavar="seconds", help="maximum time allowed"),
    Value("x", "proxy", metavar="host", help="use this proxy"),
    Value("", "connect-timeout", metavar="seconds", help="maximum time allowed to connect"),
    Value("", "retry", metavar="num", help="retry request if transient problems occur"),
    Value("", "retry-delay", metavar="seconds", help="wait between retries", aliases=("retry-max-time",)),
    Value("", "cacert", metavar="file", help="CA certificate to verify peer against"),
    Value("", "url", metavar="url", help="URL to work with"),
    Value("", "proto", metavar="protocols", help="enable/disable protocols"),
    error_status=2,
    version="7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1",
)

_METER = (
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    "                                 Dload  Upload   Total   Spent    Left  Speed\n"
)


@program("curl", package="curl", summary="transfer a URL")
def curl(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    urls = [*options.values("url"), *options.operands]
    if not urls:
        p.complain("curl: try 'curl --help' or 'curl --manual' for more information\n")
        return 2
    status = 0
    loud = not options.flag("silent") or options.flag("show-error")
    for position, url in enumerate(urls):
        outputs = options.values("output")
        target = outputs[position] if position < len(outputs) else None
        if options.flag("remote-name") and target is None:
            target = url.partition("?")[0].rstrip("/").rpartition("/")[2]
            if not target or "://" in target or "/" not in url.partition("://")[2]:
                p.complain("curl: Remote file name has no length!\n")
                return 23
        scheme = url.partition("://")[0] if "://" in url else "http"
        if scheme not in ("http", "https", "file", "ftp"):
            if loud:
                p.complain(f'curl: (1) Protocol "{scheme}" not supported or disabled in libcurl\n')
            status = 1
            continue
        if scheme == "file":
            try:
                yield from p.files.chunks(url.removeprefix("file://"))
            except FsError:
                p.complain(f"curl: (37) Couldn't open file {url.removeprefix('file://')}\n")
                status = 37
            continue
        try:
            answer = request(p, url, options.flag("location"))
        except CannotResolve as error:
            if loud:
                p.complain(f"curl: (6) Could not resolve host: {error.host}\n")
            status = 6
            continue
        except Refused as error:
            if loud:
                place = f"{error.host} port {error.port}"
                p.complain(f"curl: (7) Failed to connect to {place} after 0 ms: Couldn't connect to server\n")
            status = 7
            continue
        page = answer.page
        if scheme == "https" and not options.flag("insecure") and not has_certificates(p):
            if loud:
                p.complain(f"curl: (77) error setting certificate file: {CERTIFICATES[0]}\n")
            status = 77
            continue
        if options.flag("verbose"):
            p.complain(f"*   Trying {answer.host}:{answer.port}...\n* Connected to {answer.host}\n")
            p.complain(f"> {options.value('request', 'GET')} / HTTP/1.1\n> Host: {answer.host}\n>\n")
            p.complain("".join(f"< {line}\n" for line in head_of(page).split("\r\n")[:-1]))
        if options.flag("fail") and page.status >= 400:
            if loud:
                p.complain(f"curl: (22) The requested URL returned error: {page.status}\n")
            status = 22
            continue
        if options.flag("head"):
            yield "".join(head_of(hop) for hop in answer.hops).encode() + head_of(page).encode()
        elif target is not None and target != "-":
            if not options.flag("silent") and not options.flag("no-progress-meter"):
                p.complain(_METER + _progress(page.content.size))
            try:
                if options.flag("create-dirs") and "/" in target:
                    p.files.make_dirs(target.rpartition("/")[0])
                save(p, target, page.content)
            except FsError as error:
                p.complain(f"Warning: Failed to open the file {target}: {error.reason}\n")
                p.complain("curl: (23) Failure writing output to destination\n")
                status = 23
                continue
        else:
            if options.flag("include"):
                yield head_of(page).encode()
            for chunk in page.content.chunks():
                p.budget.step(1 + len(chunk) // 16384)
                yield chunk
        template = options.value("write-out")
        if template:
            yield _written(template, page.status, page.content.size, answer.url).encode()
    return status


def _progress(size: int) -> str:
    shown = (
        f"{size}" if size < 100_000 else f"{size // 1024}k" if size < 10_000_000 else f"{size / 1048576:.1f}M"
    )
    return f"100 {shown:>5}  100 {shown:>5}    0     0  50.0M      0 --:--:-- --:--:-- --:--:-- 50.0M\n"


def _written(template: str, status: int, size: int, url: str) -> str:
    text = template.replace("\\n", "\n").replace("\\t", "\t")
    for name, value in (
        ("http_code", f"{status:03d}"),
        ("response_code", f"{status:03d}"),
        ("size_download", str(size)),
        ("url_effective", url),
        ("time_total", "0.042000"),
    ):
        text = text.replace("%{" + name + "}", value)
    return text
