"""Random interviews against the model: what to generate, how to play one, what differs, and how that is told."""
