"""Lists in the formats of the docker client: table, ``table TEMPLATE``, json, raw or a template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.cli.gotemplate import (
    GoStruct,
    GoValue,
    Method,
    StructField,
    Template,
    TemplateError,
    parse_template,
    to_json,
)
from engine.cli.tabwriter import align
from engine.errors import EngineError

TABLE = "table"
JSON = "json"
RAW = "raw"


class FormatError(EngineError):
    """A ``--format`` that is no template, or does not fit the list."""

    def __init__(self, cause: TemplateError) -> None:
        super().__init__(f"template parsing error: {cause}")


@dataclass(slots=True)
class Row:
    """One line of a list: its columns by template name."""

    columns: Mapping[str, GoValue]
    labels: Mapping[str, str] = field(default_factory=dict)
    """What ``.Label "name"`` looks up."""
    go_fields: Callable[[], tuple[StructField, ...]] | None = None
    """The fields of the client's own struct, seen when a template prints the whole row."""

    def as_struct(self, go_type: str, *, has_labels: bool) -> GoStruct:
        """The value a template is applied to."""
        methods: dict[str, Method] = {
            name: Method((), _constant(value)) for name, value in self.columns.items()
        }
        if has_labels:
            methods["Label"] = Method(("string",), lambda name: self.labels.get(name, ""))
        fields = self.go_fields() if self.go_fields else ()
        return GoStruct(go_type, fields, methods, is_pointer=True, to_json=lambda: dict(self.columns))


def _constant(value: GoValue) -> Callable[[], GoValue]:
    return lambda: value


@dataclass(frozen=True, slots=True)
class ListType:
    """What all rows of one kind of list share."""

    go_type: str
    headers: Mapping[str, str]
    default: tuple[str, ...]
    """Columns of the plain table."""
    has_labels: bool = False

    def render(self, format_text: str, rows: Sequence[Row], *, columns: tuple[str, ...] | None = None) -> str:
        """All rows in the format asked for; ``columns`` replaces the default ones of the plain table.

        Raises FormatError with the client's sentence.
        """
        if format_text == TABLE:
            return self._plain_table(columns or self.default, rows)
        if format_text == JSON:
            return "".join(to_json(dict(row.columns), escape_html=True) + "\n" for row in rows)
        is_table = format_text.startswith(TABLE)
        source = format_text.removeprefix(TABLE) if is_table else format_text
        source = source.strip(" ").replace("\\t", "\t").replace("\\n", "\n")
        try:
            template = parse_template(source)
            lines = [
                template.execute(row.as_struct(self.go_type, has_labels=self.has_labels)) + "\n"
                for row in rows
            ]
            if not is_table:
                return "".join(lines)
            return align(self._header(template) + "\n" + "".join(lines))
        except TemplateError as error:
            raise FormatError(error) from None

    def _plain_table(self, columns: tuple[str, ...], rows: Sequence[Row]) -> str:
        lines = ["\t".join(self.headers[name] for name in columns)]
        lines += ("\t".join(_cell(row.columns[name]) for name in columns) for row in rows)
        return align("\n".join(lines) + "\n")

    def _header(self, template: Template) -> str:
        methods: dict[str, Method] = {
            name: Method((), _constant(header)) for name, header in self.headers.items()
        }
        if self.has_labels:
            methods["Label"] = Method(("string",), _label_header)
        return template.for_header().execute(GoStruct("formatter.SubHeaderContext", (), methods))


def _label_header(name: str) -> str:
    return name.rpartition(".")[2].replace("-", " ").replace("_", " ")


def _cell(value: GoValue) -> str:
    return value if isinstance(value, str) else to_json(value)
