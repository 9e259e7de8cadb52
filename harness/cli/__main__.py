"""`python -m harness.cli`: the command without its entry point."""

from harness.cli import main

main()
