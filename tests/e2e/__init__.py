"""The whole line, end to end."""
