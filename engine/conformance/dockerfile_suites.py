"""The suites about Dockerfiles: words, ignore files, parsing, stages, instructions, conversion, lint."""

from __future__ import annotations

from typing import Any

from engine.build.ops import BaseImage, CopyItem, CopyOp, GitItem, Operation, RunOp, UrlItem
from engine.conformance.units import unit_suite
from engine.dockerfile.directives import find_directive, reference_of
from engine.dockerfile.dockerignore import IgnoreMatcher, read_patterns
from engine.dockerfile.errors import DockerfileError
from engine.dockerfile.frontend import FrontendOptions, compile_dockerfile
from engine.dockerfile.gotext import quote, quote_list
from engine.dockerfile.heredoc import find_marks
from engine.dockerfile.instruction import parse_instruction
from engine.dockerfile.instructions.copy import Copy
from engine.dockerfile.instructions.expose import parse_ports
from engine.dockerfile.instructions.run import Run
from engine.dockerfile.lint import LintSubject, options_of
from engine.dockerfile.lint import lint as run_lint
from engine.dockerfile.parser import Dockerfile, Node
from engine.dockerfile.parser import parse as parse_dockerfile
from engine.dockerfile.stages import read_stages
from engine.dockerfile.syntax import json_array, split_words
from engine.dockerfile.words import WordLexer
from engine.image.config import ImageConfig
from engine.image.history import History
from engine.image.reference import parse_normalized


@unit_suite("words")
def words(case: dict[str, Any]) -> dict[str, Any]:
    """Variable expansion, to one word or to several."""
    env = dict(entry.partition("=")[::2] for entry in case["env"])
    expansion = WordLexer(case["escape"]).expand(case["text"], env)
    if case["mode"] == "words":
        return {"words": list(expansion.words) or None}
    return {
        "result": expansion.result,
        "matched": sorted(expansion.matched),
        "unmatched": sorted(expansion.unmatched),
    }


@unit_suite("dockerignore")
def dockerignore(case: dict[str, Any]) -> dict[str, Any]:
    """Which paths an ignore file, or a list of patterns, leaves out."""
    patterns = case["patterns"] if "patterns" in case else read_patterns(case["dockerignore"])
    # Nothing but comments and blank lines reads as no list at all, an empty file as an empty one.
    answer: dict[str, Any] = {"patterns": list(patterns) or (None if case.get("dockerignore") else [])}
    if case["paths"]:
        matcher = IgnoreMatcher.from_patterns(patterns)
        answer["matches"] = {path: matcher.ignores(path) for path in case["paths"]}
    return answer


def _failure(error: DockerfileError) -> dict[str, Any]:
    return {"error": str(error), "line": error.line}


@unit_suite("parse")
def parse(case: dict[str, Any]) -> dict[str, Any]:
    """A Dockerfile to its nodes, or one piece of the parser alone."""
    if "part" in case:
        return _parse_part(case["part"], case["text"])
    dockerfile = parse_dockerfile(case["dockerfile"])
    if dockerfile.errors:
        return _failure(dockerfile.errors[0])
    return {
        "escape": dockerfile.escape,
        "nodes": [_node(node) for node in dockerfile.nodes],
        "dump": _dump(dockerfile),
    }


def _parse_part(part: str, text: str) -> dict[str, Any]:
    if part == "words":
        return {"words": list(split_words(text, "\\"))}
    if part == "heredoc_line":
        return {"names": [mark.name for mark in find_marks(text)]}
    array = json_array(text)
    return {"error": "not a JSON array"} if array is None else {"array": list(array)}


def _node(node: Node) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "cmd": node.keyword,
        "args": list(node.args),
        "flags": list(node.flags),
        "start": node.location.start_line,
        "end": node.location.end_line,
    }
    if node.is_json:
        answer["json"] = True
    if node.heredocs:
        answer["heredocs"] = [
            {
                "name": heredoc.name,
                "content": heredoc.content,
                "expand": heredoc.expand,
                "chomp": heredoc.chomp,
                "fd": heredoc.descriptor,
            }
            for heredoc in node.heredocs
        ]
    if node.child is not None:
        answer["children"] = [_node(node.child)]
    return answer


def _dump(dockerfile: Dockerfile) -> str:
    return "".join(f"({_expression(node)})\n" for node in dockerfile.nodes)


def _expression(node: Node) -> str:
    words = [node.keyword.lower()]
    if node.flags:
        words.append(quote_list(node.flags))
    words += [quote(argument) for argument in node.args]
    if node.child is not None:
        words.append(f"({_expression(node.child)})")
    return " ".join(words)


