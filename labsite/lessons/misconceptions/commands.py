"""Wrong ideas that show in the commands somebody types."""

from django.utils.translation import gettext_lazy as _

from engine.events import (
    BuildFinished,
    ContainerCommitted,
    ContainerCreated,
    ContainerRemoved,
    ExecRan,
    PathHidden,
)
from labsite.lessons.misconceptions import Trail, misconception

FOR_CONTAINERS = ("exec", "diff", "stop", "start", "logs", "attach", "rm", "commit", "kill", "restart")
FOR_IMAGES = ("history", "rmi", "push", "run", "tag")


@misconception(
    "image-for-container",
    lesson="image-is-not-container",
    says=_("That command wants a container, and this is the name of an image: an image never runs."),
    instead=_("docker run makes a container from the image; then use the container's name."),
)
def image_for_container(trail: Trail) -> bool:
    """A container's command with an image's name, failed."""
    return any(
        command.failed
        and command.verb in FOR_CONTAINERS
        and any(trail.is_image(word) and not trail.is_container(word) for word in command.arguments[:1])
        for command in trail.commands
    )


@misconception(
    "container-for-image",
    lesson="image-is-not-container",
    says=_("That command wants an image, and this is the name of a container."),
    instead=_("docker ps -a shows which image the container was made from."),
)
def container_for_image(trail: Trail) -> bool:
    """An image's command with a container's name, failed."""
    return any(
        command.failed
        and command.verb in FOR_IMAGES
        and any(trail.is_container(word) and not trail.is_image(word) for word in command.arguments[:1])
        for command in trail.commands
    )


@misconception(
    "a-new-container-for-the-old",
    lesson="top-layer-vanishes",
    says=_("docker run made another container: what was written in the first one is not in it."),
    instead=_("docker start and docker exec go back into a container that is there already."),
)
def a_new_container_for_the_old(trail: Trail) -> bool:
    """Something ran in a container, and then a second one was made from the same image."""
    changed: set[str] = set()
    images: dict[str, str] = {}
    for event in trail.events(ContainerCreated, ExecRan):
        if isinstance(event, ExecRan):
            changed |= {images.get(event.container, "")} - {""}
        elif event.image in changed:
            return True
        else:
            images[event.container] = event.image
    return False


@misconception(
    "removed-and-started",
    lesson="top-layer-vanishes",
    says=_("docker rm took the container and its top layer away: there is nothing left to start."),
    instead=_("docker stop only ends it; docker rm is for good."),
)
def removed_and_started(trail: Trail) -> bool:
    """docker start or exec of a container that was removed in this step."""
    gone = {event.name.lstrip("/") for event in trail.events(ContainerRemoved)}
    return any(
        command.failed and command.verb in ("start", "exec") and gone & set(command.arguments[:1])
        for command in trail.commands
    )


@misconception(
    "commit-as-a-build",
    lesson="why-not-commit",
    says=_("The image holds what was installed by hand, and nothing says how: nobody can build it again."),
    instead=_("Write what you typed into a Dockerfile and build it."),
)
def commit_as_a_build(trail: Trail) -> bool:
    """Packages installed by exec, then docker commit."""
    installed = any(" install " in f"{event.command} " for event in trail.events(ExecRan))
    return installed and bool(trail.events(ContainerCommitted))


@misconception(
    "delete-and-commit-to-shrink",
    lesson="whiteout",
    says=_("Deleting in a container and committing makes no image smaller: the commit adds a whiteout."),
    instead=_("Only leaving a file out of every layer saves its bytes."),
)
def delete_and_commit_to_shrink(trail: Trail) -> bool:
    """Something of the image was deleted in a container that was committed."""
    hidden = {event.container for event in trail.events(PathHidden)}
    return any(event.container in hidden for event in trail.events(ContainerCommitted))


@misconception(
    "volume-in-a-commit",
    lesson="volumes-are-outside",
    says=_("docker commit keeps the container's own layer; what lies in a volume is not in it."),
    instead=_("Copy the data to a place outside the volume before the commit, or leave it in the volume."),
)
def volume_in_a_commit(trail: Trail) -> bool:
    """A container that was run with a volume in this step was committed."""
    mounted = any(
        command.verb == "run" and {"-v", "--volume", "--mount"} & set(command.words)
        for command in trail.commands
    )
    return mounted and bool(trail.events(ContainerCommitted))


@misconception(
    "latest-means-newest",
    lesson="tags-are-pointers",
    says=_("A name without a tag means :latest, and no image has that name, however new the others are."),
    instead=_("Say the tag, or give the image the tag latest yourself."),
)
def latest_means_newest(trail: Trail) -> bool:
    """A failed command with a bare name while the image exists under other tags only."""
    names = {name for image in trail.bench.inventory.images for name in image.names}
    for command in trail.commands:
        if command.failed and command.verb in ("run", "push", "history", "rmi", "tag"):
            for word in command.arguments[:1]:
                if ":" not in word and f"{word}:latest" not in names:
                    return any(name.startswith(f"{word}:") for name in names)
    return False


@misconception(
    "no-cache-for-a-change",
    lesson="no-cache-and-pull",
    says=_("--no-cache ran every step, those that nothing had changed too."),
    instead=_("The cache notices changed files and lines by itself; --no-cache is for what it cannot see."),
)
def no_cache_for_a_change(trail: Trail) -> bool:
    """A build without the cache."""
    return any(command.verb == "build" and "--no-cache" in command.words for command in trail.commands)


@misconception(
    "touch-to-rebuild",
    lesson="what-counts-as-change",
    says=_("touch changed only the file's date, and the build reused its steps: dates do not count."),
    instead=_("Change a byte or the mode of the file; those are compared."),
)
def touch_to_rebuild(trail: Trail) -> bool:
    """touch of a file on the host, then a build that ran nothing."""
    touched = any(command.words[:1] == ("touch",) and command.where == "host" for command in trail.commands)
    built = trail.events(BuildFinished)
    return touched and bool(built) and built[-1].ran == 0


@misconception(
    "push-without-namespace",
    lesson="denied",
    says=_("A name without a user means library/, and that belongs to Docker: the push was denied."),
    instead=_("docker tag gives the image a name that begins with your own user name."),
)
def push_without_namespace(trail: Trail) -> bool:
    """A failed push of a name without a slash."""
    return any(
        command.failed and command.verb == "push" and any("/" not in word for word in command.arguments[:1])
        for command in trail.commands
    )


@misconception(
    "push-before-login",
    lesson="tag-and-login",
    says=_("Nobody is logged in, so the hub does not know who pushes."),
    instead=_("docker login comes before the first push."),
)
def push_before_login(trail: Trail) -> bool:
    """A failed push to a namespace while nobody is logged in."""
    return not trail.bench.machine.daemon.logins and any(
        command.failed and command.verb == "push" and any("/" in word for word in command.arguments[:1])
        for command in trail.commands
    )


@misconception(
    "rmi-of-a-used-image",
    lesson="dangling-and-prune",
    says=_("The image is in use: a container, stopped or not, stands on its layers."),
    instead=_("Remove the container first; docker ps -a shows those that are stopped."),
)
def rmi_of_a_used_image(trail: Trail) -> bool:
    """A failed docker rmi of an image that a container was made from."""
    used = {container.image for container in trail.bench.inventory.containers}
    for command in trail.commands:
        if command.failed and command.verb == "rmi":
            for word in command.arguments:
                image = trail.bench.image(word)
                if image is not None and image.id in used:
                    return True
    return False
