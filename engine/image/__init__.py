"""Images as values: references, configs, histories, manifests, and the archives that carry them."""
