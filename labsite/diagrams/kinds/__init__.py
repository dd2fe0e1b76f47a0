"""One module per kind of diagram."""
