"""What a recording shows, read back from what the service holds."""
