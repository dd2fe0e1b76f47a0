"""Small network tools: ping, nslookup, dig, host, nc, ssh, ssh-keygen, openssl, ip, ss."""

from base64 import b64encode
from collections.abc import Generator
from hashlib import md5, sha256

from engine.catalogue.world import ADDRESS, resolves
from engine.clock import SECOND
from engine.fs import FsError
from engine.shell.process import Process
from engine.shell.registry import program

_LOCAL = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1"}


def address_of(p: Process, host: str) -> str | None:
    """The address of a host name; None when nobody knows it."""
    if host in _LOCAL:
        return _LOCAL[host]
    if host == p.system.hostname:
        return "172.17.0.2"
    parts = host.split(".")
    if len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts):
        return host
    peer = p.system.find_peer(host, 0)
    if peer is not None:
        return peer.address
    return ADDRESS if p.system.network and resolves(host) else None


@program("ping", "ping6", package="iputils-ping", summary="send ICMP ECHO_REQUEST to network hosts")
def ping(p: Process) -> Generator[bytes, None, int]:
    count, host = 0, ""
    words = iter(p.argv[1:])
    for word in words:
        if word in ("-c", "-W", "-w", "-i", "-s", "-I"):
            value = next(words, "")
            if word == "-c":
                count = int(value) if value.isdigit() else 0
        elif word.startswith("-c") and word[2:].isdigit():
            count = int(word[2:])
        elif not word.startswith("-"):
            host = word
    if not host:
        p.complain("ping: usage error: Destination address required\n")
        return 2
    address = address_of(p, host)
    if address is None:
        if p.is_busybox:
            p.complain(f"ping: bad address '{host}'\n")
            return 1
        p.complain(f"ping: {host}: {'Name or service not known' if p.system.network else _NO_DNS}\n")
        return 2
    if not p.system.network and not address.startswith("127."):
        p.complain("ping: connect: Network is unreachable\n")
        return 2
    shown = min(count or 4, 100)
    yield f"PING {host} ({address}) 56(84) bytes of data.\n".encode()
    for number in range(1, shown + 1):
        p.budget.step()
        yield f"64 bytes from {address}: icmp_seq={number} ttl=63 time=0.{40 + number % 9} ms\n".encode()
        p.system.clock.advance(SECOND)
    yield (
        f"\n--- {host} ping statistics ---\n{shown} packets transmitted, {shown} received, 0% packet loss, "
        f"time {shown * 1000}ms\nrtt min/avg/max/mdev = 0.041/0.044/0.049/0.003 ms\n"
    ).encode()
    return 0


_NO_DNS = "Temporary failure in name resolution"


@program("nslookup", "dig", "host", package="dnsutils", summary="ask a name server")
def nslookup(p: Process) -> int:
    names = [word for word in p.argv[1:] if not word.startswith(("-", "+", "@"))]
    name = names[0] if names else "localhost"
    address = address_of(p, name)
    if p.name == "host":
        found = f"{name} has address {address}\n"
        p.write(found if address else f"Host {name} not found: 3(NXDOMAIN)\n")
    elif p.name == "dig":
        if "+short" in p.argv:
            p.write(f"{address}\n" if address else "")
        else:
            answer = f"\n;; ANSWER SECTION:\n{name}.\t\t300\tIN\tA\t{address}\n" if address else ""
            p.write(f"; <<>> DiG 9.18 <<>> {name}\n;; QUESTION SECTION:\n;{name}.\t\t\tIN\tA\n{answer}")
        return 0
    elif address:
        p.write(f"Server:\t\t127.0.0.11\nAddress:\t127.0.0.11#53\n\nName:\t{name}\nAddress: {address}\n\n")
    else:
        p.write(
            f"Server:\t\t127.0.0.11\nAddress:\t127.0.0.11#53\n\n** server can't find {name}: NXDOMAIN\n\n"
        )
    return 0 if address else 1


