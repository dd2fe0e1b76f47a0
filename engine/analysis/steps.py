"""What the author wrote, read back from a history row's ``created_by`` text."""

_SHELL = "/bin/sh -c "
_NOP = "#(nop)"
_BUILDKIT = "# buildkit"


def author_step(created_by: str) -> str:
    """The Dockerfile line behind a history row, as far as the row still says it.

    BuildKit writes ``RUN |1 V=1 /bin/sh -c make # buildkit`` and the classic builder
    ``|1 V=1 /bin/sh -c make`` or ``/bin/sh -c #(nop)  CMD ["sh"]``: the build arguments, the shell and
    the marks go. Other texts (a commit's command, a row made by another tool) stay as they are.
    """
    text = " ".join(created_by.split())
    if text.endswith(_BUILDKIT):
        text = text[: -len(_BUILDKIT)].rstrip()
    keyword, rest = ("RUN ", text[4:]) if text.startswith("RUN ") else ("", text)
    if rest.startswith("|"):
        _, found, command = rest.partition(f" {_SHELL}")
        if found:
            return f"RUN {command}"
    if rest.startswith(_SHELL):
        command = rest[len(_SHELL) :].lstrip()
        if command.startswith(_NOP):
            return command[len(_NOP) :].strip()
        return f"RUN {command}"
    return keyword + rest


def step_keyword(step: str) -> str:
    """The instruction a step begins with (``RUN``), or "" when it begins with none."""
    word = step.partition(" ")[0]
    return word if word.isalpha() and word.isupper() else ""
