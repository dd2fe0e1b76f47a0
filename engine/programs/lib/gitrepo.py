"""A git repository on the simulated machine: real blob ids, commits kept as one readable file."""

import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha1
from typing import Any

from engine.clock import SECOND
from engine.errors import EngineError
from engine.fs import Content, Directory, File, FsError
from engine.shell.process import Process

_COMMITS = "simulated-commits.json"
_INDEX = "index"


class GitError(EngineError):
    """A ``fatal:`` message; git exits with 128."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; ``tree`` maps paths to blob ids, ``time`` is seconds since the epoch."""

    id: str
    parent: str
    author: str
    email: str
    time: int
    subject: str
    tree: dict[str, str]


@dataclass
class Repository:
    """The repository whose work tree is ``top`` (absolute)."""

    process: Process
    top: str
    commits: dict[str, Commit] = field(default_factory=dict)
    index: dict[str, str] = field(default_factory=dict)

    @classmethod
    def find(cls, process: Process, start: str = ".") -> "Repository":
        """The repository around ``start``; raises GitError outside of any."""
        here = process.files.absolute(start)
        while True:
            if process.files.is_dir(f"{here.rstrip('/')}/.git"):
                found = cls(process, here.rstrip("/") or "/")
                found._load()
                return found
            if here == "/":
                raise GitError("not a git repository (or any of the parent directories): .git")
            here = here.rpartition("/")[0] or "/"

    @classmethod
    def create(cls, process: Process, top: str, branch: str) -> "Repository":
        """Make the .git directory in ``top``."""
        files = process.files
        files.make_dirs(top)
        git = f"{top.rstrip('/')}/.git"
        for name in ("hooks", "info", "objects/info", "objects/pack", "refs/heads", "refs/tags"):
            files.make_dirs(f"{git}/{name}")
        files.write(f"{git}/HEAD", f"ref: refs/heads/{branch}\n".encode())
        files.write(
            f"{git}/config",
            b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n",
        )
        files.write(
            f"{git}/description",
            b"Unnamed repository; edit this file 'description' to name the repository.\n",
        )
        files.write(f"{git}/info/exclude", b"# git ls-files --others --exclude-from=.git/info/exclude\n")
        return cls(process, top.rstrip("/") or "/")

    @property
    def git(self) -> str:
        """The .git directory."""
        return f"{self.top.rstrip('/')}/.git"

    def path(self, name: str) -> str:
        """A work tree path."""
        return f"{self.top.rstrip('/')}/{name}"

    # ------------------------------------------------------------------ storage

    def _json(self, name: str) -> Any:
        node = self.process.files.find(f"{self.git}/{name}")
        if not isinstance(node, File) or not node.content.head:
            return None
        self.process.budget.step(1 + node.content.size // 256)
        try:
            return json.loads(node.content.head)
        except ValueError:
            raise GitError(f"index file corrupt: {name}") from None

    def _load(self) -> None:
        rows = self._json(_COMMITS)
        index = self._json(_INDEX)
        try:
            self.commits = {row["id"]: Commit(**row) for row in rows or []}
            self.index = dict(index or {})
        except (TypeError, KeyError, ValueError):
            raise GitError("index file corrupt") from None

    def save(self) -> None:
        """Write commits and index back."""
        rows = [
            {
                "id": commit.id,
                "parent": commit.parent,
                "author": commit.author,
                "email": commit.email,
                "time": commit.time,
                "subject": commit.subject,
                "tree": commit.tree,
            }
            for commit in self.commits.values()
        ]
        self.process.files.write(f"{self.git}/{_COMMITS}", (json.dumps(rows) + "\n").encode())
        self.process.files.write(f"{self.git}/{_INDEX}", (json.dumps(self.index) + "\n").encode())

    def store(self, content: Content) -> str:
        """Keep a file's content as an object; returns its id (git's own: sha1 of header and bytes)."""
        hasher = sha1(f"blob {content.size}\0".encode())
        for chunk in content.chunks():
            self.process.budget.step(1 + len(chunk) // 16384)
            hasher.update(chunk)
        name = hasher.hexdigest()
        place = f"{self.git}/objects/{name[:2]}"
        if not self.process.files.exists(f"{place}/{name[2:]}"):
            self.process.files.make_dirs(place)
            self.process.files.write(f"{place}/{name[2:]}", content, 0o444)
        return name

    def blob(self, name: str) -> Content:
        """A stored object; raises GitError."""
        node = self.process.files.find(f"{self.git}/objects/{name[:2]}/{name[2:]}")
        if not isinstance(node, File):
            raise GitError(f"unable to read {name}")
        return node.content

    # ------------------------------------------------------------------ branches

    @property
    def branch(self) -> str:
        """The current branch; empty when HEAD is detached."""
        head = self._text("HEAD").strip()
        return head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else ""

    @property
    def head(self) -> str:
        """The current commit's id, or an empty text before the first."""
        branch = self.branch
        return self.ref(branch) if branch else self._text("HEAD").strip()

    def ref(self, branch: str) -> str:
        """The commit a branch points to; empty when there is no such branch."""
        return self._text(f"refs/heads/{branch}").strip()

    def set_ref(self, branch: str, commit: str) -> None:
        """Point a branch at a commit."""
        path = f"{self.git}/refs/heads/{branch}"
        self.process.files.make_dirs(path.rpartition("/")[0])
        self.process.files.write(path, f"{commit}\n".encode())

    def set_head(self, branch: str) -> None:
        """Make ``branch`` the current one."""
        self.process.files.write(f"{self.git}/HEAD", f"ref: refs/heads/{branch}\n".encode())

    def branches(self) -> list[str]:
        """Every branch, sorted."""
        try:
            return self.process.files.names(f"{self.git}/refs/heads")
        except FsError:
            return []

    def resolve(self, name: str) -> str:
        """A commit id from HEAD, HEAD~n, a branch, a tag or a unique prefix; raises GitError."""
        base, tilde, count = name.partition("~")
        steps = int(count) if count.isdigit() and len(count) < 6 else 1 if tilde else 0
        if base.endswith("^"):
            base, steps = base[:-1], steps + 1
        if base in ("HEAD", "@"):
            found = self.head
        else:
            found = self.ref(base) or self._text(f"refs/tags/{base}").strip()
        if not found and len(base) >= 4:
            found = next((commit for commit in self.commits if commit.startswith(base)), "")
        for _ in range(steps):
            found = self.commits[found].parent if found in self.commits else ""
        if found not in self.commits:
            raise GitError(
                f"ambiguous argument '{name}': unknown revision or path not in the working tree.\n"
                "Use '--' to separate paths from revisions, like this:\n"
                "'git <command> [<revision>...] -- [<file>...]'"
            )
        return found

    def history(self, start: str) -> list[Commit]:
        """Commits from ``start`` back to the first."""
        found: list[Commit] = []
        seen: set[str] = set()
        while start in self.commits and start not in seen:
            seen.add(start)
            self.process.budget.step()
            found.append(self.commits[start])
            start = self.commits[start].parent
        return found

    def _text(self, name: str) -> str:
        node = self.process.files.find(f"{self.git}/{name}")
        return node.content.head.decode("utf-8", "replace") if isinstance(node, File) else ""

    # ------------------------------------------------------------------ work tree

    def work_files(self) -> dict[str, Content]:
        """Every regular file of the work tree that .gitignore does not leave out."""
        ignored = self._ignored()
        found: dict[str, Content] = {}
        pending = [""]
        while pending:
            folder = pending.pop()
            for name in self.process.files.names(self.path(folder) if folder else self.top):
                path = f"{folder}/{name}" if folder else name
                if name == ".git" or ignored(path):
                    continue
                node = self.process.files.find(self.path(path), follow=False)
                if isinstance(node, Directory):
                    pending.append(path)
                elif isinstance(node, File):
                    found[path] = node.content
        return dict(sorted(found.items()))

    def _ignored(self) -> Any:
        patterns = [
            line.strip()
            for line in self._work_text(".gitignore").splitlines()[:500]
            if line.strip() and not line.startswith("#")
        ]

        def ignored(path: str) -> bool:
            name = path.rpartition("/")[2]
            self.process.budget.step(1 + len(patterns) // 4)
            hit = False
            for pattern in patterns:
                negated = pattern.startswith("!")
                bare = pattern.lstrip("!").rstrip("/")
                wanted = path if "/" in bare else name
                if fnmatchcase(wanted, bare.lstrip("/")):
                    hit = not negated
            return hit

        return ignored

    def _work_text(self, name: str) -> str:
        node = self.process.files.find(self.path(name))
        return node.content.head.decode("utf-8", "replace") if isinstance(node, File) else ""

    def blob_id(self, content: Content) -> str:
        """What ``store`` would call this content."""
        hasher = sha1(f"blob {content.size}\0".encode())
        for chunk in content.chunks():
            self.process.budget.step(1 + len(chunk) // 16384)
            hasher.update(chunk)
        return hasher.hexdigest()

    def commit(self, author: str, email: str, subject: str) -> Commit:
        """Record the index as a new commit on the current branch."""
        parent = self.head
        time = self.process.system.clock.now // SECOND
        text = json.dumps([parent, author, email, time, subject, self.index], sort_keys=True)
        made = Commit(sha1(text.encode()).hexdigest(), parent, author, email, time, subject, dict(self.index))
        self.commits[made.id] = made
        self.set_ref(self.branch or "main", made.id)
        self.process.files.write(f"{self.git}/COMMIT_EDITMSG", f"{subject}\n".encode())
        self.save()
        return made

    def checkout_tree(self, tree: dict[str, str], before: dict[str, str]) -> None:
        """Make the work tree hold ``tree``; files of ``before`` that are not in it go."""
        files = self.process.files
        for path in before:
            if path not in tree and files.is_file(self.path(path)):
                files.remove(self.path(path))
        for path, name in tree.items():
            if before.get(path) != name or not files.is_file(self.path(path)):
                folder = path.rpartition("/")[0]
                if folder:
                    files.make_dirs(self.path(folder))
                files.write(self.path(path), self.blob(name))
        self.index = dict(tree)
