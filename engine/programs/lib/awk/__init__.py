"""The AWK language: lexer, parser, and an interpreter made of closures."""
