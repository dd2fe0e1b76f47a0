"""The language of sed: script parsing and the editing cycle."""
