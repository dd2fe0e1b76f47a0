"""From a solved plan to an image: history rows, times, configuration."""

from dataclasses import replace

from engine.build.ops import BuildPlan
from engine.clock import rfc3339
from engine.image.history import History
from engine.image.image import Image, LayerRef


def assemble_image(plan: BuildPlan, layers: tuple[LayerRef, ...], layer_times: tuple[int, ...]) -> Image:
    """The image of a BuildKit build.

    Times follow BuildKit's exporter: a row with a layer has the time its layer was made, so that a
    build from the cache gives the very same image; a row without one has the time of the first new
    layer, or of the row before it.
    """
    stage = plan.result
    rows = list(stage.history)
    new = len(layer_times)
    with_layer = [position for position, row in enumerate(rows) if not row.empty_layer]
    for position, when in zip(with_layer[len(with_layer) - new :], layer_times, strict=False):
        rows[position] = replace(rows[position], created=rfc3339(when))
    rows = _filled(rows)
    system, _, rest = stage.platform.partition("/")
    architecture, _, variant = rest.partition("/")
    return Image(
        config=stage.config,
        history=tuple(rows),
        layers=layers,
        created=rows[-1].created if rows else "",
        author=stage.author,
        os=system or "linux",
        architecture=architecture or "amd64",
        variant=variant,
    )


def _filled(rows: list[History]) -> list[History]:
    created = ""
    missing = False
    for row in rows:
        if row.created:
            created = row.created
            if missing:
                break
        else:
            missing = True
    filled: list[History] = []
    missing = False
    for row in rows:
        if row.created:
            if missing:
                created = row.created
            filled.append(row)
        else:
            missing = True
            filled.append(replace(row, created=created))
    return filled
