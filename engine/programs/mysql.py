"""MySQL and MariaDB: the server, and the clients."""

from engine.programs.lib.servers import is_running, stay_up, version_of
from engine.programs.lib.stamps import stamp
from engine.shell.process import Process
from engine.shell.registry import program


@program("mysqld", "mariadbd", "mysqld_safe", package="mysql", summary="MySQL database server")
def server(p: Process) -> int:
    version = version_of(p, "MYSQL_VERSION", "mariadb-server", "8.4.11")
    if "--version" in p.argv or "-V" in p.argv:
        p.write(f"/usr/sbin/{p.name}  Ver {version} for Linux on x86_64 (GPL)\n")
        return 0
    time = stamp(p, "%Y-%m-%dT%H:%M:%S.%fZ")
    if p.files.user.uid == 0 and not any(word.startswith("--user") for word in p.argv):
        p.complain(
            f'{time} 0 [ERROR] [MY-010123] [Server] Fatal error: Please read "Security" section of '
            "the manual to find out how to run mysqld as root!\n"
        )
        return 1
    lines = (
        f"0 [System] [MY-015015] [Server] MySQL Server - start.\n{time} 0 [System] [MY-010116] [Server] "
        f"/usr/sbin/{p.name} (mysqld {version}) starting as process {p.pid}",
        "1 [System] [MY-013576] [InnoDB] InnoDB initialization has started.",
        "1 [System] [MY-013577] [InnoDB] InnoDB initialization has ended.",
        f"0 [System] [MY-010931] [Server] /usr/sbin/{p.name}: ready for connections. Version: '{version}'  "
        "socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL.",
    )
    stay_up(p, errors="".join(f"{time} {line}\n" for line in lines))


@program("mysql", "mariadb", "mysqladmin", "mysqldump", package="mysql", summary="MySQL clients")
def client(p: Process) -> int:
    version = version_of(p, "MYSQL_VERSION", "mariadb-client", "8.4.11")
    if "--version" in p.argv or "-V" in p.argv:
        p.write(f"{p.name}  Ver {version} for Linux on x86_64 (GPL)\n")
        return 0
    if not (is_running(p, "mysqld") or is_running(p, "mariadbd")):
        p.complain(
            "ERROR 2002 (HY000): Can't connect to local MySQL server through socket "
            "'/var/run/mysqld/mysqld.sock' (2)\n"
        )
        return 1
    if p.name == "mysqladmin" and "ping" in p.argv:
        p.write("mysqld is alive\n")
        return 0
    p.error("the simulated server answers no queries")
    return 1
