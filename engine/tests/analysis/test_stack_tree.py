"""The tree of stacks: every layer once, nothing lost, roles and folding."""

import pytest
from hypothesis import given, settings

from engine.analysis import Inventory, LayerRow, MetaRow, Run, Segment, StoredContainer, fold, stacks
from engine.analysis.steps import author_step
from engine.fs import Change, Directory, Whiteout
from engine.tests.analysis.worlds import BASE, STORE, file, inventories, layer, machine, named, run, setting


def path_to(tree: dict[str, Segment], segment: Segment) -> list[Segment]:
    way = [segment]
    while way[0].parent:
        way.insert(0, tree[way[0].parent])
    return way


@given(inventories())
@settings(max_examples=60, deadline=None)
def test_each_layer_stands_once_and_every_image_is_whole(inventory: Inventory) -> None:
    found = stacks(inventory, STORE)
    chain_ids = [row.chain_id for segment in found.segments for row in segment.layers]
    assert len(chain_ids) == len(set(chain_ids))
    tree = {segment.id: segment for segment in found.segments}
    seen = {}
    for segment in found.segments:
        for top in segment.tops:
            rows = [row for part in path_to(tree, segment) for row in part.rows]
            image = inventory.by_id[top.id].image
            assert [row.chain_id for row in rows if isinstance(row, LayerRow)] == list(image.chain_ids)
            metas = [row.step for row in rows if isinstance(row, MetaRow)] + [row.step for row in top.rows]
            empty = [author_step(row.created_by) for row in image.history if row.empty_layer]
            assert sorted(metas) == sorted(empty)
            seen[top.id] = segment
    assert set(seen) == {stored.id for stored in inventory.images}
    for row in found.layers.values():
        holders = [s.id for s in inventory.images if row.chain_id in s.image.chain_ids]
        assert list(row.images) == holders
        from_base = row.chain_id in BASE.chain_ids
        assert row.role == ("base" if from_base else "shared" if len(holders) > 1 else "own")
    assert {c.id for s in found.segments for c in s.containers} == {c.id for c in inventory.containers}


def test_a_base_of_one_layer_reads_as_its_from_line_and_steps_as_the_author_wrote_them() -> None:
    image = setting(run(BASE, "make", layer(out=file(5))), "LABEL a=b")
    (segment,) = stacks(machine(named(image, "x:1")), STORE).segments
    assert [row.step for row in segment.rows] == ["FROM base:1", 'CMD ["sh"]', "RUN make", "LABEL a=b"]
    assert segment.layers[0].base_name == "base:1"


def test_a_containers_changes_are_those_of_docker_diff() -> None:
    upper = layer(etc=Directory(), etc__motd=Whiteout(), toto=file(3))
    container = StoredContainer("c" * 64, "test", BASE.id, "exited", upper)
    (top,) = stacks(machine(named(BASE, "base:1"), containers=(container,)), STORE).containers
    assert top.changes == (Change("C", "etc"), Change("D", "etc/motd"), Change("A", "toto"))
    assert (top.size, top.running) == (3, False)


def test_parents_of_the_classic_builder_are_not_images_of_their_own() -> None:
    child = run(BASE, "make", layer(out=file(5)))
    inventory = machine(named(child, "x:1", parent=BASE.id), named(BASE))
    assert [top.label for top in stacks(inventory, STORE).tops] == ["x:1"]


def test_a_container_whose_image_is_gone_is_still_there() -> None:
    orphan = StoredContainer("c" * 64, "left", BASE.id)
    assert [top.name for top in stacks(machine(containers=(orphan,)), STORE).detached] == ["left"]


def test_long_runs_fold_and_open_again() -> None:
    image = BASE
    for number in range(12):
        image = run(image, f"step {number}", layer(**{f"f{number}": file(10)}))
    (segment,) = stacks(machine(named(image, "x:1")), STORE).segments
    folded = fold(segment.rows)
    (middle,) = [row for row in folded if isinstance(row, Run)]
    assert (middle.layer_count, middle.size, middle.role) == (9, 90, "own")
    unfolded = [row for item in folded for row in (item.rows if isinstance(item, Run) else (item,))]
    assert unfolded == list(segment.rows)
    assert fold(segment.rows, frozenset({middle.id})) == segment.rows
    inside = middle.rows[3]
    assert isinstance(inside, LayerRow)
    assert fold(segment.rows, keep=frozenset({inside.chain_id})) == segment.rows
    assert fold(segment.rows, longest=12) == segment.rows


@pytest.mark.parametrize(
    ("created_by", "step"),
    [
        ("RUN /bin/sh -c make # buildkit", "RUN make"),
        ("RUN |2 A=1 B=a b /bin/sh -c make  all # buildkit", "RUN make all"),
        ("|1 A=1 /bin/sh -c make", "RUN make"),
        ("/bin/sh -c make", "RUN make"),
        ('/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'),
        ("/bin/sh -c #(nop) ADD file:1 in / ", "ADD file:1 in /"),
        ("COPY a /b # buildkit", "COPY a /b"),
        ("RUN make # buildkit", "RUN make"),
        ("bash", "bash"),
        ("", ""),
    ],
)
def test_steps_are_read_back_from_both_builders(created_by: str, step: str) -> None:
    assert author_step(created_by) == step
