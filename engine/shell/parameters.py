"""Parameters of a shell: the special ones, variables, arrays, assignments."""

from engine.shell.errors import ReadOnlyVariable, ShellError
from engine.shell.messages import Messenger
from engine.shell.syntax import ArrayValue, Assignment, Text, Word

LONG_OPTIONS = {
    "a": "allexport",
    "b": "notify",
    "B": "braceexpand",
    "C": "noclobber",
    "e": "errexit",
    "E": "errtrace",
    "f": "noglob",
    "h": "hashall",
    "H": "histexpand",
    "k": "keyword",
    "m": "monitor",
    "n": "noexec",
    "P": "physical",
    "T": "functrace",
    "u": "nounset",
    "v": "verbose",
    "x": "xtrace",
}
"""Options by letter; the ones without a letter are stored under their long name."""
_BASH_VALUES = frozenset(
    {"BASH", "BASH_VERSION", "BASH_SOURCE", "UID", "EUID", "HOSTNAME", "HOSTTYPE", "OSTYPE", "MACHTYPE"}
)


class Parameters(Messenger):
    """The part of a shell that keeps values."""

    status: int
    pid: int
    last_background: int
    pipe_statuses: list[int]
    hashed: dict[str, str]
    started: int
    getopts_position: tuple[int, int]
    directory_stack: list[str]

    def special_value(self, name: str) -> str | None:
        if name == "?":
            return str(self.status)
        if name == "#":
            return str(len(self.positional))
        if name == "$":
            return str(self.pid)
        if name == "!":
            return str(self.last_background) if self.last_background else None
        if name == "-":
            return self.option_letters()
        if name == "0":
            return self.name
        if name in ("@", "*"):
            separator = self._star_separator() if name == "*" else " "
            return separator.join(self.positional) if self.positional else None
        if name == "LINENO":
            return (
                None if self.flavour.is_dash else str(self._ash_line() if self.flavour.is_ash else self.line)
            )
        if name == "PPID":
            return "0"
        if name in ("RANDOM", "SRANDOM") and not self.flavour.is_dash:
            return str(self.random(32768 if name == "RANDOM" else 1 << 32))
        if self.flavour.is_bash:
            if name == "SECONDS":
                return str((self.system.clock.now - self.started) // 1_000_000_000)
            if name in _BASH_VALUES:
                return self._bash_value(name)
            if name == "EPOCHSECONDS":
                return str(self.system.clock.now // 1_000_000_000)
            if name == "BASHPID":
                return str(self.pid)
            if name == "BASH_SUBSHELL":
                return str(self.subshell_depth)
            if name == "FUNCNAME":
                return self.function_names[-1] if self.function_names else None
        return None

    def _bash_value(self, name: str) -> str | None:
        if name == "BASH_VERSION":
            return f"{self.flavour.version}(1)-release"
        if name in ("UID", "EUID"):
            return str(self.files.user.uid)
        if name == "BASH_SOURCE":
            return None if self.from_string and not self.function_names else self.name
        return {
            "BASH": "/bin/sh" if self.flavour.posix else "/bin/bash",
            "HOSTNAME": self.system.hostname,
            "HOSTTYPE": "x86_64",
            "OSTYPE": "linux-gnu",
            "MACHTYPE": "x86_64-pc-linux-gnu",
        }[name]

    def special_array(self, name: str) -> list[str] | None:
        if not self.flavour.is_bash:
            return None
        if name == "PIPESTATUS":
            return [str(status) for status in self.pipe_statuses]
        if name == "FUNCNAME":
            return [*reversed(self.function_names), "main"] if self.function_names else []
        if name == "BASH_VERSINFO":
            return [*self.flavour.version.split("."), "1", "release", "x86_64-pc-linux-gnu"]
        if name == "DIRSTACK":
            return [self.files.cwd, *self.directory_stack]
        return None

    def random(self, limit: int) -> int:
        """A number below ``limit`` that depends only on the machine's seed and serial."""
        from hashlib import sha256

        system = self.system
        system.serial += 1
        digest = sha256(f"{system.random_seed}:{system.serial}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit

    def option_letters(self) -> str:
        """``$-``."""
        letters = {letter for letter in self.options if len(letter) == 1}
        if self.interactive:
            letters |= {"i"} | ({"m"} if self.flavour.is_bash else set())
        if self.flavour.is_bash and self.from_string and not self.interactive:
            letters.add("c")
        elif self.flavour.is_bash and self.interactive:
            letters.add("s")
        order = "abefhikmnprtuvxBCEHPTcs" if self.flavour.is_bash else "ubaCVvxsnmiIfe"
        return "".join(letter for letter in order if letter in letters)

    def option_names(self) -> set[str]:
        """The long names of the options that are on."""
        return {LONG_OPTIONS.get(option, option) for option in self.options}

    def separators(self) -> str:
        """IFS, or its default when unset."""
        separators = self.variables.get("IFS")
        return " \t\n" if separators is None else separators

    def remember_directory(self, former: str) -> None:
        """Keep ``PWD`` and ``OLDPWD`` in step after a change of directory."""
        self.assign("OLDPWD", former)
        self.assign("PWD", self.files.cwd)
        if self.flavour.is_bash:
            self.variables.mark("OLDPWD", exported=True)

    # ------------------------------------------------------------------ assignments

    def assign(self, name: str, value: str) -> None:
        """Assign a scalar. Raises ShellError for a read-only one."""
        variable = self.variables.all.get(name)
        try:
            if variable is not None and variable.integer:
                value = str(self.arithmetic_text(value))
            self.variables.set(name, value)
        except ReadOnlyVariable as error:
            raise self.read_only(error.name) from None
        if name == "PATH":
            self.hashed.clear()
        elif name == "OPTIND":
            start = int(value[:9]) if value.isascii() and value.isdigit() else 1
            self.getopts_position = (max(start, 1), 1)

    def assign_node(self, assignment: Assignment) -> None:
        """Carry out one assignment, arrays included. Raises ShellError, ReadOnlyVariable."""
        name = assignment.name
        value = assignment.value
        if isinstance(value, ArrayValue):
            self._assign_array(name, value, assignment.append)
            return
        text = self.assigned_text(value)
        if assignment.index is not None:
            self._assign_element(name, self.text(assignment.index), text, assignment.append)
            return
        if assignment.append:
            variable = self.variables.variable(name)
            present = self.variables.get(name) or ""
            text = f"{present or 0}+({text or 0})" if variable.integer else present + text
        self.assign(name, text)

    def element(self, name: str, index: str) -> str | list[str] | None:
        """An array element by subscript text."""
        return self._element(name, Word((Text(index, True),), index))

    def set_element(self, name: str, index: str, value: str) -> None:
        """Assign an array element by subscript text. Raises ShellError."""
        self._assign_element(name, index, value, append=False)

    def unset_element(self, name: str, index: str) -> None:
        """Forget an array element. Raises ShellError."""
        variable = self.variables.variable(name)
        if variable.readonly:
            raise self.read_only(name)
        if variable.table is not None:
            variable.table.pop(index, None)
        elif variable.array is not None:
            number = self.arithmetic_text(index)
            variable.array.pop(number if number >= 0 else number + max(variable.array, default=-1) + 1, None)

    def _assign_element(self, name: str, index: str, text: str, append: bool) -> None:
        variable = self.variables.variable(name)
        if variable.readonly:
            raise self.read_only(name)
        self.budget.allocate(len(text))
        if variable.table is not None:
            variable.table[index] = variable.table.get(index, "") + text if append else text
            return
        array = self.variables.array(name)
        number = self.arithmetic_text(index)
        if number < 0:
            number += max(array, default=-1) + 1
            if number < 0:
                raise ShellError(f"{name}[{index}]: bad array subscript", 1)
        array[number] = array.get(number, "") + text if append else text

    def _assign_array(self, name: str, value: ArrayValue, append: bool) -> None:
        variable = self.variables.variable(name)
        if variable.readonly:
            raise self.read_only(name)
        if variable.table is not None:
            if not append:
                variable.table.clear()
            for index, word in value.items:
                if index is not None:
                    variable.table[self.text(index)] = self.text(word)
            return
        array = dict(self.variables.array(name)) if append else {}
        position = max(array, default=-1) + 1
        for index, word in value.items:
            if index is not None:
                position = self.arithmetic(index)
                array[position] = self.assigned_text(word)
                position += 1
                continue
            for item in self.fields(word) if word.plain is None else [word.plain]:
                array[position] = item
                position += 1
        self.budget.step(1 + len(array))
        self.variables.replace_array(name, array)
