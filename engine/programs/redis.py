"""redis-server and redis-cli."""

from engine.programs.lib.servers import is_running, stay_up, version_of
from engine.programs.lib.stamps import stamp
from engine.shell.process import Process
from engine.shell.registry import program


@program("redis-server", package="redis", summary="persistent key-value database")
def server(p: Process) -> int:
    version = version_of(p, "REDIS_VERSION", "redis-server", "7.0.15")
    if "--version" in p.argv or "-v" in p.argv:
        p.write(f"Redis server v={version} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=0\n")
        return 0
    time = stamp(p, "%d %b %Y %H:%M:%S.") + "000"
    configured = any(not word.startswith("-") for word in p.argv[1:2])
    lines = [
        f"{p.pid}:C {time} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
        f"{p.pid}:C {time} * Redis version={version}, bits=64, commit=00000000, modified=0, pid={p.pid}, "
        "just started",
    ]
    if not configured:
        lines.append(
            f"{p.pid}:C {time} # Warning: no config file specified, using the default config. In order to "
            "specify a config file use redis-server /path/to/redis.conf"
        )
    lines += [
        f"{p.pid}:M {time} * monotonic clock: POSIX clock_gettime",
        f"{p.pid}:M {time} * Running mode=standalone, port=6379.",
        f"{p.pid}:M {time} * Server initialized",
        f"{p.pid}:M {time} * Ready to accept connections tcp",
    ]
    stay_up(p, "\n".join(lines) + "\n")


@program("redis-cli", package="redis", summary="Redis command line")
def client(p: Process) -> int:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if "--version" in p.argv or "-v" in p.argv:
        p.write(f"redis-cli {version_of(p, 'REDIS_VERSION', 'redis-server', '7.0.15')}\n")
        return 0
    if not is_running(p, "redis-server"):
        p.complain("Could not connect to Redis at 127.0.0.1:6379: Connection refused\n")
        return 1
    command = words[0].lower() if words else "ping"
    if command == "ping":
        p.write((words[1] if len(words) > 1 else "PONG") + "\n")
        return 0
    if command == "echo":
        p.write(" ".join(words[1:]) + "\n")
        return 0
    p.error("this simulated client only knows PING and ECHO")
    return 1
