"""The commands of ``python -m engine``, one module each with ``main(arguments) -> exit status``."""
