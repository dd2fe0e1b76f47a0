"""find: search for files in a directory hierarchy."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from engine.clock import SECOND
from engine.errors import EngineError
from engine.fs import EXECUTE, READ, WRITE, Device, Directory, File, FsError, Symlink
from engine.programs.lib.children import drain, run_child
from engine.programs.lib.globs import glob_matcher
from engine.programs.lib.modes import InvalidMode, mode_text, parse_mode, type_letter
from engine.programs.lib.nodes import disk_blocks, inode_number, link_count, size_of
from engine.programs.lib.regex import RegexError, compile_regex
from engine.programs.lib.text import curly, encode
from engine.programs.lib.times import InvalidDate, format_time, listing_time, parse_date
from engine.programs.lib.walking import Visit, Walker
from engine.shell.options import HelpRequested, Options
from engine.shell.process import Process
from engine.shell.registry import program
from engine.shell.run import CommandNotFound, NotExecutable

OPTIONS = Options(
    "[-H] [-L] [-P] [path...] [expression]",
    """
Default path is the current directory; default expression is -print.
Operators: ( EXPR )   ! EXPR   -not EXPR   EXPR1 -a EXPR2   EXPR1 EXPR2   EXPR1 -o EXPR2   EXPR1 , EXPR2
Options: -depth -maxdepth LEVELS -mindepth LEVELS -mount -xdev -daystart -follow -regextype TYPE
Tests: -amin N -anewer FILE -atime N -cmin N -cnewer FILE -ctime N -empty -executable -false -gid N
      -group NAME -ilname PATTERN -iname PATTERN -inum N -ipath PATTERN -iregex PATTERN -links N
      -lname PATTERN -mmin N -mtime N -name PATTERN -newer FILE -newermt DATE -nogroup -nouser
      -path PATTERN -perm [-/]MODE -readable -regex PATTERN -samefile FILE -size N[bcwkMG] -true
      -type [bcdpfls] -uid N -user NAME -writable
