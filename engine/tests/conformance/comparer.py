"""Compares what the engine answers with what was recorded: masks, canonical forms, levels.

A step passes on a level when the texts are equal once ids, ages, random names and timings are masked;
BuildKit's progress, ``docker diff``, push, pull and prune are compared as sets, because their order is
free. So are the rows of ``docker images -a``: real Docker sorts a Go map by whole seconds, and the images
of one build, or of one set-up, are listed in random order within their second. So are the build checks
listed after a build: the recordings show them in no order, neither by line nor by rule.
"""

import json
import re

EXTRA_LEVELS = ["content", "identity"]  # reported, do not decide
UNIT_LEVELS = ["outcome", "value"]

# ------------------------------------------------------------------ masks
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
AGE = re.compile(
    r"\b(Less than a second|About a minute|About an hour|\d+ (?:second|minute|hour|day|week|month|year)s?)"
    r"(?= ago\b|\b)"
)
STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:?\d\d)?(?: UTC)?")
IDS = re.compile(r"sha256:[0-9a-f]{64}|\b[0-9a-f]{64}\b|\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b")
BKID = re.compile(r"(?<![0-9a-z])(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{25}(?![0-9a-z])")  # BuildKit record ids
SUMS = re.compile(r"\b(file|dir|multi):[0-9a-f]{4,64}")


def mask_misc(s):
    s = SUMS.sub(lambda m: m.group(1) + ":<sum>", s)
    s = re.sub(r"\bref [0-9a-z-]{20,}::[0-9a-z]{20,}", "ref <ref>", s)
    s = BKID.sub("<ref>", s)
    s = re.sub(r"(/overlay2/)[0-9a-z]{20,}(-init)?", r"\1<dir>", s)
    s = STAMP.sub("<time>", s)
    s = AGE.sub("<age>", s)
    s = re.sub(r"(Up|Restarting \(\d+\)) <age>", r"\1 <age>", s)
    return s


def mask_ids(s):
    return IDS.sub(lambda m: "sha256:<id>" if m.group(0).startswith("sha256:") else "<id>", s)


def ids_of(s):
    return [m.group(0).split(":")[-1][:12] for m in IDS.finditer(s)]


# ------------------------------------------------------------------ stdout / stderr canonical form
HEAD = re.compile(r"^[A-Z][A-Z0-9 .()/%]*?(?: {2,}[A-Z][A-Z0-9 ()/%]*?)+ *$")
RANDNAME = re.compile(r"^[a-z]+_[a-z]+\d?$")


def table(lines):
    head = lines[0].rstrip()
    starts = [m.start() for m in re.finditer(r"(?:^|(?<=  ))\S", head)]
    names = [head[a:b].strip() for a, b in zip(starts, [*starts[1:], len(head)], strict=False)]
    rows, ok = [], True
    for line in lines:
        cells = []
        for i, a in enumerate(starts):
            b = starts[i + 1] if i + 1 < len(starts) else max(len(line), a)
            cells.append(line[a:b])
            if a and len(line) > a and line[a - 1] != " ":
                return None, None  # a cell with a line break: not a grid
        rows.append([c.strip() for c in cells])
    for i in range(len(starts) - 1):
        if starts[i + 1] - starts[i] != max(10, max(len(r[i]) for r in rows) + 3):
            ok = False
    out = []
    for r in rows:
        r = [mask_misc(c) for c in r]
        for i, n in enumerate(names):
            if n == "NAMES" and RANDNAME.match(r[i]):
                r[i] = "<name>"
            if n == "CACHE ID" and r[i] != n:
                r[i] = "<ref>"
            if n.startswith("CREATED") and n != "CREATED BY" and r is not rows[0] and r[i] != n:
                r[i] = "<age>"
        out.append(" | ".join(r))
    if names[0] == "CACHE ID":
        out[1:] = sorted(out[1:])
    return out, ok


VOLATILE = {
    "Created",
    "CreatedAt",
    "CreatedSince",
    "LastTagTime",
    "StartedAt",
    "FinishedAt",
    "Pid",
    "DockerVersion",
    "RunningFor",
    "Status",
    "Data",
    "UniqueSize",
    "LastUpdated",
}
CONTAINER_KEYS = {
    "Id",
    "Created",
    "Path",
    "Args",
    "Image",
    "Name",
    "RestartCount",
    "Driver",
    "Platform",
    "Mounts",
    "Config",
    "State",
}


