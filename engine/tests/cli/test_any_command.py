"""Whatever is typed: a docker command line ends with an exit status, and the daemon stays in order."""

import shlex

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cli.command import load_commands
from engine.content import canonical_json, sha256_digest
from engine.daemon.state import DaemonState
from engine.image.image import load_layer
from engine.tests.cli.docker_lab import DockerLab
from engine.units import human_size

_WORDS = [
    "busybox",
    "app:1",
    "app",
    "me/app:2",
    "nosuch",
    "web",
    "db",
    "vol",
    "net",
    "<none>",
    "Bad",
    "7",
    "-a",
    "-q",
    "-f",
    "-d",
    "-it",
    "--rm",
    "--name",
    "--format",
    "--filter",
    "-v",
    "-p",
    "-e",
    "-m",
    "--no-trunc",
    "-n",
    "--all",
    "--force",
    "--",
    "-",
    "-o",
    "x.tar",
    "{{.ID}}",
    "table",
    "{{json",
    "dangling=true",
    "status=exited",
    "label=a",
    "8080:80",
    "vol:/data",
    "/anon",
    "A=1",
    "64m",
    "ls",
    "sleep",
    "5",
    "touch",
    "/new",
    "web:/etc/passwd",
    ".",
    "f.txt",
    "web:/",
    "--nope",
    "-z",
    "--help",
    "../x",
    "é",
]
_PATHS = sorted(load_commands())

ANY_LINE = st.tuples(st.sampled_from(_PATHS), st.lists(st.sampled_from(_WORDS), max_size=5)).map(
    lambda pair: f"docker {pair[0]} {shlex.join(pair[1])}"
)
USEFUL_LINE = st.sampled_from(
    [
        "docker run -d --name web busybox sleep 30",
        "docker run --name db -v vol:/data busybox touch /data/x /made",
        "docker run --rm -v /anon busybox touch /anon/x",
        "docker exec web touch /new",
        "docker exec web rm /srv/data.txt",
        "docker commit web app:1",
        "docker commit db me/app:2",
        "docker tag busybox me/app:2",
        "docker tag app:1 me/app:2",
        "docker rmi app:1",
        "docker rmi -f me/app:2",
        "docker rm -f web db",
        "docker stop web",
        "docker start web db",
        "docker pause web",
        "docker restart web",
        "docker login -u me -p layers",
        "docker push me/app:2",
        "docker pull me/app:2",
        "docker save -o all.tar busybox",
        "docker load -i all.tar",
        "docker image prune -af",
        "docker container prune -f",
        "docker volume prune -af",
        "docker system prune -af --volumes",
        "docker export db -o db.tar",
        "docker import db.tar imported:1",
        "docker rename web db",
    ]
)


def check(lab: DockerLab) -> None:
    """The laws of a daemon's state."""
    state = lab.daemon.freeze()
    for identity, record in state.images.items():
        assert record.image.id == identity
        assert str(identity) == sha256_digest(canonical_json(record.image.config_json))
        record.image.validate()
        for ref in record.image.layers:
            layer = load_layer(lab.store, ref)
            assert (layer.digest, layer.diff_id) == (ref.digest, ref.diff_id)
        assert not record.parent or record.parent in state.images or record.origin == "commit"
    assert set(state.tags.values()) <= set(state.images)
    for container in state.containers.values():
        assert container.image in state.images
        for mount in container.host_config.mounts:
            assert mount.kind != "volume" or mount.source in state.volumes
    names = [container.name for container in state.containers.values()]
    assert len(set(names)) == len(names)
    assert DaemonState.from_json(state.to_json()) == state


@given(st.lists(ANY_LINE, max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_words_end_with_a_status(lines: list[str]) -> None:
    lab = DockerLab()
    lab.run("docker run -d --name web busybox sleep 30")
    for line in lines:
        _, errors, status = lab.run(line)
        assert -1 <= status <= 255
        assert "Traceback" not in errors
    check(lab)


@given(st.lists(USEFUL_LINE | ANY_LINE, min_size=10, max_size=30))
@settings(max_examples=20, deadline=None)
def test_the_daemon_stays_in_order_and_replays_the_same(lines: list[str]) -> None:
    lab, again = DockerLab(), DockerLab()
    for line in lines:
        assert lab.run(line) == again.run(line)
        check(lab)
    assert lab.daemon.freeze().to_json() == again.daemon.freeze().to_json()


@given(st.lists(USEFUL_LINE, min_size=5, max_size=25))
@settings(max_examples=15, deadline=None)
def test_disk_usage_counts_every_layer_once(lines: list[str]) -> None:
    lab = DockerLab()
    for line in lines:
        lab.run(line)
    out, _, status = lab.run("docker system df --format '{{.Type}} {{.TotalCount}} {{.Size}}'")
    assert status == 0
    state = lab.daemon.freeze()
    stacks = {
        chain: ref.size
        for record in state.images.values()
        for chain, ref in zip(record.image.chain_ids, record.image.layers, strict=True)
    }
    assert out.splitlines()[0].rsplit(" ", 1)[1] == human_size(sum(stacks.values()))


@given(st.lists(st.tuples(st.booleans(), USEFUL_LINE), min_size=8, max_size=24))
@settings(max_examples=15, deadline=None)
def test_two_machines_share_one_hub(steps: list[tuple[bool, str]]) -> None:
    machines = (DockerLab(), DockerLab())
    for second, line in steps:
        lab, other = machines[second], machines[not second]
        lab.run(line)
        other.daemon.hub = lab.daemon.hub
        check(lab)
        hub = lab.daemon.hub
        assert type(hub).from_json(hub.to_json()) == hub
        for repository in hub.repositories.values():
            assert set(repository.tags.values()) <= set(repository.manifests)
            for digest, manifest in repository.manifests.items():
                assert manifest.digest == digest
                assert {layer.diff_id for layer in manifest.image.layers} <= repository.layers


def test_what_one_machine_pushes_another_pulls() -> None:
    first, second = DockerLab(), DockerLab()
    for line in (
        "docker run --name db busybox touch /made",
        "docker commit db me/app:2",
        "docker login -u me -p layers",
        "docker push me/app:2",
    ):
        assert first.run(line)[2] == 0
    second.daemon.hub = first.daemon.hub
    for identity, record in first.daemon.state.images.items():
        assert identity == record.image.id
        for ref in record.image.layers:
            second.store.put(first.store.get(ref.digest))
    out, _, status = second.run("docker pull me/app:2")
    assert status == 0 and "Already exists" in out and "Pull complete" in out
    assert second.run("docker run --rm me/app:2 ls /made")[0] == "/made\n"
    assert second.run("docker images -q me/app")[0] == first.run("docker images -q me/app")[0]
