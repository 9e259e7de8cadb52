"""How the harness reaches a subject: in another process, in a browser, or in its own."""
