"""Servers of which only the starting lines matter: memcached, mongod, traefik, registry, cron, sshd …"""

from engine.programs.lib.servers import stay_up, version_of
from engine.programs.lib.stamps import stamp
from engine.shell.process import Process
from engine.shell.registry import program


@program("memcached", package="memcached", summary="memory object cache")
def memcached(p: Process) -> int:
    version = version_of(p, "MEMCACHED_VERSION", "memcached", "1.6.45")
    if "-V" in p.argv or "--version" in p.argv:
        p.write(f"memcached {version}\n")
        return 0
    if p.files.user.uid == 0 and "-u" not in p.argv:
        p.complain("can't run as root without the -u switch\n")
        return 71
    stay_up(p)


@program("mongod", package="mongodb", summary="MongoDB database server")
def mongod(p: Process) -> int:
    version = version_of(p, "MONGO_VERSION", "mongodb", "3.6.2")
    if "--version" in p.argv:
        p.write(f"db version v{version}\n")
        return 0
    time = stamp(p, "%Y-%m-%dT%H:%M:%S.") + "000+0000"
    lines = (
        f"I CONTROL  [initandlisten] MongoDB starting : pid={p.pid} port=27017 dbpath=/data/db 64-bit",
        f"I CONTROL  [initandlisten] db version v{version}",
        "I STORAGE  [initandlisten] wiredtiger_open config: create,cache_size=1024M",
        "I NETWORK  [initandlisten] waiting for connections on port 27017",
    )
    stay_up(p, "".join(f"{time} {line}\n" for line in lines))


@program("traefik", package="traefik", summary="HTTP reverse proxy")
def traefik(p: Process) -> int:
    if "version" in p.argv[1:2]:
        p.write("Version:      3.7.13\nCodename:     simulated\nOS/Arch:      linux/amd64\n")
        return 0
    if "--help" in p.argv:
        p.write("traefik: a modern HTTP reverse proxy.\n\nUsage: traefik [command] [flags]\n")
        known = len(p.argv) == 2 or p.argv[1] in ("healthcheck", "version")
        return 0 if known else 1
    time = stamp(p, "%Y-%m-%dT%H:%M:%SZ")
    stay_up(
        p,
        errors=f"{time} INF Traefik version 3.7.13 built on 2026-09-15T08:51:11Z version=3.7.13\n"
        f"{time} INF Starting provider aggregator *aggregator.ProviderAggregator\n",
    )


@program("registry", package="registry", summary="the image registry server")
def registry(p: Process) -> int:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if "--version" in p.argv or "-v" in p.argv:
        p.write("registry github.com/docker/distribution v2.8.1\n")
        return 0
    if words[:1] == ["garbage-collect"]:
        p.write("0 blobs marked, 0 blobs and 0 manifests eligible for deletion\n")
        return 0
    if words[:1] != ["serve"] or len(words) < 2:
        p.write("`registry`\n\nUsage:\n  registry [flags]\n  registry [command]\n")
        return 0
    if not p.files.is_file(words[1]):
        p.complain(f"configuration error: open {words[1]}: no such file or directory\n")
        return 1
    time = stamp(p, "%Y-%m-%dT%H:%M:%S.%fZ")
    common = 'go.version=go1.16.15 service=registry version="v2.8.1"'
    stay_up(
        p,
        errors=f'time="{time}" level=info msg="using inmemory blob descriptor cache" {common} \n'
        f'time="{time}" level=info msg="listening on [::]:5000" {common} \n',
    )


@program(
    "cron",
    "crond",
    "supervisord",
    "sshd",
    "php-fpm",
    "rsyslogd",
    "tor",
    "squid",
    "haproxy",
    "dockerd",
    "inetd",
    "syslogd",
    "uwsgi",
    "vsftpd",
    "dnsmasq",
    package="daemons",
    summary="servers that just run",
)
def daemon(p: Process) -> int:
    """In the foreground they stay up; otherwise they detach, and whoever waits for them goes on."""
    if "--version" in p.argv or "-V" in p.argv or "-v" in p.argv:
        p.write(f"{p.name} (simulated)\n")
        return 0
    foreground = {
        "cron": ("-f", "-fl"),
        "crond": ("-f", "-n"),
        "supervisord": ("-n", "--nodaemon"),
        "sshd": ("-D", "-De"),
        "php-fpm": ("-F", "--nodaemonize"),
        "rsyslogd": ("-n",),
        "inetd": ("-f",),
        "syslogd": ("-n",),
        "squid": ("-N",),
        "dnsmasq": ("-k", "-d", "--no-daemon"),
    }
    wanted = foreground.get(p.name)
    if wanted is None or any(option in p.argv for option in wanted):
        time = stamp(p, "%Y-%m-%d %H:%M:%S")
        text = f"{time},000 INFO supervisord started with pid {p.pid}\n" if p.name == "supervisord" else ""
        stay_up(p, text)
    if p.name == "sshd" and not p.files.is_dir("/run/sshd"):
        p.complain("Missing privilege separation directory: /run/sshd\n")
        return 255
    return 0
