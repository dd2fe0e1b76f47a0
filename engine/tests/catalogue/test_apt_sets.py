"""Which packages an installation brings along, against 43 installations recorded from apt itself."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from engine.catalogue.debian import release
from engine.catalogue.resolve import Installed, closure, unpack_order

RECORDED = json.loads(gzip.decompress(Path(__file__).with_name("apt-installations.json.gz").read_bytes()))
BASE = release("bookworm")
INSTALLED = Installed.of({name: BASE.packages[name].provides for name in BASE.base})


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: "+".join(recorded["packages"]))
@pytest.mark.parametrize("kind", ["with_recommends", "no_install_recommends"])
def test_the_set_is_apts_own(recorded: dict[str, Any], kind: str) -> None:
    chosen = closure(BASE, recorded["packages"], INSTALLED, recommends=kind == "with_recommends")
    assert sorted(chosen) == recorded[kind]["new"]
    download = sum(package.size for package in chosen.values())
    installed = sum(package.installed for package in chosen.values())
    assert download == pytest.approx(recorded[kind]["download"], rel=0.02)
    assert installed == pytest.approx(recorded[kind]["installed"], rel=0.02)


def test_dependencies_are_unpacked_first() -> None:
    chosen = closure(BASE, ["vim"], INSTALLED, recommends=False)
    names = [package.name for package in unpack_order(chosen)]
    assert names.index("vim-runtime") < names.index("vim")
    assert names.index("libgpm2") < names.index("vim")


def test_files_of_a_known_package_add_up_to_what_the_archive_holds() -> None:
    for name in ("git", "vim-runtime", "curl", "python3-pip"):
        package = BASE.packages[name]
        total = sum(node.content.size for _, node in package.nodes if hasattr(node, "content"))
        assert total == pytest.approx(package.raw["files"]["bytes_total"], rel=0.02), name


def test_an_unknown_name_is_named() -> None:
    with pytest.raises(KeyError, match="no-such-package"):
        closure(BASE, ["no-such-package"], INSTALLED, recommends=True)
