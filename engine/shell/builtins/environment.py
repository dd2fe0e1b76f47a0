"""Builtins that change or show the shell's variables, options and directory."""

from engine.fs import EXECUTE, Directory, FsError
from engine.fs.access import MAX_PATH
from engine.shell.builtin import Run, builtin, find_builtin
from engine.shell.errors import ReadOnlyVariable, ShellError
from engine.shell.interpreter import Shell
from engine.shell.parameters import LONG_OPTIONS
from engine.shell.quoting import dash_quoted, double_quoted, quoted_if_needed, shell_quoted
from engine.shell.run import CommandNotFound, NotExecutable
from engine.shell.syntax import Assignment
from engine.shell.variables import Variable

_SHORT_OPTIONS = {name: letter for letter, name in LONG_OPTIONS.items()}
_LETTERS = {"dash": "aefnuvxCImbEVi", "ash": "aefnuvxCIimbc", "bash": "aefnuvxCBbEhHkmPTt"}
_LISTED = {
    "dash": (
        "errexit noglob ignoreeof interactive monitor noexec stdin xtrace verbose vi emacs noclobber"
        " allexport notify nounset nolog debug"
    ),
    "ash": (
        "errexit noglob ignoreeof interactive monitor noexec stdin xtrace verbose noclobber allexport"
        " notify nounset vi pipefail"
    ),
    "bash": (
        "allexport braceexpand emacs errexit errtrace functrace hashall histexpand history ignoreeof"
        " interactive-comments keyword monitor noclobber noexec noglob nolog notify nounset onecmd physical"
        " pipefail posix privileged verbose vi xtrace"
    ),
}
_SHOPT_NAMES = (
    "autocd assoc_expand_once cdable_vars cdspell checkhash checkjobs checkwinsize cmdhist compat31 compat32"
    " compat40 compat41 compat42 compat43 compat44 complete_fullquote direxpand dirspell dotglob execfail"
    " expand_aliases extdebug extglob extquote failglob force_fignore globasciiranges globskipdots globstar"
    " gnu_errfmt histappend histreedit histverify hostcomplete huponexit inherit_errexit interactive_comments"
    " lastpipe lithist localvar_inherit localvar_unset login_shell mailwarn no_empty_cmd_completion"
    " nocaseglob nocasematch noexpand_translation nullglob patsub_replacement progcomp progcomp_alias"
    " promptvars restricted_shell shift_verbose sourcepath varredir_close xpg_echo"
)
_SHOPT_ON_NAMES = (
    "checkwinsize cmdhist complete_fullquote extquote force_fignore globasciiranges globskipdots hostcomplete"
    " interactive_comments patsub_replacement progcomp promptvars sourcepath"
)
_SHOPT = tuple(_SHOPT_NAMES.split())
_SHOPT_ON = frozenset(_SHOPT_ON_NAMES.split())


def is_name(text: str) -> bool:
    """Whether ``text`` can name a variable."""
    return text.isascii() and text.isidentifier()


# ---------------------------------------------------------------------- directories


@builtin("cd")
@builtin("chdir", shells=("dash", "ash"))
def cd(shell: Shell, argv: list[str]) -> int:
    """Change the working directory."""
    words = argv[1:]
    physical = "P" in shell.options
    while words and words[0].startswith("-") and len(words[0]) > 1:
        if words[0] == "--":
            words = words[1:]
            break
        letters = words[0][1:]
        if not set(letters) <= set("LPe@" if shell.flavour.is_bash else "LP"):
            return _bad_option(shell, "cd", letters.lstrip("LP")[:1], "cd [-L|[-P [-e]] [-@]] [dir]")
        physical = letters[-1] == "P"
        words = words[1:]
    if len(words) > 1 and shell.flavour.is_bash:
        shell.complain("cd: too many arguments")
        return 1
    show = False
    if not words:
        target = shell.variables.get("HOME")
        if target is None:
            if shell.flavour.is_bash:
                shell.complain("cd: HOME not set")
                return 1
            return 0
    elif words[0] == "-":
        target = shell.variables.get("OLDPWD")
        show = True
        if target is None:
            if shell.flavour.is_bash:
                shell.complain("cd: OLDPWD not set")
                return 1
            target = shell.files.cwd
    else:
        target = words[0]
    return _change_directory(shell, target, physical, show)


