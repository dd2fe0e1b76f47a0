"""The docker command line: flags, formats and one file per subcommand."""
