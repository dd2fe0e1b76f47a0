"""The suites about Dockerfiles: words, ignore files, parsing, stages, instructions, conversion, lint."""

from __future__ import annotations

from typing import Any

from engine.conformance.units import unit_suite
from engine.dockerfile.dockerignore import IgnoreMatcher, read_patterns
from engine.dockerfile.words import WordLexer


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
    answer: dict[str, Any] = {"patterns": list(patterns) or None}
    if case["paths"]:
        matcher = IgnoreMatcher.from_patterns(patterns)
        answer["matches"] = {path: matcher.ignores(path) for path in case["paths"]}
    return answer