def _change_directory(shell: Shell, target: str, physical: bool, show: bool) -> int:
    files = shell.files
    if not target:
        return 0
    chosen = target
    search = shell.variables.get("CDPATH")
    if search and not target.startswith(("/", "./", "../")) and target not in (".", ".."):
        for directory in search.split(":"):
            candidate = f"{directory}/{target}" if directory else target
            if files.is_dir(candidate):
                chosen = candidate
                show = show or bool(directory)
                break
    try:
        node = files.stat(chosen)
        if not isinstance(node, Directory):
            raise FsError("ENOTDIR", chosen)
        if not files.access(chosen, EXECUTE):
            raise FsError("EACCES", chosen)
    except FsError as error:
        return _cd_failed(shell, target, error)
    if len(files.absolute(chosen)) > MAX_PATH:
        return _cd_failed(shell, target, FsError("ENAMETOOLONG", target))
    former = files.cwd
    files.cwd = files.real_path(chosen) if physical else files.absolute(chosen)
    if chosen.startswith("//") and not chosen.startswith("///") and not shell.flavour.is_bash:
        files.cwd = "/" + files.cwd
    shell.remember_directory(former)
    if show:
        return shell.out(files.cwd + "\n")
    return 0


def _cd_failed(shell: Shell, target: str, error: FsError) -> int:
    if shell.flavour.is_bash:
        shell.complain(f"cd: {target}: {error.reason}")
        return 1
    if shell.flavour.is_ash:
        shell.complain(f"cd: can't cd to {target}: {error.reason}")
        return 2
    shell.complain(f"cd: can't cd to {target}")
    return 2


@builtin("pwd")
def pwd(shell: Shell, argv: list[str]) -> int:
    """Print the working directory."""
    physical = "P" in shell.options
    for word in argv[1:]:
        if word in ("-P", "-L"):
            physical = word == "-P"
    return shell.out((shell.files.real_path(".") if physical else shell.files.cwd) + "\n")


@builtin("pushd", shells=("bash",))
def pushd(shell: Shell, argv: list[str]) -> "int | Run":
    """Change directory and remember the former one."""
    stack = shell.directory_stack
    former = shell.files.cwd
    if len(argv) < 2:
        if not stack:
            shell.complain("pushd: no other directory")
            return 1
        target = stack[0]
        status = _change_directory(shell, target, False, False)
        if status == 0:
            stack[0] = former
    else:
        status = _change_directory(shell, argv[1], False, False)
        if status:
            return status
        stack.insert(0, former)
    return status or dirs(shell, ["dirs"])


@builtin("popd", shells=("bash",))
def popd(shell: Shell, argv: list[str]) -> "int | Run":
    """Return to the directory remembered last."""
    if not shell.directory_stack:
        shell.complain("popd: directory stack empty")
        return 1
    status = _change_directory(shell, shell.directory_stack.pop(0), False, False)
    return status or dirs(shell, ["dirs"])


@builtin("dirs", shells=("bash",))
def dirs(shell: Shell, argv: list[str]) -> int:
    """List remembered directories."""
    home = shell.variables.get("HOME") or ""
    if "-c" in argv[1:]:
        shell.directory_stack.clear()
        return 0
    shown = []
    for path in [shell.files.cwd, *shell.directory_stack]:
        inside = home and (path == home or path.startswith(home + "/"))
        shown.append("~" + path[len(home) :] if inside and home != "/" else path)
    return shell.out(" ".join(shown) + "\n")


@builtin("umask")
def umask(shell: Shell, argv: list[str]) -> int:
    """Show or set the file mode creation mask."""
    symbolic = "-S" in argv[1:]
    words = [word for word in argv[1:] if word not in ("-S", "-p")]
    if not words:
        mask = shell.files.umask
        if symbolic:
            parts = []
            for who, shift in (("u", 6), ("g", 3), ("o", 0)):
                bits = ~(mask >> shift) & 7
                parts.append(who + "=" + "".join(c for c, b in (("r", 4), ("w", 2), ("x", 1)) if bits & b))
            return shell.out(",".join(parts) + "\n")
        return shell.out(f"{mask:04o}\n")
    text = words[0]
    if text[:1].isdigit():
        if set(text) <= set("01234567") and len(text) < 9:
            shell.files.umask = int(text, 8) & 0o777
            return 0
        if shell.flavour.is_bash:
            shell.complain(f"umask: {text}: octal number out of range")
            return 1
        raise ShellError(
            f"umask: Illegal number: {text}" if shell.flavour.is_dash else f"umask: illegal mode: {text}", 2
        )
    changed = _symbolic_mask(shell.files.umask, text)
    if changed is None:
        if shell.flavour.is_bash:
            shell.complain(f"umask: `{text[:1]}': invalid symbolic mode operator")
            return 1
        raise ShellError(f"umask: {'I' if shell.flavour.is_dash else 'i'}llegal mode: {text}", 2)
    shell.files.umask = changed
    return 0


