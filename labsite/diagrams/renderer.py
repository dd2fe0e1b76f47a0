"""DOT to SVG by a Graphviz program, never for longer than a few seconds."""

import os
import selectors
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Protocol

LARGEST_DOT = 1_500_000
"""Bytes of DOT that are still given to a renderer."""
_END = b"</svg>\n"


class RenderingFailed(RuntimeError):
    """No picture: the program is missing, said no, or took too long. The text equivalent still stands."""


class Renderer(Protocol):
    """Draws one graph. ``name`` is part of the cache key, as two programs never draw alike."""

    name: str

    def svg(self, dot: str) -> str:
        """The SVG document of one graph; raises RenderingFailed."""
        ...


def bundled_program() -> str:
    """Where pip put the ``graphviz-pure`` program; raises RenderingFailed."""
    beside_python = Path(sys.executable).with_name("graphviz-pure")
    if beside_python.exists():
        return str(beside_python)
    found = shutil.which("graphviz-pure")
    if found is None:
        raise RenderingFailed("the program graphviz-pure is not installed")
    return found


def _encoded(dot: str) -> bytes:
    data = dot.encode("utf-8", "replace")
    if len(data) > LARGEST_DOT:
        raise RenderingFailed(f"the diagram is too large to draw ({len(data)} bytes of DOT)")
    return data


class OneShotRenderer:
    """Starts the program for every picture. It is killed after ``timeout`` seconds."""

    def __init__(self, program: str, name: str, timeout: float = 5.0) -> None:
        self.program = program
        self.name = name
        self.timeout = timeout

    def svg(self, dot: str) -> str:
        """See `Renderer`."""
        try:
            done = subprocess.run(
                [self.program, "-Tsvg"],
                input=_encoded(dot),
                capture_output=True,
                timeout=self.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RenderingFailed(f"drawing took longer than {self.timeout:g} s") from None
        except OSError as error:
            raise RenderingFailed(str(error)) from error
        if not done.stdout:
            raise RenderingFailed(done.stderr.decode("utf-8", "replace")[:500])
        return done.stdout.decode("utf-8", "replace")


class LongLivedRenderer:
    """One ``dot`` process that reads graph after graph from its standard input.

    It saves the start of the program and its fonts, most of the time a small picture takes. The process
    belongs to the Python process that started it (a forked worker starts its own), serves one picture
    at a time, and is replaced after an error, a timeout or ``lifetime`` pictures.
    """

    def __init__(self, program: str = "dot", timeout: float = 5.0, lifetime: int = 2000) -> None:
        self.program = program
        self.name = f"long-lived {program}"
        self.timeout = timeout
        self.lifetime = lifetime
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._drawn = 0

    def svg(self, dot: str) -> str:
        """See `Renderer`."""
        data = _encoded(dot)
        with self._lock:
            try:
                answer = self._exchange(self._ready(), data)
            except (OSError, RenderingFailed) as error:
                self.close()
                raise error if isinstance(error, RenderingFailed) else RenderingFailed(str(error)) from error
            self._drawn += 1
            if self._drawn >= self.lifetime:
                self.close()
            return answer.decode("utf-8", "replace")

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._process is not None and (self._owner != os.getpid() or self._process.poll() is not None):
            self.close()
        if self._process is None:
            self._process = subprocess.Popen(
                [self.program, "-Tsvg"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
            self._owner = os.getpid()
            self._drawn = 0
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                os.set_blocking(pipe.fileno(), False)
        return self._process

    def _exchange(self, process: subprocess.Popen[bytes], data: bytes) -> bytes:
        assert process.stdin is not None and process.stdout is not None
        deadline = time.monotonic() + self.timeout
        left = memoryview(data + b"\n")
        answer = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdin, selectors.EVENT_WRITE)
            selector.register(process.stdout, selectors.EVENT_READ)
            while not answer.endswith(_END):
                ready = selector.select(max(0.0, deadline - time.monotonic()))
                if not ready:
                    raise RenderingFailed(f"drawing took longer than {self.timeout:g} s")
                for key, _ in ready:
                    if key.fileobj is process.stdin:
                        left = left[os.write(key.fd, left[:65536]) :]
                        if not left:
                            selector.unregister(process.stdin)
                    else:
                        piece = os.read(key.fd, 1 << 20)
                        if not piece:
                            raise RenderingFailed("the drawing program ended")
                        answer += piece
        return bytes(answer)

    def close(self) -> None:
        """End the process; the next picture starts a new one."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
