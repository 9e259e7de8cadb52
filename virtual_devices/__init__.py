"""Cameras, microphones and displays that exist only in software, and the marks that prove what was recorded of them."""