def jcanon(v, key=None):
    if isinstance(v, dict):
        if "State" in v and isinstance(v["State"], dict):
            v = {k: x for k, x in v.items() if k in CONTAINER_KEYS}
        if key == "State":
            v = {
                k: x
                for k, x in v.items()
                if k in ("Status", "Running", "Paused", "ExitCode", "StartedAt", "FinishedAt")
            }
        return {k: ("<volatile>" if k in VOLATILE else jcanon(x, k)) for k, x in v.items()}
    if isinstance(v, list):
        return [jcanon(x, key) for x in v]
    if isinstance(v, str):
        return "<name>" if key in ("Name", "Names") and RANDNAME.match(v.lstrip("/")) else mask_misc(v)
    return v


STEPNO = re.compile(r"\[((?:\S+ )?)\d+/\d+\]")


def progress(text):
    """BuildKit plain progress -> (sorted vertex lines, remaining lines in order, [(name, status)])."""
    names, logs, status, order, rest = {}, {}, {}, [], []
    for line in text.split("\n"):
        m = re.match(r"^#(\d+) (.*)$", line)
        if not m:
            if re.match(r"^#\d+$", line):
                continue
            rest.append(re.sub(r"^\d+\.\d+ ?", "<t> ", line.rstrip()))
            continue
        n, t = m.group(1), m.group(2)
        if n not in names:
            names[n] = t
            logs[n] = []
            order.append(n)
            continue
        if t == names[n] or not t.strip():
            continue
        if re.match(r"^(DONE|CACHED|CANCELED|ERROR)\b", t):
            status[n] = re.sub(r" \d+(\.\d+)?s$", "", t)
            continue
        if re.match(r"^\d+\.\d+ ", t) or re.match(r"^\d+\.\d+$", t):
            logs[n].append("> " + re.sub(r"^\d+\.\d+ ?", "", t))
            continue
        if re.match(r"^(\.\.\.|sha256:|extracting |resolve )", t):
            continue
        t = re.sub(r"\s*\b\d+(\.\d+)?s\b", "", t)
        t = re.sub(r"^(transferring \w+:) \S+", r"\1 <size>", t)
        if not t.endswith("done"):
            continue
        if t not in logs[n]:
            logs[n].append(t)
    vs = sorted(
        (mask_misc(names[n]), mask_misc(status.get(n, "")), *[mask_misc(x) for x in logs[n]]) for n in order
    )
    rest = [mask_misc(x) for x in rest]
    warned = [i for i, x in enumerate(rest) if x.startswith(" - ")]
    for i, x in zip(warned, sorted(rest[i] for i in warned), strict=True):
        rest[i] = x
    while rest and not rest[0].strip():
        rest.pop(0)
    rest = [x for i, x in enumerate(rest) if x or (i and rest[i - 1])]
    while rest and not rest[-1]:
        rest.pop()
    return (
        ["|".join(v) for v in vs],
        rest,
        [(names[n], status.get(n, "").split(":")[0].split(" ")[0]) for n in order],
    )