def _symbolic_mask(mask: int, text: str) -> int | None:
    allowed = ~mask & 0o777
    for clause in text.split(","):
        split = next((i for i, c in enumerate(clause) if c in "+-="), -1)
        if split < 0 or not set(clause[:split]) <= set("ugoa") or not set(clause[split + 1 :]) <= set("rwxX"):
            return None
        who = clause[:split] or "a"
        bits = sum({"r": 4, "w": 2, "x": 1, "X": 1}[c] for c in set(clause[split + 1 :]))
        places = "ugo" if "a" in who else who
        for place in places:
            shift = {"u": 6, "g": 3, "o": 0}[place]
            if clause[split] == "+":
                allowed |= bits << shift
            elif clause[split] == "-":
                allowed &= ~(bits << shift)
            else:
                allowed = (allowed & ~(7 << shift)) | (bits << shift)
    return ~allowed & 0o777


# ---------------------------------------------------------------------- variables


def _bad_option(shell: Shell, command: str, letter: str, usage: str) -> int:
    if shell.flavour.is_bash:
        shell.complain(f"{command}: -{letter}: invalid option")
        shell.error_text(f"{command}: usage: {usage}\n")
        return 2
    if shell.flavour.is_ash:
        raise ShellError(f"{command}: illegal option -{letter}", 2)
    raise ShellError(f"{command}: Illegal option -{letter}", 2)


def _bad_name(shell: Shell, command: str, word: str) -> int:
    if shell.flavour.is_bash:
        shell.complain(f"{command}: `{word}': not a valid identifier")
        return 1
    name = word.partition("=")[0]
    raise ShellError(f"{command}: {name}: bad variable name", 2)


def _take_pending(shell: Shell) -> dict[str, Assignment]:
    pending = {assignment.name: assignment for assignment in shell.pending_arrays}
    shell.pending_arrays.clear()
    return pending


@builtin("export", special=True)
def export(shell: Shell, argv: list[str]) -> int:
    """Mark variables for the environment of programs."""
    words = argv[1:]
    pending = _take_pending(shell)
    remove = functions = False
    while words and words[0].startswith("-") and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            break
        for letter in word[1:]:
            if letter == "n" and not shell.flavour.is_dash:
                remove = True
            elif letter == "f" and shell.flavour.is_bash:
                functions = True
            elif letter != "p":
                return _bad_option(shell, "export", letter, "export [-fn] [name[=value] ...] or export -p")
    if not words:
        return _list_marked(shell, "export", "exported")
    if functions:
        return 0
    status = 0
    for word in words:
        name, equals, value = word.partition("=")
        if not is_name(name):
            status = _bad_name(shell, "export", word)
            continue
        if name in pending:
            shell.assign_node(pending[name])
        elif equals:
            shell.assign(name, value)
        if remove:
            shell.variables.mark(name, exported=False)
        else:
            shell.variables.mark(shell.variables.target(name), exported=True)
    return status


@builtin("readonly", special=True)
def readonly(shell: Shell, argv: list[str]) -> int:
    """Forbid further changes of variables."""
    words = argv[1:]
    pending = _take_pending(shell)
    while words and words[0].startswith("-") and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            break
        for letter in word[1:]:
            if letter not in "paAf":
                return _bad_option(
                    shell, "readonly", letter, "readonly [-aAf] [name[=value] ...] or readonly -p"
                )
    if not words:
        return _list_marked(shell, "readonly", "readonly")
    status = 0
    for word in words:
        name, equals, value = word.partition("=")
        if not is_name(name):
            status = _bad_name(shell, "readonly", word)
            continue
        if name in pending:
            shell.assign_node(pending[name])
        elif equals:
            shell.assign(name, value)
        shell.variables.mark(name, readonly=True)
    return status


def _list_marked(shell: Shell, command: str, attribute: str) -> int:
    for name in shell.variables.names():
        variable = shell.variables.all[name]
        if not getattr(variable, attribute):
            continue
        if shell.flavour.is_bash:
            if shell.flavour.posix:
                value = "" if variable.value is None else f"={double_quoted(variable.value)}"
                shell.out(f"{command} {name}{value}\n")
            else:
                shell.out(_declaration(name, variable))
        else:
            value = "" if variable.value is None else f"={dash_quoted(variable.value)}"
            shell.out(f"{command} {name}{value}\n")
    return 0


