"""nginx: a web server."""

from engine.fs import FsError
from engine.programs.lib.servers import stay_up, version_of
from engine.programs.lib.stamps import stamp
from engine.programs.lib.unpack import text_of
from engine.shell.process import Process
from engine.shell.registry import program

_CONFIGURATION = "/etc/nginx/nginx.conf"


@program("nginx", package="nginx", summary="web server")
def nginx(p: Process) -> int:
    version = version_of(p, "NGINX_VERSION", "nginx", "1.26.2")
    arguments = p.argv[1:]
    if "-v" in arguments or "-V" in arguments:
        p.complain(f"nginx version: nginx/{version}\n")
        return 0
    path = arguments[arguments.index("-c") + 1] if "-c" in arguments[:-1] else _CONFIGURATION
    directives = arguments[arguments.index("-g") + 1] if "-g" in arguments[:-1] else ""
    if not p.files.is_file(path):
        p.complain(f'nginx: [emerg] open() "{path}" failed (2: No such file or directory)\n')
        return 1
    problem = _syntax_problem(p, path)
    if problem:
        p.complain(f"nginx: [emerg] {problem}\n")
        if "-t" in arguments:
            p.complain(f"nginx: configuration file {path} test failed\n")
        return 1
    if "-t" in arguments:
        p.complain(f"nginx: the configuration file {path} syntax is ok\n")
        p.complain(f"nginx: configuration file {path} test is successful\n")
        return 0
    if "-s" in arguments:
        p.complain('nginx: [error] open() "/run/nginx.pid" failed (2: No such file or directory)\n')
        return 1
    text = text_of(p, path)
    if p.files.user.uid:
        p.complain(
            'nginx: [warn] the "user" directive makes sense only if the master process runs with super-user '
            f"privileges, ignored in {path}:2\n"
        )
    try:
        for name in ("client_temp", "proxy_temp", "fastcgi_temp", "uwsgi_temp", "scgi_temp"):
            p.files.make_dirs(f"/var/cache/nginx/{name}", 0o700)
        p.files.write("/run/nginx.pid", f"{p.pid}\n".encode())
    except FsError as error:
        where = error.path
        p.complain(f'nginx: [emerg] mkdir() "{where}" failed (13: {error.reason})\n')
        return 1
    if "daemon off" not in directives.replace("  ", " ") and "daemon off" not in text:
        return 0
    time = stamp(p, "%Y/%m/%d %H:%M:%S")
    lines = (
        'using the "epoll" event method',
        f"nginx/{version}",
        "built by gcc 14.2.0 (Debian 14.2.0-19)",
        "OS: Linux 6.8.0-layerlab",
        "getrlimit(RLIMIT_NOFILE): 1048576:1048576",
        "start worker processes",
        "start worker process 29",
        "start worker process 30",
    )
    stay_up(p, errors="".join(f"{time} [notice] {p.pid}#{p.pid}: {line}\n" for line in lines))


def _syntax_problem(p: Process, path: str) -> str:
    """The first thing wrong with the configuration: unbalanced braces or a directive without its end."""
    depth = 0
    pending = ""
    number = 0
    for number, line in enumerate(text_of(p, path).splitlines(), 1):
        bare = line.partition("#")[0].strip()
        p.budget.step()
        if not bare:
            continue
        if bare == "}" and pending:
            return f'directive "{pending}" is not terminated by ";" in {path}:{number}'
        depth += bare.count("{") - bare.count("}")
        if depth < 0:
            return f'unexpected "}}" in {path}:{number}'
        pending = "" if bare[-1] in ";{}" else (pending or bare.split()[0])
    if depth:
        return f'unexpected end of file, expecting "}}" in {path}:{number}'
    return ""