@program("nc", "netcat", "ncat", "telnet", package="netcat-openbsd", summary="arbitrary TCP connections")
def nc(p: Process) -> int:
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if len(words) < 2:
        p.complain(f"usage: {p.name} [-zv] [destination] [port]\n")
        return 1
    host, port = words[0], words[1]
    address = address_of(p, host)
    if address is None:
        p.complain(f'{p.name}: getaddrinfo for host "{host}" port {port}: Name or service not known\n')
        return 1
    if address.startswith("127.") or port not in ("80", "443"):
        p.complain(f"{p.name}: connect to {host} ({address}) port {port} (tcp) failed: Connection refused\n")
        return 1
    if any("v" in word for word in p.argv[1:] if word.startswith("-")):
        p.complain(f"Connection to {host} ({address}) {port} port [tcp/*] succeeded!\n")
    return 0


@program("ssh", "scp", "sftp", package="openssh-client", summary="remote login")
def ssh(p: Process) -> int:
    if "-V" in p.argv:
        p.complain("OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17\n")
        return 0
    words = [word for word in p.argv[1:] if not word.startswith("-")]
    if not words:
        p.complain("usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] destination [command [argument ...]]\n")
        return 255
    host = words[0].rpartition("@")[2].partition(":")[0]
    if address_of(p, host) is None:
        p.complain(f"ssh: Could not resolve hostname {host}: Name or service not known\n")
    elif host == "github.com":
        p.complain("git@github.com: Permission denied (publickey).\n")
    else:
        p.complain(f"ssh: connect to host {host} port 22: Connection refused\n")
    return 255


@program("ssh-keyscan", package="openssh-client", summary="gather SSH public keys")
def ssh_keyscan(p: Process) -> int:
    for host in [word for word in p.argv[1:] if not word.startswith("-")]:
        if address_of(p, host) is None:
            p.complain(f"getaddrinfo {host}: Name or service not known\n")
            continue
        key = b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + sha256(host.encode()).digest()).decode()
        p.write(f"{host} ssh-ed25519 {key}\n")
    return 0


@program("ssh-keygen", package="openssh-client", summary="authentication key generation")
def ssh_keygen(p: Process) -> int:
    words = p.argv[1:]

    def value(option: str, default: str) -> str:
        return words[words.index(option) + 1] if option in words[:-1] else default

    kind = value("-t", "ed25519")
    if "-A" in words:
        p.files.make_dirs("/etc/ssh")
        p.write("ssh-keygen: generating new host keys: RSA ECDSA ED25519 \n")
        for name in ("rsa", "ecdsa", "ed25519"):
            _write_key(p, f"/etc/ssh/ssh_host_{name}_key", name, "root@" + p.system.hostname)
        return 0
    path = value("-f", f"{p.env.get('HOME', '/root')}/.ssh/id_{kind}")
    if "-f" not in words and p.stdin.is_terminal:
        p.write(f"Generating public/private {kind} key pair.\n")
        typed = p.stdin.read_line().decode("utf-8", "replace").strip()
        path = typed or path
    elif "-q" not in words:
        p.write(f"Generating public/private {kind} key pair.\n")
    folder = path.rpartition("/")[0]
    if folder and not p.files.is_dir(folder):
        p.files.make_dirs(folder, 0o700)
        p.write(f"Created directory '{folder}'.\n")
    user = p.accounts.user_name(p.files.user.uid)
    comment = value("-C", f"{user}@{p.system.hostname}")
    try:
        fingerprint = _write_key(p, path, kind, comment)
    except FsError as error:
        p.complain(f'Saving key "{path}" failed: {error.reason}\n')
        return 1
    if "-q" not in words:
        p.write(
            f"Your identification has been saved in {path}\nYour public key has been saved in {path}.pub\n"
            f"The key fingerprint is:\nSHA256:{fingerprint} {comment}\n"
        )
    return 0


