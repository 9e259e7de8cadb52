"""The rules: pure functions from a timeline and a plan to a verdict, and the requirements that they judge."""