Actions: -delete -exec COMMAND ; -exec COMMAND {} + -execdir COMMAND ; -fprint FILE -ls -ok COMMAND ;
      -print -print0 -printf FORMAT -prune -quit""",
)
_MAX_NESTING = 100
_ARGUMENTS_PER_EXEC = 2000

_Test = Callable[["_Context"], bool]


class _Bad(EngineError):
    """An expression find refuses; the message is what follows ``find: ``."""


class _Quit(Exception):
    """-quit was reached."""


@dataclass(slots=True)
class _Context:
    """What the expression looks at: the file of the moment, and where results go."""

    visit: Visit
    out: list[bytes]
    walker: Walker

    @property
    def name(self) -> str:
        return self.visit.path.rstrip("/").rpartition("/")[2] or "/"


@dataclass
class _Plan:
    """What the command line asks for besides the expression."""

    follow: str = "P"
    depth_first: bool = False
    max_depth: int = 1 << 30
    min_depth: int = 0
    one_file_system: bool = False
    acts: bool = False
    batches: list["_Batch"] = field(default_factory=list)
    regex_type: str = "emacs"


@dataclass
class _Batch:
    command: list[str]
    paths: list[str] = field(default_factory=list)


@program("find", package="findutils", summary="search for files in a directory hierarchy")
def find(p: Process) -> Generator[bytes, None, int]:
    if "--help" in p.argv[1:] or "-help" in p.argv[1:]:
        raise HelpRequested(OPTIONS.help(p))
    try:
        search = _Search(p)
    except _Bad as error:
        p.error(str(error))
        return 1
    yield from search.run()
    return search.status


class _Search:
    def __init__(self, p: Process) -> None:
        self.p = p
        self.status = 0
        self.plan = _Plan()
        arguments = p.argv[1:]
        at = 0
        while at < len(arguments) and (arguments[at] in ("-H", "-L", "-P") or arguments[at].startswith("-O")):
            if arguments[at] in ("-H", "-L", "-P"):
                self.plan.follow = arguments[at][1]
            at += 1
        self.tops = []
        while at < len(arguments) and not _starts_expression(arguments[at]):
            self.tops.append(arguments[at])
            at += 1
        self.tops = self.tops or ["."]
        parser = _Parser(self, arguments[at:])
        self.test = parser.parse()
        if not self.plan.acts:
            test = self.test
            self.test = lambda c: test(c) and _print(c)

    def run(self) -> Generator[bytes, None, None]:
        plan = self.plan
        out: list[bytes] = []
        walker = Walker(
            self.p.files,
            follow=plan.follow == "L",
            follow_top=plan.follow in "HL",
            both_ways=plan.depth_first,
            max_depth=plan.max_depth,
            one_file_system=plan.one_file_system,
            on_error=self.unreadable,
        )
        try:
            for top in self.tops:
                try:
                    yield from self.visit_all(walker, top, out)
                except FsError as error:
                    self.complain(top, error)
        except _Quit:
            yield b"".join(out)
        for batch in plan.batches:
            yield from self.run_batch(batch)

    def visit_all(self, walker: Walker, top: str, out: list[bytes]) -> Generator[bytes, None, None]:
        plan, test = self.plan, self.test
        context = _Context(Visit("", "", Directory(), 0), out, walker)
        for visit in walker.walk(top):
            if plan.depth_first and not visit.leaving and isinstance(visit.node, Directory):
                continue
            if visit.depth < plan.min_depth:
                continue
            context.visit = visit
            test(context)
            if len(out) >= 64:
                yield b"".join(out)
                out.clear()
            for batch in plan.batches:
                if len(batch.paths) >= _ARGUMENTS_PER_EXEC:
                    yield from self.run_batch(batch)
        if out:
            yield b"".join(out)
            out.clear()

    def unreadable(self, path: str, error: FsError) -> None:
        self.complain(path, error)

    def complain(self, path: str, error: FsError) -> None:
        name = path if self.p.is_busybox else curly(self.p, path)
        self.p.error(f"{name}: {error.reason}")
        self.status = 1

    def run_batch(self, batch: _Batch) -> Generator[bytes, None, None]:
        if not batch.paths:
            return
        paths, batch.paths = batch.paths, []
        at = batch.command.index("{}")
        if (yield from self.run_command([*batch.command[:at], *paths, *batch.command[at + 1 :]])):
            self.status = 1

    def run_command(self, command: list[str]) -> Generator[bytes, None, int]:
        try:
            return (yield from run_child(self.p, command))
        except (CommandNotFound, NotExecutable) as error:
            reason = (
                "No such file or directory" if isinstance(error, CommandNotFound) else "Permission denied"
            )
            self.p.error(
                f"{command[0]}: {reason}" if self.p.is_busybox else f"{curly(self.p, command[0])}: {reason}"
            )
            return error.status


def _starts_expression(argument: str) -> bool:
    return (argument.startswith("-") and len(argument) > 1) or argument in ("(", ")", "!", ",")


def _print(context: _Context) -> bool:
    context.out.append(encode(context.visit.path + "\n"))
    return True


class _Parser:
    """Recursive descent over the expression; nesting is bounded."""

    def __init__(self, search: _Search, tokens: list[str]) -> None:
        self.search = search
        self.p = search.p
        self.plan = search.plan
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.daystart = False

    def parse(self) -> _Test:
        if not self.tokens:
            return lambda c: True
        test = self._comma()
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token == ")":
                raise _Bad("you have too many ')'")
            raise _Bad(f"paths must precede expression: `{token}'")
        return test

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _comma(self) -> _Test:
        tests = [self._or()]
        while self._peek() == ",":
            self.at += 1
            tests.append(self._or())
        if len(tests) == 1:
            return tests[0]
        return lambda c: [test(c) for test in tests][-1]

    def _or(self) -> _Test:
        tests = [self._and()]
        while self._peek() in ("-o", "-or"):
            self.at += 1
            tests.append(self._and())
        if len(tests) == 1:
            return tests[0]
        return lambda c: any(test(c) for test in tests)

    def _and(self) -> _Test:
        tests = [self._not()]
        while self.at < len(self.tokens) and self._peek() not in ("-o", "-or", ",", ")"):
            if self._peek() in ("-a", "-and"):
                self.at += 1
            tests.append(self._not())
        if len(tests) == 1:
            return tests[0]
        return lambda c: all(test(c) for test in tests)

    def _not(self) -> _Test:
        negated = False
        while self._peek() in ("!", "-not"):
            negated = not negated
            self.at += 1
        test = self._primary()
        return (lambda c: not test(c)) if negated else test

    def _primary(self) -> _Test:
        if self.at >= len(self.tokens):
            raise _Bad(f"expected an expression after '{self.tokens[-1]}'")
        token = self.tokens[self.at]
        self.at += 1
        if token == "(":
            self.depth += 1
            if self.depth > _MAX_NESTING:
                raise _Bad("expression is nested too deeply")
            if self._peek() == ")":
                raise _Bad("invalid expression; empty parentheses are not allowed.")
            test = self._comma()
            if self._peek() != ")":
                raise _Bad("invalid expression; I was expecting to find a ')' somewhere but did not see one.")
            self.at += 1
            self.depth -= 1
            return test
        maker = getattr(self, "do_" + token[1:].replace("-", "_"), None) if token.startswith("-") else None
        if maker is None or not token[1:].isidentifier():
            if not token.startswith("-"):
                raise _Bad(f"paths must precede expression: `{token}'")
            if self.p.is_busybox:
                raise _Bad(f"unrecognized: {token}")
            raise _Bad(f"unknown predicate `{token}'")
        made: _Test = maker(token)
        return made

    def _value(self, token: str) -> str:
        if self.at >= len(self.tokens):
            if self.p.is_busybox:
                raise _Bad(f"{token} requires an argument")
            raise _Bad(f"missing argument to `{token}'")
        value = self.tokens[self.at]
        self.at += 1
        return value

    # ------------------------------------------------------------------ numbers and times

    def _number(self, token: str, divisor: int = 1) -> Callable[[int], bool]:
        """``+N`` more, ``-N`` less, ``N`` exactly."""
        text = self._value(token)
        digits = text.lstrip("+-") if text[:1] in "+-" else text
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
            raise _Bad(f"invalid argument `{text}' to `{token}'")
        number = int(digits)
        if text[0] == "+":
            return lambda value: value > number
        if text[0] == "-":
            return lambda value: value < number
        return lambda value: value == number

    def _age(self, token: str, unit: int) -> _Test:
        now = self.p.system.clock.now
        if self.daystart:
            now = now // (86400 * SECOND) * 86400 * SECOND + 86400 * SECOND
        text = self._peek()
        matches = self._number(token)
        if unit == 60 and text[:1] == "-":
            limit = int(text[1:]) * unit * SECOND
            return lambda c: now - c.visit.node.mtime < limit
        return lambda c: matches((now - c.visit.node.mtime) // (unit * SECOND))

    def do_mtime(self, token: str) -> _Test:
        return self._age(token, 86400)

    do_atime = do_ctime = do_mtime

    def do_mmin(self, token: str) -> _Test:
        return self._age(token, 60)

    do_amin = do_cmin = do_mmin

    def do_newer(self, token: str) -> _Test:
        path = self._value(token)
        try:
            mtime = self.p.files.stat(path).mtime
        except FsError as error:
            raise _Bad(f"{curly(self.p, path)}: {error.reason}") from error
        return lambda c: c.visit.node.mtime > mtime

    do_anewer = do_cnewer = do_newermm = do_newer

    def do_newermt(self, token: str) -> _Test:
        text = self._value(token)
        try:
            when = parse_date(text, self.p.system.clock.now)
        except InvalidDate:
            raise _Bad(
                f"I cannot figure out how to interpret {curly(self.p, text)} as a date or time"
            ) from None
        return lambda c: c.visit.node.mtime > when

    def do_size(self, token: str) -> _Test:
        text = self._value(token)
        units = {"b": 512, "c": 1, "w": 2, "k": 1024, "M": 1 << 20, "G": 1 << 30}
        unit = units.get(text[-1:], 0)
        digits = text[:-1] if unit else text
        unit = unit or 512
        sign = digits[0] if digits[:1] in ("+", "-") else ""
        digits = digits.lstrip("+-")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
            raise _Bad(f"invalid argument `{text}' to `-size'")
        number = int(digits)
        if sign == "+":
            return lambda c: -(-size_of(c.visit.node) // unit) > number
        if sign == "-":
            return lambda c: -(-size_of(c.visit.node) // unit) < number
        return lambda c: -(-size_of(c.visit.node) // unit) == number

    def do_links(self, token: str) -> _Test:
        matches = self._number(token)
        files = self.p.files
        return lambda c: matches(link_count(files, "/" + c.visit.absolute, c.visit.node))

    def do_inum(self, token: str) -> _Test:
        matches = self._number(token)
        files = self.p.files
        return lambda c: matches(inode_number(files, "/" + c.visit.absolute))

    def do_uid(self, token: str) -> _Test:
        matches = self._number(token)
        return lambda c: matches(c.visit.node.uid)

    def do_gid(self, token: str) -> _Test:
        matches = self._number(token)
        return lambda c: matches(c.visit.node.gid)

    # ------------------------------------------------------------------ names

    def _glob(self, token: str, ignore_case: bool) -> Callable[[str], bool]:
        return glob_matcher(self._value(token), ignore_case=ignore_case)

    def do_name(self, token: str) -> _Test:
        matches = self._glob(token, token == "-iname")
        return lambda c: matches(c.name)

    do_iname = do_name

    def do_path(self, token: str) -> _Test:
        matches = self._glob(token, token.startswith("-i"))
        return lambda c: matches(c.visit.path)

    do_ipath = do_wholename = do_iwholename = do_path

    def do_lname(self, token: str) -> _Test:
        matches = self._glob(token, token == "-ilname")
        return lambda c: isinstance(c.visit.node, Symlink) and matches(c.visit.node.target)

    do_ilname = do_lname

    def do_regex(self, token: str) -> _Test:
        pattern = encode(self._value(token))
        basic = self.plan.regex_type in ("posix-basic", "grep", "sed", "ed")
        extended = self.plan.regex_type in (
            "posix-extended",
            "egrep",
            "awk",
            "posix-egrep",
            "gnu-awk",
            "posix-awk",
        )
        try:
            if not basic and not extended:
                pattern = _emacs_to_extended(pattern)
            regex = compile_regex(
                pattern, "basic" if basic else "extended", ignore_case=token == "-iregex", whole="line"
            )
        except RegexError as error:
            raise _Bad(str(error)) from error
        budget = self.p.budget
        return lambda c: regex.test(encode(c.visit.path), budget)

    do_iregex = do_regex

    def do_regextype(self, token: str) -> _Test:
        self.plan.regex_type = self._value(token)
        return _always

    # ------------------------------------------------------------------ kinds and rights

    def do_type(self, token: str) -> _Test:
        letters = self._value(token)
        kinds = set(letters.split(","))
        if not kinds <= set("bcdpfls"):
            raise _Bad(f"Unknown argument to -type: {letters[:1]}")
        wanted = {"-" if kind == "f" else kind for kind in kinds}
        if wanted == {"-"}:
            return lambda c: isinstance(c.visit.node, File)
        if wanted == {"d"}:
            return lambda c: isinstance(c.visit.node, Directory)
        return lambda c: type_letter(c.visit.node) in wanted

    do_xtype = do_type

    def do_empty(self, token: str) -> _Test:
        namespace = self.p.files.namespace

        def empty(c: _Context) -> bool:
            node = c.visit.node
            if isinstance(node, Directory):
                return not namespace.names(c.visit.absolute)
            return isinstance(node, File) and not node.content.size

        return empty

    def do_perm(self, token: str) -> _Test:
        text = self._value(token)
        sign = text[0] if text[:1] in ("-", "/", "+") else ""
        try:
            mode = parse_mode(text[1:] if sign else text).apply(0, False, 0)
        except InvalidMode:
            raise _Bad(f"invalid mode {curly(self.p, text)}") from None
        if sign == "-":
            return lambda c: c.visit.node.mode & mode == mode
        if sign:
            return lambda c: not mode or bool(c.visit.node.mode & mode)
        return lambda c: c.visit.node.mode == mode

    def do_user(self, token: str) -> _Test:
        name = self._value(token)
        account = self.p.accounts.user(name)
        if account is None and not name.isdigit():
            raise _Bad(f"{curly(self.p, name)} is not the name of a known user")
        uid = account.uid if account else int(name[:10])
        return lambda c: c.visit.node.uid == uid

    def do_group(self, token: str) -> _Test:
        name = self._value(token)
        group = self.p.accounts.group(name)
        if group is None and not name.isdigit():
            raise _Bad(f"{curly(self.p, name)} is not the name of an existing group")
        gid = group.gid if group else int(name[:10])
        return lambda c: c.visit.node.gid == gid

    def do_nouser(self, token: str) -> _Test:
        known = {account.uid for account in self.p.accounts.users}
        return lambda c: c.visit.node.uid not in known

    def do_nogroup(self, token: str) -> _Test:
        known = {group.gid for group in self.p.accounts.groups}
        return lambda c: c.visit.node.gid not in known

    def do_readable(self, token: str) -> _Test:
        wanted = {"-readable": READ, "-writable": WRITE, "-executable": EXECUTE}[token]
        files = self.p.files
        return lambda c: files.access("/" + c.visit.absolute, wanted)

    do_writable = do_executable = do_readable

    def do_samefile(self, token: str) -> _Test:
        path = self._value(token)
        files = self.p.files
        try:
            location = files.locate(path)
            files.stat(path)
        except FsError as error:
            raise _Bad(f"{curly(self.p, path)}: {error.reason}") from error
        wanted = inode_number(files, "/" + location.absolute)
        return lambda c: inode_number(files, "/" + c.visit.absolute) == wanted

    def do_true(self, token: str) -> _Test:
        return _always

    def do_false(self, token: str) -> _Test:
        return lambda c: False

    # ------------------------------------------------------------------ global options

    def do_maxdepth(self, token: str) -> _Test:
        text = self._value(token)
        if not (text.isascii() and text.isdigit()) or len(text) > 9:
            raise _Bad(
                f"Expected a positive decimal integer argument to {token}, but got {curly(self.p, text)}"
            )
        if token == "-maxdepth":
            self.plan.max_depth = int(text)
        else:
            self.plan.min_depth = int(text)
        return _always

    do_mindepth = do_maxdepth

    def do_depth(self, token: str) -> _Test:
        self.plan.depth_first = True
        return _always

    do_d = do_depth

    def do_xdev(self, token: str) -> _Test:
        self.plan.one_file_system = True
        return _always

    do_mount = do_xdev

    def do_follow(self, token: str) -> _Test:
        self.plan.follow = "L"
        return _always

    def do_daystart(self, token: str) -> _Test:
        self.daystart = True
        return _always

    def do_warn(self, token: str) -> _Test:
        return _always

    do_nowarn = do_noleaf = do_ignore_readdir_race = do_warn

    # ------------------------------------------------------------------ actions

    def do_print(self, token: str) -> _Test:
        self.plan.acts = True
        return _print

    def do_print0(self, token: str) -> _Test:
        self.plan.acts = True

        def print0(c: _Context) -> bool:
            c.out.append(encode(c.visit.path) + b"\0")
            return True

        return print0

    def do_printf(self, token: str) -> _Test:
        self.plan.acts = True
        pieces = _printf_pieces(self._value(token))
        p, tops = self.p, self.search.tops

        def formatted(c: _Context) -> bool:
            c.out.append(encode("".join(_printf_piece(p, c, piece, tops) for piece in pieces)))
            return True

        return formatted

    def do_ls(self, token: str) -> _Test:
        self.plan.acts = True
        p = self.p
        accounts = p.accounts

        def listed(c: _Context) -> bool:
            node = c.visit.node
            size = f"{node.major}, {node.minor}" if isinstance(node, Device) else str(size_of(node))
            arrow = f" -> {node.target}" if isinstance(node, Symlink) else ""
            absolute = "/" + c.visit.absolute
            c.out.append(
                encode(
                    f"{inode_number(p.files, absolute):>9} {disk_blocks(node):>6} {mode_text(node)} "
                    f"{link_count(p.files, absolute, node):>3} {accounts.user_name(node.uid):<8} "
                    f"{accounts.group_name(node.gid):<8} {size:>8} "
                    f"{listing_time(node.mtime, p.system.clock.now)} {c.visit.path}{arrow}\n"
                )
            )
            return True

        return listed

    def do_fprint(self, token: str) -> _Test:
        self.plan.acts = True
        path = self._value(token)
        end = b"\0" if token == "-fprint0" else b"\n"
        files = self.p.files
        files.write(path, b"")

        def appended(c: _Context) -> bool:
            files.append(path, encode(c.visit.path) + end)
            return True

        return appended

    do_fprint0 = do_fprint

    def do_prune(self, token: str) -> _Test:
        def prune(c: _Context) -> bool:
            c.walker.prune()
            return True

        return prune

    def do_quit(self, token: str) -> _Test:
        def leave(c: _Context) -> bool:
            raise _Quit

        self.plan.acts = self.plan.acts or False
        return leave

    def do_delete(self, token: str) -> _Test:
        self.plan.acts = True
        self.plan.depth_first = True
        files, search = self.p.files, self.search

        def delete(c: _Context) -> bool:
            path = c.visit.path
            if path.rstrip("/") in (".", ""):
                return True
            try:
                if isinstance(c.visit.node, Directory):
                    files.rmdir(path)
                else:
                    files.remove(path)
            except FsError as error:
                shown = f"'{path}'" if self.p.is_busybox else curly(self.p, path)
                self.p.error(f"{'' if self.p.is_busybox else 'cannot delete '}{shown}: {error.reason}")
                search.status = 1
                return False
            return True

        return delete

    def do_exec(self, token: str) -> _Test:
        self.plan.acts = True
        command: list[str] = []
        while True:
            if self.at >= len(self.tokens):
                if self.p.is_busybox:
                    raise _Bad(f"{token} CMD must end by ';'")
                raise _Bad(f"missing argument to `{token}'")
            word = self.tokens[self.at]
            self.at += 1
            if word == ";":
                break
            if word == "+" and command and command[-1] == "{}":
                return self._batched(command)
            command.append(word)
        if not command:
            raise _Bad(f"invalid argument `;' to `{token}'")
        return self._each(command, token)

    do_execdir = do_ok = do_okdir = do_exec

    def _batched(self, command: list[str]) -> _Test:
        if command.count("{}") > 1:
            raise _Bad("only one instance of {} is supported with -exec ... +")
        batch = _Batch(command)
        self.plan.batches.append(batch)

        def collect(c: _Context) -> bool:
            batch.paths.append(c.visit.path)
            return True

        return collect

    def _each(self, command: list[str], token: str) -> _Test:
        search = self.search

        def run(c: _Context) -> bool:
            path = c.visit.path
            if token in ("-execdir", "-okdir"):
                path = "./" + c.name
            words = [word.replace("{}", path) for word in command]
            self.p.budget.allocate(sum(map(len, words)))
            if token in ("-ok", "-okdir"):
                self.p.complain(f"< {command[0]} ... {path} > ? ")
                if self.p.stdin.read_line()[:1] not in (b"y", b"Y"):
                    return False
            files = self.p.files
            here = files.cwd
            if token in ("-execdir", "-okdir"):
                files.cwd = files.absolute(c.visit.path).rpartition("/")[0] or "/"
            try:
                status = drain(search.run_command(words), c.out)
            finally:
                files.cwd = here
            return status == 0

        return run


def _always(context: _Context) -> bool:
    return True


def _emacs_to_extended(pattern: bytes) -> bytes:
    """find's default dialect has ``\\(`` ``\\|`` for groups, but plain ``+`` and ``?`` repeat."""
    out = bytearray()
    at = 0
    while at < len(pattern):
        char = pattern[at : at + 1]
        following = pattern[at + 1 : at + 2]
        if char == b"\\" and following in (b"(", b")", b"|"):
            out += following
            at += 2
            continue
        if char == b"\\":
            out += char + following
            at += 2
            continue
        out += b"\\" + char if char in (b"(", b")", b"|", b"{", b"}") else char
        at += 1
    return bytes(out)


