"""Root file systems of distributions: the bottom layer of nearly every image.

Debian's two are real listings; its older releases and Ubuntu are made from them, Fedora and its kin from a
skeleton of CentOS 7. What only these functions know are the files a distribution is recognised by.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from engine.catalogue.debian import NOTE, filler, plain_file, release
from engine.catalogue.files import read_json, read_text
from engine.catalogue.programs import program_for
from engine.fs import Content, Directory, Entry, File, Hardlink, Symlink, program_stub

Tree = dict[str, Entry]


def base_tree(name: str) -> Tree:
    """The root file system called ``name``, e.g. ``debian-bookworm-slim``; raises KeyError."""
    family, _, rest = name.partition("-")
    return _FAMILIES[family](rest)


def _listing(name: str, texts: Mapping[str, str], slim: bool = False) -> Tree:
    """The tree of ``data/trees/NAME.tsv.gz`` with the contents that are known."""
    tree: Tree = {}
    for line in read_text(f"trees/{name}.tsv.gz").splitlines()[1:]:
        path, kind, mode_text, uid, gid, size, link, *in_slim = line.split("\t")
        if slim and in_slim == ["0"]:
            continue
        mode, path = int(mode_text, 8), path.lstrip("/")
        owner = (int(uid), int(gid))
        if kind == "d":
            tree[path] = Directory(mode, *owner)
        elif kind == "l":
            tree[path] = Symlink(link, *owner)
        elif kind == "h":
            tree[path] = Hardlink(link.lstrip("/"))
        elif kind == "f":
            text = texts.get("/" + path)
            content = plain_file(path, int(size), mode=mode).content if text is None else _text(text)
            tree[path] = File(content, mode, *owner)
    return tree


def _text(text: str) -> Content:
    return Content(text.encode())


def _put_texts(tree: Tree, texts: Mapping[str, str]) -> None:
    for path, text in texts.items():
        bare = path.lstrip("/")
        known = tree.get(bare)
        if isinstance(known, Symlink):
            continue
        mode = known.mode if isinstance(known, File) else 0o644
        tree[bare] = File(_text(text), mode)
        parent = bare.rpartition("/")[0]
        while parent and parent not in tree:
            tree[parent] = Directory()
            parent = parent.rpartition("/")[0]


# ---------------------------------------------------------------------- Debian and Ubuntu


def _debian(rest: str) -> Tree:
    codename, _, variant = rest.partition("-")
    slim = variant == "slim"
    source = codename if codename in ("bookworm", "trixie") else "bookworm"
    texts: dict[str, str] = read_json("texts.json.gz")[f"debian-{source}"]
    tree = _listing(f"debian-{source}", texts, slim)
    _put_texts(tree, {path: text for path, text in texts.items() if path.lstrip("/") in tree})
    if not slim:
        tree.pop("etc/dpkg/dpkg.cfg.d/docker", None)
    if codename != source:
        _put_texts(tree, _DEBIAN_TEXTS[codename])
        tree.pop("etc/apt/sources.list.d/debian.sources", None)
        _split_usr(tree)
    _package_database(tree, codename)
    return tree


def _old_debian(version: str, codename: str, pretty: str) -> dict[str, str]:
    suites = [
        f"deb http://deb.example/debian {codename} main",
        f"deb http://deb.example/debian {codename}-updates main",
        f"deb http://deb.example/debian-security {codename}/updates main",
    ]
    major = version.partition(".")[0]
    return {
        "/etc/debian_version": version + "\n",
        "/usr/lib/os-release": (
            f'PRETTY_NAME="Debian GNU/Linux {major} ({codename})"\nNAME="Debian GNU/Linux"\n'
            f'VERSION_ID="{major}"\nVERSION="{major} ({codename})"\nID=debian\n'
            'HOME_URL="https://deb.example/"\nSUPPORT_URL="https://deb.example/support"\n'
            'BUG_REPORT_URL="https://deb.example/"\n'
        ),
        "/etc/issue": f"Debian GNU/Linux {pretty} \\n \\l\n\n",
        "/etc/issue.net": f"Debian GNU/Linux {pretty}\n",
        "/etc/apt/sources.list": "\n".join(suites) + "\n",
    }


_DEBIAN_TEXTS = {
    "stretch": _old_debian("9.3", "stretch", "9"),
    "jessie": _old_debian("8.10", "jessie", "8"),
    "wheezy": _old_debian("7.11", "wheezy", "7"),
}


def _ubuntu(codename: str) -> Tree:
    version, name, pretty = _UBUNTU[codename]
    old = codename in ("trusty", "xenial", "bionic")
    modern = codename in ("noble", "resolute")
    texts: dict[str, str] = read_json("texts.json.gz")["debian-bookworm"]
    tree = _listing("debian-bookworm", texts, slim=not old)
    _put_texts(tree, {path: text for path, text in texts.items() if path.lstrip("/") in tree})
    for path in ("etc/debian_version", "etc/dpkg/origins/debian"):
        tree.pop(path, None)
    for path in [path for path in tree if "debian-archive" in path or path.endswith("debian.sources")]:
        del tree[path]
    tree["etc/dpkg/origins/default"] = Symlink("ubuntu")
    excludes = tree.pop("etc/dpkg/dpkg.cfg.d/docker", None)
    if excludes is not None and not old:
        tree["etc/dpkg/dpkg.cfg.d/excludes"] = excludes
    about = release(codename)
    suites = [codename, f"{codename}-updates", f"{codename}-backports"]
    texts_here = {
        "/usr/lib/os-release": (
            f'PRETTY_NAME="Ubuntu {pretty}"\nNAME="Ubuntu"\nVERSION_ID="{version}"\n'
            f'VERSION="{pretty} ({name})"\nVERSION_CODENAME={codename}\nID=ubuntu\nID_LIKE=debian\n'
            'HOME_URL="https://www.ubuntu.com/"\nSUPPORT_URL="https://help.ubuntu.com/"\n'
            f"UBUNTU_CODENAME={codename}\n"
        ),
        "/etc/lsb-release": (
            f"DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE={version}\nDISTRIB_CODENAME={codename}\n"
            f'DISTRIB_DESCRIPTION="Ubuntu {pretty}"\n'
        ),
        "/etc/debian_version": _UBUNTU_DEBIAN[codename] + "\n",
        "/etc/issue": f"Ubuntu {pretty} \\n \\l\n\n",
        "/etc/issue.net": f"Ubuntu {pretty}\n",
        "/etc/dpkg/origins/ubuntu": "Vendor: Ubuntu\nVendor-URL: https://www.ubuntu.com/\nParent: Debian\n",
    }
    if modern:
        texts_here["/etc/apt/sources.list.d/ubuntu.sources"] = (
            f"Types: deb\nURIs: {about.archive}/\nSuites: {' '.join(suites)}\n"
            f"Components: {about.components}\n"
            "Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg\n\n"
            f"Types: deb\nURIs: {about.security}/\nSuites: {codename}-security\n"
            f"Components: {about.components}\n"
            "Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg\n"
        )
    else:
        lines = [f"deb {about.archive}/ {suite} {about.components}" for suite in suites[:2]]
        lines.append(f"deb {about.security}/ {codename}-security {about.components}")
        texts_here["/etc/apt/sources.list"] = "\n".join(lines) + "\n"
    _put_texts(tree, texts_here)
    if modern:
        _append(tree, "etc/passwd", "ubuntu:x:1000:1000:Ubuntu:/home/ubuntu:/bin/bash\n")
        _append(tree, "etc/group", "ubuntu:x:1000:\n")
        tree["home/ubuntu"] = Directory(0o750, 1000, 1000)
    if old:
        _split_usr(tree)
    _package_database(tree, codename)
    return tree


_UBUNTU = {
    "resolute": ("26.04", "Resolute Raccoon", "26.04 LTS"),
    "noble": ("24.04", "Noble Numbat", "24.04.3 LTS"),
    "jammy": ("22.04", "Jammy Jellyfish", "22.04.5 LTS"),
    "bionic": ("18.04", "Bionic Beaver", "Bionic Beaver (development branch)"),
    "xenial": ("16.04", "Xenial Xerus", "16.04.3 LTS"),
    "trusty": ("14.04", "Trusty Tahr", "14.04.5 LTS"),
}
_UBUNTU_DEBIAN = {
    "resolute": "forky/sid",
    "noble": "trixie/sid",
    "jammy": "bookworm/sid",
    "bionic": "buster/sid",
    "xenial": "stretch/sid",
    "trusty": "jessie/sid",
}


def _append(tree: Tree, path: str, text: str) -> None:
    known = tree[path]
    assert isinstance(known, File)
    tree[path] = File(Content(known.content.head + text.encode()), known.mode, known.uid, known.gid)


@cache
def outside_usr(directory: str) -> frozenset[str]:
    """Commands that lived in /bin (``bin``) or /sbin (``sbin``) before /usr was merged."""
    return frozenset(read_json("split-usr.json")[directory])


def _split_usr(tree: Tree) -> None:
    """Before /usr was merged, /bin, /sbin and /lib were directories of their own."""
    for name in ("bin", "sbin", "lib", "lib64"):
        if isinstance(tree.get(name), Symlink):
            tree[name] = Directory()
    moved = {f"usr/bin/{name}": f"bin/{name}" for name in outside_usr("bin")}
    moved["usr/lib64/ld-linux-x86-64.so.2"] = "lib64/ld-linux-x86-64.so.2"
    for path in list(tree):
        if path.startswith("usr/sbin/") and path.rpartition("/")[2] in outside_usr("sbin"):
            moved[path] = path.removeprefix("usr/")
        if path.startswith("usr/lib/x86_64-linux-gnu/lib") and path.rpartition("/")[2].startswith(
            ("libc.", "libm.", "libdl", "libpthread", "libtinfo", "libselinux", "libz.", "libpcre")
        ):
            moved[path] = path.removeprefix("usr/")
    tree["lib/x86_64-linux-gnu"] = Directory()
    for old, new in moved.items():
        if old in tree:
            tree[new] = tree.pop(old)


def _package_database(tree: Tree, codename: str) -> None:
    """dpkg's status file and file lists, for what the base holds."""
    about = release(codename)
    stanzas = []
    for name in sorted(about.base):
        package = about.packages[name]
        stanzas.append(package.stanza)
        listed = [path for path in package.paths if path.lstrip("/") in tree or path == "/."]
        for title in (f"{name}.list", f"{name}:amd64.list"):
            path = f"var/lib/dpkg/info/{title}"
            if path in tree:
                tree[path] = File(Content(("\n".join(listed) + "\n").encode()))
                break
        else:
            tree[f"var/lib/dpkg/info/{name}.list"] = File(Content(("\n".join(listed) + "\n").encode()))
    tree["var/lib/dpkg/status"] = File(Content(("\n".join(stanzas) + "\n").encode()))
    tree["var/lib/dpkg/status-old"] = tree["var/lib/dpkg/status"]


