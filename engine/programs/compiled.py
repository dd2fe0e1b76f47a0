"""What a program built inside the simulation does when it runs: print what its source prints."""

from engine.programs.lib.artefacts import NAME, artefact_of
from engine.programs.lib.servers import stay_up
from engine.shell.process import Process
from engine.shell.registry import program


@program(NAME, package="", summary="a program compiled in the simulation")
def compiled(p: Process) -> int:
    lines, serves = artefact_of(p)
    text = "".join(lines)
    if serves:
        stay_up(p, text)
    p.write(text)
    return 0
