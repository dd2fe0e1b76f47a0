"""The client over given answers of a daemon: what is printed depends on nothing else."""

from engine.conformance.client_formats import format_suite, template_suite

IMAGE = {
    "Id": "sha256:" + "ab" * 32,
    "RepoTags": ["app:1", "registry.example/team/app:2"],
    "RepoDigests": ["app@sha256:" + "cd" * 32],
    "Created": 1795319479,
    "Size": 1234567,
    "SharedSize": -1,
    "Containers": -1,
}


def run(*argv: str, **answers: object) -> dict[str, object]:
    api = {path.replace("_", "/"): answer for path, answer in answers.items()}
    return format_suite({"argv": ["docker", *argv], "api": api, "now": 1795319599})


def test_digests_get_a_row_only_where_they_are_asked_for() -> None:
    plain = run("images", _images_json=[IMAGE])
    assert plain["stdout"] == (
        "REPOSITORY                  TAG       IMAGE ID       CREATED         SIZE\n"
        "app                         1         abababababab   2 minutes ago   1.23MB\n"
        "registry.example/team/app   2         abababababab   2 minutes ago   1.23MB\n"
    )
    digests = run("images", "--format", "{{.Repository}} {{.Digest}}", _images_json=[IMAGE])
    assert digests["stdout"] == f"app sha256:{'cd' * 32}\nregistry.example/team/app <none>\n"


def test_a_daemon_that_refuses() -> None:
    refused = run("ps")
    assert refused == {"stdout": "", "stderr": "Error response from daemon: /containers/json\n", "rc": 1}


def test_templates_see_structs_first_and_json_second() -> None:
    answer = {"Os": "linux", "RootFS": {"Type": "layers", "Layers": ["a"]}, "New": {"x": 1}}

    def inspect(text: str) -> tuple[object, object]:
        result = template_suite({"format": text, "object": answer})
        return result["stdout"], result["rc"]

    assert inspect("{{.RootFS}}") == ("{layers [a]}\n", 0)
    assert inspect("{{.New.x}}") == ("1\n", 0)
    assert inspect("{{.Nope}}") == ("\n", 1)
    assert inspect("{{if}}") == ("", 64)
