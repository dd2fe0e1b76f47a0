"""``RUN``: a process whose changes become a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from engine.build.ops import InlineItem, Operation, RunOp
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.gotext import SPACES, clean_path, plain_list, quote
from engine.dockerfile.heredoc import Heredoc, is_mark
from engine.dockerfile.instruction import FileReference, Instruction, register
from engine.dockerfile.lowering import BUILDKIT_ONLY, StageBuilder
from engine.dockerfile.mounts import MountOption, resolve_mount
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, command_line
from engine.dockerfile.words import WordLexer

_FLAGS: Final = FlagSet(texts=("network", "security"), lists=("mount", "device"))
_NETWORKS: Final = ("default", "none", "host")
_SECURITIES: Final = ("sandbox", "insecure")
_SCRIPTS: Final = "/dev/pipes/"
_PROXIES: Final = frozenset({"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"})


@register
@dataclass(frozen=True, slots=True)
class Run(Instruction):
    """RUN: ``args`` is one command line in the shell form, the argument list in the exec form."""

    keyword: ClassVar[str] = "RUN"
    syntax: ClassVar[Syntax] = staticmethod(command_line)
    has_step: ClassVar[bool] = True

    args: tuple[str, ...]
    shell_form: bool
    heredocs: tuple[Heredoc, ...]
    mounts: tuple[MountOption, ...]
    network: str
    security: str
    flags_used: tuple[str, ...]

    @classmethod
    def parse(cls, node: Node) -> Self:
        flags = _FLAGS.parse(node.flags)
        mounts = tuple(map(MountOption.parse, flags.all("mount")))
        network = flags.text("network") if "network" in flags.used() else "default"
        if network not in _NETWORKS:
            raise InstructionError(f"invalid network mode {quote(network)}", network)
        security = flags.text("security") if "security" in flags.used() else "sandbox"
        if security not in _SECURITIES:
            raise InstructionError(f"security {quote(security)} is not valid", security)
        return cls(node, node.args, not node.is_json, node.heredocs, mounts, network, security, flags.used())

    def file_references(self) -> tuple[FileReference, ...]:
        return tuple(FileReference(mount.from_, by_index=False) for mount in self.mounts if mount.from_)

    @property
    def has_plain_mount(self) -> bool:
        """It mounts something without ``from=``: for that BuildKit's front end makes up a stage."""
        return any(not mount.from_ for mount in self.mounts)

    def lower(self, stage: StageBuilder) -> Operation:
        if stage.classic and self.flags_used:
            flag = f"--{self.flags_used[0]}"
            raise InstructionError(BUILDKIT_ONLY.format(flag), flag)
        if "device" in self.flags_used:
            raise InstructionError(
                "device feature is only supported in Dockerfile frontend 1.14.0-labs or later", "--device"
            )
        mounts = tuple(resolve_mount(option, stage) for option in self.mounts)
        args, script, summary = self._command(stage)
        command = " ".join(args)
        if self.shell_form:
            args = (*stage.shell, command)
        # Only for display: quotes stay, and so do references to variables that are not set.
        lexer = WordLexer(stage.lexer.escape, raw_quotes=True, keep_unset=True)
        name = stage.step_name(self.text + summary, lexer=lexer)
        values = [f"{key}={value}" for key, value in stage.argument_values()]
        created_by = " ".join(["RUN", *_counted(values), *args, "# buildkit"])
        classic = " ".join([*_counted(_visible_arguments(stage)), *args]) if stage.classic else None
        common = stage.fields(self, created_by, classic, name=name, empty_layer=False)
        return RunOp(
            **common,
            args=args,
            command=command,
            shell_form=self.shell_form,
            working_dir=clean_path(stage.config.working_dir or "/"),
            user=stage.config.user,
            mounts=mounts,
            network=self.network,
            security=self.security,
            script=script,
            proxy_env=proxy_environment(stage.given_args),
        )

    def _command(self, stage: StageBuilder) -> tuple[tuple[str, ...], InlineItem | None, str]:
        """The command with its heredocs, a script file it needs, and what to add to the step's name."""
        if not self.heredocs or stage.classic:
            return self.args, None, ""
        if len(self.args) != 1 or not self.shell_form:
            raise InstructionError(f"parsing produced an invalid run command: {plain_list(self.args)}")
        first = self.heredocs[0]
        if not is_mark(self.args[0]):
            # The shell of the image deals with a heredoc that is only a part of the command.
            bodies = "".join(f"\n{heredoc.content}{heredoc.name}" for heredoc in self.heredocs)
            return (self.args[0] + bodies,), None, ""
        summary = f" ({_first_line(first.content)})"
        if first.body.startswith("#!"):
            return (_SCRIPTS + first.name,), InlineItem(first.name, first.body), summary
        return (first.body,), None, summary


def _visible_arguments(stage: StageBuilder) -> list[str]:
    """The build arguments the classic builder notes: those no variable of the image hides, sorted."""
    return sorted(
        f"{name}={stage.env[name]}"
        for name, value in stage.arguments.items()
        if value is not None and stage.config.env_value(name) is None
    )


def _counted(values: list[str]) -> list[str]:
    """Build arguments in front of a command, as both builders note them."""
    return [f"|{len(values)}", *values] if values else []


def _first_line(text: str) -> str:
    first, more, _ = text.strip(SPACES).partition("\n")
    return first.removesuffix("\r") + ("..." if more else "")


def proxy_environment(given: Mapping[str, str]) -> tuple[str, ...]:
    """The variables the predefined proxy arguments put into the environment of every process."""
    pairs = {name.lower(): value for name, value in sorted(given.items()) if name.lower() in _PROXIES}
    return tuple(
        entry for name, value in pairs.items() for entry in (f"{name.upper()}={value}", f"{name}={value}")
    )
