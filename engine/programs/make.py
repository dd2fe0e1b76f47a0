"""make: explicit rules, variables and phony targets."""

from collections.abc import Generator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from engine.fs import File
from engine.programs.lib.children import run_child
from engine.programs.lib.unpack import text_of
from engine.shell.process import Process
from engine.shell.registry import program
from engine.shell.run import CommandNotFound

Output = Generator[bytes, None, int]
_MAX_EXPANSION = 100_000


@dataclass
class _Rule:
    needs: list[str] = field(default_factory=list)
    recipe: list[str] = field(default_factory=list)


@program("make", "gmake", package="make", summary="build programs from a Makefile")
def make(p: Process) -> Output:
    path, targets, variables, quiet, dry, folder = "", [], {}, False, False, ""
    rest = iter(p.argv[1:])
    for word in rest:
        if word in ("-f", "--file"):
            path = next(rest, "")
        elif word in ("-C", "--directory"):
            folder = next(rest, "")
        elif word in ("--version", "-v"):
            yield b"GNU Make 4.3\nBuilt for x86_64-pc-linux-gnu\n"
            return 0
        elif word in ("-j", "-k", "-B", "-i", "-w") or word.startswith("-j"):
            continue
        elif word in ("-s", "--silent", "--quiet"):
            quiet = True
        elif word in ("-n", "--dry-run"):
            dry = True
        elif word.startswith("-"):
            continue
        elif "=" in word:
            name, _, value = word.partition("=")
            variables[name] = value
        else:
            targets.append(word)
    if folder:
        if not p.files.is_dir(folder):
            p.complain(f"make: *** {folder}: No such file or directory.  Stop.\n")
            return 2
        p.files.cwd = p.files.absolute(folder)
        yield f"make: Entering directory '{p.files.cwd}'\n".encode()
    candidates = [path] if path else ["GNUmakefile", "makefile", "Makefile"]
    found = next((name for name in candidates if p.files.is_file(name)), None)
    if found is None:
        if path:
            p.complain(f"make: {path}: No such file or directory\n")
            p.complain(f"make: *** No rule to make target '{path}'.  Stop.\n")
        elif targets:
            p.complain(f"make: *** No rule to make target '{targets[0]}'.  Stop.\n")
        else:
            p.complain("make: *** No targets specified and no makefile found.  Stop.\n")
        return 2
    book = _Book(p, {**p.env, "CC": "cc", "MAKE": "make", **variables}, set(variables), quiet, dry)
    if not book.read(text_of(p, found), found):
        return 2
    first = next((name for name in book.rules if not name.startswith(".")), None)
    wanted = targets or ([first] if first else [])
    if not wanted:
        p.complain("make: *** No targets.  Stop.\n")
        return 2
    for target in wanted:
        status = yield from book.build(target, ())
        if status:
            return status
        if not book.ran:
            yield (
                f"make: '{target}' is up to date.\n".encode()
                if target not in book.phony
                else (f"make: Nothing to be done for '{target}'.\n".encode())
            )
    return 0


