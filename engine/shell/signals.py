"""Signal names and numbers on Linux."""

SIGNALS = (
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
    "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
    "WINCH", "IO", "PWR", "SYS",
)  # fmt: skip
"""``SIGNALS[n - 1]`` is the name of signal n."""


def signal_name(text: str) -> str | None:
    """The canonical name (``INT``, ``EXIT`` for 0) of a signal given by number or name, or None."""
    if text.isascii() and text.isdigit():
        number = int(text[:9])
        return "EXIT" if number == 0 else SIGNALS[number - 1] if number <= len(SIGNALS) else None
    name = text.upper().removeprefix("SIG")
    return name if name in SIGNALS or name == "EXIT" else None


def signal_number(text: str) -> int | None:
    """The number of a signal given by number or name, or None."""
    name = signal_name(text)
    return None if name is None else 0 if name == "EXIT" else SIGNALS.index(name) + 1
