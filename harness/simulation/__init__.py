"""The ideal interview as SimPy processes: from a script to the expected timeline."""
