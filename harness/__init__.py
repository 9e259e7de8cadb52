"""Viva's harness: drives a client build through an interview, watches it from outside and judges what it did."""
