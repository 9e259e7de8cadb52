"""The suite: one feature a stage of the notice, played against the client under test."""
