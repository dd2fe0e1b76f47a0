"""What goes wrong with files, in the C library's words."""

from engine.errors import EngineError

MESSAGES = {
    "EPERM": "Operation not permitted",
    "ENOENT": "No such file or directory",
    "EACCES": "Permission denied",
    "EBUSY": "Device or resource busy",
    "EEXIST": "File exists",
    "EXDEV": "Invalid cross-device link",
    "ENOTDIR": "Not a directory",
    "EISDIR": "Is a directory",
    "EINVAL": "Invalid argument",
    "EFBIG": "File too large",
    "ENOSPC": "No space left on device",
    "EROFS": "Read-only file system",
    "ENOTEMPTY": "Directory not empty",
    "ELOOP": "Too many levels of symbolic links",
    "ENAMETOOLONG": "File name too long",
    "ENOEXEC": "Exec format error",
}


class FsError(EngineError):
    """A failed file operation: ``code`` is the errno's name, ``reason`` its text, ``path`` as given."""

    def __init__(self, code: str, path: str) -> None:
        self.code = code
        self.path = path
        super().__init__(f"{path}: {self.reason}")

    @property
    def reason(self) -> str:
        """The C library's text, e.g. ``No such file or directory``."""
        return MESSAGES[self.code]
