"""Wrong ideas that show in a Dockerfile."""

from pathlib import PurePosixPath

from django.utils.translation import gettext_lazy as _

from engine.events import StepFailed
from labsite.lessons.misconceptions import Trail, misconception

INSTALLERS = (
    "pip install",
    "pip3 install",
    "npm install",
    "npm ci",
    "apt-get install",
    "yum install",
    "apk add",
)
CLEANERS = ("apt-get clean", "yum clean", "dnf clean", "rm -rf /var/lib/apt/lists", "rm -rf /var/cache")
SECRETS = (
    "id_rsa",
    "id_ed25519",
    ".env",
    ".npmrc",
    ".netrc",
    ".pem",
    "secret",
    "token",
    "password",
    "credentials",
)
SECRET_NAMES = ("PASSWORD", "TOKEN", "SECRET", "API_KEY", "APIKEY", "PASSWD")


def _is_secret(path: str) -> bool:
    name = PurePosixPath(path).name.lower()
    return any(word in name for word in SECRETS)


@misconception(
    "rm-in-a-later-step",
    lesson="rm-later-saves-nothing",
    says=_("A RUN of its own deletes what an earlier step stored: the bytes stay in the layer below."),
    instead=_("Delete in the same RUN that made it; a later layer can only hide it."),
)
def rm_in_a_later_step(trail: Trail) -> bool:
    """A RUN that only deletes, after another step that stores something."""
    for number, item in enumerate(trail.instructions):
        if item.name == "RUN" and item.commands() and all(c.startswith("rm ") for c in item.commands()):
            return any(before.name in ("RUN", "COPY", "ADD") for before in trail.instructions[:number])
    return False


@misconception(
    "clean-in-its-own-run",
    lesson="package-lists",
    says=_(
        "The package lists are cleaned in a RUN of their own: the layer that holds them is already stored."
    ),
    instead=_("Clean at the end of the RUN that installs, with &&."),
)
def clean_in_its_own_run(trail: Trail) -> bool:
    """A RUN that only cleans a package manager's files, after one that installed."""
    installed = False
    for run in trail.runs():
        commands = run.commands()
        if installed and commands and all(command.startswith(CLEANERS) for command in commands):
            return True
        installed = installed or any(word in run.rest for word in INSTALLERS)
    return False


@misconception(
    "copy-all-before-install",
    lesson="order-your-copies",
    says=_("COPY . stands before the installation: every edit of any file installs everything again."),
    instead=_("Copy the list of packages first, install, and copy the rest after it."),
)
def copy_all_before_install(trail: Trail) -> bool:
    """The whole context is copied before packages are installed."""
    copied = False
    for item in trail.instructions:
        if item.name == "FROM":
            copied = False
        if item.name in ("COPY", "ADD") and "--from=" not in item.rest and item.words[:1] in (["."], ["./"]):
            copied = True
        if copied and item.name == "RUN" and any(word in item.rest for word in INSTALLERS):
            return True
    return False


@misconception(
    "update-apart-from-install",
    lesson="stale-apt",
    says=_("apt-get update is a step of its own: cached, it leaves the install with the lists of that day."),
    instead=_("Write apt-get update && apt-get install in one RUN."),
)
def update_apart_from_install(trail: Trail) -> bool:
    """apt-get update alone in a RUN, the installation in a later one."""
    updated = False
    for run in trail.runs():
        if updated and "apt-get install" in run.rest and "apt-get update" not in run.rest:
            return True
        updated = updated or ("apt-get update" in run.rest and "install" not in run.rest)
    return False


@misconception(
    "secret-deleted-later",
    lesson="recover-the-secret",
    says=_("A secret file is copied in and deleted later: whoever has the image can read it in its layer."),
    instead=_("Mount it for one RUN with --mount=type=secret, so that no layer ever holds it."),
)
def secret_deleted_later(trail: Trail) -> bool:
    """COPY of something secret, and a later RUN that removes it."""
    copied: list[str] = []
    for item in trail.instructions:
        if item.name in ("COPY", "ADD"):
            copied += [PurePosixPath(word).name for word in item.words[:-1] if _is_secret(word)]
        if item.name == "RUN" and any(
            command.startswith("rm ") and name in command for command in item.commands() for name in copied
        ):
            return True
    return False


