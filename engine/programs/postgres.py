"""PostgreSQL: the server, and the client programs lessons call."""

from engine.programs.lib.servers import is_running, stay_up, version_of
from engine.programs.lib.stamps import stamp
from engine.shell.process import Process
from engine.shell.registry import program


@program("postgres", package="postgresql", summary="PostgreSQL database server")
def postgres(p: Process) -> int:
    version = version_of(p, "PG_VERSION", "postgresql", "16.4")
    if "--version" in p.argv or "-V" in p.argv:
        p.write(f"postgres (PostgreSQL) {version}\n")
        return 0
    if p.files.user.uid == 0:
        p.complain(
            '"root" execution of the PostgreSQL server is not permitted.\n'
            "The server must be started under an unprivileged user ID to prevent\n"
            "possible system security compromise.  See the documentation for\n"
            "more information on how to properly start the server.\n"
        )
        return 1
    data = p.env.get("PGDATA", "/var/lib/postgresql/data")
    if not p.files.is_dir(data):
        p.complain(f'postgres: could not access directory "{data}": No such file or directory\n')
        return 2
    time = stamp(p, "%Y-%m-%d %H:%M:%S.") + "000 UTC"
    lines = (
        f"starting PostgreSQL {version} on x86_64-pc-linux-gnu, compiled by gcc, 64-bit",
        'listening on IPv4 address "0.0.0.0", port 5432',
        'listening on IPv6 address "::", port 5432',
        'listening on Unix socket "/var/run/postgresql/.s.PGSQL.5432"',
        "database system is ready to accept connections",
    )
    stay_up(p, errors="".join(f"{time} [{p.pid}] LOG:  {line}\n" for line in lines))


@program(
    "psql", "pg_isready", "createdb", "pg_dump", package="postgresql-client", summary="PostgreSQL client"
)
def client(p: Process) -> int:
    if "--version" in p.argv or "-V" in p.argv:
        p.write(f"{p.name} (PostgreSQL) {version_of(p, 'PG_VERSION', 'postgresql-client', '16.4')}\n")
        return 0
    running = is_running(p, "postgres")
    if p.name == "pg_isready":
        p.write(f"/var/run/postgresql:5432 - {'accepting connections' if running else 'no response'}\n")
        return 0 if running else 2
    if not running:
        p.complain(
            f'{p.name}: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: '
            "No such file or directory\n"
            "\tIs the server running locally and accepting connections on that socket?\n"
        )
        return 2
    p.error("the simulated server answers no queries")
    return 2