class _Book:
    def __init__(
        self, p: Process, variables: dict[str, str], fixed: set[str], quiet: bool, dry: bool
    ) -> None:
        self.p = p
        self.variables = variables
        self.fixed = fixed
        self.quiet = quiet
        self.dry = dry
        self.rules: dict[str, _Rule] = {}
        self.phony: set[str] = set()
        self.done: set[str] = set()
        self.ran = False

    def read(self, text: str, name: str) -> bool:
        """Parse a makefile; False after an error message."""
        current: list[_Rule] = []
        for number, line in enumerate(text.replace("\\\n", " ").splitlines(), 1):
            self.p.budget.step()
            if line.startswith("\t"):
                for rule in current:
                    rule.recipe.append(line[1:])
                continue
            bare = line.partition("#")[0].rstrip()
            if not bare.strip() or bare.startswith(
                (
                    "include",
                    "-include",
                    "export",
                    "ifeq",
                    "ifneq",
                    "endif",
                    "else",
                    "ifdef",
                    "ifndef",
                    "define",
                    "endef",
                    ".EXPORT",
                )
            ):
                continue
            for operator in (":=", "?=", "+=", "="):
                left, found, right = bare.partition(operator)
                if found and ":" not in left.rstrip(":") and " " not in left.strip():
                    self._assign(left.strip(), operator, right.strip())
                    break
            else:
                left, found, right = bare.partition(":")
                if not found:
                    self.p.complain(f"{name}:{number}: *** missing separator.  Stop.\n")
                    return False
                needs, _, inline = right.partition(";")
                words = self.expand(needs).split()
                current = []
                for target in self.expand(left).split():
                    if target == ".PHONY":
                        self.phony.update(words)
                        continue
                    rule = self.rules.setdefault(target, _Rule())
                    rule.needs += words
                    if inline.strip():
                        rule.recipe.append(inline.strip())
                    current.append(rule)
        return True

    def _assign(self, name: str, operator: str, value: str) -> None:
        if name in self.fixed:
            return
        if operator == "?=" and name in self.variables:
            return
        if operator == "+=":
            value = f"{self.variables.get(name, '')} {value}".strip()
        self.variables[name] = self.expand(value) if operator == ":=" else value

    def expand(self, text: str, special: dict[str, str] | None = None) -> str:
        """Variables replaced, up to ten levels deep; ``$$`` stays a dollar."""
        for _ in range(10):
            if "$" not in text.replace("$$", ""):
                break
            text = self._once(text, special or {})
            if len(text) > _MAX_EXPANSION:
                return text[:_MAX_EXPANSION]
        return text

    def _once(self, text: str, special: dict[str, str]) -> str:
        parts: list[str] = []
        position = 0
        while position < len(text):
            self.p.budget.step()
            at = text.find("$", position)
            if at < 0 or at + 1 >= len(text):
                parts.append(text[position:])
                break
            parts.append(text[position:at])
            letter = text[at + 1]
            if letter == "$":
                parts.append("$$")
                position = at + 2
            elif letter in "({":
                end = text.find(")" if letter == "(" else "}", at)
                if end < 0:
                    parts.append(text[at:])
                    break
                parts.append(self._lookup(text[at + 2 : end], special))
                position = end + 1
            else:
                parts.append(special.get(letter, self.variables.get(letter, "")))
                position = at + 2
        return "".join(parts)

    def _lookup(self, name: str, special: dict[str, str]) -> str:
        if name.startswith("wildcard "):
            folder, _, pattern = name.removeprefix("wildcard ").strip().rpartition("/")
            if not self.p.files.is_dir(folder or "."):
                return ""
            names = [n for n in self.p.files.names(folder or ".") if fnmatchcase(n, pattern)]
            return " ".join(f"{folder}/{n}" if folder else n for n in names)
        name, colon, change = name.partition(":")
        value = special.get(name, self.variables.get(name, ""))
        if colon and "=" in change:
            old, _, new = change.partition("=")
            value = " ".join(w.removesuffix(old) + new if w.endswith(old) else w for w in value.split())
        return value

    def build(self, target: str, chain: tuple[str, ...]) -> Output:
        """Bring one target up to date."""
        self.p.budget.step()
        if target in self.done:
            return 0
        rule, stem = self._rule_for(target)
        if rule is None:
            if self.p.files.exists(target):
                return 0
            where = f", needed by '{chain[-1]}'" if chain else ""
            self.p.complain(f"make: *** No rule to make target '{target}'{where}.  Stop.\n")
            return 2
        if target in chain or len(chain) > 40:
            self.p.complain(f"make: Circular {chain[-1]} <- {target} dependency dropped.\n")
            return 0
        needs = [need.replace("%", stem) for need in rule.needs]
        for need in needs:
            status = yield from self.build(need, (*chain, target))
            if status:
                return status
        self.done.add(target)
        if not self._outdated(target, needs):
            return 0
        special = {
            "@": target,
            "<": needs[0] if needs else "",
            "^": " ".join(dict.fromkeys(needs)),
            "*": stem,
            "?": " ".join(needs),
        }
        for line in rule.recipe:
            status = yield from self._execute(line, special, target)
            if status:
                return status
        return 0

    def _rule_for(self, target: str) -> tuple[_Rule | None, str]:
        if target in self.rules:
            return self.rules[target], ""
        for pattern, rule in self.rules.items():
            if "%" in pattern:
                before, _, after = pattern.partition("%")
                if (
                    target.startswith(before)
                    and target.endswith(after)
                    and len(target) > len(before) + len(after)
                ):
                    return rule, target[len(before) : len(target) - len(after)]
        if target.endswith(".o") and self.p.files.is_file(target[:-2] + ".c"):
            return _Rule([target[:-2] + ".c"], ["$(CC) $(CFLAGS) -c -o $@ $<"]), target[:-2]
        return None, ""

    def _outdated(self, target: str, needs: list[str]) -> bool:
        node = self.p.files.find(target)
        if target in self.phony or not isinstance(node, File):
            return True
        times = [found.mtime for need in needs if (found := self.p.files.find(need)) is not None]
        return any(need in self.phony for need in needs) or any(time > node.mtime for time in times)

    def _execute(self, line: str, special: dict[str, str], target: str) -> Output:
        command = self.expand(line, special).replace("$$", "$").strip()
        silent, ignore = self.quiet, False
        while command[:1] in ("@", "-", "+"):
            silent = silent or command[0] == "@"
            ignore = ignore or command[0] == "-"
            command = command[1:].lstrip()
        if not command:
            return 0
        self.ran = True
        if not silent or self.dry:
            yield f"{command}\n".encode("utf-8", "surrogateescape")
        if self.dry:
            return 0
        try:
            status = yield from run_child(self.p, ["/bin/sh", "-c", command], files=self.p.files.copy())
        except CommandNotFound:
            self.p.complain("make: /bin/sh: No such file or directory\n")
            status = 127
        if status and not ignore:
            self.p.complain(f"make: *** [Makefile: {target}] Error {status}\n")
            return 2
        if status:
            self.p.complain(f"make: [Makefile: {target}] Error {status} (ignored)\n")
        return 0