def _declaration(name: str, variable: Variable) -> str:
    letters = "".join(
        letter
        for letter, given in (
            ("a", variable.array is not None),
            ("A", variable.table is not None),
            ("i", variable.integer),
            ("l", variable.case == "l"),
            ("n", bool(variable.reference)),
            ("r", variable.readonly),
            ("u", variable.case == "u"),
            ("x", variable.exported),
        )
        if given
    )
    head = f"declare -{letters or '-'} {name}"
    if variable.reference:
        return f"{head}={double_quoted(variable.reference)}\n"
    if variable.bare and not variable.array and not variable.table:
        return f"{head}\n"
    if variable.array is not None:
        items = " ".join(f"[{key}]={double_quoted(variable.array[key])}" for key in sorted(variable.array))
        return f"{head}=({items})\n"
    if variable.table is not None:
        items = "".join(f"[{_key(key)}]={double_quoted(value)} " for key, value in variable.table.items())
        return f"{head}=({items})\n"
    return f"{head}\n" if variable.value is None else f"{head}={double_quoted(variable.value)}\n"


def _key(key: str) -> str:
    return key if quoted_if_needed(key) == key else double_quoted(key)


@builtin("unset", special=True)
def unset(shell: Shell, argv: list[str]) -> int:
    """Forget variables or functions."""
    words = argv[1:]
    functions = variables = False
    while words and words[0].startswith("-") and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            break
        for letter in word[1:]:
            if letter == "f":
                functions = True
            elif letter == "v" or (letter == "n" and shell.flavour.is_bash):
                variables = True
            else:
                return _bad_option(shell, "unset", letter, "unset [-f] [-v] [-n] [name ...]")
    status = 0
    for word in words:
        if functions:
            shell.functions.pop(word, None)
            continue
        name, bracket, index = word.partition("[")
        if not is_name(name):
            if shell.flavour.is_bash:
                shell.functions.pop(word, None)
                continue
            raise ShellError(f"unset: {word}: bad variable name", 2)
        if bracket and shell.flavour.is_bash:
            shell.unset_element(name, index.rstrip("]"))
            continue
        known = name in shell.variables.all
        try:
            shell.variables.unset(name)
        except ReadOnlyVariable:
            if shell.flavour.is_bash:
                shell.complain(f"unset: {name}: cannot unset: readonly variable")
                status = 1
                continue
            raise ShellError(f"unset: {name}: is read only", 2) from None
        if name == "PATH":
            shell.hashed.clear()
        if not known and not variables and shell.flavour.is_bash:
            shell.functions.pop(name, None)
    return status


@builtin("local", special=True, shells=("dash", "ash"))
def local(shell: Shell, argv: list[str]) -> int:
    """Declare variables that end with the function."""
    if not shell.variables.in_function:
        raise ShellError("local: not in a function", 2)
    for word in argv[1:]:
        name, equals, value = word.partition("=")
        if name == "-":
            continue
        if not is_name(name):
            raise ShellError(f"local: {name}: bad variable name", 2)
        shell.variables.make_local(name, keep_value=shell.flavour.is_dash)
        if equals:
            shell.assign(name, value)
    return 0


@builtin("local", "declare", "typeset", shells=("bash",))
def declare(shell: Shell, argv: list[str]) -> int:
    """Declare variables with attributes, or show them."""
    command = argv[0]
    words = argv[1:]
    pending = _take_pending(shell)
    if command == "local" and not shell.variables.in_function:
        shell.complain("local: can only be used in a function")
        return 1
    on: set[str] = set()
    off: set[str] = set()
    while words and words[0][:1] in ("-", "+") and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            break
        for letter in word[1:]:
            if letter not in "aAfFgilnrtuxpI":
                return _bad_option(
                    shell,
                    command,
                    letter,
                    f"{command} [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]"
                    if command != "local"
                    else "local [option] name[=value] ...",
                )
            (on if word[0] == "-" else off).add(letter)
    if on & {"f", "F"}:
        return _show_functions(shell, words, "F" in on)
    if not words or "p" in on:
        return _show_variables(shell, words, command, on)
    status = 0
    for word in words:
        name, equals, value = word.partition("=")
        append = name.endswith("+") and bool(equals)
        name = name.removesuffix("+")
        base, bracket, index = name.partition("[")
        if not is_name(base):
            shell.complain(f"{command}: `{word}': not a valid identifier")
            status = 1
            continue
        try:
            status = (
                _declare_one(
                    shell,
                    base,
                    value if equals else None,
                    on,
                    off,
                    pending.get(base),
                    command,
                    append,
                    index if bracket else None,
                )
                or status
            )
        except ReadOnlyVariable:
            shell.complain(f"{command}: {base}: readonly variable")
            status = 1
    return status


