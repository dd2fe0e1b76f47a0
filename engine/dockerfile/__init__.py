"""Dockerfiles: parsing, word expansion, instructions, stages, lint rules, and the way to a build plan."""
