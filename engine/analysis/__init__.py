"""Explanations of a machine: what is stored where, who shares it, where a file comes from."""

from engine.analysis.disk import (
    DiskUsage,
    ImageUsage,
    LayerTransfer,
    Transfer,
    disk_usage,
    pull_transfer,
    push_transfer,
)
from engine.analysis.inventory import Inventory, StoredContainer, StoredImage, base_of, short_id
from engine.analysis.stack_tree import (
    ContainerTop,
    ImageTop,
    LayerRow,
    MetaRow,
    Row,
    Run,
    Segment,
    Stacks,
    container_changes,
    fold,
    layer_rows,
    stacks,
)
from engine.analysis.steps import author_step, step_keyword

__all__ = [
    "ContainerTop",
    "DiskUsage",
    "ImageTop",
    "ImageUsage",
    "Inventory",
    "LayerRow",
    "LayerTransfer",
    "MetaRow",
    "Row",
    "Run",
    "Segment",
    "Stacks",
    "StoredContainer",
    "StoredImage",
    "Transfer",
    "author_step",
    "base_of",
    "container_changes",
    "disk_usage",
    "fold",
    "layer_rows",
    "pull_transfer",
    "push_transfer",
    "short_id",
    "stacks",
    "step_keyword",
]