# ---------------------------------------------------------------------- Alpine and BusyBox


def _alpine(version: str) -> Tree:
    texts: dict[str, str] = dict(read_json("texts.json.gz")["alpine"])
    branch = ".".join(version.split(".")[:2])
    texts["/etc/alpine-release"] = version + "\n"
    texts["/usr/lib/os-release"] = (
        f'NAME="Alpine Linux"\nID=alpine\nVERSION_ID={version}\nPRETTY_NAME="Alpine Linux v{branch}"\n'
        'HOME_URL="https://alpinelinux.org/"\n'
    )
    texts["/etc/apk/repositories"] = (
        f"https://apk.example/alpine/v{branch}/main\nhttps://apk.example/alpine/v{branch}/community\n"
    )
    texts["/etc/issue"] = f"Welcome to Alpine Linux {branch}\nKernel \\r on an \\m (\\l)\n\n"
    texts.pop("/etc/os-release", None)
    tree = _listing("alpine", texts)
    tree["etc/os-release"] = Symlink("../usr/lib/os-release")
    _put_texts(tree, texts)
    tree["var/lib"] = Directory()
    rows: list[list[Any]] = read_json("texts.json.gz")["alpine:apk-info"]
    installed = "".join(
        f"P:{name}\nV:{revision}\nA:x86_64\nS:{size * 400}\nI:{size * 1024}\nT:{name}\n\n"
        for name, revision, size in rows
    )
    tree["lib/apk/db/installed"] = File(Content(installed.encode()))
    return tree


