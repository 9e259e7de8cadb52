"""Steps shape a script, or ask a rule of what its run gave; they wait for nothing and select nothing."""
