"""Users and groups of a machine, as its /etc/passwd and /etc/group say."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from engine.errors import EngineError
from engine.fs import Credentials, Files, FsError

PASSWD = "/etc/passwd"
GROUP = "/etc/group"


class UnknownUser(EngineError):
    """A name or id that neither file knows, in the container runtime's words."""


@dataclass(frozen=True, slots=True)
class Account:
    """One line of /etc/passwd."""

    name: str
    uid: int
    gid: int
    comment: str = ""
    home: str = "/"
    shell: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One line of /etc/group."""

    name: str
    gid: int
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accounts:
    """The two files, parsed; lines that are not well formed are skipped, as the C library does."""

    users: tuple[Account, ...] = ()
    groups: tuple[Group, ...] = ()

    @classmethod
    def read(cls, files: Files) -> "Accounts":
        """What ``files`` says now; missing or unreadable files hold nobody. Permissions are not checked."""
        return _parse(_text(files, PASSWD), _text(files, GROUP))

    def user(self, name_or_id: str | int) -> Account | None:
        """The first account of that name, or of that uid when it is a number and no name."""
        for account in self.users:
            if account.name == name_or_id:
                return account
        uid = _number(name_or_id)
        return None if uid is None else next((a for a in self.users if a.uid == uid), None)

    def group(self, name_or_id: str | int) -> Group | None:
        """The first group of that name, or of that gid when it is a number and no name."""
        for group in self.groups:
            if group.name == name_or_id:
                return group
        gid = _number(name_or_id)
        return None if gid is None else next((g for g in self.groups if g.gid == gid), None)

    def user_name(self, uid: int) -> str:
        """The name ``ls -l`` shows for ``uid``; the number where there is none."""
        found = next((account for account in self.users if account.uid == uid), None)
        return found.name if found else str(uid)

    def group_name(self, gid: int) -> str:
        """The name ``ls -l`` shows for ``gid``; the number where there is none."""
        found = next((group for group in self.groups if group.gid == gid), None)
        return found.name if found else str(gid)

    def supplementary(self, name: str) -> tuple[int, ...]:
        """The gids of the groups that list ``name`` as a member, in file order."""
        return tuple(group.gid for group in self.groups if name in group.members)

    def credentials(self, account: Account) -> Credentials:
        """Who a process of ``account`` is after a login."""
        groups = self.supplementary(account.name)
        return Credentials(account.uid, account.gid, tuple(dict.fromkeys((account.gid, *groups))))

    def resolve(self, specification: str) -> Credentials:
        """``user[:group]`` (names or ids; empty = root) as Docker's USER and ``--user`` mean it.

        A uid without an account is fine and gets gid 0; an unknown name is not. An explicit group drops
        the supplementary ones. Raises UnknownUser in runc's words.
        """
        user_part, colon, group_part = specification.partition(":")
        account = self.user(user_part or 0)
        uid = account.uid if account else _number(user_part or 0)
        if uid is None:
            raise UnknownUser(f"unable to find user {user_part}: no matching entries in passwd file")
        if colon and group_part:
            group = self.group(group_part)
            gid = group.gid if group else _number(group_part)
            if gid is None:
                raise UnknownUser(f"unable to find group {group_part}: no matching entries in group file")
            return Credentials(uid, gid, (gid,))
        return self.credentials(account) if account else Credentials(uid, 0, (0,))


def _number(value: str | int) -> int | None:
    if isinstance(value, int):
        return value
    return int(value) if value.isascii() and value.isdigit() and len(value) < 11 else None


def _text(files: Files, path: str) -> bytes:
    try:
        return files.as_user(Credentials()).content(path).head
    except FsError:
        return b""


@lru_cache(maxsize=128)
def _parse(passwd: bytes, group: bytes) -> Accounts:
    return Accounts(tuple(_accounts(_rows(passwd, 7))), tuple(_groups(_rows(group, 4))))


def _rows(data: bytes, width: int) -> Iterable[list[str]]:
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        fields = line.split(":")
        if line and not line.startswith("#") and len(fields) >= width - 1:
            yield fields + [""] * (width - len(fields))


def _accounts(rows: Iterable[list[str]]) -> Iterable[Account]:
    for name, _, uid, gid, comment, home, shell, *_rest in rows:
        uid_number, gid_number = _number(uid), _number(gid)
        if uid_number is not None and gid_number is not None:
            yield Account(name, uid_number, gid_number, comment, home, shell)


def _groups(rows: Iterable[list[str]]) -> Iterable[Group]:
    for name, _, gid, members, *_rest in rows:
        gid_number = _number(gid)
        if gid_number is not None:
            yield Group(name, gid_number, tuple(member for member in members.split(",") if member))