def _busybox(_: str) -> Tree:
    texts: dict[str, str] = read_json("texts.json.gz")["busybox"]
    tree = _listing("busybox", texts)
    for path, entry in list(tree.items()):
        if isinstance(entry, File) and path.startswith("bin/"):
            mode = entry.mode
            tree[path] = File(program_stub(_busybox_name(path), entry.content.size), mode)
    return tree


def _busybox_name(path: str) -> str:
    name = path.rpartition("/")[2]
    return "busybox" if name == "[" else program_for(name)


# ---------------------------------------------------------------------- CentOS and its kin


def _centos7(_: str) -> Tree:
    texts: dict[str, str] = read_json("texts.json.gz")["centos7"]
    tree = _listing("centos7", texts)
    _put_texts(tree, texts)
    _put_texts(tree, {"/etc/yum.repos.d/CentOS-Base.repo": _CENTOS_REPO})
    _rpm_database(tree, "centos7", "var/lib/rpm/Packages")
    _fill_red_hat(tree)
    return tree


_RPM_KEYS = "/etc/pki/rpm-gpg"
_CENTOS_REPO = "".join(
    f"[{name}]\nname=CentOS-$releasever - {title}\n"
    f"mirrorlist=http://yum.example/centos/?release=$releasever&arch=$basearch&repo={name}\n"
    f"#baseurl=http://yum.example/centos/$releasever/{name}/$basearch/\ngpgcheck=1\n"
    f"gpgkey=file://{_RPM_KEYS}/RPM-GPG-KEY-CentOS-7\n\n"
    for name, title in (("base", "Base"), ("updates", "Updates"), ("extras", "Extras"))
)

