"""Tables, JSON lines and templates made of the daemon's answers: one module per kind of list."""
