"""One file per docker subcommand; each registers itself with ``@docker_command``."""
