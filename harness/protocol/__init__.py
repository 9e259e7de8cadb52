"""The wire, both ways: what a client says to the exam service, and what the harness says to a client.

Everything here is a value or the shape of one. Clients import this package and nothing else of the harness.
"""