def _declare_one(
    shell: Shell,
    name: str,
    value: str | None,
    on: set[str],
    off: set[str],
    pending: Assignment | None,
    command: str,
    append: bool,
    index: str | None,
) -> int:
    variables = shell.variables
    if variables.in_function and "g" not in on:
        variables.make_local(name, keep_value=False)
    elif variables.variable(name).readonly and (value is not None or "r" in off):
        shell.complain(f"{command}: {name}: readonly variable")
        return 1
    if "n" in on:
        variables.mark(name, reference=value or "")
        return 0
    if "n" in off:
        variables.mark(name, reference="")
    if "A" in on and variables.variable(name).table is None:
        variables.mark(name, table={}, array=None, value=None, bare=True)
    elif "a" in on and variables.variable(name).table is None and variables.variable(name).array is None:
        present = variables.variable(name).value
        variables.mark(name, array={} if present is None else {0: present}, value=None, bare=True)
    if on & {"i", "l", "u"} or off & {"i", "l", "u"}:
        case = (
            "l"
            if "l" in on
            else "u"
            if "u" in on
            else ""
            if off & {"l", "u"}
            else variables.variable(name).case
        )
        integer = "i" in on or (variables.variable(name).integer and "i" not in off)
        variables.mark(name, case=case, integer=integer)
    if pending is not None:
        shell.assign_node(pending)
    elif value is not None:
        if index is not None:
            shell.set_element(name, index.rstrip("]"), value)
        else:
            shell.assign(name, (variables.get(name) or "") + value if append else value)
    elif name not in variables.all:
        variables.mark(name)
    if "x" in on or "x" in off:
        variables.mark(name, exported="x" in on)
    if "r" in on:
        variables.mark(name, readonly=True)
    return 0


def _show_functions(shell: Shell, words: list[str], names_only: bool) -> int:
    status = 0
    for name in words or sorted(shell.functions):
        function = shell.functions.get(name)
        if function is None:
            status = 1
        elif names_only:
            shell.out(f"{name}\n" if words else f"declare -f {name}\n")
        else:
            shell.out(function.source.rstrip() + "\n")
    return status


def _show_variables(shell: Shell, words: list[str], command: str, on: set[str]) -> int:
    status = 0
    attributes = {"x": "exported", "r": "readonly", "i": "integer"}
    wanted = [attributes[letter] for letter in on if letter in attributes]
    for name in words or shell.variables.names():
        variable = shell.variables.all.get(name)
        if variable is None:
            shell.complain(f"{command}: {name}: not found")
            status = 1
        elif (
            (command == "local" and not shell.variables.is_local(name))
            or ("a" in on and variable.array is None)
            or ("A" in on and variable.table is None)
            or (not words and wanted and not all(getattr(variable, attribute) for attribute in wanted))
        ):
            continue
        elif on or words:
            shell.out(_declaration(name, variable))
        elif variable.value is not None:
            shell.out(f"{name}={quoted_if_needed(variable.value)}\n")
    return status


@builtin("let", shells=("bash", "ash"))
def let(shell: Shell, argv: list[str]) -> int:
    """Evaluate arithmetic."""
    if len(argv) < 2:
        shell.complain("let: expression expected")
        return 1
    value = 0
    for word in argv[1:]:
        try:
            value = shell.arithmetic_text(word)
        except ShellError as error:
            shell.complain(f"let: {error.message}" if shell.flavour.is_bash else error.message)
            return 1
    return int(value == 0)


# ---------------------------------------------------------------------- options and positional parameters


@builtin("set", special=True)
def set_(shell: Shell, argv: list[str]) -> int:
    """Set options and positional parameters."""
    words = argv[1:]
    if not words:
        return _list_variables(shell)
    index = 0
    while index < len(words):
        word = words[index]
        if word == "--":
            shell.positional = words[index + 1 :]
            return 0
        if word in ("-", "+") or word[:1] not in ("-", "+"):
            if word == "-":
                shell.options -= {"x", "v"}
                index += 1
                if index >= len(words):
                    return 0
            shell.positional = words[index:]
            return 0
        turn_on = word[0] == "-"
        index += 1
        for letter in word[1:]:
            if letter == "o":
                if index >= len(words):
                    _list_options(shell, turn_on)
                    continue
                if not _long_option(shell, words[index], turn_on):
                    return _set_failed(shell, words[index], turn_on, long=True)
                index += 1
            elif letter in _LETTERS[shell.flavour.kind]:
                change_option(shell, letter, turn_on)
            else:
                return _set_failed(shell, letter, turn_on, long=False)
    return 0


def change_option(shell: Shell, option: str, turn_on: bool) -> None:
    """Turn one option on or off."""
    if turn_on:
        shell.options.add(option)
    else:
        shell.options.discard(option)
    if option == "a":
        shell.variables.export_everything = turn_on


