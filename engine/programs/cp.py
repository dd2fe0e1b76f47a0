"""cp: copy files and directories."""

from dataclasses import replace

from engine.programs.lib.copying import ARCHIVE, Copier, CopyRules, target_paths
from engine.programs.lib.nodes import join
from engine.programs.lib.quoting import quote
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... SOURCE... DEST",
    "Copy SOURCE to DEST, or multiple SOURCE(s) to DIRECTORY.",
    Flag("a", "archive", help="same as -dR --preserve=all"),
    Flag("", "attributes-only", help="don't copy the file data, just the attributes"),
    Value(
        "", "backup", metavar="CONTROL", optional=True, help="make a backup of each existing destination file"
    ),
    Flag("b", "", help="like --backup but does not accept an argument"),
    Flag("d", "", help="same as --no-dereference --preserve=links"),
    Flag("f", "force", help="if an existing destination file cannot be opened, remove it and try again"),
    Flag("i", "interactive", help="prompt before overwrite"),
    Flag("H", "", help="follow command-line symbolic links in SOURCE"),
    Flag("l", "link", help="hard link files instead of copying"),
    Flag("L", "dereference", help="always follow symbolic links in SOURCE"),
    Flag("n", "no-clobber", help="do not overwrite an existing file"),
    Flag("P", "no-dereference", help="never follow symbolic links in SOURCE"),
    Flag("p", "", help="same as --preserve=mode,ownership,timestamps"),
    Value("", "preserve", metavar="ATTR_LIST", optional=True, help="preserve the specified attributes"),
    Value("", "no-preserve", metavar="ATTR_LIST", help="don't preserve the specified attributes"),
    Flag("", "parents", help="use full source file name under DIRECTORY"),
    Flag("Rr", "recursive", help="copy directories recursively"),
    Value("", "reflink", metavar="WHEN", optional=True, help="control clone/CoW copies"),
    Flag("", "remove-destination", help="remove each existing destination file before opening it"),
    Value("", "sparse", metavar="WHEN", help="control creation of sparse files"),
    Flag("", "strip-trailing-slashes", help="remove any trailing slashes from each SOURCE argument"),
    Flag("s", "symbolic-link", help="make symbolic links instead of copying"),
    Value("S", "suffix", metavar="SUFFIX", help="override the usual backup suffix"),
    Value("t", "target-directory", metavar="DIRECTORY", help="copy all SOURCE arguments into DIRECTORY"),
    Flag("T", "no-target-directory", help="treat DEST as a normal file"),
    Flag("u", "update", help="copy only when the SOURCE file is newer than the destination file"),
    Flag("v", "verbose", help="explain what is being done"),
    Flag("x", "one-file-system", help="stay on this file system"),
)


@program("cp", package="coreutils", summary="copy files and directories")
def cp(p: Process) -> int:
    options = OPTIONS.parse(p)
    operands = options.operands
    directory = options.value("target-directory")
    if not operands:
        raise OPTIONS.usage_error(p, "missing file operand")
    if len(operands) == 1 and directory is None:
        raise OPTIONS.usage_error(p, f"missing destination file operand after {quote(operands[0])}")
    if options.flag("strip-trailing-slashes"):
        operands = [operand.rstrip("/") or "/" for operand in operands]
    copier = Copier(p, rules_from(options))
    if options.flag("parents"):
        return _copy_with_parents(p, copier, operands, directory)
    pairs = target_paths(p, operands, directory, options.flag("no-target-directory"))
    if pairs is None:
        return 1
    for source, target in pairs:
        copier.copy(source, target)
    return int(copier.failed)


def rules_from(options: Parsed) -> CopyRules:
    """The copying rules that the given options add up to."""
    rules = CopyRules(
        recursive=options.flag("recursive"),
        force=options.flag("force"),
        interactive=options.last("interactive", "no-clobber") == "interactive",
        no_clobber=options.last("interactive", "no-clobber") == "no-clobber",
        update=options.flag("update"),
        remove_destination=options.flag("remove-destination"),
        hard_link=options.flag("link"),
        symbolic_link=options.flag("symbolic-link"),
        attributes_only=options.flag("attributes-only"),
        verbose=options.flag("verbose"),
        backup_suffix=(options.value("suffix") or "~") if options.flag("b") or options.flag("backup") else "",
    )
    if options.flag("archive"):
        rules = replace(rules, recursive=True, mode=True, owner=True, times=True, links=True)
    preserved = set()
    if options.flag("p"):
        preserved |= {"mode", "ownership", "timestamps"}
    for given, value in options.order:
        if given == "preserve":
            preserved |= set((value or "mode,ownership,timestamps").split(","))
    dropped = set((options.value("no-preserve") or "").split(","))
    if "all" in preserved:
        preserved |= {"mode", "ownership", "timestamps", "links"}
    if options.flag("d"):
        preserved.add("links")
    rules = replace(
        rules,
        mode=(rules.mode or "mode" in preserved) and "mode" not in dropped,
        owner=(rules.owner or "ownership" in preserved) and "ownership" not in dropped,
        times=(rules.times or "timestamps" in preserved) and "timestamps" not in dropped,
        links=(rules.links or "links" in preserved) and "links" not in dropped,
    )
    follow = {"d": "none", "archive": "none", "no-dereference": "none", "dereference": "all", "H": "command"}
    last = options.last(*follow)
    return replace(rules, follow=follow[last] if last else ("none" if rules.recursive else "all"))


def _copy_with_parents(p: Process, copier: Copier, operands: list[str], directory: str | None) -> int:
    sources, target = (operands, directory) if directory is not None else (operands[:-1], operands[-1])
    if not p.files.is_dir(target):
        raise OPTIONS.usage_error(p, "with --parents, the destination must be a directory")
    for source in sources:
        destination = join(target, source.lstrip("/"))
        parent = destination.rstrip("/").rpartition("/")[0]
        p.files.make_dirs(parent)
        copier.copy(source, destination)
    return int(copier.failed)


__all__ = ["ARCHIVE", "cp", "rules_from"]
