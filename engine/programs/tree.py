"""tree: list contents of directories in a tree-like format."""

from collections.abc import Generator

from engine.fs import Directory, FsError, Symlink
from engine.programs.lib.globs import glob_matcher
from engine.programs.lib.modes import mode_text
from engine.programs.lib.nodes import join, size_of
from engine.programs.lib.sizes import human_size
from engine.programs.lib.text import encode
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[-adfhpsDF] [-L level] [-P pattern] [-I pattern] [--noreport] [directory ...]",
    "List contents of directories in a tree-like format.",
    Flag("a", "all", help="all files are listed"),
    Flag("d", "", help="list directories only"),
    Flag("f", "", help="print the full path prefix for each file"),
    Flag("h", "", help="print the size in a more human readable way"),
    Flag("s", "", help="print the size in bytes of each file"),
    Flag("p", "", help="print the protections for each file"),
    Flag("F", "", help="append '/', '=', '*', '@', '|' or '>' as per ls -F"),
    Flag("n", "", help="turn colorization off always"),
    Flag("C", "", help="turn colorization on always"),
    Flag("i", "", help="don't print indentation lines"),
    Flag("", "noreport", help="turn off file/directory count at end of tree listing"),
    Flag("", "dirsfirst", help="list directories before files"),
    Value("L", "", metavar="level", help="descend only level directories deep"),
    Value("P", "", metavar="pattern", help="list only those files that match the pattern given"),
    Value("I", "", metavar="pattern", help="do not list files that match the given pattern"),
    Value("", "charset", metavar="X", help="use charset X for terminal/HTML and indentation line output"),
)


@program("tree", package="tree", summary="list contents of directories in a tree-like format")
def tree(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    drawing = _Drawing(p, options)
    for top in options.operands or ["."]:
        yield from drawing.draw(top)
    if not options.flag("noreport"):
        directories = "directory" if drawing.directories == 1 else "directories"
        text = f"\n{drawing.directories} {directories}"
        if not options.flag("d"):
            text += f", {drawing.files} file{'' if drawing.files == 1 else 's'}"
        yield encode(text + "\n")
    return drawing.status


class _Drawing:
    def __init__(self, p: Process, options: Parsed) -> None:
        self.p = p
        self.options = options
        self.status = 0
        self.directories = 0
        self.files = 0
        level = options.value("L") or "0"
        self.limit = int(level[:6]) if level.isdigit() and level != "0" else 1 << 30
        self.kept = [glob_matcher(part) for text in options.values("P") for part in text.split("|")]
        self.left_out = [glob_matcher(part) for text in options.values("I") for part in text.split("|")]

    def draw(self, top: str) -> Generator[bytes, None, None]:
        if not self.p.files.is_dir(top):
            yield encode(f"{top}  [error opening dir]\n")
            self.status = 2
            return
        yield encode(self._label(top, top) + "\n")
        stack = [(name, top, "", index == 0, 1) for index, name in enumerate(reversed(self._names(top)))]
        while stack:
            name, parent, indent, last, depth = stack.pop()
            self.p.budget.step()
            path = join(parent, name)
            node = self.p.files.find(path, follow=False)
            line = "" if self.options.flag("i") else indent + ("└── " if last else "├── ")
            yield encode(line + self._label(path, path if self.options.flag("f") else name) + "\n")
            if not isinstance(node, Directory):
                self.files += 1
                continue
            self.directories += 1
            if depth >= self.limit:
                continue
            self.p.budget.allocate(len(indent))
            deeper = indent + ("    " if last else "│\u00a0\u00a0 ")
            names = self._names(path)
            stack += [
                (child, path, deeper, index == 0, depth + 1) for index, child in enumerate(reversed(names))
            ]

    def _names(self, path: str) -> list[str]:
        files = self.p.files
        try:
            names = files.names(path)
        except FsError:
            return []
        if not self.options.flag("all"):
            names = [name for name in names if not name.startswith(".")]
        names = [name for name in names if not any(matches(name) for matches in self.left_out)]
        if self.options.flag("d") or self.kept or self.options.flag("dirsfirst"):
            folders = {n for n in names if isinstance(files.find(join(path, n), follow=False), Directory)}
            if self.options.flag("d"):
                names = [name for name in names if name in folders]
            if self.kept:
                names = [n for n in names if n in folders or any(matches(n) for matches in self.kept)]
            if self.options.flag("dirsfirst"):
                names.sort(key=lambda name: name not in folders)
        return names

    def _label(self, path: str, shown: str) -> str:
        node = self.p.files.find(path, follow=False)
        if node is None:
            return shown
        facts = []
        if self.options.flag("p"):
            facts.append(mode_text(node))
        if self.options.flag("h"):
            facts.append(f"{human_size(size_of(node)):>4}")
        elif self.options.flag("s"):
            facts.append(f"{size_of(node):>11}")
        text = f"[{' '.join(facts)}]  " if facts else ""
        text += shown
        if isinstance(node, Symlink):
            text += f" -> {node.target}"
        elif self.options.flag("F"):
            text += "/" if isinstance(node, Directory) else "*" if node.mode & 0o111 else ""
        return text