def _long_option(shell: Shell, name: str, turn_on: bool) -> bool:
    if name not in _LISTED[shell.flavour.kind].split():
        return False
    change_option(shell, _SHORT_OPTIONS.get(name, name), turn_on)
    return True


def _set_failed(shell: Shell, option: str, turn_on: bool, long: bool) -> int:
    sign = "-" if turn_on else "+"
    if shell.flavour.is_bash:
        if long:
            shell.complain(f"set: {option}: invalid option name")
            return 2 if not shell.flavour.posix else 1
        shell.complain(f"set: {sign}{option}: invalid option")
        shell.error_text("set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n")
        return 2
    if shell.flavour.is_ash:
        if long:
            shell.complain(f"set: illegal option {sign}o {option}")
            return 1
        raise ShellError(f"set: illegal option {sign}{option}", 2)
    raise ShellError(f"set: Illegal option {sign}{'o ' if long else ''}{option}", 2)


def _list_variables(shell: Shell) -> int:
    for name in shell.variables.names():
        variable = shell.variables.all[name]
        if shell.flavour.is_bash:
            if variable.array is not None or variable.table is not None:
                shell.out(_declaration(name, variable).partition(" ")[2].partition(" ")[2])
            elif variable.value is not None:
                shell.out(f"{name}={quoted_if_needed(variable.value) if variable.value else ''}\n")
        elif variable.value is not None:
            shell.out(f"{name}={dash_quoted(variable.value)}\n")
    return 0


def _list_options(shell: Shell, turn_on: bool) -> None:
    names = _LISTED[shell.flavour.kind].split()
    on = shell.option_names() | ({"interactive-comments"} if shell.flavour.is_bash else set())
    if shell.flavour.posix:
        on |= {"posix"}
    if not turn_on:
        for name in names:
            shell.out(f"set {'-' if name in on else '+'}o {name}\n")
        return
    if shell.flavour.is_dash:
        shell.out("Current option settings\n")
    width = 15 if shell.flavour.is_bash else 16
    separator = "\t" if shell.flavour.is_bash else ""
    for name in names:
        shell.out(f"{name:<{width}}{separator}{'on' if name in on else 'off'}\n")


@builtin("shift", special=True)
def shift(shell: Shell, argv: list[str]) -> int:
    """Drop leading positional parameters."""
    count = 1
    if len(argv) > 1:
        text = argv[1]
        if not (text.isascii() and text.isdigit()):
            if shell.flavour.is_bash:
                if text.lstrip("-").isdigit():
                    shell.complain(f"shift: {text}: shift count out of range")
                else:
                    shell.complain(f"shift: {text}: numeric argument required")
                return 1
            raise ShellError(f"shift: Illegal number: {text}", 2)
        count = int(text[:9])
    if count > len(shell.positional):
        if shell.flavour.is_dash:
            raise ShellError("shift: can't shift that many", 2)
        return 1
    shell.positional = shell.positional[count:]
    return 0


@builtin("shopt", shells=("bash",))
def shopt(shell: Shell, argv: list[str]) -> int:
    """Show or change bash's further options."""
    words = argv[1:]
    letters: set[str] = set()
    while words and words[0].startswith("-"):
        letters |= set(words.pop(0)[1:])
    if "o" in letters:
        return 0 if all(_long_option(shell, name, "s" in letters) for name in words) else 1

    def is_on(name: str) -> bool:
        return (
            (name in _SHOPT_ON) != (f"~{name}" in shell.options)
            if name in _SHOPT_ON
            else name in shell.options
        )

    status = 0
    for name in words or _SHOPT:
        if name not in _SHOPT:
            shell.complain(f"shopt: {name}: invalid shell option name")
            status = 1
            continue
        if words and letters & {"s", "u"}:
            key = f"~{name}" if name in _SHOPT_ON else name
            adding = ("s" in letters) != (name in _SHOPT_ON)
            (shell.options.add if adding else shell.options.discard)(key)
            continue
        if not words and letters & {"s", "u"} and is_on(name) != ("s" in letters):
            continue
        if words and not is_on(name):
            status = 1
        if "q" in letters:
            continue
        if "p" in letters:
            shell.out(f"shopt -{'s' if is_on(name) else 'u'} {name}\n")
        else:
            shell.out(f"{name:<20}\t{'on' if is_on(name) else 'off'}\n")
    return status


