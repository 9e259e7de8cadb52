"""Client builds: the bundled ones, and those built to break one requirement each."""
