"""git: clone, init, add, commit, log and the everyday rest, for lessons that build images of a repository."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime
from difflib import unified_diff
from hashlib import sha1

from engine.catalogue.world import Repository as World
from engine.catalogue.world import repository, resolves
from engine.clock import SECOND
from engine.fs import Content, FsError
from engine.programs.lib.gitrepo import Commit, GitError, Repository
from engine.programs.lib.unpack import text_of
from engine.programs.lib.web import has_certificates
from engine.shell.process import Process
from engine.shell.registry import program

Output = Generator[bytes, None, int]


@program("git", package="git", summary="the stupid content tracker")
def git(p: Process) -> Output:
    words = p.argv[1:]
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in ("-C", "-c") and words:
            value = words.pop(0)
            if option == "-C":
                if not p.files.is_dir(value):
                    p.complain(f"fatal: cannot change to '{value}': No such file or directory\n")
                    return 128
                p.files.cwd = p.files.absolute(value)
        elif option in ("--version", "-v"):
            yield b"git version 2.39.5\n"
            return 0
        elif option in ("--help", "-h"):
            words = []
        elif option not in ("--no-pager", "-P"):
            p.complain(f"unknown option: {option}\n")
            return 129
    if not words:
        yield b"usage: git [-v | --version] [-h | --help] [-C <path>] <command> [<args>]\n"
        return 1
    command = _COMMANDS.get(words[0])
    if command is None:
        p.complain(f"git: '{words[0]}' is not a git command. See 'git --help'.\n")
        return 1
    try:
        return (yield from command(p, words[1:]))
    except GitError as error:
        p.complain(f"fatal: {error}\n")
        return 128
    except FsError as error:
        p.complain(f"fatal: could not write '{error.path}': {error.reason}\n")
        return 128


def _split(words: list[str], with_value: tuple[str, ...] = ()) -> tuple[dict[str, str], list[str]]:
    """Options (with their values) and operands."""
    options: dict[str, str] = {}
    operands: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            operands += list(rest)
        elif word.startswith("--") and "=" in word:
            name, _, value = word.partition("=")
            options[name] = value
        elif word in with_value:
            options[word] = next(rest, "")
        elif word.startswith("-") and len(word) > 1:
            options[word] = ""
        else:
            operands.append(word)
    return options, operands


# ---------------------------------------------------------------------- making repositories


def _default_branch(p: Process) -> str:
    return _setting(p, "init.defaultbranch") or "master"


def _init(p: Process, words: list[str]) -> Output:
    options, operands = _split(words, ("-b", "--initial-branch"))
    top = p.files.absolute(operands[0] if operands else ".")
    again = p.files.is_dir(f"{top.rstrip('/')}/.git")
    if not again:
        branch = options.get("-b") or options.get("--initial-branch") or _default_branch(p)
        Repository.create(p, top, branch).save()
    if "-q" not in options and "--quiet" not in options:
        kind = "Reinitialized existing" if again else "Initialized empty"
        yield f"{kind} Git repository in {top.rstrip('/')}/.git/\n".encode()
    return 0


def _clone(p: Process, words: list[str]) -> Output:
    options, operands = _split(words, ("-b", "--branch", "--depth", "-o", "--origin", "--config", "-c", "-j"))
    if not operands:
        raise GitError("You must specify a repository to clone.")
    url = operands[0]
    folder = operands[1] if len(operands) > 1 else url.rstrip("/").removesuffix(".git").rpartition("/")[2]
    quiet = "-q" in options or "--quiet" in options
    target = p.files.absolute(folder)
    if p.files.is_dir(target) and p.files.names(target):
        raise GitError(f"destination path '{folder}' already exists and is not an empty directory.")
    if not quiet:
        p.complain(f"Cloning into '{folder}'...\n")
    remote = _remote(p, url)
    branch = options.get("-b") or options.get("--branch") or remote.branch
    if branch != remote.branch and not branch.startswith("v"):
        raise GitError(f"Remote branch {branch} not found in upstream origin")
    made = Repository.create(p, target, branch)
    for path, text in remote.files:
        place = made.path(path)
        p.files.make_dirs(place.rpartition("/")[0])
        content = Content(text.encode())
        p.files.write(place, content, 0o777 if text.startswith("#!") else 0o666)
        made.index[path] = made.store(content)
    listed = remote.commits[:1] if "--depth" in options else remote.commits
    parent = ""
    time = p.system.clock.now // SECOND - 86_400 * len(listed)
    for number, subject, author in reversed(listed):
        name = number + sha1(f"{url}{subject}".encode()).hexdigest()[len(number) :]
        email = author.lower().replace(" ", ".") + "@site.example"
        made.commits[name] = Commit(name, parent, author, email, time, subject, dict(made.index))
        parent, time = name, time + 86_400
    made.set_ref(branch, parent)
    made.save()
    pack = f"{made.git}/objects/pack/pack-{sha1(url.encode()).hexdigest()}"
    size = remote.size // 4 if "--depth" in options else remote.size
    p.files.write(pack + ".pack", Content(b"PACK", size), 0o444)
    p.files.write(pack + ".idx", Content(b"\xfftOc", max(1100, size // 12)), 0o444)
    p.files.append(f"{made.git}/config", f'[remote "origin"]\n\turl = {url}\n'.encode())
    p.system.clock.advance((1 + size // 20_000_000) * SECOND)
    yield b""
    return 0


def _remote(p: Process, url: str) -> World:
    place = url.partition("://")[2] or url.partition("@")[2].replace(":", "/", 1)
    host = place.partition("/")[0]
    if not host:
        raise GitError(f"repository '{url}' does not exist")
    if not p.system.network or not resolves(host):
        raise GitError(f"unable to access '{url.rstrip('/')}/': Could not resolve host: {host}")
    if url.startswith("https://") and not has_certificates(p):
        raise GitError(
            f"unable to access '{url.rstrip('/')}/': server certificate verification failed. "
            "CAfile: none CRLfile: none"
        )
    if "@" in url and "://" not in url:
        p.complain(f"{url.partition(':')[0]}: Permission denied (publickey).\n")
        raise GitError("Could not read from remote repository.")
    found = repository(url)
    if found is None:
        if host.endswith("github.com"):
            raise GitError(f"could not read Username for 'https://{host}': No such device or address")
        raise GitError(f"repository '{url}' not found")
    return found


# ---------------------------------------------------------------------- recording


def _add(p: Process, words: list[str]) -> Output:
    options, operands = _split(words)
    repo = Repository.find(p)
    everything = bool({"-A", "--all", "-u"} & set(options))
    if not operands and not everything:
        p.complain("Nothing specified, nothing added.\n")
        return 0
    here = repo.work_files()
    prefixes = [_relative(repo, word) for word in operands] if operands else [""]
    for word, prefix in zip(operands or ["."], prefixes, strict=True):
        hits = [path for path in here if _under(path, prefix)]
        known = [path for path in repo.index if _under(path, prefix)]
        if not hits and not known:
            raise GitError(f"pathspec '{word}' did not match any files")
        for path in hits:
            repo.index[path] = repo.store(here[path])
        for path in known:
            if path not in here:
                del repo.index[path]
    repo.index = dict(sorted(repo.index.items()))
    repo.save()
    yield b""
    return 0


def _relative(repo: Repository, word: str) -> str:
    absolute = repo.process.files.absolute(word)
    if absolute == repo.top:
        return ""
    inside = absolute.removeprefix(repo.top.rstrip("/") + "/")
    if inside == absolute:
        raise GitError(f"{word}: '{word}' is outside repository at '{repo.top}'")
    return inside


def _under(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(prefix + "/")


def _remove(p: Process, words: list[str]) -> Output:
    options, operands = _split(words)
    repo = Repository.find(p)
    for word in operands:
        prefix = _relative(repo, word)
        hits = [path for path in repo.index if _under(path, prefix)]
        if not hits:
            raise GitError(f"pathspec '{word}' did not match any files")
        for path in hits:
            del repo.index[path]
            if "--cached" not in options and p.files.is_file(repo.path(path)):
                p.files.remove(repo.path(path))
            yield f"rm '{path}'\n".encode()
    repo.save()
    return 0


def _commit(p: Process, words: list[str]) -> Output:
    spread = [part for word in words for part in (["-a", "-m"] if word == "-am" else [word])]
    options, _ = _split(spread, ("-m", "--message", "--author"))
    repo = Repository.find(p)
    message = options.get("-m") or options.get("--message")
    if "-a" in options or "--all" in options:
        here = repo.work_files()
        for path in list(repo.index):
            if path in here:
                repo.index[path] = repo.store(here[path])
            else:
                del repo.index[path]
    name = p.env.get("GIT_AUTHOR_NAME") or _setting(p, "user.name", repo)
    email = p.env.get("GIT_AUTHOR_EMAIL") or _setting(p, "user.email", repo)
    if not name or not email:
        p.complain(
            "Author identity unknown\n\n*** Please tell me who you are.\n\nRun\n\n"
            '  git config --global user.email "you@example.com"\n'
            '  git config --global user.name "Your Name"\n\n'
            "to set your account's default identity.\n"
            "Omit --global to set the identity only in this repository.\n\n"
        )
        user = p.accounts.user_name(p.files.user.uid)
        raise GitError(f"unable to auto-detect email address (got '{user}@{p.system.hostname}.(none)')")
    before = repo.commits[repo.head].tree if repo.head in repo.commits else {}
    if repo.index == before and "--allow-empty" not in options:
        yield from _status(p, [])
        return 1
    if message is None:
        p.complain("error: Terminal is dumb, but EDITOR unset\n")
        p.complain("Please supply the message using either -m or -F option.\n")
        return 1
    first = not repo.head
    subject = message.partition("\n")[0]
    made = repo.commit(name, email, subject)
    if "-q" in options or "--quiet" in options:
        return 0
    changed = [path for path in {**before, **made.tree} if before.get(path) != made.tree.get(path)]
    root = " (root-commit)" if first else ""
    plural = "file" if len(changed) == 1 else "files"
    yield f"[{repo.branch}{root} {made.id[:7]}] {subject}\n {len(changed)} {plural} changed\n".encode()
    for path in sorted(changed):
        if path not in before:
            yield f" create mode 100644 {path}\n".encode()
        elif path not in made.tree:
            yield f" delete mode 100644 {path}\n".encode()
    return 0


# ---------------------------------------------------------------------- looking


def _status(p: Process, words: list[str]) -> Output:
    options, _ = _split(words)
    repo = Repository.find(p)
    base = repo.commits[repo.head].tree if repo.head in repo.commits else {}
    here = {path: repo.blob_id(content) for path, content in repo.work_files().items()}
    staged = [(_kind(base, repo.index, path), path) for path in sorted({*base, *repo.index})]
    staged = [(kind, path) for kind, path in staged if kind]
    changed = [(_kind(repo.index, here, path), path) for path in repo.index]
    changed = [(kind, path) for kind, path in changed if kind]
    untracked = _untracked([path for path in here if path not in repo.index], repo.index)
    if {"-s", "--short", "--porcelain"} & set(options):
        marks: dict[str, str] = {}
        for kind, path in staged:
            marks[path] = kind[0].upper() + " "
        for kind, path in changed:
            marks[path] = marks.get(path, "  ")[0] + kind[0].upper()
        lines = [f"{mark} {path}\n" for path, mark in sorted(marks.items())]
        yield "".join([*lines, *(f"?? {path}\n" for path in untracked)]).encode()
        return 0
    text = f"On branch {repo.branch}\n" if repo.branch else f"HEAD detached at {repo.head[:7]}\n"
    if not repo.head:
        text += "\nNo commits yet\n"
    if staged:
        text += "\nChanges to be committed:\n"
        text += (
            '  (use "git restore --staged <file>..." to unstage)\n'
            if repo.head
            else ('  (use "git rm --cached <file>..." to unstage)\n')
        )
        text += "".join(f"\t{kind + ':':<12}{path}\n" for kind, path in staged)
    if changed:
        text += "\nChanges not staged for commit:\n"
        text += '  (use "git add <file>..." to update what will be committed)\n'
        text += '  (use "git restore <file>..." to discard changes in working directory)\n'
        text += "".join(f"\t{kind + ':':<12}{path}\n" for kind, path in changed)
    if untracked:
        text += '\nUntracked files:\n  (use "git add <file>..." to include in what will be committed)\n'
        text += "".join(f"\t{path}\n" for path in untracked)
    if not staged:
        if changed:
            text += '\nno changes added to commit (use "git add" and/or "git commit -a")\n'
        elif untracked:
            text += '\nnothing added to commit but untracked files present (use "git add" to track)\n'
        elif repo.head:
            text += "nothing to commit, working tree clean\n"
        else:
            text += '\nnothing to commit (create/copy files and use "git add" to track)\n'
    yield text.encode()
    return 0


def _kind(old: dict[str, str], new: dict[str, str], path: str) -> str:
    if path not in old:
        return "new file"
    if path not in new:
        return "deleted"
    return "modified" if old[path] != new[path] else ""


def _untracked(paths: list[str], index: dict[str, str]) -> list[str]:
    """Files nobody tracks; a directory without any tracked file is named once."""
    folders = {"/".join(path.split("/")[:depth]) for path in index for depth in range(1, path.count("/") + 1)}
    shown: dict[str, None] = {}
    for path in paths:
        top = path.partition("/")[0]
        shown[path if "/" not in path or top in folders else top + "/"] = None
    return list(shown)


def _log(p: Process, words: list[str]) -> Output:
    options, operands = _split(words, ("-n", "--max-count", "--format", "--pretty"))
    repo = Repository.find(p)
    if not repo.head:
        raise GitError(f"your current branch '{repo.branch}' does not have any commits yet")
    limit = next((int(o[1:]) for o in options if o[1:].isdigit()), None)
    for name in ("-n", "--max-count"):
        if options.get(name, "").isdigit():
            limit = int(options[name])
    commits = repo.history(repo.resolve(operands[0] if operands else "HEAD"))
    template = options.get("--format") or options.get("--pretty") or ""
    for position, commit in enumerate(commits[:limit]):
        if "--oneline" in options or template == "oneline":
            mark = f" (HEAD -> {repo.branch})" if commit.id == repo.head and p.stdout_is_terminal else ""
            yield f"{commit.id[:7]}{mark} {commit.subject}\n".encode()
        elif "%" in template:
            yield (_format(template.removeprefix("format:"), commit) + "\n").encode()
        else:
            yield (("\n" if position else "") + _long(commit)).encode()
    return 0


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%a %b %-d %H:%M:%S %Y +0000")


def _long(commit: Commit) -> str:
    return (
        f"commit {commit.id}\nAuthor: {commit.author} <{commit.email}>\nDate:   {_date(commit.time)}\n\n"
        f"    {commit.subject}\n"
    )


def _format(template: str, commit: Commit) -> str:
    for mark, value in (
        ("%H", commit.id),
        ("%h", commit.id[:7]),
        ("%s", commit.subject),
        ("%an", commit.author),
        ("%ae", commit.email),
        ("%ad", _date(commit.time)),
        ("%cd", _date(commit.time)),
        ("%ct", str(commit.time)),
        ("%at", str(commit.time)),
        ("%n", "\n"),
    ):
        template = template.replace(mark, value)
    return template


def _show(p: Process, words: list[str]) -> Output:
    repo = Repository.find(p)
    _, operands = _split(words)
    commit = repo.commits[repo.resolve(operands[0] if operands else "HEAD")]
    before = repo.commits[commit.parent].tree if commit.parent in repo.commits else {}
    yield (_long(commit) + "\n").encode()
    yield from _differences(repo, before, commit.tree, None)
    return 0


def _diff(p: Process, words: list[str]) -> Output:
    options, _ = _split(words)
    repo = Repository.find(p)
    if "--cached" in options or "--staged" in options:
        base = repo.commits[repo.head].tree if repo.head in repo.commits else {}
        yield from _differences(repo, base, repo.index, None)
        return 0
    here = repo.work_files()
    now = {path: repo.blob_id(here[path]) for path in repo.index if path in here}
    yield from _differences(repo, repo.index, now, here)
    return 0


def _differences(
    repo: Repository, old: dict[str, str], new: dict[str, str], work: dict[str, Content] | None
) -> Generator[bytes, None, None]:
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        if before == after:
            continue
        left = _lines(repo.blob(before)) if before else []
        content = work.get(path) if work is not None else repo.blob(after) if after else None
        right = _lines(content) if after and content is not None else []
        repo.process.budget.step(1 + len(left) + len(right) + len(left) * len(right) // 64)
        head = f"diff --git a/{path} b/{path}\n"
        if before is None:
            head += "new file mode 100644\n"
        elif after is None:
            head += "deleted file mode 100644\n"
        head += f"index {(before or '0' * 40)[:7]}..{(after or '0' * 40)[:7]}" + (
            " 100644\n" if before and after else "\n"
        )
        names = (f"a/{path}" if before else "/dev/null", f"b/{path}" if after else "/dev/null")
        body = [
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in unified_diff(left, right, *names)
        ]
        yield (head + "".join(body)).encode("utf-8", "surrogateescape")


def _lines(content: Content) -> list[str]:
    return content.head.decode("utf-8", "surrogateescape").splitlines(keepends=True)[:4000]


def _rev_parse(p: Process, words: list[str]) -> Output:
    options, operands = _split(words)
    repo = Repository.find(p)
    if "--show-toplevel" in options:
        yield f"{repo.top}\n".encode()
    elif "--is-inside-work-tree" in options:
        yield b"true\n"
    elif "--git-dir" in options:
        yield b".git\n"
    for word in operands:
        if "--abbrev-ref" in options:
            yield f"{repo.branch or 'HEAD'}\n".encode()
            continue
        name = repo.resolve(word)
        yield f"{name[:7] if '--short' in options else name}\n".encode()
    return 0


def _describe(p: Process, words: list[str]) -> Output:
    repo = Repository.find(p)
    try:
        tags = p.files.names(f"{repo.git}/refs/tags")
    except FsError:
        tags = []
    for distance, commit in enumerate(repo.history(repo.head)):
        for tag in reversed(tags):
            if text_of(p, f"{repo.git}/refs/tags/{tag}").strip() == commit.id:
                yield f"{tag if not distance else f'{tag}-{distance}-g{repo.head[:7]}'}\n".encode()
                return 0
    if "--always" in words and repo.head:
        yield f"{repo.head[:7]}\n".encode()
        return 0
    raise GitError("No names found, cannot describe anything.")


def _list_files(p: Process, words: list[str]) -> Output:
    yield "".join(f"{path}\n" for path in Repository.find(p).index).encode()
    return 0


# ---------------------------------------------------------------------- branches and remotes


def _branch(p: Process, words: list[str]) -> Output:
    options, operands = _split(words)
    repo = Repository.find(p)
    if "--show-current" in options:
        yield f"{repo.branch}\n".encode()
    elif {"-d", "-D"} & set(options):
        for name in operands:
            commit = repo.ref(name)
            if not commit:
                p.complain(f"error: branch '{name}' not found.\n")
                return 1
            p.files.remove(f"{repo.git}/refs/heads/{name}")
            yield f"Deleted branch {name} (was {commit[:7]}).\n".encode()
    elif {"-m", "-M"} & set(options) and operands:
        commit = repo.head
        old = repo.branch
        if commit:
            repo.set_ref(operands[-1], commit)
            if old and old != operands[-1]:
                p.files.remove(f"{repo.git}/refs/heads/{old}")
        repo.set_head(operands[-1])
    elif operands:
        if repo.ref(operands[0]):
            raise GitError(f"a branch named '{operands[0]}' already exists")
        repo.set_ref(operands[0], repo.resolve(operands[1] if len(operands) > 1 else "HEAD"))
    else:
        for name in repo.branches():
            yield f"{'*' if name == repo.branch else ' '} {name}\n".encode()
    return 0


def _checkout(p: Process, words: list[str]) -> Output:
    options, operands = _split(words)
    repo = Repository.find(p)
    create = bool({"-b", "-B", "-c"} & set(options))
    if not operands:
        return 0
    name = operands[0]
    if create:
        if repo.ref(name):
            raise GitError(f"a branch named '{name}' already exists")
        if repo.head:
            repo.set_ref(name, repo.head)
        repo.set_head(name)
        p.complain(f"Switched to a new branch '{name}'\n")
        return 0
    before = dict(repo.index)
    if repo.ref(name):
        if name == repo.branch:
            p.complain(f"Already on '{name}'\n")
            return 0
        repo.checkout_tree(repo.commits[repo.ref(name)].tree, before)
        repo.set_head(name)
        repo.save()
        p.complain(f"Switched to branch '{name}'\n")
        return 0
    if name in repo.index or "--" in words:
        for path in operands:
            inside = _relative(repo, path)
            for tracked, blob in repo.index.items():
                if _under(tracked, inside):
                    p.files.write(repo.path(tracked), repo.blob(blob))
        yield b""
        return 0
    try:
        commit = repo.resolve(name)
    except GitError:
        p.complain(f"error: pathspec '{name}' did not match any file(s) known to git\n")
        return 1
    repo.checkout_tree(repo.commits[commit].tree, before)
    p.files.write(f"{repo.git}/HEAD", f"{commit}\n".encode())
    repo.save()
    subject = repo.commits[commit].subject
    p.complain(f"Note: switching to '{name}'.\n\nHEAD is now at {commit[:7]} {subject}\n")
    return 0


def _merge(p: Process, words: list[str]) -> Output:
    _, operands = _split(words, ("-m",))
    repo = Repository.find(p)
    if not operands:
        raise GitError("No remote for the current branch.")
    target = repo.resolve(operands[0])
    if target == repo.head or target in [commit.id for commit in repo.history(repo.head)]:
        yield b"Already up to date.\n"
        return 0
    if repo.head and repo.head not in [commit.id for commit in repo.history(target)]:
        raise GitError("the simulated git only merges by fast-forward")
    old = repo.head
    repo.checkout_tree(repo.commits[target].tree, dict(repo.index))
    repo.set_ref(repo.branch, target)
    repo.save()
    yield f"Updating {old[:7]}..{target[:7]}\nFast-forward\n".encode()
    return 0


def _reset(p: Process, words: list[str]) -> Output:
    options, operands = _split(words)
    repo = Repository.find(p)
    commit = repo.resolve(operands[0] if operands and operands[0] not in repo.index else "HEAD")
    tree = repo.commits[commit].tree
    if "--hard" in options:
        repo.checkout_tree(tree, dict(repo.index))
        yield f"HEAD is now at {commit[:7]} {repo.commits[commit].subject}\n".encode()
    repo.index = dict(tree)
    repo.set_ref(repo.branch, commit)
    repo.save()
    return 0


def _tag(p: Process, words: list[str]) -> Output:
    _, operands = _split(words, ("-m",))
    repo = Repository.find(p)
    if not operands:
        yield "".join(f"{name}\n" for name in p.files.names(f"{repo.git}/refs/tags")).encode()
        return 0
    path = f"{repo.git}/refs/tags/{operands[0]}"
    if p.files.exists(path):
        raise GitError(f"tag '{operands[0]}' already exists")
    p.files.write(path, f"{repo.resolve(operands[1] if len(operands) > 1 else 'HEAD')}\n".encode())
    return 0


def _remotes(p: Process, words: list[str]) -> Output:
    repo = Repository.find(p)
    if words[:1] == ["add"] and len(words) >= 3:
        p.files.append(f"{repo.git}/config", f'[remote "{words[1]}"]\n\turl = {words[2]}\n'.encode())
        return 0
    for name, url in _remote_urls(p, repo):
        if "-v" in words:
            yield f"{name}\t{url} (fetch)\n{name}\t{url} (push)\n".encode()
        elif words[:1] == ["get-url"]:
            yield f"{url}\n".encode()
        else:
            yield f"{name}\n".encode()
    return 0


def _remote_urls(p: Process, repo: Repository) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    name = ""
    for line in text_of(p, f"{repo.git}/config").splitlines():
        text = line.strip()
        if text.startswith('[remote "'):
            name = text[9:-2]
        elif text.startswith("url = ") and name:
            found.append((name, text[6:]))
    return found


def _pull(p: Process, words: list[str]) -> Output:
    repo = Repository.find(p)
    remotes = _remote_urls(p, repo)
    if not remotes:
        raise GitError("No remote repository specified.  Please, specify either a URL or a remote name.")
    _remote(p, remotes[0][1])
    yield b"Already up to date.\n"
    return 0


def _fetch(p: Process, words: list[str]) -> Output:
    repo = Repository.find(p)
    for _, url in _remote_urls(p, repo):
        _remote(p, url)
    yield b""
    return 0


def _push(p: Process, words: list[str]) -> Output:
    repo = Repository.find(p)
    remotes = _remote_urls(p, repo)
    yield b""
    if not remotes:
        raise GitError("No configured push destination.")
    host = remotes[0][1].partition("://")[2].partition("/")[0]
    raise GitError(f"could not read Username for 'https://{host}': No such device or address")


# ---------------------------------------------------------------------- settings


def _config(p: Process, words: list[str]) -> Output:
    options, operands = _split(words, ("-f", "--file"))
    path = f"{p.env.get('HOME', '/root')}/.gitconfig"
    if "--system" in options:
        path = "/etc/gitconfig"
    elif "--global" not in options and "-l" not in options and "--list" not in options:
        try:
            path = f"{Repository.find(p).git}/config"
        except GitError:
            if len(operands) > 1:
                raise GitError("not in a git directory") from None
    if "-l" in options or "--list" in options:
        for name, value in _settings(text_of(p, path)):
            yield f"{name}={value}\n".encode()
        return 0
    if len(operands) >= 2:
        section, _, key = operands[0].rpartition(".")
        if not section:
            p.complain(f"error: key does not contain a section: {operands[0]}\n")
            return 2
        head, dot, rest = section.partition(".")
        title = f'[{head} "{rest}"]' if dot else f"[{head}]"
        kept = text_of(p, path)
        p.files.write(path, f"{kept}{title}\n\t{key} = {operands[1]}\n".encode("utf-8", "surrogateescape"))
        return 0
    if operands:
        value = _setting(p, operands[0].lower())
        if not value:
            return 1
        yield f"{value}\n".encode()
    return 0


def _settings(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    section = ""
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("["):
            section = bare.strip("[]").replace(' "', ".").rstrip('"')
        elif "=" in bare:
            key, _, value = bare.partition("=")
            found.append((f"{section}.{key.strip()}".lower(), value.strip().strip('"')))
    return found


def _setting(p: Process, name: str, repo: Repository | None = None) -> str:
    value = ""
    paths = ["/etc/gitconfig", f"{p.env.get('HOME', '/root')}/.gitconfig"]
    if repo is not None:
        paths.append(f"{repo.git}/config")
    for path in paths:
        for key, found in _settings(text_of(p, path)):
            if key == name:
                value = found
    return value


def _nothing(p: Process, words: list[str]) -> Output:
    """Commands whose effect nobody would see here: submodule, lfs, gc, clean of a clean tree."""
    Repository.find(p)
    yield b""
    return 0


_COMMANDS: dict[str, Callable[[Process, list[str]], Output]] = {
    "init": _init,
    "clone": _clone,
    "add": _add,
    "rm": _remove,
    "commit": _commit,
    "status": _status,
    "log": _log,
    "show": _show,
    "diff": _diff,
    "rev-parse": _rev_parse,
    "describe": _describe,
    "ls-files": _list_files,
    "branch": _branch,
    "checkout": _checkout,
    "switch": _checkout,
    "restore": _checkout,
    "merge": _merge,
    "reset": _reset,
    "tag": _tag,
    "remote": _remotes,
    "pull": _pull,
    "fetch": _fetch,
    "push": _push,
    "config": _config,
    "submodule": _nothing,
    "gc": _nothing,
    "lfs": _nothing,
    "clean": _nothing,
}
