"""yum, dnf, rpm and apk."""

from collections.abc import Callable

import pytest

from engine.fs import File
from engine.shell.process import NeedInput
from engine.tests.programs_packages.conftest import Lab

Make = Callable[[str], Lab]


def test_the_last_centos_has_nothing_to_update(lab: Make) -> None:
    box = lab("centos:7")
    assert box.run("yum", "update") == 0
    assert box.out.endswith("No packages marked for update\n")
    assert any(path.startswith("var/cache/yum/") for path in box.layer.entries)


def test_apts_flag_is_passed_over_with_a_warning(lab: Make) -> None:
    box = lab("centos:7")
    assert box.run("yum", "install", "-y", "--no-install-recommends", "vim") == 0
    assert "no such option: --no-install-recommends" in box.err
    assert "Complete!" in box.out and box.has("/usr/bin/vim")
    assert box.run("rpm", "-q", "vim-enhanced") == 0
    database = box.layer.entries["var/lib/rpm/Packages"]
    assert isinstance(database, File) and database.content.size > 10_000_000


def test_clean_all_is_worth_it(lab: Make) -> None:
    box = lab("centos:7")
    box.run("yum", "install", "-y", "wget")
    before = box.layer.size
    assert box.run("yum", "clean", "all") == 0
    assert box.layer.size < before - 100_000_000


def test_without_yes_nothing_happens_in_a_build(lab: Make) -> None:
    box = lab("centos:7")
    assert box.run("yum", "install", "wget") == 1
    assert "Is this ok [y/d/N]: Exiting on user command" in box.out
    assert not box.has("/usr/bin/wget")
    box.typed = []
    with pytest.raises(NeedInput):
        box.run("yum", "install", "wget")


def test_unknown_packages(lab: Make) -> None:
    box = lab("centos:7")
    assert box.run("yum", "install", "-y", "nonesuch") == 1
    assert "No package nonesuch available." in box.out and "Error: Nothing to do" in box.err
    newer = lab("almalinux:9")
    assert newer.run("dnf", "install", "-y", "nonesuch") == 1
    assert "Error: Unable to find a match: nonesuch" in newer.err


def test_removing_takes_dependants_along(lab: Make) -> None:
    box = lab("centos:7")
    box.run("yum", "install", "-y", "vim")
    assert box.run("rpm", "-e", "vim-common") == 1 and "is needed by" in box.err
    assert box.run("yum", "remove", "-y", "vim-common") == 0
    assert not box.has("/usr/bin/vim")
    assert box.run("rpm", "-q", "vim-enhanced") == 1


def test_apk_leaves_an_index_unless_told_not_to(lab: Make) -> None:
    tidy, plain = lab("alpine"), lab("alpine")
    assert tidy.run("apk", "add", "--no-cache", "git") == 0
    assert plain.run("apk", "add", "git") == 0
    assert "OK: " in plain.out and "(12/12) Installing git" in plain.out
    assert plain.layer.size > tidy.layer.size + 2_000_000
    assert not any(path.startswith("var/cache/apk/") for path in tidy.layer.entries)
    assert tidy.run("apk", "info", "-e", "git") == 0


def test_virtual_packages_come_and_go(lab: Make) -> None:
    box = lab("alpine")
    box.run("apk", "add", "--no-cache", "--virtual", ".build-deps", "gcc", "make")
    assert box.has("/usr/bin/gcc")
    assert box.run("apk", "del", ".build-deps") == 0
    assert not box.has("/usr/bin/gcc")
    assert box.has("/lib/ld-musl-x86_64.so.1") or box.has("/lib/libc.musl-x86_64.so.1")
    assert box.run("apk", "info", "-e", "musl") == 0


def test_apk_errors(lab: Make) -> None:
    box = lab("alpine")
    assert box.run("apk", "add", "nonesuch") == 1
    assert "unable to select packages:\n  nonesuch (no such package):" in box.err
    assert box.run("apk", "add", "git=0.1") == 1 and "breaks: world[git=0.1]" in box.err
    old = lab("alpine:3.6")
    assert old.run("apk", "add", "curl") == 1 and "unsatisfiable constraints" in old.err