_RED_HAT = {
    "fedora": ("Fedora Linux", "44 (Container Image)", "fedora", "44", "Fedora release 44 (Forty Four)"),
    "almalinux9": (
        "AlmaLinux",
        "9.8 (Olive Jaguar)",
        "almalinux",
        "9.8",
        "AlmaLinux release 9.8 (Olive Jaguar)",
    ),
    "amazonlinux": ("Amazon Linux", "2023", "amzn", "2023", "Amazon Linux release 2023 (Amazon Linux)"),
    "oraclelinux9": ("Oracle Linux Server", "9.8", "ol", "9.8", "Oracle Linux Server release 9.8"),
}


def _red_hat(name: str) -> Tree:
    texts: dict[str, str] = read_json("texts.json.gz")["centos7"]
    title, version, identity, number, line = _RED_HAT[name]
    tree = _listing("centos7", texts)
    _put_texts(tree, texts)
    for path in [path for path in tree if "entos" in path or "python2" in path or "2.17" in path]:
        del tree[path]
    for path in ("usr/bin/python", "etc/yum.conf"):
        tree.pop(path, None)
    manager = "microdnf" if name == "oraclelinux9" else "dnf"
    tree[f"usr/bin/{manager}-3" if manager == "dnf" else "usr/bin/microdnf"] = File(
        program_stub(manager, 1954 if manager == "dnf" else 151_000), 0o755
    )
    if manager == "dnf":
        tree["usr/bin/dnf"] = Symlink("dnf-3")
        tree["usr/bin/yum"] = Symlink("dnf-3")
        tree["usr/bin/python3"] = File(program_stub("python3", 15_440), 0o755)
    else:
        tree.pop("usr/bin/yum", None)
    tree["usr/lib64/libc.so.6"] = File(filler(2_250_000), 0o755)
    releasever = number.partition(".")[0]
    _put_texts(
        tree,
        {
            "/etc/os-release": (
                f'NAME="{title}"\nVERSION="{version}"\nID="{identity}"\nID_LIKE="rhel fedora"\n'
                f'VERSION_ID="{number}"\nPRETTY_NAME="{title} {version}"\n'
            ),
            "/etc/system-release": line + "\n",
            "/etc/redhat-release": line + "\n",
            f"/etc/{identity}-release": line + "\n",
            "/etc/dnf/dnf.conf": "[main]\ngpgcheck=1\ninstallonly_limit=3\n",
            f"/etc/yum.repos.d/{identity}.repo": (
                f"[baseos]\nname={title} {releasever} - BaseOS\n"
                f"baseurl=http://yum.example/{identity}/{releasever}/baseos/$basearch/\ngpgcheck=1\n\n"
                f"[appstream]\nname={title} {releasever} - AppStream\n"
                f"baseurl=http://yum.example/{identity}/{releasever}/appstream/$basearch/\ngpgcheck=1\n"
            ),
        },
    )
    _rpm_database(tree, name, "var/lib/rpm/rpmdb.sqlite")
    _fill_red_hat(tree)
    return tree


