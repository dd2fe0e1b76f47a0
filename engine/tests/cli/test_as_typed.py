"""What a learner types: consoles of containers, archives that come round, tutorials, a small network."""

import json

from engine.catalogue.images import CatalogueStore
from engine.content import StackedStore
from engine.machine import Machine
from engine.session import EndOfInput, RunLine, execute, new_machine, prompt


class Terminal:
    """A learner's machine with a keyboard."""

    def __init__(self) -> None:
        self.store = StackedStore(CatalogueStore())
        self.machine: Machine = new_machine()
        self.status = 0

    def __call__(self, line: str) -> str:
        step = execute(self.machine, RunLine(line), self.store)
        self.machine, self.status = step.machine, step.exit_code
        return "".join(piece.text for piece in step.output)

    def end(self) -> None:
        self.machine = execute(self.machine, EndOfInput(), self.store).machine

    @property
    def prompt(self) -> str:
        return prompt(self.machine)


def test_attaching_to_a_shell_gives_its_prompt_and_leaving_it_ends_the_container() -> None:
    terminal = Terminal()
    terminal("docker run -dit --name box busybox")
    terminal("docker attach box")
    assert terminal.prompt == "/ # "
    assert terminal("cd /tmp && touch made && pwd") == "/tmp\n"
    terminal("exit 4")
    assert terminal.prompt.startswith("learner@lab")
    assert "Exited (4)" in terminal("docker ps -a")
    assert terminal("docker diff box") == "C /tmp\nA /tmp/made\n"


def test_a_program_that_is_no_shell_keeps_the_terminal_it_is_attached_to() -> None:
    terminal = Terminal()
    terminal("docker run -dit --name box busybox sleep 1000")
    terminal("docker attach box")
    assert terminal.prompt == ""


def test_exec_refuses_a_working_directory_that_is_not_there_and_makes_none() -> None:
    terminal = Terminal()
    terminal("docker run -dit --name box busybox")
    assert 'chdir to cwd ("/nope")' in terminal("docker exec -w /nope box ls")
    assert terminal.status == 127
    assert terminal("docker diff box") == ""
    assert terminal("docker run --rm -w /made/here busybox pwd") == "/made/here\n"


def test_bash_calls_itself_by_its_last_name_at_a_prompt_only() -> None:
    terminal = Terminal()
    assert terminal("docker run --rm debian:bookworm-slim /bin/bash -c nosuch").endswith(
        "/bin/bash: line 1: nosuch: command not found\n"
    )
    terminal("docker run -it --rm debian:bookworm-slim /bin/bash")
    assert terminal("nosuch") == "bash: nosuch: command not found\n"


def test_an_exported_container_keeps_hard_links_so_that_importing_it_does_not_grow() -> None:
    terminal = Terminal()
    terminal("docker run --name box busybox sh -c 'echo one > /one; ln /one /two'")
    terminal("docker export box -o box.tar")
    terminal("docker import box.tar flat:1")
    sizes = terminal("docker images --format '{{.Size}}'").split()
    assert len(sizes) == 2 and sizes[0] == sizes[1]
    assert terminal("docker run --rm flat:1 cat /two") == "one\n"


def test_the_first_page_of_the_tutorial_can_be_typed() -> None:
    terminal = Terminal()
    terminal("git clone https://github.com/docker/getting-started-app.git && cd getting-started-app")
    lines = ["FROM node:lts-alpine", "WORKDIR /app", "COPY . .", "RUN yarn install --production"]
    for line in [*lines, "CMD node src/index.js"]:
        terminal(f"echo '{line}' >> Dockerfile")
    terminal("docker build -q -t getting-started .")
    assert terminal.status == 0
    terminal("docker run -dp 127.0.0.1:3000:3000 getting-started")
    assert "127.0.0.1:3000->3000/tcp" in terminal("docker ps")
    assert "Listening" in terminal("docker logs $(docker ps -q)")
    assert terminal("curl -s localhost:3000")
    assert terminal.status == 0


def test_published_ports_names_on_networks_and_links_reach_a_server() -> None:
    terminal = Terminal()
    terminal("docker pull busybox")
    terminal("docker network create net")
    terminal("docker run -d --name web --network net --network-alias www -p 8080:80 -p 9000:81 nginx")
    terminal("docker exec web sh -c 'echo changed > /usr/share/nginx/html/index.html'")
    assert terminal("curl -s localhost:8080") == "changed\n"
    terminal("curl -s localhost:9000")
    assert terminal.status == 7
    for name in ("web", "www"):
        assert terminal(f"docker run --rm --network net busybox wget -qO- http://{name}") == "changed\n"
    assert "bad address" in terminal("docker run --rm busybox wget -qO- http://web")
    terminal("docker run -d --name old nginx")
    assert "Welcome" in terminal("docker run --rm --link old:linked busybox wget -qO- http://linked")
    terminal("docker stop web")
    terminal("curl -s localhost:8080")
    assert terminal.status == 7


def test_every_path_names_the_command_that_made_it_also_after_later_commands_and_a_commit() -> None:
    terminal = Terminal()
    terminal("docker run -dit --name box busybox")
    terminal("docker exec box sh -c 'echo 1 > /one; { cat /one; } > /two; mkdir /made'")
    terminal("docker exec box touch /three")

    def causes() -> list[str]:
        state = terminal.machine.daemon
        layer = next(iter(state.containers.values())).upper if state.containers else None
        ref = layer or next(iter(state.images.values())).image.layers[-1]
        known = json.loads(terminal.store.get(state.provenance[ref.digest]))
        return [known[path] for path in ("one", "two", "made", "three")]

    expected = ["echo 1 > /one", "cat /one", "mkdir /made", "touch /three"]
    assert causes() == expected
    terminal("docker commit box made:1")
    terminal("docker rm -f box")
    terminal("docker rmi busybox")
    image = terminal.machine.daemon.images[terminal.machine.daemon.tags["docker.io/library/made:1"]].image
    known = json.loads(terminal.store.get(terminal.machine.daemon.provenance[image.layers[-1].digest]))
    assert [known[path] for path in ("one", "two", "made", "three")] == expected


def test_what_is_known_of_a_read_write_layer_goes_with_it() -> None:
    terminal = Terminal()
    terminal("docker run --name box busybox touch /one")
    assert len(terminal.machine.daemon.provenance) == 1
    terminal("docker rm box")
    assert not terminal.machine.daemon.provenance


def test_a_container_on_the_hosts_network_answers_on_the_host_itself() -> None:
    terminal = Terminal()
    terminal("docker run -d --name web --network host nginx")
    assert "Welcome" in terminal("curl -s localhost")
    terminal("curl -s localhost:81")
    assert terminal.status == 7


def test_what_is_mounted_names_no_file_that_docker_does_not_mount() -> None:
    terminal = Terminal()
    mounted = terminal("docker run --rm busybox sh -c 'mount; df; ls -A / | grep docker'")
    assert " on /etc/hosts type " in mounted
    assert [line for line in mounted.splitlines() if "dockerenv" in line] == [".dockerenv"]


def test_a_push_that_is_denied_shows_the_layers_it_was_about_to_send() -> None:
    terminal = Terminal()
    terminal("docker pull -q busybox && docker tag busybox nobody/busybox:1")
    said = terminal("docker push nobody/busybox:1").splitlines()
    assert said[0] == "The push refers to repository [docker.io/nobody/busybox]"
    assert [line.split(": ")[1] for line in said[1:-1]] == ["Preparing"]
    assert said[-1] == "denied: requested access to the resource is denied"
    assert terminal.status == 1
