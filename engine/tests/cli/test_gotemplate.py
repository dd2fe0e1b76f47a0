"""Go templates: the language, its errors, and its limits."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cli.gotemplate import (
    GoInt,
    GoSlice,
    GoStruct,
    StructField,
    TemplateError,
    TemplateExecutionError,
    TemplateSyntaxError,
    parse_template,
)

DATA = {
    "Name": "web",
    "List": ["a", "b", "c"],
    "Map": {"k": "v", "a": {"b": 1}},
    "Zero": 0,
    "Nil": None,
    "Flag": True,
    "Size": 1234,
    "Float": 1.5,
}


ALL = "map[Flag:true Float:1.5 List:[a b c] Map:map[a:map[b:1] k:v] Name:web Nil:<nil> Size:1234 Zero:0]"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{.Name}}", "web"),
        (
            "{{$}}",
            ALL,
        ),
        ("{{.Map.a.b}} {{.Nope}}", "1 <no value>"),
        ("{{range .List}}[{{.}}]{{else}}none{{end}}", "[a][b][c]"),
        ("{{range $i, $x := .List}}{{if $i}}, {{end}}{{$x}}{{end}}", "a, b, c"),
        ("{{range .Nil}}x{{else}}none{{end}}", "none"),
        ("{{range $k, $v := .Map}}{{$k}};{{end}}", "a;k;"),
        ("{{range 3}}{{.}}{{end}}", "012"),
        ('{{range .List}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}', "a"),
        ("{{with .Map}}{{.k}}{{else with .Name}}{{.}}{{end}}", "v"),
        ("{{with .Zero}}x{{else with .Name}}{{.}}{{end}}", "web"),
        ("{{if .Zero}}1{{else if .Flag}}2{{else}}3{{end}}", "2"),
        ('{{define "t"}}<{{.}}>{{end}}{{template "t" .Name}}', "<web>"),
        ('{{block "b" .Name}}{{.}}!{{end}}', "web!"),
        ("{{$x := 1}}{{if true}}{{$x = 2}}{{$x := 3}}{{end}}{{$x}}", "2"),
        ('{{len .List}} {{len .Name}} {{index .List 1}} {{index .Map "a" "b"}}', "3 3 b 1"),
        ("{{slice .List 1}} {{slice .Name 0 2}}", "[b c] we"),
        (
            '{{printf "%05d|%-4s|%x|%q|%v|%T|%t|%.2f" .Size .Name .Name .Name .List .Size .Flag .Float}}',
            '01234|web |776562|"web"|[a b c]|int|true|1.50',
        ),
        ('{{printf "%d %s" .Name}}', "%!d(string=web) %!s(MISSING)"),
        ('{{printf "%s" .Name .Size}}', "web%!(EXTRA int=1234)"),
        ('{{.Name | printf "%s-%s" "x" | upper | len}}', "5"),
        ("{{and .Flag .Zero .Nope.X}} {{or .Zero .Name}} {{not .Zero}}", "0 web true"),
        ('{{eq .Size 1 1234}} {{ne .Name "web"}} {{lt 1.5 2.5}} {{ge "b" "a"}}', "true false true true"),
        (
            '{{json .Map}} {{join (split "a,b" ",") "-"}} {{title "ab c"}} {{pad .Name 1 2}}|',
            '{"a":{"b":1},"k":"v"} a-b Ab C  web  |',
        ),
        (
            '{{html "<a & \'b\'>"}} {{urlquery "a b&c"}} {{js "it\'s"}}',
            "&lt;a &amp; &#39;b&#39;&gt; a+b%26c it\\'s",
        ),
        ('{{print 1 2 "x" 3}}{{println 1 "x"}}', "1 2x31 x\n"),
        ("a {{- /* gone */ -}} b", "ab"),
        ("{{- 1 -}} {{- 2}}", "12"),
        ("{{0x10}} {{1_000}} {{'\\n'}} {{1e3}} {{.5}} {{-3}} {{`raw\\n`}}", "16 1000 10 1000 0.5 -3 raw\\n"),
        ('{{(index .List 0) | printf "%s!"}}', "a!"),
    ],
)
def test_output(source: str, expected: str) -> None:
    assert parse_template(source).execute(DATA) == expected


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{", "template: :1: unclosed action"),
        ("{{.Name", "template: :1: unclosed action"),
        ("{{if .Name}}", "template: :1: unexpected EOF"),
        ("{{end}}", "template: :1: unexpected {{end}}"),
        ("{{else}}", "template: :1: unexpected {{else}}"),
        ("{{}}", "template: :1: missing value for command"),
        ("{{nope 1}}", 'template: :1: function "nope" not defined'),
        ("{{$x}}", 'template: :1: undefined variable "$x"'),
        ('{{"a}}', "template: :1: unterminated quoted string"),
        ("{{(1}}", "template: :1: unclosed left paren"),
        ("{{1)}}", "template: :1: unexpected right paren"),
        ("{{/* x }}", "template: :1: unclosed comment"),
        ("{{1 | 2}}", "template: :1: non executable command in pipeline stage 2"),
        ("{{break}}", "template: :1: {{break}} outside {{range}}"),
        ("{{3x}}", 'template: :1: bad number syntax: "3x"'),
        ("{{1.a}}", 'template: :1: bad number syntax: "1.a"'),
        ("\n\n{{if}}", "template: :3: missing value for if"),
        ("{{range $a, $b, $c := .}}{{end}}", "template: :1: too many declarations in range"),
        ("{{ .A ! }}", 'template: :1: unexpected "!" in operand'),
    ],
)
def test_syntax_errors(source: str, message: str) -> None:
    with pytest.raises(TemplateSyntaxError) as error:
        parse_template(source)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{.Name.X}}", ':1:7: executing "" at <.Name.X>: can\'t evaluate field X in type string'),
        (
            "{{index .List 9}}",
            ':1:2: executing "" at <index .List 9>: error calling index: index out of range: 9',
        ),
        ("{{len 3}}", ':1:2: executing "" at <len 3>: error calling len: len of type int'),
        ("{{upper .Size}}", ':1:8: executing "" at <.Size>: wrong type for value; expected string; got int'),
        ("{{upper}}", ':1:2: executing "" at <upper>: wrong number of args for upper: want 1 got 0'),
        ("{{nil}}", ':1:2: executing "" at <nil>: nil is not a command'),
        ("{{range .Name}}{{end}}", ':1:8: executing "" at <.Name>: range can\'t iterate over web'),
        ('{{template "x"}}', ':1:11: executing "" at <{{template "x"}}>: template "x" not defined'),
        (
            '{{eq 1 "a"}}',
            ':1:2: executing "" at <eq 1 "a">: error calling eq: incompatible types for comparison',
        ),
        ("{{.Name 1}}", ':1:2: executing "" at <.Name>: Name is not a method but has arguments'),
        ("{{1 2}}", ':1:2: executing "" at <1>: can\'t give argument to non-function 1'),
    ],
)
def test_execution_errors(source: str, message: str) -> None:
    template = parse_template(source)
    with pytest.raises(TemplateExecutionError) as error:
        template.execute(DATA)
    assert str(error.value) == f"template: {message}"


def test_structs_know_their_fields_and_print_like_go() -> None:
    inner = GoStruct(
        "t.Inner", (StructField("N", GoInt(3), "n"), StructField("S", GoSlice(["x"]), "s", True))
    )
    value = GoStruct("t.Outer", (StructField("In", inner, "in"), StructField("hidden", 1)))
    assert parse_template('{{.In}} {{.In.N}} {{json .}} {{printf "%+v" .In}}').execute(value) == (
        '{3 [x]} 3 {"in":{"n":3,"s":["x"]}} {N:3 S:[x]}'
    )
    with pytest.raises(TemplateExecutionError, match=r"hidden is an unexported field"):
        parse_template("{{.hidden}}").execute(value)


@pytest.mark.parametrize(
    "source",
    [
        '{{define "x"}}{{template "x" .}}{{end}}{{template "x" .}}',
        "{{range 999999999999}}x{{end}}",
        "{{range 100000}}{{range 100000}}x{{end}}{{end}}",
        '{{printf "%999999d" 1}}{{printf "%999999d" 1}}',
        '{{pad "x" 999999999 1}}',
        "(" * 3 + "{{" + "(" * 5000 + "1" + ")" * 5000 + "}}",
        "{{if 1}}" * 5000 + "{{end}}" * 5000,
        "{{if 0}}" + "{{else if 0}}" * 5000 + "{{end}}",
        "{{" * 50_000,
        "{{/**/}}" * 12_000,
        "x" * 200_000,
    ],
)
def test_hostile_templates_end_soon(source: str) -> None:
    try:
        parse_template(source).execute(DATA)
    except TemplateError as error:
        assert str(error).startswith("template: ")


WORDS = """{{ }} {{- -}} .Name .List $x := = | ( ) range if else end with define template block break
1 -2 'a' "s" `r` . $ nil true , index len slice printf json join eq and or not /* */ é 0x 1e9 %d .Map.a
$x.y"""
PIECES = st.sampled_from([*WORDS.split(), "\n"])


@given(st.lists(PIECES, max_size=14).map(" ".join) | st.text("{}.$|()\"'`-/*a1 \n", max_size=24))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_template_or_a_template_error(source: str) -> None:
    with suppress(TemplateError):
        parse_template(source).execute(DATA)