def _write_key(p: Process, path: str, kind: str, comment: str) -> str:
    p.system.serial += 1
    seed = sha256(f"{p.system.random_seed}:{p.system.serial}:{path}".encode()).digest()
    public = b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + seed).decode()
    body = b64encode(b"openssh-key-v1\0" + b"simulated key, opens nothing " + seed * 4).decode()
    lines = "\n".join(body[start : start + 70] for start in range(0, len(body), 70))
    text = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{lines}\n-----END OPENSSH PRIVATE KEY-----\n"
    p.files.write(path, text.encode(), 0o600)
    p.files.write(path + ".pub", f"ssh-{kind} {public} {comment}\n".encode(), 0o644)
    return b64encode(sha256(seed).digest()).decode().rstrip("=")


@program("openssl", package="openssl", summary="OpenSSL command line tool")
def openssl(p: Process) -> Generator[bytes, None, int]:
    words = p.argv[1:]
    command = words[0] if words else "help"
    if command == "version":
        yield b"OpenSSL 3.0.17 1 Jul 2026 (Library: OpenSSL 3.0.17 1 Jul 2026)\n"
        return 0
    if command == "rand":
        count = next((int(word) for word in words[1:] if word.isdigit()), 0)
        if not 0 < count <= 1 << 20:
            p.complain("Usage: rand [options] num\n")
            return 1
        p.system.serial += 1
        seed = f"{p.system.random_seed}:{p.system.serial}".encode()
        blocks = -(-count // 32)
        data = b"".join(sha256(seed + n.to_bytes(4)).digest() for n in range(blocks))[:count]
        if "-hex" in words:
            yield data.hex().encode() + b"\n"
        elif "-base64" in words:
            text = b64encode(data).decode()
            yield "".join(text[at : at + 64] + "\n" for at in range(0, len(text), 64)).encode()
        else:
            yield data
        return 0
    if command in ("dgst", "sha256", "md5"):
        kind = "md5" if "-md5" in words or command == "md5" else "sha256"
        for path in [word for word in words[1:] if not word.startswith("-")]:
            hasher = md5() if kind == "md5" else sha256()
            for chunk in p.files.chunks(path):
                hasher.update(chunk)
            yield f"{kind.upper()}({path})= {hasher.hexdigest()}\n".encode()
        return 0
    if command in ("req", "genrsa", "genpkey", "x509", "ecparam"):
        p.system.serial += 1
        noise = sha256(f"{p.system.random_seed}:{p.system.serial}".encode()).hexdigest()
        body = b64encode(noise.encode()).decode()
        for option, title in (("-keyout", "PRIVATE KEY"), ("-out", "CERTIFICATE")):
            if option in words[:-1]:
                label = "PRIVATE KEY" if command.startswith("gen") else title
                text = f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"
                p.files.write(words[words.index(option) + 1], text.encode(), 0o600)
        return 0
    p.complain(f"Invalid command '{command}'; type \"help\" for a list.\n")
    return 1


@program("ip", "ifconfig", package="iproute2", summary="show network interfaces")
def interfaces(p: Process) -> int:
    lines = ["1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN\n    inet 127.0.0.1/8 scope host lo\n"]
    if p.system.network:
        lines.append(
            "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP\n"
            "    inet 172.17.0.2/16 brd 172.17.255.255 scope global eth0\n"
        )
    if "route" in p.argv or "r" in p.argv[1:2]:
        p.write("default via 172.17.0.1 dev eth0\n172.17.0.0/16 dev eth0 scope link src 172.17.0.2\n")
    else:
        p.write("".join(lines))
    return 0


@program("ss", "netstat", package="iproute2", summary="show sockets")
def sockets(p: Process) -> int:
    p.write("Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port\n")
    ports = {"nginx": 80, "httpd": 80, "apache2": 80, "redis-server": 6379, "postgres": 5432, "mysqld": 3306}
    for _, _, command in p.system.processes:
        name = command.split(" ")[0].rpartition("/")[2].rstrip(":")
        if name in ports:
            p.write(f"tcp   LISTEN 0      511          0.0.0.0:{ports[name]}        0.0.0.0:*\n")
    return 0
