"""Shell variables with their attributes, function-local scopes and bash's arrays."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.budget import Budget
from engine.shell.errors import ReadOnlyVariable

Array = dict[int, str]
Table = dict[str, str]


class Variable(NamedTuple):
    """A variable. ``value`` is None while it only has attributes; arrays live in ``array`` or ``table``."""

    value: str | None = None
    exported: bool = False
    readonly: bool = False
    integer: bool = False
    case: str = ""
    """``l`` or ``u``: values are folded to lower or upper case when assigned (bash)."""
    array: Array | None = None
    table: Table | None = None
    bare: bool = False
    """An array that was declared but never assigned: ``declare -p`` shows it without ``=()``."""
    reference: str = ""
    """bash's ``declare -n``: the variable this one stands for."""


_UNSET = Variable()


class Variables:
    """All variables of one shell. Values are charged to the budget's memory."""

    def __init__(self, budget: Budget, environment: Mapping[str, str] | None = None) -> None:
        self._budget = budget
        self.all: dict[str, Variable] = {
            name: Variable(value, exported=True) for name, value in (environment or {}).items()
        }
        self.export_everything = False
        self._scopes: list[dict[str, Variable | None]] = []
        self._environment: dict[str, str] | None = None

    def copy(self) -> "Variables":
        """An independent copy, for a subshell."""
        twin = Variables.__new__(Variables)
        twin._budget = self._budget
        twin.all = (
            {
                name: variable
                if variable.array is None and variable.table is None
                else variable._replace(
                    array=None if variable.array is None else dict(variable.array),
                    table=None if variable.table is None else dict(variable.table),
                )
                for name, variable in self.all.items()
            }
            if any(v.array is not None or v.table is not None for v in self.all.values())
            else dict(self.all)
        )
        twin.export_everything = self.export_everything
        twin._scopes = [dict(scope) for scope in self._scopes]
        twin._environment = self._environment
        self._budget.step(1 + len(self.all) // 32)
        return twin

    # ------------------------------------------------------------------ reading

    def get(self, name: str) -> str | None:
        """The scalar value (element 0 of an array), or None when unset."""
        variable = self.all.get(name)
        if variable is None:
            return None
        if variable.reference:
            return self.get(self.target(name))
        if variable.array is not None:
            return variable.array.get(0)
        if variable.table is not None:
            return variable.table.get("0")
        return variable.value

    def target(self, name: str) -> str:
        """``name``, or the variable it refers to (``declare -n``)."""
        for _ in range(8):
            variable = self.all.get(name)
            if variable is None or not variable.reference:
                break
            name = variable.reference
        return name

    def variable(self, name: str) -> Variable:
        """The variable, or one without value or attributes."""
        return self.all.get(self.target(name), _UNSET)

    def environment(self) -> dict[str, str]:
        """What a started program gets; the same dict until something exported changes."""
        if self._environment is None:
            self._environment = {
                name: variable.value
                for name, variable in self.all.items()
                if variable.exported and variable.value is not None
            }
        return self._environment

    def forget_environment(self) -> None:
        """Something exported was changed from outside: the next ``environment`` is made anew."""
        self._environment = None

    def names(self) -> Iterator[str]:
        """Every name that has a value or attributes, sorted."""
        return iter(sorted(self.all))

    # ------------------------------------------------------------------ writing

    def set(self, name: str, value: str) -> None:
        """Assign a scalar (element 0 of an array). Raises ReadOnlyVariable."""
        self._budget.allocate(len(value))
        present = self.all.get(name)
        if present is None:
            self._store(name, Variable(value, self.export_everything))
            return
        if present.reference:
            self.set(self.target(name), value)
            return
        if present.readonly:
            raise ReadOnlyVariable(name)
        if present.case:
            value = value.lower() if present.case == "l" else value.upper()
        if present.array is not None:
            present.array[0] = value
        elif present.table is not None:
            present.table["0"] = value
        elif present.exported or self.export_everything:
            self._store(name, present._replace(value=value, exported=True))
        else:
            self.all[name] = present._replace(value=value)

    def _store(self, name: str, variable: Variable) -> None:
        self.all[name] = variable
        if variable.exported:
            self._environment = None

    def mark(self, name: str, **attributes: object) -> None:
        """Give a variable attributes (``exported``, ``readonly``, ``integer``, ``case``, …)."""
        self._store(name, self.all.get(name, _UNSET)._replace(**attributes))  # type: ignore[arg-type]
        self._environment = None

    def unset(self, name: str) -> None:
        """Forget a variable. Raises ReadOnlyVariable."""
        name = self.target(name)
        present = self.all.get(name)
        if present is None:
            return
        if present.readonly:
            raise ReadOnlyVariable(name)
        del self.all[name]
        self._environment = None

    def array(self, name: str) -> Array:
        """The indexed array ``name``, made from its scalar value if need be. Raises ReadOnlyVariable."""
        name = self.target(name)
        present = self.all.get(name, _UNSET)
        if present.readonly:
            raise ReadOnlyVariable(name)
        if present.array is None:
            array: Array = {} if present.value is None else {0: present.value}
            self.all[name] = present._replace(value=None, array=array)
            self._environment = None
            return array
        return present.array

    def replace_array(self, name: str, array: Array) -> None:
        """Make ``name`` the indexed array ``array``. Raises ReadOnlyVariable."""
        name = self.target(name)
        present = self.all.get(name, _UNSET)
        if present.readonly:
            raise ReadOnlyVariable(name)
        self._budget.allocate(sum(map(len, array.values())))
        self.all[name] = present._replace(value=None, array=array, table=None, bare=False)

    # ------------------------------------------------------------------ scopes

    @property
    def in_function(self) -> bool:
        """Whether a scope is open."""
        return bool(self._scopes)

    def enter_scope(self) -> None:
        """Begin a function's scope."""
        self._scopes.append({})

    def leave_scope(self) -> None:
        """End it: local variables get their former values back."""
        for name, former in self._scopes.pop().items():
            if former is None:
                self.all.pop(name, None)
            else:
                self.all[name] = former
        self._environment = None

    def is_local(self, name: str) -> bool:
        """Whether the innermost function has declared ``name`` local."""
        return bool(self._scopes) and name in self._scopes[-1]

    def make_local(self, name: str, keep_value: bool) -> None:
        """Save ``name`` until the scope ends; bash starts it unset, dash keeps the outer value.

        Raises ReadOnlyVariable.
        """
        scope = self._scopes[-1]
        if name in scope:
            return
        former = self.all.get(name)
        if former is not None and former.readonly:
            raise ReadOnlyVariable(name)
        scope[name] = former
        if not keep_value:
            self.all[name] = Variable(None, former is not None and former.exported)
        self._environment = None
