"""Clients built to fail: each breaks one requirement, and is caught by it and by it alone."""