@misconception(
    "secret-in-arg-or-env",
    lesson="secrets-in-history",
    says=_("A password in ARG or ENV stands in the image's history or configuration for everybody."),
    instead=_("Neither ARG nor ENV keeps a secret; a secret mount does."),
)
def secret_in_arg_or_env(trail: Trail) -> bool:
    """An ARG or ENV with a secret's name."""
    for item in trail.instructions:
        name = item.rest.replace("=", " ").partition(" ")[0].upper()
        if item.name in ("ARG", "ENV") and any(word in name for word in SECRET_NAMES):
            return True
    return False


@misconception(
    "chmod-after-copy",
    lesson="chmod-doubles",
    says=_(
        "A RUN changes the mode or owner of files an earlier layer holds: all their bytes are stored twice."
    ),
    instead=_("Set them while copying: COPY --chmod= or --chown=."),
)
def chmod_after_copy(trail: Trail) -> bool:
    """RUN chmod or chown on the target of an earlier COPY."""
    targets: list[str] = []
    for item in trail.instructions:
        if item.name in ("COPY", "ADD") and len(item.words) > 1:
            targets.append(item.words[-1].rstrip("/") or "/")
        if item.name == "RUN":
            for command in item.commands():
                words = command.split()
                if words[0] in ("chmod", "chown") and any(
                    word == target or word.startswith(f"{target.rstrip('/')}/")
                    for word in words[1:]
                    for target in targets
                ):
                    return True
    return False


@misconception(
    "cd-in-a-run-of-its-own",
    lesson="three-runs-or-one",
    says=_("RUN cd lasts until the end of its own line: the next RUN starts a new shell."),
    instead=_("WORKDIR is what stays from step to step."),
)
def cd_in_a_run_of_its_own(trail: Trail) -> bool:
    """A RUN that ends in cd."""
    return any(run.commands() and run.commands()[-1].startswith("cd ") for run in trail.runs())


@misconception(
    "export-in-a-run",
    lesson="three-runs-or-one",
    says=_("RUN export is forgotten with its shell: no layer stores a variable."),
    instead=_("ENV is what stays from step to step."),
)
def export_in_a_run(trail: Trail) -> bool:
    """A RUN that ends in export."""
    return any(run.commands() and run.commands()[-1].startswith("export ") for run in trail.runs())


@misconception(
    "copy-above-the-context",
    lesson="copy-cannot-leave",
    says=_("COPY ../ cannot work: the builder was never sent what lies above the context."),
    instead=_("Move the file into the context, build from the directory above, or name a second context."),
)
def copy_above_the_context(trail: Trail) -> bool:
    """A COPY whose source begins with two dots."""
    return any(word.startswith("..") for item in trail.copies() for word in item.words[:-1])


@misconception(
    "ignored-file-copied",
    lesson="dockerignore",
    says=_("COPY looks for a file that .dockerignore keeps out of the context."),
    instead=_("What .dockerignore names is not sent; take the line out or copy something else."),
)
def ignored_file_copied(trail: Trail) -> bool:
    """A failed COPY of a name that stands in .dockerignore."""
    ignored = {line.strip().strip("/") for line in trail.texts.get(".dockerignore", "").splitlines()} - {""}
    failed = any("COPY" in event.step or "ADD" in event.step for event in trail.events(StepFailed))
    return failed and any(
        word.removeprefix("./").strip("/") in ignored for item in trail.copies() for word in item.words[:-1]
    )


@misconception(
    "everything-copied",
    lesson="what-is-sent",
    says=_("COPY . took everything that was sent, and that includes a file with a secret in its name."),
    instead=_("Name it in .dockerignore, or copy only what the image needs."),
)
def everything_copied(trail: Trail) -> bool:
    """COPY . while something secret lies in the context and nothing keeps it out."""
    whole = any(item.words[0] in (".", "./") for item in trail.copies())
    kept_out = trail.texts.get(".dockerignore", "")
    return whole and any(
        _is_secret(path) and PurePosixPath(path).name not in kept_out
        for path in trail.texts
        if path != ".dockerignore"
    )
