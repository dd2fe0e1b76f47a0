"""Commands that are part of the shell, one subject a file."""