@unit_suite("stages")
def stages(case: dict[str, Any]) -> dict[str, Any]:
    """Typed instructions grouped in stages."""
    staged = read_stages(parse_dockerfile(case["dockerfile"]))
    if staged.first_error is not None:
        return _failure(staged.first_error)
    return {
        "stages": [
            {
                "name": stage.name,
                "base": stage.from_.base,
                "platform": stage.from_.platform,
                "commands": [one.node.keyword for one in stage.instructions],
            }
            for stage in staged.stages
        ]
    }


@unit_suite("instructions")
def instructions(case: dict[str, Any]) -> dict[str, Any]:
    """One instruction alone."""
    kind = case["kind"]
    if kind == "expose":
        return {"ports": list(parse_ports(case["args"]))}
    if kind == "directive":
        directive = find_directive(case["name"], case["dockerfile"])
        if directive is None:
            return {"found": False, "ref": "", "cmdline": ""}
        return {
            "found": True,
            "ref": reference_of(directive),
            "cmdline": directive.value,
            "line": directive.line,
        }
    dockerfile = parse_dockerfile(case["dockerfile"])
    if dockerfile.errors:
        return _failure(dockerfile.errors[0])
    instruction = parse_instruction(dockerfile.nodes[0])
    if isinstance(instruction, Copy):
        return {
            "dest": instruction.sources.destination,
            "sources": list(instruction.sources.paths),
            "contents": [
                {"path": one.name, "data": one.body, "expand": one.expand}
                for one in instruction.sources.inline
            ],
        }
    if isinstance(instruction, Run):
        return {
            "shell": instruction.shell_form,
            "command": list(instruction.args),
            "files": [
                {"name": one.name, "data": one.content, "chomp": one.chomp, "no_expand": False}
                for one in instruction.heredocs
            ],
        }
    return {}


def _base_image(base: dict[str, Any], written: str) -> BaseImage:
    return BaseImage(
        reference=str(parse_normalized(written).tagged()),
        config=ImageConfig.from_json(base.get("config", {})),
        history=tuple(History.from_json(row) for row in base.get("history", [])),
    )


def _step_names(operations: list[Operation]) -> list[str]:
    """The names of all steps in BuildKit's order.

    A source that is fetched is a step too, with the name of the last instruction that asks for it.
    """
    names: list[str] = []
    fetched: dict[CopyItem, int] = {}
    for operation in operations:
        if isinstance(operation, CopyOp):
            for item in operation.items:
                if isinstance(item, UrlItem | GitItem):
                    position = fetched.setdefault(item, len(names))
                    names[position : position + 1] = [operation.name]
        if operation.name:
            names.append(operation.name)
    return names


@unit_suite("convert")
def convert(case: dict[str, Any]) -> dict[str, Any]:
    """A Dockerfile to configuration, history and steps, without running anything."""
    options = FrontendOptions(build_args=case["build_args"], current_release=True)
    result = compile_dockerfile(
        case["dockerfile"], options, lambda written, platform: _base_image(case["base"], written)
    )
    if result.error is not None:
        return _failure(result.error)
    if result.plan is None:
        return {"error": "nothing to build"}
    target = result.plan.result
    steps = [step for stage in result.plan.stages for step in stage.operations]
    return {
        "config": target.config.to_json(),
        "history": [row.to_json() for row in target.history],
        "run": [
            {
                "name": step.name,
                "args": list(step.args),
                "env": list(step.env),
                "cwd": step.working_dir,
                "user": step.user,
            }
            for step in steps
            if isinstance(step, RunOp)
        ],
        "step_names": _step_names(steps),
        "author": target.author,
    }


@unit_suite("lint")
def lint(case: dict[str, Any]) -> dict[str, Any]:
    """Docker's build checks for the default target.

    Documentation shows instructions without a FROM; they are checked as the rest of a stage.
    """
    text = case["dockerfile"]
    if not read_stages(parse_dockerfile(text)).stages:
        fragment = lint({**case, "dockerfile": f"FROM scratch\n{text}"})
        for warning in fragment["warnings"]:
            warning["line"] -= 1
        return fragment
    given = {
        name.removeprefix("build-arg:"): value
        for name, value in case.get("attrs", {}).items()
        if name.startswith("build-arg:")
    }
    result = compile_dockerfile(
        text,
        FrontendOptions(build_args=given, current_release=True),
        lambda written, platform: BaseImage(
            str(parse_normalized(written).tagged()), ImageConfig(), platform=platform
        ),
    )
    ignore = case.get("dockerignore")
    matcher = None if ignore is None else IgnoreMatcher.from_file(ignore)
    subject = LintSubject(result, matcher)
    checked = run_lint(subject, options_of(text, given), own=False, strict=True)
    answer: dict[str, Any] = {
        "warnings": [
            {
                "rule": finding.rule,
                "line": finding.line,
                "detail": finding.detail,
                "description": finding.description,
                "url": finding.url,
            }
            for finding in checked.findings
        ]
    }
    if checked.error:
        answer["build_error"] = checked.error
    return answer
