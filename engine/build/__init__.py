"""Turns a plan of steps into image layers: graph, cache, solver, forecast."""