def canon(cmd, text):
    """-> (text with ids still in, table layout flag or None)"""
    text = ANSI.sub("", (text or "").replace("\r\n", "\n"))
    if re.search(r"^#\d+ (\[|building with)", text, re.M):
        v, rest, _ = progress(text)
        return "\n".join([*v, "--", *rest]), None
    s = text.strip()
    if s[:1] in "[{" and s:
        try:
            return json.dumps(jcanon(json.loads(s)), sort_keys=True, indent=1, ensure_ascii=False), None
        except ValueError:
            pass
        try:
            return "\n".join(
                json.dumps(jcanon(json.loads(line)), ensure_ascii=False)
                for line in s.split("\n")
                if line.strip()
            ), None
        except ValueError:
            pass
    if re.match(r"^docker (container )?diff\b", cmd or ""):
        return "\n".join(sorted(mask_misc(text).split("\n"))).strip("\n"), None
    if re.match(r"^docker (builder|buildx) prune\b", cmd or ""):
        return "\n".join(
            sorted(re.sub(r"\s+", " ", mask_misc(line)).strip() for line in text.strip().split("\n"))
        ), None
    if re.match(r"^docker (image )?(push|pull)\b", cmd or ""):  # layers are transferred in parallel
        ls = [
            re.sub(r" size: \d+$", " size: <n>", mask_misc(line.rstrip()))
            for line in text.strip().split("\n")
        ]
        ls = [
            line
            for line in ls
            if not re.search(
                r": (Waiting|Verifying Checksum|Download complete|Downloading.*|Extracting.*|Pushing.*)$",
                line,
            )
        ]
        return "\n".join(
            [line for line in ls if not re.match(r"[0-9a-f]{12}: ", line)]
            + sorted((line for line in ls if re.match(r"[0-9a-f]{12}: ", line)), key=lambda line: line[12:])
        ), None
    out, flag = [], None
    for block in re.split(r"\n\n+", text.rstrip("\n")):
        lines = block.split("\n")
        if HEAD.match(lines[0]):
            rows, ok = table(lines)
            if rows:
                if re.match(r"^docker (images|image ls)\b.* (-a|--all)\b", cmd or ""):
                    rows[1:] = sorted(rows[1:], key=mask_ids)
                out += rows
                flag = (flag is not False) and ok
            else:
                out += [re.sub(r" {2,}", "  ", mask_misc(line.rstrip())) for line in lines]
        else:
            for line in lines:
                line = mask_misc(line.rstrip())
                if re.search(r"\bps\b|container ls", cmd or ""):
                    line = re.sub(r"(?<!\S)[a-z]+_[a-z]+\d?(?!\S)", "<name>", line)
                if "<age>" in line:
                    line = re.sub(r" {2,}", "  ", line)
                out.append(line)
        out.append("")
    while out and not out[-1]:
        out.pop()
    return "\n".join(out), flag


# ------------------------------------------------------------------ layers
NOISE = {"etc", "proc", "sys"}


def entry_map(entries):
    raw = {}
    for e in entries:
        p = e["path"]
        if p.startswith("./"):
            p = p[2:]
        p = p.strip("/")
        if p:
            raw[p] = e
    groups = {}
    for p, e in raw.items():
        if e.get("type") == "hardlink":
            t = (e.get("link") or "").lstrip("./").strip("/")
            while t in raw and raw[t].get("type") == "hardlink" and t != p:
                t = (raw[t].get("link") or "").lstrip("./").strip("/")
            groups.setdefault(t, []).append(p)
    m = {}
    for p, e in raw.items():
        base = p.rsplit("/", 1)[-1]
        mode = int(str(e.get("mode", "0")), 8) & 0o7777
        if base == ".wh..wh..opq":
            m[p] = ("opaque",)
        elif base.startswith(".wh."):
            m[p] = ("whiteout",)
        elif e.get("type") == "symlink":
            m[p] = ("symlink", e.get("uid", 0), e.get("gid", 0), e.get("link"))
        elif e.get("type") == "hardlink":
            m[p] = ("hardlink", e.get("link"))
        elif e.get("type") == "file":
            m[p] = ("file", f"{mode:04o}", e.get("uid", 0), e.get("gid", 0), e.get("size", 0))
        else:
            m[p] = (e.get("type"), f"{mode:04o}", e.get("uid", 0), e.get("gid", 0))
    for t, ps in groups.items():  # a set of hard links is one file with several names
        allp = sorted(([t] if t in raw else []) + ps)
        f = m.get(t) if t in raw else None
        if t not in raw:
            for p in ps:
                m[p] = ("hardlink", t)
        else:
            m[allp[0]] = f
            for p in allp[1:]:
                m[p] = ("hardlink", allp[0])
    for n in NOISE:  # artefact of BuildKit's RUN mounts
        if n in m and m[n][0] == "dir" and not any(p.startswith(n + "/") for p in m):
            del m[n]
    return m


