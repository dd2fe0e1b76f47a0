"""hello: what the hello-world image runs."""

from engine.shell.process import Process
from engine.shell.registry import program

_TEXT = """
Hello from Docker, as Layer Lab simulates it!
If you can read this, everything between your prompt and a container works.

To print it,
 1. the docker client asked the Docker daemon to run hello-world,
 2. the daemon took the image from its store, or pulled it from the hub first,
 3. it made a container: the image's one layer, and an empty read-write layer on top,
 4. and it passed on to your terminal what the program in there printed.

Something bigger to try next:
 $ docker run -it ubuntu bash

"""


@program("hello", package="hello-world", summary="print a greeting")
def hello(p: Process) -> int:
    p.write(_TEXT)
    return 0