@builtin("getopts")
def getopts(shell: Shell, argv: list[str]) -> int:
    """Parse options, one per call."""
    if len(argv) < 3:
        if shell.flavour.is_bash:
            shell.error_text("getopts: usage: getopts optstring name [arg ...]\n")
            return 2
        raise ShellError(
            "getopts: Usage: getopts optstring var [arg...]"
            if shell.flavour.is_dash
            else "getopts: usage: getopts optstring var [arg]",
            2,
        )
    letters, name = argv[1], argv[2]
    words = argv[3:] if len(argv) > 3 else shell.positional
    silent = letters.startswith(":")
    letters = letters.removeprefix(":")
    index, offset = shell.getopts_position
    if offset > 1 and index <= len(words) and offset >= len(words[index - 1]):
        index, offset = index + 1, 1
    if index > len(words) or (
        offset == 1 and (not words[index - 1].startswith("-") or words[index - 1] in ("-", "--"))
    ):
        if index <= len(words) and words[index - 1] == "--" and offset == 1:
            index += 1
        _set_getopts(shell, name, "?", index, 1)
        shell.variables.unset("OPTARG")
        return 1
    word = words[index - 1]
    letter = word[offset]
    offset += 1
    at_word_end = offset >= len(word)
    after = (index + 1, 1) if at_word_end else (index, offset)
    place = letters.find(letter)
    prefix = shell.name if shell.flavour.is_bash else None
    if place < 0 or letter == ":":
        if silent:
            shell.assign("OPTARG", letter)
        else:
            shell.variables.unset("OPTARG")
            message = f"illegal option -- {letter}" if prefix else f"Illegal option -{letter}"
            shell.error_text(f"{prefix}: {message}\n" if prefix else f"{message}\n")
        _set_getopts(shell, name, "?", *after)
        return 0
    if letters[place + 1 : place + 2] != ":":
        shell.variables.unset("OPTARG")
        _set_getopts(shell, name, letter, *after)
        return 0
    if not at_word_end:
        shell.assign("OPTARG", word[offset:])
        _set_getopts(shell, name, letter, index + 1, 1)
        return 0
    if index >= len(words):
        if silent:
            shell.assign("OPTARG", letter)
        else:
            shell.variables.unset("OPTARG")
            message = f"option requires an argument -- {letter}" if prefix else f"No arg for -{letter} option"
            shell.error_text(f"{prefix}: {message}\n" if prefix else f"{message}\n")
        _set_getopts(shell, name, ":" if silent else "?", index + 1, 1)
        return 0
    shell.assign("OPTARG", words[index])
    _set_getopts(shell, name, letter, index + 2, 1)
    return 0


def _set_getopts(shell: Shell, name: str, value: str, index: int, offset: int) -> None:
    shell.assign(name, value)
    shell.assign("OPTIND", str(index))
    shell.getopts_position = (index, offset)


# ---------------------------------------------------------------------- what a name means

_KEYWORDS = frozenset(
    ["if", "then", "elif", "else", "fi", "do", "done", "case", "esac", "while", "until", "for", "{", "}", "!"]
)
_BASH_KEYWORDS = _KEYWORDS | {"[[", "]]", "function", "select", "time", "in", "coproc"}


@builtin("alias")
def alias(shell: Shell, argv: list[str]) -> int:
    """Define or show aliases."""
    words = [word for word in argv[1:] if word != "-p"]
    status = 0
    for word in words or _alias_order(shell):
        name, equals, value = word.partition("=")
        if equals and words and name:
            shell.aliases[name] = value
        elif name in shell.aliases:
            prefix = "alias " if shell.flavour.is_bash and not shell.flavour.posix else ""
            quote = shell_quoted if shell.flavour.is_bash else dash_quoted
            shell.out(f"{prefix}{name}={quote(shell.aliases[name])}\n")
        else:
            if not shell.flavour.is_bash:
                shell.error_text(f"alias: {name} not found\n")
            else:
                shell.complain(f"alias: {name}: not found")
            status = 1
    return status


def _alias_order(shell: Shell) -> list[str]:
    """bash sorts aliases; the others list their hash table."""
    names = sorted(shell.aliases)
    if shell.flavour.is_bash:
        return names
    return sorted(names, key=lambda name: ((ord(name[0]) << 4) + sum(name.encode("utf-8", "replace"))) % 39)


@builtin("unalias")
def unalias(shell: Shell, argv: list[str]) -> int:
    """Remove aliases."""
    if argv[1:2] == ["-a"]:
        shell.aliases.clear()
        return 0
    status = 0
    for name in argv[1:]:
        if shell.aliases.pop(name, None) is None:
            if shell.flavour.is_bash:
                shell.complain(f"unalias: {name}: not found")
            else:
                shell.error_text(f"unalias: {name} not found\n")
            status = 1
    return status