def merged(maps, base):
    """What every layer changes, expressed on the merged tree (independent of the storage driver)."""
    tree, out = dict(base), []
    for m in maps:
        t = dict(tree)
        for p, v in m.items():
            d, b = ([*p.rsplit("/", 1), ""])[:2] if "/" in p else ("", p)
            if v[0] == "opaque":
                for q in [q for q in t if q.startswith(d + "/")]:
                    del t[q]
            elif v[0] == "whiteout":
                x = (d + "/" if d else "") + b[4:]
                for q in [q for q in t if q == x or q.startswith(x + "/")]:
                    del t[q]
        for p, v in m.items():
            if v[0] in ("opaque", "whiteout"):
                continue
            if v[0] != "dir":
                for q in [q for q in t if q.startswith(p + "/")]:
                    del t[q]
            t[p] = v
        out.append(
            (
                {p: v for p, v in t.items() if tree.get(p) != v or (p in m and v[0] != "dir")},
                sorted(p for p in tree if p not in t),
            )
        )
        tree = t
    return out


CFG = [
    "Env",
    "Cmd",
    "Entrypoint",
    "WorkingDir",
    "User",
    "ExposedPorts",
    "Volumes",
    "Labels",
    "Shell",
    "StopSignal",
    "Healthcheck",
    "OnBuild",
]


def cfg(c):
    return {k: c[k] for k in CFG if (c or {}).get(k) not in (None, "", [], {}, False)} if c else {}


def hist(h):
    return [
        (
            mask_ids(mask_misc(x.get("created_by") or "")),
            bool(x.get("empty_layer")),
            mask_misc(x.get("comment") or ""),
        )
        for x in h or []
    ]


def d(label, a, b):
    return f"{label}:\n    expected {a}\n    got      {b}"


def linediff(a, b):
    A, B = a.split("\n"), b.split("\n")
    for i in range(max(len(A), len(B))):
        x, y = (A[i] if i < len(A) else "<end>"), (B[i] if i < len(B) else "<end>")
        if x != y:
            return f"line {i + 1}\n    expected {x[:300]!r}\n    got      {y[:300]!r}"
    return "layout differs"


class Ident:
    def __init__(s):
        s.a, s.b = {}, {}

    def check(s, xs, ys):
        if len(xs) != len(ys):
            return False
        for x, y in zip(xs, ys, strict=False):
            if s.a.get(x, y) != y or s.b.get(y, x) != x:
                return False
            s.a[x] = y
            s.b[y] = x
        return True


def cmp_step(e, a, ident, images):
    """-> {level: None (ok) | text}; levels that do not apply are absent"""
    r = {}
    if "skip" in e:
        return r
    a = a or {}
    cmd = e.get("cmd", "")
    if "rc" in e:
        r["rc"] = None if a.get("rc") == e["rc"] else d("rc", e["rc"], a.get("rc"))
    for k in ("stdout", "stderr"):
        if k not in e:
            continue
        if not isinstance(a.get(k), str):
            r[k] = "no " + k
            continue
        (x, fx), (y, fy) = canon(cmd, e[k]), canon(cmd, a[k])
        mx, my = mask_ids(x), mask_ids(y)
        if mx == my and not (fx and fy is False):
            r[k] = None
            xi = ids_of(x)
            if xi:
                r["identity"] = r.get("identity") or (
                    None
                    if ident.check(xi, ids_of(y))
                    else k + ": equal/unequal ids do not correspond to the recording"
                )
        else:
            r[k] = linediff(mx, my) if mx != my else "column widths differ from docker's (max(10, longest+3))"
    if "stderr_has" in e:
        t = mask_ids(mask_misc(ANSI.sub("", a.get("stderr") or "")))
        miss = [x for x in e["stderr_has"] if x not in t]
        r["stderr"] = None if not miss else d("stderr must contain", repr(miss[0]), repr(t[-200:]))
    if "vertices" in e:
        got = [(STEPNO.sub(r"[\1]", n), s) for n, s in progress(ANSI.sub("", a.get("stderr") or ""))[2]]
        bad = None
        for n, s in e["vertices"]:
            n = STEPNO.sub(r"[\1]", n)
            hit = next((g for g in got if g[0] == n and (s is None or g[1] == s)), None)
            if hit is None:
                bad = d("build step", (n, s), [g for g in got if g[0] == n] or "absent")
                break
            got.remove(hit)
        r["stderr"] = r.get("stderr") or bad
    if "layers" in e:
        if isinstance(a.get("layers"), list):
            r.update(cmp_layers(e, a, images))
        else:
            r["layers"] = "no layers"
            r.update({"image": "no layers"} if "config" in e or "history" in e else {})
    elif "error" in e:
        r["layers"] = None if a.get("error") else d("layers", "error " + str(e["error"]), "none")
    return r


