"""The Tab key knows subcommands, flags and names."""

from engine.cli.completion import complete
from engine.cli.reference import command_pages
from engine.tests.cli.docker_lab import DockerLab


def test_words_that_fit() -> None:
    lab = DockerLab()
    lab.run("docker run -d --name web busybox sleep 100")
    lab.run("docker volume create data")
    state = lab.daemon.state
    assert complete(["im"], state) == ["image", "images", "import"]
    assert complete(["image", "l"], state) == ["list", "load", "ls"]
    assert complete(["ps", "--no"], state) == ["--no-trunc"]
    assert "-a" in complete(["ps", "-"], state)
    assert complete(["stop", ""], state) == ["web"]
    assert complete(["stop", "-t", "w"], state) == ["web"]
    assert complete(["history", "b"], state) == ["busybox:latest"]
    assert complete(["inspect", ""], state) == ["busybox:latest", "web"]
    assert complete(["volume", "rm", "d"], state) == ["data"]
    assert complete(["network", "rm", ""], state) == ["bridge", "host", "none"]
    assert complete(["nosuch", "x"], state) == []
    assert complete([], state) == []


def test_the_reference_has_one_page_per_subcommand() -> None:
    pages = {page.path: page for page in command_pages()}
    assert len(pages) == len(command_pages()) > 50
    images = pages["docker images"]
    assert images.aliases == ("docker image ls", "docker image list")
    assert any(row.flags == "-a, --all" for row in images.options)
    assert "docker image ls" not in pages and "docker compose" not in pages
