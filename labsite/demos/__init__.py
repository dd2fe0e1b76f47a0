"""Demos: scripted walk-throughs for a projector. The engine really runs every scene."""