def cmp_layers(e, a, images):
    r = {}
    X, Y = e["layers"], a["layers"]
    try:
        bx, by = ["base" in line for line in X], ["base" in line for line in Y]
        mx = [entry_map(line.get("entries", [])) for line in X]
        my = [entry_map(line.get("entries", [])) for line in Y]
    except Exception as x:
        return {"layers": f"malformed layers: {x!r}", "image": "malformed"}
    bad = None
    if len(X) != len(Y) or bx != by:
        bad = d(
            "layer list",
            ["base" if b else len(m) for b, m in zip(bx, mx, strict=False)],
            ["base" if b else len(m) for b, m in zip(by, my, strict=False)],
        )
    elif mx != my:
        if e.get("mode") == "merged":
            base = images(e["base"])
            P = [m for b, m in zip(bx, mx, strict=False) if not b]
            Q = [m for b, m in zip(by, my, strict=False) if not b]
            same = merged(P, base) == merged(Q, base)
        else:
            same = False
        if not same:
            for i, (p, q) in enumerate(zip(mx, my, strict=False)):
                if p != q:
                    ks = sorted(k for k in set(p) | set(q) if p.get(k) != q.get(k))
                    bad = d(f"layer {i}, {len(ks)} path(s), first /{ks[0]}", p.get(ks[0]), q.get(ks[0]))
                    break
    r["layers"] = bad
    img = None
    if "config" in e:
        cx, cy = cfg(e["config"]), cfg(a.get("config"))
        if cx != cy:
            k = sorted(k for k in set(cx) | set(cy) if cx.get(k) != cy.get(k))[0]
            img = d("config." + k, cx.get(k), cy.get(k))
    if "history" in e and not img:
        hx, hy = hist(e["history"]), hist(a.get("history"))
        if hx != hy:
            pairs = enumerate(zip(hx, hy, strict=False))
            i = next((i for i, (x, y) in pairs if x != y), min(len(hx), len(hy)))
            img = d(f"history[{i}]", hx[i] if i < len(hx) else "<end>", hy[i] if i < len(hy) else "<end>")
    if "config" in e or "history" in e:
        r["image"] = img
    want = [
        (i, n["path"].strip("/"), n)
        for i, line in enumerate(X)
        for n in line.get("entries", [])
        if "sha256" in n or "mtime" in n
    ]
    if want:
        got = {
            (i, n["path"][2:].strip("/") if n["path"].startswith("./") else n["path"].strip("/")): n
            for i, line in enumerate(Y)
            for n in line.get("entries", [])
        }
        bad = None
        for i, p, n in want:
            g = got.get((i, p), {})
            if "sha256" in n and not (
                len(str(g.get("sha256", ""))) >= 16
                and str(g["sha256"])[: len(n["sha256"])] == n["sha256"][: len(str(g["sha256"]))]
            ):
                bad = d("content of /" + p, n["sha256"][:16], g.get("sha256"))
                break
            if "mtime" in n and g.get("mtime") != n["mtime"]:
                bad = d("mtime of /" + p, n["mtime"], g.get("mtime"))
                break
        r["content"] = bad
    return r


def cmp_play(case, res, images):
    """-> list of (step index, {level: diff})"""
    ident, out = Ident(), []
    steps = (res or {}).get("steps") or []
    for i, e in enumerate(case["expect"]["steps"]):
        a = steps[i] if i < len(steps) and isinstance(steps[i], dict) else {}
        out.append((i, cmp_step(e, a, ident, images)))
    return out


