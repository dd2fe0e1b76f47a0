"""A simulated Docker engine: images, layers, builds and containers as values, with no real I/O."""
