"""Apache: httpd as upstream builds it, apache2 as Debian does."""

from engine.programs.lib.servers import stay_up, version_of
from engine.programs.lib.stamps import stamp
from engine.shell.process import Process
from engine.shell.registry import program


@program("httpd", "apache2", package="apache2", summary="Apache web server")
def apache(p: Process) -> int:
    return _serve(p)


def _serve(p: Process) -> int:
    version = version_of(p, "HTTPD_VERSION", "apache2", "2.4.62")
    built = "Unix" if p.name == "httpd" else "Debian"
    if "-v" in p.argv:
        p.write(f"Server version: Apache/{version} ({built})\n")
        return 0
    if "-t" in p.argv or "configtest" in p.argv:
        p.complain("Syntax OK\n")
        return 0
    if not any(word in ("-DFOREGROUND", "FOREGROUND") for word in p.argv):
        return 0
    return _foreground(p, version, built)


@program("apache2ctl", "apachectl", package="apache2", summary="Apache server control interface")
def control(p: Process) -> int:
    return _serve(p)


def _foreground(p: Process, version: str, built: str) -> int:
    name = p.name.removesuffix("ctl")
    time = stamp(p, "%a %b %d %H:%M:%S.%f %Y")
    warning = (
        f"AH00558: {name}: Could not reliably determine the server's fully qualified domain name, using "
        "172.17.0.2. Set the 'ServerName' directive globally to suppress this message\n"
    )
    prefix = f"[{time}] [{{module}}:notice] [pid {p.pid}:tid {p.pid}]"
    stay_up(
        p,
        errors=warning * 2
        + prefix.format(module="mpm_event")
        + f" AH00489: Apache/{version} ({built}) configured -- resuming normal operations\n"
        + prefix.format(module="core")
        + f" AH00094: Command line: '{name} -D FOREGROUND'\n",
    )