_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "\\": "\\",
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "r": "\r",
    "v": "\v",
}


def _printf_pieces(text: str) -> list[str]:
    """Literal texts and directives (which start with ``%``)."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\" and at + 1 < len(text):
            pieces.append(_ESCAPES.get(text[at + 1], text[at : at + 2]).replace("%", "%%"))
            at += 2
        elif char == "%" and at + 1 < len(text):
            end = at + 1
            while end < len(text) and (text[end].isdigit() or text[end] in "-. #0"):
                end += 1
            end += 2 if text[end : end + 1] in ("T", "A", "C") else 1
            pieces.append(text[at:end])
            at = end
        else:
            pieces.append(char)
            at += 1
    return pieces


def _printf_piece(p: Process, c: _Context, piece: str, tops: list[str]) -> str:
    if not piece.startswith("%") or len(piece) < 2:
        return piece
    node, path = c.visit.node, c.visit.path
    absolute = "/" + c.visit.absolute
    letter = piece.lstrip("%-.# 0123456789")
    top = next((top for top in tops if path == top or path.startswith(top.rstrip("/") + "/")), "")
    match letter[:1]:
        case "p":
            value = path
        case "f":
            value = c.name
        case "h":
            value = path.rpartition("/")[0] if "/" in path else "."
        case "P":
            value = path[len(top) :].lstrip("/")
        case "H":
            value = top
        case "s":
            value = str(size_of(node))
        case "k":
            value = str(disk_blocks(node))
        case "b":
            value = str(disk_blocks(node, 512))
        case "m":
            value = f"{node.mode:o}"
        case "M":
            value = mode_text(node)
        case "u":
            value = p.accounts.user_name(node.uid)
        case "U":
            value = str(node.uid)
        case "g":
            value = p.accounts.group_name(node.gid)
        case "G":
            value = str(node.gid)
        case "y" | "Y":
            value = {"-": "f"}.get(type_letter(node), type_letter(node))
        case "d":
            value = str(c.visit.depth)
        case "l":
            value = node.target if isinstance(node, Symlink) else ""
        case "n":
            value = str(link_count(p.files, absolute, node))
        case "i":
            value = str(inode_number(p.files, absolute))
        case "t" | "a" | "c":
            value = format_time(node.mtime, "%a %b %e %H:%M:%S.%N0 %Y")
        case "T" | "A" | "C":
            value = _time_field(node.mtime, letter[1:2])
        case "":
            return "%" if piece.startswith("%%") else piece
        case _:
            return piece
    width = piece[1 : len(piece) - len(letter)].replace("#", "")
    digits = width.lstrip("-0").partition(".")[0]
    if digits.isdigit():
        size = min(int(digits), 1000)
        value = (
            value.ljust(size) if width.startswith("-") else value.rjust(size, "0" if width[0] == "0" else " ")
        )
    return value


def _time_field(mtime: int, letter: str) -> str:
    if letter == "@":
        return f"{mtime // SECOND}.{mtime % SECOND:09d}0"
    if letter == "+":
        return format_time(mtime, "%Y-%m-%d+%H:%M:%S.%N0")
    if letter in ("S", "T", "X"):
        return format_time(mtime, {"S": "%S"}.get(letter, "%H:%M:%S") + ".%N0")
    return format_time(mtime, "%" + letter)
