"""SecretsUsedInArgOrEnv."""

import re
from collections.abc import Iterator
from typing import Final

from engine.dockerfile.instructions.arg import Arg
from engine.dockerfile.instructions.env import Env
from engine.dockerfile.lint import LintSubject, Report, rule

_SECRET: Final = re.compile(
    r"(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)", re.IGNORECASE
)
_HARMLESS: Final = re.compile(r"(?:_|^)(?:public|file|version)(?:_|$)", re.IGNORECASE)


@rule(
    "SecretsUsedInArgOrEnv",
    "Sensitive data should not be used in the ARG or ENV commands",
    bad="FROM busybox\nARG AWS_SECRET_ACCESS_KEY\n",
    good="FROM busybox\nRUN --mount=type=secret,id=aws wc -c /run/secrets/aws\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """A name that sounds like a secret: the value would stay in the image's history for everyone."""
    for _, trace in subject.applied():
        instruction = trace.expanded
        names: list[str] = []
        if isinstance(instruction, Arg):
            names = [argument.name for argument in instruction.arguments]
        elif isinstance(instruction, Env):
            names = [pair.name for pair in instruction.pairs]
        for name in names:
            if _SECRET.search(name) and not _HARMLESS.search(name):
                keyword = trace.instruction.keyword
                detail = f'Do not use ARG or ENV instructions for sensitive data ({keyword} "{name}")'
                yield Report(detail, trace.instruction.location, trace.instruction.node.comments)
