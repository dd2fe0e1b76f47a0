"""InvalidDefaultArgInFrom."""

from collections.abc import Iterator

from engine.dockerfile.errors import DockerfileError
from engine.dockerfile.frontend import default_arguments, expand_global_args
from engine.dockerfile.lint import LintSubject, Phase, Report, rule
from engine.dockerfile.words import WordError, WordLexer
from engine.image.reference import ReferenceError, parse_normalized


@rule(
    "InvalidDefaultArgInFrom",
    "Default value for global ARG results in an empty or invalid base image name",
    phase=Phase.STAGES,
    bad="ARG TAG\nFROM busybox:${TAG}\n",
    good="ARG TAG=latest\nFROM busybox:${TAG}\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """A base image whose name is only valid when a build argument is given."""
    source = subject.result.source
    lexer = WordLexer(source.file.escape)
    platform = subject.result.traces[0].platform if subject.result.traces else "linux/amd64"
    last = source.stages[-1].name if source.stages else ""
    try:
        values = expand_global_args(source.preamble, default_arguments(platform, last, {}), {}, lexer)
        names = [lexer.word(stage.from_.base, values) for stage in source.stages]
    except (DockerfileError, WordError):
        # The build itself is about to fail with the same error.
        return
    for stage, name in zip(source.stages, names, strict=True):
        try:
            parse_normalized(name)
        except ReferenceError:
            written = stage.from_.base
            detail = f"Default value for ARG {written} results in empty or invalid base image name"
            yield Report(detail, stage.location)
