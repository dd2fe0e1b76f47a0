"""apt and dpkg: what learners see, and what stays in the layer."""

from collections.abc import Callable

import pytest

from engine.clock import SECOND
from engine.fs import Credentials, File
from engine.shell.process import NeedInput
from engine.tests.programs_packages.conftest import Lab

Make = Callable[[str], Lab]
SLIM = "debian:bookworm-slim"


def test_a_slim_image_knows_no_package_before_update(lab: Make) -> None:
    box = lab(SLIM)
    assert box.run("apt-get", "install", "-y", "vim") == 100
    assert "E: Unable to locate package vim" in box.err
    assert box.layer.size == 0


def test_update_fills_the_lists_and_takes_no_arguments(lab: Make) -> None:
    box = lab(SLIM)
    assert box.run("apt-get", "update") == 0
    assert "Get:1 http://deb.example/debian bookworm InRelease [151 kB]" in box.out
    assert "Fetched " in box.out
    assert 17_000_000 < box.layer.size < 20_000_000
    assert box.run("apt-get", "update", "apt-get", "install") == 100
    assert box.err == "E: The update command takes no arguments\n"
    assert box.run("apt-get", "update") == 0
    assert "Hit:1" in box.out and "Get:" not in box.out


def test_install_needs_a_yes(lab: Make) -> None:
    box = lab(SLIM)
    box.run("apt-get", "update")
    before = box.layer.size
    assert box.run("apt-get", "install", "vim") == 1
    assert box.out.endswith("Do you want to continue? [Y/n] Abort.\n")
    assert box.layer.size == before
    box.typed = []
    with pytest.raises(NeedInput):
        box.run("apt-get", "install", "vim")
    box.typed = [b"y\n"]
    assert box.run("apt-get", "install", "vim") == 0
    assert box.has("/usr/bin/vim.basic")


def test_recommends_cost_bytes_and_docker_clean_removes_archives(lab: Make) -> None:
    sizes = []
    for options in ((), ("--no-install-recommends",)):
        box = lab(SLIM)
        box.run("apt-get", "update")
        assert box.run("apt-get", "install", "-y", *options, "git") == 0
        assert not any(path.endswith(".deb") for path in box.layer.entries)
        sizes.append(box.layer.size)
    assert sizes[0] > sizes[1] + 5_000_000


def test_without_docker_clean_the_archives_stay_until_clean(lab: Make) -> None:
    box = lab(SLIM)
    box.run("rm", "/etc/apt/apt.conf.d/docker-clean")
    box.run("apt-get", "update")
    box.run("apt-get", "install", "-y", "tree")
    assert any(path.endswith(".deb") for path in box.layer.entries)
    box.run("apt-get", "clean")
    assert not any(path.endswith(".deb") for path in box.layer.entries)


def test_installing_updates_dpkgs_database_and_removing_leaves_settings(lab: Make) -> None:
    box = lab(SLIM)
    box.run("apt-get", "update")
    box.run("apt-get", "install", "-y", "curl")
    assert box.run("dpkg", "-s", "curl") == 0 and "Status: install ok installed" in box.out
    assert box.run("dpkg", "-S", "/usr/bin/curl") == 0 and box.out == "curl: /usr/bin/curl\n"
    box.run("dpkg", "-L", "curl")
    assert "/usr/bin/curl\n" in box.out
    assert box.run("curl", "--version") == 0
    assert box.run("apt-get", "purge", "-y", "curl") == 0
    assert not box.has("/usr/bin/curl")
    assert box.run("dpkg", "-s", "curl") == 1
    assert box.run("apt-get", "autoremove", "-y") == 0 and "libcurl4" in box.out
    assert box.run("dpkg-query", "-W", "-f=${Package}\n", "libcurl4") == 1


def test_slim_leaves_documentation_out(lab: Make) -> None:
    slim, full = lab(SLIM), lab("debian:bookworm")
    for box in (slim, full):
        box.run("apt-get", "update")
        box.run("apt-get", "install", "-y", "curl")
    assert full.has("/usr/share/man/man1/curl.1.gz") and not slim.has("/usr/share/man/man1/curl.1.gz")
    assert slim.has("/usr/share/doc/curl/copyright")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("install", "-y", "vim=1.0"), "E: Version '1.0' for 'vim' was not found"),
        (("install", "-y", "awk"), "E: Package 'awk' has no installation candidate"),
        (("install", "--nonsense", "vim"), "E: Command line option --nonsense is not understood"),
        (("frobnicate",), "E: Invalid operation frobnicate"),
    ],
)
def test_errors_in_apts_words(lab: Make, words: tuple[str, ...], message: str) -> None:
    box = lab(SLIM)
    box.run("apt-get", "update")
    assert box.run("apt-get", *words) == 100
    assert message in box.err


def test_a_pinned_version_that_exists_is_installed(lab: Make) -> None:
    box = lab(SLIM)
    box.run("apt-get", "update")
    assert box.run("apt-get", "install", "-y", "curl=7.88.1-*") == 0


def test_lists_a_month_old_name_files_that_have_gone(lab: Make) -> None:
    box = lab(SLIM)
    box.run("apt-get", "update")
    box.clock.advance(40 * 86_400 * SECOND)
    assert box.run("apt-get", "install", "-y", "curl") == 100
    assert "404  Not Found" in box.err and "Unable to fetch some archives" in box.err
    assert not box.has("/usr/bin/curl")
    assert box.run("apt-get", "update") == 0
    assert box.run("apt-get", "install", "-y", "curl") == 0


def test_without_network_update_warns_and_with_a_wrong_host_too(lab: Make) -> None:
    box = lab(SLIM)
    box.network = False
    assert box.run("apt-get", "update") == 0
    assert "Temporary failure resolving 'deb.example'" in box.err


def test_an_ordinary_user_may_not(lab: Make) -> None:
    box = lab(SLIM)
    box.user = Credentials(1000, 1000)
    assert box.run("apt-get", "update") == 100
    assert "Permission denied" in box.err


def test_apt_warns_about_its_interface(lab: Make) -> None:
    box = lab("ubuntu")
    assert box.run("apt", "update") == 0
    assert "apt does not have a stable CLI interface" in box.err


def test_every_debian_kind_of_image_can_install(lab: Make) -> None:
    for reference in ("debian:jessie", "ubuntu:latest", "ubuntu:22.04", "debian:trixie-slim"):
        box = lab(reference)
        assert box.run("apt-get", "update") == 0, reference
        assert box.run("apt-get", "install", "-y", "--no-install-recommends", "vim", "git") == 0, reference
        assert box.run("git", "--version") == 0
        assert 90_000_000 < box.layer.size < 260_000_000


def test_images_know_which_packages_their_layers_brought(lab: Make) -> None:
    box = lab("node:22")
    assert box.run("dpkg", "-s", "git") == 0
    status = box.tree.get("var/lib/dpkg/status")
    assert isinstance(status, File) and status.content.size == len(status.content.head)