# ------------------------------------------------------------------ unit suites
def few(s):
    return (
        re.sub(r"\b(Less than a second|About a minute|\d+ seconds?|1 minute)(?= ago)", "<few>", s)
        if isinstance(s, str)
        else s
    )


def noempty(v):
    if isinstance(v, dict):
        return {k: noempty(x) for k, x in v.items() if x not in (None, "", [], {}, False)}
    if isinstance(v, list):
        return [noempty(x) for x in v]
    return mask_ids(v) if isinstance(v, str) else v


def subset(e, g, path=""):
    if isinstance(e, dict):
        if not isinstance(g, dict):
            return d(path or "output", e, g)
        for k in e:
            r = subset(e[k], g.get(k), path + "." + k)
            if r:
                return r
        return None
    if isinstance(e, list):
        if not isinstance(g, list) or len(e) != len(g):
            return d(path, json.dumps(e)[:300], json.dumps(g)[:300])
        for i, (x, y) in enumerate(zip(e, g, strict=False)):
            r = subset(x, y, f"{path}[{i}]")
            if r:
                return r
        return None
    if isinstance(e, float) and isinstance(g, (int, float)) and not isinstance(g, bool):
        return None if abs(e - g) < 1e-9 else d(path, e, g)
    return None if e == g and isinstance(e, bool) == isinstance(g, bool) else d(path, repr(e), repr(g))


SETS = {"lint": ("warnings",), "convert": ("warnings",)}


def wkey(w):
    return (w.get("line") or 0, str(w.get("rule")), str(w.get("detail")))


def cmp_unit(suite, case, out):
    e = dict(case["expect"])
    r = {"outcome": None}
    if not isinstance(out, dict):
        return {"outcome": "no output", "value": "no output"}
    if "error" in e or "error_has" in e or "error_re" in e:
        if not out.get("error"):
            return {
                "outcome": d(
                    "outcome", "error %r" % (e.get("error") or e.get("error_has")), json.dumps(out)[:200]
                ),
                "value": "no error",
            }
    elif out.get("error") and "rc" not in e:
        return {"outcome": d("outcome", "success", "error {!r}".format(out["error"])), "value": "error"}
    if "rc" in e and out.get("rc") != e["rc"]:
        r["outcome"] = d("rc", e["rc"], out.get("rc"))
    bad, got = None, dict(out)
    if e.get("error") is True:
        e.pop("error")
    elif "error" in e:
        x, y = mask_ids(mask_misc(str(e.pop("error")))), mask_ids(mask_misc(str(got.get("error"))))
        if x != y:
            bad = d("error", repr(x), repr(y))
    for k, f in (("error_has", lambda x, y: x in y), ("error_re", lambda x, y: re.search(x, y))):
        if k in e:
            x = e.pop(k)
            if not f(x, str(got.get("error"))):
                bad = d(k, repr(x), repr(got.get("error")))
    if "fires" in e:
        rules = {w.get("rule") for w in got.get("warnings") or []}
        for k, v in e.pop("fires").items():
            if (k in rules) != v:
                bad = bad or d("rule " + k, "fires" if v else "silent", sorted(map(str, rules)))
    for k in SETS.get(suite, ()):
        if k in e:
            key = wkey if all("line" in w for w in e[k]) else lambda w: wkey(w)[1:]
            e[k] = sorted(e[k], key=key)
            got[k] = sorted([w for w in got.get(k) or [] if isinstance(w, dict)], key=key)
    if suite == "format":
        for k in ("stdout", "stderr"):
            if k in e:
                e[k] = few(e[k])
                got[k] = few(got.get(k))
    if suite == "convert":
        for k in ("config", "history", "run", "step_names"):
            if k in e:
                e[k] = noempty(e[k])
                got[k] = noempty(got.get(k))
        if isinstance(e.get("config"), dict) and isinstance(got.get("config"), dict):
            extra = sorted(set(got["config"]) - set(e["config"]))
            if extra:
                bad = bad or d("config", "no " + extra[0], got["config"][extra[0]])
    if suite == "changes" and "changes" in e:
        e["changes"] = sorted(e["changes"])
        got["changes"] = sorted(got.get("changes") or [])
    r["value"] = r["outcome"] or bad or subset(e, got)
    return r
