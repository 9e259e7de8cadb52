"""The fault proxy between a client and the service."""
