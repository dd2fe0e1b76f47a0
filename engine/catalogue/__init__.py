"""What exists in the simulated world: base images, packages, and the sites its network reaches."""
