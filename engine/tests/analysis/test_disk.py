"""The disk ledger: it adds up, agrees with the daemon's, and foretells what removing an image frees."""

from hypothesis import given, settings

from engine.analysis import Inventory, disk_usage, pull_transfer, push_transfer
from engine.content import ImageID
from engine.daemon import usage
from engine.daemon.state import Container, DaemonState, ImageRecord
from engine.image.config import ImageConfig
from engine.tests.analysis.worlds import BASE, file, inventories, layer, machine, named, run


def as_daemon_state(inventory: Inventory) -> DaemonState:
    return DaemonState(
        images={stored.id: ImageRecord(stored.image, stored.parent) for stored in inventory.images},
        tags={f"docker.io/library/{name}": stored.id for stored in inventory.images for name in stored.names},
        containers={
            item.id: Container(item.id, item.name, item.image, "", 0, ImageConfig(), upper=item.upper)
            for item in inventory.containers
        },
    )


@given(inventories())
@settings(max_examples=60, deadline=None)
def test_the_ledger_adds_up_and_agrees_with_docker_system_df(inventory: Inventory) -> None:
    found = disk_usage(inventory)
    daemons = usage.disk_usage(as_daemon_state(inventory))
    assert found.layers == daemons.layers_size
    for row in found.images:
        assert row.shared + row.unique == row.size
        assert row.shared == daemons.shared[row.id]
        assert row.containers == daemons.containers.get(row.id, 0)
    assert found.containers == sum(item.size for item in inventory.containers)
    assert found.saved == sum(row.size for row in found.images) - found.layers


@given(inventories())
@settings(max_examples=60, deadline=None)
def test_removing_an_image_frees_what_was_foretold(inventory: Inventory) -> None:
    before = disk_usage(inventory)
    for row in before.images:
        rest = tuple(stored for stored in inventory.images if stored.id != row.id)
        after = disk_usage(Inventory(rest, (), inventory.bases))
        assert row.freed_by_removal == (0 if row.containers else before.layers - after.layers)


def test_nameless_parents_go_with_their_only_child() -> None:
    child = run(BASE, "make", layer(out=file(5)))
    grandchild = run(child, "test", layer(log=file(3)))
    inventory = machine(named(grandchild, "x:1", parent=child.id), named(child, parent=BASE.id), named(BASE))
    (row,) = disk_usage(inventory).images
    assert row.freed_by_removal == grandchild.size
    sibling = run(child, "lint", layer(lint=file(4)))
    both = machine(*inventory.images, named(sibling, "y:1", parent=child.id))
    freed = {row.names[0]: row.freed_by_removal for row in disk_usage(both).images}
    assert freed == {"x:1": 3, "y:1": 4}


def test_only_missing_layers_travel() -> None:
    image = run(BASE, "make", layer(out=file(5)))
    inventory = machine(named(image, "x:1"))
    sent = push_transfer(inventory, inventory.images[0], {BASE.layers[0].diff_id})
    assert (sent.travelling, sent.already_there) == (5, BASE.size)
    assert [item.travels for item in sent.layers] == [True, False]
    other = machine(named(BASE, "base:1"))
    assert pull_transfer(other, inventory.images[0]).travelling == 5
    assert ImageID(image.id) == inventory.images[0].id
