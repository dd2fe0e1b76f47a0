"""SecretInLayer (our own): a secret everyone who has the image can read."""

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from engine.build.ops import ContextSource, CopyOp, PathItem
from engine.dockerfile.instructions.arg import Arg
from engine.dockerfile.instructions.env import Env
from engine.dockerfile.lint import LintSubject, Report, rule
from engine.wording import Sentence

_FILE = (
    "'%(name)s' can be read from this layer by everyone who has the image, even if a later step deletes it "
    "(use RUN --mount=type=secret)"
)
_VALUE = (
    "The value of %(name)s looks like a token; it stays in the history of the image "
    "(use RUN --mount=type=secret)"
)

_NAMES: Final = re.compile(
    r"(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.env(?:\.[\w-]+)?|\.netrc|\.npmrc|\.pypirc|\.git-credentials|\.pgpass"
    r"|\.htpasswd|credentials(?:\.json)?|kubeconfig|secrets?\.(?:txt|json|ya?ml|env)|passwords?\.txt"
    r"|.+\.(?:pem|key|p12|pfx|jks|keystore))\Z",
    re.IGNORECASE,
)
_HARMLESS: Final = re.compile(r"(?:\.env\.(?:example|sample|template|dist)|.+\.pub)\Z", re.IGNORECASE)
_VALUES: Final = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
)


@rule(
    "SecretInLayer",
    "Secrets should not be stored in the image",
    own=True,
    bad="FROM busybox\nCOPY id_rsa /root/.ssh/id_rsa\nRUN rm /root/.ssh/id_rsa\n",
    good="FROM busybox\nRUN --mount=type=secret,id=key wc -c /run/secrets/key\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """A key or password file that is copied, or a token in a value: no later step removes it."""
    for _, trace in subject.applied():
        location, comments = trace.instruction.location, trace.instruction.node.comments
        if isinstance(trace.operation, CopyOp) and trace.operation.origin == ContextSource():
            for item in trace.operation.items:
                name = posixpath.basename(item.path.rstrip("/")) if isinstance(item, PathItem) else ""
                if _NAMES.match(name) and not _HARMLESS.match(name):
                    yield Report(
                        Sentence(_FILE, name=name),
                        location,
                        comments,
                    )
        for keyword, name, value in _assigned(trace.expanded):
            if _VALUES.search(value):
                yield Report(
                    Sentence(_VALUE, name=f"{keyword} {name}"),
                    location,
                    comments,
                )


def _assigned(instruction: object) -> list[tuple[str, str, str]]:
    if isinstance(instruction, Env):
        return [("ENV", pair.name, pair.value) for pair in instruction.pairs]
    if isinstance(instruction, Arg):
        return [("ARG", one.name, one.default or "") for one in instruction.arguments]
    return []
