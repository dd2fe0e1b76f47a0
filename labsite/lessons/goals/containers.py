"""Goals about containers and their read-write layer."""

from django.utils.translation import gettext as _

from engine.events import ContainerCommitted, ContainerRemoved, ExecRan
from engine.image.image import load_view
from engine.session import container_changes
from engine.units import human_size
from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal


def _missing(name: str) -> str:
    return _("There is no container called %(name)s.") % {"name": name}


@goal("container-exists")
def container_exists(
    bench: Bench, container: str, running: bool | None = None, image: str | None = None
) -> str | None:
    """A container of that name exists (running or not, from that image, where asked)."""
    found = bench.container(container)
    if found is None:
        return _missing(container)
    if running is not None and found.running != running:
        if running:
            return _("%(name)s is not running.") % {"name": container}
        return _("%(name)s is still running.") % {"name": container}
    if image is not None:
        wanted = bench.image(image)
        if wanted is None or wanted.id != found.image:
            return _("%(name)s was not made from %(image)s.") % {"name": container, "image": image}
    return None


@goal("container-gone")
def container_gone(bench: Bench, container: str) -> str | None:
    """No container of that name exists."""
    return None if bench.container(container) is None else _("%(name)s is still there.") % {"name": container}


@goal("container-was-removed")
def container_was_removed(bench: Bench, container: str) -> str | None:
    """A container of that name was removed in this step."""
    if any(isinstance(event, ContainerRemoved) and event.name == container for event in bench.events):
        return None
    return _("No container called %(name)s was removed yet.") % {"name": container}


@goal("container-change")
def container_change(bench: Bench, container: str, kind: str, path: str) -> str | None:
    """docker diff of the container shows the path with that letter (A, C or D)."""
    if bench.container(container) is None:
        return _missing(container)
    wanted = path.strip("/")
    found = {change.path: change.kind for change in container_changes(bench.machine, container, bench.store)}
    if found.get(wanted) == kind:
        return None
    values = {"name": container, "path": f"/{wanted}", "kind": found.get(wanted, "")}
    if wanted in found:
        return _("docker diff %(name)s shows %(path)s as %(kind)s.") % values
    return _("docker diff %(name)s does not show %(path)s.") % values


@goal("container-unchanged")
def container_unchanged(bench: Bench, container: str, path: str) -> str | None:
    """docker diff of the container does not show the path."""
    if bench.container(container) is None:
        return _missing(container)
    wanted = path.strip("/")
    for change in container_changes(bench.machine, container, bench.store):
        if change.path == wanted:
            return _("docker diff %(name)s shows %(change)s.") % {"name": container, "change": str(change)}
    return None


@goal("committed")
def committed(bench: Bench, image: str, container: str | None = None) -> str | None:
    """The image was made by docker commit in this step."""
    found = bench.image(image)
    if found is None:
        return _("There is no image called %(name)s yet.") % {"name": image}
    if any(isinstance(event, ContainerCommitted) and event.image == found.id for event in bench.events):
        return None
    return _("%(name)s was not made by docker commit.") % {"name": image}


@goal("exec-ran")
def exec_ran(bench: Bench, contains: str) -> str | None:
    """A command containing the text ran in a container in this step."""
    if any(isinstance(event, ExecRan) and contains in event.command for event in bench.events):
        return None
    return _("No docker exec has run %(text)s yet.") % {"text": contains}


@goal("volume-exists")
def volume_exists(bench: Bench, volume: str) -> str | None:
    """A volume of that name exists."""
    if volume in bench.machine.daemon.volumes:
        return None
    return _("There is no volume called %(name)s.") % {"name": volume}


@goal("container-bytes")
def container_bytes(
    bench: Bench, container: str, at_least_mb: float | None = None, at_most_mb: float | None = None
) -> str | None:
    """The container's read-write layer stores at least or at most that many megabytes (10^6 bytes)."""
    found = bench.container(container)
    if found is None:
        return _missing(container)
    values = {"name": container, "size": human_size(found.size)}
    if at_least_mb is not None and found.size < at_least_mb * 1_000_000:
        return _("The layer of %(name)s holds %(size)s; at least %(limit)s MB is wanted.") % {
            **values,
            "limit": at_least_mb,
        }
    if at_most_mb is not None and found.size > at_most_mb * 1_000_000:
        return _("The layer of %(name)s holds %(size)s; at most %(limit)s MB is wanted.") % {
            **values,
            "limit": at_most_mb,
        }
    return None


@goal("content-kept")
def content_kept(bench: Bench, container: str, path: str) -> str | None:
    """The file has the same bytes in the container as in its image, whatever its mode or owner."""
    found = bench.container(container)
    if found is None:
        return _missing(container)
    stored = bench.inventory.by_id.get(found.image)
    if stored is None:
        return _("The image of %(name)s is gone.") % {"name": container}
    below = stored.image.layers
    above = (*below, found.upper) if found.upper else below
    wanted = path.strip("/")
    old, new = load_view(bench.store, below).get(wanted), load_view(bench.store, above).get(wanted)
    if new is None:
        return _("%(name)s has no %(path)s.") % {"name": container, "path": f"/{wanted}"}
    if old is None or getattr(old, "content", None) != getattr(new, "content", None):
        return _("The content of %(path)s is not what it was in the image.") % {"path": f"/{wanted}"}
    return None