@builtin("type")
def type_(shell: Shell, argv: list[str]) -> int:
    """Say what names mean."""
    words = argv[1:]
    short = every = path_only = False
    if shell.flavour.is_bash:
        while words and words[0].startswith("-") and len(words[0]) > 1:
            short = short or "t" in words[0]
            path_only = path_only or "p" in words[0] or "P" in words[0]
            every = every or "a" in words[0]
            words = words[1:]
    status = 0
    for name in words:
        found = describe(shell, name)
        if found is None:
            status = 1 if shell.flavour.is_bash else 127
            if short or path_only:
                continue
            if shell.flavour.is_bash:
                shell.complain(f"type: {name}: not found")
            else:
                shell.out(f"{name}: not found\n")
            continue
        kind, detail = found
        if short:
            shell.out(kind + "\n")
        elif path_only:
            shell.out(detail + "\n" if kind == "file" else "")
        else:
            shell.out(describe_sentence(shell, name, kind, detail))
    return status


def describe(shell: Shell, name: str) -> tuple[str, str] | None:
    """(alias | keyword | function | builtin | file, detail) for a command name, or None."""
    if name in (_BASH_KEYWORDS if shell.flavour.is_bash else _KEYWORDS):
        return "keyword", ""
    if name in shell.aliases and shell.expands_aliases:
        return "alias", shell.aliases[name]
    if name in shell.functions:
        return "function", shell.functions[name].source
    entry = find_builtin(shell.flavour, name)
    if entry is not None:
        return "builtin", "special" if entry.special else ""
    try:
        return "file", shell.find_path(name)
    except (CommandNotFound, NotExecutable):
        return None


def describe_sentence(shell: Shell, name: str, kind: str, detail: str) -> str:
    flavour = shell.flavour
    if kind == "file":
        return f"{name} is {detail}\n"
    if kind == "keyword":
        return f"{name} is a shell keyword\n"
    if kind == "builtin":
        special = "special " if detail and (not flavour.is_bash or flavour.posix) else ""
        return f"{name} is a {special}shell builtin\n"
    if kind == "alias":
        return (
            f"{name} is aliased to `{detail}'\n" if flavour.is_bash else f"{name} is an alias for {detail}\n"
        )
    if flavour.is_bash:
        return f"{name} is a function\n{detail.rstrip()}\n"
    return f"{name} is a shell function\n" if flavour.is_dash else f"{name} is a function\n"


@builtin("hash")
def hash_(shell: Shell, argv: list[str]) -> int:
    """Remember or show where commands are."""
    words = argv[1:]
    if words[:1] == ["-r"]:
        shell.hashed.clear()
        return 0
    if not words:
        if shell.flavour.is_bash:
            if not shell.hashed:
                return shell.out("hash: hash table empty\n")
            shell.out("hits\tcommand\n")
        for path in shell.hashed.values():
            shell.out(f"   1\t{path}\n" if shell.flavour.is_bash else f"{path}\n")
        return 0
    status = 0
    for name in words:
        try:
            shell.hashed[name] = shell.find_path(name)
        except (CommandNotFound, NotExecutable):
            shell.complain(f"hash: {name}: not found")
            status = 1
    return status


@builtin("times", special=True)
def times(shell: Shell, argv: list[str]) -> int:
    """Show processor times: the simulation uses none."""
    zero = "0m0.000s 0m0.000s\n" if shell.flavour.is_bash else "0m0.000000s 0m0.000000s\n"
    return shell.out(zero * 2)


@builtin("ulimit")
def ulimit(shell: Shell, argv: list[str]) -> int:
    """Show resource limits; setting them is accepted."""
    if "-a" in argv[1:]:
        for description, flag, value in _LIMITS:
            shell.out(f"{description:<30}({flag}) {value}\n")
        return 0
    words = [word for word in argv[1:] if not word.startswith("-")]
    flags = [word for word in argv[1:] if word.startswith("-")]
    if words:
        return 0
    letter = flags[-1][-1] if flags else "f"
    return shell.out(next((value for _, flag, value in _LIMITS if flag.endswith(letter)), "unlimited") + "\n")


_LIMITS = (
    ("core file size (blocks)", "-c", "unlimited"),
    ("file size (blocks)", "-f", "unlimited"),
    ("max locked memory (kbytes)", "-l", "64"),
    ("open files", "-n", "1048576"),
    ("stack size (kbytes)", "-s", "8192"),
    ("cpu time (seconds)", "-t", "unlimited"),
    ("max user processes", "-u", "unlimited"),
    ("virtual memory (kbytes)", "-v", "unlimited"),
)
