"""The simulated Docker daemon: images, tags, containers, volumes, networks and the build cache."""