RPM_MARK = b"Layer Lab package database\n"


def _rpm_database(tree: Tree, name: str, path: str) -> None:
    """The package database: one line a package in front, then bytes up to a database's usual size."""
    for old in [old for old in tree if old.startswith("var/lib/rpm/")]:
        del tree[old]
    rows: list[list[Any]] = read_json("rpm-base.json")["centos7" if name == "centos7" else "el9"]
    lines = "".join("\t".join(str(cell) for cell in row) + "\n" for row in rows)
    head = RPM_MARK + lines.encode()
    tree[path] = File(Content(head, 11_800_000 if name == "centos7" else 14_200_000))
    if name == "centos7":
        for index, size in (("Basenames", 1_970_176), ("Name", 20_480), ("Providename", 290_816)):
            tree[f"var/lib/rpm/{index}"] = File(filler(size))
    tree["var/lib/rpm"] = Directory()


def _fill_red_hat(tree: Tree) -> None:
    """Libraries and data every such system has, so that its size is not one file's."""
    for path, size in (
        ("usr/lib64/libdb-5.3.so", 1_851_616),
        ("usr/lib64/libglib-2.0.so.0", 1_156_656),
        ("usr/lib64/libgnutls.so.28", 1_302_000),
        ("usr/lib64/libsystemd.so.0", 162_000),
        ("usr/lib64/libxml2.so.2", 1_509_376),
        ("usr/lib/systemd/systemd", 1_628_608),
        ("usr/share/zoneinfo/Europe/Paris", 2_962),
        ("usr/share/cracklib/pw_dict.pwd", 9_000_000),
        ("usr/share/misc/magic", 2_500_000),
        ("etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", 216_000),
    ):
        tree.setdefault(path, File(filler(size), 0o755 if ".so" in path else 0o644))
        parent = path.rpartition("/")[0]
        while parent and parent not in tree:
            tree[parent] = Directory()
            parent = parent.rpartition("/")[0]


def _minimal(_: str) -> Tree:
    return {}


_FAMILIES: dict[str, Callable[[str], Tree]] = {
    "debian": _debian,
    "ubuntu": _ubuntu,
    "alpine": _alpine,
    "busybox": _busybox,
    "centos7": _centos7,
    "redhat": _red_hat,
    "minimal": _minimal,
}

__all__ = ["NOTE", "RPM_MARK", "Tree", "base_tree"]
